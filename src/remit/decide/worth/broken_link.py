"""Broken links: where a return that misses goes wrong: in the model, in its use, or in what was assumed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from remit.decide.dossier import Fact
from remit.decide.worth.cost import YEAR_DAYS, FullCost
from remit.decide.worth.figure import COUNTED, Figure, newest, refusal
from remit.decide.worth.returns import Return
from remit.decide.worth.span import WIDE
from remit.declare.cost import Economics
from remit.declare.gate import Criterion
from remit.declare.organisation import SimulatedIn
from remit.declare.use_case import Link, OutcomeMetric, UseCase
from remit.record.outcome_entry import StudyResult

LinkName = Literal["model", "adoption", "assumption"]

LINKS: tuple[LinkName, ...] = ("model", "adoption", "assumption")
"""In the order in which one carries the next: a model that fails is used less, and what is not used has no
effect. So the first one that is broken explains those after it."""

PASS_RATE = Decimal("0.90")
REFUSED_MAX = Decimal("0.10")


@dataclass(frozen=True, slots=True)
class Looked:
    """One rule, held against what is known; `holds` is None where nothing is."""

    link: LinkName
    rule: str
    holds: bool | None
    said: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why a return misses. `broken` is the first broken link; empty where no rule finds one."""

    misses: str
    broken: LinkName | Literal[""]
    looked: tuple[Looked, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What rules are held against."""

    case: UseCase
    facts: Mapping[str, tuple[Fact, ...]]
    cost: FullCost
    figures: Sequence[Figure]
    results: Sequence[StudyResult]
    economics: Economics
    year: Decimal
    criterion: Criterion | None = None
    simulated: SimulatedIn = "apart"

    def fact(self, measure: str) -> Fact | None:
        """Return the newest fact that counts: one that is simulated only where such are counted."""
        return next(
            (
                each
                for each in self.facts.get(measure, ())
                if self.simulated == "counted" or not each.simulated
            ),
            None,
        )


Finding = tuple[bool | None, str]


def misses(returns: Sequence[Return], figures: Sequence[Figure]) -> str:
    """Say in what way a return misses; empty where it does not, or where nothing is known of it."""
    refused = [each for each in figures if each.state == "refused"]
    if refused:
        return f"{refused[0].metric} has no value: {refused[0].why}"
    shown = [each for each in returns if each.weakest != "claimed"]
    counted = shown[-1] if shown else (returns[-1] if returns else None)
    if counted is None or counted.return_on_cost is None:
        return ""
    if counted.return_on_cost.point < 1:
        how = counted.weakest.replace("before_after", "before/after").replace("_", " ")
        return f"each unit of cost brings {_short(counted.return_on_cost.point)}, by {how}"
    return ""


def diagnose(returns: Sequence[Return], known: Known) -> Diagnosis | None:
    """Hold every rule against what is known, where a return misses; None where it does not."""
    said = misses(returns, known.figures)
    if not said:
        return None
    looked = tuple(Looked(link, rule, *find(known)) for link, rule, find in RULES)
    if any(each.state == "refused" for each in known.figures):
        # What was believed does not stand, whatever else is wrong.
        return Diagnosis(said, "assumption", looked)
    broken: LinkName | Literal[""] = next(
        (link for link in LINKS if any(e.link == link and e.holds is False for e in looked)), ""
    )
    return Diagnosis(said, broken, looked)


def _pass_rate(known: Known) -> Finding:
    at_least = known.criterion.at_least if known.criterion and known.criterion.at_least else PASS_RATE
    fact = known.fact("pass_rate")
    if fact is None:
        return None, f"no evaluation says how good its answers are; they should pass {_share(at_least)}"
    return (
        fact.value >= at_least,
        f"{_share(fact.value)} of {fact.total or 0:,} cases passed; {_share(at_least)} should",
    )


def _failures(known: Known) -> Finding:
    fact, most = known.fact("failure_rate"), known.economics.failed_calls_max
    if fact is None:
        return None, "there were no calls in the last 30 days"
    return fact.value <= most, f"{_share(fact.value)} of {fact.total or 0:,} calls failed; {_share(most)} may"


def _technical(known: Known) -> Finding:
    """Look whether what was measured of the model moved the right way."""
    return _moved(known, "technical")


def _operational(known: Known) -> Finding:
    """Look whether work goes another way than before: what is not used, or worked around, changes nothing."""
    return _moved(known, "operational")


def _moved(known: Known, link: Link) -> Finding:
    moved = []
    for result in newest(known.results):
        metric = known.case.outcomes.get(result.metric)
        if metric is not None and metric.link == link and not refusal(result, metric, known.simulated):
            better = result.effect if metric.direction == "up" else -result.effect
            moved.append((better > 0, f"{result.metric} moved by {result.effect:g} {metric.unit}"))
    if not moved:
        return None, f"no study of {'a' if link == 'technical' else 'an'} {link} metric"
    return next((each for each in moved if not each[0]), moved[0])


def _volume(known: Known) -> Finding:
    declared = max((each.declared_volume or 0 for each in known.figures), default=0)
    if not declared:
        return None, "no volume is declared"
    calls = known.cost.calls * YEAR_DAYS // known.cost.days
    part = Decimal(calls) / declared
    least = known.economics.calls_of_volume
    return part >= least, (
        f"{calls:,} calls in a year at the present rate for a volume of {declared:,}: {_share(part)};"
        f" {_share(least)} should"
    )


def _users(known: Known) -> Finding:
    fact = known.fact("users")
    if fact is None or not known.cost.calls:
        return (
            (None, "no calls say for whom they are") if fact is None else (False, "nobody used it this month")
        )
    if not fact.value:
        return None, "calls do not say for whom they are"
    return True, f"{fact.value:,} users this month"


def _refused(known: Known) -> Finding:
    fact = known.fact("refusal_rate")
    if fact is None:
        return None, "there were no attempts in the last 30 days"
    said = f"{_share(fact.value)} of {fact.total or 0:,} attempts were refused; {_share(REFUSED_MAX)} may be"
    return fact.value <= REFUSED_MAX, said


def _effect(known: Known) -> Finding:
    """Look whether the effect is as large as it was declared to be, within its interval."""
    found: list[Finding] = []
    for figure in known.figures:
        metric = known.case.outcomes[figure.metric]
        way = _way(metric)
        if way is None or figure.gain is None or figure.gain.bounds != "interval":
            continue
        high = figure.gain.high
        said = (
            f"{figure.metric}: {_short(figure.gain.point)} {figure.unit} better"
            + ("" if high is None else f", at most {_short(high)}")
            + f"; {_short(way)} declared"
        )
        found.append((high is None or high >= way, said))
    if not found:
        return None, "no study says how large the effect is"
    return next((each for each in found if not each[0]), found[0])


def _chain(known: Known) -> Finding:
    """Look whether what a metric drives moved as far as is declared, where studies of both stand."""
    sound = {
        each.metric: each
        for each in newest(known.results)
        if each.metric in known.case.outcomes
        and not refusal(each, known.case.outcomes[each.metric], known.simulated)
    }
    looked: list[Finding] = []
    for id, metric in known.case.outcomes.items():
        if metric.moves is None or metric.drives is None or id not in sound:
            continue
        wanted = sound[id].effect * float(metric.moves)
        driven = sound.get(metric.drives)
        said = f"{id} moved by {sound[id].effect:g}, for which {metric.drives} should by {wanted:g}"
        if driven is None:
            looked.append((None, f"{said}; no study says by how much it did"))
            continue
        far = driven.high if wanted > 0 else driven.low
        reached = far is None or (far >= wanted if wanted > 0 else far <= wanted)
        looked.append((reached, f"{said}; it moved by {driven.effect:g}"))
    if not looked:
        return None, "no study of a metric that says by how much it moves another"
    return next((each for each in looked if each[0] is False), looked[0])


def _worth(known: Known) -> Finding:
    """Look whether the declared way to the target, at the declared value, would cover the cost at all."""
    worth = Decimal(0)
    stated = False
    for figure in known.figures:
        way = _way(known.case.outcomes[figure.metric])
        if way is not None and figure.value_of_one is not None and figure.declared_volume is not None:
            stated = True
            worth = WIDE.add(
                worth, WIDE.multiply(WIDE.multiply(way, figure.value_of_one), Decimal(figure.declared_volume))
            )
    if not stated:
        return None, "value and volume are not declared"
    return worth >= known.year, (
        f"all targets met would bring {_money(worth)} in a year; a year costs {_money(known.year)} in full"
    )


def _evidence(known: Known) -> Finding:
    """Look whether what was believed stands up to a study."""
    refused = [each for each in known.figures if each.state == "refused"]
    if refused:
        return False, refused[0].why
    shown = [each for each in known.figures if each.state in COUNTED and each.grade != "claimed"]
    if shown:
        return True, f"{shown[0].study} supports it"
    without = [each for each in known.figures if each.state == "no_effect"]
    return (False, without[0].why) if without else (None, "no study was made")


RULES: tuple[tuple[LinkName, str, Callable[[Known], Finding]], ...] = (
    ("model", "answers are good enough", _pass_rate),
    ("model", "calls end well", _failures),
    ("model", "technical metrics moved the right way", _technical),
    ("adoption", "it is called for what it is there for", _volume),
    ("adoption", "people use it", _users),
    ("adoption", "calls are let through", _refused),
    ("adoption", "operational metrics moved the right way", _operational),
    ("assumption", "one metric moves the next as declared", _chain),
    ("assumption", "the effect is as large as declared", _effect),
    ("assumption", "the targets would pay for it", _worth),
    ("assumption", "a study stands up", _evidence),
)
"""What is looked at, link by link; a rule says whether it holds and by which figures."""


def _way(metric: OutcomeMetric) -> Decimal | None:
    if metric.baseline is None or metric.target is None:
        return None
    return metric.target - metric.baseline if metric.direction == "up" else metric.baseline - metric.target


def _share(value: Decimal) -> str:
    return f"{value * 100:.1f} %".replace(".0 %", " %")


def _short(value: Decimal) -> str:
    text = f"{value.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,f}"
    return text.rstrip("0").rstrip(".")


def _money(value: Decimal) -> str:
    return f"{value:,.2f}"
