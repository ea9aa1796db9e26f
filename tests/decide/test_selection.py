"""A selection is the best that keeps every limit: so published optima say, and trying every choice."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from made_candidates import candidate, choose, eur, within
from remit.decide.candidate import candidates, programme, room
from remit.decide.clash import clash
from remit.decide.programme import Programme, Row
from remit.decide.rejection import rejections
from remit.decide.score import judge, rate
from remit.decide.selection import Effort, select
from remit.decide.solver import Model, Unsound, settled, whole_numbers
from remit.declare.needs import Needs
from remit.declare.portfolio import Portfolio, RiskAppetite
from remit.kernel.errors import RemitError
from remit.kernel.money import Money
from remit.record.projection import StageFact
from strategies import operating_model, utc

DATA = Path(__file__).parents[1] / "data/selection"


def published(name: str) -> tuple[Programme, Decimal]:
    text = (DATA / f"{name}.json").read_text("utf-8")
    read = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    rows = tuple(
        Row("money", dict(enumerate(taken)), most, period=at)
        for at, (taken, most) in enumerate(zip(read["constraints"], read["capacities"], strict=True))
    )
    names = tuple(f"project-{at}" for at in range(int(read["n"])))
    return Programme(names, tuple(read["profits"]), rows, len(names)), read["optimum"]


@pytest.mark.parametrize("name", ["petersen_1", "petersen_2", "chu_beasley_OR5x100-0.25_1"])
def test_a_published_optimum_comes_out_and_is_proved(name: str) -> None:
    asked, optimum = published(name)
    found = Model(asked).solve(seconds=300)
    assert (found.status, found.worth, found.bound) == ("optimal", optimum, optimum)
    assert found.gap == 0
    assert list(asked.broken(found.chosen)) == []


def greedy(asked: Programme) -> Decimal:
    """Take one after the other by worth for the share of all budgets that it takes, as people do by hand."""

    def price(at: int) -> Decimal:
        return sum((row.coefficients[at] / row.most for row in asked.rows), Decimal(0))

    taken: set[int] = set()
    for at in sorted(range(asked.own), key=lambda at: asked.worth[at] / price(at), reverse=True):
        if next(asked.broken(taken | {at}), None) is None:
            taken.add(at)
    return asked.total(taken)


@pytest.mark.parametrize("name", ["petersen_2", "chu_beasley_OR5x100-0.25_1"])
def test_one_after_the_other_falls_short_of_it(name: str) -> None:
    asked, optimum = published(name)
    assert greedy(asked) < optimum


def test_money_holds_in_every_period() -> None:
    early, late = candidate("early", 2, cost=eur(10)), candidate("late", 3, cost=eur(0, 10))
    budgets = (Decimal(10), Decimal(9))
    assert choose(early, late, budgets=budgets).chosen == ("early",)


def test_a_shared_block_is_paid_once_however_many_stand_on_it() -> None:
    found = [candidate(name, 5, blocks=["tool/t"], cost=eur(1)) for name in "abc"]
    shared = {"tool/t": Needs.model_validate({"cost": eur(7)})}
    chosen = choose(*found, budgets=(Decimal(10),), shared=shared)
    assert (chosen.chosen, chosen.blocks, chosen.uses[0].taken) == (("a", "b", "c"), ("tool/t",), Decimal(10))
    assert choose(*found, budgets=(Decimal(7),), shared=shared).chosen == ()


def test_a_block_that_nobody_needs_is_not_built() -> None:
    shared = {"tool/t": Needs()}
    assert choose(candidate("a", 0, blocks=["tool/t"]), shared=shared).blocks == ()


def test_what_depends_on_another_comes_with_it_or_not_at_all() -> None:
    base, top = candidate("base", None, cost=eur(8)), candidate("top", 4, cost=eur(2), depends_on=["base"])
    assert choose(base, top, budgets=(Decimal(10),)).chosen == ("base", "top")
    assert choose(base, top, budgets=(Decimal(9),)).chosen == ()


def test_what_is_in_use_can_be_stood_on_and_what_is_not_there_cannot() -> None:
    top = candidate("top", depends_on=["old"])
    assert choose(top, there=frozenset({"old"})).chosen == ("top",)
    [reason] = choose(top, effort=Effort(firm_seconds=0)).rejected
    assert (reason.kind, [row.kind for row in reason.clash]) == ("impossible", ["depends_on"])


def test_of_variants_the_best_is_chosen_and_the_others_say_which() -> None:
    found = [
        candidate("plain", 3),
        candidate("fine", 5, variant_of="plain"),
        candidate("odd", 1, excludes=["fine"]),
    ]
    chosen = choose(*found, effort=Effort(firm_seconds=0))
    assert chosen.chosen == ("fine",)
    reasons = {each.id: each for each in chosen.rejected}
    assert reasons["plain"].blocked_by == ("fine",)
    assert (reasons["plain"].displaced, reasons["plain"].joining) == (("fine",), ("odd",))
    assert reasons["plain"].lost == 1


def test_who_excludes_what_is_not_up_for_choice_is_chosen_all_the_same() -> None:
    assert choose(candidate("a", excludes=["idea"])).chosen == ("a",)


def test_places_are_counted_where_the_work_will_be_and_those_under_way_keep_theirs() -> None:
    found = [candidate("a", 3), candidate("b", 2, stage="experiment"), candidate("c", 1, stage="launch")]
    chosen = choose(*found, work_in_progress_max={"experiment": 2}, held={"experiment": 1})
    assert chosen.chosen == ("a", "c")


def test_risk_is_held_to_by_number_and_by_share_of_value() -> None:
    found = [candidate("a", 5, tier="high"), candidate("b", 4, tier="high"), candidate("c", 6)]
    assert choose(*found, risk={"high": RiskAppetite(count_max=1)}).chosen == ("a", "c")
    share = RiskAppetite(value_share_max=Decimal("0.4"))
    assert choose(*found, risk={"high": share}).chosen == ("b", "c")


def test_what_is_mandatory_is_chosen_whatever_it_is_worth() -> None:
    found = [candidate("law", None, mandatory=True, cost=eur(6)), candidate("a", 9, cost=eur(5))]
    assert choose(*found, budgets=(Decimal(10),)).chosen == ("law",)


def test_a_reason_says_what_would_be_lacking_and_what_would_be_displaced() -> None:
    found = [
        candidate("a", 9, cost=eur(60)),
        candidate("b", 5, cost=eur(50)),
        candidate("c", 3, cost=eur(40)),
    ]
    chosen = choose(*found, budgets=(Decimal(100),), effort=Effort(firm_seconds=0))
    [reason] = chosen.rejected
    assert (reason.id, reason.kind, reason.displaced, reason.joining) == ("b", "displaces", ("a",), ())
    assert (reason.lost, reason.proved) == (Decimal(4), True)
    assert [(each.kind, each.period, each.amount) for each in reason.lacking] == [("money", 1, Decimal(50))]


def test_for_every_case_that_is_not_chosen_the_choice_is_made_again() -> None:
    found = [candidate(f"c{at:02}", at + 1, cost=eur(10 + 3 * at)) for at in range(20)]
    chosen = choose(*found, budgets=(Decimal(60),), effort=Effort(firm_seconds=0))
    assert len(chosen.rejected) > 15
    for each in chosen.rejected:
        dear = each.id in ("c17", "c18", "c19")
        assert each.kind == ("impossible" if dear else "displaces")
        assert [row.kind for row in each.clash] == (["money"] if dear else [])


def test_where_the_choice_is_not_made_again_a_reason_is_a_bound_that_never_says_too_much() -> None:
    found = [candidate(f"c{at}", at + 1, cost=eur(10 + 3 * at)) for at in range(8)]
    bounds = choose(*found, budgets=(Decimal(50),), effort=Effort(firm_seconds=0, exact=0)).rejected
    exact = {
        each.id: each
        for each in choose(*found, budgets=(Decimal(50),), effort=Effort(firm_seconds=0)).rejected
    }
    assert bounds
    for each in bounds:
        assert each.kind == "costs_at_least"
        lost = exact[each.id].lost
        assert each.lost is not None
        assert lost is not None
        assert each.lost <= lost


def test_of_nothing_nothing_is_chosen() -> None:
    chosen = choose(budgets=(Decimal(5),), work_in_progress_max={"experiment": 0}, held={"experiment": 3})
    assert (chosen.status, chosen.chosen, chosen.rejected, chosen.gap) == ("optimal", (), (), Decimal(0))


def test_what_states_no_worth_says_so() -> None:
    [reason] = choose(candidate("a", None)).rejected
    assert (reason.kind, reason.missing) == ("unstated", ("value",))


def test_where_nothing_keeps_every_limit_the_fewest_that_clash_are_named() -> None:
    found = [
        candidate("law", mandatory=True, cost=eur(70), capacity={"data": ["1"]}),
        candidate("audit", mandatory=True, cost=eur(40)),
        *(candidate(f"c{at}", cost=eur(10), capacity={"data": ["1"]}) for at in range(12)),
    ]
    limits: dict[str, Any] = {"budgets": (Decimal(100), Decimal(100)), "capacity": {"data": (Decimal(3),)}}
    chosen = choose(*found, **limits)
    assert chosen.status == "infeasible"
    assert sorted((row.kind, row.about, row.period) for row in chosen.clash) == [
        ("mandatory", ("audit",), 0),
        ("mandatory", ("law",), 0),
        ("money", (), 1),
    ]
    asked = programme(tuple(sorted(found, key=lambda each: each.id)), within(*found, **limits))
    for row in chosen.clash:
        left = replace(asked, rows=tuple(each for each in asked.rows if each != row))
        assert clash(left) == (), "none of them can be left out"


def test_how_often_a_choice_stays_is_said_for_few_and_for_many() -> None:
    firm = Effort(exact=0, draws=20)
    for count in (10, 70):
        found = [candidate(f"c{at:02}", at % 5 + 1, cost=eur(10)) for at in range(count)]
        chosen = choose(*found, budgets=(Decimal(10 * count // 2),), effort=firm)
        assert chosen.firmness is not None
        assert (chosen.firmness.draws, chosen.firmness.relaxed) == (20, count == 70)
        # Each is equally good at everything, so that no weights change their order.
        assert chosen.firmness.shares["c04"] == 1.0
        assert chosen.firmness.shares["c00"] == 0.0


def test_where_draws_take_too_long_there_are_fewer_and_it_says_how_many() -> None:
    found = [candidate(f"c{at:02}", at % 5 + 1, cost=eur(10)) for at in range(70)]
    chosen = choose(*found, budgets=(Decimal(350),), effort=Effort(exact=0, draws=1_000, firm_seconds=1e-6))
    assert chosen.firmness is not None
    assert 1 <= chosen.firmness.draws < 1_000


def test_where_money_is_made_the_most_of_no_weight_enters() -> None:
    by_money = Portfolio.model_validate({"objective": "money"})
    found = candidate("a", 5)
    assert select((found,), within(found), by_money).firmness is None


def test_what_a_solver_got_wrong_by_rounding_is_refused() -> None:
    row = Row("money", {0: Decimal("1.0000000001"), 1: Decimal(1)}, Decimal(2), period=1)
    with pytest.raises(Unsound, match="breaks a limit"):
        settled(Programme(("a", "b"), (Decimal(1), Decimal(1)), (row,), 2), frozenset({0, 1}))


def test_sums_that_floats_cannot_tell_apart_are_not_let_through() -> None:
    fine = Decimal("0.000000000001")
    found = [candidate(name, 1, cost=["100000000000.000000000001 EUR"]) for name in "ab"]
    most = Decimal(200_000_000_000) + fine
    try:
        chosen = choose(*found, budgets=(most,))
    except RemitError as error:
        assert error.code == "selection-unsound"  # noqa: PT017 (either is right, a broken limit is not)
    else:
        assert len(chosen.chosen) == 1


def test_whole_numbers_have_no_common_divisor_and_lose_no_digit() -> None:
    found, unit = whole_numbers([Decimal("0.000030"), Decimal("-1E+2"), Decimal(0)])
    assert [each * unit for each in found] == [Decimal("0.000030"), Decimal(-100), Decimal(0)]
    assert found == [3, -10_000_000, 0]


def test_candidates_are_those_that_state_needs_and_work_under_way_holds_its_place() -> None:
    case = {"name": "N", "unit": "motor", "purpose": "P."}
    model = operating_model(
        use_cases={
            "asked": {**case, "needs": {}, "blocks": ["tool/a"]},
            "pilot": case,
            "used": case,
            "idea": case,
            "gone": {**case, "needs": {}},
        },
        portfolio={"shared": {"tool/a": {}}, "budgets": ["5.00 EUR"]},
    )
    since = utc(2026, 1, 1).date()
    stages = {
        "pilot": StageFact("experiment", since, "adopted"),
        "used": StageFact("scale", since, "adopted"),
        "gone": StageFact("retired", since, "adopted"),
    }
    found = candidates(model, rate(judge(model, stages, credits={}, grades={}), model.portfolio))
    assert [(each.id, each.blocks, each.worth) for each in found] == [("asked", ("tool/a",), None)]
    limits = room(model, stages, found)
    assert (limits.held, limits.there, limits.budgets) == (
        {"experiment": 1},
        frozenset({"used"}),
        (Decimal("5.00"),),
    )


def test_what_takes_too_long_is_said_and_not_guessed() -> None:
    asked, optimum = published("chu_beasley_OR5x100-0.25_1")
    found = Model(asked).solve(seconds=0.3)
    assert found.status == "stopped"
    assert found.worth <= optimum <= found.bound
    assert found.gap > 0


def test_choosing_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    choose(candidate("a", 1, mandatory=True, cost=eur(2)), candidate("b"), budgets=(Decimal(1),))
    choose(candidate("a"), candidate("b"), effort=Effort(draws=2))
    assert capfd.readouterr() == ("", "")


def test_where_time_ends_before_anything_is_found_nothing_is_said() -> None:
    asked, _ = published("chu_beasley_OR5x100-0.25_1")
    with pytest.raises(RemitError, match="nothing was found that keeps every limit") as error:
        Model(asked).solve(seconds=0)
    assert error.value.code == "selection-unfinished"


def test_reasons_that_no_time_is_left_for_are_bounds() -> None:
    asked, _ = published("petersen_2")
    best = Model(asked).solve()
    for seconds in (0.0, 1e-9):
        found = rejections(asked, best, unstated={}, seconds=seconds)
        assert {each.kind for each in found} == {"costs_at_least"}


def test_cost_is_exact_money() -> None:
    found = candidate("a", 1, cost=["0.10 EUR", "0.20 EUR"])
    assert found.needs.cost == (Money(Decimal("0.10"), "EUR"), Money(Decimal("0.20"), "EUR"))
