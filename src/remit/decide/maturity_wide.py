"""Evidence of maturity that is no count of use cases: what the organisation declares, shares and decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from remit.decide.maturity_answer import Answer, Scope, Status, ids, several, share, some
from remit.decide.maturity_cases import COUNTED, answer_counted, is_simulated
from remit.decide.maturity_known import Known
from remit.declare.block import ModelBlock
from remit.declare.version import family, number
from remit.record.entry import Entry

Answers = Callable[[Known, Scope], Answer]

SHARED_KINDS = ("prompt", "knowledge", "tool", "evaluator", "pattern", "route")
"""Kinds of blocks that make a library; that two units call one provider's model shares nothing they built."""

_QUARTER_DAYS = 91


def answer(name: str, known: Known, scope: Scope) -> Answer:
    """Answer by evidence; every name is in exactly one of two tables."""
    counted = COUNTED.get(name)
    return answer_counted(counted, known, scope) if counted else WIDE[name](known, scope)


def _declared(status: Status, basis: str, known: Known, *, shown: int = 0, of: int = 0) -> Answer:
    return Answer(
        status, basis, shown=shown, of=of, at=known.declared_on if status in ("yes", "partly") else None
    )


def _organisations(answers: Answers) -> Answers:
    """Give units the organisation's answer, and say so."""
    return lambda known, scope: replace(answers(known, scope), inherited=bool(scope.unit))


def _day(entries: Iterable[Entry], known: Known) -> date | None:
    newest = max((each.at for each in entries), default=None)
    return newest.astimezone(known.model.organisation.zone).date() if newest else None


def _models_evaluated(known: Known, scope: Scope) -> Answer:
    used = {name for case in scope.cases for name in case.called}
    tried = [known.evaluated[name] for name in used if name in known.evaluated]
    return Answer(
        share(len(tried), len(used)),
        f"{len(tried):,} of {several(len(used), 'model')} that calls went to were evaluated"
        if used
        else "no model was called in the last 30 days",
        shown=len(tried),
        of=len(used),
        at=_day(tried, known),
        entries=ids(each.id for each in tried),
        simulated=bool(tried) and all(map(is_simulated, tried)),
    )


def _events(*asked: str) -> Answers:
    def answers(known: Known, _: Scope) -> Answer:
        hooks = known.model.webhooks.values()
        told = sum(any(name in hook.events for hook in hooks) for name in asked)
        names = ", ".join(asked)
        basis = f"web hooks are told of {told:,} of {several(len(asked), 'event')}: {names}"
        return _declared(share(told, len(asked)), basis, known, shown=told, of=len(asked))

    return _organisations(answers)


def _telemetry(known: Known, _: Scope) -> Answer:
    following = known.past.following
    if following is None:
        return Answer("unknown", "who followed the ledger then is not known any more")
    follows = "telemetry" in following
    basis = f"telemetry {'follows' if follows else 'does not follow'} the ledger"
    return Answer(some(int(follows)), basis, shown=int(follows), of=1, at=known.today if follows else None)


def _departments(known: Known, scope: Scope) -> Answer:
    at_scale = [case for case in scope.cases if case.stage == "scale" and case.has_calls]
    units = {case.unit for case in at_scale}
    needed = 1 if scope.unit else 2
    return Answer(
        "yes" if len(units) >= needed else "partly" if units else "no",
        f"{several(len(units), 'unit')} with calls at scale in the last 30 days"
        + ("" if scope.unit else ", and several are at least 2"),
        shown=len(units),
        of=len(scope.units),
        at=known.today if units else None,
        simulated=bool(at_scale) and not any(case.calls for case in at_scale),
    )


def _on_gateway(known: Known, scope: Scope) -> Answer:
    begun = {case.unit for case in scope.cases if case.stage != "envision"}
    calling = [case for case in scope.cases if case.has_calls and case.stage != "envision"]
    units = {case.unit for case in calling}
    return Answer(
        share(len(units), len(begun)),
        f"{len(units):,} of {several(len(begun), 'unit')} with use cases past envision made calls here"
        if begun
        else "no unit has a use case past envision",
        shown=len(units),
        of=len(begun),
        at=known.today if units else None,
        simulated=bool(calling) and not any(case.calls for case in calling),
    )


