"""Breaker: whether a target is left alone for a while, because it failed too often.

    closed ── too many faults ──> open ── its rest is over ──> half open ── the one that was let through …
      ^                            ^                                │
      │                            └────────────── … failed ────────┤
      └─────────────────────────────────────────── … answered ──────┘

Times are seconds of any clock that never runs backwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

IN_A_ROW = 5
"""So many faults one after the other open it; Envoy's `consecutive_5xx` has the same default."""

SHARE = 0.5
CALLS_MIN = 20
WINDOW_S = 30.0
"""Or this share of faults within a window, once so many calls ended in it."""

REST_S = 5.0
REST_S_MAX = 300.0
"""The first rest; each one after it is twice as long as the one before, up to the longest."""

ADVICE_S_MAX = 3600.0
"""The longest that a provider's own Retry-After is honoured."""

TRIAL_S = 60.0
"""After so long another call is let through: one that nobody heard of again must not keep it half open."""

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one target's health.

    INVARIANT: while it is open no call is let through, and while it is half open one at a time is.
    `since` is when the state was last changed: what began before says nothing about the target now.
    """

    state: State = "closed"
    since: float = float("-inf")
    until: float = 0.0
    rests: int = 0
    in_a_row: int = 0
    window_ends: float = float("-inf")
    calls: int = 0
    faults: int = 0

    def lets_through(self, now: float) -> bool:
        """Say whether a call may go to the target now."""
        return self.state == "closed" or now >= self.until

    def wakes_in(self, now: float) -> float:
        """Say in how many seconds a call may go to it; 0 if one may now."""
        return 0.0 if self.lets_through(now) else self.until - now

    def begun(self, now: float) -> Breaker:
        """Note that a call goes to the target; after a rest it is the one that is let through."""
        assert self.lets_through(now), "ask first whether a call is let through"
        if self.state == "closed":
            return self
        return replace(self, state="half_open", since=now, until=now + TRIAL_S)

    def ended(self, *, well: bool, began: float, now: float, advice_s: float = 0.0) -> Breaker:
        """Note how a call ended. `advice_s` is how long the provider itself asks to be left alone."""
        if began < self.since or self.state == "open":
            return self
        if self.state == "half_open":
            return self._closed(now) if well else self._opened(now, advice_s)
        counted = self._counted(well, now)
        too_many = counted.calls >= CALLS_MIN and counted.faults >= SHARE * counted.calls
        if not well and (counted.in_a_row >= IN_A_ROW or too_many):
            return counted._opened(now, advice_s)
        return counted

    def _counted(self, well: bool, now: float) -> Breaker:
        fault = 0 if well else 1
        in_a_row = 0 if well else self.in_a_row + 1
        if now < self.window_ends:
            return replace(self, in_a_row=in_a_row, calls=self.calls + 1, faults=self.faults + fault)
        # A whole window without a rest: the next rest is a first one again.
        lasted = self.since + WINDOW_S <= now
        rests = 0 if lasted else self.rests
        return replace(
            self, in_a_row=in_a_row, window_ends=now + WINDOW_S, calls=1, faults=fault, rests=rests
        )

    def _opened(self, now: float, advice_s: float) -> Breaker:
        rest = min(REST_S * 2.0 ** min(self.rests, 32), REST_S_MAX)
        until = now + max(rest, min(advice_s, ADVICE_S_MAX))
        return Breaker(state="open", since=now, until=until, rests=self.rests + 1)

    def _closed(self, now: float) -> Breaker:
        return Breaker(since=now, rests=self.rests)
