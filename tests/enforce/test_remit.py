"""A remit is resolved from layers that can only narrow, and says who narrowed what."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.autonomy import HIGHEST
from remit.declare.declared import AGENCIES, AUTONOMIES, CAPTURES, DATA_CLASSES
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.declare.remit_layer import BREACHES, STRENGTHS
from remit.declare.version import covers, family
from remit.enforce.remit import FIELDS, Remit, Resolver, meet, resolve, show, stated
from remit.enforce.remit import layers as layers_over
from strategies import COSTLY, MODELS, layers, operating_model, operating_models, stated_fields

stages = st.sampled_from(STAGES)
ORDERS: dict[str, tuple[str, ...]] = {
    "data_class_max": DATA_CLASSES,
    "autonomy_max": AUTONOMIES,
    "agency_max": AGENCIES,
    "capture_max": CAPTURES,
}


def asks_as_much(new: Any, old: Any) -> bool:
    return all(new[each] >= least if each in HIGHEST else new[each] <= least for each, least in old.items())


def within(name: str, new: Any, old: Any) -> bool:
    """Say if a field's new value allows nothing that its old one did not."""
    if old in ("any", "unlimited"):
        return True
    match name:
        case "calls" | "training":
            return old or not new
        case "models" | "regions":
            return isinstance(new, frozenset) and all(covers(old, each) for each in new)
        case "private_connection" | "approvals":
            return bool(new >= old)
        case "autonomy_evidence":
            return asks_as_much(new, old)
        case "data_class_max" | "autonomy_max" | "agency_max" | "capture_max":
            return ORDERS[name].index(new) <= ORDERS[name].index(old)
        case "guardrails":
            return all(
                STRENGTHS.index(new[block][policy]) >= STRENGTHS.index(strength)
                for block, policies in old.items()
                for policy, strength in policies.items()
            ) and set(old) <= set(new)
        case "tools":
            return isinstance(new, dict) and all(
                covers(old, tool)
                and all(
                    within("", new[tool][key], limit)
                    for key, limit in old[tool if tool in old else family(tool)].items()
                )
                for tool in new
            )
        case "spend":
            found = {spend.id: spend for spend in new}
            return all(
                spend.id in found
                and found[spend.id].limit <= spend.limit
                and BREACHES.index(found[spend.id].on_breach) <= BREACHES.index(spend.on_breach)
                for spend in old
            )
        case "requests_per_minute" | "tokens_per_minute" | "concurrency_max":
            lower = {limit.id: limit.limit for limit in new}
            return all(limit.id in lower and lower[limit.id] <= limit.limit for limit in old)
        case "expires":
            return bool(new <= old)
        case _:
            return isinstance(new, int) and new <= old