def _responsibilities(known: Known, _: Scope) -> Answer:
    organisation, asked = known.model.organisation, known.model.governance
    decided = {name for each in organisation.committees.values() for name in each.decides}
    held = sum(name in decided or each.responsible in organisation.roles for name, each in asked.items())
    basis = f"{held:,} of {len(asked):,} capabilities name a role that somebody holds, or a committee"
    return _declared(share(held, len(asked)), basis, known, shown=held, of=len(asked))


def _shared(*kinds: str) -> Answers:
    def answers(known: Known, scope: Scope) -> Answer:
        mine = {name for case in scope.cases for name in case.uses if name.partition("/")[0] in kinds}
        shared = sorted(name for name in mine if len(known.users[name]) > 1)
        named = f": {', '.join(shared[:5])}" if shared else ""
        blocks = several(len(mine), "block") if len(kinds) > 1 else several(len(mine), f"{kinds[0]} block")
        basis = f"{len(shared):,} of {blocks} in use are used by other units too{named}"
        return _declared(some(len(shared)), basis, known, shown=len(shared), of=len(mine))

    return answers


def _by_policy(known: Known, scope: Scope) -> Answer:
    since = known.past.at - timedelta(days=365)
    reviews = [each for case in scope.cases for each in case.reviews if each.at >= since]
    passed = [each for each in reviews if each.outcome == "proceed"]
    alone = [each for each in passed if each.by_policy]
    half = 2 * len(alone) >= len(passed)
    return Answer(
        "unknown" if not passed else "no" if not alone else "yes" if half else "partly",
        f"{len(alone):,} of {several(len(passed), 'gate')} of the last year passed by policy; half is enough"
        if passed
        else "no gate was passed in the last year",
        shown=len(alone),
        of=len(passed),
        at=_day(alone, known),
        entries=ids(each.id for each in alone),
    )


