"""Filed facts: what evaluations, studies, attestations and approvals in a dossier show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import TypeVar

from remit.decide.approval import standing
from remit.decide.dossier import LIVE, Attested, Fact
from remit.decide.study_result import newest_results
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.dossier_entry import Evaluation, Evidence, Guarded, Scored, Waiver
from remit.record.outcome_entry import StudyRegistered, StudyResult

_MILLIONTH = Decimal("0.000001")

_Entry = TypeVar("_Entry", Evidence, Waiver)


def standing_evidence(entries: Iterable[Evidence]) -> list[Evidence]:
    """Leave out evidence that was taken back, and what took it back."""
    return _standing(list(entries), "withdraws")


def standing_waivers(entries: Iterable[Waiver]) -> dict[str, Waiver]:
    """Return the newest waiver of each criterion that was not taken back, by `gate/STAGE/CRITERION`."""
    kept = _standing(list(entries), "revoked")
    return {f"gate/{each.into}/{each.criterion}": each for each in sorted(kept, key=lambda each: each.id)}


def _standing(entries: Sequence[_Entry], ends: str) -> list[_Entry]:
    # What takes back another's evidence takes back nothing: both are of one use case, or of one unit.
    about = {each.id: (each.use_case, getattr(each, "unit", "")) for each in entries}
    gone = {
        getattr(each, ends)
        for each in entries
        if about.get(getattr(each, ends)) == (each.use_case, getattr(each, "unit", ""))
    }
    return [each for each in entries if not getattr(each, ends) and each.id not in gone]


def shows_nothing(evaluation: Evaluation, tried: Scored) -> str:
    """Say why an evaluation shows nothing of a release, whatever it counted; empty if it does.

    Whoever writes the data set could write its answers as well, or end it after the cases that passed.
    """
    if tried.given:
        return f"the data set brings {tried.given:,} of the {tried.cases:,} answers, which no call made"
    if evaluation.left_out:
        return f"it ended with {evaluation.left_out:,} cases of its data set left out"
    return ""


def evaluated(
    evaluations: Iterable[Evaluation],
    outdated: Callable[[Scored], str],
    *,
    weaker_guards: Callable[[Sequence[Guarded]], str] = lambda _: "",
) -> Iterator[Fact]:
    """Say what each evaluation counted, for each release that it tried, and whether calls would get that.

    An attack that was not fended off is a case that was not passed; what fended it off must still be there.
    """
    for each in evaluations:
        for tried in each.results:
            if not tried.cases:
                continue
            of_attacks = each.measure == "attack_success_rate"
            counted = tried.cases - tried.passed if of_attacks else tried.passed
            yield Fact(
                measure=each.measure,
                value=Decimal(counted) / tried.cases,
                at=each.at,
                evidence="evaluation",
                basis=f"{each.dataset} on {tried.model}" + (" (live calls)" if each.live else ""),
                since=each.began,
                passed=counted,
                total=tried.cases,
                entries=(each.id,),
                # A set that only has the name of live calls is none of them.
                dataset=each.dataset if each.live or each.dataset != LIVE else "",
                release=tried.release,
                outdated=shows_nothing(each, tried)
                or outdated(tried)
                or (weaker_guards(each.guardrails) if of_attacks else ""),
                simulated=tried.simulated,
            )


def studied(evidence: Iterable[Evidence], zone: tzinfo) -> Iterator[Fact]:
    """Say what studies of value found; each is from the beginning of a day in that zone."""
    for each in evidence:
        if each.source == "value_study" and each.measure and each.value is not None:
            yield Fact(
                measure=each.measure,
                value=each.value,
                at=datetime.combine(each.shown, time(), zone).astimezone(UTC),
                evidence="value_study",
                basis=each.statement or "a study of value",
                low=each.low,
                high=each.high,
                sure=each.sure,
                entries=(each.id,),
                expires=each.expires,
                simulated=each.simulated,
            )


def found(studies: Iterable[StudyRegistered | StudyResult]) -> Iterator[Fact]:
    """Say what registered studies found of the way to the target.

    Of each study the last result of its newest version counts, where no check refused it.
    """
    for each in newest_results(studies):
        if each.progress is None:
            continue
        yield Fact(
            measure="share_of_target",
            value=_share(each.progress),
            at=each.known,
            evidence="value_study",
            basis=f"study {each.study}, version {each.version}, {each.grade.replace('_', ' ')}",
            low=None if each.progress_low is None else _share(each.progress_low),
            high=None if each.progress_high is None else _share(each.progress_high),
            sure=Decimal(str(each.sure)),
            entries=(each.id,),
            simulated=each.simulated,
        )


def _share(value: float) -> Decimal:
    return Decimal(str(value)).quantize(_MILLIONTH)


def attested(evidence: Iterable[Evidence], today: date) -> dict[str, Attested]:
    """Return by address the newest word on it, and before it any that has not run out."""
    words = [each for each in evidence if each.source == "attestation"]
    words.sort(key=lambda each: (each.expires is None or each.expires >= today, each.shown, each.id))
    return {
        about: Attested(
            about=about,
            shown=each.shown,
            expires=each.expires,
            entry=each.id,
            owner=each.owner,
            statement=each.statement,
            link=each.link,
            file=each.file,
        )
        for each in words
        for about in each.about
    }


def consented(
    requests: Iterable[ApprovalRequest], approvals: Iterable[Approval], now: datetime
) -> dict[str, Attested]:
    """Return who consented to which gate in which role, under `approval/gate/STAGE/ROLE`.

    Consent to a request that somebody denied, or that was taken back, is none.
    """
    answers: Mapping[str, list[Approval]] = defaultdict(list)
    for each in approvals:
        answers[each.request].append(each)
    found: dict[str, Attested] = {}
    for request in sorted(requests, key=lambda each: each.id):
        if request.about != "gate" or request.id not in answers:
            continue
        asked = standing(request, answers[request.id], now)
        if asked.state in ("denied", "withdrawn"):
            continue
        for consent in asked.consents:
            about = f"approval/{request.subject}/{consent.role}"
            shown = consent.at.date()
            found[about] = Attested(
                about, shown, None, consent.id, consent.author, statement=consent.reason or request.summary
            )
    return found
