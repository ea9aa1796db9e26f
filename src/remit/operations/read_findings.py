"""Read findings: the queue of what guardrails found and nobody has spoken of yet."""

from __future__ import annotations

from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.found import FindingFilter
from remit.report.findings import Findings, finding_lines


def read_findings(system: System, wanted: FindingFilter, *, limit: int) -> Findings:
    """List findings, what was found last first; raises NotFound if an undeclared use case is named."""
    fold_ledger(system)
    if wanted.use_case:
        require_use_case(model_in_force(system)[1], wanted.use_case)
    rows = system.store.findings(wanted, limit=limit + 1)
    return Findings(finding_lines(rows[:limit]), more=len(rows) > limit)
