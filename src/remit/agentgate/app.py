"""The agents' door: begin a run, look at it, hear what is told of it, answer it, and stop it."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from remit import __version__
from remit.agentgate import responses
from remit.agentgate.responses import ResponseAsk
from remit.agentgate.shown import DONE, PAUSES, run_fields, shown
from remit.enforce.key import Key
from remit.enforce.request import Message, Role, Tool
from remit.enforce.stop import Stop
from remit.gateway import answer
from remit.gateway.credential import authenticated, sender_of
from remit.gateway.http import Reply, Request
from remit.gateway.openai_error import error as openai_error
from remit.gateway.reading import invalid
from remit.gateway.wire import Failure
from remit.kernel.errors import NotFound, RemitError, where
from remit.operations.agents import (
    Agents,
    CannotRun,
    answer_function,
    own_live,
    start_run,
    stop_run,
)
from remit.operations.keep_run import own_run
from remit.operations.refused import Refused
from remit.ports_agents import Json

REFERENCE = "x-remit-reference"
USER = "x-remit-user"
_JSON = ("content-type", "application/json")
_SSE = (("content-type", "text/event-stream"), ("cache-control", "no-store"))
_LOG = logging.getLogger("remit.agents")
_RUNS = re.compile(
    r"^/api/agents/(?P<agent>[A-Za-z0-9_-]{1,80})/runs"
    r"(?:/(?P<run>[0-9A-Z]{26})(?:/(?P<part>events|answers|stop))?)?$"
)
_RESPONSES = re.compile(r"^/v1/responses(?:/(?P<response>resp_[0-9A-Z]{26}(?:-[0-9]{1,6})?))?$")


class Said(msgspec.Struct, forbid_unknown_fields=True):
    role: Role
    text: str


class Function(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class RunAsked(msgspec.Struct, forbid_unknown_fields=True):
    """What begins a run: the person's words, or a conversation that ends with them."""

    input: str | list[Said]
    functions: list[Function] = []
    reference: str | None = None


class Answered(msgspec.Struct, forbid_unknown_fields=True):
    """What a function brought."""

    call: str
    output: str


Serve = Callable[[Key, dict[str, str], Request, Reply], Awaitable[None]]


