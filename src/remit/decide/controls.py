"""Controls: which are asked of a use case, and how each stands on live evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from remit.decide.control_question import ANSWERS, Ground, says
from remit.decide.criterion import Asked, Found, stand
from remit.decide.dossier import Dossier
from remit.decide.risk import tier_of
from remit.decide.roles import holder
from remit.decide.shortest import shortest
from remit.declare.control import Concern, Control
from remit.declare.declared import RISK_TIERS, RiskTier
from remit.declare.gate import Criterion, threshold
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.enforce.remit import Resolver
from remit.kernel.money import canonical

ControlStatus = Literal["holds", "does_not_hold", "stale", "not_shown", "not_yet", "not_asked"]
"""How a control stands: it holds, it does not, it was shown too long ago, nothing shows it; or it is asked
for at a later stage, or not at all of this use case."""

APPLICABLE: tuple[ControlStatus, ...] = ("holds", "does_not_hold", "stale", "not_shown")

_SHOWN: Mapping[str, ControlStatus] = {
    "met": "holds",
    "waived": "does_not_hold",
    "not_met": "does_not_hold",
    "stale": "stale",
    "missing": "not_shown",
}
"""What a criterion's standing says of a control. No waiver makes a control hold."""

_CONCERNS: Mapping[Concern, Callable[[Ground], bool]] = {
    "agents": lambda g: g.case.agency != "none" or g.case.autonomy != "none",
    "writing_agents": lambda g: g.case.agency == "write",
    # What nobody stated may be so.
    "personal_data": lambda g: g.case.personal_data is not False,
    "people": lambda g: g.case.ai_act.people_interact is not False,
    "content": lambda g: g.case.ai_act.generates_content is not False,
    "knowledge": lambda g: bool(g.knowledge),
    "impact": lambda g: g.case.impact not in (None, "neither") or bool(g.case.ai_act.decides_on_people),
}
"""When a use case has what a control is for."""

CONCERN_SAID: Mapping[Concern, str] = {
    "agents": "it has agents",
    "writing_agents": "its agents write",
    "personal_data": "it handles data about people, or does not say",
    "people": "people talk to it, or it does not say",
    "content": "others see what it makes, or it does not say",
    "knowledge": "it uses a knowledge base",
    "impact": "it touches rights or safety, or decides on people",
}