def resolved(case: dict[str, Any], *, organisation: dict[str, Any] | None = None) -> Remit:
    root = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR", "remit": organisation or {}}
    use_case = {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", "remit": case}
    return resolve(operating_model(organisation=root, use_cases={"triage": use_case}), "triage", "launch")


@given(stated_fields(), stated_fields())
def test_it_does_not_matter_which_of_two_layers_comes_first(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert meet(one, other) == meet(other, one)


@given(stated_fields(), stated_fields(), stated_fields())
def test_it_does_not_matter_which_layers_meet_first(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    assert meet(meet(one, two), three) == meet(one, meet(two, three))


@given(stated_fields())
def test_a_layer_that_says_the_same_again_changes_nothing(fields: dict[str, Any]) -> None:
    assert meet(fields, fields) == fields
    assert meet(fields, {}) == meet({}, fields) == fields


@given(stated_fields(), stated_fields())
def test_two_layers_together_are_no_wider_than_either(one: dict[str, Any], other: dict[str, Any]) -> None:
    both = meet(one, other)
    assert both.keys() == one.keys() | other.keys()
    for each in (one, other):
        assert [name for name in each if not within(name, both[name], each[name])] == []


@COSTLY
@given(operating_models(), stages)
def test_each_layer_of_an_operating_model_leaves_what_stands_above_it_as_narrow(
    model: OperatingModel, stage: Any
) -> None:
    above: dict[str, Any] = {}
    for layer in layers_over(model, "triage", stage):
        fields = meet(above, stated(layer, "triage"))
        assert [name for name in above if not within(name, fields[name], above[name])] == []
        above = fields
    remit = resolve(model, "triage", stage)
    for name in FIELDS:
        if above.get(name) != "any":
            assert getattr(remit, name) == above.get(name)


@COSTLY
@given(operating_models(), layers(), stages)
def test_a_unit_that_is_put_in_between_widens_nothing(model: OperatingModel, layer: Any, stage: Any) -> None:
    case = model.use_cases["triage"]
    between = {"name": "Between", "parent": case.unit, "remit": layer}
    changed = operating_model(
        organisation=model.organisation,
        units={**model.units, "between": between},
        stages=model.stages,
        use_cases={"triage": case.model_copy(update={"unit": "between"})},
    )
    before, after = resolve(model, "triage", stage), resolve(changed, "triage", stage)
    for name in FIELDS:
        old, new = getattr(before, name), getattr(after, name)
        assert old is None or within(name, new, old)


@pytest.mark.parametrize(
    ("field", "zero", "unlimited"),
    [
        ("calls", "false", "true"),
        ("training", "false", "true"),
        ("models", [], "any"),
        ("spend", [{"limit": "0 EUR", "per": "day"}], "unlimited"),
        ("input_tokens_max", "0", "unlimited"),
        ("output_tokens_max", "0", "unlimited"),
        ("time_box_days", "0", "unlimited"),
        ("data_class_max", "public", "restricted"),
        ("regions", [], "any"),
        ("private_connection", "true", "false"),
        ("tools", {}, "any"),
        ("guardrails", {"guardrail/a": {"HATE": "high"}}, {}),
        ("approvals", ["answers"], []),
        ("autonomy_max", "none", "autonomous"),
        ("agency_max", "none", "write"),
        ("autonomy_evidence", {"approvals": "9"}, {"approvals": "3"}),
        ("capture_max", "off", "raw"),
        *(
            (name, "0", "unlimited")
            for name in (
                "requests_per_minute",
                "tokens_per_minute",
                "concurrency_max",
                "users_max",
                "retention_days",
            )
        ),
    ],
)
def test_unset_zero_and_unlimited_are_three_different_things(field: str, zero: Any, unlimited: Any) -> None:
    unset = resolved({})
    none = resolved({field: zero})
    free = resolved({field: unlimited})
    assert len({show(getattr(each, field)) for each in (unset, none, free)}) == 3
    assert getattr(unset, field) is None
    assert unset.decider(field) is None
    assert none.decider(field) is not None
    assert free.decider(field) is not None
    assert len({each.digest for each in (unset, none, free)}) == 3
    # Zero above cannot be undone below, and unlimited above leaves it to those below.
    assert getattr(resolved({field: unlimited}, organisation={field: zero}), field) == getattr(
        resolved({}, organisation={field: zero}), field
    )
    assert show(getattr(resolved({field: zero}, organisation={field: unlimited}), field)) == show(
        getattr(none, field)
    )


def test_any_model_means_every_model_that_is_declared_and_no_other_block() -> None:
    assert resolved({"models": "any"}).models == frozenset(map(family, MODELS))


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"model/d"}, {"model/d@2"}, {"model/d@2"}),
        ({"model/d@1", "model/a"}, {"model/d@2", "model/a"}, {"model/a"}),
        ({"model/d@1", "model/d@2"}, {"model/d"}, {"model/d@1", "model/d@2"}),
        ({"model/d"}, {"model/d"}, {"model/d"}),
        ("any", {"model/d@2"}, {"model/d@2"}),
    ],
)
def test_a_name_covers_its_versions_and_a_version_only_itself(one: Any, other: Any, both: set[str]) -> None:
    one = one if isinstance(one, str) else frozenset(one)
    assert FIELDS["models"].meet(one, frozenset(other)) == both


def test_limits_of_a_tool_hold_for_the_version_that_another_layer_names() -> None:
    named, version = {"tool/b": {"calls_per_run": 9, "calls_per_day": 50}}, {"tool/b@2": {"calls_per_run": 3}}
    assert FIELDS["tools"].meet(named, version) == {"tool/b@2": {"calls_per_run": 3, "calls_per_day": 50}}


def test_a_guardrail_and_one_of_its_versions_must_both_be_passed() -> None:
    named, version = {"guardrail/b": {"HATE": "low"}}, {"guardrail/b@1": {"HATE": "high"}}
    assert FIELDS["guardrails"].meet(named, version) == {**named, **version}


def test_of_two_budgets_for_one_pool_and_period_the_smaller_one_stands() -> None:
    month = [{"limit": "5 EUR", "per": "month"}]
    day = [{"limit": "1 EUR", "per": "day"}, {"limit": "9 EUR", "per": "month"}]
    (small, large) = (stated_spend(each) for each in (month, day))
    both = meet({"spend": small}, {"spend": large})["spend"]
    assert [(spend.per, str(spend.limit)) for spend in both] == [("day", "1"), ("month", "5")]


def stated_spend(budgets: list[dict[str, str]]) -> Any:
    return resolved({}, organisation={"spend": budgets}).spend


