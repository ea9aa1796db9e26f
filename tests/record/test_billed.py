"""Rows of bills are read where a format says, digit for digit, and never quoted."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.record.bill_format import BillFormat, read_bill_format
from remit.record.billed import Billed, billed
from remit.record.export_row import Unreadable, at, decimal, fields_of, names

FORMATS = resources.files("remit.record").joinpath("bill_formats")


def read(row: Any, format: BillFormat) -> Any:
    """Read a row that is one of the format's; what it says is compared freely."""
    found = billed(row, format)
    assert isinstance(found, Billed)
    return found


def shipped(name: str) -> BillFormat:
    format, diagnostics = read_bill_format(FORMATS.joinpath(f"{name}.yaml").read_text("utf-8"), name)
    assert format is not None, diagnostics
    return format


CUR, FOCUS, OPENAI, LITELLM = map(shipped, ("aws-cur-2", "focus", "openai-costs", "litellm-spend-logs"))
LINE_ITEM: dict[str, Any] = {
    "line_item_product_code": "AmazonBedrock",
    "line_item_line_item_type": "Usage",
    "line_item_usage_type": "USE1-Claude4.6Sonnet-input-tokens",
    "line_item_usage_start_date": "2026-11-03 09:00:00",
    "line_item_usage_end_date": "2026-11-03 10:00:00",
    "line_item_usage_amount": "1.5",
    "pricing_unit": "1K tokens",
    "line_item_unblended_cost": "4.5E-3",
    "pricing_public_on_demand_cost": "0.0050000000",
    "line_item_currency_code": "USD",
    "line_item_usage_account_id": "111122223333",
    "line_item_iam_principal": "arn:aws:sts::111122223333:assumed-role/gateway/claims-triage",
    "resource_tags": '{"user_team": "letters"}',
}


def item(**changes: Any) -> Any:
    return read({**LINE_ITEM, **changes}, CUR)


def test_a_line_item_of_aws_says_model_kind_tokens_and_cost_exactly() -> None:
    found = item()
    assert (found.day, found.until, found.model, found.kind) == (
        *(date(2026, 11, 3), date(2026, 11, 3)),
        *("Claude4.6Sonnet", "input"),
    )
    assert found.tokens == {"input": 1500}
    assert (found.billed, found.effective, found.list_cost) == (
        *(Decimal("0.0045"), Decimal("0.0045")),
        Decimal("0.005"),
    )
    assert (found.decimals, found.currency, found.account) == (4, "USD", "111122223333")
    assert {"gateway", "claims-triage", "letters"} <= found.names
    assert item(line_item_net_unblended_cost="0.004").billed == Decimal("0.004")


USAGE_TYPES = (
    ("USE1-Claude4.6Sonnet-output-tokens", "Claude4.6Sonnet", "output"),
    (
        "USE1-Claude4.6Sonnet-cache-read-input-token-count-cross-region-global",
        "Claude4.6Sonnet",
        "cache_read",
    ),
    ("USE1-Claude4.6Sonnet-cache-write-input-token-count", "Claude4.6Sonnet", "cache_write"),
    ("USE1-Claude4.6Sonnet-cache-write-1h-input-token-count", "Claude4.6Sonnet", "cache_write_1h"),
    ("USE1-Nova2.0Lite-input-tokens-flex", "Nova2.0Lite", "input"),
    ("USE1-Nova2.0Pro-text-input-tokens-priority-cross-region-global", "Nova2.0Pro", "input"),
    ("EU-Llama3-1-405B-output-tokens-batch", "Llama3-1-405B", "output"),
    ("USE1-openai.gpt-oss-120b-mantle-input-tokens-standard", "openai.gpt-oss-120b", "input"),
    (
        "USE1-anthropic.claude-opus-5-mantle-cache-read-tokens-global-standard",
        "anthropic.claude-opus-5",
        "cache_read",
    ),
    (
        "USE1-openai.gpt-5.6-luna-mantle-cache-write-tokens-5m-long-ctx-flex",
        "openai.gpt-5.6-luna",
        "cache_write",
    ),
    ("USE1-Guardrail-ContentPolicyUnitsConsumed", "", "guardrail"),
    ("USE1-ProvisionedThroughput-ModelUnits", "", "other"),
)


@pytest.mark.parametrize(("usage_type", "model", "kind"), USAGE_TYPES)
def test_usage_types_of_bedrock_are_told_apart(usage_type: str, model: str, kind: str) -> None:
    found = item(line_item_usage_type=usage_type)
    assert (found.model, found.kind) == (model, kind)
    assert (found.tokens is None) == (kind in ("guardrail", "other"))


