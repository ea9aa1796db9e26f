"""What was known at an instant: declarations, stages, calls and dossiers, put together by use case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from remit.declare.block import GuardrailBlock
from remit.declare.gate import Pillar
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.declare.use_case import UseCase
from remit.declare.version import family, number
from remit.enforce.remit import Remit, Resolver
from remit.record.approval_entry import Approval
from remit.record.decided import StageChange
from remit.record.dossier_entry import Evaluation, Evidence, GateReview
from remit.record.filed import Filed
from remit.record.projection import StageFact, UsageKey, UsageSum

FRESH_DAYS = 365
"""For how long an evaluation or a study of value counts, and an attestation that names no end."""

PRODUCTION: tuple[StageName, ...] = ("launch", "scale")


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger and its roll-ups say up to an instant, `at`; later entries are left out.

    `usage` are the calls of the thirty days before. `applied` is when the operating model took effect.
    `following` are those who are told of every entry; None where that is not known any more.
    """

    at: datetime
    model: OperatingModel
    applied: datetime
    stages: Mapping[str, StageFact]
    changes: Sequence[StageChange] = ()
    filed: Sequence[Filed] = ()
    usage: Sequence[tuple[UsageKey, UsageSum]] = ()
    following: frozenset[str] | None = None


@dataclass(frozen=True)
class Case:
    """One use case that is not retired, with what counts of it. Simulated calls are counted apart."""

    id: str
    declared: UseCase
    owner: str
    stage: StageName
    stage_basis: str
    remit: Remit
    guardrails: tuple[tuple[str, GuardrailBlock], ...] = ()
    calls: int = 0
    simulated_calls: int = 0
    called: frozenset[str] = frozenset()
    evaluations: tuple[Evaluation, ...] = ()
    studies: tuple[Evidence, ...] = ()
    reviews: tuple[GateReview, ...] = ()
    attested: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        return self.declared.unit

    @cached_property
    def uses(self) -> frozenset[str]:
        """The blocks that it lists or called, by name without a version."""
        return frozenset(map(family, (*self.declared.blocks, *self.called)))

    @cached_property
    def has_calls(self) -> bool:
        return self.calls + self.simulated_calls > 0


@dataclass(frozen=True)
class Known:
    """What was known at an instant. `attested` is by unit (empty for the organisation) and address."""

    past: Past
    today: date
    cases: tuple[Case, ...]
    attested: Mapping[tuple[str, str], Evidence]

    @property
    def model(self) -> OperatingModel:
        return self.past.model

    @cached_property
    def declared_on(self) -> date:
        return self.past.applied.astimezone(self.model.organisation.zone).date()

    @cached_property
    def units(self) -> frozenset[str]:
        """The units that own use cases."""
        return frozenset(case.unit for case in self.cases)

    @cached_property
    def users(self) -> Mapping[str, frozenset[str]]:
        """The units that use each block, by its name without a version."""
        found: dict[str, set[str]] = defaultdict(set)
        for case in self.cases:
            for name in case.uses:
                found[name].add(case.unit)
        return {name: frozenset(units) for name, units in found.items()}

    @cached_property
    def evaluated(self) -> Mapping[str, Evaluation]:
        """The newest evaluation of each model, by its address."""
        found: dict[str, Evaluation] = {}
        for each in sorted((e for case in self.cases for e in case.evaluations), key=lambda e: e.id):
            found.update((result.model, each) for result in each.results)
        return found

    @cached_property
    def forward(self) -> tuple[StageChange, ...]:
        """Moves to a later stage, by a review, of the last year."""
        at: dict[str, int] = {}
        found = []
        for change in self.past.changes:
            place = STAGES.index(change.stage)
            before = at.get(change.use_case, 0)
            at[change.use_case] = place
            if change.basis == "reviewed" and before < place < len(STAGES) - 1:
                found.append(change)
        since = self.past.at - timedelta(days=FRESH_DAYS)
        return tuple(change for change in found if change.at >= since)

    @cached_property
    def approvals(self) -> tuple[Approval, ...]:
        """Answers to requests, of the last year."""
        since = self.past.at - timedelta(days=FRESH_DAYS)
        return tuple(each for each in self.past.filed if isinstance(each, Approval) and each.at >= since)

    def said_at_gate(self, gate: StageName, pillar: Pillar) -> frozenset[str]:
        """List the addresses of what is attested for a pillar at a gate."""
        declared = self.model.gates.get(gate)
        criteria = declared.criteria if declared else {}
        return frozenset(
            f"gate/{gate}/{id}"
            for id, each in criteria.items()
            if each.pillar == pillar and each.evidence == "attestation"
        )


