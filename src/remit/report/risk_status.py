"""The status of risk as a whole: by framework, by use case, by date of the law, and what is excepted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from remit.decide.ai_act import ActView, Due
from remit.decide.ai_act_law import Law
from remit.decide.controls import APPLICABLE, ControlStatus
from remit.decide.framework import Framework, Panorama
from remit.decide.risk import Tiered
from remit.declare.control import Control
from remit.declare.declared import RISK_TIERS, RiskTier
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.enforce.stop import Stop
from remit.record.dossier_entry import Waiver
from remit.record.projection import StageFact
from remit.report.controls import ControlSummary, FrameworkControls, control_summary, framework_controls
from remit.report.risks import RiskLine


@dataclass(frozen=True, slots=True)
class FrameworkLine:
    """A framework by its ids: on how many a control bears, and how those that are asked for stand now.

    Of the ids `asked` for by at least one use case, `hold` hold for every use case that is asked. `by_word`
    are shown by nothing but somebody's word.
    """

    id: str
    name: str
    ids: int
    mapped: int
    asked: int
    hold: int
    by_word: int


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One use case: how much can go wrong, what the law makes of it, and how its controls stand.

    `unstated` counts the facts that nobody stated and that would raise its tier or change its class. `due` is
    the next obligation of the law that is still to come.
    """

    use_case: str
    name: str
    unit: str
    owner: str
    stage: StageName
    tier: RiskTier
    why: str
    act: str
    act_why: str
    unstated: int
    asked: int
    holds: int
    does_not_hold: int
    stale: int
    not_shown: int
    in_force: int
    due: Due | None

    @property
    def open(self) -> int:
        return self.asked - self.holds


@dataclass(frozen=True, slots=True)
class Duty:
    """One obligation of the law from one day on, and the use cases of which it is asked by their facts."""

    article: str
    title: str
    use_cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LawDate:
    """A day on which something of the law begins to apply; `place` is where it lies on a line, 0 to 100.

    `open` are use cases that leave a fact unstated and would be in a class whose rules begin then.
    """

    day: date
    duties: tuple[Duty, ...]
    use_cases: int
    open: tuple[str, ...]
    place: Decimal
    passed: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LawDates:
    """The dates of a law as they were known when it was last checked."""

    name: str
    act: str
    amended_by: str
    verified_on: date
    verified_how: str
    standards: str
    today: Decimal
    dates: tuple[LawDate, ...]

    @property
    def coming_first(self) -> tuple[LawDate, ...]:
        """List the days to come in their order, and then those that have passed, the last one first."""
        passed = tuple(each for each in self.dates if each.passed)
        return (*(each for each in self.dates if not each.passed), *reversed(passed))

    @property
    def next(self) -> LawDate | None:
        """The next day that concerns a use case."""
        return next((each for each in self.dates if not each.passed and each.use_cases), None)


