"""Criteria assessed: how one stands on what is known of a use case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from remit.decide.dossier import LIVE, Attested, Dossier, Fact
from remit.decide.surety import bound_of, meets, sure
from remit.declare.gate import ATTESTED, Criterion
from remit.declare.operating_model import OperatingModel
from remit.record.dossier_entry import CriterionStatus, Waiver


@dataclass(frozen=True, slots=True)
class CriterionStanding:
    """How one criterion stands, what shows it, and what would meet it in the shortest way.

    `sure` is how sure one can be that it is met, where it asks for that. What shows it counts to the end of
    the day `until`, if it runs out. `shortest` says in one sentence what is to be done, with figures where
    they follow from what is known; there is nothing to do for what is met.
    """

    id: str
    criterion: Criterion
    status: CriterionStatus
    shortest: str
    fact: Fact | None = None
    attested: Attested | None = None
    sure: Decimal | None = None
    waiver: Waiver | None = None
    until: date | None = None

    @property
    def simulated(self) -> bool:
        return self.fact is not None and self.fact.simulated


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion as a gate asks for it; `address` is what an attestation or a waiver of it speaks to.

    Evaluations count where they are of `release`; where it is empty, any are.
    """

    id: str
    address: str
    criterion: Criterion
    model: OperatingModel
    dossier: Dossier
    release: str = ""

    @property
    def consent(self) -> str:
        """Where a dossier has the consent of the use case's risk owner to pass the gate."""
        _, stage, *_ = self.address.split("/")
        return f"approval/gate/{stage}/risk-owner"


@dataclass(frozen=True, slots=True)
class Found:
    """How a criterion stands, and on what."""

    status: CriterionStatus
    fact: Fact | None = None
    attested: Attested | None = None
    sure: Decimal | None = None
    until: date | None = None
    waiver: Waiver | None = None


def stand(asked: Asked) -> Found:
    """Say how a criterion stands.

    What is stale never counts, and neither does what is from a day to come. A waiver counts where the
    criterion is not met, until the end of the day on which it expires.
    """
    found = _shown(asked) if asked.criterion.evidence in ATTESTED else _measured(asked)
    waiver = asked.dossier.waivers.get(asked.address)
    if waiver is None:
        return found
    waived = found.status != "met" and asked.dossier.today <= waiver.expires
    return replace(found, status="waived" if waived else found.status, waiver=waiver)


def _shown(asked: Asked) -> Found:
    consent = asked.criterion.evidence == "approval"
    word = asked.dossier.attested.get(asked.consent if consent else asked.address)
    if word is None or word.shown > asked.dossier.today:
        return Found("missing")
    until = _until(word.shown, word.expires, asked.criterion)
    return Found("met" if _lasts(until, asked.dossier) else "stale", attested=word, until=until)


def _measured(asked: Asked) -> Found:
    fact = counted_fact(asked)
    if fact is None:
        return Found("missing")
    criterion, dossier = asked.criterion, asked.dossier
    until = counts_until(fact, asked)
    if fact.outdated or not _lasts(until, dossier):
        return Found("stale", fact, until=until)
    bound = bound_of(criterion)
    if criterion.confidence is None:
        return Found("met" if meets(fact, bound) else "not_met", fact, until=until)
    how_sure = sure(fact, bound)
    if how_sure is None:
        return Found("missing", fact, until=until)
    met = meets(fact, bound) and how_sure >= criterion.confidence
    return Found("met" if met else "not_met", fact, sure=how_sure, until=until)


def counted_fact(asked: Asked) -> Fact | None:
    """Choose the fact that counts: fresh before stale, then real before simulated, then the newest."""
    dossier = asked.dossier
    best, rank = None, (False, False)
    for fact in _of_criterion(asked):
        until = counts_until(fact, asked)
        this = (not fact.outdated and _lasts(until, dossier), not fact.simulated)
        if best is None or this > rank:
            best, rank = fact, this
    return best


def _of_criterion(asked: Asked) -> Iterable[Fact]:
    """List the facts that speak of a criterion, the newest first."""
    criterion, dossier = asked.criterion, asked.dossier
    return (
        fact
        for fact in dossier.facts.get(criterion.measure, ())
        if fact.evidence == criterion.evidence
        and fact.at <= dossier.now
        # Live calls are scored by whatever can be said of them; a criterion asks for them by name.
        and (fact.dataset != LIVE if criterion.dataset is None else fact.dataset == criterion.dataset)
        and (not asked.release or not fact.release or fact.release == asked.release)
    )


def counts_until(fact: Fact, asked: Asked) -> date | None:
    """Say until the end of which day a fact counts; None if it does not run out.

    What the ledger shows is as of now, whenever one asks.
    """
    if fact.evidence == "ledger":
        return None
    return _until(asked.dossier.day_of(fact.at), fact.expires, asked.criterion)


def _lasts(until: date | None, dossier: Dossier) -> bool:
    return until is None or dossier.today <= until


def _until(shown: date, expires: date | None, criterion: Criterion) -> date | None:
    days = [] if expires is None else [expires]
    if criterion.fresh_days is not None:
        days.append(shown + timedelta(days=min(criterion.fresh_days, (date.max - shown).days)))
    return min(days, default=None)
