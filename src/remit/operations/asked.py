"""A request as it came through a door, and what is made of it before anything is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.guardrail import Streaming
from remit.enforce.account import Account
from remit.enforce.decision import Decision
from remit.enforce.facts import Facts
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.screen import Screen
from remit.enforce.key import Key
from remit.enforce.prompt import PromptCall, expand
from remit.enforce.remit import Remit
from remit.enforce.request import ModelRequest, Request
from remit.operations.system import System
from remit.operations.users import month_of
from remit.operations.worker import Worker
from remit.record.call_entry import Origin

_NOBODY: frozenset[str] = frozenset()


class Asked(msgspec.Struct, frozen=True):
    """A request as it came through a door, and how its answer is wanted.

    `user` is the pseudonym of whom the caller says it is for. A line of a batch names both. `guardrails` are
    those that the caller asks for beside the ones that it has to pass, and `streaming` is the least strict
    way in which they may look at a streamed answer. What `judges` a text of another call, of that id, passes
    none: it is made of what they have let pass, and would be judged without end. `origin` is how it came in,
    and `arm` the arm of a study that its reference is in, as `STUDY:SIDE`.
    """

    request: Request
    streamed: bool
    reference: str | None = None
    prompt: PromptCall | None = None
    user: str = ""
    batch: str = ""
    batch_line: int = 0
    guardrails: tuple[str, ...] = ()
    streaming: Streaming = "audit"
    judges: str = ""
    origin: Origin = Origin()
    arm: str = ""


class Seen(msgspec.Struct, frozen=True):
    """What a call's guardrails say of its input. With a `message` it is stopped, and that is its answer.

    `watched` is what guardrails by others that change nothing say of it, as soon as they have. `came` is the
    request as it was before something was masked in it, if something was; `told` are words that guardrails by
    others found in the call, each with the type that they are of.
    """

    guards: Guards
    screen: Screen
    vault: Vault
    findings: tuple[Noted, ...] = ()
    message: str = ""
    watched: asyncio.Task[tuple[Noted, ...]] | None = None
    came: Request | None = None
    told: dict[str, str] = msgspec.field(default_factory=dict)


class Understood(msgspec.Struct, frozen=True):
    """What a request means: it names the exact model where the remit reaches one, else what the caller said.

    `model` is what the name means to everybody, for the entry; `prompt_block` is the prompt that was called,
    and `values` what the caller put into its places. Once the call's guardrails have read it, it is `seen`,
    and what they mask is masked. `id` is the call's where that was given out before it is held.
    """

    asked: Asked
    model: str
    prompt_block: str = ""
    values: tuple[str, ...] = ()
    seen: Seen | None = None
    id: str = ""


def pseudonym_of(system: System, key: Key, user: str | None) -> str:
    """Say whom a call is for: from here on nobody knows who it is, and who is the same can still be told."""
    return system.pseudonym(key.use_case, user) if user else ""


def understood(worker: Worker, key: Key, asked: Asked, now: datetime) -> Understood | Decision:
    """Put the prompt that is called, if one is, in its place, and the exact model in that of its name.

    A prompt becomes its messages before anything is decided, so that every bound counts them.
    """
    view, prompt_block = worker.view, ""
    values: tuple[str, ...] = ()
    day = view.day(now)
    if asked.prompt is not None:
        assert isinstance(asked.request, ModelRequest), "a door lets only models that write have a prompt"
        found = expand(asked.request, asked.prompt, model=view.model, use_case=key.use_case, day=day)
        if isinstance(found, Decision):
            return found
        values = tuple(asked.prompt.variables.values())
        asked, prompt_block = msgspec.structs.replace(asked, request=found.request), found.prompt
    said = asked.request.model
    address = view.names(key, day).get(said)
    if address is None:
        return Understood(asked, view.model.meant(said, day) or "", prompt_block, values)
    if address != said:
        asked = msgspec.structs.replace(asked, request=msgspec.structs.replace(asked.request, model=address))
    return Understood(asked, address, prompt_block, values)


def models_of(worker: Worker, key: Key, day: date) -> Callable[[str], tuple[str, ModelBlock | None]]:
    """Give what finds the model that a name means to a key on a day."""
    view = worker.view
    names = view.names(key, day)

    def found(name: str) -> tuple[str, ModelBlock | None]:
        exact = names.get(name, name)
        return exact, view.model.model(exact)

    return found


def facts_of(
    worker: Worker,
    key: Key,
    remit: Remit,
    asked: Asked,
    now: datetime,
    accounts: Mapping[str, Account],
) -> Facts:
    """Gather what a request is decided by; one whose model lies outside the remit has no block."""
    return msgspec.structs.replace(
        worker.view.facts(key, asked.request, now, worker.unsaid),
        request=asked.request,
        now=now,
        accounts=accounts,
        streamed=asked.streamed,
        in_batch=asked.batch != "",
        counts=worker.rates.at(now),
        user=asked.user,
        users=_NOBODY
        if remit.users_max is None
        else worker.users.of(key.use_case, month_of(now, worker.view.zone)),
    )