class AgentGate:
    """The routes of the process that works on runs."""

    def __init__(self, agents: Agents, proxies: tuple[str, ...] = ()) -> None:
        self._agents = agents
        self._proxies = proxies
        self._runs: dict[tuple[str, bool, str], Serve] = {
            ("POST", False, ""): self._begin,
            ("GET", True, ""): self._look,
            ("GET", True, "events"): self._events,
            ("POST", True, "answers"): self._answer,
            ("POST", True, "stop"): self._stop,
        }

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request, whatever it is; this is what the server calls."""
        try:
            if request.path == "/healthz":
                self._health(reply)
                return
            serve, place = self._route(request)
            if serve is None:
                _fail(reply, _nothing_here(request))
                return
            key = await authenticated(self._agents.worker, request, sender_of(request, reply, self._proxies))
            if isinstance(key, Refused):
                _fail(reply, answer.of_refusal(key))
                return
            await serve(key, place, request, reply)
        except CannotRun as refused:
            _fail(reply, _refusal(refused))
        except RemitError as fault:
            _fail(reply, _fault(fault))
        except Exception as fault:  # noqa: BLE001 (the door: whatever is left is our fault)
            id = self._agents.worker.system.ids.new(self._agents.worker.system.clock.now())
            _LOG.error("%s (id %s)", where(fault), id)
            _fail(reply, answer.of_internal_fault(id))

    def _route(self, request: Request) -> tuple[Serve | None, dict[str, str]]:
        found = _RUNS.match(request.path)
        if found is not None:
            place = {name: value or "" for name, value in found.groupdict().items()}
            return self._runs.get((request.method, bool(place["run"]), place["part"])), place
        found = _RESPONSES.match(request.path)
        if found is not None:
            place = {"response": found["response"] or ""}
            serves = {("POST", False): self._respond, ("GET", True): self._response}
            return serves.get((request.method, bool(place["response"]))), place
        return (self._list if (request.method, request.path) == ("GET", "/v1/models") else None), {}

    def _health(self, reply: Reply) -> None:
        fault = self._agents.worker.fault
        body: dict[str, Any] = {"status": "failing" if fault else "ok", "version": __version__}
        if fault:
            body |= {"code": fault.code, "summary": fault.summary, "help": fault.help}
        _send(reply, 503 if fault else 200, body)

    async def _list(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        """List the agents that the key can run, as models."""
        mine = [
            id
            for id, each in sorted(self._agents.worker.view.model.agents.items())
            if each.use_case == key.use_case and key.agent in ("", id)
        ]
        data = [{"id": id, "object": "model", "created": 0, "owned_by": "remit"} for id in mine]
        _send(reply, 200, {"object": "list", "data": data})

    async def _begin(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        given = _read(request.body, RunAsked)
        if isinstance(given, Failure):
            _fail(reply, given)
            return
        asked = given.input
        turns = [Message.of("user", asked)] if isinstance(asked, str) else [_message(each) for each in asked]
        functions = [
            Tool(each.name[:64], each.description, msgspec.json.encode(each.parameters or {"type": "object"}))
            for each in given.functions
        ]
        reference = given.reference or request.headers.get(REFERENCE)
        run = await start_run(
            self._agents,
            key,
            place["agent"],
            asked=turns,
            functions=functions,
            reference=reference,
            actor=request.headers.get(USER, ""),
        )
        _send(reply, 202, run_fields(run, place["agent"], ()))

    async def _own(self, key: Key, place: dict[str, str]) -> tuple[str, str]:
        """See that a run is the key's own, and of the agent that the path names."""
        kept = own_run(self._agents.gate, key, place["run"])
        if kept.agent != place["agent"]:
            raise NotFound(f"agent `{place['agent']}` has no such run", help="name the agent that it is of")
        found = await self._agents.runs.find(kept.id)
        return kept.id, found.state if found is not None and found.state != "working" else ""

    async def _look(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        run, ended = await self._own(key, place)
        _send(reply, 200, run_fields(run, place["agent"], await self._agents.runs.heard(run), ended=ended))

    async def _events(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        """Give out what is told of a run as it comes."""
        run, _ = await self._own(key, place)
        reply.start(200, _SSE)
        async with aclosing(self._agents.runs.told(run)) as events:
            async for event in events:
                if reply.gone:
                    return
                reply.write(_sse(event["kind"], event))
                await reply.drain()
        reply.end()

    async def _answer(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        given = _read(request.body, Answered)
        if isinstance(given, Failure):
            _fail(reply, given)
            return
        run, _ = await self._own(key, place)
        await answer_function(self._agents, key, run, call=given.call, output=given.output)
        _send(reply, 202, {"id": run, "agent": place["agent"], "answered": given.call})

    async def _stop(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        run, _ = await self._own(key, place)
        live = own_live(self._agents, key, run)
        now = self._agents.worker.system.clock.now()
        await stop_run(self._agents, live, Stop(f"run/{run}", now, f"key/{key.id}", "its caller stopped it"))
        _send(reply, 200, {"id": run, "agent": place["agent"], "status": "stopped"})

    async def _respond(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        """Speak as the Responses format has it: begin a run, or go on with one that waits for a function."""
        ask = responses.decode(request.body)
        if isinstance(ask, Failure):
            _fail(reply, ask)
            return
        agents = self._agents
        after = 0
        if ask.run:
            own_run(agents.gate, key, ask.run)
            after = len(await agents.runs.heard(ask.run))
            for call, output in ask.outputs:
                await answer_function(agents, key, ask.run, call=call, output=output)
            run = ask.run
        else:
            reference = request.headers.get(REFERENCE)
            run = await start_run(
                agents,
                key,
                ask.agent,
                asked=ask.asked,
                functions=ask.functions,
                reference=reference,
                actor=request.headers.get(USER, ""),
            )
        waits = not ask.background and (bool(ask.outputs) or not ask.run)
        await self._write_response(ask, run, reply, after=after if waits else -1)

    async def _response(self, key: Key, place: dict[str, str], request: Request, reply: Reply) -> None:
        run = responses.run_of(place["response"])
        kept = own_run(self._agents.gate, key, run)
        ask = ResponseAsk(kept.agent, (), (), (), streamed=False, background=True, run=run)
        await self._write_response(ask, run, reply, after=-1)

    async def _write_response(self, ask: ResponseAsk, run: str, reply: Reply, *, after: int) -> None:
        """Answer with what a run has come to: when it next stands still, or as it is if `after` is -1."""
        system = self._agents.worker.system
        created = int(system.clock.now().timestamp())
        heard = list(await self._agents.runs.heard(run))
        if not ask.streamed:
            if after >= 0:
                heard = await self._paused(run, after)
            fields = responses.response_fields(ask, run, heard, created=created)
            _send(reply, 200, fields)
            return
        opening = responses.response_fields(ask, run, (), created=created)
        reply.start(200, _SSE)
        number = 0
        for kind in ("created", "in_progress"):
            named = f"response.{kind}"
            event = {"type": named, "response": opening, "sequence_number": number}
            reply.write(_sse(named, event))
            number += 1
        heard = await self._paused(run, after) if after >= 0 else heard
        closing = responses.response_fields(ask, run, heard, created=created)
        for event in responses.stream_events(opening, closing):
            reply.write(_sse(str(event["type"]), {**event, "sequence_number": number}))
            number += 1
            await reply.drain()
        reply.end()

    async def _paused(self, run: str, after: int) -> list[Json]:
        """Hear a run out until it stands still."""
        heard: list[Json] = []
        async with aclosing(self._agents.runs.told(run)) as events:
            async for event in events:
                heard.append(event)
                if len(heard) > after and event["kind"] in PAUSES:
                    return heard
        if shown(heard).status not in DONE:
            heard.append({"kind": "ended", "status": "stopped", "said": "", "rule": "kill-switch"})
        return heard


def reject(status: int, code: str, summary: str, help: str) -> bytes:
    """Write the refusal of a request that the server did not pass on."""
    return openai_error(Failure(status=status, code=code, summary=summary, help=help))


def _message(said: Said) -> Message:
    return Message.of(said.role if said.role == "assistant" else "user", said.text)


def _read(body: bytes, type: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=type)
    except (msgspec.DecodeError, RecursionError):
        fields: Sequence[str] = type.__struct_fields__
        return invalid("body", "the body cannot be read", f"send a JSON object of {', '.join(fields)}")


def _refusal(refused: CannotRun) -> Failure:
    decision = refused.decision
    return Failure(
        status=403, code=decision.rule, summary=decision.summary, help=decision.help, decision=decision
    )


_STATUS = {"invalid-field": 400, "value-too-long": 400, "too-many-at-once": 429, "run-over": 400}


def _fault(fault: RemitError) -> Failure:
    if fault.code in _STATUS:
        return Failure(status=_STATUS[fault.code], code=fault.code, summary=fault.summary, help=fault.help)
    return answer.of_error(fault)


def _nothing_here(request: Request) -> Failure:
    return Failure(
        status=404,
        code="not-found",
        summary="the agents' door serves nothing like this",
        help="POST to `/api/agents/{agent}/runs` or `/v1/responses`",
    )


def _sse(name: str, event: Json) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), msgspec.json.encode(event))


def _send(reply: Reply, status: int, body: object) -> None:
    reply.send(status, [_JSON], msgspec.json.encode(body))


def _fail(reply: Reply, fault: Failure) -> None:
    if reply.begun:
        reply.cut()
        return
    headers = [_JSON]
    if fault.retry_after_s is not None:
        headers.append(("retry-after", str(fault.retry_after_s)))
    reply.send(fault.status, headers, openai_error(fault))
