"""The overview is what the entries of the month add up to, and simulated calls never mix with real ones."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision
from remit.kernel.money import Money
from remit.record.call_entry import Call, Refusal
from remit.record.ledgered import encode
from remit.record.projection import StageFact, UsageKey, UsageSum, hour_of, project
from remit.report.overview import Overview, Recorded, month_of, overview
from strategies import MOMENT, amounts, calls, operating_model, refusals, utc

LAUNCHED = StageFact("launch", date(2026, 1, 1), "adopted")
SINCE = utc(2026, 9, 1)
moments = st.integers(0, int((MOMENT - SINCE).total_seconds())).map(
    lambda seconds: SINCE + timedelta(seconds=seconds)
)


def model(zone: str = "UTC", **remits: Any) -> OperatingModel:
    """Make an operating model whose budgets are given by layer."""
    root = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR", "time_zone": zone}
    case = {"name": "T", "purpose": "Sort.", "unit": "motor", "remit": remits.get("triage", {})}
    return operating_model(
        organisation={**root, "remit": remits.get("organisation", {})},
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": remits.get("claims", {})},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        use_cases={"triage": case, "letters": {**case, "remit": {}}},
    )


def recorded(found: list[Any], since: datetime, **more: Any) -> Recorded:
    """Give what a store holds of entries from the hour in which a month begins."""
    changes = project((entry, encode(entry)) for entry in found)
    return Recorded(
        stages=more.get("stages", {"triage": LAUNCHED}),
        usage=[(key, total) for key, total in changes.usage.items() if key.hour >= hour_of(since)],
        refusals=[(key, count) for key, count in changes.refusals.items() if key.hour >= hour_of(since)],
        posted=more.get("posted", changes.posted),
        last=(),
    )


@st.composite
def months(draw: st.DrawFn) -> list[Any]:
    found = draw(st.lists(st.one_of(calls, refusals), max_size=12))
    return [
        msgspec.structs.replace(
            entry, at=draw(moments), **({"currency": "EUR"} if isinstance(entry, Call) else {})
        )
        for entry in found
    ]


@given(months(), st.sampled_from(("UTC", "Europe/Amsterdam", "America/New_York", "Pacific/Apia")), moments)
def test_every_figure_is_what_the_entries_of_the_month_add_up_to(
    found: list[Any], zone: str, now: datetime
) -> None:
    declared = model(zone)
    since = month_of(declared, now).start
    page = overview(declared, 7, recorded(found, since), now=now)
    mine = [entry for entry in found if isinstance(entry, Call) and entry.at >= since]
    real = [call for call in mine if not call.simulated]
    simulated = [call for call in mine if call.simulated]
    assert page.calls.value == len(real)
    assert page.simulated_calls.value == len(simulated)
    assert page.failed_calls.value == sum(call.status not in ("completed", "blocked") for call in real)
    assert page.blocked_calls.value == sum(call.status == "blocked" for call in real)
    assert isinstance(page.spend.value, Money)
    assert page.spend.value.amount == total(real)
    assert page.simulated_spend.amount == total(simulated)
    assert page.saved.amount == sum(Fraction(call.saved) for call in real)
    assert page.simulated_saved.amount == sum(Fraction(call.saved) for call in simulated)
    assert sum(Fraction(each.saved.amount) for each in page.use_cases) == sum(
        Fraction(call.saved) for call in mine
    )
    assert page.cached_calls == sum(call.cached != "" for call in mine)
    assert page.refused.value == sum(
        1 + entry.repeated
        for entry in found
        if isinstance(entry, Refusal) and not entry.judges and entry.at >= since
    )
    assert sum(int(str(each.value)) for each in page.refusals) == page.refused.value
    assert sum(each.calls for each in page.use_cases if not each.simulated) == page.calls.value
    assert sum(each.calls for each in page.use_cases if each.simulated) == page.simulated_calls.value
    assert sum(Fraction(each.charge.amount) for each in page.use_cases) == total(mine)
    assert sum(each.tokens for each in page.use_cases) == sum(call.usage.total for call in mine)
    charges = [each.charge.amount for each in page.use_cases]
    assert charges == sorted(charges, reverse=True)


def total(found: list[Call]) -> Fraction:
    return sum((Fraction(call.charge) for call in found), Fraction(0))


def use(page: Overview) -> dict[str, tuple[str, str, int]]:
    return {
        f"{each.pool}:{each.per}": (str(each.posted), str(each.left), each.share) for each in page.budgets
    }


def test_each_budget_shows_its_present_window_and_no_other() -> None:
    declared = model(
        organisation={"spend": [{"limit": "100 EUR", "per": "month"}, {"limit": "5 EUR", "per": "day"}]}
    )
    posted = {
        "organisation:month:2026-11-01": Decimal("33.999"), "organisation:month:2026-10-01": Decimal(99),
        "organisation:day:2026-11-22": Decimal(4),
    }  # fmt: skip
    page = overview(declared, 1, recorded([], SINCE, posted=posted), now=MOMENT)
    assert use(page) == {
        "organisation:month": ("33.999 EUR", "66.001 EUR", 33), "organisation:day": ("0 EUR", "5 EUR", 0),
    }  # fmt: skip


def test_a_budget_that_was_lowered_shows_what_is_overspent() -> None:
    declared = model(claims={"spend": [{"limit": "1 EUR", "per": "month"}]})
    posted = {"unit/claims:month:2026-11-01": Decimal("1.5")}
    (budget,) = overview(declared, 1, recorded([], SINCE, posted=posted), now=MOMENT).budgets
    assert (budget.left.display(), budget.share) == ("-0.50 EUR", 150)


def test_a_budget_of_nothing_is_used_up() -> None:
    declared = model(claims={"spend": [{"limit": "0 EUR", "per": "month"}]})
    (budget,) = overview(declared, 1, recorded([], SINCE), now=MOMENT).budgets
    assert budget.share == 100


@given(amounts, st.integers(1, 10**6).map(Decimal))
def test_a_share_is_rounded_down_and_never_shows_a_budget_as_used_up_too_early(
    posted: Decimal, limit: Decimal
) -> None:
    declared = model(claims={"spend": [{"limit": f"{limit:f} EUR", "per": "month"}]})
    (budget,) = overview(
        declared, 1, recorded([], SINCE, posted={"unit/claims:month:2026-11-01": posted}), now=MOMENT
    ).budgets
    assert budget.share == Fraction(posted) * 100 // Fraction(limit)


def test_a_share_just_under_the_whole_is_not_the_whole() -> None:
    declared = model(claims={"spend": [{"limit": "999999999999999999.999999999999 EUR", "per": "month"}]})
    posted = {"unit/claims:month:2026-11-01": Decimal("999999999999999999.999999999998")}
    (budget,) = overview(declared, 1, recorded([], SINCE, posted=posted), now=MOMENT).budgets
    assert budget.share == 99


def usage_of(use_case: str) -> tuple[UsageKey, UsageSum]:
    key = UsageKey(hour_of(MOMENT), use_case, "motor", "launch", "model/a", "k", "EUR", simulated=False)
    return key, UsageSum(calls=1)


def test_a_use_case_s_own_budget_is_listed_once_it_made_calls() -> None:
    declared = model(triage={"spend": [{"limit": "3 EUR", "per": "day"}]})
    nothing = recorded([], SINCE)
    assert overview(declared, 1, nothing, now=MOMENT).budgets == ()
    called = Recorded(nothing.stages, [usage_of("triage"), usage_of("gone")], [], {}, ())
    page = overview(declared, 1, called, now=MOMENT)
    assert [budget.pool for budget in page.budgets] == ["use-case/triage"]
    assert {each.use_case for each in page.use_cases} == {"gone", "triage"}


def test_of_a_budget_for_each_key_or_agent_the_one_that_comes_first_to_its_limit_is_shown() -> None:
    agents = [{"limit": "2 EUR", "per": "day", "each": "agent"}]
    declared = model(claims={"spend": agents})
    account = "unit/claims:each-agent:day:{}:2026-11-23"
    posted = {account.format("settler"): Decimal(1), account.format("sorter"): Decimal("0.5")}
    (budget,) = overview(declared, 1, recorded([], SINCE, posted=posted), now=MOMENT).budgets
    assert (budget.pool, budget.whose, budget.share) == ("unit/claims", "agent settler", 50)
    assert budget.rows.account == account.format("settler")
    (unused,) = overview(declared, 1, recorded([], SINCE, posted={}), now=MOMENT).budgets
    assert (unused.whose, unused.share) == ("each agent", 0)
    assert unused.rows.account


def test_a_unit_s_budget_for_each_use_case_is_listed_with_those_that_made_calls() -> None:
    declared = model(claims={"spend": [{"limit": "2 EUR", "per": "day", "each": "use_case"}]})
    nothing = recorded([], SINCE)
    assert overview(declared, 1, nothing, now=MOMENT).budgets == ()
    called = Recorded(nothing.stages, [usage_of("triage")], [], {}, ())
    (budget,) = overview(declared, 1, called, now=MOMENT).budgets
    assert budget.pool == "unit/claims:use-case/triage"


def test_stages_count_the_use_cases_that_are_still_declared() -> None:
    stages = {
        "triage": LAUNCHED,
        "gone": LAUNCHED,
        "letters": StageFact("scale", date(2026, 1, 1), "adopted"),
    }
    page = overview(model(), 1, recorded([], SINCE, stages=stages), now=MOMENT)
    assert [(count.stage, count.use_cases) for count in page.stages] == [
        ("envision", 0), ("experiment", 0), ("launch", 1), ("scale", 1), ("retired", 0),
    ]  # fmt: skip


def test_refusals_stand_by_how_many_there_are() -> None:
    refused = _refused("no-budget", 2) + _refused("a-rule", 2) + _refused("many", 5)
    page = overview(model(), 1, recorded(refused, SINCE), now=MOMENT)
    assert [(each.name, each.value, each.rows.rule) for each in page.refusals] == [
        ("many", 5, "many"), ("a-rule", 2, "a-rule"), ("no-budget", 2, "no-budget"),
    ]  # fmt: skip
    assert page.refused.value == 9


def _refused(rule: str, count: int) -> list[Refusal]:
    decision = Decision("deny", rule)
    return [Refusal(id=rule, at=MOMENT, decision=decision, repeated=count - 1)]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam"])
def test_a_figure_leads_to_the_entries_that_make_it(zone: str) -> None:
    page = overview(model(zone), 1, recorded([], SINCE), now=MOMENT)
    start = month_of(model(zone), MOMENT).start
    assert (page.calls.rows.kind, page.calls.rows.since) == ("call", start)
    assert (page.refused.rows.kind, page.refused.rows.since) == ("refusal", start)
    assert (page.month.start, page.as_of, page.model_version) == (start, MOMENT, 1)