def _each_quarter(known: Known, scope: Scope) -> Answer:
    within = {case.id for case in scope.cases}
    moves = [each for each in known.forward if each.use_case in within]
    ages = {(known.past.at - each.at).days // _QUARTER_DAYS for each in moves}
    quarters = len(ages & {0, 1, 2, 3})
    return Answer(
        share(quarters, 4),
        f"a use case came through a gate in {quarters:,} of the last 4 quarters",
        shown=quarters,
        of=4,
        at=_day(moves, known),
        entries=ids(each.id for each in moves),
    )


def _roles(known: Known, _: Scope) -> Answer:
    roles = len(known.model.organisation.roles)
    return _declared(
        some(roles), f"{several(roles, 'role')} with the address of who holds it", known, shown=roles
    )


def _committee(known: Known, _: Scope) -> Answer:
    organisation = known.model.organisation
    seats = [
        {organisation.roles.get(role) for role in (each.chair, *each.members)} - {None}
        for each in organisation.committees.values()
    ]
    largest = max(map(len, seats), default=0)
    basis = f"{several(len(seats), 'committee')}, the largest of {several(largest, 'person')}; 3 are asked"
    status: Status = "yes" if largest >= 3 else "partly" if seats else "no"
    return _declared(status, basis.replace("persons", "people"), known, shown=min(largest, 3), of=3)


def _approvals(known: Known, scope: Scope) -> Answer:
    within = {case.id for case in scope.cases}
    given = [
        each
        for each in known.approvals
        if not scope.unit or each.use_case in within or each.unit in scope.units
    ]
    return Answer(
        some(len(given)),
        f"{several(len(given), 'answer')} to requests in the last year",
        shown=len(given),
        of=len(given),
        at=_day(given, known),
        entries=ids(each.id for each in given),
    )


def _unit_budgets(known: Known, scope: Scope) -> Answer:
    held = {
        unit
        for unit in scope.units
        if any(isinstance(known.model.units[name].remit.spend, tuple) for name in known.model.lineage(unit))
    }
    basis = (
        f"{len(held):,} of {several(len(scope.units), 'unit')} with use cases are held to a budget of a unit"
    )
    return _declared(share(len(held), len(scope.units)), basis, known, shown=len(held), of=len(scope.units))


def _evaluation_criteria(known: Known, _: Scope) -> Answer:
    gate = known.model.gates.get("launch")
    measures = {each.measure for each in gate.criteria.values()} if gate else set()
    asked = ("pass_rate", "attack_success_rate")
    found = sum(each in measures for each in asked)
    basis = f"the gate into launch asks for {found:,} of 2 measures: {', '.join(asked)}"
    return _declared(share(found, 2), basis, known, shown=found, of=2)


def _floor(known: Known, _: Scope) -> Answer:
    floor = known.model.organisation.remit
    found = int(bool(floor.guardrails)) + int(floor.data_class_max is not None)
    basis = f"the organisation's own layer states {found:,} of 2: guardrails and `data_class_max`"
    return _declared(share(found, 2), basis, known, shown=found, of=2)


def _floor_guardrails(known: Known, _: Scope) -> Answer:
    names = sorted(known.model.organisation.remit.guardrails or {})
    basis = (
        f"the organisation's own layer names {', '.join(names[:3])}"
        if names
        else "no guardrail holds for all"
    )
    return _declared(some(len(names)), basis, known, shown=len(names))


def _blocks_owned(known: Known, scope: Scope) -> Answer:
    shared = {
        name
        for case in scope.cases
        for name in case.uses
        if len(known.users[name]) > 1 and name in known.model.families
    }
    newest = {name: known.model.blocks[known.model.families[name][0]] for name in shared}
    good = sum(bool(block.owner and block.description) for block in newest.values())
    basis = f"{good:,} of {several(len(shared), 'shared block')} have an owner and a description"
    return _declared(share(good, len(shared)), basis, known, shown=good, of=len(shared))


def _models(known: Known, _: Scope) -> Answer:
    found = {family(name) for name, block in known.model.blocks.items() if isinstance(block, ModelBlock)}
    status: Status = "yes" if len(found) > 1 else "partly" if found else "no"
    return _declared(status, f"{several(len(found), 'model')} declared; 2 are asked", known, shown=len(found))


def _kind(kind: str) -> Answers:
    def answers(known: Known, _: Scope) -> Answer:
        found = sum(name.startswith(f"{kind}/") for name in known.model.families)
        return _declared(some(found), f"{several(found, f'{kind} block')} declared", known, shown=found)

    return _organisations(answers)


def _policies(known: Known, _: Scope) -> Answer:
    found = len(known.model.policies)
    basis = f"{several(found, 'policy')} in force".replace("policys", "policies")
    return _declared(some(found), basis, known, shown=found)


def _versions(known: Known, _: Scope) -> Answer:
    found = sum(number(name) > 0 for name in known.model.blocks)
    return _declared(some(found), f"{several(found, 'block')} declared with a version", known, shown=found)


def _applied(known: Known, _: Scope) -> Answer:
    return _declared(
        "yes", f"applied last on {known.declared_on}, with its history in the ledger", known, shown=1
    )


WIDE: Mapping[str, Answers] = {
    "models_evaluated": _models_evaluated,
    "alerts_declared": _events("guardrail.stopped", "budget.reached", "ledger.halted"),
    "quality_alerts": _events("guardrail.stopped", "evaluation.done"),
    "telemetry_followed": _organisations(_telemetry),
    "departments_at_scale": _departments,
    "units_on_gateway": _on_gateway,
    "responsibilities_held": _organisations(_responsibilities),
    "blocks_shared": _shared(*SHARED_KINDS),
    "patterns_shared": _shared("pattern"),
    "tools_shared": _shared("tool"),
    "evaluators_shared": _shared("evaluator"),
    "reviews_by_policy": _by_policy,
    "moves_each_quarter": _each_quarter,
    "roles_declared": _organisations(_roles),
    "committee_seated": _organisations(_committee),
    "approvals_answered": _approvals,
    "unit_budgets": _unit_budgets,
    "evaluation_criteria": _organisations(_evaluation_criteria),
    "floor_held": _organisations(_floor),
    "floor_guarded": _organisations(_floor_guardrails),
    "blocks_owned": _blocks_owned,
    "models_declared": _organisations(_models),
    "knowledge_declared": _kind("knowledge"),
    "patterns_declared": _kind("pattern"),
    "policies_in_force": _organisations(_policies),
    "blocks_versioned": _organisations(_versions),
    "applied_with_history": _organisations(_applied),
}
"""Every such answer by its name."""
