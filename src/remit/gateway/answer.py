"""Answers that are not a model's: refusals and faults, each with its status and in plain words."""

from __future__ import annotations

from typing import Any

from remit.gateway.openai_chat import Malformed
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderRefused, RemitError
from remit.operations.call_model import Refused

STATUS_OF_RULE: dict[str, int] = {
    "unknown-key": 401,
    "revoked-key": 401,
    "expired-key": 401,
    "budget-exhausted": 402,
    "no-budget": 402,
    "model-without-price": 402,
    "input-too-large": 413,
    "rate-limited": 429,
    "too-many-at-once": 429,
}
"""Refusals that are not a plain 403. Clients of the format repeat 429 and 5xx by themselves, so a refusal
that will not change by waiting is neither."""

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "insufficient_quota",
    403: "permission_error",
    413: "invalid_request_error",
    429: "rate_limit_error",
}


def of_refusal(refused: Refused) -> tuple[int, dict[str, Any]]:
    decision = refused.decision
    status = STATUS_OF_RULE.get(decision.rule, 403)
    message = f"{decision.summary} — {decision.help}"
    return status, {
        "message": message,
        "type": _TYPES[status],
        "param": None,
        "code": decision.rule,
        "remit": {
            "decision": refused.id or None,
            "rule": decision.rule,
            "layer": decision.layer,
            "owner": decision.owner,
            "help": decision.help,
        },
    }


def headers_of(refused: Refused) -> dict[str, str]:
    """Say in a header when to come back, where waiting alone may help; clients of the format wait so long."""
    seconds = refused.decision.retry_after
    return {} if seconds is None else {"retry-after": str(seconds)}


def of_malformed(malformed: Malformed) -> tuple[int, dict[str, Any]]:
    status = 413 if malformed.code == "body-too-large" else 400
    return status, {
        "message": f"{malformed.summary} — {malformed.help}",
        "type": _TYPES[status],
        "param": malformed.param,
        "code": malformed.code,
    }


def of_internal_fault(id: str) -> dict[str, Any]:
    """Admit a fault of ours; the log tells more under the id."""
    return {
        "message": f"the gateway did something wrong — send `{id}` to its administrator",
        "type": "server_error",
        "param": None,
        "code": "internal-fault",
    }


def of_fault(error: RemitError) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Give a fault of the world its status, and say in a header when to come back."""
    headers: dict[str, str] = {}
    if isinstance(error, ProviderBusy):
        status = 429
        headers["retry-after"] = str(error.retry_after_s)
    elif isinstance(error, ProviderRefused):
        status = 400
    elif isinstance(error, ProviderError):
        status = 502
    else:
        status = 503
    body = {
        "message": f"{error.summary} — {error.help}",
        "type": _TYPES.get(status, "server_error"),
        "param": None,
        "code": error.code,
    }
    return status, body, headers
