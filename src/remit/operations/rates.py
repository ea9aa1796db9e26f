"""Rates of one worker: what it let through in the last two minutes, and what runs now, counted by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from remit.enforce.rate import MINUTE_MS, Counts, Meter, amount_of


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a call that runs took, and in which minute."""

    meters: tuple[Meter, ...]
    tokens: int
    minute: int


class Rates:
    """Counts of a minute of the clock begin empty, and those before the last one are dropped with all names.

    So what is kept is bounded by the keys that asked within two minutes, and by the calls that run. It is
    nowhere else: after a restart all counts begin at nothing.
    """

    def __init__(self) -> None:
        self._minute = 0
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._taken: dict[str, _Taken] = {}

    def at(self, now: datetime) -> Counts:
        """Return what is counted, after going on to the minute that an instant lies in."""
        minute = int(now.timestamp() * 1000) // MINUTE_MS
        if minute != self._minute:
            # Where the clock was set back, a minute begins anew, and the one before it still counts.
            self._before = self._now if minute <= self._minute + 1 else {}
            self._minute, self._now = minute, {}
            self._running = {name: count for name, count in self._running.items() if count}
        return Counts(self._now, self._before, self._running)

    def take(self, call: str, meters: tuple[Meter, ...], *, tokens: int) -> None:
        """Count a call that was let through just now, until its end where that matters."""
        if not meters:
            return
        now, running = self._now, self._running
        for field, name, share, keys, _, _, _ in meters:
            amount = amount_of(field, tokens)
            if share:
                if share not in now:
                    self._join(share, keys)
                now[share] += amount
            if field != "concurrency_max":
                now[name] = now.get(name, 0) + amount
                continue
            running[name] = running.get(name, 0) + 1
            if share:
                running[share] = running.get(share, 0) + 1
        self._taken[call] = _Taken(meters, tokens, self._minute)

    def wait(self, meters: Iterable[Meter]) -> None:
        """Count a key that was told to wait as one of those that share; it takes nothing."""
        for meter in meters:
            if meter.share and meter.share not in self._now:
                self._join(meter.share, meter.keys)

    def _join(self, share: str, keys: str) -> None:
        self._now[share] = 0
        self._now[keys] = self._now.get(keys, 0) + 1

    def settle(self, call: str, *, tokens: int, now: datetime) -> None:
        """End a call: its place is free again, and the tokens that it really used take the place of others.

        What it did not use is given back to the minute that it was taken in; what it used beyond counts now.
        """
        taken = self._taken.pop(call, None)
        if taken is None:
            return
        self.at(now)
        for meter in taken.meters:
            if meter.field == "concurrency_max":
                self._running[meter.name] -= 1
                if meter.share:
                    self._running[meter.share] -= 1
            elif meter.field == "tokens_per_minute":
                self._true_up(meter, tokens - taken.tokens, taken.minute)

    def _true_up(self, meter: Meter, more: int, minute: int) -> None:
        if more > 0:
            self.wait((meter,))
            counts = self._now
        elif minute >= self._minute - 1:
            counts = self._now if minute == self._minute else self._before
        else:
            return
        for name in (meter.name, meter.share):
            if name in counts:
                counts[name] = max(0, counts[name] + more)
            elif name and more > 0:
                counts[name] = more
