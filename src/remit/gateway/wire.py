"""What a wire format is: how it reads a request, and how it writes answers, refusals and faults.

A format is a value of functions; all of them are pure. The gateway's one flow works on whichever it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from remit.declare.guardrail import Streaming
from remit.enforce.answer import Finish, Piece
from remit.enforce.decision import Decision
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.screen import Guard
from remit.enforce.prompt import PromptCall
from remit.enforce.request import Request
from remit.operations.count_tokens import Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no answer: a status, a permanent code with a page, one sentence and what would help.

    `param` names the field of the request that is wrong. A refusal carries its decision, and the id of its
    entry; `retry_after_s` says when trying again makes sense.
    """

    status: int
    code: str
    summary: str
    help: str
    param: str | None = None
    decision: Decision | None = None
    entry: str = ""
    retry_after_s: int | None = None

    @property
    def message(self) -> str:
        return f"{self.summary} — {self.help}"

    @property
    def remit(self) -> dict[str, Any] | None:
        """What a refusal says beyond the format's own fields."""
        if self.decision is None:
            return None
        return {
            "decision": self.entry or None,
            "rule": self.decision.rule,
            "layer": self.decision.layer,
            "owner": self.decision.owner,
            "help": self.decision.help,
        }


def malformed(code: str, summary: str, help: str, param: str | None = None, *, status: int = 400) -> Failure:
    """Say why a request cannot be read."""
    return Failure(status=status, code=code, summary=summary, help=help, param=param)


class Ask(msgspec.Struct, frozen=True):
    """A request as it was read, and how its answer is to be written; `options` are the format's own.

    With `prompt`, the request is what the caller adds to a prompt block; its model may then be empty.
    `guardrails` are those that the format itself names, to be passed beside those of the remit, and
    `streaming` is the least strict way in which they may look at a streamed answer.
    """

    request: Request
    streamed: bool
    options: Any = None
    prompt: PromptCall | None = None
    guardrails: tuple[str, ...] = ()
    streaming: Streaming = "audit"


class Head(msgspec.Struct, frozen=True):
    """What every answer says of itself: the call's id, the model's name as the caller wrote it, and when.

    `input_tokens` is an estimate, for formats that want the input's length before anybody has counted it.
    """

    call: str
    model: str
    created: int
    input_tokens: int = 0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a call cost and what is left in the tightest budget, None if none applies; both exact, as text."""

    call: str
    cost: str
    currency: str
    budget_left: str | None
    latency_ms: int = 0
    first_token_ms: int = 0
    simulated: bool = False
    more: Mapping[str, Any] = {}
    guards: tuple[Guard, ...] = ()
    """The guardrails that the call passed, and what they found; for formats that trace them."""
    findings: tuple[Noted, ...] = ()

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "call": self.call,
            "cost": self.cost,
            "budget_left": self.budget_left,
            "currency": self.currency,
        }
        if self.simulated:
            fields["simulated"] = True
        return {**fields, **self.more} if self.more else fields


class Writer(Protocol):
    """Writes one answer. A streamed one is `opening`, any number of `pieces`, then `closing` or `failing`."""

    def whole(self, pieces: Sequence[Piece], finish: Finish, account: Account) -> bytes: ...

    def opening(self) -> bytes: ...

    def pieces(self, pieces: Sequence[Piece]) -> bytes: ...

    def closing(self, finish: Finish, account: Account) -> bytes: ...

    def failing(self, fault: Failure) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One wire format's one kind of request. `target` is what stood in the path, such as a model's name.

    A format with `counted` asks no model: it is told how many tokens the input is, and writes that.
    `with_headers` adds what the format says in headers.
    `headers_not_served` ask for something that is not done here, so a request with one of them is refused.
    """

    name: str
    decode: Callable[[bytes, str], Ask | Failure]
    writer: Callable[[Ask, Head], Writer]
    error: Callable[[Failure], bytes]
    stream_type: str = "text/event-stream"
    error_headers: Callable[[Failure], Sequence[tuple[str, str]]] = lambda fault: ()
    status: Callable[[Failure], int] = lambda fault: fault.status
    headers_not_served: AbstractSet[str] = frozenset()
    with_headers: Callable[[Ask, Mapping[str, str]], Ask | Failure] | None = None
    counted: Callable[[Counted], bytes] | None = None


def events(*data: bytes) -> bytes:
    """Write server-sent events without names."""
    return b"".join([b"data: " + each + b"\n\n" for each in data])
