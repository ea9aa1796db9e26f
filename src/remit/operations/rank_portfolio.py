"""Rank the portfolio: every use case with its score, and how firm its rank is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from remit.decide.grade import grades
from remit.decide.rank_stability import Stability, stability
from remit.decide.reuse import as_counted, block_uses, seen
from remit.decide.reuse_credit import reuse_credits
from remit.decide.score import Rated, judge, rate
from remit.decide.worth.figure import refused_outcomes
from remit.declare.operating_model import OperatingModel
from remit.operations.lookup import require_unit
from remit.operations.model_in_force import model_in_force
from remit.operations.read_blocks import DAYS
from remit.operations.system import System
from remit.record.dossier_entry import Evidence
from remit.record.filed import FiledFilter
from remit.record.outcome_entry import StudyRegistered, StudyResult
from remit.record.projection import StageFact


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every use case that is not retired, the best first; those without a score at the end."""

    model: OperatingModel
    rated: tuple[Rated, ...]
    stability: Mapping[str, Stability]


def rank_portfolio(system: System, *, unit: str, top: int, draws: int, seed: int) -> Ranking:
    """Rank the use cases of a unit and those below it against each other, or of the whole organisation."""
    _, model = model_in_force(system)
    if unit:
        require_unit(model, unit)
    rated = rated_portfolio(system, model)
    if unit:
        below = {name for name in model.units if unit in model.lineage(name)}
        rated = tuple(each for each in rated if each.judged.unit in below)
    scored = [each.judged for each in rated if each.score is not None]
    return Ranking(model, rated, stability(scored, model.portfolio, top=top, draws=draws, seed=seed))


def rated_portfolio(system: System, model: OperatingModel) -> tuple[Rated, ...]:
    """Score every use case by what is declared, what is recorded of blocks, and what evidence is filed."""
    now = system.clock.now()
    stages = system.store.stages(now)
    calls = seen(as_counted(model, system.store.totals(since=now - timedelta(days=DAYS))))
    today = now.astimezone(model.organisation.zone).date()
    blocks = block_uses(model, stages, calls, today=today)
    live = sum(name not in stages or stages[name].stage != "retired" for name in model.use_cases)
    credits = reuse_credits(blocks, use_cases=live)
    filed = system.store.filed(FiledFilter(kinds=(Evidence, StudyRegistered, StudyResult)))
    shown = grades(filed, today=today, simulated=model.organisation.simulated)
    refused = refused_outcomes(model, (each for each in filed if isinstance(each, StudyResult)))
    judged = judge(model, stages, credits=credits, grades=shown, refused=refused)
    return rate(judged, model.portfolio)


def stages_now(system: System) -> Mapping[str, StageFact]:
    return system.store.stages(system.clock.now())
