"""Widening: what of a change nobody may put in force alone, and who must agree to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from remit.decide.approval_rule import Rule, is_asked, rule_for
from remit.decide.risk import tier_of
from remit.decide.roles import holder
from remit.decide.weaker import weaker_rules
from remit.declare.approval import TIERS, WIDENING, Asked
from remit.declare.gate import RiskTier
from remit.declare.operating_model import OperatingModel
from remit.enforce.standing import Effect
from remit.record.projection import StageFact

ROLES_MAX = 20
"""So many roles of single use cases are asked; of more, the centre and the leads at the top are."""

BARRED_MAX = 200
"""So many owners are barred by name; of more, those of them who are asked."""

_ANSWERED: tuple[Asked, ...] = ("gate", "waiver", *WIDENING)
"""What the people of a use case are asked about it."""

RULES = "rules"
"""In place of a field, where what is asked for becomes less."""


@dataclass(frozen=True, slots=True)
class Widening:
    """One thing that a use case may do from now on; of no use case where a rule of all becomes weaker."""

    use_case: str
    field: str
    summary: str
    tier: RiskTier


@dataclass(frozen=True, slots=True)
class Widened:
    """All of a change that waits for consent: what it is about, whom it concerns, and who must agree."""

    about: Asked
    tier: RiskTier
    use_cases: tuple[str, ...]
    found: tuple[Widening, ...]
    rule: Rule
    use_case: str = ""
    unit: str = ""
    barred: tuple[str, ...] = ()


class Proposal(msgspec.Struct, frozen=True):
    """What is asked for exactly: this model in place of that one. `restores` is a version gone back to."""

    base: int
    base_digest: str
    model: str
    restores: int = 0


def widened(
    before: OperatingModel,
    after: OperatingModel,
    effects: Sequence[Effect],
    *,
    stages: Mapping[str, StageFact],
) -> Widened | None:
    """Say what of a change must be agreed to, by the rules in force before it; None where nothing must.

    A use case counts with the higher of its tiers before and after, so that no change takes itself out of
    the rule that it falls under.
    """
    case = _Case(before, after, stages)
    found = [*case.may_do_more(effects), *case.comes_in(), *case.lower_tiers(), *case.other_holders()]
    about: Asked = "budget" if found and all(each.field == "spend" for each in found) else "apply"
    found = [each for each in found if case.asked(each.use_case, about) or case.of_rules(each)]
    concerned = sorted({each.use_case for each in found})
    ruled = [name for name in stages if case.ruled(name)]
    rules = list(weaker_rules(before, after)) if ruled else []
    if rules:
        about = "apply"
        highest = max((case.tier(name) for name in ruled), key=TIERS.index)
        found += (Widening("", RULES, each, highest) for each in rules)
    if not found:
        return None
    return case.consent(about, found, concerned=concerned, ruled=sorted(ruled) if rules else [])


@dataclass(frozen=True, slots=True)
class _Case:
    before: OperatingModel
    after: OperatingModel
    stages: Mapping[str, StageFact]

    def tier(self, name: str) -> RiskTier:
        if name not in self.before.use_cases and self.stage(name) != "envision":
            # It was taken out at that stage, or says itself that it is there, and no gate was passed.
            # Its new text must not be the one to say in which tier: it may say something else tomorrow.
            return "high"
        cases = (self.before.use_cases.get(name), self.after.use_cases.get(name))
        return max((tier_of(case) for case in cases if case), key=TIERS.index, default="low")

    def stage(self, name: str) -> str:
        """Say where a use case is, or will be by its adoption."""
        if name in self.stages:
            return self.stages[name].stage
        case = self.after.use_cases.get(name)
        return case.adoption.stage if case and case.adoption else "envision"

    def asked(self, name: str, about: Asked) -> bool:
        return is_asked(self.before, about, tier=self.tier(name), stage=self.stage(name))

    def ruled(self, name: str) -> bool:
        """Say whether a use case is one for which rules must not become weaker, at any stage of its life."""
        rule = self.before.approvals.get("apply")
        known = name in self.before.use_cases and name in self.stages and self.stages[name].stage != "retired"
        return known and rule is not None and rule.at(self.tier(name)) is not None

    def of_rules(self, found: Widening) -> bool:
        """Say whether it is a way around a gate, whatever the stage.

        A gate asks by risk tier, of those who hold its roles, and stands before what its stage allows.
        Whoever could change one of these alone would review themselves, or need no review.
        """
        if found.use_case not in self.before.use_cases and found.use_case not in self.stages:
            rule = self.before.approvals.get("apply")
            return self.stage(found.use_case) != "envision" and rule is not None and rule.high is not None
        if not self.ruled(found.use_case):
            return False
        stage = self.stages[found.use_case].stage
        return found.field in ("tier", RULES) or self.before.stages.get(stage) != self.after.stages.get(stage)

    def may_do_more(self, effects: Iterable[Effect]) -> Iterator[Widening]:
        for each in effects:
            if each.widens:
                yield Widening(each.use_case, each.field, each.what, self.tier(each.use_case))

    def comes_in(self) -> Iterator[Widening]:
        """List those that are declared new, or again, and do not begin at the beginning."""
        for name in sorted(self.after.use_cases.keys() - self.before.use_cases.keys()):
            what = "is declared again" if name in self.stages else "comes in"
            yield Widening(name, "calls", f"{what} at `{self.stage(name)}`", self.tier(name))

    def lower_tiers(self) -> Iterator[Widening]:
        for name in sorted(self.before.use_cases.keys() & self.after.use_cases.keys()):
            was, becomes = tier_of(self.before.use_cases[name]), tier_of(self.after.use_cases[name])
            if TIERS.index(becomes) < TIERS.index(was):
                yield Widening(name, "tier", f"counts as {becomes} risk instead of {was}", was)

    def other_holders(self) -> Iterator[Widening]:
        """List the roles that answer for a use case, or for its gates, and that somebody else would hold."""
        of_gates = [role for gate in self.before.gates.values() for role in gate.approvals]
        for name in sorted(self.before.use_cases.keys() & self.after.use_cases.keys()):
            if not (self.ruled(name) or any(self.asked(name, about) for about in WIDENING)):
                continue
            tier = self.tier(name)
            rules = [rule_for(self.before, about, tier=tier, use_case=name) for about in _ANSWERED]
            asked = [role for rule in rules for role in (*rule.roles, rule.escalates_to)]
            for role in dict.fromkeys((*asked, *of_gates, "use-case-owner")):
                was = holder(self.before, role, name) if role else ""
                becomes = holder(self.after, role, name) if role else ""
                if was and was != becomes:
                    what = f"has {becomes or 'nobody'} as `{role}` instead of {was}"
                    yield Widening(name, RULES, what, self.tier(name))

    def consent(
        self, about: Asked, found: Sequence[Widening], *, concerned: Sequence[str], ruled: Sequence[str]
    ) -> Widened:
        names = tuple(name for name in concerned if name)
        tier = max((each.tier for each in found), key=TIERS.index)
        everyone = tuple(dict.fromkeys((*names, *ruled)))
        owners = tuple(dict.fromkeys(self.before.owner_of(name) for name in names if self.known(name)))
        if len(everyone) == 1 and self.known(everyone[0]):
            one = everyone[0]
            rule = rule_for(self.before, about, tier=tier, use_case=one)
            unit = self.before.use_cases[one].unit
            return Widened(about, tier, names, tuple(found), rule, one, unit, owners)
        rule = self.rule_of_all(about, tier, everyone)
        if len(owners) > BARRED_MAX:
            asked = {holder(self.before, role) for role in (*rule.roles, rule.escalates_to)}
            owners = tuple(each for each in owners if each in asked)
        return Widened(about, tier, names, tuple(found), rule, barred=owners)

    def known(self, name: str) -> bool:
        return name in self.before.use_cases

    def rule_of_all(self, about: Asked, tier: RiskTier, names: Sequence[str]) -> Rule:
        """Ask every use case's own people, each person once; of very many, those at the top."""
        held: dict[str, str] = {}
        rule = rule_for(self.before, about, tier=tier)
        for name in names:
            use_case = name if self.known(name) else ""
            unit = "" if use_case else self.after.use_cases[name].unit
            for role in rule_for(self.before, about, tier=tier, use_case=use_case, unit=unit).roles:
                of = use_case or (unit if unit in self.before.units and not self.known(unit) else "")
                named = f"{role}/{of}" if of and role != "centre" else role
                held.setdefault(holder(self.before, named, unit=unit) or named, named)
        if len(held) > ROLES_MAX:
            return replace(rule, roles=("centre", *self.leads_at_the_top(names)))
        return replace(rule, roles=tuple(held.values()) or rule.roles)

    def leads_at_the_top(self, names: Iterable[str]) -> Iterator[str]:
        """Name the leads of topmost units, each person once, by a use case that they lead themselves."""
        seen = {self.before.organisation.contact}
        for unit, name in ((self.before.use_cases[name].unit, name) for name in names if self.known(name)):
            lead = self.before.lead_of(unit)
            if lead not in seen and lead == self.before.lead_of(self.before.lineage(unit)[0]):
                seen.add(lead)
                yield f"unit-lead/{name}"
