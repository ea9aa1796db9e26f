"""Measures of approvals: how long answers take, how many came too fast to be read, how many were reversed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.decide.approval import Standing
from remit.record.approval_entry import Approval
from remit.record.decided import Apply, StageChange
from remit.record.dossier_entry import GateReview, Waiver

QUICK_S = 30
"""An answer within so many seconds of being asked was hardly read."""

REVERSED_WITHIN = timedelta(days=180)
"""What is taken back later than this was no hasty consent."""


@dataclass(frozen=True, slots=True)
class AnswerTimes:
    """Of one kind and tier: how many requests, how they ended, and how long people took, in seconds.

    The times are of requests that people settled, at the 50th and 85th of 100; None where there was none.
    `quick` of `answers` came within `QUICK_S`, and `reversed` of `approved` were taken back later.
    """

    about: str
    tier: str
    requests: int
    open: int
    approved: int
    denied: int
    withdrawn: int
    expired: int
    escalated: int
    seconds_p50: int | None
    seconds_p85: int | None
    answers: int
    quick: int
    reversed: int


@dataclass(frozen=True, slots=True)
class Answering:
    """How one person answers: how often, how many within `QUICK_S`, and how many at most in one go."""

    person: str
    answers: int
    denied: int
    quick: int
    batches: int
    batch_max: int


@dataclass(frozen=True, slots=True)
class ApprovalMeasures:
    by_kind: tuple[AnswerTimes, ...]
    by_person: tuple[Answering, ...]


def measure(found: Sequence[Standing], reversed_ids: frozenset[str]) -> ApprovalMeasures:
    """Sum up how requests were answered; `reversed_ids` are the approved ones that were taken back."""
    kinds: dict[tuple[str, str], list[Standing]] = {}
    for each in found:
        kinds.setdefault((each.request.about, each.request.tier), []).append(each)
    return ApprovalMeasures(
        tuple(_of_kind(*kind, kinds[kind], reversed_ids) for kind in sorted(kinds)), _of_people(found)
    )


def _of_kind(about: str, tier: str, found: Sequence[Standing], reversed_ids: frozenset[str]) -> AnswerTimes:
    states = [each.state for each in found]
    took = sorted(
        (each.answers[-1].at - each.request.at).total_seconds()
        for each in found
        if each.state in ("approved", "denied")
    )
    given = [(each, answer) for each in found for answer in _by_people(each)]
    return AnswerTimes(
        about=about,
        tier=tier,
        requests=len(found),
        open=states.count("open"),
        approved=states.count("approved"),
        denied=states.count("denied"),
        withdrawn=states.count("withdrawn"),
        expired=states.count("expired"),
        escalated=sum(_was_escalated(each) for each in found),
        seconds_p50=_at_rank(took, 50),
        seconds_p85=_at_rank(took, 85),
        answers=len(given),
        quick=sum(_is_quick(each, answer) for each, answer in given),
        reversed=sum(each.request.id in reversed_ids for each in found),
    )


def _by_people(found: Standing) -> list[Approval]:
    """List the answers to a request once for each person, who may give it in several roles."""
    once = {each.author: each for each in reversed(found.answers) if each.said != "withdrawn"}
    return list(once.values())


def _was_escalated(found: Standing) -> bool:
    """Say whether nobody had settled it by its deadline."""
    ended = found.answers[-1].at if found.state not in ("open", "expired") else found.request.expires
    return found.escalated or (found.state != "open" and ended >= found.request.deadline)


def _is_quick(found: Standing, answer: Approval) -> bool:
    return (answer.at - found.request.at).total_seconds() < QUICK_S


def _of_people(found: Sequence[Standing]) -> tuple[Answering, ...]:
    answers: dict[str, list[tuple[Standing, Approval]]] = {}
    for each in found:
        for answer in _by_people(each):
            answers.setdefault(answer.author, []).append((each, answer))
    people = []
    for person in sorted(answers):
        given = answers[person]
        batches: dict[str, int] = {}
        for _, answer in given:
            if answer.batch:
                batches[answer.batch] = batches.get(answer.batch, 0) + 1
        people.append(
            Answering(
                person=person,
                answers=len(given),
                denied=sum(answer.said == "denied" for _, answer in given),
                quick=sum(_is_quick(each, answer) for each, answer in given),
                batches=len(batches),
                batch_max=max(batches.values(), default=1),
            )
        )
    return tuple(people)


def _at_rank(values: Sequence[float], percent: int) -> int | None:
    """Return the value that so many of 100 do not exceed, of sorted values.

    >>> _at_rank([1, 2, 3, 4], 50), _at_rank([1, 2, 3, 4], 85), _at_rank([], 50)
    (2, 4, None)
    """
    return round(values[-(-len(values) * percent // 100) - 1]) if values else None


def reversals(
    found: Sequence[Standing],
    *,
    reviews: Iterable[GateReview],
    waivers: Iterable[Waiver],
    stages: Iterable[StageChange],
    applies: Iterable[Apply],
) -> frozenset[str]:
    """Find the approved requests whose effect people took back within half a year.

    A stage that was narrowed again or ended by a halt, a waiver that was taken back, an apply that was rolled
    back, or the same subject that was denied when it was asked again.
    """
    approved = {each.request.id: each.answers[-1].at for each in found if each.state == "approved"}
    taken: dict[str, list[datetime]] = {id: [] for id in approved}
    reviewed, waived, changed = list(reviews), list(waivers), list(stages)
    for review in reviewed:
        if review.request in taken:
            taken[review.request] += (
                each.at for each in changed if each.use_case == review.use_case and each.basis == "narrowed"
            )
            taken[review.request] += (
                each.at for each in reviewed if each.use_case == review.use_case and each.outcome == "halt"
            )
    revoked = {each.revoked: each.at for each in waived if each.revoked}
    for waiver in waived:
        if waiver.request in taken and waiver.id in revoked:
            taken[waiver.request].append(revoked[waiver.id])
    _rolled_back(list(applies), taken)
    _denied_later(found, taken)
    return frozenset(
        id
        for id, times in taken.items()
        if any(approved[id] < at <= approved[id] + REVERSED_WITHIN for at in times)
    )


def _rolled_back(applies: Sequence[Apply], taken: Mapping[str, list[datetime]]) -> None:
    for applied in applies:
        if applied.request in taken:
            taken[applied.request] += (
                each.at for each in applies if 0 < each.restores < applied.model_version < each.model_version
            )


def _denied_later(found: Sequence[Standing], taken: Mapping[str, list[datetime]]) -> None:
    denied: dict[tuple[str, str], list[datetime]] = {}
    for each in found:
        if each.state == "denied":
            denied.setdefault((each.request.use_case, each.request.subject), []).append(each.answers[-1].at)
    for each in found:
        if each.request.id in taken:
            taken[each.request.id] += denied.get((each.request.use_case, each.request.subject), ())
