"""A scenario changes what it names, leaves the rest as declared, and is compared without adding up grades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from remit.decide.candidate import candidates, room
from remit.decide.score import judge, rate
from remit.decide.selection import Effort, Selection, select
from remit.decide.what_if import compare, in_short, under
from remit.declare.operating_model import OperatingModel
from remit.declare.scenario import Scenario, read_scenario
from remit.kernel.money import Money
from strategies import operating_model

JUDGED = ("value", "feasibility", "data_maturity", "process_disruption", "strategic_fit", "readiness")


def case(score: int, cost: int, **more: Any) -> dict[str, Any]:
    outcome = {"name": "Cases", "unit": "case", "direction": "up", "baseline": "0", "target": "1"}
    outcome |= {"value_of_one": f"{score}.00 EUR", "volume_per_year": "1000"}
    return {
        "name": "N",
        "unit": "motor",
        "purpose": "P.",
        "scores": dict.fromkeys(JUDGED, str(score)),
        "outcomes": {"cases": outcome},
        "needs": {"cost": [f"{cost} EUR"]},
        **more,
    }


BARE = {"name": "N", "unit": "motor", "purpose": "P."}
MODEL = operating_model(
    use_cases={"a": case(5, 60), "b": case(4, 50), "c": case(1, 40), "d": BARE},
    portfolio={
        "budgets": ["100 EUR"],
        "capacity": {"data": ["4"]},
        "risk_appetite": {"high": {"count_max": "1"}},
    },
)


def scenario(**fields: Any) -> Scenario:
    return Scenario.model_validate({"name": "another", **fields})


def chosen(model: OperatingModel, *, grades: Any = None) -> tuple[Selection, Any]:
    found = candidates(model, rate(judge(model, {}, credits={}, grades=grades or {}), model.portfolio))
    return select(
        found, room(model, {}, found), model.portfolio, effort=Effort(firm_seconds=0, exact=0)
    ), found


def test_what_is_left_out_stays_as_declared() -> None:
    assert under(MODEL, scenario()).model_dump() == MODEL.model_dump()


def test_a_scenario_says_who_enters_and_who_leaves() -> None:
    before, _ = chosen(MODEL)
    lean = under(MODEL, scenario(budgets=["50 EUR"], without=["c"]))
    after, found = chosen(lean)
    line = compare("lean", before, after, chosen=in_short(after, found, {}))
    assert before.chosen == ("a", "c")
    assert (line.entering, line.leaving, line.chosen.cost) == (("b",), ("a", "c"), Decimal(50))


def test_what_must_be_done_is_done_and_what_costs_more_costs_more() -> None:
    must = under(MODEL, scenario(mandatory=["b"], cost_factor="1.1"))
    after, found = chosen(must)
    assert after.chosen == ("b", "c")
    assert in_short(after, found, {}).cost == Decimal("99.0")
    assert MODEL.use_cases["b"].needs is not None
    assert MODEL.use_cases["b"].needs.cost == (Money(Decimal(50), "EUR"),), "nothing that is in force changes"


def test_limits_that_a_scenario_names_stand_beside_those_that_it_does_not() -> None:
    other = under(
        MODEL,
        scenario(
            capacity={"people": ["2"]},
            work_in_progress_max={"experiment": "1"},
            risk_appetite={"low": {"count_max": "2"}},
            weights={"value": "1"},
        ),
    )
    portfolio = other.portfolio
    assert set(portfolio.capacity) == {"data", "people"}
    assert set(portfolio.risk_appetite) == {"high", "low"}
    assert portfolio.weights.value == 1
    assert chosen(other)[0].chosen == ("a",)


def test_what_states_no_money_adds_none() -> None:
    bare = {**case(3, 1), "outcomes": {}}
    model = operating_model(use_cases={"a": bare}, portfolio={})
    selection, found = chosen(model)
    assert in_short(selection, found, {}).money == {}
    assert selection.chosen == ("a",)


def test_where_nothing_is_possible_nobody_enters_or_leaves() -> None:
    before, _ = chosen(MODEL)
    after, found = chosen(under(MODEL, scenario(mandatory=["a", "b"])))
    line = compare("both", before, after, chosen=in_short(after, found, {}))
    assert (line.chosen.status, line.entering, line.leaving) == ("infeasible", (), ())


def test_the_money_of_a_year_stays_apart_for_each_grade() -> None:
    selection, found = chosen(MODEL, grades={"a": "experiment"})
    assert in_short(selection, found, {}).money == {"experiment": Decimal(5000), "claimed": Decimal(1000)}


def test_a_scenario_s_faults_have_their_places() -> None:
    sound, _ = read_scenario("scenario:\n  name: lean\n  budgets: [5.00 EUR]\n", "lean.yaml")
    assert sound is not None
    for text, said in (
        ("name: lean\n", "lean.yaml:1:1: error[not-a-scenario]"),
        ("scenario:\n  name: lean\n  buget: [5 EUR]\n", "lean.yaml:3:3: error[unknown-field]"),
        ("scenario: {\n", "error[yaml-syntax]"),
    ):
        found, diagnostics = read_scenario(text, "lean.yaml")
        assert found is None
        assert said in diagnostics[0].render()