@dataclass(frozen=True, slots=True)
class RiskStatus:
    """How risk and controls stand on a day. Nothing is added up into a score."""

    day: date
    frameworks: tuple[FrameworkLine, ...]
    by_id: Mapping[str, FrameworkControls]
    cases: tuple[CaseLine, ...]
    controls: ControlSummary
    risks: tuple[RiskLine, ...]
    law: LawDates
    waivers: tuple[Waiver, ...]
    stops: tuple[Stop, ...]

    @property
    def open(self) -> Mapping[ControlStatus, int]:
        """Count what is asked for and not shown to hold, by how it stands, over all use cases."""
        return {
            "does_not_hold": sum(each.does_not_hold for each in self.cases),
            "stale": sum(each.stale for each in self.cases),
            "not_shown": sum(each.not_shown for each in self.cases),
        }

    @property
    def loose(self) -> tuple[RiskLine, ...]:
        """List the risks that stand at their inherent level because not all of their controls hold."""
        return tuple(each for each in self.risks if each.controls and not each.kept)

    @property
    def overdue(self) -> tuple[RiskLine, ...]:
        return tuple(each for each in self.risks if each.overdue_days)


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of one use case beside its controls."""

    use_case: str
    stage: StageFact
    tier: Tiered
    act: ActView


def framework_line(found: FrameworkControls) -> FrameworkLine:
    """Sum up a framework by its ids."""
    asked = [each for each in found.ids if each.asked]
    return FrameworkLine(
        id=found.framework,
        name=found.name,
        ids=len(found.ids),
        mapped=len(found.ids) - len(found.uncovered),
        asked=len(asked),
        hold=sum(each.hold == each.asked for each in asked),
        by_word=found.by_word_alone,
    )


def case_lines(
    model: OperatingModel, facts: Iterable[CaseFacts], counts: Mapping[str, Mapping[ControlStatus, int]]
) -> tuple[CaseLine, ...]:
    """List use cases, those of which most is to be done first: by tier, then by what does not hold."""
    lines = [_case(model, each, counts.get(each.use_case, {})) for each in facts]
    return tuple(
        sorted(
            lines,
            key=lambda each: (
                -RISK_TIERS.index(each.tier),
                -each.does_not_hold,
                -each.open,
                each.use_case,
            ),
        )
    )


def _case(model: OperatingModel, each: CaseFacts, counts: Mapping[ControlStatus, int]) -> CaseLine:
    case, decided = model.use_cases[each.use_case], each.tier.decided
    reason = each.act.reasons[0] if each.act.reasons else None
    return CaseLine(
        use_case=each.use_case,
        name=case.name,
        unit=case.unit,
        owner=model.owner_of(each.use_case),
        stage=each.stage.stage,
        tier=each.tier.tier,
        why=decided[0].says if decided else "nothing that is stated raises it",
        act=each.act.title,
        act_why=f"{reason.basis}: {reason.says}" if reason else "",
        unstated=len({*(f"{one.fact}" for one in each.tier.open), *_open_facts(each.act)}),
        asked=sum(counts.get(one, 0) for one in APPLICABLE),
        holds=counts.get("holds", 0),
        does_not_hold=counts.get("does_not_hold", 0),
        stale=counts.get("stale", 0),
        not_shown=counts.get("not_shown", 0),
        in_force=len(each.act.in_force),
        due=each.act.coming[0] if each.act.coming else None,
    )


def _open_facts(act: ActView) -> Iterable[str]:
    return (f"ai_act.{each.fact}" for each in act.open)


def law_dates(law: Law, facts: Sequence[CaseFacts], today: date) -> LawDates:
    """Lay out every day from which the law asks something, with the use cases that it concerns by then."""
    duties: dict[date, dict[tuple[str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in facts:
        for due in (*one.act.in_force, *one.act.coming):
            duties[due.applies_from][due.article, due.title].append(one.use_case)
    notes, open = _turns(law, today), _open_on(law, facts, today)
    days = sorted(duties.keys() | notes.keys() | {law.in_force})
    first, last = min(days[0], today), max(days[-1], today)
    span = max(1, (last - first).days)

    def place(day: date) -> Decimal:
        return (Decimal(100) * (day - first).days / span).quantize(Decimal("0.1"))

    dates = [
        LawDate(
            day=day,
            duties=tuple(
                Duty(article, title, tuple(sorted(set(names))))
                for (article, title), names in sorted(duties.get(day, {}).items())
            ),
            use_cases=len({name for names in duties.get(day, {}).values() for name in names}),
            open=tuple(sorted(open.get(day, ()))),
            place=place(day),
            passed=day <= today,
            notes=tuple(dict.fromkeys(notes.get(day, ()))),
        )
        for day in days
    ]
    return LawDates(
        name=law.name,
        act=law.act,
        amended_by=law.amended_by,
        verified_on=law.verified_on,
        verified_how=law.verified_how,
        standards=law.standards,
        today=place(today),
        dates=tuple(dates),
    )


def _open_on(law: Law, facts: Iterable[CaseFacts], today: date) -> dict[date, set[str]]:
    """List by day who could be concerned from it on, were what they leave unstated so."""
    found: dict[date, set[str]] = defaultdict(set)
    for one in facts:
        for each in one.act.open:
            if each.would_be not in ("prohibited", "outside"):
                found[law.classes[each.would_be].applies_from(today)].add(one.use_case)
    return found


_NO_TURN = ("prohibited", "minimal", "outside")
"""Classes that no day turns into another: practices have days of their own."""


def _turns(law: Law, today: date) -> dict[date, list[str]]:
    """Say what of the law as such begins on which day, whether it concerns a use case or not."""
    found: dict[date, list[str]] = defaultdict(list)
    found[law.in_force].append(f"{law.act} enters into force")
    for name, kind in law.classes.items():
        if name in _NO_TURN:
            continue
        *earlier, holding = kind.known(today)
        moved = f"; it was {earlier[-1].applies_from} before {holding.source}" if earlier else ""
        found[holding.applies_from].append(f"{kind.name} ({kind.basis}){moved}")
    forbidden: dict[date, list[str]] = defaultdict(list)
    for practice, dated in law.practices.items():
        if dated.known <= today:
            forbidden[dated.applies_from].append(practice.replace("_", " "))
    for day, practices in forbidden.items():
        found[day].append(f"forbidden by Article 5: {', '.join(practices)}")
    for each in law.transitions:
        if each.known <= today:
            spared = f"what was on the market before {each.before} is spared no longer"
            found[each.applies_from].append(f"{spared} ({each.article})")
    return found


def risk_status(
    model: OperatingModel,
    found: Panorama,
    facts: Sequence[CaseFacts],
    *,
    frameworks: Mapping[str, Framework],
    controls: Mapping[str, Control],
    law: Law,
    risks: Sequence[RiskLine],
    waivers: Iterable[Waiver],
    stops: Iterable[Stop],
    today: date,
) -> RiskStatus:
    """Put the status of risk together."""
    by_id = {
        name: framework_controls(name, each, replace(found.surveyed, covered=found.covered[name]), controls)
        for name, each in frameworks.items()
    }
    return RiskStatus(
        day=today,
        frameworks=tuple(map(framework_line, by_id.values())),
        by_id=by_id,
        cases=case_lines(model, facts, found.cases),
        controls=control_summary(found.surveyed),
        risks=tuple(risks),
        law=law_dates(law, [each for each in facts if each.stage.stage != "retired"], today),
        waivers=tuple(sorted(waivers, key=lambda each: (each.expires, each.use_case))),
        stops=tuple(sorted(stops, key=lambda stop: (stop.since, stop.address))),
    )
