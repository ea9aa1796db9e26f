"""Messages to web hooks: their bodies, as the receiver's format has them, and their signatures.

Headers and signature follow Standard Webhooks (https://www.standardwebhooks.com, version 1).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from remit.decide.notice import Notice
from remit.declare.webhook import HookFormat

_PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)
_TEXT_MAX = 2_900

TITLES: Mapping[str, str] = {
    "budget.reached": "Budget",
    "budget.refused": "Refused for want of money",
    "budget.forecast": "A budget will not last",
    "spend.anomaly": "A day that cost more than usual, or less",
    "guardrail.stopped": "Stopped by a guardrail",
    "model.applied": "Operating model",
    "stage.changed": "Stage",
    "evidence.given": "Evidence",
    "evaluation.done": "Evaluation",
    "gate.reviewed": "Gate",
    "study.registered": "Study",
    "study.done": "Study",
    "criterion.waived": "Waiver",
    "approval.requested": "An approval is asked for",
    "approval.due": "An approval is due",
    "approval.given": "Answered",
    "key.changed": "Key",
    "finding.reviewed": "Finding looked at",
    "calls.stopped": "Calls stopped, or let go on",
    "cost.adjusted": "Past cost corrected",
    "period.closed": "Period closed",
    "sunset.due": "A use case is due to be taken back or ended",
    "ledger.halted": "The ledger is not what was written",
    "webhook.test": "A test",
}


def read_secrets(text: str) -> tuple[bytes, ...] | None:
    """Read what signs: `whsec_` and 24 to 64 bytes in base64, or two of these with a comma between.

    Returns None where it is not that. With two, messages carry a signature by each, so that a receiver can
    change from one to the other.
    """
    found = []
    for each in text.split(","):
        try:
            secret = base64.b64decode(each.removeprefix(_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return None
        if len(secret) not in SECRET_BYTES:
            return None
        found.append(secret)
    return tuple(found) if len(found) <= 2 else None


def signed(id: str, body: bytes, *, secrets: tuple[bytes, ...], at: datetime) -> dict[str, str]:
    """Write the headers of a message that is sent at a time; without a secret it has no signature."""
    timestamp = str(int(at.timestamp()))
    content = f"{id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.new(secret, content, hashlib.sha256).digest()).decode()
        for secret in secrets
    ]
    headers = {"webhook-id": id, "webhook-timestamp": timestamp}
    return headers | ({"webhook-signature": " ".join(signatures)} if signatures else {})


def body_of(notice: Notice, format: HookFormat) -> bytes:
    """Write a message's body."""
    return msgspec.json.encode(_FORMATS[format](notice))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _remit(notice: Notice) -> dict[str, Any]:
    whose = {"use_case": notice.use_case, "unit": notice.unit, "entry": notice.entry}
    return {
        "type": notice.event,
        "timestamp": _instant(notice.at),
        "data": {
            "summary": notice.summary,
            **{name: value for name, value in whose.items() if value},
            **notice.data,
        },
    }


def _slack(notice: Notice) -> dict[str, Any]:
    title, said = TITLES[notice.event], escaped(notice.summary[:_TEXT_MAX])
    facts = [
        f"{name} `{value}`"
        for name, value in (("use case", notice.use_case), ("unit", notice.unit), ("entry", notice.entry))
        if value
    ]
    facts.append(f"{notice.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")
    return {
        "text": f"{title}: {said}",
        "blocks": [
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": f"*{title}*\n{said}", "verbatim": True},
            },
            {
                "type": "context",
                "elements": [{"type": "mrkdwn", "text": escaped(" · ".join(facts)), "verbatim": True}],
            },
        ],
    }


def escaped(text: str) -> str:
    """Write a text so that Slack shows it as it is, and neither a link nor a call to everybody.

    >>> escaped("<!channel> R&D")
    '&lt;!channel&gt; R&amp;D'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_FORMATS: Mapping[HookFormat, Callable[[Notice], dict[str, Any]]] = {"remit": _remit, "slack": _slack}
