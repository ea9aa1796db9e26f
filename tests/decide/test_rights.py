"""Rights: every role by every action, over one's own place and another's, as the page has them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import cedarpy
import pytest

from remit.decide.rights import ACTIONS, ADMINISTRATOR, ROLES, may, read_rights
from remit.declare.load import load

SHIPPED = resources.files("remit.decide")
TEXT = SHIPPED.joinpath("rights.cedar").read_text("utf-8")
RIGHTS = read_rights(TEXT)
PAGE = Path(__file__).parents[2] / "docs/concepts/rights.md"
MODEL = load(
    {
        "model.yaml": """
organisation:
  name: House
  contact: centre@example.com
  currency: EUR
  roles: {risk-owner: risk@example.com}
  members:
    executive: [executive@example.com]
    portfolio-lead: [portfolio@example.com]
    finance: [finance@example.com]
    engineer: [engineer@example.com]
    auditor: [auditor@example.com]
    administrator: [admin@example.com]
units:
  own:
    name: Own
    lead: lead@example.com
    members: {engineer: [builder@example.com], auditor: [checker@example.com]}
  below: {name: Below, parent: own}
  other: {name: Other, lead: other@example.com}
use_cases:
  mine: {name: Mine, unit: below, owner: owner@example.com, risk_owner: keeper@example.com, purpose: Try.}
  theirs: {name: Theirs, unit: other, owner: else@example.com, purpose: Try.}
"""
    }
).operating_model
EVERYWHERE = {
    "executive": "executive@example.com",
    "portfolio-lead": "portfolio@example.com",
    "finance": "finance@example.com",
    "engineer": "engineer@example.com",
    "auditor": "auditor@example.com",
    "administrator": "admin@example.com",
    "centre": "centre@example.com",
    "risk-owner": "risk@example.com",
}
OF_A_UNIT = {
    "unit-lead": "lead@example.com",
    "engineer": "builder@example.com",
    "auditor": "checker@example.com",
}
OF_A_USE_CASE = {"use-case-owner": "owner@example.com", "risk-owner": "keeper@example.com"}


def documented() -> dict[str, frozenset[str]]:
    """Read which roles the page says may do what."""
    table = PAGE.read_text("utf-8").partition("| right |")[2].partition("\n\n")[0]
    head, _, *rows = table.splitlines()
    roles = [cell.strip() for cell in head.strip("|").split("|")][1:]
    assert tuple(roles) == ROLES
    found = {}
    for row in rows:
        _, action, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        marked = (role for role, cell in zip(roles, cells, strict=True) if cell == "yes")
        found[action.strip("`")] = frozenset(marked)
    return found


def permitted(person: str, action: str, *, use_case: str = "", unit: str = "") -> bool:
    return may(RIGHTS, MODEL, person, action=action, use_case=use_case, unit=unit) is None


@pytest.mark.parametrize("action", ACTIONS)
def test_each_role_may_what_the_page_says_over_its_own_place_and_no_other(action: str) -> None:
    roles = documented()[action]
    anybody = roles == set(ROLES)
    for role, person in EVERYWHERE.items():
        for place in ({"use_case": "mine"}, {"use_case": "theirs"}, {"unit": "other"}, {}):
            assert permitted(person, action, **place) == (role in roles), (role, place)
    for role, person in OF_A_UNIT.items():
        for place in ({"use_case": "mine"}, {"unit": "below"}, {"unit": "own"}):
            assert permitted(person, action, **place) == (role in roles), (role, place)
        for place in ({"use_case": "theirs"}, {"unit": "other"}, {}):
            assert permitted(person, action, **place) == anybody, (role, place)
    for role, person in OF_A_USE_CASE.items():
        assert permitted(person, action, use_case="mine") == (role in roles), role
        for place in ({"use_case": "theirs"}, {"unit": "below"}, {"unit": "own"}, {}):
            assert permitted(person, action, **place) == anybody, (role, place)
    assert permitted(ADMINISTRATOR, action)
    assert permitted("nobody@example.com", action) == anybody


def test_the_page_names_every_action_and_no_other() -> None:
    assert documented().keys() == ACTIONS.keys()


def test_a_refusal_names_the_roles_and_who_holds_one_nearby() -> None:
    found = may(RIGHTS, MODEL, "other@example.com", action="issue_key", use_case="mine")
    assert found is not None
    assert found.summary == (
        "you may not issue and rotate keys, over `use-case/mine`: "
        "that is for use-case-owner, engineer, unit-lead, administrator"
    )
    assert found.help == (
        "ask owner@example.com (use-case-owner), lead@example.com (unit-lead), builder@example.com (engineer)"
    )


def test_what_is_not_known_is_refused() -> None:
    assert not permitted("lead@example.com", "no_such_action", unit="own")
    assert not permitted(ADMINISTRATOR, "no_such_action")
    assert not permitted("lead@example.com", "issue_key", use_case="no-such")
    assert not permitted("", "issue_key", use_case="mine")


def test_before_anything_is_applied_only_the_administrator_may() -> None:
    assert may(RIGHTS, None, ADMINISTRATOR, action="apply") is None
    assert may(RIGHTS, None, "centre@example.com", action="apply") is not None


@pytest.mark.parametrize(
    "text",
    [
        "permit (principal, action",
        TEXT + "permit (principal, action, resource) when { principal.no_such > 1 };",
        TEXT + "forbid (principal, action, resource) when { principal.no_such > 1 };",
        "",
    ],
)
def test_policies_that_cannot_be_evaluated_permit_nothing(text: str) -> None:
    assert may(read_rights(text), MODEL, "owner@example.com", action="issue_key", use_case="mine") is not None
    assert may(read_rights(text), MODEL, ADMINISTRATOR, action="read") is not None


def test_the_policies_are_sound_by_their_schema_and_only_the_administrator_may_everything() -> None:
    schema = cedarpy.Schema.from_str(SHIPPED.joinpath("rights.cedarschema").read_text("utf-8"))
    assert cedarpy.validate_policies(TEXT, schema).errors == []
    everything = [role for role in ROLES if all(role in roles for roles in documented().values())]
    assert everything == ["administrator"]
