"""What a plan says of issuers: each rule that opens a use case to somebody widens it."""

from __future__ import annotations

from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.enforce.issuer_effect import issuer_effects
from strategies import operating_model


def trusting(*rules: dict[str, Any], **issuer: str) -> OperatingModel:
    return operating_model(issuers={"sign-in": {"technology": "oidc", **issuer, "rules": rules}})


TRIAGE = {"claims": {"azp": "triage", "groups": "a"}, "use_case": "triage"}
SETTLER = {**TRIAGE, "agent": "settler"}


def said(before: OperatingModel, after: OperatingModel) -> list[tuple[str, bool]]:
    return [(effect.summary, effect.widens) for effect in issuer_effects(before, after)]


def test_a_rule_that_comes_opens_its_use_case_and_one_that_goes_closes_it() -> None:
    who = "whom issuer `sign-in` knows by `azp` `triage` and `groups` `a`"
    opened, closed = f"`triage` can be called by {who}", f"`triage` can no longer be called by {who}"
    assert said(operating_model(), trusting(TRIAGE)) == [(opened, True)]
    assert said(trusting(TRIAGE), operating_model()) == [(closed, False)]
    assert said(trusting(TRIAGE), trusting(SETTLER)) == [(opened, True), (closed, False)]


def test_the_same_rules_under_other_keys_are_opened_anew() -> None:
    assert said(trusting(TRIAGE, url="https://a"), trusting(TRIAGE, url="https://a")) == []
    moved = said(trusting(TRIAGE, url="https://a"), trusting(TRIAGE, url="https://b"))
    assert [widens for _, widens in moved] == [True, False]


def test_rules_that_change_places_are_not_said_anew() -> None:
    assert said(trusting(TRIAGE, SETTLER), trusting(SETTLER, TRIAGE)) == []
