"""The reason that somebody gives for what they decide: it is there, and no longer than is kept."""

from __future__ import annotations

from remit.kernel.errors import RemitError
from remit.operations.model_in_force import REASON_MAX


def require_reason(reason: str) -> None:
    """Raise RemitError for a reason that is too long."""
    assert reason.strip(), "the door asks for one"
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="shorten it, or give a link to where it is written",
            code="value-too-long",
        )
