"""Risk: how much can go wrong with a use case, by the facts that are declared of it.

Which fact makes which tier stands in one table, `SIGNALS`. A use case is in the highest tier that any signal
puts it in, so that one more fact never makes it safer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from remit.declare.declared import RISK_TIERS, RiskTier
from remit.declare.use_case import UseCase

Words = frozenset[Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """That a declared fact has one of some values; `fact` is its path in the declaration of a use case."""

    fact: str
    values: Words
    read: Callable[[UseCase], Any]

    def holds(self, case: UseCase) -> bool:
        found = self.read(case)
        if isinstance(found, tuple):
            return not self.values.isdisjoint(found)
        return found in self.values

    def is_open(self, case: UseCase) -> bool:
        """Say whether nobody stated the fact, so that it may still turn out to be so."""
        *outer, last = self.fact.split(".")
        noun: Any = attrgetter(".".join(outer))(case) if outer else case
        return last not in noun.model_fields_set or self.read(case) is None


def when(fact: str, *values: Any) -> Condition:
    """Say that a fact has one of some values."""
    return Condition(fact, frozenset(values), attrgetter(fact))


@dataclass(frozen=True, slots=True)
class Signal:
    """What puts a use case in a tier: all of its conditions. `says` is why, after "because"."""

    tier: RiskTier
    conditions: tuple[Condition, ...]
    says: str

    def holds(self, case: UseCase) -> bool:
        return all(each.holds(case) for each in self.conditions)


_AREAS = (
    *("biometrics", "critical_infrastructure", "education", "employment", "essential_services"),
    *("law_enforcement", "migration", "justice"),
)
_PRACTICES = (
    *("manipulation", "exploiting_vulnerability", "social_scoring", "predicting_crime_by_profile"),
    *("scraping_faces", "emotions_at_work_or_school", "sorting_by_biometrics"),
    *("live_biometric_identification", "intimate_images_without_consent", "child_abuse_images"),
)

SIGNALS: tuple[Signal, ...] = (
    Signal("high", (when("ai_act.practices", *_PRACTICES),), "somebody sees a forbidden practice in it"),
    Signal("high", (when("impact", "rights", "both"),), "what it does can touch people's rights"),
    Signal("high", (when("impact", "safety", "both"),), "what it does can touch people's safety"),
    Signal("high", (when("ai_act.area", *_AREAS),), "it falls in an area of Annex III of the EU AI Act"),
    Signal("high", (when("ai_act.safety_component", True),), "a product's safety depends on it"),
    Signal(
        "high", (when("ai_act.decides_on_people", True),), "it decides on people, or prepares such decisions"
    ),
    Signal(
        "high", (when("ai_act.general_purpose", "systemic"),), "it offers others a model of systemic risk"
    ),
    Signal("high", (when("data_class", "restricted"),), "it handles restricted data"),
    Signal(
        "high",
        (when("autonomy", "act_within_limits", "autonomous"), when("agency", "read", "write")),
        "its agents act without a person's answer to each act",
    ),
    Signal("medium", (when("personal_data", True),), "it handles data about people"),
    Signal("medium", (when("ai_act.profiles_people", True),), "it makes profiles of people"),
    Signal("medium", (when("ai_act.people_interact", True),), "people talk to it directly"),
    Signal("medium", (when("ai_act.generates_content", True),), "others see what it makes"),
    Signal(
        "medium", (when("ai_act.general_purpose", "model"),), "it offers others a model of general purpose"
    ),
    Signal("medium", (when("data_class", "confidential"),), "it handles confidential data"),
    Signal("medium", (when("agency", "read", "write"),), "its agents touch something"),
)
"""Which facts make which tier, the highest first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact, or several, that put a use case in a tier."""

    tier: RiskTier
    facts: tuple[str, ...]
    says: str


@dataclass(frozen=True, slots=True)
class OpenFact:
    """A fact that nobody stated, and the tier that the use case would be in were it one of `values`."""

    fact: str
    values: tuple[str, ...]
    tier: RiskTier


@dataclass(frozen=True, slots=True)
class Tiered:
    """The risk tier of a use case: what decided it, what else was seen, and what nobody stated.

    `decided` are the reasons of the tier itself; without any, nothing that is stated raises it. `also` are
    reasons of lower tiers, which would hold if those that decided were gone. `open` are facts that could only
    raise it.
    """

    tier: RiskTier
    decided: tuple[Reason, ...] = ()
    also: tuple[Reason, ...] = ()
    open: tuple[OpenFact, ...] = ()


def tier_of(case: UseCase) -> RiskTier:
    """Say in which risk tier a use case is: the highest that any one fact puts it in."""
    found: RiskTier = next((each.tier for each in SIGNALS if each.holds(case)), "low")
    least = case.risk_tier_min or "low"
    return RISK_TIERS[max(RISK_TIERS.index(found), RISK_TIERS.index(least))]


def tiered(case: UseCase) -> Tiered:
    """Say in which risk tier a use case is, why, and which facts that nobody stated would raise it."""
    tier = tier_of(case)
    reasons = [_reason(each, case) for each in SIGNALS if each.holds(case)]
    if case.risk_tier_min is not None:
        reasons.append(Reason(case.risk_tier_min, ("risk_tier_min",), "it is declared to be no lower"))
    return Tiered(
        tier,
        tuple(each for each in reasons if each.tier == tier),
        tuple(each for each in reasons if each.tier != tier),
        tuple(_open(case, tier)),
    )


def _reason(signal: Signal, case: UseCase) -> Reason:
    facts = tuple(f"{each.fact}: {stated(each.read(case))}" for each in signal.conditions)
    return Reason(signal.tier, facts, signal.says)


def stated(value: Any) -> str:
    """Write a stated fact as its declaration does.

    >>> stated(True), stated(("a", "b")), stated("both")
    ('true', 'a, b', 'both')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _open(case: UseCase, tier: RiskTier) -> Iterator[OpenFact]:
    """List what is not stated and would raise the tier by itself, each fact once with its highest tier."""
    seen: set[str] = set()
    for signal in SIGNALS:
        if RISK_TIERS.index(signal.tier) <= RISK_TIERS.index(tier):
            continue
        unmet = [each for each in signal.conditions if not each.holds(case)]
        if len(unmet) == 1 and unmet[0].is_open(case):
            [condition] = unmet
            if condition.fact in seen:
                continue
            seen.add(condition.fact)
            values = {
                value
                for each in SIGNALS
                if each.tier == signal.tier and len(each.conditions) == len(signal.conditions)
                for other in each.conditions
                if other.fact == condition.fact
                for value in other.values
            }
            yield OpenFact(condition.fact, tuple(sorted(map(stated, values))), signal.tier)
