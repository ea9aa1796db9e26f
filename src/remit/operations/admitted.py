"""Admitted: a call under way, and what may stand between it and being one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import blake2b

import msgspec

from remit.declare.block import Fallback, ModelBlock
from remit.enforce.answer import ModelEvent, Piece
from remit.enforce.escrow import Need
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.noted import Noted
from remit.enforce.key import Key
from remit.enforce.request import Request
from remit.operations.answer_cache import Place
from remit.operations.asked import Asked, Seen, Understood
from remit.operations.capture_queue import Gathering
from remit.operations.worker import Worker
from remit.ports import Provider
from remit.record.call_entry import Attempt, Call, Hold


class Settled(msgspec.Struct, frozen=True):
    """The end of a call: its entry, and what is left in the tightest budget (None if none applies)."""

    call: Call
    budget_left: Decimal | None


class Caller(msgspec.Struct, frozen=True):
    """Whose call it is and what was asked; `deadline` is when the caller wants it to have ended."""

    worker: Worker
    key: Key
    found: Understood
    fallback_on: tuple[Fallback, ...]
    deadline: float


class Target(msgspec.Struct, frozen=True):
    """The model that is asked, what it is asked, and what is held for it; `limits` are by account.

    `sent` is what its provider is asked: the same, with the cache points that are declared.
    """

    block: ModelBlock
    provider: Provider
    request: Request
    sent: Request
    hold: Hold
    limits: Mapping[str, Decimal]

    @property
    def model(self) -> str:
        return self.hold.purpose.model


@dataclass(slots=True)
class Admitted:
    """A call under way: what was held for it, and what has come back so far.

    `others` are the models that a route leads to after this one. `failed` are tries without an answer.
    `asking` says that a provider is being asked just now, `worked` that this one had taken the request before
    it failed.
    `found` is what guardrails found in the answer, and `remarked` what those of others said of it.
    `written` is how many tokens of it guardrails have seen, whether they have let go of them or not.
    `gathering` is what is given out of an answer that is to be kept.
    `due` is how long the journal was after this call last wrote to it.
    `given` becomes a digest of the words that came back, of which the last ones are still `said`.
    One that is `parked` lies with its provider while this process ends; its hold stays open for the next.
    An answer that may be given again has a `place`; `kept` is one that is, to a call that is settled already.
    """

    caller: Caller
    target: Target
    others: Sequence[Asked] = ()
    failed: list[Attempt] = field(default_factory=list)
    tries: int = 0
    asking: bool = False
    worked: bool = False
    received: int = 0
    marked: int = 0
    first_token_ms: int | None = None
    settled: Settled | None = None
    gone: bool = False
    found: tuple[Noted, ...] = ()
    remarked: tuple[Noted, ...] = ()
    written: int = 0
    place: Place | None = None
    kept: Sequence[ModelEvent] | None = None
    gathering: Gathering | None = None
    said: list[Piece] = field(default_factory=list)
    given: blake2b | None = None
    due: int = 0
    parked: bool = False

    @property
    def worker(self) -> Worker:
        return self.caller.worker

    @property
    def hold(self) -> Hold:
        return self.target.hold

    @property
    def seen(self) -> Seen | None:
        return self.caller.found.seen

    @property
    def streamed(self) -> bool:
        return self.caller.found.asked.streamed


class Short(msgspec.Struct, frozen=True):
    """A call that this worker's leases do not cover. With `hopes` it fits only if others give some back.

    `user` is somebody new to this worker, to be counted for all workers first.
    """

    needs: Sequence[Need]
    hopes: bool = False
    user: str = ""


class Busy(msgspec.Struct, frozen=True):
    """A call that a limit has no room for now; nothing was written of it. It may fit after some seconds."""

    retry_after_s: int


class Unseen(msgspec.Struct, frozen=True):
    """A call that may go ahead if its guardrails let it, which they cannot say at once."""

    found: Understood
    guards: Guards
