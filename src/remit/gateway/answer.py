"""Answers that are not a model's: refusals and faults, each with its status."""

from __future__ import annotations

from remit.gateway.wire import Failure
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderRefused, RemitError, StoreError
from remit.operations.refused import Refused

STATUS_OF_RULE: dict[str, int] = {
    "unknown-key": 401,
    "invalid-signature": 401,
    "invalid-token": 401,
    "invalid-certificate": 401,
    "revoked-key": 401,
    "expired-key": 401,
    "budget-exhausted": 402,
    "no-budget": 402,
    "model-without-price": 402,
    "tier-without-price": 400,
    "input-too-large": 413,
    "route-rests": 429,
    "rate-limited": 429,
    "too-many-at-once": 429,
    "cannot-be-expressed": 400,
    "prompt-incomplete": 400,
    "prompt-contradicted": 400,
    "unknown-variable": 400,
    "user-missing": 400,
    "reference-missing": 400,
    "unknown-guardrail": 400,
}
"""Refusals that are not a plain 403. Clients of the formats repeat 429 and 5xx by themselves, so a refusal
that will not change by waiting is neither."""


STATUS_OF_FAULT: dict[str, int] = {
    "not-found": 404,
    "batch-ended": 400,
    "batch-without-key": 403,
    "file-in-use": 400,
    "too-much-kept": 400,
    "kill-switch": 403,
}
"""Faults of the world that are none of the provider's, and not a plain 503. None is 409: clients of the
formats repeat that too."""


def of_refusal(refused: Refused) -> Failure:
    decision = refused.decision
    return Failure(
        status=STATUS_OF_RULE.get(decision.rule, 403),
        code=decision.rule,
        summary=decision.summary,
        help=decision.help,
        decision=decision,
        entry=refused.id,
        retry_after_s=decision.retry_after,
    )


def of_error(error: RemitError) -> Failure:
    """Give a fault of the world its status, and say when to come back."""
    status = STATUS_OF_FAULT.get(error.code, 503)
    if isinstance(error, ProviderBusy):
        status = 429
    elif isinstance(error, ProviderRefused):
        status = 413 if error.code == "input-too-large" else 400
    elif isinstance(error, ProviderError):
        status = 504 if error.code == "provider-timeout" else 502
    wait = error.retry_after_s if isinstance(error, ProviderBusy | StoreError) else None
    return Failure(status=status, code=error.code, summary=error.summary, help=error.help, retry_after_s=wait)


def of_internal_fault(id: str) -> Failure:
    """Admit a fault of ours; the log tells more under the id."""
    return Failure(
        status=500,
        code="internal-fault",
        summary="the gateway did something wrong",
        help=f"send `{id}` to its administrator",
    )
