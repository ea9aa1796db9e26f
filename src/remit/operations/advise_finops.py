"""Advise: replay the calls of some days under every alternative, and rank what would have saved money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources

from remit.decide.finops.cache_rule import CacheRules, read_cache_rules
from remit.decide.finops.cache_served import CacheServed, caches_served
from remit.decide.finops.call_columns import CallColumns
from remit.decide.finops.customisation import Customisation, customisation
from remit.decide.finops.every_saving import savings
from remit.decide.finops.ranked import Ranked, Ranking, rank
from remit.decide.finops.saving import Saving
from remit.decide.finops.speed_economy import SpeedEconomy, speed_economy
from remit.decide.finops.tier_rule import TierRules, read_tier_rules
from remit.decide.finops.workload import Around, Tried, Workload, by_use_case
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts, counts_simulated
from remit.enforce.remit import Resolver
from remit.kernel.errors import NotFound
from remit.operations.compare_evaluations import read_details, read_evaluations
from remit.operations.model_in_force import model_in_force
from remit.operations.read_call_columns import read_call_columns
from remit.operations.system import System

DAYS = 30
EVALUATIONS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Answers:
    """What leaders ask of one use case: how far to customise, and what speed costs."""

    customisation: Customisation
    speed: SpeedEconomy


@dataclass(frozen=True, slots=True)
class Advised:
    """What would have saved money from `since` to `until`, of `calls` real and `simulated` ones replayed.

    `caches` is what providers' prompt caches served, what saved most first.
    `answers` is given where one use case was asked about.
    """

    since: date
    until: date
    calls: int
    simulated: int
    currency: str
    ranking: Ranking
    answers: Answers | None = None
    caches: tuple[CacheServed, ...] = ()
    counts_simulated: bool = False

    def find(self, id: str) -> Ranked:
        """Return the advice of an id; raises NotFound."""
        for each in self.ranking.ranked:
            if each.saving.id == id:
                return each
        raise NotFound(
            f"there is no advice `{id[:120]}`",
            help="`remit finops advise` lists what there is; what calls show may have changed since",
            code="unknown-advice",
        )


def advise(
    system: System,
    *,
    use_cases: frozenset[str] | None = None,
    days: int = DAYS,
    answers: bool = False,
) -> Advised:
    """Replay the calls of the last whole days, of some use cases or of all.

    `answers` asks for those to leaders' questions as well, where it is one use case.
    """
    _, model = model_in_force(system)
    until = system.clock.now().astimezone(model.organisation.zone).date() - timedelta(days=1)
    since = until - timedelta(days=days - 1)
    around = around_of(model, since, until)
    calls = read_calls(system, around, use_cases)
    found, served, answered = list[Saving](), list[CacheServed](), None
    works = list(workloads(system, around, calls, use_cases))
    for work in works:
        own = savings(work)
        found += own
        served += caches_served(work)
        if answers and counts(model, work):
            answered = Answers(customisation(work, own), speed_economy(work))
    if use_cases is None:
        found += savings(around.workload(calls))
    real = sum(len(each.calls) for each in works if not each.simulated)
    return Advised(
        since,
        until,
        real,
        sum(len(each.calls) for each in works) - real,
        model.organisation.currency,
        rank(found),
        answered,
        tuple(sorted(served, key=lambda each: (-each.saved, each.use_case, each.model))),
        counts_simulated(model),
    )


def around_of(model: OperatingModel, since: date, until: date) -> Around:
    """Say what all workloads of some days share."""
    return Around(model, since, until, tiers=tier_rules(), caches=cache_rules())


def workloads(
    system: System, around: Around, calls: CallColumns, use_cases: frozenset[str] | None
) -> list[Workload]:
    """Split calls by use case, real ones and simulated ones apart, with what was tried in evaluations."""
    model, now = around.model, system.clock.now()
    stages, resolver = system.store.stages(now), Resolver(model)
    tried = _tried(system)
    found = []
    for name, own in by_use_case(calls):
        fact = stages.get(name)
        if name not in model.use_cases or fact is None or (use_cases is not None and name not in use_cases):
            continue
        remit = resolver.remit(name, fact.stage)
        for simulated in (False, True):
            work = around.workload(
                own, use_case=name, remit=remit, tried=tried.get(name, ()), simulated=simulated
            )
            if len(work.calls):
                found.append(work)
    return found


def read_calls(system: System, around: Around, use_cases: frozenset[str] | None) -> CallColumns:
    """Read the calls of some days in columns; of one use case, no others are read."""
    zone = around.model.organisation.zone
    since = datetime.combine(around.since, time(tzinfo=zone)).astimezone(UTC)
    until = datetime.combine(around.until + timedelta(days=1), time(tzinfo=zone)).astimezone(UTC)
    one = next(iter(use_cases)) if use_cases is not None and len(use_cases) == 1 else ""
    # What was charged in another currency than today's cannot be held against today's prices.
    currency = around.model.organisation.currency
    return read_call_columns(system, since=since, until=until, use_case=one, currency=currency)


def _tried(system: System) -> Mapping[str, tuple[Tried, ...]]:
    """Read evaluations with what became of their cases, by use case, the oldest first."""
    found: dict[str, list[Tried]] = {}
    for evaluation in reversed(read_evaluations(system, limit=EVALUATIONS_MAX)):
        details = read_details(system, evaluation)
        if details is not None:
            found.setdefault(evaluation.use_case, []).append(Tried(evaluation, details))
    return {name: tuple(each) for name, each in found.items()}


_RULES = resources.files("remit.decide.finops")


@cache
def tier_rules() -> TierRules:
    return read_tier_rules(_RULES.joinpath("tiers.yaml").read_text("utf-8"))


@cache
def cache_rules() -> CacheRules:
    return read_cache_rules(_RULES.joinpath("prompt_caches.yaml").read_text("utf-8"))
