"""Check approvals: whether who must agree exists, is held by somebody, and has time to answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.approval import RISK_OWNER, TIERS, ApprovalRule, TierRule
from remit.declare.fault import Fault
from remit.declare.gate import ROLES_OF_A_USE_CASE
from remit.declare.organisation import Organisation
from remit.declare.scope import SHIPPED, Scope, Spot
from remit.declare.use_case import UseCase
from remit.kernel.suggest import did_you_mean


def check_approvals(scope: Scope) -> Iterator[Fault]:
    """Check every rule, and whether the use cases that they are for have somebody in each role."""
    rules: Mapping[str, ApprovalRule] = scope.sections["approvals"]
    organisation: Organisation | None = scope.sections["organisation"].get("")
    for name, rule in rules.items():
        spot = scope.spot("approvals", name)
        if not scope.has("governance", rule.capability):
            known = scope.named("governance")
            yield spot.fault(
                "capability",
                code="undeclared-capability",
                summary=f"`{rule.capability}` is not a capability of the governance matrix",
                help=did_you_mean(rule.capability, known, otherwise=f"use one of {', '.join(sorted(known))}"),
            )
        for tier in TIERS:
            if (found := rule.at(tier)) is not None:
                yield from _times(spot.at(tier), found)
                if organisation is not None:
                    yield from _roles(spot.at(tier), found, organisation)
    if organisation is not None and RISK_OWNER not in organisation.roles:
        yield from _nobody(scope, rules)


def _times(spot: Spot, rule: TierRule) -> Iterator[Fault]:
    if rule.expires_hours <= rule.deadline_hours:
        yield spot.fault(
            "expires_hours",
            code="deadline-after-expiry",
            summary=f"it is over after {rule.expires_hours} hours, and due only after {rule.deadline_hours}",
            help="let `expires_hours` be more than `deadline_hours`",
        )
    elif rule.remind_hours is not None and rule.remind_hours >= rule.deadline_hours:
        yield spot.fault(
            "remind_hours",
            code="deadline-after-expiry",
            summary=f"people are reminded after {rule.remind_hours} hours, and it is due after"
            f" {rule.deadline_hours}",
            help="let `remind_hours` be less than `deadline_hours`",
        )


def _roles(spot: Spot, rule: TierRule, organisation: Organisation) -> Iterator[Fault]:
    known = (*ROLES_OF_A_USE_CASE, *organisation.roles)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("roles", index), role) for index, role in enumerate(rule.roles)
    ]
    if rule.escalates_to is not None:
        named.append((("escalates_to",), rule.escalates_to))
    for path, role in named:
        if role not in known:
            help = did_you_mean(role, known, otherwise="declare it under `organisation: roles:`")
            summary = f"role `{role}` is not declared"
            yield spot.fault(*path, code="undeclared-role", summary=summary, help=help)


def _nobody(scope: Scope, rules: Mapping[str, ApprovalRule]) -> Iterator[Fault]:
    """Warn of use cases without a risk owner: of all if an own rule asks for one, else of live ones."""
    naming = [name for name, rule in rules.items() if _names_risk_owner(rule)]
    own = any(not scope.spot("approvals", name).file.startswith(SHIPPED) for name in naming)
    cases: Mapping[str, UseCase] = scope.sections["use_cases"]
    for name, case in cases.items():
        live = case.adoption is not None and case.adoption.stage in ("launch", "scale")
        if case.risk_owner is None and naming and (own or live):
            yield scope.spot("use_cases", name).fault(
                code="role-without-holder",
                summary=f"`{name}` has no risk owner, and approvals ask for one",
                help="add `risk_owner:`, or declare `risk-owner` under `organisation: roles:`",
                severity="warning",
                at="key",
            )


def _names_risk_owner(rule: ApprovalRule) -> bool:
    return any(RISK_OWNER in found.roles for tier in TIERS if (found := rule.at(tier)) is not None)
