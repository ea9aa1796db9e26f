"""Review a finding: say that it is none, so that it is never found again, or that it is one."""

from __future__ import annotations

from remit.kernel.errors import NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX
from remit.operations.system import CONTROL, System
from remit.record.decided import FindingReview, Verdict
from remit.record.found import FindingFilter

GUARDRAILS_MAX = 50


def review_finding(system: System, mark: str, *, verdict: Verdict, author: str, reason: str) -> FindingReview:
    """Write down what a person says of the finding with a mark; running gateways know it within a second.

    Of several verdicts the last one holds. Raises NotFound for a mark under which nothing was found.
    """
    assert reason.strip(), "the door asks for one"
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="say it in fewer words",
            code="value-too-long",
        )
    fold_ledger(system)
    found = system.store.findings(FindingFilter(mark=mark), limit=GUARDRAILS_MAX) if mark else []
    if not found:
        raise NotFound(
            f"nothing was found under mark `{mark[:40]}`",
            help="`remit guardrail findings` shows the marks that can be reviewed",
            code="unknown-finding",
        )
    now, key = system.clock.now(), found[0].key
    review = FindingReview(
        id=system.ids.new(now),
        at=now,
        mark=mark,
        use_case=key.use_case,
        type=key.type,
        guardrails=tuple(sorted({row.key.guardrail for row in found})),
        verdict=verdict,
        author=author,
        reason=reason,
    )
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([review])
    fold_ledger(system)
    return review