@dataclass(frozen=True, slots=True)
class ControlStanding:
    """How one control stands for one use case.

    `says` is by which evidence, `owner` who answers for it in the role `role`; the address is empty where
    nobody holds the role. `help` is what would make it hold, empty where it does. `entries` are the ids of
    what it rests on.
    """

    id: str
    control: Control
    status: ControlStatus
    says: str
    role: str
    owner: str
    help: str = ""
    entries: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of a control: by which evidence, what would help, and the entries that it rests on."""

    says: str
    help: str = ""
    entries: tuple[str, ...] = ()
    simulated: bool = False


Alike = Mapping[str, Control]
"""Controls that are asked of the same use cases at the same time."""


def by_terms(controls: Mapping[str, Control]) -> tuple[Alike, ...]:
    """Sort controls by when and of whom they are asked; of very many, few differ in that."""
    found: dict[tuple[str, str, tuple[Concern, ...]], dict[str, Control]] = {}
    for id, each in controls.items():
        found.setdefault((each.stage, each.tier, tuple(each.only)), {})[id] = each
    return tuple(found.values())


@dataclass(frozen=True)
class Assessed:
    """One use case as controls look at it."""

    ground: Ground
    dossier: Dossier
    tier: RiskTier

    def status(self, id: str, control: Control) -> ControlStatus:
        """Say how a control stands, without the words."""
        return self.asked_for(control) or self._shown(id, control)

    def statuses(self, alike: Iterable[Alike]) -> dict[str, ControlStatus]:
        """Say how very many controls stand, without the words."""
        found: dict[str, ControlStatus] = {}
        for those in alike:
            asked = self.asked_for(next(iter(those.values())))
            if asked is not None:
                found.update(dict.fromkeys(those, asked))
            else:
                found.update({id: self._shown(id, each) for id, each in those.items()})
        return found

    def _shown(self, id: str, control: Control) -> ControlStatus:
        if control.check == "remit":
            return "holds" if ANSWERS[str(control.question)].holds(self.ground) else "does_not_hold"
        # Most attestations are missing, and asking that is quick.
        if control.check == "attestation" and f"control/{id}" not in self.dossier.attested:
            return "not_shown"
        return _SHOWN[stand(self._criterion(id, control)).status]

    def asked_for(self, control: Control) -> ControlStatus | None:
        """Say why a control is not asked of the use case now; None where it is."""
        stage = self.ground.remit.stage
        if (control.stage == "retired") != (stage == "retired"):
            return "not_yet" if control.stage == "retired" else "not_asked"
        if RISK_TIERS.index(control.tier) > RISK_TIERS.index(self.tier):
            return "not_asked"
        if control.only and not any(_CONCERNS[each](self.ground) for each in control.only):
            return "not_asked"
        return "not_yet" if STAGES.index(control.stage) > STAGES.index(stage) else None

    def standing(self, id: str, control: Control) -> ControlStanding:
        """Say how a control stands, by which evidence, whose it is and what would help."""
        status = self.asked_for(control)
        if status is not None:
            return self._made(id, control, status, _Seen(self._why_not(control, status)))
        if control.check == "remit":
            answer = ANSWERS[str(control.question)]
            holds = answer.holds(self.ground)
            status = "holds" if holds else "does_not_hold"
            seen = _Seen(says(answer, self.ground), "" if holds else control.help)
            return self._made(id, control, status, seen)
        asked = self._criterion(id, control)
        found = stand(asked)
        status = _SHOWN[found.status]
        entries = found.fact.entries if found.fact else (found.attested.entry,) if found.attested else ()
        simulated = found.fact is not None and found.fact.simulated
        help = "" if status == "holds" else self._help(asked, found, centre=control.whose == "centre")
        return self._made(id, control, status, _Seen(_evidence(asked, found), help, entries, simulated))

    def _made(self, id: str, control: Control, status: ControlStatus, seen: _Seen) -> ControlStanding:
        return ControlStanding(
            id=id,
            control=control,
            status=status,
            says=seen.says,
            role=control.whose,
            owner=holder(self.ground.model, control.whose, self.ground.name),
            help=seen.help,
            entries=seen.entries,
            simulated=seen.simulated,
        )

    def _criterion(self, id: str, control: Control) -> Asked:
        """Read a control as a criterion, so that gates and controls judge evidence by one rule."""
        attested = control.check == "attestation"
        criterion = Criterion(
            name=control.title,
            measure="attestation" if attested else str(control.measure),
            at_least=control.at_least,
            at_most=control.at_most,
            present=True if attested else None,
            confidence=control.confidence,
            fresh_days=control.fresh_days,
            evidence="attestation" if attested else control.check,
            pillar=control.pillar,
            help=control.help,
        )
        return Asked(id, f"control/{id}", criterion, self.ground.model, self.dossier)

    def _why_not(self, control: Control, status: ControlStatus) -> str:
        if status == "not_yet":
            return f"asked for from {control.stage} on; it is at {self.ground.remit.stage}"
        if RISK_TIERS.index(control.tier) > RISK_TIERS.index(self.tier):
            return f"asked for from risk tier {control.tier} on; it is {self.tier}"
        if control.only:
            return f"asked for only where {' or '.join(CONCERN_SAID[each] for each in control.only)}"
        return "not asked for at this stage"

    def _help(self, asked: Asked, found: Found, *, centre: bool) -> str:
        if asked.criterion.evidence == "attestation":
            whose = "--organisation" if centre else f"--use-case {self.ground.name}"
            return f"{asked.criterion.help} Then: remit attest {asked.address} {whose} --statement WORDS"
        return shortest(asked, found)


def _evidence(asked: Asked, found: Found) -> str:
    """Say what shows a control, or that nothing does."""
    if found.attested is not None:
        word = found.attested
        until = f", counts until {found.until}" if found.until else ""
        return f"attested by {word.owner} on {word.shown}{until}"
    wanted = threshold(asked.criterion)
    if found.fact is None:
        return "no attestation" if asked.criterion.present else f"no value; {wanted}"
    counted = f" ({found.fact.passed:,} of {found.fact.total:,})" if found.fact.total else ""
    sure = f", {canonical(round(found.sure * 100, 1))} % sure" if found.sure is not None else ""
    value = canonical(round(found.fact.value, 4))
    return f"{found.fact.measure} is {value}{counted}{sure}; {wanted}; {found.fact.basis}"


def catalogue(shipped: Mapping[str, Control], declared: Mapping[str, Control]) -> dict[str, Control]:
    """Join the controls that ship with those that are declared, which stand in their place."""
    return {**shipped, **declared}


def assessed(model: OperatingModel, dossiers: Iterable[Dossier]) -> Iterator[Assessed]:
    """Make use cases ready for controls, resolving what stands above several of them once."""
    resolver = Resolver(model)
    for dossier in dossiers:
        name = dossier.use_case
        ground = Ground(model, name, resolver.remit(name, dossier.stage.stage), dossier.today)
        yield Assessed(ground, dossier, tier_of(model.use_cases[name]))


def standings(one: Assessed, controls: Mapping[str, Control]) -> tuple[ControlStanding, ...]:
    """Say how every control stands for one use case, in the order of the catalogue."""
    return tuple(one.standing(id, control) for id, control in controls.items())
