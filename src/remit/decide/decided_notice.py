"""What people are told of each kind of entry that stands for itself: one row for a kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from remit.decide.notice import Notice
from remit.declare.operating_model import OperatingModel
from remit.declare.webhook import EventName
from remit.kernel.money import Money, canonical
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.decided import (
    Adjustment,
    Apply,
    FindingReview,
    KeyChange,
    KillSwitch,
    PeriodClosed,
    StageChange,
)
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Waiver
from remit.record.entry import Entry
from remit.record.outcome_entry import StudyRegistered, StudyResult

CHANGES_MAX = 20


@dataclass(frozen=True, slots=True)
class Row:
    """The event of a kind of entry, its sentence and its figures."""

    event: EventName
    summary: Callable[[Any], str]
    data: Callable[[Any], Mapping[str, Any]]


def _applied(entry: Apply) -> str:
    what = f"version {entry.model_version} of the operating model is in force"
    if entry.restores:
        what += f"; it restores version {entry.restores}"
    return f"{what}: {entry.created:,} new, {entry.changed:,} changed, {entry.removed:,} removed"


def _applied_data(entry: Apply) -> Mapping[str, Any]:
    data: dict[str, Any] = {
        "model_version": entry.model_version,
        "created": entry.created,
        "changed": entry.changed,
        "removed": entry.removed,
        "changes": [{"action": each.action, "address": each.address} for each in entry.changes[:CHANGES_MAX]],
    }
    return data | ({"restores": entry.restores} if entry.restores else {})


def _key(entry: KeyChange) -> str:
    agent = f", agent `{entry.agent}`," if entry.agent else ""
    ends = f" and ends on {entry.expires:%Y-%m-%d}" if entry.expires and entry.change == "rotated" else ""
    return f"key `{entry.key}` of `{entry.use_case}`{agent} was {entry.change}{ends}"


def _key_data(entry: KeyChange) -> Mapping[str, Any]:
    data = {"key": entry.key, "change": entry.change}
    more = {"agent": entry.agent, "successor": entry.successor}
    data |= {name: value for name, value in more.items() if value}
    return data | ({"expires": entry.expires.isoformat()} if entry.expires else {})


def _review(entry: FindingReview) -> str:
    said = "is none" if entry.verdict == "false_positive" else "is one"
    return f"a finding of `{entry.type}` in `{entry.use_case}` was looked at, and {said}"


def _adjusted(entry: Adjustment) -> str:
    amount = Money(entry.amount, entry.currency).display()
    return f"past cost was corrected by {amount} ({entry.reason}), for {entry.since} to {entry.until}"


def _adjusted_data(entry: Adjustment) -> Mapping[str, Any]:
    data = {
        "reason": entry.reason,
        "amount": canonical(entry.amount),
        "currency": entry.currency,
        "since": entry.since.isoformat(),
        "until": entry.until.isoformat(),
        "cost": entry.cost,
    }
    return data | {name: value for name in ("model", "provider", "key") if (value := getattr(entry, name))}


def _evidence(entry: Evidence) -> str:
    if entry.withdraws:
        return f"evidence of `{entry.use_case or entry.unit or 'the organisation'}` was taken back"
    what = entry.measure or ", ".join(entry.about)
    return f"`{what}` of `{entry.use_case or entry.unit or 'the organisation'}` has new evidence"


def _evaluated(entry: Evaluation) -> str:
    scores = ", ".join(f"`{each.model}` {each.passed:,} of {each.cases:,}" for each in entry.results)
    return f"`{entry.use_case}` was tried on `{entry.dataset}` ({entry.measure}): {scores}"


def _evaluated_data(entry: Evaluation) -> Mapping[str, Any]:
    results = [
        {"model": each.model, "release": each.release, "cases": each.cases, "passed": each.passed}
        for each in entry.results
    ]
    return {"measure": entry.measure, "dataset": entry.dataset, "results": results}


def _reviewed(entry: GateReview) -> str:
    lane = " by policy" if entry.by_policy else ""
    return f"the gate of `{entry.use_case}` into `{entry.into}` was reviewed{lane}: {entry.outcome}"


def _reviewed_data(entry: GateReview) -> Mapping[str, Any]:
    shown = {each.id: each.status for each in entry.shown}
    return {
        "stage": entry.stage,
        "into": entry.into,
        "outcome": entry.outcome,
        "by_policy": entry.by_policy,
        "tier": entry.tier,
        "shown": shown,
    }


def _registered(entry: StudyRegistered) -> str:
    late = ", after it had started" if entry.late else ""
    return f"version {entry.version} of the study `{entry.study}` of `{entry.use_case}` is registered{late}"


def _found(entry: StudyResult) -> str:
    said = "is refused by its checks" if entry.refused else f"found {entry.effect:+.4g} ({entry.grade})"
    return f"the study `{entry.study}` of `{entry.use_case}` on `{entry.metric}` {said}"


def _found_data(entry: StudyResult) -> Mapping[str, Any]:
    return {
        "study": entry.study,
        "version": entry.version,
        "metric": entry.metric,
        "effect": entry.effect,
        "low": entry.low,
        "high": entry.high,
        "sure": entry.sure,
        "grade": entry.grade,
        "refused": entry.refused,
        "simulated": entry.simulated,
    }


def _waived(entry: Waiver) -> str:
    what = f"`{entry.criterion}` of `{entry.use_case}` into `{entry.into}`"
    return f"the waiver of {what} was taken back" if entry.revoked else f"{what} is waived to {entry.expires}"


def _asked(entry: ApprovalRequest) -> str:
    roles = ", ".join(f"`{each}`" for each in entry.roles)
    return f"`{entry.subject}` of `{entry.use_case or entry.unit or 'the organisation'}` waits for {roles}"


def _asked_data(entry: ApprovalRequest) -> Mapping[str, Any]:
    return {
        "about": entry.about,
        "subject": entry.subject,
        "roles": list(entry.roles),
        "people": entry.people,
        "deadline": entry.deadline.isoformat(),
    }


ROWS: Mapping[type[Entry], Row] = {
    Apply: Row("model.applied", _applied, _applied_data),
    StageChange: Row(
        "stage.changed",
        lambda entry: f"`{entry.use_case}` entered the stage `{entry.stage}`",
        lambda entry: {"stage": entry.stage, "since": entry.since.isoformat(), "basis": entry.basis},
    ),
    Evidence: Row(
        "evidence.given",
        _evidence,
        lambda entry: {
            "about": list(entry.about),
            "measure": entry.measure,
            "source": entry.source,
            "withdrawn": bool(entry.withdraws),
        },
    ),
    Evaluation: Row("evaluation.done", _evaluated, _evaluated_data),
    GateReview: Row("gate.reviewed", _reviewed, _reviewed_data),
    StudyRegistered: Row(
        "study.registered",
        _registered,
        lambda entry: {"study": entry.study, "version": entry.version, "late": entry.late},
    ),
    StudyResult: Row("study.done", _found, _found_data),
    Waiver: Row(
        "criterion.waived",
        _waived,
        lambda entry: {
            "into": entry.into,
            "criterion": entry.criterion,
            "expires": entry.expires.isoformat(),
            "revoked": bool(entry.revoked),
        },
    ),
    ApprovalRequest: Row("approval.requested", _asked, _asked_data),
    Approval: Row(
        "approval.given",
        lambda entry: f"request `{entry.request}` was {entry.said}",
        lambda entry: {"request": entry.request, "about": entry.about, "said": entry.said},
    ),
    KeyChange: Row("key.changed", _key, _key_data),
    FindingReview: Row(
        "finding.reviewed",
        _review,
        lambda entry: {
            "type": entry.type,
            "guardrails": list(entry.guardrails),
            "verdict": entry.verdict,
        },
    ),
    KillSwitch: Row(
        "calls.stopped",
        lambda entry: f"`{entry.address}` " + ("was stopped" if entry.on else "was let go on"),
        lambda entry: {"address": entry.address, "on": entry.on},
    ),
    Adjustment: Row("cost.adjusted", _adjusted, _adjusted_data),
    PeriodClosed: Row(
        "period.closed",
        lambda entry: f"`{entry.period}` is closed at {Money(entry.total, entry.currency).display()}",
        lambda entry: {
            "period": entry.period,
            "total": str(Money(entry.total, entry.currency)),
            "digest": entry.digest,
        },
    ),
}
"""Kinds of entries of which each is told by itself."""


def notice_of(entry: Entry, model: OperatingModel) -> Notice | None:
    """Say what an entry tells people by itself; None for a kind that has no row."""
    row = ROWS.get(type(entry))
    if row is None:
        return None
    use_case = getattr(entry, "use_case", "")
    case = model.use_cases.get(use_case)
    return Notice(
        event=row.event,
        at=entry.at,
        summary=row.summary(entry),
        entry=entry.id,
        use_case=use_case,
        unit=getattr(entry, "unit", "") or (case.unit if case else ""),
        data=row.data(entry),
    )
