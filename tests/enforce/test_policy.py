"""Policies: what they forbid, that a broken one forbids too, and that none of them ever allows more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from cedarpy import AuthzResult, Entities
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.cedar import parsed
from remit.declare.declared import DATA_CLASSES
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.declare.policy import SCHEMA, Policy, PolicyMode
from remit.enforce.account import Account
from remit.enforce.admission import Admission, admit
from remit.enforce.decision import Decision
from remit.enforce.facts import Facts
from remit.enforce.policy import (
    Ask,
    Evaluation,
    Parties,
    Policies,
    _named,
    compile_policies,
    could_apply,
    evaluate,
    parties,
)
from remit.enforce.remit import resolve
from remit.enforce.request import Message, ModelRequest
from strategies import MOMENT, instants, model_block, operating_model, tokens

ASK = Ask(input_tokens_bound=100, output_tokens=200, amount=Decimal("0.5"), local=MOMENT, streamed=False)
ANY = "forbid (principal, action, resource)"
# An overflow is a failure that no schema foresees.
BROKEN = f"{ANY} when {{ context.output_tokens * 9223372036854775807 > 1 }};"
CONDITIONS = (
    "context.hour >= 12",
    "context.weekday > 5",
    "context.output_tokens > 1000",
    "context.streamed",
    'context.amount.greaterThan(decimal("0.0100"))',
    'principal in Unit::"claims"',
    'principal in Unit::"other"',
    'principal.stage == Stage::"launch"',
    'principal.data_class == DataClass::"restricted"',
    "principal.personal_data",
    'resource.regions.contains("nl")',
    'resource == Model::"model/b"',
    "context.output_tokens * 9223372036854775807 > 1",
)
effects = st.sampled_from(("forbid", "permit"))
modes: st.SearchStrategy[PolicyMode] = st.sampled_from(("enforce", "log_only"))
clauses = st.builds("{} {{ {} }}".format, st.sampled_from(("when", "unless")), st.sampled_from(CONDITIONS))
policies = st.builds(
    lambda effect, clause, mode: Policy(
        text=f"{effect} (principal, action, resource) {' '.join(clause)};", mode=mode
    ),
    effects,
    st.lists(clauses, max_size=2),
    modes,
)
asks = st.builds(
    Ask,
    input_tokens_bound=tokens,
    output_tokens=tokens,
    amount=st.decimals(min_value=0, max_value=10**9, places=9),
    local=instants,
    streamed=st.booleans(),
)


def model(declared: Mapping[str, Policy | str], **sections: Any) -> OperatingModel:
    return operating_model(
        policies={
            name: each if isinstance(each, Policy) else {"text": each} for name, each in declared.items()
        },
        **sections,
    )


def asked(declared: OperatingModel, *, address: str = "model/a") -> Parties:
    compiled = compile_policies(declared)
    assert compiled is not None
    return parties(compiled, declared, resolve(declared, "triage", "launch"), key="k1", address=address)


def evaluated(text: str | Policy, ask: Ask = ASK, **sections: Any) -> Evaluation:
    return evaluate(asked(model({"p": text}, **sections)), ask)


def forbids(text: str, ask: Ask = ASK, **sections: Any) -> bool:
    return evaluated(text, ask, **sections).decision.effect == "deny"


def test_a_forbid_that_is_met_refuses_and_says_whose_it_is_and_what_would_help() -> None:
    written = {"owner": "risk@example.com", "summary": "not now.", "help": "come back later"}
    found = evaluated(Policy(text=f"{ANY};", **written)).decision
    assert found == Decision(
        "deny",
        "forbidden-by-policy",
        "policy `p` forbids this call: not now",
        "come back later",
        "policy/p",
        "risk@example.com",
    )
    plain = evaluated(f"{ANY};").decision
    assert plain.owner == "head@example.com"
    assert plain.help


def test_a_broken_forbid_still_forbids() -> None:
    found = evaluated(BROKEN).decision
    assert (found.effect, found.rule, found.layer) == ("deny", "policy-failed", "policy/p")
    # Nor does a sound one beside it change that.
    both = model({"a": f"{ANY} when {{ false }};", "b": BROKEN})
    assert evaluate(asked(both), ASK).decision.layer == "policy/b"


@pytest.mark.parametrize(
    ("decision", "reason", "errors"),
    [
        ("Allow", ["policy0"], ["something went wrong"]),
        ("Allow", ["policy0"], ["error while evaluating policy `policy7`: too large"]),
        ("Allow", ["policy0"], ["error while evaluating policy `policy0`: too large"]),
        ("Deny", [], []),
        ("NoDecision", [], ["failed to build request"]),
    ],
)
def test_an_answer_that_cannot_be_understood_counts_as_failed(
    decision: str, reason: list[str], errors: list[str]
) -> None:
    answer = AuthzResult({"decision": decision, "diagnostics": {"reason": reason, "errors": errors}})
    assert _named(asked(model({"p": f"{ANY};"})).policies, answer) == ([], None)


def test_policies_that_cannot_be_read_together_forbid_everything() -> None:
    slots = "permit (principal == ?principal, action, resource);"
    for text in ("forbid (principal", f"{ANY}; {ANY} when {{ false }};", slots):
        found = evaluated(text).decision
        assert (found.rule, found.layer) == ("policy-failed", "policy/p"), text


def test_a_call_that_cedar_cannot_even_ask_about_is_refused() -> None:
    huge = replace(ASK, amount=Decimal(10) ** 20)
    assert evaluated(f"{ANY} when {{ false }};", huge).decision.rule == "policy-failed"


@pytest.mark.parametrize("text", [f"{ANY};", BROKEN])
def test_a_policy_that_is_only_noted_refuses_nothing(text: str) -> None:
    noted = Policy(text=text, mode="log_only")
    assert evaluated(noted) == Evaluation(Decision("allow"), ("p",))
    never = Policy(text=f"{ANY} when {{ false }};", mode="log_only")
    assert evaluated(never) == Evaluation(Decision("allow"))
    # Beside one that refuses, it is noted as well.
    both = evaluate(asked(model({"a": noted, "b": f"{ANY};"})), ASK)
    assert (both.decision.layer, both.noted) == ("policy/b", ("a",))


def test_of_several_that_forbid_the_first_by_id_is_named() -> None:
    many = {f"p{number}": f"{ANY};" for number in (3, 1, 2)}
    assert evaluate(asked(model(many)), ASK).decision.layer == "policy/p1"


def test_a_permit_changes_nothing() -> None:
    assert evaluated("permit (principal, action, resource);") == Evaluation(Decision("allow"))
    both = model({"a": "permit (principal, action, resource);", "b": f"{ANY};"})
    assert evaluate(asked(both), ASK).decision.layer == "policy/b"


def test_a_policy_can_ask_about_everything_in_the_schema() -> None:
    case = {"name": "T", "unit": "motor", "purpose": "Sort.", "data_class": "confidential"}
    block = model_block(regions=("nl",), private_connection="true", data_class_max="confidential")
    sections: dict[str, Any] = {"use_cases": {"triage": case}, "blocks": {"model/a": block}}
    met = (
        'principal == Key::"k1" && principal in UseCase::"triage" && principal in Unit::"motor"'
        ' && principal in Unit::"claims" && principal.id == "k1" && principal.use_case == "triage"'
        ' && principal.unit == "motor" && principal.stage == Stage::"launch" && principal.personal_data'
        ' && principal.data_class == DataClass::"confidential" && action == Action::"call_model"'
        ' && resource == Model::"model/a" && resource.address == "model/a" && resource.provider == "echo"'
        ' && resource.data_class_max == DataClass::"confidential" && resource.regions.contains("nl")'
        ' && resource.private_connection && resource.status == BlockStatus::"approved"'
        " && context.input_tokens_bound == 100 && context.output_tokens == 200 && !context.streamed"
        ' && context.amount == decimal("0.5") && context.hour == 12 && context.weekday == 1'
    )
    assert forbids(f"{ANY} when {{ {met} }};", **sections)
    assert not forbids(f"{ANY} unless {{ {met} }};", **sections)


@pytest.mark.parametrize(("said", "counts"), [(None, True), ("true", True), ("false", False)])
def test_a_use_case_that_does_not_say_whether_it_handles_data_about_people_counts_as_if_it_did(
    said: str | None, counts: bool
) -> None:
    case = {"name": "T", "unit": "motor", "purpose": "Sort.", **({"personal_data": said} if said else {})}
    assert forbids(f"{ANY} when {{ principal.personal_data }};", use_cases={"triage": case}) is counts


@pytest.mark.parametrize(
    ("amount", "over"), [("0.5", False), ("0.50000001", True), ("0.4999999", False), ("0.00000001", False)]
)
def test_an_amount_is_rounded_up_so_that_no_call_looks_cheaper_than_it_may_be(
    amount: str, over: bool
) -> None:
    text = f'{ANY} when {{ context.amount.greaterThan(decimal("0.5000")) }};'
    assert forbids(text, replace(ASK, amount=Decimal(amount))) is over


def test_hours_and_days_are_those_of_the_place() -> None:
    local = datetime(2026, 11, 22, 23, 30, tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Amsterdam"))
    assert forbids(f"{ANY} when {{ context.hour == 0 && context.weekday == 1 }};", replace(ASK, local=local))


def test_what_is_said_of_the_parties_is_what_the_schema_promises() -> None:
    """Entities read with a schema are refused if an attribute is missing, too many, or of another type."""
    declared = operating_model()
    for stage in STAGES:
        remit = resolve(declared, "triage", stage)
        for data_class in DATA_CLASSES:
            none = Policies(None, (), "")
            found = parties(none, declared, replace(remit, data_class=data_class), key="k", address="model/a")
            assert len(Entities.from_json_str(str(found.entities), SCHEMA)) >= 5


def test_without_policies_there_is_nothing_to_ask() -> None:
    assert compile_policies(operating_model()) is None


def test_the_policies_of_one_model_are_read_once() -> None:
    declared = model({"p": f"{ANY};"})
    assert compile_policies(declared) is compile_policies(declared.model_copy(deep=True))


@given(st.dictionaries(st.sampled_from("abcdef"), policies, min_size=1, max_size=5), policies, asks)
def test_adding_a_policy_never_allows_more(declared: dict[str, Policy], more: Policy, ask: Ask) -> None:
    before = evaluate(asked(model(declared)), ask)
    after = evaluate(asked(model({**declared, "z": more})), ask)
    if before.decision.effect == "deny":
        assert after.decision.effect == "deny"
    elif after.decision.effect == "deny":
        assert after.decision.layer == "policy/z"
        assert more.mode == "enforce"
    assert set(before.noted) <= set(after.noted)


@given(st.dictionaries(st.sampled_from("abcdef"), policies, min_size=1, max_size=5), asks)
def test_only_enforced_policies_refuse_and_each_is_as_it_is_alone(
    declared: dict[str, Policy], ask: Ask
) -> None:
    together = evaluate(asked(model(declared)), ask)
    alone = {id: evaluate(asked(model({id: each})), ask) for id, each in declared.items()}
    refusing = {id for id, each in alone.items() if each.decision.effect == "deny"}
    assert (together.decision.effect == "deny") is bool(refusing)
    assert {id for id in refusing if declared[id].mode == "log_only"} == set()
    assert set(together.noted) == {id for id, each in alone.items() if each.noted}


# ── in admission ──


def facts(declared: OperatingModel, *, output: int | None = None) -> Facts:
    open_remit = {"calls": "true", "models": "any", "spend": [{"limit": "0.01 EUR", "per": "day"}]}
    organisation = {"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": open_remit}
    declared = OperatingModel.model_validate({**declared.model_dump(), "organisation": organisation})
    compiled, remit = compile_policies(declared), resolve(declared, "triage", "launch")
    return Facts(
        key="k1",
        agent="",
        remit=remit,
        stage_since=MOMENT.date(),
        request=ModelRequest("model/a", (Message.of("user", ""),), output_tokens_max=output),
        block=declared.model("model/a"),
        now=MOMENT,
        zone=ZoneInfo("UTC"),
        year_starts=1,
        accounts={},
        administrator="head@example.com",
        parties=lambda address: (
            parties(compiled, declared, remit, key="k1", address=address) if compiled else None
        ),
    )


def decide(found: Facts) -> Admission | Decision:
    return admit(found, lambda name: (name, None))


def test_policies_are_asked_of_what_would_be_held() -> None:
    declared = model({"p": f"{ANY} when {{ context.output_tokens > 100 }};"})
    assert isinstance(decide(facts(declared, output=100)), Admission)
    for output in (101, None):
        found = decide(facts(declared, output=output))
        assert isinstance(found, Decision)
        assert found.rule == "forbidden-by-policy"


def test_fields_and_budgets_decide_before_any_policy() -> None:
    declared = model({"forbid": f"{ANY};", "permit": "permit (principal, action, resource);"})
    spent = {"organisation:day:2026-11-23": Account(posted=Decimal(1))}
    found = decide(msgspec.structs.replace(facts(declared, output=1), accounts=spent))
    assert isinstance(found, Decision)
    assert found.rule == "budget-exhausted"
    found = decide(facts(declared, output=5000))
    assert isinstance(found, Decision)
    assert found.rule == "output-too-large"


def test_a_permit_opens_nothing_that_a_field_closes() -> None:
    declared = model({"permit": "permit (principal, action, resource);"})
    found = decide(facts(declared, output=5000))
    assert isinstance(found, Decision)
    assert found.rule == "output-too-large"


def test_an_admission_names_the_policies_that_are_only_noted() -> None:
    declared = model({"watch": Policy(text=f"{ANY};", mode="log_only")})
    found = decide(facts(declared, output=1))
    assert isinstance(found, Admission)
    assert found.policies_noted == ("watch",)


# ── whom a policy could meet ──


@pytest.mark.parametrize(
    ("scope", "could"),
    [
        ("principal, action, resource", True),
        ("principal is Key, action, resource is Model", True),
        ('principal == Key::"k9", action, resource', True),
        ('principal in Unit::"claims", action, resource', True),
        ('principal in UseCase::"triage", action, resource', True),
        ('principal is Key in Unit::"motor", action, resource', True),
        ('principal in Unit::"other", action, resource', False),
        ('principal in UseCase::"letters", action, resource', False),
        ('principal, action, resource == Model::"model/a"', True),
        ('principal, action, resource == Model::"model/z"', False),
    ],
)
def test_a_policy_could_meet_whom_its_scope_names(scope: str, could: bool) -> None:
    declared = operating_model(
        organisation={
            "name": "H",
            "contact": "head@example.com",
            "currency": "EUR",
            "remit": {"models": ["model/a"]},
        }
    )
    remit = resolve(declared, "triage", "launch")
    assert could_apply(parsed(f"forbid ({scope});"), declared, remit) is could
    if not could and "model/z" not in scope:
        assert not forbids(f"forbid ({scope});")
