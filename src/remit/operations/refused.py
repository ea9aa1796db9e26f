"""Refusals of calls: each has an entry that says what was refused, to whom and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.enforce.decision import Decision, deny
from remit.enforce.guardrail.noted import Noted
from remit.enforce.key import Key
from remit.enforce.remit import Remit
from remit.operations.worker import Worker
from remit.record.call_entry import Purpose, Refusal


@dataclass(frozen=True, slots=True)
class Refused:
    """A "no", with the id of its entry."""

    id: str
    decision: Decision


def purpose_of(
    worker: Worker, key: Key, remit: Remit, model: str, user: str = "", *, arm: str = ""
) -> Purpose:
    """Say what a call is for, as its entry does."""
    return Purpose(
        key=key.id,
        use_case=remit.use_case,
        unit=remit.unit,
        stage=remit.stage,
        model=model,
        model_version=worker.view.version,
        remit=remit.digest,
        agent=key.agent,
        user=user,
        arm=arm,
    )


def refused(
    worker: Worker,
    decision: Decision,
    purpose: Purpose | None,
    now: datetime,
    repeated: int = 0,
    findings: tuple[Noted, ...] = (),
    *,
    id: str = "",
    judges: str = "",
) -> Refused:
    """Write a refusal down, by an `id` that was given out already if there is one; raises JournalError."""
    id = id or worker.system.ids.new(now)
    worker.record_unless_owed(
        Refusal(
            id=id,
            at=now,
            decision=decision,
            purpose=purpose,
            repeated=repeated,
            findings=findings,
            judges=judges,
        )
    )
    return Refused(id, decision)


def intervened(findings: Sequence[Noted], origins: Mapping[str, str], message: str) -> Decision:
    """Refuse what a guardrail stops where the answer could not be words."""
    stops = [name for each in findings for name, action in each.guardrails.items() if action == "block"]
    found = sorted({f"{each.policy} `{each.type}`" for each in findings if each.action == "block"})
    return deny(
        "stopped-by-guardrail",
        f"`{stops[0]}` stops this input: {', '.join(found)}",
        help=f"take it out, or ask the guardrail's owner; it says: {message}",
        layer=origins[stops[0]],
        owner=stops[0],
    )


def unproved(worker: Worker, decision: Decision, now: datetime) -> Refused:
    """Refuse somebody who has not shown who it is; a flood of them is not written down one by one."""
    repeated = worker.unknown_keys.take(int(now.timestamp()))
    if repeated is None:
        return Refused("", decision)
    return refused(worker, decision, None, now, repeated)
