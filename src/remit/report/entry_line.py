"""An entry in one line, for lists."""

from __future__ import annotations

from functools import singledispatch

from remit.declare.guardrail import Handling
from remit.kernel.money import Money, canonical
from remit.record.access_entry import Access
from remit.record.advice_entry import AdviceTaken
from remit.record.agent_entry import AgentRun
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.call_entry import Call, GuardrailCheck, Refusal
from remit.record.decided import (
    Adjustment,
    Apply,
    FindingReview,
    KeyChange,
    KillSwitch,
    PeriodClosed,
    StageChange,
)
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Waiver
from remit.record.entry import Entry
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import (
    CaptureErased,
    CaptureShown,
    LetGo,
    Recovery,
    Seal,
    SealKey,
    TrainingSetExported,
)
from remit.record.knowledge_entry import KnowledgeChange, MemoryErased
from remit.record.ledgered import decode
from remit.record.outcome_entry import Outcome, StudyRegistered, StudyResult
from remit.record.projection import Row
from remit.record.tool_entry import ToolCalled

_DONE: dict[Handling, str] = {"none": "passed", "anonymize": "masked", "block": "blocked"}


def describe(row: Row) -> str:
    """Say what happened, in the words of the product."""
    return _said(decode(row.body))


def describe_entry(entry: Entry) -> str:
    """Say it of an entry that has been read."""
    return _said(entry)


@singledispatch
def _said(entry: Entry) -> str:
    return ""


@_said.register
def _(call: Call) -> str:
    model = call.purpose.model.partition("/")[2]
    model += f" in place of {asked}" if (asked := call.purpose.asked.partition("/")[2]) else ""
    simulated = ", simulated" if call.simulated else ""
    fault = f" ({call.fault})" if call.fault else ""
    saved = ""
    if call.cached:
        saved = f", answer of {call.cached} again, {Money(call.saved, call.currency).display()} saved"
    return (
        f"{call.status}{fault}: {model}{simulated}, {call.usage.input_total:,} in,"
        f" {call.usage.output_tokens:,} out, {Money(call.charge, call.currency).display()},"
        f" {call.latency_ms:,} ms{saved}"
    )


@_said.register
def _(refusal: Refusal) -> str:
    more = f" (and {refusal.repeated:,} like it)" if refusal.repeated else ""
    return f"{refusal.decision.rule}: {refusal.decision.summary}{more}"


@_said.register
def _(check: GuardrailCheck) -> str:
    judged = f", of call {check.judges}" if check.judges else ""
    guardrails = ", ".join(sorted(check.guardrails))
    what = f"{check.side} of {check.characters:,} characters"
    return f"{_DONE[check.action]}: {what}, {guardrails}, {check.latency_ms:,} ms{judged}"


@_said.register
def _(charge: GuardrailCharge) -> str:
    units = f"{charge.units:,} text unit{'' if charge.units == 1 else 's'} of {charge.side}"
    amount = Money(charge.charge, charge.currency).display()
    return f"{charge.guardrail}/{charge.custom} read {units}, {amount}, of {charge.judges}"


@_said.register
def _(called: ToolCalled) -> str:
    why = f", {called.decision.rule}" if called.decision.rule else ""
    reached = [
        f"{count:,} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((called.targets, "target"), (called.records, "record"))
        if count
    ]
    return ", ".join((f"{called.tool} {called.status}{why}", *reached, f"run {called.run}"))


@_said.register
def _(run: AgentRun) -> str:
    why = run.rule or run.fault or (run.limit and f"its limit of {run.limit}")
    took = f"{run.turns:,} turns, {run.tool_calls:,} tool calls" if run.status != "begun" else ""
    part = f"handed on by {run.handed_by}" if run.handed_by else ""
    parts = (f"{run.agent} {run.status}", why, part, took, f"run {run.run}")
    return ", ".join(each for each in parts if each)


@_said.register
def _(applied: Apply) -> str:
    return (
        f"version {applied.model_version}: {applied.created:,} new, {applied.changed:,} changed,"
        f" {applied.removed:,} removed, by {applied.author}"
    )


@_said.register
def _(change: StageChange) -> str:
    ends = f" until {change.until:%Y-%m-%d %H:%M %Z}" if change.until else ""
    return f"entered {change.stage} ({change.basis}){ends}, by {change.author}"


@_said.register
def _(key: KeyChange) -> str:
    agent = f" for agent {key.agent}" if key.agent else ""
    place = f", {key.successor} takes its place" if key.successor else ""
    return f"key {key.key} {key.change}{agent}{place}, by {key.author}"


@_said.register
def _(review: FindingReview) -> str:
    said = "is no finding" if review.verdict == "false_positive" else "is one"
    return f"{review.type} {review.mark} {said}, says {review.author}"


@_said.register
def _(switch: KillSwitch) -> str:
    done = "stopped" if switch.on else "let go on"
    why = f": {switch.reason}" if switch.reason else ""
    return f"{switch.address} {done}{why}, by {switch.author}"


@_said.register
def _(outcome: Outcome) -> str:
    if outcome.withdrawn:
        return f"{outcome.metric} of {outcome.source} {outcome.key} is withdrawn, by {outcome.author}"
    of = f" of {outcome.reference}" if outcome.reference else ""
    simulated = ", simulated" if outcome.simulated else ""
    return (
        f"{outcome.metric} {canonical(outcome.value)}{of} at {outcome.happened:%Y-%m-%d %H:%M} UTC{simulated}"
    )


@_said.register
def _(study: StudyRegistered) -> str:
    late = ", after it started" if study.late else ""
    which = f"study {study.study}, version {study.version}, of {study.metric}"
    return f"{which} is registered{late}, by {study.author}"


