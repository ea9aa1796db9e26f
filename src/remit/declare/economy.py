"""Economy: how long a use case's answers may take, and how much quality may be given up for money."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator as Reads

from remit.declare.block import Portion
from remit.declare.declared import Amount, Declared, whole

WAIT_SECONDS_MAX = 30 * 86_400
"""Nobody who asks a model wants its answer later than in a month."""


def _wait(value: Any) -> int:
    seconds = int(whole(value))
    if not 1 <= seconds <= WAIT_SECONDS_MAX:
        raise ValueError(f"write a whole number of seconds from 1 to {WAIT_SECONDS_MAX:_}")
    return seconds


Wait = Annotated[int, Reads(_wait)]
"""A whole number of seconds from 1 to 2,592,000, which are 30 days."""


class Economy(Declared):
    """What may be given up for money. Calls are not held to it; advice on what would be cheaper is."""

    answers_within_seconds: Wait | None = None
    """How long an answer may take from when it is asked for; left out, nothing is known of it, and no batch
    and no slower or faster service is advised. A streamed answer is watched and never waits."""
    late_answer_costs: Amount | None = None
    """What an answer that takes longer costs, such as a customer's time; left out, faster service is never
    worth its price."""
    pass_rate_loss_max: Portion | None = None
    """By how much the share of passed cases of an evaluation may be lower and still count as not worse; left
    out, 0.02."""