def test_a_model_by_way_of_the_marketplace_is_named_by_its_product() -> None:
    found = item(
        line_item_product_code="prod-1",
        line_item_usage_type="USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units",
        product='{"product_name": "Claude Sonnet 4.6 (Amazon Bedrock Edition)"}',
        pricing_unit="1M tokens",
        line_item_usage_amount="0.0000015",
    )
    assert (found.model, found.kind, found.tokens) == (
        *("Claude Sonnet 4.6", "cache_write_1h"),
        {"cache_write_1h": Decimal("1.5")},
    )
    assert billed({**LINE_ITEM, "line_item_product_code": "AmazonEC2"}, CUR) is None


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("Tax", "tax"),
        ("Credit", "credit"),
        ("Refund", "credit"),
        ("EdpDiscount", "discount"),
        ("Fee", "purchase"),
    ],
)
def test_what_is_no_usage_is_a_kind_of_its_own_and_keeps_its_model(type: str, kind: str) -> None:
    found = item(line_item_line_item_type=type)
    assert (found.kind, found.model, found.tokens) == (kind, "Claude4.6Sonnet", None)


def test_a_unit_that_nobody_knows_leaves_the_quantity_unsaid() -> None:
    found = item(pricing_unit="Units")
    assert (found.tokens, found.quantity, found.unit) == (None, Decimal("1.5"), "Units")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"line_item_unblended_cost": None}, "no-amount"),
        ({"line_item_unblended_cost": "4,50"}, "not-an-amount"),
        ({"line_item_unblended_cost": "NaN"}, "not-an-amount"),
        ({"line_item_unblended_cost": "1E+30"}, "not-an-amount"),
        ({"line_item_unblended_cost": "1E-31"}, "not-an-amount"),
        ({"line_item_usage_amount": "-1"}, "not-a-count"),
        ({"line_item_usage_start_date": "SECRET"}, "not-a-time"),
        ({"line_item_usage_end_date": "2026-11-02 00:00:00"}, "not-a-time"),
        ({"line_item_usage_end_date": "2036-11-02 00:00:00"}, "not-a-time"),
        ({"line_item_currency_code": "dollars"}, "no-currency"),
        ({"line_item_currency_code": None}, "no-currency"),
        ({"line_item_usage_type": "x" * 300}, "not-a-name"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_quotes_nothing(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        item(**changes)


PREPAID = """\
BilledCost,BillingAccountId,BillingCurrency,ChargeCategory,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,\
ConsumedUnit,EffectiveCost,ListCost,PricingQuantity,PricingUnit,ServiceCategory,SkuPriceDetails
500.00,acct,EUR,Purchase,2026-05-01T00:00:00Z,2025-05-01T00:00:00Z,,,0.00,500.00,500.00,EUR,\
AI and Machine Learning,
0.00,acct,EUR,Usage,2025-06-01T00:00:00Z,2025-05-01T00:00:00Z,5000000,Tokens,20.00,25.00,5.00,1000000 Tokens,\
AI and Machine Learning,"{""ModelId"":""saturn-5.0"",""TokenCacheAction"":""Uncached"",\
""TokenDirection"":""Input""}"
0.00,acct,EUR,Usage,2025-06-01T00:00:00Z,2025-05-01T00:00:00Z,,,30.00,37.50,1.50,1000000 Tokens,\
AI and Machine Learning,"{""ModelId"":""saturn-5.0"",""TokenDirection"":""Output""}"
1.00,acct,EUR,Usage,2025-06-01T00:00:00Z,2025-05-01T00:00:00Z,1,Hours,1.00,1.00,1,Hours,Compute,
"""


def test_a_focus_row_says_what_is_billed_and_what_was_used_of_a_purchase() -> None:
    table = csv.DictReader(io.StringIO(PREPAID))
    rows = [{name: cell or None for name, cell in row.items()} for row in table]
    assert billed(rows.pop(), FOCUS) is None
    purchase, fresh, written = (read(row, FOCUS) for row in rows)
    assert (purchase.kind, purchase.billed, purchase.effective) == ("purchase", Decimal(500), Decimal(0))
    assert (fresh.model, fresh.tokens, fresh.billed, fresh.effective, fresh.list_cost) == (
        *("saturn-5.0", {"input": 5_000_000}),
        *(Decimal(0), Decimal(20), Decimal(25)),
    )
    assert (fresh.day, fresh.until) == (date(2025, 5, 1), date(2025, 5, 31))
    assert written.tokens == {"output": 1_500_000}


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        ({"TokenDirection": "Input", "TokenCacheAction": "Read"}, "cache_read"),
        ({"TokenDirection": "Input", "TokenCacheAction": "Write"}, "cache_write"),
        ({"TokenDirection": "Input", "TokenCacheAction": "Uncached"}, "input"),
        ({"TokenType": "Output"}, "output"),
        ({"x_TokenDirection": "Output"}, "output"),
        ({"x_TokenDirection": "Input", "x_TokenCacheAction": "Uncached"}, "input"),
        ({"x_TokenDirection": "Input", "x_TokenCacheAction": "Read"}, "cache_read"),
        ({"x_TokenDirection": "Input", "x_TokenCacheAction": "Write"}, "cache_write"),
        ({"TokenDirection": "Input", "TokenCacheAction": "Write", "x_CacheHours": "1"}, "cache_write_1h"),
        ({}, "other"),
    ],
)
def test_kinds_of_focus_come_from_the_price_s_details(details: dict[str, str], kind: str) -> None:
    row = {
        "ServiceCategory": "AI and Machine Learning",
        "ChargePeriodStart": "2026-11-03T00:00:00Z",
        "ChargePeriodEnd": "2026-11-04T00:00:00Z",
        "ConsumedQuantity": "7",
        "ConsumedUnit": "tokens",
        "BilledCost": "1",
        "BillingCurrency": "EUR",
        "SkuPriceDetails": msgspec.json.encode(details).decode(),
    }
    found = read(row, FOCUS)
    assert found.kind == kind
    older = read({**row, "SkuPriceDetails": None, "x_UsageType": "USE1-M1-input-tokens"}, FOCUS)
    assert (older.kind, older.model, older.tokens) == ("input", "M1", {"input": 7})


