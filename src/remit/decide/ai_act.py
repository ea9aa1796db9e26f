"""The EU AI Act on one use case: its class by the declared facts, and what is asked of whom since when.

It is a reading of facts against dated data, and no legal conclusion: whether a fact is one in the sense of
the act, counsel says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from remit.decide.ai_act_law import ActClass, Law, Obligation, Role, Transition
from remit.decide.risk import stated
from remit.declare.use_case import AiActFacts, UseCase

NO_CONCLUSION = "this reads declared facts against dated data; it is no legal conclusion"


@dataclass(frozen=True, slots=True)
class ClassSignal:
    """What puts a use case in a class of the act, and the facts that it rests on."""

    name: ActClass
    facts: tuple[str, ...]
    holds: Callable[[AiActFacts], bool]
    says: str


def _in_area(facts: AiActFacts) -> bool:
    return facts.area not in (None, "none")


def _exempted(facts: AiActFacts) -> bool:
    return _in_area(facts) and facts.exemption is not None and facts.profiles_people is False


SIGNALS: tuple[ClassSignal, ...] = (
    ClassSignal("prohibited", ("practices",), lambda f: bool(f.practices), "somebody sees a practice in it"),
    ClassSignal(
        "high_risk_product",
        ("safety_component",),
        lambda f: f.safety_component is True,
        "a product's safety depends on it; whether the product is one of Annex I, counsel says",
    ),
    ClassSignal(
        "high_risk_area",
        ("area", "exemption", "profiles_people"),
        lambda f: _in_area(f) and not _exempted(f),
        "it falls in an area of Annex III; whether in one of its points, counsel says",
    ),
    ClassSignal(
        "exempted_area",
        ("area", "exemption", "profiles_people"),
        _exempted,
        "somebody claims a ground of Article 6(3), and it makes no profiles of people",
    ),
    ClassSignal(
        "gpai_systemic",
        ("general_purpose",),
        lambda f: f.general_purpose == "systemic",
        "the organisation offers others a model of systemic risk",
    ),
    ClassSignal(
        "gpai",
        ("general_purpose",),
        lambda f: f.general_purpose == "model",
        "the organisation offers others a model of general purpose",
    ),
    ClassSignal(
        "transparency",
        ("people_interact", "generates_content", "area"),
        lambda f: bool(f.people_interact or f.generates_content or f.area == "biometrics"),
        "people talk to it, see what it makes, or are read by their bodies",
    ),
)
"""Which facts make which class, from the gravest."""

WOULD_BE: tuple[tuple[str, str, ActClass], ...] = (
    ("practices", "any", "prohibited"),
    ("safety_component", "true", "high_risk_product"),
    ("area", "any but none", "high_risk_area"),
    ("general_purpose", "systemic", "gpai_systemic"),
    ("people_interact", "true", "transparency"),
    ("generates_content", "true", "transparency"),
)
"""Facts that make a class by themselves: what it would be, were one that nobody stated so."""


@dataclass(frozen=True, slots=True)
class ClassReason:
    """A class that holds: on which article it rests, by which facts, and since when its rules apply.

    `before` is the day that held until `moved_by` moved it, if anything did.
    """

    name: ActClass
    title: str
    basis: str
    facts: tuple[str, ...]
    says: str
    applies_from: date
    before: date | None = None
    moved_by: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """One obligation: whose, since when, by which article, and what it rests on that nobody stated.

    `spared_by` is the transition that put it off. `before` says from which day on it would be, were it on the
    market before some other day, where nobody stated since when it is.
    """

    id: str
    article: str
    title: str
    roles: tuple[Role, ...]
    applies_from: date
    classes: tuple[ActClass, ...]
    unstated: tuple[str, ...] = ()
    spared_by: str = ""
    before: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True)
class OpenClass:
    """A fact that nobody stated, and the class that the use case would be in were it so."""

    fact: str
    value: str
    would_be: ActClass


@dataclass(frozen=True, slots=True)
class ActView:
    """The act on one use case on a day.

    `name` is None where too little is stated to say. `role` is None where nobody stated it; then the
    obligations of both roles are listed. Obligations are in the order of their dates.
    """

    name: ActClass | None
    title: str
    role: Role | None
    reasons: tuple[ClassReason, ...]
    in_force: tuple[Due, ...]
    coming: tuple[Due, ...]
    open: tuple[OpenClass, ...]
    law: str
    source: str
    verified_on: date
    verified_how: str
    says: str = NO_CONCLUSION


def act_on(case: UseCase, law: Law, today: date) -> ActView:
    """Say in which class of the act a use case is by its facts, and which obligations follow by a day."""
    facts = case.ai_act
    classes = tuple(_classes(facts))
    open = tuple(_open(facts, classes))
    if not classes and facts.in_union is not False and not open:
        classes = ("minimal",)
    elif facts.in_union is False:
        classes = ("outside",)
    due = sorted(
        _Reading(facts, classes, law, today).due(), key=lambda each: (each.applies_from, each.article)
    )
    name = classes[0] if classes else None
    return ActView(
        name=name,
        title=law.classes[name].name if name else "Too little is stated to say",
        role=facts.role,
        reasons=tuple(_reason(each, facts, law, today) for each in classes),
        in_force=tuple(each for each in due if each.applies_from <= today),
        coming=tuple(each for each in due if each.applies_from > today),
        open=() if facts.in_union is False else (*open, *_outside(facts)),
        law=f"{law.act}, amended by {law.amended_by}",
        source=law.source,
        verified_on=law.verified_on,
        verified_how=law.verified_how,
    )


def class_of(case: UseCase) -> ActClass | None:
    """Name the gravest class that the facts of a use case put it in; None where too little is stated."""
    facts = case.ai_act
    if facts.in_union is False:
        return "outside"
    classes = tuple(_classes(facts))
    if classes:
        return classes[0]
    return None if any(_open(facts, classes)) else "minimal"


def _classes(facts: AiActFacts) -> Iterator[ActClass]:
    return (each.name for each in SIGNALS if each.holds(facts))


def _is_open(facts: AiActFacts, fact: str) -> bool:
    return fact not in facts.model_fields_set or getattr(facts, fact) is None


def _open(facts: AiActFacts, classes: tuple[ActClass, ...]) -> Iterator[OpenClass]:
    for fact, value, would_be in WOULD_BE:
        if would_be not in classes and _is_open(facts, fact):
            yield OpenClass(fact, value, would_be)


def _outside(facts: AiActFacts) -> Iterator[OpenClass]:
    if facts.in_union is None:
        yield OpenClass("in_union", "false", "outside")


def _reason(name: ActClass, facts: AiActFacts, law: Law, today: date) -> ClassReason:
    signal = next((each for each in SIGNALS if each.name == name), None)
    rests = signal.facts if signal else (("in_union",) if name == "outside" else ())
    kind = law.classes[name]
    *earlier, holding = kind.known(today)
    starts = holding.applies_from
    if name == "prohibited":
        starts = min(law.practices[each].applies_from for each in facts.practices)
    return ClassReason(
        name=name,
        title=kind.name,
        basis=kind.basis,
        facts=tuple(f"{each}: {stated(getattr(facts, each))}" for each in rests if not _is_open(facts, each)),
        says=signal.says if signal else _OTHERWISE[name],
        applies_from=starts,
        before=earlier[-1].applies_from if earlier else None,
        moved_by=holding.source if earlier else "",
    )


_OTHERWISE: Mapping[ActClass, str] = {
    "minimal": "every fact that would make another class is stated not to be so",
    "outside": "it is stated that neither it nor what it answers is used in the Union",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """The facts of one use case and its classes, held against the law on a day."""

    facts: AiActFacts
    classes: tuple[ActClass, ...]
    law: Law
    today: date

    def due(self) -> Iterator[Due]:
        for id, each in self.law.obligations.items():
            mine = tuple(name for name in self.classes if name in each.classes)
            asked = mine or (not each.classes and "outside" not in self.classes)
            if asked and self.facts.role in (None, *each.roles) and self._may_hold(each.facts):
                yield from self._of(id, each, mine)

    def _of(self, id: str, obligation: Obligation, mine: tuple[ActClass, ...]) -> Iterator[Due]:
        roles = obligation.roles if self.facts.role is None else (self.facts.role,)
        if mine == ("prohibited",):
            for practice in self.facts.practices:
                dated = self.law.practices[practice]
                if dated.known <= self.today:
                    title = f"{obligation.title} ({practice.replace('_', ' ')})"
                    yield Due(f"{id}-{practice}", dated.article, title, roles, dated.applies_from, mine)
            return
        starts, spared, before = self._starts(id, obligation, mine)
        unstated = [f"ai_act.{fact}" for fact in obligation.facts if _is_open(self.facts, fact)]
        if self.facts.role is None and len(obligation.roles) == 1:
            unstated.append("ai_act.role")
        yield Due(
            id=id,
            article=obligation.article,
            title=obligation.title,
            roles=roles,
            applies_from=starts,
            classes=mine,
            unstated=tuple(unstated),
            spared_by=spared,
            before=before,
            changed=obligation.changed or "",
        )

    def _starts(self, id: str, obligation: Obligation, mine: tuple[ActClass, ...]) -> tuple[date, str, str]:
        """Say since when an obligation applies, what puts it off, and what would."""
        first = min((self.law.classes[name].applies_from(self.today) for name in mine), default=date.min)
        starts, spared, before = max(obligation.applies_from, first), "", list[str]()
        since = self.facts.on_market_since
        for each in self.law.transitions:
            if not self._concerns(each, id, mine) or each.applies_from <= starts:
                continue
            if since is None:
                before.append(f"from {each.applies_from} if on the market before {each.before}")
            elif since < each.before:
                starts, spared = each.applies_from, f"{each.article} ({each.source})"
        return starts, spared, "; ".join(before)

    def _concerns(self, transition: Transition, id: str, mine: tuple[ActClass, ...]) -> bool:
        named = id in transition.obligations or (
            bool(mine) and all(name in transition.classes for name in mine)
        )
        stated_so = all(
            stated(getattr(self.facts, fact)) == value for fact, value in transition.facts.items()
        )
        return named and stated_so and transition.known <= self.today

    def _may_hold(self, wanted: Mapping[str, str]) -> bool:
        """Say whether facts are so, or may be: what nobody stated is taken to hold."""
        return all(
            _is_open(self.facts, fact) or stated(getattr(self.facts, fact)) == value
            for fact, value in wanted.items()
        )
