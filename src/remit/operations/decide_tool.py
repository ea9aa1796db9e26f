"""Decide on a call of a tool: gather what is known of it, and ask the rules and the policies.

Whatever cannot be gathered or decided is refused, and the refusal says so; nothing here changes anything.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

import msgspec
from msgspec import structs

from remit.declare.block import ToolBlock
from remit.declare.version import family
from remit.enforce.decision import Decision
from remit.enforce.grant import RUNNING_RULES, first_refusal
from remit.enforce.key import live
from remit.enforce.remit import Remit
from remit.enforce.request import ModelRequest
from remit.enforce.sender import NOWHERE
from remit.enforce.tool.bound import Bound, Counting, Full, bounds, full
from remit.enforce.tool.decision import ToolCall, ToolDecision, decide, is_shown, refuse_unsound
from remit.enforce.tool.given import Given, Ground, Unsound, deed, digest, given
from remit.enforce.tool.policy import evaluate
from remit.enforce.tool.reach import Reached, Sofar
from remit.enforce.tool.run import Run
from remit.kernel.errors import where
from remit.operations.find_tool import Asked, stop_of
from remit.operations.keep_run import known
from remit.operations.tool_gate import ToolGate, ToolRequest
from remit.operations.tools_in_force import layers_of, policies_of
from remit.operations.view import View
from remit.record.tool_effect import Effect, Taken
from remit.record.tool_entry import TargetClass

_LOG = logging.getLogger("remit.tools")

STEP_MAX = 200
ARGUMENTS_BYTES_MAX = 1_000_000
"""How long the arguments of a call are at most, as JSON."""

NO_GIVEN = Given()
NOT_REACHED = Reached()
NO_MODEL = ModelRequest("", ())


class Decided(msgspec.Struct, frozen=True):
    """What was decided on a call, and by what.

    `same` is the digest of the deed alone, and `times` how often the run has done it. `call` is None where it
    could not be said what it would do.
    """

    asked: Asked
    view: View
    remit: Remit
    at: datetime
    decision: ToolDecision
    noted: tuple[str, ...] = ()
    call: ToolCall | None = None
    same: str = ""
    times: int = 0
    bounds: tuple[Bound, ...] = ()
    taken: Taken | None = None


def shown(gate: ToolGate, asked: Asked) -> bool:
    """Say whether a run is told of a tool; one of which that cannot be said is not shown."""
    view, at = gate.worker.view, gate.worker.system.clock.now()
    begun = undecided(gate, asked)
    try:
        if _standing(gate, asked, at) is not None or _of_source(view, asked) is not None:
            return False
        run = known(gate, asked.run)
        return is_shown(_call(gate, begun, run, NO_GIVEN, Sofar(), view.day(at)))
    except Exception as error:  # noqa: BLE001 (a door: what cannot be decided is not shown)
        _LOG.error("it could not be decided whether a tool is shown: %s", where(error))
        return False


def undecided(gate: ToolGate, asked: Asked) -> Decided:
    """Begin to decide on a call: refused, as long as nothing says otherwise."""
    view, at = gate.worker.view, gate.worker.system.clock.now()
    return Decided(asked, view, view.remit(asked.key.use_case), at, ToolDecision("deny"))


def is_same(asked: Asked, before: Effect) -> bool:
    """Say whether a call is the deed that was begun before."""
    block = asked.block
    try:
        return block is not None and _deed(asked, block) == before.same
    except Unsound:
        return False


def decided(gate: ToolGate, asked: Asked, *, approved: bool = False) -> Decided:
    """Decide on a call by all that is known now; with `approved` as if a person had agreed to just this one.

    An error anywhere on the way is a refusal: nobody can say what it would have forbidden.
    """
    begun = undecided(gate, asked)
    view = begun.view
    try:
        refused = _standing(gate, asked, begun.at) or _of_source(view, asked)
        if refused is not None:
            return structs.replace(begun, decision=refused)
        return _by_rules(gate, begun, approved=approved)
    except Unsound as why:
        owner = (asked.block.owner if asked.block else None) or view.model.organisation.contact
        return structs.replace(begun, decision=refuse_unsound(asked.address, why, owner=owner))
    except Exception as error:  # noqa: BLE001 (a door: what nobody foresaw must refuse the call, not let it by)
        _LOG.error("a call of a tool could not be decided: %s", where(error))
        return structs.replace(begun, decision=_undecided(view, asked))


def _undecided(view: View, asked: Asked) -> ToolDecision:
    return ToolDecision(
        "deny",
        "tool-not-decided",
        f"it could not be decided whether `{asked.address}` may be called, so that it may not",
        "ask whoever runs Remit to look at its log; nothing was done",
        "organisation",
        view.model.organisation.contact,
    )


def _of(decision: Decision) -> ToolDecision:
    return ToolDecision(
        "deny", decision.rule, decision.summary, decision.help, decision.layer, decision.owner
    )


def _standing(gate: ToolGate, asked: Asked, at: datetime) -> ToolDecision | None:
    """Refuse a key that opens nothing any more, a use case that does not run, and a run that has ended."""
    worker, view = gate.worker, gate.worker.view
    administrator = view.model.organisation.contact
    if worker.fault is not None:
        raise worker.fault.with_traceback(None)
    # Where it is used was looked at when it came in.
    key = replace(view.key(asked.key.id) or asked.key, networks=())
    found = live(key, now=at, administrator=administrator, sender=NOWHERE)
    if found.effect == "allow":
        facts = view.bare(key, NO_MODEL, None, now=at, unsaid=worker.unsaid)
        found = first_refusal(RUNNING_RULES, facts)
    if found.effect == "deny":
        return _of(found)
    over = next((each for each in asked.runs if each.ended is not None), None)
    if over is None:
        return None
    layer = f"use-case/{asked.key.use_case}"
    return ToolDecision(
        "deny", "run-over", f"run `{over.id}` has ended", "begin another run", layer, administrator
    )


def _of_source(view: View, asked: Asked) -> ToolDecision | None:
    """Refuse what no server can be asked for."""
    block, owner = asked.block, view.model.organisation.contact
    if block is None:
        return None
    owner = block.owner or owner
    if block.server is None:
        summary = f"nothing says at which server `{asked.address}` is asked for"
        help = "add `server:` to its block"
        return ToolDecision("deny", "tool-without-server", summary, help, asked.address, owner)
    if asked.fault is not None:
        code, summary, help = asked.fault.code, asked.fault.summary, asked.fault.help
        return ToolDecision("deny", code, summary, help, asked.address, owner)
    return None


def _by_rules(gate: ToolGate, begun: Decided, *, approved: bool) -> Decided:
    asked, view, at = begun.asked, begun.view, begun.at
    run = known(gate, asked.run)
    block = asked.block
    arguments_of(asked.request)
    what = given(asked.request.arguments, block) if block is not None else NO_GIVEN
    if approved:
        run = run.approved(what.targets)
    day = view.day(at)
    counting = Counting(
        tuple(each.id for each in asked.runs),
        asked.key.use_case,
        view.model.lineage(begun.remit.unit),
        day,
    )
    taken = taken_of(gate, asked, what, counting)
    reached = gate.effects.reached(taken.tool, taken.scopes, targets=taken.targets, records=taken.records)
    call = _call(gate, begun, run, what, _sofar(taken, what, counting, reached), day)
    listed = bounds(asked.address, call.limits, counting, layers_of(gate, view, counting.units))
    decision = decide(call)
    begun = structs.replace(begun, call=call, bounds=listed, taken=taken, decision=decision)
    if block is None or decision.effect == "deny":
        return begun
    passed = full(listed, reached, Given(targets=taken.targets, records=taken.records, money=taken.money))
    if passed is not None:
        return structs.replace(begun, decision=refuse_full(begun, passed))
    return _by_policies(gate, _named(gate, begun, block), block, approved=approved)


def _call(gate: ToolGate, begun: Decided, run: Run, what: Given, sofar: Sofar, day: date) -> ToolCall:
    asked, remit = begun.asked, begun.remit
    earned = gate.levels(remit.use_case, asked.address, target_class(run, what))
    return ToolCall(
        remit=remit,
        address=asked.address,
        block=asked.block,
        pin=asked.pin,
        # Where nobody has said how much an agent may do by itself, it may do nothing.
        level=earned or remit.autonomy_max or "none",
        given=what,
        run=run,
        sofar=sofar,
        day=day,
        administrator=begun.view.model.organisation.contact,
        stop=stop_of(gate, asked),
    )


def target_class(run: Run, what: Given) -> TargetClass:
    """Say in one word of what kind the targets of a call are, by which autonomy is earned.

    `none` where there are none, `known` where the person or the organisation named all, else `unknown`.
    """
    if not what.targets:
        return "none"
    return "known" if all(run.knows(each) for each in what.targets) else "unknown"


def taken_of(gate: ToolGate, asked: Asked, what: Given, counting: Counting) -> Taken:
    """Say what a call counts for; targets and records by marks, so that what is counted tells nobody whom."""
    mark = gate.worker.system.pseudonym
    return Taken(
        family(asked.address),
        counting.scopes,
        what.money,
        tuple(mark("target", each) for each in what.targets),
        tuple(mark("record", each) for each in what.records),
    )


def _sofar(taken: Taken, what: Given, counting: Counting, reached: Mapping[str, Reached]) -> Sofar:
    """Say how far calls have reached, with words in the place of marks that this call names."""
    targets = dict(zip(taken.targets, what.targets, strict=True))
    records = dict(zip(taken.records, what.records, strict=True))

    def said(scope: str) -> Reached:
        found = reached.get(scope)
        if found is None or not (found.targets or found.records):
            return found or NOT_REACHED
        return Reached(
            found.calls,
            found.money,
            frozenset(targets[each] for each in found.targets),
            frozenset(records[each] for each in found.records),
            found.other_targets,
            found.other_records,
        )

    return Sofar(said(counting.root), said(counting.of_use_case))


def refuse_full(begun: Decided, passed: Full) -> ToolDecision:
    """Refuse a call that would pass a limit that others count towards as well."""
    decider = begun.remit.decider("tools")
    contact = begun.view.model.organisation.contact
    layer, owner = (decider.address, decider.owner) if decider else ("organisation", contact)
    if passed.bound.layer:
        layer, owner = passed.bound.layer, passed.bound.owner
    return ToolDecision(
        "deny",
        "tool-limit-reached",
        passed.said,
        "wait for the next run or day, or ask its owner to raise the limit",
        layer,
        owner,
    )


def _named(gate: ToolGate, begun: Decided, block: ToolBlock) -> Decided:
    """See if what a call does was done before, in its run or for the same business case."""
    asked, view = begun.asked, begun.view
    same = _deed(asked, block)
    runs = [each.id for each in asked.runs]
    before = gate.effects.same(same, runs=runs, use_case=asked.key.use_case, reference=reference_of(asked))
    times = len(before)
    named = structs.replace(begun, same=same, times=times)
    if times and begun.decision.effect == "allow" and is_once(block):
        return structs.replace(named, decision=_done_already(asked, block, view))
    return named


def meant_of(gate: ToolGate, found: Decided) -> str:
    """Name what a call means, as an approval of just this one covers it; empty where that cannot be said."""
    asked, view, block, times = found.asked, found.view, found.asked.block, found.times
    if block is None or found.call is None:
        return ""
    ground = Ground(
        use_case=asked.key.use_case,
        stage=found.remit.stage,
        run=asked.run.id if not times else f"{asked.run.id}#{times}",
        tool=asked.address,
        pin=asked.pin,
        model_version=view.version,
        policies=policies_of(gate, view)[1],
    )
    return digest(ground, asked.request.arguments, block)


def _deed(asked: Asked, block: ToolBlock) -> str:
    return deed(family(asked.address), asked.request.arguments, block)


def reference_of(asked: Asked) -> str:
    """Say which business case a call is for, by its own word or its run's."""
    return asked.request.reference or asked.run.reference