def test_every_limit_of_every_layer_holds_in_a_pool_of_its_own() -> None:
    limits = {"requests_per_minute": ["600", {"limit": "60", "each": "key"}]}
    unit = {"requests_per_minute": {"limit": "300", "each": "use_case"}, "concurrency_max": "unlimited"}
    model = operating_model(
        organisation={"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": limits},
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": unit},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        stages={"launch": {"description": "Launch.", "remit": {"requests_per_minute": "90"}}},
    )
    remit = resolve(model, "triage", "launch")
    assert [(each.pool, each.each, each.limit) for each in remit.requests_per_minute or ()] == [
        ("organisation", "", 600),
        ("organisation", "key", 60),
        ("stage/launch:use-case/triage", "", 90),
        ("unit/claims:use-case/triage", "", 300),
    ]
    assert (remit.concurrency_max, remit.tokens_per_minute) == ((), None)
    assert [layer.address for layer in remit.decided["requests_per_minute"]] == [
        *("organisation", "stage/launch", "unit/claims")
    ]


def test_budgets_of_units_are_shared_pools_and_those_of_stages_are_for_each_use_case() -> None:
    budget = {"spend": [{"limit": "10 EUR", "per": "month"}]}
    case = {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", "remit": budget}
    model = operating_model(
        organisation={"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": budget},
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": budget},
            "motor": {"name": "Motor", "parent": "claims", "remit": budget},
            "home": {"name": "Home", "parent": "claims"},
        },
        stages={"launch": {"description": "Launch.", "remit": budget}},
        use_cases={"triage": case, "letters": {**case, "unit": "home"}},
    )
    triage = {spend.pool: spend.owner for spend in resolve(model, "triage", "launch").spend or ()}
    letters = {spend.pool: spend.owner for spend in resolve(model, "letters", "launch").spend or ()}
    assert triage == {
        "organisation": "head@example.com",
        "stage/launch:use-case/triage": "head@example.com",
        "unit/claims": "claims@example.com",
        "unit/motor": "claims@example.com",
        "use-case/triage": "claims@example.com",
    }
    assert triage.keys() & letters.keys() == {"organisation", "unit/claims"}


def test_each_field_names_the_layers_that_narrowed_it_the_last_one_last() -> None:
    model = operating_model(
        organisation={
            "name": "H",
            "contact": "head@example.com",
            "currency": "EUR",
            "remit": {"models": "any", "output_tokens_max": "100", "expires": "2027-01-01"},
        },
        units={
            "claims": {
                "name": "Claims",
                "lead": "claims@example.com",
                "remit": {"models": ["model/a", "model/b"]},
            },
            "motor": {
                "name": "Motor",
                "parent": "claims",
                "remit": {"output_tokens_max": "200", "models": "any"},
            },
        },
        use_cases={
            "triage": {
                "name": "Triage",
                "unit": "motor",
                "purpose": "Sort.",
                "owner": "triage@example.com",
                "remit": {"models": ["model/a", "model/c"], "expires": "2027-01-01"},
            }
        },
    )
    remit = resolve(model, "triage", "launch")
    assert remit.models == frozenset({"model/a"})
    assert remit.output_tokens_max == 100
    deciders = {name: [layer.address for layer in found] for name, found in remit.decided.items()}
    assert deciders == {
        "models": ["organisation", "unit/claims", "use-case/triage"],
        "output_tokens_max": ["organisation"],
        "expires": ["organisation"],
    }
    decider = remit.decider("models")
    assert decider is not None
    assert (decider.address, decider.owner) == ("use-case/triage", "triage@example.com")


@COSTLY
@given(operating_models(), stages)
def test_whoever_is_named_for_a_field_did_narrow_it(model: OperatingModel, stage: Any) -> None:
    remit = resolve(model, "triage", stage)
    for name in FIELDS:
        layer = remit.decider(name)
        assert (layer is None) is (getattr(remit, name) is None)
        if layer is not None:
            assert getattr(layer.declared, name) is not None


def test_layers_stand_in_the_order_organisation_stage_units_use_case() -> None:
    model = operating_model(stages={"launch": {"description": "Launch."}})
    addresses = [layer.address for layer in layers_over(model, "triage", "launch")]
    assert addresses == ["organisation", "stage/launch", "unit/claims", "unit/motor", "use-case/triage"]
    assert "stage/scale" not in [layer.address for layer in layers_over(model, "triage", "scale")]


@COSTLY
@given(operating_models(), stages, operating_models(), stages)
def test_remits_with_equal_fields_have_equal_digests_and_others_do_not(
    one: OperatingModel, one_stage: Any, other: OperatingModel, other_stage: Any
) -> None:
    here, there = resolve(one, "triage", one_stage), resolve(other, "triage", other_stage)
    same = all(
        show(getattr(here, name)) == show(getattr(there, name)) for name in ("stage", "data_class", *FIELDS)
    )
    assert (here.digest == there.digest) is same
    assert resolve(one, "letters", one_stage).digest != here.digest


@COSTLY
@given(operating_models(), st.permutations(("triage", "letters")), stages)
def test_one_resolver_for_many_resolves_each_as_it_stands_alone(
    model: OperatingModel, order: list[str], stage: Any
) -> None:
    resolver = Resolver(model)
    for name in (*order, *order):
        assert resolver.remit(name, stage) == resolve(model, name, stage)
