"""Broken links: a return that misses is traced to the model, to its use, or to what was assumed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from remit.decide.dossier import Fact
from remit.decide.worth.broken_link import Diagnosis, Known, Looked, diagnose
from remit.decide.worth.cost import CostLine, FullCost
from remit.decide.worth.worth import worth
from remit.record.outcome_entry import StudyResult
from worth_house import MINUTES, NOW, TEAM, case, model, naive, result

TECHNICAL = {"name": "Right", "unit": "percent", "direction": "up", "link": "technical", "drives": "minutes"}
DEAR = FullCost((CostLine("people", "Team", Decimal(0), Decimal(60_000), ""),), declared=True, calls=800)


def fact(measure: str, value: str, *, total: int = 100, simulated: bool = False) -> tuple[Fact, ...]:
    return (Fact(measure, Decimal(value), NOW, "ledger", "", total=total, simulated=simulated),)


def diagnosis(
    *results: StudyResult,
    cost: FullCost = DEAR,
    facts: Any = None,
    right: Any = TECHNICAL,
    **metric: Any,
) -> Diagnosis | None:
    made = model(
        letters=case(outcomes={"right": right, "minutes": {**MINUTES, **metric}}, costs={"team": TEAM})
    )
    found = worth(made, "letters", results, cost=cost, asked={})
    known = Known(
        case=made.use_cases["letters"],
        facts=facts or {},
        cost=cost,
        figures=found.figures,
        results=results,
        economics=made.portfolio.economics,
        year=found.year,
    )
    return diagnose(found.returns, known)


def said(found: Diagnosis | None) -> dict[str, Looked]:
    assert found is not None
    return {each.rule: each for each in found.looked}


def test_a_return_that_does_not_miss_is_not_diagnosed() -> None:
    assert diagnosis(result(), cost=replace(DEAR, lines=())) is None
    cheap = (CostLine("people", "Team", Decimal(0), Decimal(1_000), ""),)
    assert diagnosis(result(), cost=replace(DEAR, lines=cheap)) is None


def test_where_answers_are_bad_the_model_is_the_broken_link() -> None:
    found = diagnosis(result(), facts={"pass_rate": fact("pass_rate", "0.72")})
    assert found is not None
    assert (found.broken, found.misses) == ("model", "each unit of cost brings 0.78, by experiment")
    assert said(found)["answers are good enough"].said == "72 % of 100 cases passed; 90 % should"


def test_where_calls_fail_or_a_technical_metric_falls_it_is_the_model_as_well() -> None:
    failing = diagnosis(result(), facts={"failure_rate": fact("failure_rate", "0.2")})
    assert failing is not None
    assert failing.broken == "model"
    worse = result("r9", study="tech", metric="right", effect=-3.0, low=-4.0, high=-1.0)
    found = said(diagnosis(result(), worse))
    assert found["technical metrics moved the right way"].said == "right moved by -3 percent"
    assert found["technical metrics moved the right way"].holds is False


def test_where_it_is_hardly_called_adoption_is_the_broken_link() -> None:
    good = {"pass_rate": fact("pass_rate", "0.97"), "failure_rate": fact("failure_rate", "0.01")}
    found = diagnosis(result(), cost=replace(DEAR, calls=8), facts=good)
    assert found is not None
    assert found.broken == "adoption"
    assert said(found)["it is called for what it is there for"].said == (
        "97 calls in a year at the present rate for a volume of 10,000: 1 %; 50 % should"
    )


def test_where_callers_are_turned_away_it_is_adoption_as_well() -> None:
    facts = {"refusal_rate": fact("refusal_rate", "0.4"), "users": fact("users", "3")}
    found = diagnosis(result(), facts=facts)
    assert found is not None
    assert found.broken == "adoption"
    assert said(found)["people use it"].said == "3 users this month"


def test_where_the_effect_is_smaller_than_declared_the_assumption_is_broken() -> None:
    found = diagnosis(result())
    assert found is not None
    assert found.broken == "assumption"
    assert said(found)["the effect is as large as declared"].said == (
        "minutes: 6 minute better, at most 8; 9 declared"
    )
    assert said(found)["the targets would pay for it"].holds is True


def test_where_even_the_target_would_not_pay_the_assumption_is_broken() -> None:
    found = said(diagnosis(value_of_one="0.10 EUR"))
    assert found["the targets would pay for it"].said == (
        "all targets met would bring 9,000.00 in a year; a year costs 60,000.00 in full"
    )
    assert found["the effect is as large as declared"].holds is None


def test_a_refused_study_is_a_broken_assumption_with_its_reason() -> None:
    found = diagnosis(naive())
    assert found is not None
    assert found.broken == "assumption"
    assert "the arms differed by 1.7 standard deviations" in found.misses
    assert said(found)["a study stands up"].holds is False


def test_what_is_not_declared_blames_nobody() -> None:
    found = said(diagnosis(naive(), volume_per_year=None, target=None))
    assert found["it is called for what it is there for"].said == "no volume is declared"
    assert found["the targets would pay for it"].said == "value and volume are not declared"


def test_where_nothing_is_known_no_link_is_blamed() -> None:
    claim = diagnosis(cost=replace(DEAR, calls=0, lines=DEAR.lines * 2), volume_per_year="15000", target="16")
    assert claim is not None
    assert {each.rule for each in claim.looked if each.holds is False} == {
        "it is called for what it is there for",
        "the targets would pay for it",
    }
    wide = diagnosis(result(effect=-6.0, low=-12.0, high=-1.0))
    assert wide is not None
    assert wide.broken == ""
    simulated = {"pass_rate": fact("pass_rate", "0.1", simulated=True), "users": fact("users", "0")}
    found = said(diagnosis(result(), facts=simulated))
    assert found["answers are good enough"].holds is None
    assert found["people use it"].said == "calls do not say for whom they are"


def test_each_link_is_looked_at_by_the_studies_of_its_metrics_and_of_what_they_drive() -> None:
    worse = result("r9", study="tech", metric="right", effect=4.0, low=3.0, high=5.0)
    made = {**TECHNICAL, "moves": "-3"}
    found = said(diagnosis(result(), worse, right=made, link="operational"))
    assert found["operational metrics moved the right way"].holds is True
    assert found["one metric moves the next as declared"].said == (
        "right moved by 4, for which minutes should by -12; it moved by -6"
    )
    assert found["one metric moves the next as declared"].holds is False
    alone = said(diagnosis(worse, right={**made, "moves": "-0.1"}))
    assert alone["one metric moves the next as declared"].holds is None
