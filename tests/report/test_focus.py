"""FOCUS rows say to the last decimal what calls and adjustments cost, as the specification's examples do."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from remit.operations.focus_rulebook import focus_rulebook
from remit.record.call_entry import Call, Purpose
from remit.record.decided import Adjustment
from remit.record.keeping import Recovery
from remit.report.focus import FocusExport, FocusSums, add_entries
from remit.report.focus_conformance import FocusChecker
from remit.report.focus_shape import (
    CRITERIA,
    CUSTOM,
    WRITTEN,
    WRITTEN_IN_DRAFT,
    FocusMonth,
    cell_text,
    focus_header,
)
from strategies import COSTLY, adjustments, calls, model_block, operating_model, utc

DATA = Path(__file__).parent / "data/focus"
NOVEMBER = FocusMonth.parse("2026-11")
BILLING = {
    "provider": "Solora AI",
    "service": "Solora Generative AI API",
    "account": "acct-1001",
    "account_name": "Acme Corp",
}


def solora(name: str, family: str, version: str, **price: Any) -> Any:
    return model_block(
        name=name,
        provider="solora",
        maker={"developer": "Solora AI", "family": family, "version": version},
        prices=[{"starts": "2020-01-01", **price}],
    )


def house(**blocks: Any) -> OperatingModel:
    return operating_model(
        blocks={f"model/{address}": block for address, block in blocks.items()},
        providers={
            "solora": {"technology": "openai", "base_url": "https://solora.example/v1", "billing": BILLING}
        },
    )


def call(rates: Rates, usage: Usage, *, at: datetime, model: str = "model/a", **fields: Any) -> Call:
    purpose = Purpose(
        key="k1",
        use_case="triage",
        unit="motor",
        stage="launch",
        model=model,
        model_version=1,
        remit="r",
        agent=fields.pop("agent", ""),
    )
    stated: dict[str, Any] = {
        "id": f"c-{at:%d%H%M%S}",
        "charge": rates.cost(usage),
        "currency": "USD",
        "simulated": False,
        **fields,
    }
    return Call(
        at=at,
        purpose=purpose,
        provider="solora",
        served_model="m",
        streamed=False,
        status="completed",
        settlement="post",
        usage=usage,
        accounts=(),
        held=ZERO,
        rates=rates,
        began=at,
        latency_ms=1,
        **stated,
    )


def purchase(**fields: Any) -> Adjustment:
    stated: dict[str, Any] = {
        "id": "a1",
        "at": utc(2026, 11, 1),
        "reason": "purchase",
        "note": "A purchase",
        "since": date(2026, 11, 1),
        "until": date(2026, 11, 30),
        "amount": Decimal(10),
        "currency": "USD",
        "author": "head@example.com",
        **fields,
    }
    return Adjustment(**stated)


def cells(export: FocusExport) -> list[dict[str, str | None]]:
    rows = (map(cell_text, row) for row in export.rows())
    return [dict(zip(export.header, row, strict=True)) for row in rows]


def example(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def alike(ours: str | None, theirs: str) -> bool:
    """Numbers are compared as numbers, JSON as what it says, and a text letter by letter."""
    if ours is None or not theirs:
        return (ours or "") == theirs
    for read in (Decimal, json.loads):
        try:
            return bool(read(ours) == read(theirs))
        except (ArithmeticError, ValueError):
            continue
    return ours == theirs


def assert_alike(
    ours: Iterable[dict[str, str | None]], theirs: Iterable[dict[str, str]], *, own_words: set[str]
) -> None:
    compared = 0
    for row, other in zip(ours, theirs, strict=True):
        for column, cell in other.items():
            if column not in own_words:
                assert alike(row[column], cell), (column, row[column], cell)
                compared += 1
    assert compared > 25


# ── the specification's examples ──


def test_the_example_of_prompt_caching_comes_out_as_it_stands() -> None:
    model = house(
        **{"solora-reasoning-pro": solora("Solora Reasoning Pro", "Solora Reasoning", "3.0", **PRO)}
    )
    january = FocusMonth.parse("2025-01")
    export = FocusExport(model, january, draft=True, per="month")
    rates = model.blocks["model/solora-reasoning-pro"].price_at(date(2025, 1, 1)).rates  # type: ignore[attr-defined]
    for day in range(1, 11):
        usage = Usage(
            input_tokens=50_000,
            output_tokens=150_000,
            cache_read_tokens=800_000,
            cache_write_tokens=200_000,
        )
        export.add_call(call(rates, usage, at=utc(2025, 1, day), model="model/solora-reasoning-pro"))
    theirs = {row["SkuMeter"]: row for row in example("ai_prompt_caching_a")}
    ours = cells(export)
    assert_alike(ours, [theirs[str(row["SkuMeter"])] for row in ours], own_words={"ChargeDescription"})
    assert export.sums["USD"] == FocusSums(Decimal("33.9"), Decimal("33.9"))


PRO = {"input": "3", "output": "15", "cache_read": "0.3", "cache_write": "3.75"}


def test_the_example_of_tokens_by_the_million_comes_out_as_it_stands() -> None:
    """It was written for an older draft: its key `TokenType` is `TokenDirection` now."""
    block = solora("Solora Saturn", "Solora Saturn", "4.8", input="5", output="25")
    model = house(**{"solora-saturn-4.8": block})
    export = FocusExport(model, FocusMonth.parse("2025-05"), draft=True, per="month")
    rates = block.price_at(date(2025, 5, 1)).rates
    for hour in range(3):
        usage = Usage(input_tokens=2_800_000, output_tokens=700_000)
        made = call(
            rates,
            usage,
            at=utc(2025, 5, 7, hour),
            model="model/solora-saturn-4.8",
            agent="person1@example.com",
        )
        export.add_call(made)
    own = {"ChargeDescription", "SkuPriceDetails"}
    assert_alike(cells(export), example("per_token_foundation_model_api"), own_words=own)
    details = [json.loads(row["SkuPriceDetails"] or "") for row in cells(export)]
    assert [each["TokenDirection"] for each in details] == ["Input", "Output"]
    assert export.sums["USD"].billed == Decimal("94.5")


def test_the_example_of_a_prepaid_commitment_comes_out_as_it_stands() -> None:
    commitment = "subscription:aaaa/provider/solora-ai/tokens/1111"
    block = solora(
        "Solora Saturn",
        "Solora Saturn",
        "5.0",
        input="4",
        output="20",
        commitment=commitment,
        list={"input": "5", "output": "25"},
    )
    model = house(**{"solora-saturn-5.0": block})
    export = FocusExport(model, FocusMonth.parse("2025-05"), draft=True, per="month")
    rates = block.price_at(date(2025, 5, 1)).rates
    usage = Usage(input_tokens=5_000_000, output_tokens=1_500_000)
    bought = purchase(
        at=utc(2025, 5, 1),
        note="1 year Commitment Purchase",
        since=date(2025, 5, 1),
        until=date(2026, 4, 30),
        amount=Decimal(500_000),
        cost="billed",
        provider="solora",
        commitment=commitment,
    )
    drawn = call(rates, usage, at=utc(2025, 5, 20), model="model/solora-saturn-5.0", agent="supply-svc-acct")
    add_entries(export, (bought, drawn))
    purchased, *used = example("drawdown_via_prepayment")
    own = {"ChargeDescription", "CommitmentDiscountName"}
    assert_alike(cells(export), [*used, purchased], own_words=own)
    assert cells(export)[-1]["ChargeDescription"] == "1 year Commitment Purchase"
    assert rates.list_cost(usage) == Decimal("62.5")
    assert export.sums["USD"] == FocusSums(Decimal(500_000), Decimal(50))


# ── sums ──

in_november = st.timedeltas(timedelta(0), timedelta(days=30, microseconds=-1)).map(
    lambda since: NOVEMBER.start + since
)
november_calls = st.builds(lambda call, at: msgspec.structs.replace(call, at=at), calls, in_november)
november_days = st.dates(date(2026, 11, 1), date(2026, 11, 30))
november_adjustments = st.builds(
    lambda entry, day, days: msgspec.structs.replace(entry, since=day, until=day + timedelta(days=days)),
    *(adjustments, november_days, st.integers(0, 400)),
)


@given(
    st.lists(november_calls, max_size=8),
    st.lists(november_adjustments, max_size=4),
    *(st.booleans(), st.sampled_from(("hour", "day", "month"))),
)
def test_rows_sum_up_to_exactly_what_was_charged_and_adjusted(
    made: list[Call], adjusted: list[Adjustment], draft: bool, per: Any
) -> None:
    export = FocusExport(operating_model(), NOVEMBER, draft=draft, per=per, simulated=True)
    add_entries(export, (*made, *adjusted))
    billed: dict[str, Decimal] = {}
    effective: dict[str, Decimal] = {}
    listed: dict[str, Decimal] = {}
    for row in cells(export):
        currency = str(row["BillingCurrency"])
        billed[currency] = EXACT.add(billed.get(currency, ZERO), Decimal(row["BilledCost"] or ""))
        effective[currency] = EXACT.add(effective.get(currency, ZERO), Decimal(row["EffectiveCost"] or ""))
        if row["ChargeCategory"] == "Usage":
            listed[currency] = EXACT.add(listed.get(currency, ZERO), Decimal(row["ListCost"] or ""))
    for currency in {call.currency for call in made} | {entry.currency for entry in adjusted}:
        charged = [call for call in made if call.currency == currency]
        more = [entry for entry in adjusted if entry.currency == currency]
        on_bill = [call.charge for call in charged if not call.rates.commitment]
        on_bill += [entry.amount for entry in more if entry.cost != "effective"]
        used = [call.charge for call in charged]
        used += [entry.amount for entry in more if entry.cost != "billed"]
        assert billed.get(currency, ZERO) == total(on_bill)
        assert effective.get(currency, ZERO) == total(used)
        at_list = [call.rates.list_cost(call.usage) for call in charged]
        assert listed.get(currency, ZERO) == total(
            call.rates.cost(call.usage) if cost is None else cost
            for call, cost in zip(charged, at_list, strict=True)
        )


def total(amounts: Iterable[Decimal]) -> Decimal:
    found = ZERO
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


@COSTLY
@given(st.lists(november_calls, max_size=4), st.lists(november_adjustments, max_size=3), st.booleans())
def test_whatever_was_called_and_adjusted_the_rows_break_no_rule(
    made: list[Call], adjusted: list[Adjustment], draft: bool
) -> None:
    export = FocusExport(operating_model(), NOVEMBER, draft=draft, simulated=True)
    add_entries(export, (*made, *adjusted))
    checker = FocusChecker(focus_rulebook(), export.header, version="1.4", draft=draft, applies=CRITERIA)
    for row in export.rows():
        checker.add(tuple(map(cell_text, row)))
    assert [each for each in checker.result().findings if each.must] == []


@given(st.lists(november_calls, max_size=6))
def test_each_token_stands_in_exactly_one_row_and_their_order_makes_no_difference(made: list[Call]) -> None:
    export, turned = (FocusExport(operating_model(), NOVEMBER, simulated=True) for _ in range(2))
    add_entries(export, made)
    add_entries(turned, reversed(made))
    assert list(export.rows()) == list(turned.rows())
    consumed = sum(int(row["ConsumedQuantity"] or 0) for row in cells(export))
    assert consumed == sum(call.usage.total for call in made)


# ── rows ──

RATES = Rates(date(2026, 1, 1), Decimal(2), Decimal(4))
USAGE = Usage(input_tokens=1_000, output_tokens=500)


def exported(*entries: object, **options: Any) -> list[dict[str, str | None]]:
    export = FocusExport(house(), NOVEMBER, **options)
    add_entries(export, entries)
    return cells(export)


def test_calls_of_one_hour_and_purpose_share_a_row_for_each_kind_of_token() -> None:
    first, second = utc(2026, 11, 3, 9, 1), utc(2026, 11, 3, 9, 59)
    rows = exported(call(RATES, USAGE, at=first), call(RATES, USAGE, at=second))
    assert [(row["SkuMeter"], row["ConsumedQuantity"], row["BilledCost"]) for row in rows] == [
        ("Input Tokens", "2000", "0.004"),
        ("Output Tokens", "1000", "0.004"),
    ]
    assert {row["ChargePeriodStart"] for row in rows} == {"2026-11-03T09:00:00Z"}
    assert {row["ChargePeriodEnd"] for row in rows} == {"2026-11-03T10:00:00Z"}
    assert {row["BillingPeriodStart"] for row in rows} == {"2026-11-01T00:00:00Z"}
    assert {row["BillingPeriodEnd"] for row in rows} == {"2026-12-01T00:00:00Z"}


def test_calls_of_another_hour_price_or_key_have_rows_of_their_own() -> None:
    at = utc(2026, 11, 3, 9)
    dearer = msgspec.structs.replace(RATES, input=Decimal(3))
    other = call(RATES, USAGE, at=at)
    other = msgspec.structs.replace(other, purpose=msgspec.structs.replace(other.purpose, key="k2"))
    made = (call(RATES, USAGE, at=at), call(dearer, USAGE, at=at), other)
    assert len(exported(*made, call(RATES, USAGE, at=at + timedelta(hours=1)))) == 8


@pytest.mark.parametrize(("per", "end"), [("day", "2026-11-04T00:00:00Z"), ("month", "2026-12-01T00:00:00Z")])
def test_a_charge_period_can_be_a_day_or_the_month(per: str, end: str) -> None:
    row, _ = exported(call(RATES, USAGE, at=utc(2026, 11, 3, 9)), per=per)
    assert row["ChargePeriodEnd"] == end


def test_the_use_case_is_a_tag_and_a_column() -> None:
    row, _ = exported(call(RATES, USAGE, at=utc(2026, 11, 3)))
    assert json.loads(row["Tags"] or "") == {"stage": "launch", "unit": "motor", "use_case": "triage"}
    assert (row["x_UseCaseId"], row["x_UnitId"], row["x_Stage"]) == ("triage", "motor", "launch")
    assert (row["x_KeyId"], row["x_ModelAddress"]) == ("k1", "model/a")


def test_calls_outside_of_the_month_and_entries_of_other_kinds_are_passed_over() -> None:
    before, after = NOVEMBER.start - timedelta(microseconds=1), NOVEMBER.end
    repaired = Recovery(id="r1", at=NOVEMBER.start, bytes_set_aside=1)
    assert exported(repaired, call(RATES, USAGE, at=before), call(RATES, USAGE, at=after)) == []


def test_simulated_calls_are_counted_and_left_out_unless_asked_for() -> None:
    simulated = call(RATES, USAGE, at=utc(2026, 11, 3), simulated=True)
    export = FocusExport(house(), NOVEMBER)
    export.add_call(simulated)
    assert (cells(export), export.calls, export.simulated_calls, export.sums) == ([], 0, 1, {})
    assert {row["x_Simulated"] for row in exported(simulated, simulated=True)} == {"true"}


def test_what_was_charged_beyond_or_below_the_price_of_tokens_has_a_row_of_its_own() -> None:
    capped = call(RATES, USAGE, at=utc(2026, 11, 3), charge=Decimal("0.001"))
    *usage, rest = exported(capped)
    assert [row["BilledCost"] for row in usage] == ["0.002", "0.002"]
    assert (rest["ChargeCategory"], rest["BilledCost"], rest["SkuId"]) == ("Adjustment", "-0.003", None)


def test_a_tier_and_long_input_have_prices_of_their_own_at_the_same_sku() -> None:
    dearer = msgspec.structs.replace(RATES, input=Decimal(3), tier="flex", above=200_000)
    made = [call(each, Usage(input_tokens=5), at=utc(2026, 11, 3)) for each in (RATES, dearer)]
    plain, tiered = exported(*made)
    assert plain["SkuId"] == tiered["SkuId"]
    assert tiered["SkuPriceId"] == f"{tiered['SkuId']}-flex-above-200000"
    assert plain["SkuPriceId"] == f"{plain['SkuId']}-ondemand"
    said = json.loads(tiered["SkuPriceDetails"] or "")
    assert (said["x_ServiceTier"], said["x_InputTokensAbove"]) == ("flex", "200000")
    assert "x_ServiceTier" not in json.loads(plain["SkuPriceDetails"] or "")


def test_keys_of_the_draft_are_custom_keys_without_it() -> None:
    made = call(RATES, Usage(cache_write_1h_tokens=5), at=utc(2026, 11, 3), agent="planner")
    [plain], [draft] = exported(made), exported(made, draft=True)
    said = json.loads(plain["SkuPriceDetails"] or "")
    assert said["x_TokenCacheAction"] == "Write"
    assert said["x_CacheHours"] == "1"
    assert not [key for key in said if not key.startswith("x_")]
    assert json.loads(draft["SkuPriceDetails"] or "")["TokenCacheAction"] == "Write"
    assert (draft["PrincipalId"], draft["CredentialId"]) == ("planner", "k1")
    assert "CredentialId" not in plain


@pytest.mark.parametrize(
    ("reason", "category"),
    [("purchase", "Purchase"), ("credit", "Credit"), ("tax", "Tax"), ("discount", "Adjustment")],
)
def test_an_adjustment_is_a_row_of_the_category_of_its_reason(reason: Any, category: str) -> None:
    [row] = exported(purchase(reason=reason, use_case="triage"))
    assert (row["ChargeCategory"], row["BilledCost"], row["EffectiveCost"]) == (category, "10", "10")
    assert (row["x_AdjustmentId"], row["x_UseCaseId"]) == ("a1", "triage")
    assert (row["PricingQuantity"] is not None) == (reason == "purchase")


@pytest.mark.parametrize(("cost", "billed", "effective"), [("billed", "10", "0"), ("effective", "0", "10")])
def test_an_adjustment_changes_the_cost_that_it_names(cost: Any, billed: str, effective: str) -> None:
    [row] = exported(purchase(reason="other", cost=cost))
    assert (row["BilledCost"], row["EffectiveCost"]) == (billed, effective)


@pytest.mark.parametrize(
    ("at", "reason", "said"),
    [
        (utc(2026, 11, 30), "price", None),
        (utc(2026, 12, 1), "price", "Correction"),
        (utc(2026, 12, 1), "purchase", None),
    ],
)
def test_what_became_known_after_the_month_is_a_correction(
    at: datetime, reason: Any, said: str | None
) -> None:
    [row] = exported(purchase(at=at, reason=reason))
    assert row["ChargeClass"] == said


@pytest.mark.parametrize("said", ["", " \u3000", "NULL", " n/a "])
def test_what_says_nothing_is_null(said: str) -> None:
    row, _ = exported(call(RATES, USAGE, at=utc(2026, 11, 3), agent=said), draft=True)
    assert row["PrincipalId"] is None
    [adjusted] = exported(purchase(note=said, reason="tax"))
    assert adjusted["ChargeDescription"] == "Adjustment: tax"


def test_an_adjustment_belongs_to_the_month_in_which_its_days_begin() -> None:
    held = purchase(since=date(2026, 11, 30), until=date(2026, 12, 31))
    [row] = exported(held, purchase(since=date(2026, 10, 31)), purchase(since=date(2026, 12, 1)))
    assert row["ChargePeriodStart"] == "2026-11-30T00:00:00Z"
    assert row["ChargePeriodEnd"] == "2027-01-01T00:00:00Z"


def test_names_are_those_declared_and_else_ids() -> None:
    [named] = exported(purchase(provider="solora"))
    assert (named["ServiceProviderName"], named["BillingAccountId"]) == ("Solora AI", "acct-1001")
    [unknown] = exported(purchase(provider="gone"))
    assert (unknown["ServiceName"], unknown["InvoiceIssuerName"]) == ("gone", "gone")
    assert unknown["BillingAccountName"] == "Harbour"
    two = operating_model(providers={name: {"technology": "echo"} for name in ("a", "b")})
    export = FocusExport(two, NOVEMBER)
    export.add_adjustment(purchase())
    [nobody] = cells(export)
    assert nobody["ServiceProviderName"] == "Harbour"


def test_a_model_that_is_no_longer_declared_is_named_by_its_address() -> None:
    row, _ = exported(call(RATES, USAGE, at=utc(2026, 11, 3), model="model/gone@3"))
    assert row["SkuId"] == "gone-input"


# ── columns ──


def test_every_column_that_is_written_is_one_of_the_version_and_none_that_must_be_there_is_missing() -> None:
    columns = focus_rulebook().columns
    ratified = {column.id for column in columns.known(draft=False)}
    assert set(WRITTEN) <= ratified
    assert {column.id for column in columns.columns if column.level == "Mandatory"} <= set(WRITTEN)
    assert set(WRITTEN_IN_DRAFT) <= {column.id for column in columns.known(draft=True)} - ratified
    assert all(name.startswith("x_") for name in CUSTOM)
    assert len(set(focus_header(draft=True))) == len(focus_header(draft=True))


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "2026-11-01", "november", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        FocusMonth.parse(text)


def test_instants_are_written_in_utc() -> None:
    assert cell_text(datetime(2026, 11, 3, 9, tzinfo=UTC)) == "2026-11-03T09:00:00Z"
