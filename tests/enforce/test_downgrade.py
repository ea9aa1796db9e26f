"""A call that a budget cannot cover goes to a cheaper model, and never past a rule or a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.declare.block import ModelBlock
from remit.declare.declared import DATA_CLASSES
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import BREACHES
from remit.declare.version import covers
from remit.enforce.account import Account
from remit.enforce.admission import DOWNGRADES_MAX, RULES, Admission, Models, admit
from remit.enforce.decision import ALLOW, Decision
from remit.enforce.facts import Facts
from remit.enforce.remit import resolve
from remit.enforce.request import Message, ModelRequest
from strategies import MODELS, MOMENT, layers, model_block, operating_model

DOWN = {"limit": "0.001 EUR", "per": "day", "on_breach": "downgrade"}
OPEN: dict[str, Any] = {"calls": "true", "models": "any"}
SPENT = "unit/claims:day:2026-11-23"


def priced(output: str, **more: Any) -> ModelBlock:
    prices = [{"starts": "2020-01-01", "input": "0", "output": output}]
    return model_block(**{"prices": prices, **more})


LINE = {
    "model/a": priced("4", downgrade_to="model/b"),
    "model/b": priced("2", downgrade_to="model/c"),
    "model/c": priced("1"),
}


def facts(
    blocks: Mapping[str, ModelBlock] = LINE,
    *,
    budgets: list[dict[str, str]] | None = None,
    root: dict[str, Any] | None = None,
    case: dict[str, Any] | None = None,
    output: int | None = 500,
    **accounts: Any,
) -> tuple[Facts, OperatingModel]:
    """Make a call of `model/a`, which may cost 0.002 EUR as long as nothing else is said."""
    model = operating_model(
        organisation={"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": root or OPEN},
        units={
            "claims": {"name": "C", "lead": "c@example.com", "remit": {"spend": budgets or [DOWN]}},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "Sort.", **(case or {})}},
        blocks=blocks,
    )
    found = Facts(
        key="k1",
        agent="",
        remit=resolve(model, "triage", "launch"),
        stage_since=date(2026, 11, 1),
        request=ModelRequest("model/a", (Message.of("user", ""),), output_tokens_max=output),
        block=model.model("model/a"),
        now=MOMENT,
        zone=ZoneInfo("UTC"),
        year_starts=1,
        accounts=accounts.get("accounts", {}),
        administrator="head@example.com",
    )
    return found, model


def models_of(model: OperatingModel) -> Models:
    return lambda name: (name, model.model(name))


def served(**changes: Any) -> str:
    found, model = facts(**changes)
    admission = admit(found, models_of(model))
    assert isinstance(admission, Admission), admission
    return admission.model


def refused(**changes: Any) -> Decision:
    found, model = facts(**changes)
    decision = admit(found, models_of(model))
    assert isinstance(decision, Decision)
    return decision


def test_a_call_that_fits_is_served_by_the_model_that_was_asked() -> None:
    assert served(output=250) == "model/a"


def test_the_first_model_down_the_line_that_fits_serves_at_its_own_price() -> None:
    found, model = facts()
    admission = admit(found, models_of(model))
    assert isinstance(admission, Admission)
    assert (admission.model, admission.amount) == ("model/b", Decimal("0.001"))
    assert admission.price.output == 2
    assert served(output=501) == "model/c"


def test_where_none_fits_the_first_refusal_stands_and_names_what_was_tried() -> None:
    decision = refused(accounts={SPENT: Account(posted=Decimal("0.001"))})
    assert decision.rule == "budget-exhausted"
    assert "this call may cost 0.002 EUR" in decision.summary
    assert decision.help == (
        "ask the budget's owner to raise it;"
        " tried in its place: `b` (budget-exhausted), `c` (budget-exhausted)"
    )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"data_class_max": "public"}, "data-class-too-high"),
        ({"status": "draft"}, "block-not-approved"),
        ({"prices": []}, "model-without-price"),
        ({"output_tokens_max": "499"}, "output-too-large"),
    ],
)
def test_a_model_that_a_rule_refuses_is_passed_over(changed: dict[str, Any], rule: str) -> None:
    line = {**LINE, "model/b": priced("2", downgrade_to="model/c", **changed)}
    assert served(blocks=line) == "model/c"
    assert refused(blocks={**line, "model/c": priced("1", status="rejected")}).help.endswith(
        f"tried in its place: `b` ({rule}), `c` (block-not-approved)"
    )


def test_a_model_outside_the_remit_is_passed_over() -> None:
    assert served(root={**OPEN, "models": ["model/a", "model/c"]}) == "model/c"
    assert refused(root={**OPEN, "models": ["model/a"]}).help.endswith(
        "`b` (model-outside-remit), `c` (model-outside-remit)"
    )


def test_a_model_that_is_not_allowed_itself_is_not_downgraded() -> None:
    assert refused(root={**OPEN, "models": ["model/b"]}).rule == "model-outside-remit"


def test_a_budget_that_denies_is_not_got_round() -> None:
    deny = {"limit": "0.0015 EUR", "per": "month"}
    decision = refused(budgets=[DOWN, deny])
    assert decision.rule == "budget-exhausted"
    assert "tried" not in decision.help
    assert served(budgets=[DOWN, {**deny, "limit": "0.002 EUR"}]) == "model/b"


def test_a_budget_that_warns_downgrades_nothing() -> None:
    assert served(budgets=[{**DOWN, "on_breach": "warn"}]) == "model/a"


def test_a_model_without_another_to_go_to_is_refused_as_ever() -> None:
    assert "tried" not in refused(blocks={"model/a": priced("4")}).help


def test_a_model_that_is_not_declared_any_more_ends_the_line() -> None:
    line = {"model/a": LINE["model/a"]}
    assert refused(blocks=line).help.endswith("tried in its place: `b` (model-outside-remit)")


def test_no_line_is_followed_for_ever() -> None:
    round_about = {
        "model/a": priced("4", downgrade_to="model/b"),
        "model/b": priced("4", downgrade_to="model/a"),
    }
    assert refused(blocks=round_about).help.count("budget-exhausted") == DOWNGRADES_MAX


@st.composite
def lines(draw: st.DrawFn) -> dict[str, ModelBlock]:
    """Draw four models, most of them leading to the next, with prices and bounds of their own."""
    found = {}
    for name, after in zip(MODELS, (*MODELS[1:], None), strict=True):
        found[name] = priced(
            str(draw(st.integers(0, 8))),
            output_tokens_max=str(draw(st.sampled_from((1000, 1000, 1000, 100)))),
            data_class_max=draw(st.sampled_from(("restricted", "restricted", *DATA_CLASSES))),
            status=draw(st.sampled_from(("approved", "approved", "approved", "draft"))),
            downgrade_to=draw(st.sampled_from((after, after, after, None))),
        )
    return found


@st.composite
def budgets(draw: st.DrawFn, *breaches: str) -> list[dict[str, str]]:
    """Draw budgets about as large as a call of 1,000 tokens of output."""
    limits = st.integers(0, 16).map(lambda mills: Decimal(mills) / 2000)
    found = draw(st.dictionaries(st.sampled_from(("day", "month", "year")), limits, min_size=1))
    return [
        {
            "limit": f"{limit:f} EUR",
            "per": per,
            "on_breach": draw(st.sampled_from(breaches or ("downgrade", *BREACHES))),
        }
        for per, limit in found.items()
    ]


asked = st.none() | st.integers(1, 1000)


@given(lines(), layers(), budgets(), asked)
def test_what_serves_passes_every_rule_for_itself_and_holds_less_than_what_was_asked(
    blocks: dict[str, ModelBlock], layer: dict[str, Any], limits: list[dict[str, str]], output: int | None
) -> None:
    root = {**layer, **OPEN, "models": layer.get("models", "any")}
    for field in ("expires", "time_box_days", "input_tokens_max", "regions", "private_connection", "spend"):
        root.pop(field, None)
    found, model = facts(blocks, budgets=limits, root=root, output=output)
    admission = admit(found, models_of(model))
    if isinstance(admission, Decision):
        return
    request = msgspec.structs.replace(found.request, model=admission.model)
    served = msgspec.structs.replace(found, request=request, block=model.model(admission.model))
    assert all(rule(served) is ALLOW for rule in RULES)
    assert isinstance(found.remit.models, frozenset)
    assert covers(found.remit.models, admission.model)
    for held in admission.held:
        assert held.spend.on_breach == "warn" or admission.amount <= held.spend.limit
    if admission.model != "model/a":
        free = admit(msgspec.structs.replace(found, remit=replace(found.remit, spend=())), models_of(model))
        assert isinstance(free, Admission)
        assert free.model == "model/a"
        assert admission.amount < free.amount


@given(lines(), budgets(), st.lists(st.tuples(asked, st.integers(0, 100)), max_size=8))
def test_no_run_of_calls_overspends_whatever_models_serve_them(
    blocks: dict[str, ModelBlock], limits: list[dict[str, str]], run: list[tuple[int | None, int]]
) -> None:
    """Some calls stay under way, and those that end cost a share of what was held for them."""
    accounts: dict[str, Account] = {}
    for output, share in run:
        found, model = facts(blocks, budgets=limits, output=output, accounts=accounts)
        admission = admit(found, models_of(model))
        if isinstance(admission, Decision):
            continue
        for held in admission.held:
            account = accounts.get(held.account, Account()).hold(admission.amount)
            if share:
                account = account.post(admission.amount, admission.amount * share / 100)
            accounts[held.account] = account
            assert held.spend.on_breach == "warn" or account.available(held.spend.limit) >= 0


@settings(max_examples=200)
@given(lines(), budgets("deny", "deny", "warn"), budgets("downgrade"), asked)
def test_budgets_more_never_let_through_what_was_refused(
    blocks: dict[str, ModelBlock],
    limits: list[dict[str, str]],
    own: list[dict[str, str]],
    output: int | None,
) -> None:
    before, model = facts(blocks, budgets=limits, output=output)
    after, narrower = facts(blocks, budgets=limits, output=output, case={"remit": {"spend": own}})
    if isinstance(admit(after, models_of(narrower)), Admission):
        assert isinstance(admit(before, models_of(model)), Admission)
