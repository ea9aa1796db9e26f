"""Rates of one worker: what it let through in the last two minutes, and what runs now, counted by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from remit.enforce.rate import Counts, Meter

_MINUTE = timedelta(minutes=1)


class Rates:
    """Counts of a minute of the clock begin empty, and those of the one before the last are dropped whole.

    So what is kept is bounded by the keys that asked within two minutes, and by the calls that run. It is
    nowhere else: after a restart all counts begin at nothing.
    """

    def __init__(self) -> None:
        self._begins = self._ends = datetime.min.replace(tzinfo=UTC)
        self._now: dict[str, int] = {}
        self._before: dict[str, int] = {}
        self._running: dict[str, int] = {}
        self._counts = Counts(self._now, self._before, self._running)
        # By call: what it must fit into, its tokens, and the counts of the minute that they are in.
        self._taken: dict[str, tuple[tuple[Meter, ...], int, dict[str, int]]] = {}

    @property
    def counts(self) -> Counts:
        """Return what is counted in the minute that was asked for last."""
        return self._counts

    @property
    def minute(self) -> str:
        """Name that minute."""
        return self._begins.isoformat(timespec="minutes")

    @property
    def minute_before(self) -> str:
        return (self._begins - _MINUTE).isoformat(timespec="minutes")

    def add(self, counts: Mapping[str, int], name: str, amount: int) -> None:
        """Count what other workers may let through or have let through, as if it were counted here."""
        for kept in (self._now, self._before, self._running):
            if kept is counts:
                kept[name] = kept.get(name, 0) + amount

    def at(self, now: datetime) -> Counts:
        """Return what is counted, after going on to the minute that an instant lies in."""
        if not self._begins <= now < self._ends:
            begins = now.replace(second=0, microsecond=0)
            # Where the clock was set back, a minute begins anew, and the one that was left still counts.
            self._before = self._now if begins <= self._ends else {}
            self._begins, self._ends, self._now = begins, begins + _MINUTE, {}
            self._running = {name: count for name, count in self._running.items() if count}
            self._counts = Counts(self._now, self._before, self._running)
        return self._counts

    def take(self, call: str, meters: tuple[Meter, ...], *, tokens: int) -> None:
        """Count a call that was let through just now, until its end where that matters."""
        now, running = self._now, self._running
        for at_once, of_tokens, name, share, keys, _, _, _, _ in meters:
            if at_once:
                if share:
                    if share not in now:
                        self._join(share, keys)
                    running[share] = running.get(share, 0) + 1
                running[name] = running.get(name, 0) + 1
                continue
            amount = tokens if of_tokens else 1
            if share:
                if share not in now:
                    self._join(share, keys)
                now[share] += amount
            now[name] = now.get(name, 0) + amount
        if meters:
            self._taken[call] = meters, tokens, now

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
        running = self._running
        meters, held, counts = taken
        more = tokens - held
        for meter in meters:
            at_once, of_tokens, name, share, _, _, _, _, _ = meter
            if at_once:
                running[name] -= 1
                if share:
                    running[share] -= 1
            elif of_tokens and more > 0:
                self.at(now)
                self.wait((meter,))
                for each in filter(None, (name, share)):
                    self._now[each] = self._now.get(each, 0) + more
            elif of_tokens and more:
                # Where that minute is gone, so are its counts.
                counts[name] += more
                if share:
                    counts[share] += more