def is_once(block: ToolBlock) -> bool:
    """Say whether to do it once more is asked about: it moves money, or cannot be undone."""
    return block.effect == "writes" and (not block.reversible or bool(block.named("money")))


def _done_already(asked: Asked, block: ToolBlock, view: View) -> ToolDecision:
    return ToolDecision(
        "ask",
        "tool-done-already",
        f"`{asked.address}` was called with the same arguments before, in this run or for its reference",
        "approve it if it is meant to be done once more; the outcome of the first is in the ledger",
        asked.address,
        block.owner or view.model.organisation.contact,
    )


def _by_policies(gate: ToolGate, begun: Decided, block: ToolBlock, *, approved: bool) -> Decided:
    """Ask the policies as the call is, and where they refuse it as it would be with a person's approval."""
    asked, view, call = begun.asked, begun.view, begun.call
    assert call is not None, "policies are asked about what the rules have seen"
    declared = policies_of(gate, view)[0]
    lineage = view.model.lineage(begun.remit.unit)
    local = begun.at.astimezone(view.zone)
    tries = (True,) if approved or begun.decision.effect == "ask" else (False, True)
    found = None
    for each in tries:
        found = evaluate(call, declared, lineage=lineage, key=asked.key.id, approved=each, local=local)
        if found.decision.effect == "allow":
            break
    assert found is not None, "they are asked once at least"
    if found.decision.effect == "deny":
        return structs.replace(begun, decision=_of(found.decision), noted=found.noted)
    if len(tries) == 2 and each:
        decision = ToolDecision(
            "ask",
            "tool-waits-for-approval",
            f"the policies let `{asked.address}` through only with a person's approval",
            "approve just this call, or let it be",
            asked.address,
            block.owner or view.model.organisation.contact,
        )
        return structs.replace(begun, decision=decision, noted=found.noted)
    return structs.replace(begun, noted=found.noted)


def arguments_of(request: ToolRequest) -> bytes:
    """Write what a call is given as JSON; raises Unsound where it is none, or longer than is passed on."""
    try:
        said = msgspec.json.encode(dict(request.arguments), order="deterministic")
    except (TypeError, ValueError, RecursionError) as error:
        raise Unsound("an argument cannot be written as JSON") from error
    if len(said) > ARGUMENTS_BYTES_MAX:
        raise Unsound(f"the arguments are longer than {ARGUMENTS_BYTES_MAX:,} bytes")
    return said