def known(past: Past) -> Known:
    """Put together what counts at an instant; what is expired, taken back or older than a year does not."""
    # Nothing of the instant itself counts any more: what ends at midnight is as of the day before.
    model = past.model
    today = (past.at - timedelta(microseconds=1)).astimezone(model.organisation.zone).date()
    filed = tuple(entry for entry in past.filed if entry.at < past.at)
    evidence = tuple(_counting(filed, today))
    by_case = _by_case(filed, evidence, past.at)
    calls = _calls(past.usage)
    resolver = Resolver(model)
    guards: dict[frozenset[str], tuple[tuple[str, GuardrailBlock], ...]] = {}
    cases = []
    for name, case in model.use_cases.items():
        fact = past.stages.get(name) or StageFact("envision", today, "declared")
        if fact.stage == "retired":
            continue
        remit = resolver.remit(name, fact.stage)
        asked = frozenset(remit.guardrails or ())
        if asked not in guards:
            guards[asked] = _guardrails(model, asked, today)
        cases.append(
            Case(
                id=name,
                declared=case,
                owner=model.owner_of(name),
                stage=fact.stage,
                stage_basis=fact.basis,
                remit=remit,
                guardrails=guards[asked],
                **calls.get(name, {}),  # type: ignore[arg-type]  # as `_calls` makes them
                **by_case.get(name, {}),  # type: ignore[arg-type]  # as `_by_case` makes them
            )
        )
    attested = {(each.unit, about): each for each in evidence if not each.use_case for about in each.about}
    return Known(past, today, tuple(cases), attested)


def expiry(evidence: Evidence) -> date:
    """Say up to which day evidence counts."""
    return evidence.expires or evidence.shown + timedelta(days=FRESH_DAYS)


def _counting(filed: Sequence[Filed], today: date) -> Iterable[Evidence]:
    """List evidence that counts on a day, the oldest first."""
    given = [each for each in filed if isinstance(each, Evidence)]
    # What takes back another's evidence takes back nothing: both are of one use case, or of one unit.
    back = {(each.withdraws, each.use_case, each.unit) for each in given if each.withdraws}
    return (
        each
        for each in given
        if not each.withdraws
        and (each.id, each.use_case, each.unit) not in back
        and each.shown <= today <= expiry(each)
    )


def _by_case(
    filed: Sequence[Filed], evidence: Sequence[Evidence], at: datetime
) -> dict[str, dict[str, object]]:
    """Sort what is filed by use case: evaluations, studies, reviews, and what is attested by its address."""
    since = at - timedelta(days=FRESH_DAYS)
    evaluations: dict[str, list[Evaluation]] = defaultdict(list)
    reviews: dict[str, list[GateReview]] = defaultdict(list)
    studies: dict[str, list[Evidence]] = defaultdict(list)
    attested: dict[str, dict[str, Evidence]] = defaultdict(dict)
    for entry in filed:
        if isinstance(entry, Evaluation) and entry.at >= since:
            evaluations[entry.use_case].append(entry)
        elif isinstance(entry, GateReview):
            reviews[entry.use_case].append(entry)
    for each in evidence:
        if each.source == "value_study":
            studies[each.use_case].append(each)
        else:
            attested[each.use_case].update(dict.fromkeys(each.about, each))
    return {
        name: {
            "evaluations": tuple(evaluations.get(name, ())),
            "reviews": tuple(reviews.get(name, ())),
            "studies": tuple(studies.get(name, ())),
            "attested": attested.get(name, {}),
        }
        for name in {*evaluations, *reviews, *studies, *attested} - {""}
    }


def _calls(usage: Sequence[tuple[UsageKey, UsageSum]]) -> dict[str, dict[str, object]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    models: dict[str, set[str]] = defaultdict(set)
    for key, total in usage:
        counts[key.use_case][key.simulated] += total.calls
        models[key.use_case].add(key.model)
    return {
        name: {"calls": real, "simulated_calls": simulated, "called": frozenset(models[name])}
        for name, (real, simulated) in counts.items()
    }


def _guardrails(
    model: OperatingModel, asked: Iterable[str], today: date
) -> tuple[tuple[str, GuardrailBlock], ...]:
    """List the guardrails that a remit asks for, as they are named there, with what each is today."""
    found = []
    for address in sorted(asked):
        meant = model.meant(address, today)
        block = model.blocks.get(meant) if meant else None
        if isinstance(block, GuardrailBlock):
            found.append((address, block))
    return tuple(found)


def is_pinned(address: str) -> bool:
    """Say whether an address names a version."""
    return bool(number(address))
