"""Read maturity: the profile as of now or of any day before, and how it came about month by month."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

from remit.decide.gate import GateStanding, assess_gate
from remit.decide.maturity import Waiting, answers, profile, unit_profile, waiting_at
from remit.decide.maturity_answer import scopes
from remit.decide.maturity_known import Past, known
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.kernel.errors import NotFound
from remit.operations.lookup import require_known, require_unit
from remit.operations.maturity_catalogue import maturity_catalogue
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossiers
from remit.operations.read_history import model_of, versions
from remit.operations.system import System
from remit.record.approval_entry import Approval
from remit.record.decided import Apply, StageChange
from remit.record.dossier_entry import Evaluation, Evidence, GateReview
from remit.record.filed import Filed, FiledFilter
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter, StageFact
from remit.report.maturity import (
    Maturity,
    MaturityHistory,
    MonthView,
    maturity_report,
    source_view,
    unit_view,
)

MONTHS = 12
CALLS_DAYS = 30
_PAGE = 1_000
INSTANT = timedelta(microseconds=1)
_KINDS = (Evaluation, Evidence, GateReview, Approval)
_FOLLOWERS_UNKNOWN = "who followed the ledger then is not known any more; what rests on it is left open"
_WAITING_NOW = "which use cases wait at gates is known of now alone; moves are weighed without them"


def read_maturity(
    system: System,
    *,
    unit: str = "",
    as_of: date | None = None,
    gates: Iterable[GateStanding] | None = None,
) -> Maturity:
    """Profile a unit or the organisation, as it is known now or was known at the end of a day.

    `gates` says how use cases stand at their next gates, where that was assessed already.
    """
    record = _Record(system)
    at = record.end_of(as_of)
    applied, past = record.past(at)
    if unit:
        require_unit(past.model, unit)
    is_now = past.following is not None
    waiting: Waiting = {}
    if is_now:
        waiting = _waiting(system, past.model) if gates is None else waiting_at(gates)
    found = profile(maturity_catalogue(), known(past), unit=unit, waiting=waiting)
    notes = () if is_now else (_FOLLOWERS_UNKNOWN, _WAITING_NOW)
    return maturity_report(maturity_catalogue(), found, applied.model_version, notes)


def read_maturity_history(system: System, *, unit: str = "", as_of: date | None = None) -> MaturityHistory:
    """Profile the ends of the last twelve months, the present one up to now."""
    record, catalogue = _Record(system), maturity_catalogue()
    months: list[MonthView] = []
    left_out: dict[str, list[str]] = {}
    name = ""
    for month, at in record.months(as_of):
        try:
            applied, past = record.past(at)
        except NotFound as fault:
            left_out.setdefault(fault.summary, []).append(month)
            continue
        if unit and unit not in past.model.units:
            left_out.setdefault(f"unit `{unit}` was not declared then", []).append(month)
            continue
        then = known(past)
        found = unit_profile(catalogue, then, unit, answers(catalogue, then, scopes(then)[unit]))
        view, name = unit_view(found), found.name
        months.append(MonthView(month, then.today, applied.model_version, view.pillars))
    if unit and not months:
        require_unit(model_in_force(system)[1], unit)
    missing = (f"{' to '.join(dict.fromkeys((of[0], of[-1])))}: {why}" for why, of in left_out.items())
    return MaturityHistory(unit, name, tuple(months), (*missing, _FOLLOWERS_UNKNOWN), source_view(catalogue))


def _waiting(system: System, model: OperatingModel) -> Waiting:
    """Say what use cases lack at their next gates."""
    return waiting_at(assess_gate(model, each) for each in read_dossiers(system, model).values())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(tzinfo=zone)).astimezone(UTC)


@dataclass
class _Record:
    """What is read of the ledger once, for as many instants as are asked for."""

    system: System

    @cached_property
    def now(self) -> datetime:
        return self.system.clock.now()

    @cached_property
    def zone(self) -> ZoneInfo:
        return model_in_force(self.system)[1].organisation.zone

    def end_of(self, day: date | None) -> datetime:
        """Say when a day ends where the organisation is, or now, whichever is first.

        Raises RemitError for a day that is still to come.
        """
        if day is None:
            return self.now
        require_known(day, self.now.astimezone(self.zone).date())
        return min(self.now, _midnight(day + timedelta(days=1), self.zone))

    def months(self, day: date | None) -> Iterator[tuple[str, datetime]]:
        """Name twelve months, the oldest first, each with its end; the last one ends with the day, or now."""
        last = self.end_of(day)
        of = (last - INSTANT).astimezone(self.zone)
        number = of.year * 12 + of.month - 1
        for each in range(number - MONTHS + 1, number + 1):
            following = date((each + 1) // 12, (each + 1) % 12 + 1, 1)
            name = f"{each // 12}-{each % 12 + 1:02}"
            yield name, min(_midnight(following, self.zone), last)

    @cached_property
    def applies(self) -> Sequence[Apply]:
        """Every version of the operating model, the newest first."""
        return tuple(versions(self.system.store))

    @cached_property
    def changes(self) -> Sequence[StageChange]:
        """Every change of a stage, the oldest first."""
        found: list[StageChange] = []
        before = ""
        while rows := self.system.store.entries(EntryFilter(kind="stage_change", before=before), limit=_PAGE):
            found += (cast(StageChange, decode(row.body)) for row in rows)
            before = rows[-1].id
        return tuple(reversed(found))

    @cached_property
    def filed(self) -> Sequence[Filed]:
        return self.system.store.filed(FiledFilter(kinds=_KINDS))

    def past(self, at: datetime) -> tuple[Apply, Past]:
        """Read what was known at an instant; raises NotFound where no operating model was in force."""
        store, is_now = self.system.store, at >= self.now
        since = at - timedelta(days=CALLS_DAYS)
        applied = self._applied(at)
        until = at + INSTANT if is_now else at
        return applied, Past(
            at=until,
            model=model_in_force(self.system)[1] if is_now else model_of(self.system, applied),
            applied=applied.at,
            stages=store.stages(at) if is_now else self._stages(at),
            changes=tuple(each for each in self.changes if each.at < until),
            filed=self.filed,
            usage=store.totals(since=since, until=None if is_now else at),
            following=frozenset(store.followers()) if is_now else None,
        )

    def _applied(self, at: datetime) -> Apply:
        model_in_force(self.system)
        found = next((each for each in self.applies if each.at < at or at >= self.now), None)
        if found is None:
            raise NotFound(
                "no operating model was in force then",
                help="name a later day; `remit history` lists every version with its date",
                code="no-operating-model",
            )
        return found

    def _stages(self, at: datetime) -> dict[str, StageFact]:
        """Say at which stage each use case was: the last change before holds."""
        found: dict[str, StageFact] = {}
        for each in self.changes:
            if each.at < at:
                found[each.use_case] = StageFact(
                    cast(StageName, each.stage),
                    each.since,
                    each.basis,
                    each.since_known,
                    each.until,
                    cast(StageName, each.falls_to) if each.falls_to else None,
                )
        return {name: fact.on(at) for name, fact in found.items()}
