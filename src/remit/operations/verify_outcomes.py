"""Verify what the store has of outcomes and of callers' references, against the entries that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.kernel.errors import NotFound
from remit.kernel.money import EXACT, ZERO, canonical
from remit.operations.system import System
from remit.record.call_entry import Call
from remit.record.decided import Apply
from remit.record.outcome_entry import Outcome
from remit.record.standing import Referred, Standing, Whose, mark_of

_BATCH = 2_000
_NONE = Referred(0, ZERO, 0)


@dataclass(slots=True)
class OutcomeWalk:
    """What a walk over all journals gathers of outcomes, and of calls that carry references.

    Where entries of calls are let go of after some days, their references are forgotten as well, and by then
    not to the day: what is left of them is not held against the entries.
    """

    system: System
    faults: list[str] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    referred: dict[Whose, Referred] = field(default_factory=dict)
    forgets: bool = False
    _waiting: list[Outcome] = field(default_factory=list)

    def outcome(self, entry: Outcome) -> None:
        """Take an outcome that the store has taken in."""
        place = entry.use_case, entry.metric
        self.counts[place] = self.counts.get(place, 0) + 1
        self._waiting.append(entry)
        if len(self._waiting) >= _BATCH:
            self._compare()

    def call(self, call: Call) -> None:
        """Take a call that the store has taken in."""
        if not call.reference or call.origin.evaluates:
            return
        whose = Whose(call.purpose.use_case, call.currency, call.simulated)
        before = self.referred.get(whose, _NONE)
        self.referred[whose] = Referred(
            before.calls + 1,
            EXACT.add(before.charge, call.charge),
            before.mark + mark_of(call.reference, call.purpose.model),
        )

    def applied(self, entry: Apply) -> None:
        """Note whether an operating model ever let entries of calls go; of one that is gone nobody knows."""
        try:
            text = self.system.store.text(entry.digest)
        except NotFound:
            self.forgets = True
        else:
            self.forgets = self.forgets or b'"ledger_retention_days"' in text

    def _compare(self) -> None:
        unlike = self.system.store.unlike(self._waiting)
        self.faults += [f"outcome `{id}` {how} what the store has of outcomes" for id, how in unlike.items()]
        self._waiting.clear()

    def ended(self, standing: Standing, *, whole: bool, exact: bool) -> list[str]:
        """Say what differs; not `whole` if lines were out of reach, nor `exact` if calls were let go of."""
        self._compare()
        faults = list(self.faults)
        if whole:
            faults += _counted(standing.outcomes, self.counts)
        if exact and not self.forgets:
            faults += _summed(standing.referred, self.referred)
        return faults


def _counted(kept: Mapping[tuple[str, str], int], found: Mapping[tuple[str, str], int]) -> list[str]:
    return [
        f"outcomes of `{use_case}` {metric}: the store has {kept.get((use_case, metric), 0):,} versions and"
        f" the ledger {found.get((use_case, metric), 0):,}"
        for use_case, metric in sorted({*kept, *found})
        if kept.get((use_case, metric), 0) != found.get((use_case, metric), 0)
    ]


def _summed(kept: Mapping[Whose, Referred], found: Mapping[Whose, Referred]) -> list[str]:
    return [
        f"references of use case `{whose.use_case}` say {_said(kept.get(whose, _NONE), whose)}, and its"
        f" entries {_said(found.get(whose, _NONE), whose)}"
        + (", of other references" if kept.get(whose, _NONE)[:2] == found.get(whose, _NONE)[:2] else "")
        for whose in sorted({*kept, *found})
        if kept.get(whose, _NONE) != found.get(whose, _NONE)
    ]


def _said(sums: Referred, whose: Whose) -> str:
    return f"{sums.calls:,} calls for {canonical(sums.charge)} {whose.currency}"
