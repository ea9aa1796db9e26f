"""Call a tool: the one way in, for agents of every framework and for every door.

    identity → run → remit → facts → rules, policies → limits, budgets → approval → claim → call → screen
    → label → outcome

Whatever goes wrong on the way to the claim is a refusal. However a call ends, one entry says so.
"""

from __future__ import annotations

import asyncio
from functools import partial

from remit.enforce.key import Key
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.errors import JournalError, RemitError, StoreError
from remit.operations.ask_for_tool import answer_to, ask_people, used_up
from remit.operations.carry_out_tool import carry_out
from remit.operations.decide_tool import STEP_MAX, Decided, decided, is_same, shown, undecided
from remit.operations.find_tool import Asked, find_tool, found_only, named_tools
from remit.operations.keep_run import begin_run, close_run, own_run
from remit.operations.recover_effects import is_gone, outcome_of, reconcile, under_way
from remit.operations.tool_gate import ShownTool as ShownTool
from remit.operations.tool_gate import ToolGate as ToolGate
from remit.operations.tool_gate import ToolOutcome as ToolOutcome
from remit.operations.tool_gate import ToolRequest as ToolRequest
from remit.operations.write_tool_call import refused_call, waiting_call
from remit.record.tool_effect import Effect, KeptRun

SHOWN_MAX = 500
"""How many tools a run is told of."""

WAITS_S = 5
"""When to ask again whether people have answered."""


async def call_tool(gate: ToolGate, caller: Key, request: ToolRequest) -> ToolOutcome:
    """Call a tool if it may be called; a refusal, a wait and a fault of the tool are outcomes, not errors.

    `caller` is what `authenticate` gives. Raises NotFound for a run that is not the caller's own, whether it
    exists or not, and StoreError or JournalError where nothing can be written down, in which case the tool is
    not asked. A caller that leaves ends nothing: what was begun goes on to its outcome.
    """
    run = own_run(gate, caller, request.run)
    if len(request.step) > STEP_MAX or len(request.reference or "") > STEP_MAX:
        raise RemitError(
            f"the name of the step or the reference has more than {STEP_MAX} characters",
            help="say it in fewer words",
            code="value-too-long",
        )
    place = f"{run.id}/{request.step}" if request.step else caller.id + str(id(request))
    while (before := gate.going.get(place)) is not None:
        # The same step twice at once: what came of the first is told to both.
        await asyncio.wait({before})
    task = asyncio.ensure_future(_called(gate, caller, run, request))
    gate.going[place] = task
    task.add_done_callback(partial(_ended, gate, place))
    return await asyncio.shield(task)


def _ended(gate: ToolGate, place: str, task: asyncio.Task[ToolOutcome]) -> None:
    del gate.going[place]
    if not task.cancelled():
        # Whoever left does not hear of it; the effect and the ledger say what came of it.
        task.exception()


async def _called(gate: ToolGate, key: Key, run: KeptRun, request: ToolRequest) -> ToolOutcome:
    before = gate.effects.of_step(run.id, request.step)
    if before is not None:
        return await _again(gate, found_only(gate, key, run, request), before)
    asked = await find_tool(gate, key, run, request)
    found = decided(gate, asked)
    if found.decision.effect == "deny":
        return refused_call(gate, found, found.decision)
    if request.approval and gate.effects.of_approval(request.approval) is not None:
        return refused_call(gate, found, used_up(found))
    approval = ""
    if found.decision.effect == "ask":
        answer = await _answered(gate, found)
        if isinstance(answer, ToolOutcome):
            return answer
        approval = answer
        found = decided(gate, asked, approved=True)
        if found.decision.effect == "deny":
            return refused_call(gate, found, found.decision)
    came = await carry_out(gate, found, approval)
    if isinstance(came, ToolOutcome):
        return came
    if came.step == request.step or (approval and came.approval == approval):
        return await _again(gate, asked, came)
    # The same deed was begun meanwhile: it is decided on again, now that it is known.
    return await _called(gate, key, run, request)


async def _answered(gate: ToolGate, found: Decided) -> ToolOutcome | str:
    """Give the request that people have agreed to, or what becomes of the call without one."""
    answer = answer_to(gate, found)
    if not answer.request and answer.refused is None:
        try:
            answer = await ask_people(gate, found)
        except (JournalError, StoreError):
            raise
        except RemitError as error:
            # What nobody can agree to is refused.
            contact = found.view.model.organisation.contact
            refused = ToolDecision("deny", error.code, error.summary, error.help, "organisation", contact)
            return refused_call(gate, found, refused)
    if answer.refused is not None:
        return refused_call(gate, found, answer.refused)
    if not answer.waits:
        return answer.request
    if answer.is_new:
        return waiting_call(gate, found, answer.request)
    return ToolOutcome(
        status="waiting", decision=found.decision, approval=answer.request, retry_after_s=WAITS_S
    )


async def _again(gate: ToolGate, asked: Asked, before: Effect) -> ToolOutcome:
    """Give what came of a step before; the same step is no way to do something else."""
    if before.step != asked.request.step:
        found = undecided(gate, asked)
        return refused_call(gate, found, used_up(found))
    if not is_same(asked, before):
        found = undecided(gate, asked)
        summary = f"the step `{asked.request.step}` of this run is another call already"
        help = "give each call a step of its own, and the same one only to ask for its outcome again"
        layer, owner = f"use-case/{asked.key.use_case}", found.view.model.organisation.contact
        refused = ToolDecision("deny", "step-taken", summary, help, layer, owner)
        return refused_call(gate, found, refused)
    if before.state != "begun":
        return outcome_of(gate, before)
    if before.holder != gate.worker.name and not await asyncio.to_thread(is_gone, gate, before.holder):
        return under_way(before)
    return await reconcile(gate, before)


async def list_tools(gate: ToolGate, caller: Key, run: str) -> tuple[ShownTool, ...]:
    """List the tools that a run is told of; what every call of would be refused is not among them."""
    kept = own_run(gate, caller, run)
    names = named_tools(gate, caller)
    found = await asyncio.gather(
        *(
            find_tool(gate, caller, kept, ToolRequest(tool=name, arguments={}, run=run))
            for name in names[:SHOWN_MAX]
        )
    )
    return tuple(
        ShownTool(each.address, each.block, each.text)
        for each in found
        if each.block is not None and each.text is not None and shown(gate, each)
    )


async def open_run(
    gate: ToolGate,
    caller: Key,
    *,
    asked: str,
    agent: str = "",
    parent: str = "",
    reference: str | None = None,
) -> str:
    """Begin a run and return its id. `asked` is what the person said, in their own words; it is kept sealed.

    A run within a `parent` begins with all that its parent knows, what the person said included, and counts
    with it; what its `asked` says was written by an agent, and nobody's word.
    """
    return begin_run(gate, caller, asked=asked, agent=agent, parent=parent, reference=reference).id


async def end_run(gate: ToolGate, caller: Key, run: str) -> None:
    """End a run and all within it: nothing is called there any more, and their texts are forgotten."""
    close_run(gate, caller, run)
