"""Patience: after a provider's fault, whether the same target is asked again, the next one, or neither.

Times are seconds of any clock that never runs backwards.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from remit.declare.block import Fallback, ModelBlock
from remit.kernel.errors import ProviderBusy, ProviderError

DEADLINE_S = 600.0
"""How long a call may take that names no deadline: as long as the OpenAI and Anthropic clients wait."""

WAIT_S = 0.5
WAIT_S_MAX = 8.0
"""The wait before the first retry is at most the one, and no wait before a retry is longer than the other,
unless the provider asks for it. Both are what the OpenAI and Anthropic clients take."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What helps against a fault.

    `word` is what a route's `fallback_on` calls it; where it is None, no other target is asked. `again` says
    that the same target may be asked again, and `ails` that the target itself is unwell.
    """

    word: Fallback | None
    again: bool
    ails: bool


REMEDIES: Mapping[str, Remedy] = {
    "provider-unreachable": Remedy("unreachable", again=True, ails=True),
    "provider-busy": Remedy("busy", again=True, ails=True),
    # Who was too slow for one call is made no quicker by a second.
    "provider-timeout": Remedy("timeout", again=False, ails=True),
    "provider-failed": Remedy("failed", again=True, ails=True),
    "provider-broke-off": Remedy("broken_stream", again=True, ails=True),
    "provider-key-refused": Remedy("key_refused", again=False, ails=True),
    "input-too-large": Remedy("too_large", again=False, ails=False),
    # A caller's mistake stays one wherever it is sent.
    "provider-refused": Remedy(None, again=False, ails=False),
    # What one provider's filter stopped is not carried to another until one lets it pass.
    "provider-filtered": Remedy(None, again=False, ails=False),
}
"""By the code of the fault."""


def remedy(error: ProviderError) -> Remedy:
    """Find what helps against a fault; one with a code of its own is like others of its class."""
    codes = (error.code, *(kind.code for kind in type(error).__mro__ if issubclass(kind, ProviderError)))
    return next(REMEDIES[code] for code in codes if code in REMEDIES)


class Limits(msgspec.Struct, frozen=True):
    """What one attempt may take, in seconds; `first_byte_s` is None for an answer in one piece."""

    first_byte_s: float | None
    total_s: float


def limits(block: ModelBlock, *, streamed: bool, now: float, deadline: float) -> Limits:
    """Find what an attempt at a model may take: no more than is left until the caller's deadline."""
    total = max(0.0, min(block.total_seconds, deadline - now))
    return Limits(min(block.first_byte_seconds, total) if streamed else None, total)


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt that failed: the fault, and how often its target was asked, this time included.

    `others` says that the order has a target after this one. `released` says that something of the answer has
    left for the caller.
    """

    error: ProviderError
    attempts: int
    retries: int
    others: bool = False
    fallback_on: Container[Fallback] = ()
    released: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: the same target `again` after a wait, the `next` target at once, or the `end`."""

    to: Literal["again", "next", "end"]
    wait_s: float = 0.0


_NEXT, _END = Step("next"), Step("end")


def step(failed: Failed, *, now: float, deadline: float, draw: float) -> Step:
    """Decide what follows a fault. `draw` is from 0 up to, and not including, 1.

    INVARIANT: once something of the answer has left, nothing is tried again, or a caller would read two
    answers as one; and no wait ends after the deadline.
    """
    if failed.released or now >= deadline:
        return _END
    cure = remedy(failed.error)
    may_go_on = failed.others and cure.word is not None and cure.word in failed.fallback_on
    if cure.again and failed.attempts <= failed.retries:
        advice_s = advice(failed.error)
        wait_s = advice_s + jitter(failed.attempts, draw)
        worth_it = advice_s <= WAIT_S_MAX or not may_go_on
        if worth_it and now + wait_s < deadline:
            return Step("again", wait_s)
    return _NEXT if may_go_on else _END


def advice(error: ProviderError) -> float:
    """Say how long the provider itself asks to be left alone, in seconds; 0 where it says nothing."""
    return float(error.retry_after_s) if isinstance(error, ProviderBusy) else 0.0


def jitter(attempts: int, draw: float) -> float:
    """Choose a wait after so many attempts: "full jitter", anything from 0 to a bound that doubles.

    `sleep = random_between(0, min(cap, base * 2 ** attempt))`, from "Exponential Backoff And Jitter" in the
    AWS Architecture Blog, 2015, by which callers that failed together do not come back together.
    """
    return draw * min(WAIT_S_MAX, WAIT_S * 2.0 ** min(attempts - 1, 32))
