"""What people are told of a sunset rule that fires."""

from __future__ import annotations

from datetime import datetime

from remit.decide.notice import Notice
from remit.decide.sunset import Sunset

FIRED = "sunset:"
"""What the memory of rules that fire begins with."""


def fired_key(sunset: Sunset) -> str:
    """Name a rule of one use case; its day is no part of it, so that one whose day moves is told once."""
    return f"{FIRED}{sunset.use_case}:{sunset.layer}:{sunset.rule}"


def sunset_notice(sunset: Sunset, now: datetime) -> Notice:
    """Write what people are told; nothing is ended by it."""
    simulated = " (simulated calls)" if sunset.simulated else ""
    return Notice(
        event="sunset.due",
        at=now,
        summary=f"`{sunset.use_case}` is due since {sunset.due} by sunset rule `{sunset.rule}` of"
        f" {sunset.layer}: {sunset.says}{simulated}; recommended: {sunset.recommend}",
        subject=f"{fired_key(sunset)}:{sunset.due}",
        use_case=sunset.use_case,
        unit=sunset.unit,
        data={
            "rule": sunset.rule,
            "layer": sunset.layer,
            "due": sunset.due.isoformat(),
            "stage": sunset.stage,
            "recommend": sunset.recommend,
            "simulated": sunset.simulated,
        },
    )
