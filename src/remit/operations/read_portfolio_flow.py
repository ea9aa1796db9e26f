"""Read the flow of the portfolio: what is in work, where it waits, what to decide next, and what is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from remit.decide.advice import Advice, CaseFacts, advise, twins
from remit.decide.dossier import Dossier
from remit.decide.dossiers import Known
from remit.decide.flow import Flow, flow
from remit.decide.funnel import Funnel, funnel
from remit.decide.gate import GateStanding, assess_gate
from remit.decide.life import Life, lives
from remit.decide.next_best import Next, next_best
from remit.decide.sunset import Sunset
from remit.declare.gate import ATTESTED
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts
from remit.operations.find_duplicates import find_duplicates
from remit.operations.lookup import require_known, require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.rank_portfolio import rated_portfolio
from remit.operations.read_approvals import standings
from remit.operations.read_dossiers import read_dossiers
from remit.operations.read_sunsets import read_sunsets, today_of
from remit.operations.system import System
from remit.record.approval_entry import ApprovalRequest
from remit.record.decided import StageChange
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter, StageFact

DAYS_MAX = 3_660
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class PortfolioFlow:
    """All that flow, funnel, advice and the next decisions are read off, as of a day.

    `advice` is in the order of ids, `sunsets` the longest due first; `dossiers` and `gates` are of all use
    cases, whichever unit was asked for.
    """

    model: OperatingModel
    unit: str
    flow: Flow
    facts: Mapping[str, CaseFacts]
    advice: Mapping[str, Advice]
    sunsets: tuple[Sunset, ...]
    funnel: Funnel
    lives: Mapping[str, Life]
    dossiers: Mapping[str, Dossier]
    gates: Mapping[str, GateStanding]

    def next(self, limit: int) -> tuple[Next, ...]:
        return next_best(((each, self.advice[name]) for name, each in self.facts.items()), limit=limit)


@dataclass(frozen=True, slots=True)
class _Read:
    """What the store says, of all use cases."""

    stages: Mapping[str, StageFact]
    lives: Mapping[str, Life]
    dossiers: Mapping[str, Dossier]
    gates: Mapping[str, GateStanding]
    open: Mapping[str, tuple[tuple[str, ...], datetime]]
    sunsets: Mapping[str, Sunset]
    twins: Mapping[str, tuple[str, str]]
    scores: Mapping[str, float]


def read_portfolio_flow(
    system: System,
    *,
    unit: str = "",
    days: int = 365,
    as_of: date | None = None,
    known: Known | None = None,
) -> PortfolioFlow:
    """Measure the flow of a unit and those below it, or of all, over the days up to `as_of`.

    Dates go back to that day; calls, evidence, gates and requests are those of now, and `known`
    is what was read of them already.
    """
    _, model = model_in_force(system)
    if unit:
        require_unit(model, unit)
    today = today_of(system, model)
    require_known(as_of, today)
    found = _read(system, model, as_of or today, known)
    below = {name for name in model.units if not unit or unit in model.lineage(name)}
    chosen = {name: each for name, each in found.lives.items() if each.unit in below}
    # What is late follows from all that was ever finished, whichever unit asks.
    usual = flow(found.lives.values(), blocked=(), today=as_of or today, days=days).cycle
    facts = {
        name: _facts(model, name, found, p85=usual.p85, today=as_of or today)
        for name, life in chosen.items()
        if life.at != "retired"
    }
    blocked = {name for name, each in facts.items() if each.blocked}
    return PortfolioFlow(
        model=model,
        unit=unit,
        flow=flow(chosen.values(), blocked=blocked, today=as_of or today, days=days, usual=usual),
        facts=facts,
        advice={name: advise(each) for name, each in facts.items()},
        sunsets=tuple(each for each in read_sunsets(system, model) if each.unit in below),
        funnel=funnel(
            chosen,
            facts,
            names={name: each.name for name, each in model.units.items()},
            asked_since={name: since for name, (_, since) in found.open.items()},
        ),
        lives=chosen,
        dossiers=found.dossiers,
        gates=found.gates,
    )


def _read(system: System, model: OperatingModel, today: date, known: Known | None) -> _Read:
    now = system.clock.now()
    stages = system.store.stages(now)
    dossiers = read_dossiers(system, model, known)
    due = read_sunsets(system, model)
    rated = [each for each in rated_portfolio(system, model) if each.score is not None]
    groups = find_duplicates(system)
    return _Read(
        stages=stages,
        lives=lives(model, stages, stage_changes(system), today=today),
        dossiers=dossiers,
        gates={name: assess_gate(model, each) for name, each in dossiers.items()},
        open=_open(system, now),
        # Of several rules that fire for one, the longest due speaks; to end it comes before to take it back.
        sunsets={
            each.use_case: each
            for each in sorted(due, key=lambda each: (each.recommend == "retire", -each.due.toordinal()))
        },
        twins=twins(groups, {name: _calls(model, each) + _evidence(each) for name, each in dossiers.items()}),
        scores={each.id: 1 - place / len(rated) for place, each in enumerate(rated)},
    )


def _open(system: System, now: datetime) -> dict[str, tuple[tuple[str, ...], datetime]]:
    """Say of each use case whose consent an open request on its gate waits for, and since when."""
    found: dict[str, tuple[tuple[str, ...], datetime]] = {}
    for each in standings(system, now):
        request: ApprovalRequest = each.request
        if each.state == "open" and request.about in ("gate", "waiver") and request.use_case:
            roles, since = found.get(request.use_case, ((), request.at))
            waits = each.waits_for or ("one more person",)
            found[request.use_case] = tuple(dict.fromkeys((*roles, *waits))), min(since, request.at)
    return found


def _calls(model: OperatingModel, dossier: Dossier) -> int:
    fact = next(iter(dossier.facts.get("calls", ())), None)
    return int(fact.value) if fact is not None and counts(model, fact) else 0


def _evidence(dossier: Dossier) -> int:
    """Count what was filed on this use case itself: evaluations, studies, attestations."""
    studies = {
        entry
        for of in dossier.facts.values()
        for fact in of
        if fact.evidence == "value_study"
        for entry in fact.entries
    }
    words = {each.entry for address, each in dossier.attested.items() if address.startswith("gate/")}
    return len(dossier.evaluations) + len(studies) + len(words)


def _facts(model: OperatingModel, name: str, found: _Read, *, p85: int | None, today: date) -> CaseFacts:
    life, gate, dossier = found.lives[name], found.gates[name], found.dossiers[name]
    missing = gate.missing
    twin, why = found.twins.get(name, ("", ""))
    waits, _ = found.open.get(name, ((), None))
    real = gate.gate is not None and gate.into is not None
    return CaseFacts(
        id=name,
        name=model.use_cases[name].name,
        unit=life.unit,
        stage=life.at,
        in_work=life.in_work,
        age=life.age(today),
        p85=p85,
        calls=_calls(model, dossier),
        evidence=_evidence(dossier),
        into=gate.into if real else None,
        ready=real and not missing and not gate.killed,
        missing=len(missing),
        asked=len(gate.criteria),
        governance_only=bool(missing) and all(each.criterion.evidence in ATTESTED for each in missing),
        waits=waits,
        killed=tuple(each.id for each in gate.killed),
        sunset=found.sunsets.get(name),
        twin=twin,
        twin_why=why,
        score=found.scores.get(name),
    )


def stage_changes(system: System) -> Iterator[StageChange]:
    """Read every stage change, page by page; they are kept for good."""
    before = ""
    while rows := system.store.entries(EntryFilter(kind="stage_change", before=before), limit=_PAGE):
        yield from (cast(StageChange, decode(row.body)) for row in rows)
        if len(rows) < _PAGE:
            return
        before = rows[-1].id
