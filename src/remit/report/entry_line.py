"""An entry in one line, for lists."""

from __future__ import annotations

from remit.declare.guardrail import Handling
from remit.kernel.money import Money
from remit.record.entry import (
    Apply,
    Call,
    FindingReview,
    GuardrailCheck,
    KeyChange,
    Recovery,
    Refusal,
    StageChange,
    decode,
)
from remit.record.projection import Row

_DONE: dict[Handling, str] = {"none": "passed", "anonymize": "masked", "block": "blocked"}


def describe(row: Row) -> str:
    """Say what happened, in the words of the product."""
    match decode(row.body):
        case Call() as call:
            model = call.purpose.model.partition("/")[2]
            model += f" in place of {asked}" if (asked := call.purpose.asked.partition("/")[2]) else ""
            simulated = ", simulated" if call.simulated else ""
            fault = f" ({call.fault})" if call.fault else ""
            return (
                f"{call.status}{fault}: {model}{simulated}, {call.usage.input_total:,} in,"
                f" {call.usage.output_tokens:,} out, {Money(call.charge, call.currency).display()},"
                f" {call.latency_ms:,} ms{_saved(call)}"
            )
        case Refusal() as refusal:
            more = f" (and {refusal.repeated:,} like it)" if refusal.repeated else ""
            return f"{refusal.decision.rule}: {refusal.decision.summary}{more}"
        case GuardrailCheck() as check:
            return (
                f"{_DONE[check.action]}: {check.side} of {check.characters:,} characters,"
                f" {', '.join(sorted(check.guardrails))}, {check.latency_ms:,} ms"
                f"{f', of call {check.judges}' if check.judges else ''}"
            )
        case Apply() as applied:
            return (
                f"version {applied.model_version}: {applied.created:,} new, {applied.changed:,} changed,"
                f" {applied.removed:,} removed, by {applied.author}"
            )
        case StageChange() as change:
            return f"entered {change.stage} ({change.basis}), by {change.author}"
        case KeyChange() as key:
            agent = f" for agent {key.agent}" if key.agent else ""
            place = f", {key.successor} takes its place" if key.successor else ""
            return f"key {key.key} {key.change}{agent}{place}, by {key.author}"
        case FindingReview() as review:
            said = "is no finding" if review.verdict == "false_positive" else "is one"
            return f"{review.type} {review.mark} {said}, says {review.author}"
        case Recovery() as recovery:
            return f"{recovery.bytes_set_aside:,} bytes of a torn write were set aside"
        case _:
            return ""


def _saved(call: Call) -> str:
    if not call.cached:
        return ""
    return f", answer of {call.cached} again, {Money(call.saved, call.currency).display()} saved"
