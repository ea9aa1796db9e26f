"""No choice that keeps every limit is worth more: held against trying every choice there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from made_candidates import candidate, choose, within
from remit.decide.candidate import Candidate, programme
from remit.decide.clash import clash, clash_of_needs
from remit.decide.programme import Programme
from remit.decide.selection import Effort
from remit.declare.needs import Needs
from remit.declare.portfolio import RiskAppetite

NAMES = tuple("abcdefgh")
_money = st.integers(0, 9).map(lambda amount: f"{amount}.{amount}0 EUR")
_lists = st.lists(_money, max_size=2)
_skills = st.dictionaries(
    st.sampled_from(("data", "people")), st.lists(st.sampled_from(("1", "2.5")), max_size=2)
)


@st.composite
def portfolios(draw: st.DrawFn) -> tuple[tuple[Candidate, ...], dict[str, Any]]:
    """Draw a few candidates with every kind of limit."""
    names = NAMES[: draw(st.integers(1, 8))]
    found = []
    for at, name in enumerate(names):
        before = st.sampled_from(names[:at]) if at else st.nothing()
        others = [each for each in names if each != name]
        other = st.sampled_from(others) if others else st.nothing()
        found.append(
            candidate(
                name,
                draw(st.none() | st.integers(0, 9)),
                tier=draw(st.sampled_from(("low", "high"))),
                blocks=draw(st.sets(st.sampled_from(("tool/s", "tool/t")), max_size=2).map(sorted)),
                stage=draw(st.sampled_from(("envision", "launch"))),
                cost=draw(_lists),
                capacity=draw(_skills),
                depends_on=draw(st.lists(before, max_size=1)) if at else [],
                variant_of=draw(st.none() | before) if at else None,
                excludes=draw(st.lists(other, max_size=1)) if others else [],
                mandatory=draw(st.sampled_from((False,) * 9 + (True,))),
            )
        )
    budgets = st.lists(st.integers(0, 30).map(Decimal), max_size=2).map(tuple)
    shared = Needs.model_validate({"cost": draw(_lists), "capacity": draw(_skills)})
    limits = {
        "budgets": draw(budgets),
        "capacity": {"data": draw(st.lists(st.integers(0, 8).map(Decimal), max_size=2).map(tuple))},
        "work_in_progress_max": draw(
            st.dictionaries(st.sampled_from(("experiment", "launch")), st.integers(0, 5))
        ),
        "held": {"experiment": 1},
        "risk": {
            "high": RiskAppetite(
                count_max=draw(st.none() | st.integers(0, 4)),
                value_share_max=draw(st.none() | st.sampled_from((Decimal("0.3"), Decimal("0.75")))),
            )
        },
        "shared": {"tool/s": shared, "tool/t": Needs.model_validate({"cost": draw(_lists)})},
    }
    return tuple(found), limits


def allowed(chosen: set[str], found: Mapping[str, Candidate], limits: dict[str, Any]) -> bool:
    """Say if a choice keeps every limit, straight from what is declared and by no row of any programme."""
    taken = [found[name] for name in chosen]
    needs: list[Needs] = [each.needs for each in taken]
    needs += [limits["shared"][block] for block in {block for each in taken for block in each.blocks}]
    for period, budget in enumerate(limits["budgets"]):
        if sum(each.cost[period].amount for each in needs if period < len(each.cost)) > budget:
            return False
    for skill, most in limits["capacity"].items():
        for period in range(3):
            used = sum(
                each.capacity[skill][period] for each in needs if period < len(each.capacity.get(skill, ()))
            )
            if used > (most[period] if period < len(most) else 0):
                return False
    for stage, places in limits["work_in_progress_max"].items():
        here = any(each.works_at == stage for each in found.values())
        if here and sum(each.works_at == stage for each in taken) + limits["held"].get(stage, 0) > places:
            return False
    return _together(chosen, found) and _risky(taken, limits["risk"]["high"])


def _together(chosen: set[str], found: Mapping[str, Candidate]) -> bool:
    for name, each in found.items():
        if each.needs.mandatory and name not in chosen:
            return False
        if name in chosen and not {*each.needs.depends_on} <= chosen:
            return False
        if name in chosen and chosen & {*each.needs.excludes}:
            return False
    return all(root(one, found) != root(other, found) for one, other in combinations(sorted(chosen), 2))


def root(name: str, found: Mapping[str, Candidate]) -> str:
    above = found[name].needs.variant_of
    return name if above is None else root(above, found)


def _risky(taken: list[Candidate], appetite: RiskAppetite) -> bool:
    high = [each for each in taken if each.tier == "high"]
    if appetite.count_max is not None and len(high) > appetite.count_max:
        return False
    worth = sum((each.worth or 0 for each in taken), Decimal(0))
    share = sum((each.worth or 0 for each in high), Decimal(0))
    return appetite.value_share_max is None or share <= appetite.value_share_max * worth


def best_of_all(
    found: Mapping[str, Candidate], limits: dict[str, Any], *, forced: str | None = None
) -> Decimal | None:
    """Try every choice there is."""
    worths = [
        sum((found[name].worth or Decimal(0) for name in chosen), Decimal(0))
        for size in range(len(found) + 1)
        for chosen in combinations(found, size)
        if forced in (None, *chosen) and allowed({*chosen}, found, limits)
    ]
    return max(worths, default=None)


@given(portfolios())
@settings(max_examples=60)
def test_no_other_choice_is_worth_more_and_every_limit_holds(drawn: Any) -> None:
    found, limits = drawn
    by_id = {each.id: each for each in found}
    chosen = choose(*found, **limits)
    best = best_of_all(by_id, limits)
    if best is None:
        assert chosen.status == "infeasible"
        assert chosen.clash
        return
    assert (chosen.status, chosen.worth) == ("optimal", best)
    assert allowed({*chosen.chosen}, by_id, limits)
    needed = {block for name in chosen.chosen for block in by_id[name].blocks}
    assert {*chosen.blocks} == needed
    for use in chosen.uses:
        assert use.taken <= use.most
    spent = sum(
        (amount.amount for name in chosen.chosen for amount in by_id[name].needs.cost[:1]), Decimal(0)
    ) + sum((amount.amount for block in needed for amount in limits["shared"][block].cost[:1]), Decimal(0))
    for use in chosen.uses:
        if (use.kind, use.period) == ("money", 1):
            assert use.taken == spent, "what is shared is paid exactly once"


@given(portfolios(), st.integers(0, 20))
def test_more_money_never_makes_a_choice_worth_less(drawn: Any, more: int) -> None:
    found, limits = drawn
    before = choose(*found, **limits)
    richer = {**limits, "budgets": tuple(each + more for each in limits["budgets"])}
    after = choose(*found, **richer)
    if before.status != "infeasible":
        assert after.status == "optimal"
        assert after.worth >= before.worth


@given(portfolios(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_changes_nothing(drawn: Any, order: Any) -> None:
    found, limits = drawn
    turned = list(found)
    order.shuffle(turned)
    effort = Effort(exact=0, draws=5)
    assert choose(*turned, effort=effort, **limits) == choose(*found, effort=effort, **limits)


@given(portfolios())
def test_a_bound_on_what_is_lost_never_says_too_much(drawn: Any) -> None:
    found, limits = drawn
    bounds = {each.id: each.lost for each in choose(*found, **limits).rejected}
    for each in choose(*found, effort=Effort(firm_seconds=0), **limits).rejected:
        if each.kind == "displaces":
            bound = bounds[each.id]
            assert bound is not None
            assert each.lost is not None
            assert bound <= each.lost


@given(portfolios())
def test_what_could_give_way_leaves_a_choice_that_can_be_had_at_that_price(drawn: Any) -> None:
    found, limits = drawn
    by_id = {each.id: each for each in found}
    best = choose(*found, effort=Effort(exact=0), **limits)
    for each in best.rejected:
        if each.lost_at_most is None:
            continue
        with_it = ({*best.chosen} - {*each.displaced}) | {each.id, *each.joining}
        assert allowed(with_it, by_id, limits)
        worth = sum((by_id[name].worth or Decimal(0) for name in with_it), Decimal(0))
        assert worth == best.worth - each.lost_at_most
        assert each.lost is not None
        assert each.lost <= each.lost_at_most


@given(portfolios())
def test_with_what_a_reason_says_is_lacking_it_can_be_had_beside_the_chosen(drawn: Any) -> None:
    found, limits = drawn
    chosen = choose(*found, **limits)
    by_id = {each.id: each for each in found}
    for reason in chosen.rejected:
        # A share of value has no amount that would do.
        if reason.blocked_by or limits["risk"]["high"].value_share_max is not None:
            continue
        together = {*chosen.chosen, reason.id, *reason.joining}
        raised = {
            **limits,
            "budgets": [*limits["budgets"]],
            "work_in_progress_max": {**limits["work_in_progress_max"]},
        }
        raised["capacity"] = {"data": [*limits["capacity"]["data"], *(Decimal(0),) * 3]}
        count = limits["risk"]["high"].count_max
        for each in reason.lacking:
            if each.kind == "money":
                raised["budgets"][each.period - 1] += each.amount
            elif each.kind == "capacity":
                raised["capacity"]["data"][each.period - 1] += each.amount
            elif each.kind == "work_in_progress":
                raised["work_in_progress_max"][each.about[0]] += int(each.amount)
            else:
                count += int(each.amount)
        raised["risk"] = {"high": RiskAppetite(count_max=count)}
        if _together(together, by_id):
            assert allowed(together, by_id, raised)


@given(portfolios())
@settings(max_examples=40)
def test_of_every_rejected_case_the_loss_is_that_of_the_best_choice_with_it(drawn: Any) -> None:
    found, limits = drawn
    by_id = {each.id: each for each in found}
    chosen = choose(*found, effort=Effort(firm_seconds=0), **limits)
    if chosen.status == "infeasible":
        return
    for reason in chosen.rejected:
        if reason.kind == "unstated":
            continue
        best = best_of_all(by_id, limits, forced=reason.id)
        if best is None:
            assert reason.kind == "impossible"
            assert reason.clash
        else:
            assert (reason.kind, reason.lost) == ("displaces", chosen.worth - best)
            together = {*chosen.chosen, reason.id, *reason.joining} - {*reason.displaced}
            assert allowed(together, by_id, limits)


@given(portfolios())
@settings(max_examples=40)
def test_limits_that_clash_cannot_be_kept_together_and_all_but_any_one_of_them_can(drawn: Any) -> None:
    found, limits = drawn
    asked = programme(found, within(*found, **limits))
    for forced in ((), (0,)):
        rows = clash(asked, forced=forced)
        if rows:
            assert not possible(replace(asked, rows=rows), forced)
        for left_out in rows:
            rest = tuple(row for row in rows if row != left_out)
            assert possible(replace(asked, rows=rest), forced)
        of_needs = clash_of_needs(asked.rows, forced=forced)
        assert not of_needs or rows
        assert not of_needs or not possible(replace(asked, rows=of_needs), forced)


def possible(asked: Programme, forced: tuple[int, ...]) -> bool:
    """Try every choice there is."""
    every = range(len(asked.names))
    others = [at for at in every if at not in forced]
    return any(
        next(asked.broken({*forced, *chosen}), None) is None
        for size in range(len(others) + 1)
        for chosen in combinations(others, size)
    )
