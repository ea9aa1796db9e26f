"""Weaker rules: which changes of gates, approvals and governance ask for less than before.

What cannot be said to be at least as strict counts as weaker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.decide.approval_rule import tier_rule
from remit.declare.approval import ASKED, TIERS, WIDENING, ApprovalRule, Asked, TierRule
from remit.declare.gate import GATED, LANE, Criterion, Gate, RiskTier
from remit.declare.operating_model import OperatingModel


def weaker_rules(before: OperatingModel, after: OperatingModel) -> Iterator[str]:
    """Say in sentences what asks for less after a change than before it."""
    for into in GATED:
        yield from _gate(f"the gate into `{into}`", before.gates.get(into), after.gates.get(into))
    for about in ASKED:
        yield from _rule(f"the rule for approvals of `{about}`", about, before=before, after=after)
    if before.organisation.governance != after.organisation.governance:
        yield (
            f"governance is {after.organisation.governance} instead of {before.organisation.governance},"
            " so others decide"
        )
    for name, capability in before.governance.items():
        other = after.governance.get(name)
        if other is None or other.decides != capability.decides:
            yield f"others decide on `{name}`"


def _gate(what: str, was: Gate | None, becomes: Gate | None) -> Iterator[str]:
    if was is None:
        return
    if becomes is None:
        yield f"{what} is gone"
        return
    for role in was.approvals:
        if role not in becomes.approvals:
            yield f"{what} does not ask `{role}` any more"
    if becomes.fast_lane and not was.fast_lane:
        yield f"{what} lets {LANE} risk pass by policy"
    yield from _criteria(what, was.criteria, becomes.criteria)
    for id, criterion in was.kill.items():
        if not _tests_as_much(criterion, becomes.kill.get(id)):
            yield f"{what} does not end a use case by `{id}` as it did"
    for id, criterion in was.park.items():
        if not _tests_as_much(criterion, becomes.park.get(id)):
            yield f"{what} does not have a use case wait by `{id}` as it did"


def _criteria(what: str, was: Mapping[str, Criterion], becomes: Mapping[str, Criterion]) -> Iterator[str]:
    for id, criterion in was.items():
        other = becomes.get(id)
        if other is None:
            yield f"{what} does not ask for `{id}` any more"
        elif _asks_less(criterion, other):
            yield f"{what} asks less of `{id}`"
        elif tiers := _let_off(criterion, other):
            yield f"{what} does not ask for `{id}` at {', '.join(tiers)} risk any more"


def _let_off(was: Criterion, becomes: Criterion) -> tuple[RiskTier, ...]:
    return tuple(tier for tier in TIERS if was.asked_at(tier) and not becomes.asked_at(tier))


def _tests_as_much(was: Criterion, becomes: Criterion | None) -> bool:
    return becomes is not None and _test(was) == _test(becomes) and not _let_off(was, becomes)


def _test(criterion: Criterion) -> tuple[object, ...]:
    return (
        *(criterion.measure, criterion.evidence, criterion.present, criterion.at_least, criterion.at_most),
        *(criterion.confidence, criterion.fresh_days, criterion.dataset),
    )


def _asks_less(was: Criterion, becomes: Criterion) -> bool:
    if (was.measure, was.evidence, was.present) != (becomes.measure, becomes.evidence, becomes.present):
        return True
    low = was.at_least is not None and (becomes.at_least is None or becomes.at_least < was.at_least)
    high = was.at_most is not None and (becomes.at_most is None or becomes.at_most > was.at_most)
    unsure = was.confidence is not None and (
        becomes.confidence is None or becomes.confidence < was.confidence
    )
    old = was.fresh_days is not None and (becomes.fresh_days is None or becomes.fresh_days > was.fresh_days)
    elsewhere = was.dataset is not None and becomes.dataset != was.dataset
    return low or high or unsure or old or elsewhere


def _rule(what: str, about: Asked, *, before: OperatingModel, after: OperatingModel) -> Iterator[str]:
    was, becomes = before.approvals.get(about), after.approvals.get(about)
    if was is None:
        return
    if becomes is None:
        yield f"{what} is gone"
        return
    if was.capability != becomes.capability:
        yield f"{what} follows `{becomes.capability}` instead of `{was.capability}`"
    for stage in was.stages:
        if stage not in becomes.stages:
            yield f"{what} does not hold at `{stage}` any more"
    for tier in TIERS:
        one, other = _asks(before, was, about, tier), _asks(after, becomes, about, tier)
        if one is not None and (other is None or _tier_asks_less(one, other)):
            yield f"{what} asks less at {tier} risk"


def _asks(model: OperatingModel, rule: ApprovalRule, about: Asked, tier: RiskTier) -> TierRule | None:
    """Find what holds for a tier: where nothing is declared for it, what widens is free, and nothing else."""
    return rule.at(tier) if about in WIDENING else tier_rule(model, about, tier)


def _tier_asks_less(was: TierRule, becomes: TierRule) -> bool:
    return (
        not set(was.roles) <= set(becomes.roles)
        or becomes.people < was.people
        or (was.with_centre and not becomes.with_centre)
        or becomes.escalates_to not in (was.escalates_to, None)
        or becomes.deadline_hours < was.deadline_hours
    )
