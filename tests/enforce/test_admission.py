"""Each rule of admission: what it refuses, whom it names, and what passes exactly at its limit."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.block import ModelBlock
from remit.declare.price import Price
from remit.enforce.account import Account
from remit.enforce.admission import RULES, Admission, admit, reaches
from remit.enforce.decision import ALLOW, Decision
from remit.enforce.facts import Facts
from remit.enforce.grant import accounts_of
from remit.enforce.key import Key, live
from remit.enforce.rate import Counts, Meter, meters_of
from remit.enforce.remit import resolve
from remit.enforce.request import EmbedRequest, Message, ModelRequest
from remit.enforce.stop import Stop, Stops, of_caller
from remit.kernel.money import EXACT
from remit.kernel.usage import Usage
from strategies import (
    A_DAY,
    MOMENT,
    amounts,
    layers,
    model_block,
    operating_model,
    periods,
    prices,
    tokens,
    usages,
    utc,
)

OPEN: dict[str, Any] = {"calls": "true", "models": "any", "spend": "unlimited"}
"""The least that must be stated for a call to be allowed."""
MOTOR = {"name": "Motor", "parent": "claims"}
CLAIMS = {"name": "Claims", "lead": "claims@example.com"}
NO_ACCOUNTS: Mapping[str, Account] = {}


def facts(
    root: dict[str, Any] | None = None,
    *,
    unit: dict[str, Any] | None = None,
    case: dict[str, Any] | None = None,
    block: ModelBlock | None = None,
    **changes: Any,
) -> Facts:
    """Make what the rules look at; without arguments, a call that is allowed."""
    remit = OPEN if root is None else root
    model = operating_model(
        organisation={"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": remit},
        units={"claims": {**CLAIMS, "remit": unit or {}}, "motor": MOTOR},
        use_cases={"triage": {"name": "T", "unit": "motor", "purpose": "Sort.", **(case or {})}},
    )
    found = Facts(
        key="k1",
        agent="",
        remit=resolve(model, "triage", "launch"),
        stage_since=date(2026, 11, 1),
        request=ask(),
        block=block or model_block(),
        now=MOMENT,
        zone=ZoneInfo("UTC"),
        year_starts=1,
        accounts=NO_ACCOUNTS,
        administrator="head@example.com",
    )
    return replace(found, **changes)


def replace(found: Facts, **changes: Any) -> Facts:
    return Facts(**{name: changes.get(name, getattr(found, name)) for name in Facts.__struct_fields__})


def ask(text: str = "", *, model: str = "model/a", output: int | None = None) -> ModelRequest:
    return ModelRequest(model, (Message.of("user", text),), output_tokens_max=output)


def no_models(name: str) -> tuple[str, None]:
    return name, None


def refused(found: Facts) -> Decision:
    decision = admit(found, no_models)
    assert isinstance(decision, Decision)
    return decision


def allowed(found: Facts) -> Admission:
    admission = admit(found, no_models)
    assert isinstance(admission, Admission), admission
    return admission


def spend(limit: str, per: str = "month") -> list[dict[str, str]]:
    return [{"limit": f"{limit} EUR", "per": per}]


def stops(*addresses: str) -> Stops:
    return {each: Stop(each, MOMENT, "risk@example.com", "a drill") for each in addresses}


WHOSE = of_caller(units=("claims", "motor"), use_case="triage", agent="", key="k1")

REFUSALS: dict[str, tuple[Facts, str, str, str]] = {
    "a kill switch for all versions of the model": (
        replace(facts(), stops=stops("model/a"), whose=WHOSE),
        "kill-switch",
        "model/a",
        "risk@example.com",
    ),
    "a use case that has ended": (
        replace(facts(), remit=dataclasses.replace(facts().remit, stage="retired")),
        "use-case-retired",
        "stage/retired",
        "head@example.com",
    ),
    "of several kill switches the widest": (
        replace(facts(), stops=stops("key/k1", "unit/claims", "unit/motor"), whose=WHOSE),
        "kill-switch",
        "unit/claims",
        "risk@example.com",
    ),
    "a stage that allows no calls": (
        facts({**OPEN, "calls": "false"}),
        "stage-allows-no-calls",
        "organisation",
        "head@example.com",
    ),
    "calls of which nobody said that they are allowed": (
        facts({"models": "any", "spend": "unlimited"}),
        "stage-allows-no-calls",
        "organisation",
        "head@example.com",
    ),
    "what the model's provider cannot be told": (
        replace(facts(), unsaid=lambda block, request: "to think"),
        "cannot-be-expressed",
        "model/a",
        "head@example.com",
    ),
    "a model that the key is not for": (
        replace(facts(), key_models=("model/b", "model/a@2")),
        "key-outside-models",
        "use-case/triage",
        "head@example.com",
    ),
    "a call that does not say whom it is for": (
        facts(unit={"users_max": "5"}),
        "user-missing",
        "unit/claims",
        "claims@example.com",
    ),
    "one user more than the remit allows": (
        replace(facts(unit={"users_max": "2"}), user="c", users={"a", "b"}),
        "too-many-users",
        "unit/claims",
        "claims@example.com",
    ),
    "any user where none is allowed": (
        replace(facts(unit={"users_max": "0"}), user="c"),
        "too-many-users",
        "unit/claims",
        "claims@example.com",
    ),
    "a remit that ended yesterday": (
        facts(unit={"expires": "2026-11-22"}),
        "remit-expired",
        "unit/claims",
        "claims@example.com",
    ),
    "a time box that is over": (
        facts(unit={"time_box_days": "21"}),
        "remit-expired",
        "unit/claims",
        "claims@example.com",
    ),
    "a model that the unit left out": (
        facts(unit={"models": ["model/b"]}),
        "model-outside-remit",
        "unit/claims",
        "claims@example.com",
    ),
    "models that nobody stated": (
        facts({"calls": "true", "spend": "unlimited"}),
        "model-outside-remit",
        "organisation",
        "head@example.com",
    ),
    "a model that is not declared": (
        facts(request=ask(model="model/z")),
        "model-outside-remit",
        "organisation",
        "head@example.com",
    ),
    "data that the remit does not reach": (
        facts(unit={"data_class_max": "internal"}, case={"data_class": "confidential"}),
        "data-class-too-high",
        "unit/claims",
        "claims@example.com",
    ),
    "data that the model is not approved for": (
        facts(
            case={"data_class": "restricted"},
            block=model_block(data_class_max="internal", owner="m@example.com"),
        ),
        "data-class-too-high",
        "model/a",
        "m@example.com",
    ),
    "an input that is too large": (
        facts(unit={"input_tokens_max": "100"}, request=ask("x" * 21)),
        "input-too-large",
        "unit/claims",
        "claims@example.com",
    ),
    "more output than the remit allows": (
        facts(unit={"output_tokens_max": "10"}, request=ask(output=11)),
        "output-too-large",
        "unit/claims",
        "claims@example.com",
    ),
    "more output than the model gives": (
        facts(request=ask(output=1001)),
        "output-too-large",
        "model/a",
        "head@example.com",
    ),
    "output where none is allowed": (
        facts(unit={"output_tokens_max": "0"}),
        "output-too-large",
        "unit/claims",
        "claims@example.com",
    ),
    "money of which nobody spoke": (
        facts({"calls": "true", "models": "any"}),
        "no-budget",
        "organisation",
        "head@example.com",
    ),
    "a model without a price": (
        facts(block=model_block(prices=[], owner="m@example.com")),
        "model-without-price",
        "model/a",
        "m@example.com",
    ),
    "a model whose first price is still to come": (
        facts(block=model_block(prices=[{"starts": "2026-11-24", "input": "1", "output": "2"}])),
        "model-without-price",
        "model/a",
        "head@example.com",
    ),
    "a model that waits for approval": (
        facts(block=model_block(status="pending_approval", owner="platform@example.com")),
        "block-not-approved",
        "model/a",
        "platform@example.com",
    ),
    "a deprecated model whose last day is over": (
        facts(block=model_block(status="deprecated", reason="Old.", last_day="2026-11-22")),
        "block-not-approved",
        "model/a",
        "head@example.com",
    ),
    "a model elsewhere": (
        facts(unit={"regions": ["eu", "nl"]}, block=model_block(regions=["nl", "us"])),
        "region-outside-remit",
        "unit/claims",
        "claims@example.com",
    ),
    "a model that does not say where": (
        facts(unit={"regions": ["eu"]}),
        "region-outside-remit",
        "unit/claims",
        "claims@example.com",
    ),
    "a public connection where a private one is asked for": (
        facts(unit={"private_connection": "true"}),
        "connection-not-private",
        "unit/claims",
        "claims@example.com",
    ),
    "a budget that is used up": (
        facts(unit={"spend": spend("0")}),
        "budget-exhausted",
        "unit/claims",
        "claims@example.com",
    ),
}


REQUESTS_USED = Counts({"requests_per_minute unit/claims": 5}, {}, {})


def metered(found: Facts, counts: Counts = REQUESTS_USED, **changes: Any) -> Facts:
    """Let a call meet the limits of its remit and of the models that are asked."""

    def meters(address: str) -> tuple[Meter, ...]:
        block = changes.get("blocks", {}).get(address, model_block())
        who = {"key": found.key, "agent": found.agent, "administrator": found.administrator}
        return meters_of(found.remit, address, block, **who)

    return replace(found, meters=meters, counts=counts)


@pytest.mark.parametrize(
    ("root", "unit", "rule"),
    [
        ({**OPEN, "calls": "false"}, {"requests_per_minute": "5"}, "stage-allows-no-calls"),
        ({"calls": "true", "models": "any"}, {"requests_per_minute": "5"}, "no-budget"),
        ({**OPEN, "spend": spend("0")}, {"requests_per_minute": "5"}, "rate-limited"),
        ({**OPEN, "spend": spend("0")}, {"requests_per_minute": "6"}, "budget-exhausted"),
        (OPEN, {"requests_per_minute": "6", "tokens_per_minute": "4"}, "above-rate-limit"),
        (OPEN, {"requests_per_minute": "6", "tokens_per_minute": "4000"}, None),
    ],
)
def test_rates_are_asked_after_the_rules_and_before_budgets(root: Any, unit: Any, rule: str | None) -> None:
    decision = admit(metered(facts(root, unit=unit)), no_models)
    assert (decision.rule if isinstance(decision, Decision) else None) == rule
    if rule == "rate-limited":
        assert isinstance(decision, Decision)
        assert (decision.layer, decision.owner) == ("unit/claims", "claims@example.com")
        # MOMENT begins a minute, in which none of the five will leave it, and a second later one has.
        assert decision.retry_after == 72


def test_an_admission_says_what_it_counts_for_and_towards_what() -> None:
    request = ask("x" * 30, output=70)
    admission = allowed(metered(facts(unit={"tokens_per_minute": "400"}, request=request)))
    assert admission.tokens == 18 + 70
    assert [meter.name for meter in admission.meters] == ["tokens_per_minute unit/claims"]
    assert allowed(facts(request=request)).meters == ()


def test_a_model_that_takes_another_s_place_is_held_to_its_own_rates_and_not_to_the_other_s() -> None:
    blocks = {
        "model/a": model_block(downgrade_to="model/b", requests_per_minute="9"),
        "model/b": model_block(prices=[{"starts": "2020-01-01", "input": "0", "output": "0"}]),
    }
    down = {**OPEN, "spend": [{"limit": "0 EUR", "per": "month", "on_breach": "downgrade"}]}

    def models(name: str) -> tuple[str, ModelBlock]:
        return name, blocks[name]

    full = Counts({"requests_per_minute model/b": 3}, {}, {})
    asked = facts(down, block=blocks["model/a"])
    found = admit(metered(asked, full, blocks=blocks), models)
    assert isinstance(found, Admission)
    assert (found.model, found.meters) == ("model/b", ())
    blocks["model/b"] = blocks["model/b"].model_copy(update={"requests_per_minute": 3})
    refusal = admit(metered(asked, full, blocks=blocks), models)
    assert isinstance(refusal, Decision)
    assert refusal.rule == "budget-exhausted"
    assert refusal.help.endswith("tried in its place: `b` (rate-limited)")
    assert refusal.retry_after is None


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_names_its_rule_the_layer_its_owner_and_what_would_help(name: str) -> None:
    found, rule, layer, owner = REFUSALS[name]
    decision = refused(found)
    assert (decision.effect, decision.rule, decision.layer, decision.owner) == ("deny", rule, layer, owner)
    for text in (decision.summary, decision.help):
        assert text
        assert text.isprintable()
        assert not text[0].isupper()
        assert not text.endswith(".")


def test_every_rule_refuses_something_in_these_tests() -> None:
    first = {next(rule for rule in RULES if rule(found).effect == "deny") for found, *_ in REFUSALS.values()
             if any(rule(found).effect == "deny" for rule in RULES)}  # fmt: skip
    assert first == set(RULES)


def test_a_kill_switch_for_others_stops_nobody() -> None:
    allowed(replace(facts(), stops=stops("model/b", "unit/other", "agent/k1", "key/k2"), whose=WHOSE))


def test_what_is_stated_in_three_words_is_allowed() -> None:
    assert allowed(facts()).held == ()
    assert all(rule(facts()) is ALLOW for rule in RULES)


@pytest.mark.parametrize("missing", OPEN)
def test_what_nobody_stated_is_not_allowed(missing: str) -> None:
    refused(facts({name: value for name, value in OPEN.items() if name != missing}))
    refused(facts({}))


def test_the_first_rule_that_refuses_is_the_one_that_is_told() -> None:
    wrong: dict[str, Any] = {
        "calls": "false", "expires": "2020-01-01", "models": [], "data_class_max": "public",
        "input_tokens_max": "1", "output_tokens_max": "0",
    }  # fmt: skip
    order = []
    for name in [*wrong, "spend"]:
        order.append(refused(facts(dict(wrong))).rule)
        wrong[name] = {**OPEN, "expires": "2030-01-01", "data_class_max": "restricted"}.get(name, "unlimited")
    assert order == [
        "stage-allows-no-calls", "remit-expired", "model-outside-remit", "data-class-too-high",
        "input-too-large", "output-too-large", "no-budget",
    ]  # fmt: skip
    allowed(facts(wrong))


def test_a_remit_is_good_through_its_last_day_in_the_organisation_s_zone() -> None:
    last = facts(unit={"expires": "2026-11-23"})
    assert allowed(replace(last, now=utc(2026, 11, 23, 23, 59)))
    assert refused(replace(last, now=utc(2026, 11, 24))).rule == "remit-expired"
    assert refused(replace(last, now=utc(2026, 11, 23, 23, 30), zone=ZoneInfo("Europe/Amsterdam")))


@pytest.mark.parametrize(("days", "ended"), [(0, "2026-11-01"), (21, "2026-11-22")])
def test_a_time_box_is_good_through_its_last_day(days: int, ended: str) -> None:
    found = facts(unit={"time_box_days": str(days)})
    last = utc(2026, 11, 1, 23) + days * A_DAY
    assert allowed(replace(found, now=last))
    assert refused(replace(found, now=last + A_DAY)).summary.endswith(f"it ended {ended}")


def test_a_time_box_can_be_longer_than_the_calendar() -> None:
    assert allowed(facts(unit={"time_box_days": "999_999_999_999_999"}))


def test_a_time_box_of_a_stage_that_begins_in_the_future_has_not_ended() -> None:
    assert allowed(facts(unit={"time_box_days": "0"}, stage_since=date(2026, 12, 1)))


def test_an_input_exactly_at_the_limit_passes() -> None:
    limited = facts(unit={"input_tokens_max": "100"})
    assert allowed(replace(limited, request=ask("x" * 20))).input_tokens_max == 100
    assert refused(replace(limited, request=ask("x" * 21))).summary == (
        "the input may be 101 tokens and the remit allows 100"
    )


def test_an_output_exactly_at_the_limit_passes_and_the_help_says_where_it_is() -> None:
    assert allowed(facts(unit={"output_tokens_max": "10"}, request=ask(output=10))).output_tokens_max == 10
    assert allowed(facts(request=ask(output=1000))).output_tokens_max == 1000
    assert refused(facts(unit={"output_tokens_max": "10"}, request=ask(output=11))).help == (
        "set `max_tokens` to 10 or less"
    )


@pytest.mark.parametrize(
    ("limit", "most"), [(None, 1000), ("unlimited", 1000), ("2000", 1000), ("1000", 1000), ("1", 1)]
)
def test_a_request_without_a_limit_gets_the_most_that_remit_and_model_allow(
    limit: str | None, most: int
) -> None:
    unit = {} if limit is None else {"output_tokens_max": limit}
    assert allowed(facts(unit=unit)).output_tokens_max == most


def test_no_output_at_all_is_not_a_call() -> None:
    none = facts(unit={"output_tokens_max": "0"})
    assert refused(none).help == "ask the owner to raise `output_tokens_max`"
    assert refused(replace(none, request=ask(output=5))).help == "ask the owner to raise `output_tokens_max`"


@pytest.mark.parametrize("level", ["public", "internal", "confidential", "restricted"])
def test_data_exactly_as_sensitive_as_allowed_passes(level: str) -> None:
    assert allowed(
        facts(
            unit={"data_class_max": level},
            case={"data_class": level},
            block=model_block(data_class_max=level),
        )
    )


def test_a_refused_model_is_answered_with_the_one_that_was_probably_meant() -> None:
    unit = {"models": ["model/a", "model/b"]}
    assert "allowed are `a`, `b`" in refused(facts(unit=unit, request=ask(model="model/gigantic"))).help
    assert "allowed are none" in refused(facts(unit={"models": []})).help


def test_a_model_s_name_in_a_refusal_is_one_short_line() -> None:
    decision = refused(facts(request=ask(model="model/" + "\x1b[2J\n" * 500)))
    assert decision.summary.isprintable()
    assert len(decision.summary) < 600


def test_the_price_of_the_day_is_the_one_in_the_organisation_s_zone() -> None:
    two = [
        {"starts": "2020-01-01", "input": "1", "output": "2"},
        {"starts": "2026-11-24", "input": "3", "output": "4"},
    ]
    found = facts(block=model_block(prices=two), now=utc(2026, 11, 23, 23, 30))
    assert allowed(found).price.input == 1
    assert allowed(replace(found, zone=ZoneInfo("Europe/Amsterdam"))).price.input == 3


def test_a_call_that_costs_exactly_what_is_left_passes() -> None:
    # 64 + 16 input tokens at 1 EUR and 10 output tokens at 2 EUR for a million: 0.0001 EUR.
    found = facts(unit={"spend": spend("1")}, request=ask(output=10))
    left = {"unit/claims:month:2026-11-01": Account(posted=Decimal("0.9"), pending=Decimal("0.0999"))}
    short = {
        "unit/claims:month:2026-11-01": Account(posted=Decimal("0.9"), pending=Decimal("0.0999000000001"))
    }
    assert allowed(replace(found, accounts=left)).amount == Decimal("0.0001")
    decision = refused(replace(found, accounts=short))
    assert decision.summary == (
        "budget `unit/claims:month` has 0.0000999999999 EUR available and this call may cost 0.0001 EUR"
    )
    assert decision.help == "set `max_tokens` to 9 or less, or ask the budget's owner to raise it"


def test_a_budget_that_was_lowered_under_what_is_spent_has_nothing_left() -> None:
    found = facts(unit={"spend": spend("1")}, accounts={"unit/claims:month:2026-11-01": Account(Decimal(5))})
    assert "has 0 EUR available" in refused(found).summary
    assert "max_tokens" not in refused(found).help


def test_a_call_must_fit_every_budget_and_the_tightest_is_named() -> None:
    found = facts(
        {**OPEN, "spend": spend("0.0009")}, unit={"spend": spend("0.0001", "day")}, request=ask(output=500)
    )
    assert refused(found).summary.startswith("budget `unit/claims:day`")
    assert refused(found).layer == "unit/claims"


def test_a_free_model_can_be_called_without_money_but_not_with_less_than_that() -> None:
    free = model_block(prices=[{"starts": "2020-01-01", "input": "0", "output": "0"}])
    found = facts(unit={"spend": spend("0")}, block=free)
    assert allowed(found).amount == 0
    owed = {"unit/claims:month:2026-11-01": Account(Decimal("0.01"))}
    assert refused(replace(found, accounts=owed)).help == "ask the budget's owner to raise it"


def test_each_budget_is_held_in_the_window_of_the_moment() -> None:
    found = facts(
        unit={"spend": [*spend("5", "day"), *spend("50", "month"), *spend("500", "year")]}, year_starts=4
    )
    assert [held.account for held in allowed(found).held] == [
        "unit/claims:day:2026-11-23", "unit/claims:month:2026-11-01", "unit/claims:year:2026-04-01",
    ]  # fmt: skip
    assert (
        accounts_of(facts({}).remit, key="k1", agent="", now=MOMENT, zone=ZoneInfo("UTC"), year_starts=1)
        == ()
    )


def test_users_up_to_the_limit_call_and_those_who_did_before_go_on() -> None:
    two = facts(unit={"users_max": "2"})
    assert allowed(replace(two, user="b", users={"a"}))
    assert allowed(replace(two, user="b", users={"a", "b"}))
    # A limit that was lowered stops nobody who is there.
    assert allowed(replace(two, user="c", users={"a", "b", "c"}))
    assert allowed(replace(facts(unit={"users_max": "unlimited"}), users={"a", "b", "c"}))
    assert allowed(replace(facts(), user="d", users={"a", "b", "c"}))


def test_a_key_for_a_name_is_for_all_versions_of_it() -> None:
    versioned = facts(request=ask(model="model/a@2"))
    assert "`b`" in refused(replace(versioned, key_models=("model/b",), block=None)).help
    for names in (("model/a@2",), ("model/a",), ("model/b", "model/a")):
        assert reaches(replace(versioned, key_models=names)).rule != "key-outside-models"


def test_a_key_opens_until_it_expires_or_is_revoked() -> None:
    key = Key("k1", "triage", expires=MOMENT)
    just_before = MOMENT - timedelta(microseconds=1)
    assert live(key, now=just_before, administrator="head@example.com") is ALLOW
    assert live(Key("k1", "triage"), now=MOMENT, administrator="head@example.com") is ALLOW
    expired = live(key, now=MOMENT, administrator="head@example.com")
    assert (expired.rule, expired.layer, expired.owner) == (
        "expired-key",
        "use-case/triage",
        "head@example.com",
    )
    revoked = live(
        Key("k1", "triage", expires=MOMENT, revoked=True), now=MOMENT, administrator="head@example.com"
    )
    assert revoked.rule == "revoked-key"
    assert "remit key issue triage" in revoked.help


@given(prices, usages)
def test_a_hold_is_the_worst_case_of_every_call_within_its_bounds(price: Price, usage: Usage) -> None:
    most = price.most(input_tokens=usage.input_total, output_tokens=usage.output_tokens)
    assert 0 <= price.cost(usage) <= most


@given(prices, usages, tokens, tokens)
def test_a_higher_bound_never_holds_less(
    price: Price, usage: Usage, more_input: int, more_output: int
) -> None:
    most = price.most(
        input_tokens=usage.input_total + more_input, output_tokens=usage.output_tokens + more_output
    )
    assert price.cost(usage) <= most


@given(prices, amounts, tokens)
def test_an_amount_buys_as_many_tokens_as_fit_and_not_one_more(
    price: Price, amount: Decimal, count: int
) -> None:
    bought = price.output_tokens_for(amount)
    if price.most(input_tokens=0, output_tokens=1) == 0:
        assert bought == -1
        return
    most = [price.most(input_tokens=0, output_tokens=each) for each in (bought, bought + 1)]
    assert most[0] <= amount < most[1]
    assert price.output_tokens_for(EXACT.minus(amount)) == 0


@given(prices, usages, st.sampled_from((None, "auto", "default", "flex", "priority")))
def test_a_hold_covers_every_tier_that_the_call_can_become(
    price: Price, usage: Usage, asked: str | None
) -> None:
    most = price.most(input_tokens=usage.input_total, output_tokens=usage.output_tokens, tier=asked)
    may_serve = ("default", "flex", "priority") if asked in (None, "auto") else ("default", asked)
    for served in may_serve:
        rates, lacking = price.rates.settle(usage, served or "")
        if "tier" not in lacking:
            assert rates.cost(usage) <= most


FLEX = {"starts": "2026-01-01", "input": "1", "output": "2", "tiers": {"flex": {"factor": "0.5"}}}
FLEX_ASKED = ModelRequest("model/a", (Message.of("user", "x"),), 10, service_tier="flex")


def test_a_tier_that_has_rates_may_be_asked_for_and_the_dearest_it_can_become_is_held() -> None:
    asked = facts(request=FLEX_ASKED, block=model_block(prices=[FLEX]))
    plain = msgspec.structs.replace(FLEX_ASKED, service_tier=None)
    found, other = allowed(asked), allowed(replace(asked, request=plain))
    assert (found.tier, other.tier) == ("flex", "")
    assert found.amount == other.amount > 0


def test_a_call_that_asks_for_no_tier_is_made_in_the_one_that_its_use_case_declares() -> None:
    plain = msgspec.structs.replace(FLEX_ASKED, service_tier=None)
    asked = facts(request=plain, block=model_block(prices=[FLEX]))
    assert allowed(replace(asked, served_in="flex")).tier == "flex"
    # Whoever asks for the default tier gets it, and nobody waits for a stream or for a price.
    default = msgspec.structs.replace(plain, service_tier="default")
    assert allowed(replace(asked, served_in="flex", request=default)).tier == ""
    assert allowed(replace(asked, served_in="flex", streamed=True)).tier == ""
    assert allowed(replace(asked, served_in="flex", in_batch=True)).tier == ""
    assert allowed(replace(asked, served_in="priority")).tier == ""


@pytest.mark.parametrize("tier", ["priority", "batch", "scale"])
def test_a_tier_without_rates_is_refused_and_those_with_rates_are_named(tier: str) -> None:
    asked = msgspec.structs.replace(FLEX_ASKED, service_tier=tier)
    price = FLEX | {"tiers": {"flex": {"factor": "0.5"}, "batch": {"factor": "0.5"}}}
    decision = refused(facts(request=asked, block=model_block(prices=[price])))
    assert (decision.rule, decision.layer) == ("tier-without-price", "model/a")
    assert "ask for `flex`, or leave it out" in decision.help


def test_a_model_that_is_always_asked_for_in_one_tier_has_the_price_of_that_tier() -> None:
    price = FLEX | {"tiers": {}, "long_context": [{"above": "5", "input": "3", "output": "4"}]}
    block = model_block(options={"service_tier": "flex"}, prices=[price])
    rates = allowed(facts(request=FLEX_ASKED, block=block)).granted.rates
    assert rates is not None
    for tier in ("flex", ""):
        settled, lacking = rates.settle(Usage(input_tokens=6), tier)
        assert (settled.tier, settled.above, lacking) == ("flex", 5, ())
    assert rates.settle(Usage(input_tokens=6), "default")[1] == ("tier",)


def test_cached_input_costs_its_own_rate_or_that_of_input() -> None:
    usage = Usage(input_tokens=1, cache_read_tokens=10, cache_write_tokens=100, output_tokens=1000)
    plain = Price.model_validate({"starts": "2026-01-01", "input": "2", "output": "3"})
    cached = plain.model_copy(update={"cache_read": Decimal("0.5"), "cache_write": Decimal(7)})
    assert plain.cost(usage) == Decimal("0.003222")
    assert cached.cost(usage) == Decimal("0.003707")
    assert cached.most(input_tokens=1, output_tokens=0) == Decimal("0.000007")
    # What is worked out from one price is never that of a copy with other rates.
    dearer = cached.model_copy(update={"input": Decimal(9)})
    assert dearer.cost(usage) == Decimal("0.003714")
    assert dearer.most(input_tokens=1, output_tokens=0) == Decimal("0.000009")


def test_what_is_kept_for_an_hour_costs_its_own_rate_or_that_of_other_writes() -> None:
    usage = Usage(cache_write_tokens=10, cache_write_1h_tokens=100)
    plain = Price.model_validate({"starts": "2026-01-01", "input": "2", "output": "3"})
    written = plain.model_copy(update={"cache_write": Decimal(7)})
    kept = written.model_copy(update={"cache_write_1h": Decimal(9)})
    assert [price.cost(usage) for price in (plain, written, kept)] == [
        Decimal("0.00022"),
        Decimal("0.00077"),
        Decimal("0.00097"),
    ]
    assert kept.most(input_tokens=1, output_tokens=0) == Decimal("0.000009")
    assert kept.rates.cost(usage) == kept.cost(usage)


def test_a_model_is_reached_whatever_the_size_of_a_call_and_whatever_is_left() -> None:
    narrow = {**OPEN, "input_tokens_max": "1", "output_tokens_max": "1", "spend": spend("0.000001")}
    found = facts(narrow, request=ask("x" * 5000, output=5000))
    assert refused(found).rule == "input-too-large"
    assert reaches(found) == ALLOW
    assert reaches(replace(found, request=ask(model="model/z"))).rule == "model-outside-remit"


def test_the_price_in_force_is_the_latest_that_has_begun() -> None:
    starts = ("2026-01-01", "2026-06-01")
    block = model_block(prices=[{"starts": day, "input": "1", "output": "2"} for day in starts])
    assert block.price_at(date(2025, 12, 31)) is None
    found = [block.price_at(date(2026, 5, 31)), block.price_at(date(2026, 6, 1))]
    assert [price and price.starts.isoformat() for price in found] == list(starts)


budgets = st.dictionaries(periods, st.decimals(min_value=0, max_value=Decimal("0.01"), places=6), min_size=1)
asked = st.none() | st.integers(1, 1000)


@given(budgets, budgets, prices, asked, st.decimals(min_value=0, max_value=Decimal("0.01"), places=9))
def test_whoever_follows_the_advice_of_a_refusal_is_let_through(
    above: dict[str, Decimal], below: dict[str, Decimal], price: Price, output: int | None, spent: Decimal
) -> None:
    def declared(limits: dict[str, Decimal]) -> list[dict[str, str]]:
        return [budget for per, limit in limits.items() for budget in spend(f"{limit:f}", per)]

    block = model_block(prices=[price])
    found = facts({**OPEN, "spend": declared(above)}, unit={"spend": declared(below)}, block=block)
    found = replace(
        found,
        request=ask(output=output),
        accounts={
            held.account: Account(posted=spent)
            for held in accounts_of(
                found.remit, key="k1", agent="", now=MOMENT, zone=ZoneInfo("UTC"), year_starts=1
            )
        },
    )
    decision = admit(found, no_models)
    if isinstance(decision, Admission):
        return
    advice = re.search(r"set `max_tokens` to (\d+) or less", decision.help)
    if advice is None:
        assert refused(replace(found, request=ask(output=1))).rule == "budget-exhausted"
        return
    most = int(advice[1])
    assert allowed(replace(found, request=ask(output=most))).output_tokens_max == most
    assert refused(replace(found, request=ask(output=most + 1))).rule == "budget-exhausted"


@given(st.integers(0, 2000), st.integers(1, 3000))
def test_advice_about_too_much_output_can_be_followed(limit: int, output: int) -> None:
    found = facts(unit={"output_tokens_max": str(limit)}, request=ask(output=output))
    decision = admit(found, no_models)
    if isinstance(decision, Decision) and (advice := re.search(r"to (\d+) or less", decision.help)):
        assert allowed(replace(found, request=ask(output=int(advice[1]))))


@given(layers(), layers(), st.text(max_size=40), asked, amounts)
def test_a_layer_more_never_lets_a_call_through_that_was_refused(
    one: dict[str, Any], other: dict[str, Any], text: str, output: int | None, spent: Decimal
) -> None:
    root = {**OPEN, **one, "calls": "true"}
    base = facts(root, request=ask(text, output=output), stage_since=MOMENT.date())
    more = replace(base, remit=facts(root, unit={**other, "calls": "true"}).remit)
    accounts = {
        held.account: Account(posted=spent)
        for held in accounts_of(
            more.remit, key="k1", agent="", now=MOMENT, zone=ZoneInfo("UTC"), year_starts=1
        )
    }
    after = admit(replace(more, accounts=accounts), no_models)
    if isinstance(after, Decision):
        return
    before = allowed(replace(base, accounts=accounts))
    assert after.output_tokens_max <= before.output_tokens_max
    assert after.amount <= before.amount
    assert set(before.held) <= set(after.held)


def test_a_decision_can_be_written_down_and_read_again() -> None:
    decision = refused(facts({}))
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


def test_a_model_within_the_regions_by_a_private_connection_and_not_yet_gone_is_called() -> None:
    near = model_block(
        regions=["nl"], private_connection="true", status="deprecated", reason="Old.", last_day="2026-11-23"
    )
    allowed(facts(unit={"regions": ["eu", "nl"], "private_connection": "true"}, block=near))


def test_a_budget_for_each_key_is_another_account_for_another_key() -> None:
    each = facts(unit={"spend": [{"limit": "1 EUR", "per": "day", "each": "key"}]})
    [first] = [held.account for held in allowed(each).held]
    [second] = [held.account for held in allowed(replace(each, key="k2")).held]
    assert first == "unit/claims:each-key:day:k1:2026-11-23"
    assert second == "unit/claims:each-key:day:k2:2026-11-23"
    spent = {first: Account(posted=Decimal(1))}
    assert refused(replace(each, accounts=spent)).rule == "budget-exhausted"
    allowed(replace(each, key="k2", accounts=spent))


def test_a_budget_for_each_agent_holds_for_every_agent_and_not_for_keys_without_one() -> None:
    each = facts(unit={"spend": [{"limit": "1 EUR", "per": "day", "each": "agent"}]})
    [held] = allowed(replace(each, agent="settler")).held
    assert held.account == "unit/claims:each-agent:day:settler:2026-11-23"
    spent = {held.account: Account(posted=Decimal(1))}
    assert refused(replace(each, agent="settler", accounts=spent)).rule == "budget-exhausted"
    assert refused(replace(each, key="k2", agent="settler", accounts=spent)).rule == "budget-exhausted"
    allowed(replace(each, agent="sorter", accounts=spent))
    assert allowed(replace(each, accounts=spent)).held == ()


def test_a_budget_for_each_use_case_is_another_account_for_another_use_case() -> None:
    singly = {"spend": [{"limit": "1 EUR", "per": "day", "each": "use_case"}]}
    assert [held.account for held in allowed(facts(unit=singly)).held] == [
        "unit/claims:use-case/triage:day:2026-11-23"
    ]
    assert [held.account for held in allowed(facts(case={"remit": singly})).held] == [
        "use-case/triage:day:2026-11-23"
    ]


def test_a_budget_that_only_warns_is_drawn_from_and_refuses_nothing() -> None:
    warned = facts(unit={"spend": [{"limit": "0 EUR", "per": "day", "on_breach": "warn"}]})
    assert [held.account for held in allowed(warned).held] == ["unit/claims:day:2026-11-23"]
    both = [*spend("0", "month"), {"limit": "9 EUR", "per": "day", "on_breach": "warn"}]
    assert refused(facts(unit={"spend": both})).rule == "budget-exhausted"


EMBEDS = {"output_tokens_max": 0, "prices": [{"starts": "2020-01-01", "input": "2", "output": "0"}]}


def test_texts_to_embed_are_held_at_the_price_of_their_input_alone() -> None:
    request = EmbedRequest("model/a", ("a claim", "é"))
    for block in (model_block(**EMBEDS), model_block()):
        admission = allowed(facts(request=request, block=block))
        assert (admission.output_tokens_max, admission.input_tokens_max) == (0, 7 + 2 + 2 * 16)
        assert admission.amount == admission.price.most(input_tokens=7 + 2 + 2 * 16, output_tokens=0)


def test_a_remit_that_allows_no_output_still_lets_texts_be_embedded() -> None:
    request = EmbedRequest("model/a", ("a claim",))
    assert allowed(facts({**OPEN, "output_tokens_max": "0"}, request=request)).output_tokens_max == 0


def test_a_model_that_embeds_writes_nothing() -> None:
    decision = refused(facts(block=model_block(**EMBEDS)))
    assert (decision.rule, decision.layer) == ("output-too-large", "model/a")


def test_too_many_texts_for_a_budget_are_refused_without_advice_on_output() -> None:
    request = EmbedRequest("model/a", ("x" * 1000,) * 3)
    decision = refused(facts({**OPEN, "spend": spend("0.001")}, request=request, block=model_block(**EMBEDS)))
    assert decision.rule == "budget-exhausted"
    assert "max_tokens" not in decision.help
    remit = {**OPEN, "input_tokens_max": "3000"}
    assert refused(facts(remit, request=request, block=model_block(**EMBEDS))).rule == "input-too-large"
