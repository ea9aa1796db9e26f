"""A gate's review: what it rests on, what stands in its way, and where it leaves a use case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import msgspec

from remit.decide.dossier import Attested
from remit.decide.gate import KILL, PARK, CriterionStanding, GateStanding
from remit.declare.gate import ATTESTED, Gate, next_stage, threshold
from remit.declare.organisation import STAGES, StageName
from remit.enforce.remit import FIELDS, Remit, show
from remit.enforce.standing import Effect
from remit.kernel.money import canonical
from remit.record.approval_entry import Approval
from remit.record.dossier_entry import GateReview, Shown
from remit.record.projection import StageFact

RISK_OWNER = "risk-owner"
"""Whose consent a criterion asks for that is met by consent."""


def asked_roles(standing: GateStanding) -> tuple[str, ...]:
    """List the roles that a gate itself asks for: those that it names, and whose consent is a criterion."""
    assert standing.gate is not None, "there is a gate"
    consent = any(_is_consent(each) for each in standing.criteria)
    return tuple(dict.fromkeys((*standing.gate.approvals, *((RISK_OWNER,) if consent else ()))))


class Snapshot(msgspec.Struct, frozen=True):
    """What a gate's review rests on, whole; its digest is what people consent to.

    `stage` is where the use case is and `into` where the gate leads. `gate` is the digest of the gate's
    declaration, and `allows` what each field of the remit will say there.
    """

    at: datetime
    use_case: str
    stage: str
    into: str
    tier: str
    gate: str
    model_version: int
    allows: Mapping[str, str]
    shown: tuple[Shown, ...]

    @property
    def body(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")

    @property
    def waived(self) -> frozenset[str]:
        return frozenset(each.id for each in self.shown if each.status == "waived")


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Why there is no way from where a use case is to where somebody wants it, and what there is instead."""

    summary: str
    help: str


def width(stage: StageName) -> int:
    """Say how far a stage is along the way; the end is before its beginning, since it allows nothing.

    >>> width("retired") < width("envision") < width("scale")
    True
    """
    return -1 if stage == "retired" else STAGES.index(stage)


def looked_at(use_case: str, fact: StageFact) -> StageName | OutOfOrder:
    """Say whose gate a review looks at that ends in a pivot or a halt: the next, or at last its own again."""
    found = goal(use_case, fact, None)
    return found if isinstance(found, str) or fact.stage == "retired" else fact.stage


def goal(use_case: str, fact: StageFact, into: StageName | None) -> StageName | OutOfOrder:
    """Say which stage a request for a review leads into: the next, or again the present one.

    A stage that stands on waivers is reviewed again, to stand by itself, before there is a way on: what it
    was entered without would not be missed any more one stage later.
    """
    if fact.stage == "retired":
        return OutOfOrder(
            f"`{use_case}` is retired, and no gate leads back", "declare it anew, with an id of its own"
        )
    if into == "retired":
        return OutOfOrder("the end needs no gate", f"run `remit stage retire {use_case} --reason WORDS`")
    if fact.until is not None:
        if into in (None, fact.stage):
            return fact.stage
        return OutOfOrder(
            f"`{use_case}` is at `{fact.stage}` on waivers until {fact.until:%Y-%m-%d %H:%M %Z}",
            f"meet what is waived and run `remit gate request {use_case}`; after that the next gate is open",
        )
    following = next_stage(fact.stage)
    if following is None:
        return OutOfOrder(
            f"`{use_case}` is at `{fact.stage}`, and no gate comes after it", "nothing is to be asked for"
        )
    if into not in (None, following):
        return OutOfOrder(
            f"`{use_case}` is at `{fact.stage}`, and no gate leads from there into `{into}`",
            f"pass the gate into `{following}` first",
        )
    return following


def snapshot(
    standing: GateStanding, *, at: datetime, stage: StageName, there: Remit, model_version: int
) -> Snapshot:
    """Write down how a gate stands, every criterion of it; `there` is the remit that it leads to."""
    assert standing.into is not None and standing.gate is not None, "there is a gate to be reviewed"  # noqa: PT018
    return Snapshot(
        at=at,
        use_case=standing.use_case,
        stage=stage,
        into=standing.into,
        tier=standing.tier,
        gate=gate_digest(standing.gate),
        model_version=model_version,
        allows={name: show(getattr(there, name)) for name in sorted(FIELDS)},
        shown=shown_of(standing),
    )


def gate_digest(gate: Gate) -> str:
    """Digest a gate's declaration."""
    return sha256(gate.model_dump_json().encode()).hexdigest()


def shown_of(standing: GateStanding) -> tuple[Shown, ...]:
    """Say how each criterion stands that a gate asks at this risk tier, those that kill or park included."""
    killing = (_shown(each, KILL + each.id) for each in standing.kill)
    parking = (_shown(each, PARK + each.id) for each in standing.park)
    return (*(_shown(each, each.id) for each in standing.criteria), *killing, *parking)


