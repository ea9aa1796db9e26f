"""What a guardrail says, in the shapes of Amazon Bedrock: an assessment for each one that a text passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from remit.declare.guardrail import HANDLINGS, Handling
from remit.declare.remit_layer import CONTENT_FILTERS
from remit.declare.version import family, number
from remit.enforce.guardrail.assess import Said, missed, said_of_noted
from remit.enforce.guardrail.finding import CONFIDENCES
from remit.enforce.guardrail.guards import REQUEST
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.screen import Guard
from remit.enforce.guardrail.trust import Policy, Side
from remit.gateway.guardrail_call import DRAFT, KIND

ENTITIES = frozenset(
    "ADDRESS AGE AWS_ACCESS_KEY AWS_SECRET_KEY CA_HEALTH_NUMBER CA_SOCIAL_INSURANCE_NUMBER"
    " CREDIT_DEBIT_CARD_CVV CREDIT_DEBIT_CARD_EXPIRY CREDIT_DEBIT_CARD_NUMBER DRIVER_ID EMAIL"
    " INTERNATIONAL_BANK_ACCOUNT_NUMBER IP_ADDRESS LICENSE_PLATE MAC_ADDRESS NAME PASSWORD PHONE PIN"
    " SWIFT_CODE UK_NATIONAL_HEALTH_SERVICE_NUMBER UK_NATIONAL_INSURANCE_NUMBER"
    " UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER URL USERNAME US_BANK_ACCOUNT_NUMBER US_BANK_ROUTING_NUMBER"
    " US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER US_PASSPORT_NUMBER US_SOCIAL_SECURITY_NUMBER"
    " VEHICLE_IDENTIFICATION_NUMBER".split()
)
"""The types that Bedrock has words for; others stand among the patterns, under their own names."""

Trace = Literal["enabled", "disabled", "enabled_full"]
"""Whether an answer tells what guardrails found, and with `enabled_full` what they did not find."""

_ACTIONS: dict[Handling, str] = {"none": "NONE", "anonymize": "ANONYMIZED", "block": "BLOCKED"}
_PLACED: tuple[Policy, ...] = ("sensitive", "pattern", "custom")
_REASONS: dict[Handling, str] = {
    "none": "No action.",
    "anonymize": "Guardrail masked.",
    "block": "Guardrail blocked.",
}
_ORIGINS = {
    "organisation": "ORGANIZATION_ENFORCED",
    "stage": "ORGANIZATION_ENFORCED",
    "unit": "ACCOUNT_ENFORCED",
    "use-case": "ACCOUNT_ENFORCED",
    REQUEST: "REQUEST",
}
"""Whose layer asks for a guardrail, in Bedrock's words: the organisation's, or an account's in it."""


def intervention(action: Handling) -> dict[str, str]:
    """Say in two words and a sentence what was done about a text."""
    done = "NONE" if action == "none" else "GUARDRAIL_INTERVENED"
    return {"action": done, "actionReason": _REASONS[action]}


def name_of(address: str) -> str:
    """Name a guardrail as a key of a mapping: no two have the same.

    >>> name_of("guardrail/baseline@2")
    'baseline@2'
    """
    return address.removeprefix(KIND)


def details(guard: Guard, asked: Iterable[str] = ()) -> dict[str, Any]:
    """Say which guardrail it was and who asks for it; its ARN is of no account, and always the same."""
    name = name_of(family(guard.address))
    origins = [_ORIGINS[guard.origin.partition("/")[0]]]
    if guard.address in asked and origins != ["REQUEST"]:
        origins.append("REQUEST")
    return {
        "guardrailId": name,
        "guardrailVersion": str(number(guard.address) or DRAFT),
        "guardrailArn": f"arn:aws:bedrock:local:000000000000:guardrail/{name}",
        "guardrailOrigin": origins,
        "guardrailOwnership": "SELF",
    }


