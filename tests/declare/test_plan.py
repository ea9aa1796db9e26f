"""A plan says exactly what is different, and making its changes gives what was wanted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.block import GuardrailBlock
from remit.declare.operating_model import OperatingModel, decode_model, encode_model
from remit.declare.plan import ACTIONS, SYMBOLS, Plan, altered_versions, apply_changes, declarations, plan
from strategies import COSTLY, model_block, operating_model, operating_models, route_block

CLAIMS = {"name": "Triage", "unit": "motor", "purpose": "Sort claims."}


def only(before: OperatingModel | None, after: OperatingModel) -> dict[str, Any]:
    """Return the one change there is, in short."""
    [change] = plan(before, after).changes
    fields = {field.name: (field.before, field.after) for field in change.fields}
    return {f"{SYMBOLS[change.action]} {change.address}": fields}


@COSTLY
@given(operating_models(), operating_models())
def test_making_the_changes_of_a_plan_gives_the_model_that_was_planned(
    one: OperatingModel, other: OperatingModel
) -> None:
    made = apply_changes(one, plan(one, other))
    assert made == other
    assert declarations(made) == declarations(other)
    assert plan(made, other) == Plan(())


@COSTLY
@given(operating_models())
def test_a_first_plan_creates_everything_and_a_plan_of_the_same_is_empty(model: OperatingModel) -> None:
    first = plan(None, model)
    assert {change.action for change in first.changes} == {"create"}
    assert apply_changes(None, first) == model
    assert plan(model, model) == Plan(())


@COSTLY
@given(operating_models(), operating_models())
def test_the_way_back_touches_the_same_declarations_and_leads_back(
    one: OperatingModel, other: OperatingModel
) -> None:
    there, back = plan(one, other), plan(other, one)
    assert [change.address for change in there.changes] == [change.address for change in back.changes]
    assert there.count("create") == back.count("retire")
    assert apply_changes(other, back) == one


def with_remit(**fields: Any) -> OperatingModel:
    return operating_model(use_cases={"triage": {**CLAIMS, "remit": fields}})


def test_fields_are_named_with_their_path_and_lists_are_compared_as_a_whole() -> None:
    assert only(
        with_remit(calls="true", models=["model/a"]), with_remit(calls="false", models=["model/a", "model/b"])
    ) == {
        "~ use-case/triage": {
            "remit.calls": (True, False),
            "remit.models": (["model/a"], ["model/a", "model/b"]),
        }
    }


@pytest.mark.parametrize(
    ("before", "after", "fields"),
    [
        (None, {}, {"remit": (None, {})}),
        ({}, None, {"remit": ({}, None)}),
        ({}, {"calls": "true"}, {"remit.calls": (None, True)}),
        ({"calls": "true"}, {}, {"remit": ({"calls": True}, {})}),
        ({"calls": "true"}, None, {"remit.calls": (True, None)}),
        (None, {"calls": "true"}, {"remit.calls": (None, True)}),
    ],
)
def test_unset_and_empty_are_two_things(before: Any, after: Any, fields: Any) -> None:
    def model(remit: Any) -> OperatingModel:
        return operating_model(
            use_cases={"triage": {**CLAIMS, **({} if remit is None else {"remit": remit})}}
        )

    one, other = model(before), model(after)
    assert only(one, other) == {"~ use-case/triage": fields}
    assert encode_model(apply_changes(one, plan(one, other))) == encode_model(other)


def test_a_default_that_is_stated_is_a_change_as_it_is_in_the_text() -> None:
    stated = operating_model(use_cases={"triage": {**CLAIMS, "data_class": "internal"}})
    assert only(operating_model(), stated) == {"~ use-case/triage": {"data_class": (None, "internal")}}


def versions(*, status: str = "approved", **changes: Any) -> OperatingModel:
    prices = [{"starts": "2026-01-01", "input": "1", "output": "2"}]
    first = model_block(**{"status": status, "reason": "r", "prices": prices, **changes})
    return operating_model(blocks={"model/l@1": first, "model/l@2": model_block()})


LATER = {"starts": "2026-07-01", "input": "1", "output": "1"}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "deprecated", "last_day": "2026-12-31", "reason": "Use the next."},
        {"owner": "o@example.com", "contract": "c", "name": "n", "description": "d"},
        {"prices": [{"starts": "2026-01-01", "input": "1", "output": "2"}, LATER]},
        {"requests_per_minute": "60", "tokens_per_minute": "unlimited", "concurrency_max": "4"},
        {"data_class_max": "restricted"},
        {"regions": []},
    ],
)
def test_who_answers_for_a_version_its_life_its_rates_and_later_prices_may_change(
    changes: dict[str, Any],
) -> None:
    assert list(altered_versions(versions(), versions(**changes))) == []


def test_what_an_approved_guardrail_of_others_costs_may_be_added_and_not_changed() -> None:
    def priced(*rates: str) -> OperatingModel:
        prices = [
            {"custom": "cloud", "starts": f"2026-0{month}-01", "per_1000_units": rate}
            for month, rate in enumerate(rates, 1)
        ]
        custom = {"cloud": {"webhook": "https://guard.example.com/look"}}
        block = {"name": "G", "status": "approved", "custom": custom, "prices": prices}
        return operating_model(blocks={"guardrail/g@1": block})

    assert list(altered_versions(priced("0.85"), priced("0.85", "0.75"))) == []
    assert list(altered_versions(priced("0.85"), priced("0.8"))) == [("guardrail/g@1", ("prices",))]
    block = priced("0.85", "0.75").blocks["guardrail/g@1"]
    assert isinstance(block, GuardrailBlock)
    assert block.price_at("other", date(2026, 5, 1)) is None
    assert block.price_at("cloud", date(2025, 12, 31)) is None
    rates = [block.price_at("cloud", date(2026, month, 31)) for month in (1, 5)]
    assert [each and each.rate.cost(2) for each in rates] == [Decimal("0.0017"), Decimal("0.0015")]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"provider": "other"}, ("provider",)),
        ({"status": "draft", "regions": ["eu"], "options": {"model": "x"}}, ("options", "regions")),
        ({"prices": []}, ("prices",)),
        ({"prices": [{"starts": "2026-01-01", "input": "2", "output": "2"}]}, ("prices",)),
        ({"prices": [LATER, {"starts": "2026-01-01", "input": "1", "output": "2"}]}, ("prices",)),
    ],
)
def test_what_an_approved_version_is_stays(changes: dict[str, Any], fields: tuple[str, ...]) -> None:
    assert list(altered_versions(versions(), versions(**changes))) == [("model/l@1", fields)]
    leaving = versions(status="deprecated")
    assert list(altered_versions(leaving, versions(**changes))) == [("model/l@1", fields)]
    for status in ("draft", "pending_approval", "rejected"):
        assert list(altered_versions(versions(status=status), versions(**changes))) == []


def test_a_block_without_versions_may_change_and_a_version_may_come_and_go() -> None:
    plain = operating_model(blocks={"model/l": model_block()})
    other = operating_model(blocks={"model/l": model_block(provider="other")})
    assert list(altered_versions(plain, other)) == []
    assert list(altered_versions(versions(), plain)) == []
    assert list(altered_versions(plain, versions())) == []


@COSTLY
@given(operating_models())
def test_a_model_alters_no_version_of_itself(model: OperatingModel) -> None:
    assert list(altered_versions(model, model)) == []


def test_every_kind_of_declaration_has_its_address_and_the_order_is_that_of_sections_and_names() -> None:
    small = operating_model(units={}, use_cases={}, blocks={}, providers={})
    large = operating_model(
        organisation={"name": "Other", "contact": "head@example.com", "currency": "EUR"},
        stages={"scale": {"description": "s"}, "launch": {"description": "l"}},
        blocks={"model/b": model_block(), "model/a": model_block()},
    )
    found = plan(small, large)
    assert [f"{SYMBOLS[change.action]} {change.address}" for change in found.changes] == [
        "~ organisation", "+ unit/claims", "+ unit/motor", "+ stage/launch", "+ stage/scale",
        "+ use-case/triage", "+ model/a", "+ model/b", "+ provider/echo",
    ]  # fmt: skip
    assert [found.count(action) for action in ACTIONS] == [8, 1, 0]


@given(st.permutations(["claims", "motor", "home"]))
def test_the_order_of_declarations_makes_no_change(names: list[str]) -> None:
    units = {name: {"name": name} for name in names}
    assert plan(operating_model(units=dict(sorted(units.items())), use_cases={}),
                operating_model(units=units, use_cases={})) == Plan(())  # fmt: skip


def test_a_route_is_planned_stored_and_made_again_like_every_block() -> None:
    when = {"stages": ["scale"], "regions": ["nl"], "input_tokens_max": "8000"}
    one = operating_model(
        blocks={
            "model/a": model_block(first_byte_seconds="2.5", total_seconds="60", retries="0"),
            "route/r": route_block({"to": "model/a", "weight": 9, "when": when}),
        }
    )
    assert decode_model(encode_model(one)) == one
    other = operating_model(
        blocks={"model/a": model_block(total_seconds="30"), "route/r": route_block({"to": "model/a"})}
    )
    for before, after in ((one, other), (other, one), (None, one)):
        assert apply_changes(before, plan(before, after)) == after
    assert only(
        operating_model(blocks={"model/a": model_block(total_seconds="60")}),
        operating_model(blocks={"model/a": model_block(total_seconds="0.5")}),
    ) == {"~ model/a": {"total_seconds": ("60", "0.5")}}


def test_how_long_a_version_is_waited_for_may_change_and_where_a_route_leads_may_not() -> None:
    def versions(seconds: str, weight: int) -> OperatingModel:
        return operating_model(
            blocks={
                "model/a@1": model_block(total_seconds=seconds, retries="2"),
                "model/b": model_block(),
                "route/r@1": route_block({"to": "model/a", "weight": weight}, {"to": "model/b", "weight": 1}),
            }
        )

    assert list(altered_versions(versions("60", 1), versions("30", 1))) == []
    assert list(altered_versions(versions("60", 1), versions("60", 2))) == [("route/r@1", ("targets",))]
