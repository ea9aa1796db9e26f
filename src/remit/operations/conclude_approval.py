"""Conclude approvals: what is done by itself once the last consent is given, one row for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from remit.decide.approval import Standing
from remit.declare.approval import Asked
from remit.operations.confirm_value import conclude_value
from remit.operations.review_gate import conclude_gate
from remit.operations.system import System
from remit.operations.waive import conclude_waiver
from remit.operations.widen_model import apply_approved
from remit.record.approval_entry import ApprovalRequest

Concluder = Callable[[System, ApprovalRequest, Standing], str]
"""Carries out what was agreed to, and says in one sentence what it did. It raises RemitError where that is
not possible any more. To be called again for the same request changes nothing."""

CONCLUDE: Mapping[Asked, Concluder] = {
    "gate": conclude_gate,
    "waiver": conclude_waiver,
    "apply": apply_approved,
    "budget": apply_approved,
    "value": conclude_value,
}
"""Who carries out what. A `tool` has no row: the answer is read by the run that waits for it."""
