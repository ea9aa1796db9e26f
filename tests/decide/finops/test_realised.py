"""Advice that was taken: written where it is declared, and held against what calls have cost since."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_columns import MadeCall
from finops_house import DAY, LARGE, OTHER, SMALL, call, house, work
from remit.decide.finops.edited import edited, holds
from remit.decide.finops.realised import Looked, Realised, Since, realised
from remit.decide.finops.saving import Edit
from remit.kernel.errors import RemitError
from remit.kernel.money import ZERO
from remit.record.advice_entry import AdviceTaken

DAYS = 10
CHEAP = house().blocks[SMALL].prices[0].rates  # type: ignore[attr-defined]  # it is a model


def taken(way: str = "model", **fields: Any) -> AdviceTaken:
    said: dict[str, Any] = {
        "id": "a",
        "at": datetime(2026, 5, 30, tzinfo=UTC),
        "advice": f"{way}:claims",
        "way": way,
        "use_case": "claims",
        "unit": "insurance",
        "about": LARGE,
        "since": date(2026, 5, 1),
        "until": date(2026, 5, 30),
        "calls": 1_000,
        "charged": Decimal("4.5"),
        "a_month": Decimal("3"),
        "low": Decimal("2"),
        "high": Decimal("4"),
        "currency": "EUR",
        "author": "owner@example.com",
    }
    return AdviceTaken(**(said | fields))


def every_day(each: int = 10, **fields: Any) -> list[MadeCall]:
    return [call(86_400 * day + 60 * number, **fields) for day in range(DAYS) for number in range(each)]


def looked(
    advice: AdviceTaken,
    calls: list[MadeCall],
    *,
    kept: str = "0",
    capacity: str = "0",
    earlier: list[MadeCall] | None = None,
    kept_before: str = "0",
) -> Realised:
    before = None if earlier is None else Looked(work(earlier, days=DAYS), [Decimal(kept_before)] * DAYS)
    since = Since(work(calls, days=DAYS), [Decimal(kept)] * DAYS, Decimal(capacity), before)
    return realised(advice, since, in_force=DAY)


def test_calls_of_a_cheaper_model_are_priced_as_the_dearer_one_that_served_before() -> None:
    found = looked(taken(), every_day(model=SMALL, rates=CHEAP))
    # 100 calls of 1,000 and 100 tokens: 0.45 EUR at 3 and 15, and 0.07 EUR at 0.5 and 2.
    assert (found.by, found.calls, found.saved) == ("price", 100, Decimal("0.38"))
    assert found.a_month == Decimal("1.14")
    assert found.verdict == "less"


def test_calls_of_models_that_advice_is_not_about_save_nothing() -> None:
    advice = taken(advice="model:claims:large-to-small")
    cheap = every_day(model=SMALL, rates=CHEAP)
    others = every_day(50, model=OTHER, rates=CHEAP)
    assert looked(advice, cheap + others) == looked(advice, cheap)
    hard = taken("route", advice="route:claims:hard-small-then-large")
    short = taken("route", advice="route:claims:short-large-to-small")
    assert [looked(each, cheap + others).calls for each in (hard, short)] == [100, 100]
    limited = taken("priority", advice="priority:claims:large")
    assert looked(limited, every_day() + others).saved == looked(limited, every_day()).saved
    trimmed = taken("prompt-trim", advice="prompt-trim:claims:triage@1", about="")
    assert looked(trimmed, every_day(prompt="prompt/triage@2") + others).calls == 100


def test_what_was_saved_before_advice_was_taken_is_not_its_doing() -> None:
    advice = taken(advice="model:claims:large-to-small")
    cheap = every_day(model=SMALL, rates=CHEAP)
    assert looked(advice, cheap, earlier=every_day()).saved == Decimal("0.38")
    assert looked(advice, cheap, earlier=cheap).saved == 0
    cached = every_day(input_tokens=200, cache_read_tokens=800, rates=MadeCall().rates)
    assert looked(taken("prompt-cache"), cached, earlier=cached).saved == 0
    again = taken("response-cache", about="")
    assert looked(again, every_day(), kept="0.1", earlier=every_day(), kept_before="0.1").saved == 0
    assert looked(again, every_day(), kept="0.1", earlier=every_day()).saved == 1


def test_what_a_cache_read_is_priced_at_the_full_rate() -> None:
    calls = every_day(input_tokens=200, cache_read_tokens=800, rates=MadeCall().rates)
    found = looked(taken("prompt-cache"), calls)
    # 80,000 tokens at 3.00 less 0.30 a million.
    assert found.saved == Decimal("0.216")


def test_what_another_models_cache_read_is_not_counted() -> None:
    calls = every_day(input_tokens=200, cache_read_tokens=800, rates=MadeCall().rates)
    assert looked(taken("prompt-cache", about=SMALL), calls).saved == 0
    both = [*calls, *every_day(model=SMALL, input_tokens=0, cache_read_tokens=9, rates=MadeCall().rates)]
    assert looked(taken("prompt-cache"), both).saved == Decimal("0.216")


def test_answers_that_were_given_again_are_counted_at_what_they_would_have_cost() -> None:
    found = looked(taken("response-cache"), every_day(), kept="0.1")
    assert [found.saved, found.a_month, found.verdict] == [Decimal("1.0"), 3, "as-predicted"]


def test_elsewhere_a_call_is_held_against_what_one_cost_before() -> None:
    found = looked(taken("output-limit"), every_day(output_tokens=0))
    # A call cost 0.0045 EUR and costs 0.003 now.
    assert (found.by, found.saved) == ("per-call", Decimal("0.15"))


def test_capacity_that_was_bought_is_part_of_what_it_costs() -> None:
    found = looked(taken("provisioned"), every_day(), capacity="0.5")
    assert found.saved == Decimal("-5")
    assert found.verdict == "less"


def test_a_few_days_say_too_little_and_none_say_nothing() -> None:
    loaded = work(every_day()[:20], days=3)
    assert realised(taken(), Since(loaded, [ZERO] * 3), in_force=DAY).verdict == "too-early"
    assert realised(taken(), Since(work([], days=3), [ZERO] * 3), in_force=DAY).verdict == "no-calls"
    assert realised(taken(), None, in_force=None).verdict == "not-in-force"


def test_more_than_was_predicted_is_said_to_be_more() -> None:
    found = looked(taken(a_month=ZERO, low=ZERO, high=Decimal("0.1")), every_day(model=SMALL, rates=CHEAP))
    assert found.verdict == "more"


# ── edits ──


def test_an_address_with_dots_is_one_part_of_a_path() -> None:
    small = house().blocks[SMALL].model_dump(mode="json", exclude_unset=True)
    before = house(blocks={"model/small-1.5": small})
    edit = Edit("use-case/claims", "prompt_cache.model/small-1.5", {"at": ["end"], "keep": "5m"})
    assert not holds(before, [edit])
    after = edited(before, [edit])
    assert holds(after, [edit])
    assert list(after.use_cases["claims"].prompt_cache) == ["model/small-1.5"]
    assert edited(after, [Edit(edit.address, edit.path, None)]).use_cases["claims"].prompt_cache == {}


def test_a_field_and_a_whole_declaration_are_said_otherwise_and_nothing_else() -> None:
    route = {"name": "Cheap", "owner": "head@example.com", "targets": [{"to": SMALL}]}
    edits = (Edit("use-case/claims", "remit.output_tokens_max", 300), Edit("route/claims-economy", "", route))
    before = house()
    assert not holds(before, edits)
    after = edited(before, edits)
    assert holds(after, edits)
    assert after.use_cases["claims"].remit.output_tokens_max == 300
    assert after.use_cases["letters"] == before.use_cases["letters"]
    assert (
        edited(after, [Edit("use-case/claims", "remit.output_tokens_max", None)])
        .use_cases["claims"]
        .remit.output_tokens_max
        is None
    )


def test_what_is_declared_already_and_says_something_else_is_not_replaced() -> None:
    route = {"name": "Cheap", "owner": "head@example.com", "targets": [{"to": SMALL}]}
    edit = Edit("route/claims-economy", "", route)
    after = edited(house(), [edit])
    assert edited(after, [edit]) == after
    with pytest.raises(RemitError, match="declared already") as refused:
        edited(after, [Edit(edit.address, "", {**route, "targets": [{"to": OTHER}]})])
    assert refused.value.code == "advice-not-declared"


def test_a_price_that_was_advised_holds_when_another_is_added_after_it() -> None:
    first = {"starts": "2026-01-01", "input": "3", "output": "15"}
    flex = {**first, "starts": "2026-06-02", "tiers": {"flex": {"factor": "0.5"}}}
    advised = Edit(LARGE, "prices", [first, flex])
    after = edited(house(), [Edit(LARGE, "prices", [first, flex, {**first, "starts": "2026-07-01"}])])
    assert holds(after, [advised])
    assert not holds(edited(house(), [Edit(LARGE, "prices", [first])]), [advised])


@pytest.mark.parametrize(
    "edit",
    [
        Edit("use-case/nobody", "remit.output_tokens_max", 300),
        Edit("use-case/claims", "remit.output_tokens_max", -5),
        Edit("use-case/claims", "no_such_field", 1),
    ],
)
def test_what_cannot_be_declared_is_refused_and_nothing_is_changed(edit: Edit) -> None:
    with pytest.raises(RemitError) as refused:
        edited(house(), [edit])
    assert refused.value.code == "advice-not-declared"


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_an_edit_holds_exactly_where_its_value_stands(one: int, other: int) -> None:
    edit = Edit("use-case/claims", "remit.output_tokens_max", one)
    after = edited(house(), [edit])
    assert holds(after, [edit])
    written = json.loads(json.dumps({"value": str(one)}))
    assert holds(after, [Edit(edit.address, edit.path, written["value"])]), "as the ledger keeps it"
    assert holds(after, [Edit(edit.address, edit.path, other)]) == (one == other)