def _shown(each: CriterionStanding, id: str) -> Shown:
    fact, attested = each.fact, each.attested
    entries = fact.entries if fact else (attested.entry,) if attested else ()
    return Shown(
        id=id,
        status=each.status,
        threshold=threshold(each.criterion),
        value=fact.value if fact else None,
        sure=each.sure,
        at=fact.at if fact else None,
        entries=tuple(entry for entry in entries if entry)[:_ENTRIES_MAX],
    )


_ENTRIES_MAX = 20


def barriers(standing: GateStanding) -> tuple[CriterionStanding, ...]:
    """List what keeps a gate from being put before people: what is missing and their consent cannot give."""
    return tuple(each for each in standing.missing if not _is_consent(each))


def passes_by_policy(standing: GateStanding) -> bool:
    """Say whether a gate passes without people: in its fast lane, with every criterion met.

    Where nothing is asked for there is nothing for a policy to look at; what is simulated only people pass.
    """
    met = bool(standing.criteria) and all(each.status == "met" for each in standing.criteria)
    barred = standing.killed or standing.parked or standing.simulated
    return standing.fast_lane and met and not barred


def cures_by_itself(standing: GateStanding, before: GateReview) -> bool:
    """Say whether what was waived at a review is met now, by machine: then nobody need be asked again.

    People looked at all the rest and consented; of what somebody attests they have not, and in another risk
    tier it might have been others.
    """
    waived = {each.id for each in before.shown if each.status == "waived"}
    return (
        not (standing.killed or standing.parked or standing.simulated)
        and before.outcome == "proceed"
        and standing.gate is not None
        and before.gate == gate_digest(standing.gate)
        and before.tier == standing.tier
        and all(each.status == "met" for each in standing.criteria if not _is_consent(each))
        and all(each.criterion.evidence not in ATTESTED for each in standing.criteria if each.id in waived)
    )


def _is_consent(each: CriterionStanding) -> bool:
    return each.criterion.evidence == "approval"


def with_consents(standing: GateStanding, consents: Sequence[Approval]) -> GateStanding:
    """Let the risk owner's consent to a request meet the criteria that ask for nothing else."""
    given = next((each for each in consents if RISK_OWNER in (each.role, each.in_place_of)), None)
    if given is None:
        return standing
    return replace(standing, criteria=tuple(_consented(each, given) for each in standing.criteria))


def _consented(each: CriterionStanding, given: Approval) -> CriterionStanding:
    if each.criterion.evidence != "approval" or each.status == "met":
        return each
    word = Attested(given.id, given.at.date(), None, given.id, given.author)
    return replace(each, status="met", attested=word, shortest="")


def changes(asked: Snapshot, now: Snapshot) -> tuple[str, ...]:
    """Say what is not as it was when people were asked, of what their consent rests on.

    Evidence may be newer. What the gate asks for, where it leads, what is allowed there, the risk tier and
    what is waived are the same, or people were asked something else.
    """
    found = []
    if asked.stage != now.stage:
        found.append(f"it is at `{now.stage}` and was at `{asked.stage}`")
    if asked.tier != now.tier:
        found.append(f"its risk tier is {now.tier} and was {asked.tier}")
    if asked.gate != now.gate:
        found.append("the gate was declared anew")
    fields = [name for name, value in now.allows.items() if asked.allows.get(name) != value]
    if fields:
        found.append(f"`{now.into}` has another remit: {', '.join(fields)}")
    if more := sorted(now.waived - asked.waived):
        found.append(f"{', '.join(more)} is met no more, and only waived")
    return tuple(found)


_STAKE_MAX = 400


def _simulated(standing: GateStanding) -> list[str]:
    return [each.id for each in (*standing.criteria, *standing.kill, *standing.park) if each.simulated]


def stakes(standing: GateStanding, allowed: Sequence[Effect]) -> tuple[str, ...]:
    """Say what is at stake: the risk tier, what will be allowed, what is waived, what consent adds."""
    criteria = standing.criteria
    met = sum(each.status == "met" for each in criteria)
    found = [f"risk tier {standing.tier}; {met} of {len(criteria)} criteria are met"]
    if standing.simulated:
        found.append("some of what is shown is simulated: " + ", ".join(_simulated(standing)))
    found += [f"it is parked by {each.id}: {each.criterion.name}" for each in standing.parked]
    found += [f"it {each.what}" for each in allowed if each.widens]
    found += [f"it {each.what}" for each in allowed if not each.widens]
    for each in criteria:
        if each.status == "waived" and each.waiver is not None:
            waiver = each.waiver
            found.append(
                f"waived until {waiver.expires}: {each.criterion.name}; {waiver.accepted_by} accepts what"
                f" remains: {waiver.residual_risk}"
            )
        elif each.status == "met" and each.fact is not None:
            found.append(f"{each.id}: {canonical(each.fact.value)}, asked for {threshold(each.criterion)}")
    found += [
        f"your consent meets {each.id}: {each.criterion.name}"
        for each in standing.missing
        if each.criterion.evidence == "approval"
    ]
    return tuple(each if len(each) <= _STAKE_MAX else each[: _STAKE_MAX - 1] + "…" for each in found)
