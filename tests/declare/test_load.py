"""Whatever stands in a directory, it becomes an operating model or faults that a person can act on."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from remit.declare.block import KINDS, ModelBlock
from remit.declare.fault import _OTHER_HELP
from remit.declare.load import SECTIONS, load
from remit.declare.operating_model import OperatingModel, decode_model, digest, encode_model
from remit.declare.organisation import Organisation
from remit.declare.remit_layer import Budget, RemitLayer
from remit.declare.scope import SHIPPED
from remit.declare.use_case import Adoption, History, Origin, UseCase
from remit.kernel.money import Money
from strategies import COSTLY, budget_lists, layers, operating_models, trees

ORGANISATION = "organisation: {name: Harbour, contact: head@example.com, currency: EUR}\n"
CLASSES: tuple[type[BaseModel], ...] = (
    *(*SECTIONS.values(), *KINDS.values()),
    *(RemitLayer, Budget, Adoption, History, Origin),
)
FIELDS = sorted(
    {name for kind in CLASSES for name in kind.model_fields} | {"starts", "input", "[list]", "[key]"}
)
VALUES = (
    *("true", "unlimited", "any", "0", "12", "1.5", "2026-01-01", "20260101", "5 EUR", "model/a", "prompt/b"),
    *("claims", "head@example.com", "month", "Europe/Amsterdam", "../etc", "openai", "http://a"),
    *("", " ", "\u202e", "x\ny", "9" * 30),
)
field_names = st.sampled_from(FIELDS) | st.text(max_size=3)
values = st.recursive(
    st.sampled_from(VALUES) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(field_names, inner, max_size=5),
    max_leaves=12,
)
ids = st.sampled_from(("claims", "triage", "model/a", "prompt/b", "local", "launch", "Bad Id", "", "zoo/x"))
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=8)
declarations = st.fixed_dictionaries(
    {},
    optional={
        section: bodies | values
        if section == "organisation"
        else st.dictionaries(ids, bodies | values, max_size=4) | values
        for section in SECTIONS
    },
)


def text_of(tree: Any) -> str:
    return str(yaml.safe_dump(tree, default_style='"', allow_unicode=False))


@given(declarations | trees)
def test_whatever_is_declared_every_fault_is_told_in_a_place_and_with_help(tree: Any) -> None:
    text = text_of(tree)
    found = load({"f.yaml": text})
    assert (found.operating_model is None) is (found.errors > 0)
    for each in found.diagnostics:
        assert each.help != _OTHER_HELP
        assert 1 <= each.span.line <= text.count("\n") + 1
        assert re.fullmatch("[a-z]+(-[a-z]+)*", each.code)
        for said in (each.summary, each.help):
            assert said
            assert said.isprintable(), said
            assert not said[0].isupper(), said
            assert not said.endswith("."), said
            assert len(said) < 600


@given(declarations, declarations)
def test_the_order_in_which_files_are_given_does_not_matter(one: Any, other: Any) -> None:
    files = {"a.yaml": ORGANISATION + text_of(one), "b.yaml": text_of(other)}
    assert load(files) == load(dict(reversed(files.items())))


@COSTLY
@given(operating_models())
def test_an_operating_model_that_is_written_down_is_read_back_the_same(model: OperatingModel) -> None:
    body = encode_model(model)
    again = decode_model(body)
    assert again == model
    assert encode_model(again) == body
    assert digest(encode_model(again)) == digest(body)


@given(layers())
def test_what_a_layer_leaves_out_stays_left_out(layer: dict[str, Any]) -> None:
    declared = RemitLayer.model_validate(layer)
    assert declared.model_dump(exclude_unset=True).keys() == layer.keys()
    assert RemitLayer.model_validate_json(declared.model_dump_json(exclude_unset=True)) == declared


@given(budget_lists())
def test_stated_spend_is_never_an_empty_list(spend: Any) -> None:
    assert RemitLayer.model_validate({"spend": spend}).spend
    (fault,) = load({"f.yaml": ORGANISATION.replace("EUR}", "EUR, remit: {spend: []}}")}).diagnostics
    assert (fault.summary, fault.help) == (
        "`spend` cannot be an empty list",
        "write at least one, or `unlimited`",
    )


def test_a_stage_that_is_declared_replaces_the_one_that_ships() -> None:
    shipped = "stages: {launch: {description: As shipped.}, scale: {description: As shipped.}}"
    own = "stages: {launch: {description: Our own.}}"
    model = load({f"{SHIPPED}s.yaml": shipped, "a.yaml": ORGANISATION + own}).operating_model
    assert model is not None
    assert {name: stage.description for name, stage in model.stages.items()} == {
        "launch": "Our own.", "scale": "As shipped.",
    }  # fmt: skip


def test_a_directory_of_one_s_own_that_is_called_shipped_is_like_any_other() -> None:
    unit = "units: {claims: {name: C, lead: lead@example.com}}"
    twice = {"shipped/a.yaml": unit, "shipped/b.yaml": unit}
    assert [each.code for each in load({"o.yaml": ORGANISATION, **twice}).diagnostics] == [
        "repeated-declaration"
    ]


def test_the_other_place_of_a_repeated_declaration_is_named() -> None:
    (fault,) = load({"a.yaml": ORGANISATION, "b.yaml": ORGANISATION}).diagnostics
    assert fault.summary == "the organisation is declared twice"
    assert fault.help == "keep one; the other is in a.yaml"


def test_a_missing_organisation_is_not_reported_when_a_file_could_not_be_read() -> None:
    assert [each.code for each in load({}).diagnostics] == ["no-organisation"]
    assert [each.code for each in load({"a.yaml": "units: ["}).diagnostics] == ["yaml-syntax"]


def test_only_what_is_of_the_same_kind_is_offered() -> None:
    text = ORGANISATION + (
        "units: {triage: {name: T, lead: l@example.com}}\n"
        "use_cases:\n"
        "  triage: {name: T, unit: triagee, purpose: P.}\n"
        "  broken-case: {name: T}\n"
        "  other: {name: T, unit: broken-cas, purpose: P.}\n"
    )
    helps = {
        each.span.line: each.help
        for each in load({"a.yaml": text}).diagnostics
        if each.code == "undeclared-unit"
    }
    assert helps == {4: "did you mean `triage`?", 6: "declare it under `units:`"}


def test_an_item_of_a_list_is_named_by_its_number() -> None:
    text = ORGANISATION.replace("EUR}", "EUR, remit: {spend: [{limit: 1 EUR, per: day}, {limit: 2 EUR}]}}")
    (fault,) = load({"a.yaml": text}).diagnostics
    assert fault.summary == "item 2 of `spend` has no `per`"


@pytest.mark.parametrize(
    "value", ["20260615", "2026", "1767225600", "2026-6-1", "2026-06-15T00:00:00", "٢٠٢٦-٠٦-١٥", "0000-01-01"]
)
def test_a_date_is_read_only_as_people_write_it(value: str) -> None:
    text = ORGANISATION.replace("EUR}", f"EUR, remit: {{expires: '{value}'}}}}")
    (fault,) = load({"a.yaml": text}).diagnostics
    assert fault.code == "invalid-value"


@pytest.mark.parametrize(
    ("value", "number"), [("0", 0), ("1_000", 1000), ("12_345_678", 12345678), ("007", 7)]
)
def test_whole_numbers_may_be_grouped(value: str, number: int) -> None:
    assert RemitLayer.model_validate({"input_tokens_max": value}).input_tokens_max == number


@pytest.mark.parametrize(
    "value", ["1_00", "_1", "1__000", "1000_000", "+1", "1.0", "٣", "9" * 16, "1" + "_000" * 5, "true"]
)
def test_other_ways_of_writing_a_number_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="whole number"):
        RemitLayer.model_validate({"input_tokens_max": value})


def test_a_truth_is_not_a_number() -> None:
    with pytest.raises(ValueError, match="whole number"):
        ModelBlock.model_validate(
            {"name": "n", "provider": "p", "context_tokens": True, "output_tokens_max": 1}
        )


@pytest.mark.parametrize(
    "zone", ["", ".", "..", "Europe", "/etc/passwd", "Europe/amsterdam\x00", "x" * 5000, "\ud800"]
)
def test_what_is_not_a_zone_is_refused_whatever_it_is(zone: str) -> None:
    fields = {"name": "H", "contact": "head@example.com", "currency": "EUR", "time_zone": zone}
    with pytest.raises(ValueError, match="a zone of the IANA database"):
        Organisation.model_validate(fields)


def test_a_lead_is_sought_up_the_tree_and_then_at_the_organisation() -> None:
    units = "units: {a: {name: A}, b: {name: B, parent: a}, c: {name: C, parent: b, lead: c@example.com}}\n"
    cases = (
        "use_cases:\n"
        "  x: {name: X, unit: b, purpose: P.}\n"
        "  y: {name: Y, unit: c, purpose: P., owner: y@example.com}\n"
    )
    found = load({"a.yaml": ORGANISATION + units + cases})
    assert [each.code for each in found.diagnostics] == ["unit-without-lead", "unit-without-lead"]
    model = found.operating_model
    assert model is not None
    assert [model.lead_of(unit) for unit in "abc"] == [
        "head@example.com",
        "head@example.com",
        "c@example.com",
    ]
    assert [model.owner_of(case) for case in "xy"] == ["head@example.com", "y@example.com"]
    assert model.lineage("c") == ("a", "b", "c")
    assert model.model("model/none") is None
    assert model.meant("model/none", date(2026, 1, 1)) is None


def test_a_value_that_was_read_already_stays_as_it_is() -> None:
    limit = Money.parse("5 EUR")
    assert Budget(limit=limit, per="day").limit is limit
    assert RemitLayer(expires=date(2027, 1, 1)).expires == date(2027, 1, 1)


def test_a_block_that_is_no_model_is_none() -> None:
    model = load({"a.yaml": ORGANISATION + "blocks: {prompt/p: {name: P, text: T}}"}).operating_model
    assert model is not None
    assert model.model("prompt/p") is None


def test_a_name_loses_the_space_around_it_and_a_label_does_not() -> None:
    case = {"name": "  Triage ", "unit": "claims", "purpose": "P."}
    assert UseCase.model_validate(case).name == "Triage"
    with pytest.raises(ValueError, match="labels"):
        UseCase.model_validate({**case, "labels": {" a": "x", "a": "y"}})