@_said.register
def _(result: StudyResult) -> str:
    refused = ", refused" if result.refused else ""
    found = f"{result.metric} {result.effect:+.4g} ({result.grade}{refused})"
    return f"study {result.study}: {found}, by {result.author}"


@_said.register
def _(given: Evidence) -> str:
    if given.withdraws:
        return f"{given.withdraws} shows nothing any more, by {given.author}"
    value = f" {canonical(given.value)}" if given.value is not None else ""
    what = given.measure + value if given.measure else ", ".join(given.about)
    return f"{given.source.replace('_', ' ')}: {what}, of {given.shown}, {given.owner} answers for it"


@_said.register
def _(tried: Evaluation) -> str:
    # What passes is an attack that was fended off, which the name of the measure would have as a success.
    attacks = tried.measure == "attack_success_rate"
    does = "fended off" if attacks else "passed"
    scores = (f"{each.model} {does} {each.passed:,} of {each.cases:,}" for each in tried.results)
    return f"{'attacks of ' if attacks else ''}{tried.dataset}: {', '.join(scores)}, by {tried.author}"


@_said.register
def _(review: GateReview) -> str:
    who = "policy" if review.by_policy else review.author
    number = sum(each.status == "met" for each in review.shown if "/" not in each.id)
    met = f"{number:,} {'criterion' if number == 1 else 'criteria'} met"
    on = ", some of it simulated" if review.simulated else ""
    return f"{review.outcome} into {review.into}: {met}, {_waived(review)} waived{on}, by {who}"


def _waived(review: GateReview) -> int:
    return sum(each.status == "waived" for each in review.shown)


@_said.register
def _(waiver: Waiver) -> str:
    what = f"{waiver.criterion} into {waiver.into}"
    if waiver.revoked:
        return f"the waiver of {what} is taken back, by {waiver.author}"
    return f"{what} is waived until {waiver.expires}; {waiver.accepted_by} accepts what remains of the risk"


@_said.register
def _(request: ApprovalRequest) -> str:
    return f"{request.subject} waits for {', '.join(request.roles)}, asked by {request.author}"


@_said.register
def _(approval: Approval) -> str:
    role = f" as {approval.role}" if approval.role else ""
    behalf = f" for {approval.on_behalf_of}" if approval.on_behalf_of else ""
    place = f" in place of {approval.in_place_of}" if approval.in_place_of else ""
    return f"{approval.said} {approval.request}, by {approval.author}{role}{place}{behalf}"


@_said.register
def _(each: Delegation) -> str:
    if each.ends:
        return f"{each.to} does not answer for {each.holder} any more, by {each.author}"
    roles = ", ".join(each.roles) or "all roles"
    return f"{each.to} answers for {each.holder} ({roles}) until {each.until:%Y-%m-%d %H:%M} UTC"


@_said.register
def _(taken: AdviceTaken) -> str:
    saving = Money(taken.a_month, taken.currency).display()
    return f"{taken.advice} is taken, to save {saving} in 30 days, by {taken.author}"


@_said.register
def _(closed: PeriodClosed) -> str:
    despite = f", {closed.unpriced:,} without a price" if closed.despite else ""
    total = Money(closed.total, closed.currency).display()
    return f"{closed.period} is closed at {total}{despite}, by {closed.author}"


@_said.register
def _(each: Adjustment) -> str:
    amount = Money(each.amount, each.currency).display()
    return f"{each.reason} of {amount} for {each.since} to {each.until}: {each.note}, by {each.author}"


@_said.register
def _(shown: CaptureShown) -> str:
    return f"what is kept of {shown.call} was shown to {shown.author}"


@_said.register
def _(each: TrainingSetExported) -> str:
    simulated = ", simulated calls among them" if each.simulated else ""
    examples = each.examples + each.held_back
    return f"{examples:,} kept calls as {each.format} to train with{simulated}, by {each.author}"


@_said.register
def _(erased: CaptureErased) -> str:
    return f"{erased.captures:,} kept texts can never be read again, by {erased.author}"


@_said.register
def _(each: KnowledgeChange) -> str:
    where, of = ("from", "with") if each.change == "removed" else ("in", "of")
    chunks = f"{each.chunks:,} chunk{'' if each.chunks == 1 else 's'}"
    what = f"{each.document} version {each.version} {of} {chunks}"
    return f"{what} is {each.change} {where} {each.knowledge}, by {each.author}"


@_said.register
def _(erased: MemoryErased) -> str:
    return f"{erased.memories:,} memories of {erased.use_case} can never be read again, by {erased.author}"


@_said.register
def _(opened: SealKey) -> str:
    return f"seals are signed with key {opened.key} from here on, by {opened.author}"


@_said.register
def _(seal: Seal) -> str:
    last = seal.first + seal.lines - 1
    return f"{seal.number:,}: journal {seal.journal}, lines {seal.first:,} to {last:,}, root {seal.root[:16]}"


@_said.register
def _(gone: LetGo) -> str:
    return f"journal {gone.journal} was let go of up to line {gone.lines:,}, by {gone.author}"


@_said.register
def _(recovery: Recovery) -> str:
    return f"{recovery.bytes_set_aside:,} bytes of a torn write were set aside"


_ACCESS = {
    "sign_in_made": "a token that signs in once was made",
    "signed_in": "signed in",
    "session_ended": "the session ended",
    "token_issued": "a token of the control API was issued",
    "token_revoked": "a token of the control API was revoked",
}


@_said.register
def _(each: Access) -> str:
    whose = f", for {each.person}" if each.author != each.person else ""
    through = f" through {each.issuer}" if each.issuer else ""
    return f"{_ACCESS[each.change]}{through}{whose}, by {each.author}"
