"""What a wire format is: how it reads a request, and how it writes answers, refusals and faults.

A format is a value of functions; all of them are pure. The gateway's one flow works on whichever it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from remit.enforce.answer import Finish, Piece
from remit.enforce.decision import Decision
from remit.enforce.prompt import PromptCall
from remit.enforce.request import Request
from remit.kernel.money import canonical
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


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as it was read, and how its answer is to be written; `options` are the format's own.

    With `prompt`, the request is what the caller adds to a prompt block; its model may then be empty.
    """

    request: Request
    streamed: bool
    options: Any = None
    prompt: PromptCall | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What every answer says of itself: the call's id, the model's name as the caller wrote it, and when.

    `input_tokens` is an estimate, for formats that want the input's length before anybody has counted it.
    """

    call: str
    model: str
    created: int
    input_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a call cost and what is left in the tightest budget; amounts are exact."""

    call: str
    cost: Decimal
    currency: str
    budget_left: Decimal | None
    latency_ms: int = 0
    first_token_ms: int = 0
    simulated: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        left = self.budget_left
        return {
            "call": self.call,
            "cost": canonical(self.cost),
            "budget_left": None if left is None else canonical(left),
            "currency": self.currency,
            **({"simulated": True} if self.simulated else {}),
            **self.more,
        }


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
    counted: Callable[[Counted], bytes] | None = None


def events(*data: bytes) -> bytes:
    """Write server-sent events without names."""
    return b"".join([b"data: " + each + b"\n\n" for each in data])
