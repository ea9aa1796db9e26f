"""What an installation is set to: who holds what and why, and what there needs somebody."""

from __future__ import annotations

from datetime import UTC, date, datetime

from remit.decide.hook_delivery import HookState
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.webhook import Webhook
from remit.enforce.stop import Stop
from remit.report.installation import (
    Installation,
    hook_lines,
    issuer_lines,
    members_of,
    price_lines,
    provider_lines,
    unpriced_models,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LOADED = load(
    {
        "model.yaml": """
organisation:
  name: House
  contact: centre@example.com
  currency: EUR
  members: {finance: [finance@example.com]}
units:
  desk: {name: Desk, lead: lead@example.com, members: {engineer: [builder@example.com]}}
providers: {echo: {technology: echo}, far: {technology: anthropic}}
blocks:
  model/old:
    name: Old
    provider: echo
    context_tokens: 1000
    output_tokens_max: 100
    prices: [{starts: 2024-01-01, input: 1.00, output: 2.00}, {starts: 2027-01-01, input: 1.00, output: 2.00}]
  model/coming:
    name: Coming
    provider: echo
    context_tokens: 1000
    output_tokens_max: 100
    prices: [{starts: 2027-01-01, input: 1.00, output: 2.00}]
use_cases:
  first: {name: First, unit: desk, purpose: Try.}
  second: {name: Second, unit: desk, owner: owner@example.com, risk_owner: risk@example.com, purpose: Try.}
"""
    }
).operating_model
assert LOADED is not None
MODEL: OperatingModel = LOADED


def test_each_role_stands_with_its_places_and_the_field_that_says_so() -> None:
    assert [(each.person, each.role, each.places, each.source) for each in members_of(MODEL)] == [
        ("builder@example.com", "engineer", ("unit/desk",), "units: members"),
        ("centre@example.com", "centre", ("organisation",), "organisation: contact"),
        ("finance@example.com", "finance", ("organisation",), "organisation: members"),
        ("lead@example.com", "unit-lead", ("unit/desk",), "units: lead"),
        ("lead@example.com", "use-case-owner", ("use-case/first",), "lead of the unit"),
        ("owner@example.com", "use-case-owner", ("use-case/second",), "use_cases: owner"),
        ("risk@example.com", "risk-owner", ("use-case/second",), "use_cases: risk_owner"),
    ]


def test_a_credential_that_lies_there_sealed_is_told_from_one_that_is_not_needed() -> None:
    lines = provider_lines(MODEL, ["far"])
    assert [(each.name, each.sealed, each.needs_credential) for each in lines] == [
        ("echo", False, False),
        ("far", True, True),
    ]


def test_the_price_of_today_has_its_age_and_a_price_to_come_is_none() -> None:
    [line] = price_lines(MODEL, date(2026, 11, 2))
    assert (line.model, line.starts, line.days, line.old) == ("model/old", date(2024, 1, 1), 1036, True)
    assert unpriced_models(MODEL, date(2026, 11, 2)) == ("model/coming",)


def test_what_needs_somebody_is_said_and_a_web_hook_that_fails_comes_first() -> None:
    hook = Webhook.model_validate(
        {"url": "https://hooks.example.com/x", "owner": "ops@example.com", "events": ("key.changed",)}
    )
    failing = HookState(failures=3, resume=NOW, stopped="", waiting=2)
    hooks = hook_lines({"a": (hook, None), "b": (hook, failing)})
    assert [(each.name, each.fails, each.waiting) for each in hooks] == [("b", True, 2), ("a", False, 0)]
    found = Installation(
        providers=(),
        issuers=issuer_lines(MODEL),
        webhooks=hooks,
        prices=price_lines(MODEL, date(2026, 11, 2)),
        unpriced=("model/coming",),
        stops=(Stop("all", NOW, "ops@example.com", "a test"),),
        delegations=(),
        versions=(),
    )
    assert found.needs == (
        "1 kill switch is in force",
        "1 web hook is not received: b",
        "1 price has stood for more than a year; look them up again",
        "1 model is without a price today",
    )