def test_a_number_in_json_is_never_a_float() -> None:
    row = fields_of(b'{"a": 0.1234567890123456789, "b": "1.10", "c": 1e-07, "d": null, "e": {}, "f": true}')
    assert [decimal(row, path) for path in "abcd"] == [
        *(Decimal("0.1234567890123456789"), Decimal("1.10")),
        *(Decimal("0.0000001"), None),
    ]
    for path in "ef":
        with pytest.raises(Unreadable, match=r"^not-an-amount$"):
            decimal(row, path)


def test_costs_of_openai_name_model_and_kind_in_one_word() -> None:
    cost = b'{"amount": {"value": 0.06, "currency": "usd"}, "line_item": "%s", "project_id": "p"}'
    for line_item, model, kind in (
        (b"gpt-x-1, input", "gpt-x-1", "input"),
        (b"gpt-x-1, cached input", "gpt-x-1", "cache_read"),
        (b"gpt-x-1, output", "gpt-x-1", "output"),
        (b"Image models", "", "other"),
    ):
        found = read({**fields_of(cost % line_item), "start_time": 1794787200}, OPENAI)
        assert (found.model, found.kind, found.tokens, found.currency) == (model, kind, None, "USD")


def test_a_spend_log_counts_each_kind_once_also_where_its_details_are_json_in_a_cell() -> None:
    usage = (
        '{"usage_object": {"prompt_tokens_details": {"cached_tokens": 30}, "cache_creation_input_tokens": 5}}'
    )
    row = {
        "startTime": "2026-11-03 09:00:00.120",
        "model": "eu.m",
        "prompt_tokens": "100",
        "completion_tokens": "7",
        "spend": "0.00012",
        "metadata": usage,
        "request_tags": '["team:claims", "triage"]',
    }
    found = read(row, LITELLM)
    assert found.tokens == {"input": 65, "output": 7, "cache_read": 30, "cache_write": 5}
    assert (found.kind, found.quantity, found.billed) == ("tokens", 107, Decimal("0.00012"))
    assert {"team:claims", "triage"} <= found.names
    with pytest.raises(Unreadable, match=r"^not-a-count$"):
        billed({**row, "prompt_tokens": "34"}, LITELLM)


def test_what_is_no_json_in_a_cell_names_nobody() -> None:
    assert set(names({"a": "{broken", "b": "[1, 2]", "c": "x/y"}, ("a", "b", "c", "d"))) == {"x/y", "y"}


@given(st.dictionaries(st.sampled_from(sorted(LINE_ITEM)), st.none() | st.text(max_size=30), max_size=6))
def test_any_row_is_billed_another_s_or_unreadable(changes: dict[str, Any]) -> None:
    with suppress(Unreadable):
        billed({**LINE_ITEM, **changes}, CUR)


def test_every_fault_of_a_bill_s_format_is_found_at_once() -> None:
    for text in ("- a\n", "bill: {name: x}\nmore: 1\n", "a: [\n"):
        format, diagnostics = read_bill_format(text, "f.yaml")
        assert format is None
        assert diagnostics
    format, diagnostics = read_bill_format("bill: {name: x, layout: piles, cost: t}\n", "f.yaml")
    assert format is None
    assert {each.code for each in diagnostics} >= {"missing-field", "invalid-value", "unknown-field"}
    wide = "models: [{field: f, says: a*b*c*d*e*f}]"
    wide = f"bill: {{name: x, source: y, layout: rows, at: t, billed_cost: [c], {wide}}}"
    format, [fault] = read_bill_format(wide, "f.yaml")
    assert (format, fault.code) == (None, "invalid-value")


def test_the_examples_that_ship_are_read_whole() -> None:
    folder = Path(__file__).parents[2] / "examples/bills"
    for name, format in (("aws-cur-2.csv", CUR), ("focus-1.4.csv", FOCUS)):
        with (folder / name).open(newline="") as file:
            for row in csv.DictReader(file):
                billed({column: cell or None for column, cell in row.items()}, format)


def test_a_path_into_what_is_no_mapping_leads_nowhere() -> None:
    row = fields_of(b'{"a": [1], "b": "{broken", "c": "{\\"d\\": \\"e\\"}", "f": 5}')
    assert [at(row, path) for path in ("a.x", "b.x", "c.d", "f.x", "g.x")] == [None, None, "e", None, None]
