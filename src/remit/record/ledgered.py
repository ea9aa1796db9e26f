"""All kinds of entries, and how one is written and read."""

from __future__ import annotations

import msgspec

from remit.record.access_entry import Access
from remit.record.advice_entry import AdviceTaken
from remit.record.agent_entry import AgentRun
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.call_entry import Call, GuardrailCheck, Hold, Mark, Refusal
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
from remit.record.outcome_entry import Outcome, StudyRegistered, StudyResult
from remit.record.tool_entry import ToolCalled

Ledgered = (
    Hold
    | Mark
    | Call
    | Refusal
    | GuardrailCheck
    | GuardrailCharge
    | ToolCalled
    | AgentRun
    | Apply
    | StageChange
    | KeyChange
    | FindingReview
    | KillSwitch
    | Adjustment
    | PeriodClosed
    | AdviceTaken
    | Evidence
    | Evaluation
    | GateReview
    | Waiver
    | ApprovalRequest
    | Approval
    | Delegation
    | Outcome
    | StudyRegistered
    | StudyResult
    | CaptureErased
    | CaptureShown
    | TrainingSetExported
    | KnowledgeChange
    | MemoryErased
    | SealKey
    | Seal
    | LetGo
    | Recovery
    | Access
)

KINDS: tuple[str, ...] = tuple(
    str(kind.__struct_config__.tag)
    for kind in (
        *(Call, Refusal, GuardrailCheck, GuardrailCharge, ToolCalled, AgentRun),
        *(Apply, StageChange, KeyChange, FindingReview, KillSwitch),
        *(Evidence, Evaluation, GateReview, Waiver, ApprovalRequest, Approval, Delegation),
        *(Outcome, StudyRegistered, StudyResult),
        *(Adjustment, PeriodClosed, AdviceTaken, CaptureErased, CaptureShown, TrainingSetExported),
        *(KnowledgeChange, MemoryErased),
        *(SealKey, Seal, LetGo, Recovery, Access),
    )
)
"""The kinds that lists of entries show; holds and marks are parts of the call that they end in."""

_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[Ledgered] = msgspec.json.Decoder(Ledgered)


def encode(entry: Entry) -> bytes:
    """Write an entry as one line of JSON, without the line's end."""
    return _ENCODER.encode(entry)


def decode(body: bytes) -> Ledgered:
    """Read an entry; raises msgspec.DecodeError if it is not one."""
    try:
        return _DECODER.decode(body)
    except UnicodeDecodeError:
        raise msgspec.DecodeError("the line is not UTF-8") from None
