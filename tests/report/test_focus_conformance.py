"""Rows are held to the rules of FOCUS: each finding names its rule, and what cannot be decided is counted."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.operations.focus_rulebook import focus_rulebook
from remit.report.focus_cells import cell_checks, decimal
from remit.report.focus_conformance import Conformance, FocusChecker
from remit.report.focus_coverage import coverage
from remit.report.focus_rules import DECIDED, read_rulebook

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data/focus"
BOOK = focus_rulebook()
CELLS = cell_checks(BOOK.currencies, BOOK.columns.keys(draft=False))
EXAMPLES = ("ai_prompt_caching_a", "drawdown_via_prepayment", "per_token_foundation_model_api")


def example(name: str) -> list[list[str]]:
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.reader(file))


HEADER, *ROWS = example("drawdown_via_prepayment")
BOUGHT, USED, _ = (dict(zip(HEADER, row, strict=True)) for row in ROWS)


def checked(*rows: dict[str, Any], version: Any = "1.4", draft: bool = True, **options: Any) -> Conformance:
    """Check rows that have the columns of the first."""
    checker = FocusChecker(BOOK, list(rows[0]), version=version, draft=draft, **options)
    for row in rows:
        checker.add([row[name] or None for name in rows[0]])
    return checker.result()


def broken(*rows: dict[str, Any], **options: Any) -> set[str]:
    return {each.rule for each in checked(*rows, **options).findings if each.must}


# ── the specification's examples ──


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_specification_s_examples_hold_but_for_the_key_of_an_older_draft(name: str) -> None:
    header, *rows = example(name)
    found = broken(*(dict(zip(header, row, strict=True)) for row in rows))
    old_key = name == "per_token_foundation_model_api"
    assert found == ({"SkuPriceDetails-C-017-C"} if old_key else set())


def test_keys_of_the_draft_need_a_prefix_where_the_draft_is_not_allowed() -> None:
    assert broken(USED, draft=False) == {"SkuPriceDetails-C-017-C"}


# ── one wrong cell, one rule ──

WRONG = [
    ("BilledCost", "", {"BilledCost-C-003-M"}),
    ("BilledCost", "1,5", {"BilledCost-C-001-M", "BilledCost-C-002-M", "BilledCost-C-004-M"}),
    ("BilledCost", "+0", {"BilledCost-C-002-M"}),
    ("ChargeCategory", "Use", None),
    ("ChargeClass", "Corrected", {"ChargeClass-C-005-C"}),
    ("ChargeFrequency", "Daily", {"ChargeFrequency-C-003-M"}),
    ("ChargePeriodStart", "2025-05-01 00:00:00", {"ChargePeriodStart-C-001-M", "ChargePeriodStart-C-002-M"}),
    ("ChargePeriodStart", "2025-05-01T00:00:00+02:00", {"ChargePeriodStart-C-002-M"}),
    ("BillingCurrency", "EURO", {"BillingCurrency-C-006-M"}),
    ("ServiceName", "", {"ServiceName-C-003-M"}),
    ("ServiceName", "N/A", {"NullHandling-A-002-M"}),
    ("ServiceSubcategory", "Bots and more", {"ServiceSubcategory-C-003-M", "ServiceSubcategory-C-004-M"}),
    ("ServiceSubcategory", "Containers", {"ServiceSubcategory-C-004-M"}),
    ("CommitmentDiscountStatus", "", {"CommitmentDiscountStatus-C-004-C"}),
    ("CommitmentDiscountStatus", "Active", {"CommitmentDiscountStatus-C-005-M"}),
    ("CommitmentDiscountUnit", "", {"CommitmentDiscountUnit-C-006-C"}),
    (
        "CommitmentDiscountQuantity",
        "",
        {"CommitmentDiscountQuantity-C-005-C", "CommitmentDiscountUnit-C-005-C"},
    ),
    ("ConsumedQuantity", "", {"ConsumedQuantity-C-006-C", "ConsumedUnit-C-005-C"}),
    ("ConsumedUnit", "", {"ConsumedUnit-C-006-C"}),
    ("PricingUnit", "", {"PricingUnit-C-006-C"}),
    (
        "ListUnitPrice",
        "-5",
        {"ListUnitPrice-C-008-M", "ListUnitPrice-C-010-C", "ListCost-C-009-C", "PricingQuantity-C-009-C"},
    ),
    ("ListCost", "25.01", {"ListUnitPrice-C-010-C", "ListCost-C-009-C", "PricingQuantity-C-009-C"}),
    (
        "ContractedCost",
        "19.99",
        {"ContractedUnitPrice-C-011-C", "ContractedCost-C-009-C", "PricingQuantity-C-009-C"},
    ),
    ("SkuPriceDetails", "{", {"SkuPriceDetails-C-001-M"}),
    ("SkuPriceDetails", '{"x_A": [1]}', {"SkuPriceDetails-C-001-M"}),
    ("SkuPriceDetails", '{"x_A": 1, "x_A": 2}', {"SkuPriceDetails-C-001-M"}),
    ("SkuPriceDetails", '{"Colour": "red"}', {"SkuPriceDetails-C-017-C"}),
    ("SkuPriceId", "", {"SkuPriceId-C-005-C", "SkuPriceDetails-C-004-C"}),
    ("HostProviderName", "  ", {"1.4-HostProviderName-type"}),
]


@pytest.mark.parametrize(("column", "cell", "rules"), WRONG)
def test_a_wrong_cell_is_found_by_its_rules_and_no_others(
    column: str, cell: str, rules: set[str] | None
) -> None:
    found = broken({**USED, column: cell})
    if rules is None:
        # Most nullability hangs on the category, so a wrong one breaks several.
        assert "ChargeCategory-C-003-M" in found
    else:
        assert found == rules


def test_a_purchase_is_not_by_usage_and_uses_nothing_up() -> None:
    assert broken({**BOUGHT, "ChargeFrequency": "Usage-Based"}) == {"ChargeFrequency-C-004-C"}
    assert broken({**BOUGHT, "EffectiveCost": "1"}) == {"EffectiveCost-C-005-C"}
    assert broken({**BOUGHT, "EffectiveCost": "1", "CommitmentDiscountId": ""}) == {
        "CommitmentDiscountCategory-C-003-C",
        "CommitmentDiscountName-C-004-C",
        "CommitmentDiscountQuantity-C-007-C",
        "CommitmentDiscountType-C-004-C",
    }


def test_a_correction_may_leave_its_price_open() -> None:
    open_price = {**USED, "ContractedUnitPrice": "", "ListUnitPrice": "", "ConsumedQuantity": ""}
    assert broken({**open_price, "ConsumedUnit": "", "ChargeClass": "Correction"}) == set()
    assert "ContractedUnitPrice-C-006-C" in broken(open_price)


def test_a_product_is_compared_to_the_decimals_that_it_is_written_with() -> None:
    third = {"ListUnitPrice": "0.3333", "PricingQuantity": "3.0", "ContractedUnitPrice": "1"}
    assert "ListCost-C-009-C" not in broken({**USED, **third, "ListCost": "1.00"})
    assert "ListCost-C-009-C" in broken({**USED, **third, "ListCost": "1.0000"})


def test_a_price_of_two_skus_is_found_once_in_the_row_that_shows_it() -> None:
    other = {**USED, "SkuId": "another"}
    found = [each for each in checked(USED, USED, other, other).findings if each.must]
    assert [(each.row, each.rule) for each in found] == [(3, "SkuPriceId-C-008-M")]


# ── header ──


def without(row: dict[str, str], *columns: str) -> dict[str, str]:
    return {name: cell for name, cell in row.items() if name not in columns}


def test_a_column_that_must_be_there_is_missed_in_its_version() -> None:
    old = {
        **without(USED, "ServiceProviderName", "HostProviderName"),
        "ProviderName": "P",
        "PublisherName": "P",
    }
    assert broken(old, version="1.2") == set()
    assert broken(old) == {"1.4-ServiceProviderName-present", "1.4-HostProviderName-present"}
    assert broken(USED, version="1.2") == {"CostAndUsage-D-021-M", "CostAndUsage-D-038-M"}
    assert broken(without(USED, "ListCost")) == {"CostAndUsage-D-032-M"}


def test_a_column_that_must_be_there_if_something_is_offered_is_missed_only_then() -> None:
    bare = without(USED, "SkuId", "SkuMeter")
    assert broken(bare) == set()
    offered = frozenset({"UNIT_PRICING_SUPPORTED", "PUBLIC_PRICE_LIST_SUPPORTED"})
    [found] = [each for each in checked(bare, applies=offered).findings if each.column == "SkuId"]
    assert (found.row, found.must) == (0, True)
    assert found.rule in checked(bare).conditional


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Colour", "ColumnHandling-A-010-M"),
        ("x_Use Case", "ColumnHandling-A-003-M"),
        ("x_useCase", "ColumnHandling-A-011-O"),
        ("x_" + "A" * 49, "ColumnHandling-A-005-O"),
    ],
)
def test_custom_columns_are_named_as_the_rules_say(name: str, rule: str) -> None:
    found = checked({**USED, name: "1"}).findings
    assert rule in {each.rule for each in found if each.column == name}


def test_columns_of_focus_stand_before_custom_ones() -> None:
    turned = {"x_Team": "a", **USED}
    rules = {each.rule for each in checked(turned).findings}
    assert {"ColumnHandling-A-012-O", "ColumnHandling-A-013-O"} <= rules


# ── bounds and counts ──


def test_findings_are_kept_up_to_a_limit_and_all_are_counted() -> None:
    checker = FocusChecker(BOOK, ["BilledCost"], version="1.4")
    for number in range(1_500):
        checker.add([f"x{number}"])
    checker.add_unreadable("The row is not CSV.")
    found = checker.result()
    assert len(found.findings) == 1_000
    assert found.counts["BilledCost-C-002-M"] == 1_500
    assert found.counts["row-unreadable"] == 1
    assert found.rows == 1_501


def test_what_is_remembered_of_rows_does_not_grow_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.report.focus_conformance._MEMORY_MAX", 3)
    checker = FocusChecker(BOOK, ["BilledCost"], version="1.4")
    found = [checker.add([cell]) for cell in ("1", "2", "3", "x", "5", "x", "7")]
    assert [bool(each) for each in found] == [False, False, False, True, False, True, False]


def test_every_rule_of_the_model_is_accounted_for_once() -> None:
    assert sum(BOOK.counts.values()) == len(BOOK.rules) == 621
    found = checked(USED)
    decided, absent, conditional = map(set, (found.decided, found.absent, found.conditional))
    checkable = {each.id for each in BOOK.rules if each.how in DECIDED}
    assert decided | absent | conditional == checkable
    assert len(found.decided) + len(found.absent) + len(found.conditional) == len(checkable)
    covered = coverage(BOOK, found)
    assert covered.checkable == 309
    assert (covered.parts, covered.permits, covered.sentences, covered.set_aside) == (143, 34, 132, 3)


def test_every_rule_that_the_model_can_check_is_checked_but_those_set_aside() -> None:
    left = {
        each.id
        for each in BOOK.rules
        if each.rule.check is not None and each.how not in DECIDED and each.how not in ("parts", "permits")
    }
    assert left == {"BilledCost-C-005-C", "InvoiceId-C-004-C", "InvoiceId-C-005-C"}


def test_whatever_is_read_otherwise_is_a_rule_and_says_why() -> None:
    restated = [each for each in BOOK.rules if each.how == "row" and each.note and not each.partly]
    assert len(restated) == 13
    assert all((each.check, each.when) != (each.rule.check, (each.rule.when,)) for each in restated)


def test_the_page_says_how_many_rules_are_checked_and_how() -> None:
    page = (ROOT / "docs/concepts/focus.md").read_text("utf-8")
    counts = BOOK.counts
    checkable = [each for each in BOOK.rules if each.how in DECIDED]
    modelled = sum(each.rule.check is not None for each in checkable)
    assert (
        f"| {len(checkable)} | can be checked on a file, and are: {counts['row']} in each row,"
        f" {counts['rows']} over all rows, {counts['present']} by the columns that are there,"
        f" {counts['header']} by their names, {counts['format']} with the check of a format |"
    ) in page
    for how in ("parts", "permits", "sentence", "set aside"):
        assert f"\n| {counts[how]} | " in page
    assert f"has a check for {modelled}, and 13 of these" in page
    assert f"{len(checkable) - modelled} have no check" in page
    assert f"{sum(each.partly for each in checkable)} of them in part" in page
    for function, rules in BOOK.functions.items():
        assert f"\n| {function} | {rules} |\n" in page


# ── cells ──

SOUND = {
    "FormatNumeric": ["0", "-1.5", "1E3", "1E-3", ".5"],
    "FormatDateTime": ["2026-11-30T23:59:59Z"],
    "TypeDateTime": ["2026-11-30T23:59:59+01:00"],
    "FormatUnit": ["Tokens", "1000000 Tokens", "GB-Hours", "GB/Month", "USD"],
    "CheckNationalCurrency": ["EUR"],
    "FormatKeyValue": ["{}", '{"a": null, "b": true, "c": 1.5}'],
}
UNSOUND = {
    "FormatNumeric": ["1e3", "1E+3", "1/2", "$1", "1,000", "1 ", "1.", "--1", "NaN", "١"],
    "FormatDateTime": ["2026-11-31T00:00:00Z", "2026-11-30", "2026-11-30T00:00:00.5Z"],
    "TypeDateTime": ["2026-11-30T00:00:00", "yesterday"],
    "FormatUnit": ["tokens", "1.5 Tokens", "GB-", ""],
    "CheckNationalCurrency": ["eur", "XXX", "TOKENS"],
    "FormatKeyValue": ["[]", '{"a": {}}', "null", "{'a': 1}", '{"a": NaN}'],
    "TypeDecimal": ["Infinity", "1E999999", "x", "1" * 500],
    "FormatString": [" "],
    "NoPlaceholder": ["n/a", "NULL", " Not Applicable "],
}


@pytest.mark.parametrize(("check", "cell"), [(name, cell) for name, all in SOUND.items() for cell in all])
def test_sound_cells_pass(check: str, cell: str) -> None:
    assert CELLS[check](cell)


@pytest.mark.parametrize(("check", "cell"), [(name, cell) for name, all in UNSOUND.items() for cell in all])
def test_unsound_cells_do_not(check: str, cell: str) -> None:
    assert not CELLS[check](cell)


@given(st.dictionaries(st.sampled_from(HEADER), st.text(max_size=30)))
def test_no_cell_whatever_makes_the_check_fail(cells: dict[str, str]) -> None:
    found = checked({**USED, **cells})
    assert found.rows == 1


def test_a_number_with_an_exponent_out_of_bounds_is_none() -> None:
    assert decimal("1E101") is None
    assert decimal("1E100") is not None


# ── the data that ships ──


def made(model: bytes, *header: str) -> FocusChecker:
    """Make a checker of another model, which is read as it stands."""
    reading = b"""{"restated": {}, "set_aside": {}, "added": {}, "by_format": {}, "by_header": {},
      "removed": {"1.4": []}, "currencies": []}"""
    columns = (ROOT / "src/remit/report/focus_data/columns-1.4.json").read_bytes()
    return FocusChecker(read_rulebook(model, reading, columns), header, version="1.2")


def test_two_columns_that_must_be_the_same_are_compared() -> None:
    model = b"""{"model_version": "1", "focus_version": "1.2", "rules": {
      "A": {"kind": "Validation", "entity": "Column", "about": "X", "keyword": "MUST", "says": "A",
            "check": {"CheckFunction": "CheckSameValue", "ColumnAName": "X", "ColumnBName": "Y"}}}}"""
    checker = made(model, "X", "Y")
    assert [checker.add(row) for row in (["1", "1"], ["1", None])] == [0, 1]


def test_parents_are_remembered_of_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.report.focus_conformance._PARENTS_MAX", 1)
    second = {"SkuPriceId": "p2", "SkuId": "s2"}
    rows = (USED, {**USED, **second}, {**USED, **second, "SkuId": "s3"}, {**USED, "SkuId": "s4"})
    assert [each.row for each in checked(*rows).findings if each.rule == "SkuPriceId-C-008-M"] == [4]


def test_a_rule_whose_part_has_a_condition_stands_under_it() -> None:
    model = b"""{"model_version": "1", "focus_version": "1.2", "rules": {
      "A": {"kind": "Composite", "entity": "Column", "about": "X", "keyword": "MUST", "says": "A",
            "check": {"CheckFunction": "AND",
                      "Items": [{"CheckFunction": "CheckModelRule", "ModelRuleId": "B"}]},
            "when": {"CheckFunction": "CheckValue", "ColumnName": "Y", "Value": "1"}},
      "B": {"kind": "Validation", "entity": "Column", "about": "X", "keyword": "MUST", "says": "B",
            "check": {"CheckFunction": "CheckNotSameValue", "ColumnAName": "X", "ColumnBName": "Y"}}}}"""
    checker = made(model, "X", "Y")
    assert [checker.add(row) for row in (["1", "1"], ["2", "2"], ["2", "1"])] == [1, 0, 0]
