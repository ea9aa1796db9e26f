"""Tool replay: what policies and rules would say of calls that were recorded, without anybody making them.

What a call was given is not recorded, only how much and of what kind. So a call is made up that has as many
targets and records, as much money, and a run of the same labels; rules and policies cannot tell the two apart
but by words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from remit.declare.block import ToolBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.enforce.remit import Resolver
from remit.enforce.tool.decision import Effect, ToolCall, ToolDecision, decide
from remit.enforce.tool.given import Given, fold
from remit.enforce.tool.policy import Written, about_tools, evaluate
from remit.enforce.tool.reach import Reached, Sofar
from remit.enforce.tool.run import Run
from remit.record.tool_entry import Before, ToolCalled

Answer = Literal["", "approved", "denied"]
"""What a person said of a call; nothing where nobody was asked, or has not answered."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded call: what was decided then, what a person said, and what would be decided now.

    With `no_facts` it was refused before the facts were known that rules ask about, and is not asked again.
    """

    entry: ToolCalled
    answer: Answer
    then: Effect
    now: ToolDecision
    noted: tuple[str, ...] = ()
    no_facts: bool = False

    @property
    def differs(self) -> bool:
        return self.now.effect != self.then

    @property
    def is_looser(self) -> bool:
        return _STRICTNESS[self.now.effect] < _STRICTNESS[self.then]

    @property
    def agrees(self) -> bool:
        """Say whether it would be decided as the person said who was asked."""
        return self.now.effect != ("deny" if self.answer == "approved" else "allow")


_STRICTNESS: Mapping[Effect, int] = {"allow": 0, "ask": 1, "deny": 2}


@dataclass(frozen=True, slots=True)
class Rules:
    """An operating model as calls of tools are decided by it."""

    model: OperatingModel
    resolver: Resolver
    declared: Written
    zone: ZoneInfo


def rules_of(model: OperatingModel) -> Rules:
    return Rules(model, Resolver(model), about_tools(model), model.organisation.zone)


def replay(entry: ToolCalled, answer: Answer, rules: Rules) -> Replayed:
    """Decide anew on a recorded call, by the rules and policies of a model."""
    then = _then(entry)
    purpose, model = entry.purpose, rules.model
    stage = next((each for each in STAGES if each == purpose.stage), None)
    if purpose.use_case not in model.use_cases or stage is None:
        summary = f"`{purpose.use_case}` is not declared any more"
        return Replayed(entry, answer, then, ToolDecision("deny", "undeclared-use-case", summary))
    if entry.before is None:
        return Replayed(entry, answer, then, entry.decision, no_facts=True)
    block = model.blocks.get(entry.tool)
    call = _recalled(entry, entry.before, block if isinstance(block, ToolBlock) else None, rules)
    found = decide(call)
    if found.effect == "deny":
        return Replayed(entry, answer, then, found)
    local = entry.began.astimezone(rules.zone)
    lineage = model.lineage(model.use_cases[purpose.use_case].unit)
    noted: tuple[str, ...] = ()
    # As at the gate: policies are asked as the call is, and where they refuse it, with an approval.
    for approved in (True,) if found.effect == "ask" else (False, True):
        said = evaluate(
            call, rules.declared, lineage=lineage, key=purpose.key, approved=approved, local=local
        )
        noted = said.noted
        if said.decision.effect == "allow":
            return Replayed(entry, answer, then, _asks(found, approved=approved), noted)
    refused = said.decision
    now = ToolDecision("deny", refused.rule, refused.summary, refused.help, refused.layer, refused.owner)
    return Replayed(entry, answer, then, now, noted)


def _asks(found: ToolDecision, *, approved: bool) -> ToolDecision:
    if not approved or found.effect == "ask":
        return found
    return ToolDecision("ask", "tool-waits-for-approval", "policies let it through only with an approval")


def _then(entry: ToolCalled) -> Effect:
    if entry.status == "refused":
        return "deny"
    return "ask" if entry.status == "waiting" or entry.approval else "allow"


def _recalled(entry: ToolCalled, known: Before, block: ToolBlock | None, rules: Rules) -> ToolCall:
    """Make up a call of which everything that rules and policies ask is as it was recorded."""
    purpose = entry.purpose
    stage = next(each for each in STAGES if each == purpose.stage)
    targets = tuple(f"target-{number}.example" for number in range(entry.targets))
    asked = fold(block.asked_as[0]) if block and known.asked and block.asked_as else ""
    if known.names_another:
        asked = f"{asked} another.example"
    # An address that is handed on and that nobody knows, where no target is one.
    handed = () if known.targets_known or targets else ("stranger.example",)
    return ToolCall(
        remit=rules.resolver.remit(purpose.use_case, stage),
        address=entry.tool,
        block=block,
        pin=entry.pin,
        level=entry.level,
        given=Given(
            targets=targets,
            roles=tuple(("target", each) for each in targets),
            records=tuple(f"record-{number}" for number in range(entry.records)),
            money=entry.money,
            content=handed,
        ),
        run=Run(
            asked=asked,
            registered=frozenset(targets) if known.targets_known else frozenset(),
            data_class=known.data_class,
            is_tainted=known.tainted,
        ),
        sofar=Sofar(Reached(calls=known.calls), Reached()),
        day=entry.began.astimezone(rules.zone).date(),
        administrator=rules.model.organisation.contact,
    )


@dataclass(frozen=True, slots=True)
class Score:
    """Of how many calls that a person answered the rules say as much as the person did."""

    answered: int
    agreed: int


def score(found: tuple[Replayed, ...]) -> Score:
    answered = [each for each in found if each.answer and not each.no_facts]
    return Score(len(answered), sum(each.agrees for each in answered))
