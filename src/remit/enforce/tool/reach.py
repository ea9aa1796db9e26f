"""Reach: how far calls of one tool have gone in a run and on a day, and how far they may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from remit.enforce.tool.given import Given
from remit.kernel.money import EXACT, ZERO, canonical

Counted = Literal["calls", "money", "targets", "records"]


@dataclass(frozen=True, slots=True)
class Reached:
    """What calls have reached together; different targets and records, each once.

    Of `other_targets` and `other_records` the call that is decided names none; they are only counted.
    """

    calls: int = 0
    money: Decimal = ZERO
    targets: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    other_targets: int = 0
    other_records: int = 0

    def with_call(self, given: Given) -> Reached:
        return Reached(
            self.calls + 1,
            EXACT.add(self.money, given.money),
            self.targets | frozenset(given.targets),
            self.records | frozenset(given.records),
            self.other_targets,
            self.other_records,
        )

    def count(self, what: Counted) -> Decimal:
        if what == "targets":
            return Decimal(len(self.targets) + self.other_targets)
        if what == "records":
            return Decimal(len(self.records) + self.other_records)
        return Decimal(getattr(self, what))


@dataclass(frozen=True, slots=True)
class Sofar:
    """What was reached before a call: by its run, and by all runs of its use case on the day."""

    run: Reached = Reached()
    day: Reached = Reached()


@dataclass(frozen=True, slots=True)
class Over:
    """A limit that a call would pass."""

    name: str
    limit: int
    count: Decimal

    @property
    def said(self) -> str:
        return f"`{self.name}` is {self.limit:,}, and this call would make it {canonical(self.count)}"


WINDOWS = ("call", "run", "day")
WHAT: tuple[Counted, ...] = ("calls", "money", "targets", "records")


def over(limits: Mapping[str, Any], sofar: Sofar, given: Given) -> Over | None:
    """Find the first limit that a call would pass. `unlimited` and unset limits are none."""
    reached = {
        "call": Reached().with_call(given),
        "run": sofar.run.with_call(given),
        "day": sofar.day.with_call(given),
    }
    for what in WHAT:
        for window in WINDOWS:
            name = f"{what}_per_{window}"
            limit, count = limits.get(name), reached[window].count(what)
            if isinstance(limit, int) and count > limit:
                return Over(name, limit, count)
    return None


def is_limited(limits: Mapping[str, Any]) -> bool:
    """Say whether a layer limits how much a tool may do in a run or on a day."""
    return any(isinstance(limits.get(f"{what}_per_{each}"), int) for what in WHAT for each in ("run", "day"))
