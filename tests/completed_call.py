"""A completed call's entry, of which a test says only what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from remit.declare.price import Rates
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Purpose


def completed(id: str, at: datetime, usage: Usage, rates: Rates, *, purpose: Purpose, **more: Any) -> Call:
    """Make the entry of a call that is charged by its rates and drew from no budget."""
    stated: dict[str, Any] = {
        "provider": "p",
        "simulated": False,
        "served_model": "m",
        "streamed": False,
        "status": "completed",
        "settlement": "post",
        "accounts": (),
        "held": ZERO,
        "charge": rates.cost(usage),
        "currency": "EUR",
        "began": at,
        "latency_ms": 1,
    }
    return Call(id=id, at=at, purpose=purpose, usage=usage, rates=rates, **(stated | more))