def assessment(guard: Guard, said: Iterable[Said]) -> dict[str, Any]:
    """Write what a guardrail says of one side, policy by policy."""
    by_policy: dict[Policy, list[Said]] = {}
    for each in said:
        by_policy.setdefault(each.policy, []).append(each)
    found: dict[str, Any] = {}
    if topics := by_policy.get("topic"):
        found["topicPolicy"] = {"topics": [_topic(each) for each in _strictest(topics)]}
    if filters := by_policy.get("content"):
        found["contentPolicy"] = {"filters": [_filter(guard, each) for each in _strictest(filters)]}
    if words := by_policy.get("word"):
        found["wordPolicy"] = _words(words)
    if any(policy in by_policy for policy in _PLACED):
        found["sensitiveInformationPolicy"] = _sensitive(guard, by_policy)
    if scores := by_policy.get("grounding"):
        found["contextualGroundingPolicy"] = {"filters": [_score(each) for each in scores]}
    return found


def trace(guards: Iterable[Guard], findings: Sequence[Noted], *, full: bool) -> dict[str, Any]:
    """Write what guardrails said of a call, as Converse traces it; the words that were found are not in."""
    sides: dict[Side, dict[str, Any]] = {"input": {}, "output": {}}
    action: Handling = max((each.action for each in findings), key=HANDLINGS.index, default="none")
    for guard in guards:
        said = said_of_noted(guard.address, findings)
        for side, written in sides.items():
            of_side = [each for each in said if each.side == side]
            of_side += missed(guard, side, of_side) if full else ()
            written[name_of(guard.address)] = {
                **assessment(guard, of_side),
                "appliedGuardrailDetails": details(guard),
            }
    return {
        "inputAssessment": sides["input"],
        "outputAssessments": {name: [each] for name, each in sides["output"].items()},
        "actionReason": _REASONS[action],
    }


def _done(said: Said) -> dict[str, Any]:
    return {"action": _ACTIONS[said.action], "detected": said.detected}


def _strictest(said: Iterable[Said]) -> Iterable[Said]:
    """Take of each type the finding of which most becomes, and of these the surest."""
    found: dict[str, Said] = {}
    for each in sorted(said, key=lambda it: (HANDLINGS.index(it.action), CONFIDENCES.index(it.confidence))):
        found[each.type] = each
    return found.values()


def _topic(said: Said) -> dict[str, Any]:
    return {"name": said.type, "type": "DENY", **_done(said)}


def _filter(guard: Guard, said: Said) -> dict[str, Any]:
    """Write a content filter; that a language is not known is one without a strength."""
    known = next((filter for filter in CONTENT_FILTERS if filter == said.type), None)
    strength = {} if known is None else {"filterStrength": guard.strength(known, said.side).upper()}
    return {"type": said.type, "confidence": said.confidence.upper(), **strength, **_done(said)}


def _words(said: Iterable[Said]) -> dict[str, Any]:
    custom: list[dict[str, Any]] = []
    managed: list[dict[str, Any]] = []
    for each in said:
        if each.type == "PROFANITY":
            managed.append({"match": each.match, "type": "PROFANITY", **_done(each)})
        else:
            custom.append({"match": each.match, **_done(each)})
    return {"customWords": _once(custom), "managedWordLists": _once(managed)}


def _sensitive(guard: Guard, by_policy: Mapping[Policy, Sequence[Said]]) -> dict[str, Any]:
    """Write types and patterns. What others' guardrails find has a name and no type, as patterns have."""
    entities: list[dict[str, Any]] = []
    regexes: list[dict[str, Any]] = []
    for policy in _PLACED:
        for each in by_policy.get(policy, ()):
            if policy == "sensitive" and each.type in ENTITIES:
                entities.append({"match": each.match, "type": each.type, **_done(each)})
            else:
                name = f"{each.kind}/{each.type}" if policy == "custom" else each.type
                regexes.append({"name": name, "match": each.match, **_regex(guard, each), **_done(each)})
    return {"piiEntities": _once(entities), "regexes": _once(regexes)}


def _regex(guard: Guard, said: Said) -> dict[str, str]:
    rule = guard.policies.patterns.get(said.type) if said.policy == "pattern" else None
    return {} if rule is None else {"regex": rule.pattern}


def _score(said: Said) -> dict[str, Any]:
    return {"type": said.type, "threshold": said.threshold, "score": said.score, **_done(said)}


def _once(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what says the same as an entry before it."""
    return list({tuple(each.items()): each for each in entries}.values())
