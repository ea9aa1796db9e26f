"""Dossiers made: what the record says of use cases, put together for each of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from remit.decide.called_facts import BudgetWindows, Left, Rolled, called_facts, left_behind
from remit.decide.current_release import called
from remit.decide.declared_facts import Declared, declared, declared_facts
from remit.decide.dossier import Attested, Dossier, Fact
from remit.decide.filed_facts import (
    attested,
    consented,
    evaluated,
    found,
    standing_evidence,
    standing_waivers,
    studied,
)
from remit.decide.worth.return_fact import Costs, return_facts
from remit.declare.operating_model import OperatingModel
from remit.enforce.key import Key
from remit.enforce.remit import Resolver
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Waiver
from remit.record.filed import Filed
from remit.record.outcome_entry import StudyRegistered, StudyResult
from remit.record.projection import StageFact

UNKNOWN = StageFact("envision", date.min, "declared", since_known=False)
"""Where a use case is of which the record has no stage."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds that dossiers are made of."""

    stages: Mapping[str, StageFact]
    keys: Iterable[Key] = ()
    rolled: Rolled = field(default_factory=Rolled)
    filed: Iterable[Filed] = ()


@dataclass(slots=True)
class _Sorted:
    """The entries of one dossier by their kinds."""

    evidence: list[Evidence] = field(default_factory=list)
    evaluations: list[Evaluation] = field(default_factory=list)
    reviews: list[GateReview] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    requests: list[ApprovalRequest] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    studies: list[StudyRegistered | StudyResult] = field(default_factory=list)


_PLACE: Mapping[type, str] = {
    Evidence: "evidence",
    Evaluation: "evaluations",
    GateReview: "reviews",
    Waiver: "waivers",
    ApprovalRequest: "requests",
    Approval: "approvals",
    StudyRegistered: "studies",
    StudyResult: "studies",
}
_NOTHING = _Sorted()


def dossiers(
    model: OperatingModel, known: Known, *, now: datetime, use_cases: Iterable[str] | None = None
) -> dict[str, Dossier]:
    """Put together the dossiers of all declared use cases, or of some.

    Each entry and each row of a roll-up is looked at once, whatever the number of use cases.
    """
    zone = model.organisation.zone
    today = now.astimezone(zone).date()
    resolver = Resolver(model)
    left = left_behind(model, known.stages, known.rolled)
    budgets = BudgetWindows(model, known.rolled.posted, now)
    filed, of_units = _sorted(known.filed)
    above = _Above(model, today, {name: attested(words, today) for name, words in of_units.items()})
    costs = Costs(model, known.stages, known.rolled, now)
    live = Counter(
        key.use_case for key in known.keys if not key.revoked and (key.expires is None or now < key.expires)
    )
    made = {}
    for name in model.use_cases if use_cases is None else use_cases:
        stage = known.stages.get(name, UNKNOWN)
        of = declared(resolver, name, stage.stage)
        days = (today - stage.since).days if stage is not UNKNOWN else 0
        calls = left.get(name, _NO_CALLS)
        facts = [*declared_facts(of, live_keys=live[name], days=days, now=now), *called_facts(calls, now=now)]
        # Of a budget from which nobody drew it is not known whether it holds.
        simulated = not calls.real.calls and calls.simulated.calls > 0
        if (calls.real.calls or simulated) and (share := budgets.share(of.present)) is not None:
            basis = "its budgets' present periods"
            facts.append(Fact("share_of_budget", share, now, "ledger", basis, simulated=simulated))
        dossier = Dossier(name, now, today, stage, attested=above.attested(name), zone=zone)
        entries = filed.get(name, _NOTHING)
        results = [each for each in entries.studies if isinstance(each, StudyResult)]
        returned = [*return_facts(costs, name, results)]
        made[name] = _filed_in(dossier, facts, entries, of=of, returned=returned)
    return made


_NO_CALLS = Left()


def _filed_in(
    dossier: Dossier, facts: list[Fact], entries: _Sorted, *, of: Declared, returned: Sequence[Fact]
) -> Dossier:
    """Add facts, and what the entries of a dossier show; `returned` is what it brought for its cost."""
    words, waivers = dossier.attested, dossier.waivers
    if entries is not _NOTHING:
        evidence = standing_evidence(entries.evidence)
        facts += sorted(
            (
                *_evaluated(entries.evaluations, of, dossier.today),
                *studied(evidence, dossier.zone),
                *returned,
                *found(entries.studies),
            ),
            key=lambda fact: (fact.at, fact.entries),
            reverse=True,
        )
        words = _newer(words, attested(evidence, dossier.today), dossier.today)
        words |= consented(entries.requests, entries.approvals, dossier.now)
        waivers = standing_waivers(entries.waivers)
    by_measure: dict[str, list[Fact]] = {}
    for fact in facts:
        by_measure.setdefault(fact.measure, []).append(fact)
    return replace(
        dossier,
        facts={measure: tuple(of) for measure, of in by_measure.items()},
        attested=words,
        waivers=waivers,
        evaluations=tuple(reversed(entries.evaluations)),
        reviews=tuple(reversed(entries.reviews)),
    )


def _evaluated(evaluations: Sequence[Evaluation], of: Declared, today: date) -> Iterator[Fact]:
    """Say what evaluations show of what calls would get at the stage that the next gate leads into."""
    if not evaluations:
        return iter(())
    now = called(of.model, of.next, today)
    return evaluated(evaluations, now.outdated, weaker_guards=now.weaker_guards)


def _sorted(filed: Iterable[Filed]) -> tuple[dict[str, _Sorted], dict[str, list[Evidence]]]:
    """Sort entries by use case and kind; evidence of units stands by unit, and of all under no name."""
    cases: dict[str, _Sorted] = defaultdict(_Sorted)
    units: dict[str, list[Evidence]] = defaultdict(list)
    for entry in filed:
        place = _PLACE.get(type(entry))
        name = getattr(entry, "use_case", "")
        if place and name:
            getattr(cases[name], place).append(entry)
        elif isinstance(entry, Evidence):
            units[entry.unit].append(entry)
    return cases, {name: standing_evidence(words) for name, words in units.items()}


@dataclass(slots=True)
class _Above:
    """What was said of units, or of the whole organisation, which speaks for the use cases below as well.

    A gate is passed by one use case alone: what was said of it for a unit counts for none.
    """

    model: OperatingModel
    today: date
    words: Mapping[str, Mapping[str, Attested]]
    known: dict[str, Mapping[str, Attested]] = field(default_factory=dict)

    def attested(self, use_case: str) -> Mapping[str, Attested]:
        if not self.words:
            return {}
        unit = self.model.use_cases[use_case].unit
        if unit not in self.known:
            found: dict[str, Attested] = {}
            for name in ("", *self.model.lineage(unit)):
                said = self.words.get(name, {})
                found = _newer(
                    found,
                    {about: word for about, word in said.items() if not about.startswith("gate/")},
                    self.today,
                )
            self.known[unit] = found
        return self.known[unit]


def _newer(one: Mapping[str, Attested], other: Mapping[str, Attested], today: date) -> dict[str, Attested]:
    """Join two sets of words; of two on one thing the one that has not run out counts, then the newer."""
    both = dict(one)
    for about, word in other.items():
        if about not in both or _rank(word, today) >= _rank(both[about], today):
            both[about] = word
    return both


def _rank(word: Attested, today: date) -> tuple[bool, date]:
    return word.expires is None or word.expires >= today, word.shown
