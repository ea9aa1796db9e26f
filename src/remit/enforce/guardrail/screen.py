"""Screen: what several guardrails together look for in a text, and what becomes of it.

Every guardrail decides by itself on what is found, and the strictest of their words holds. So naming one
more never lets through what another stops. One in shadow has its word noted, and it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from remit.declare.guardrail import (
    STREAMINGS,
    ContentRule,
    CustomRule,
    GuardrailPolicies,
    Handling,
    Masks,
    Restores,
    Streaming,
    TopicRule,
    content_rule,
    entity_rule,
    score_rule,
)
from remit.declare.remit_layer import STRENGTHS, ContentFilter, Strength
from remit.enforce.guardrail.clean import CleanTexts
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.kit import Find, Kit, Spotter
from remit.enforce.guardrail.trust import Policy, Side, Trust

ATTACKS = ("JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE")
"""The kinds of what the content filter `PROMPT_ATTACK` stops."""

NEVER = len(CONFIDENCES)

RANKS = 1_000
"""More than ranks of findings are apart."""

TOPIC_LEAST = CONFIDENCES.index("medium")
"""How sure it has to be that a text is of a denied topic; one in a hundred others is taken for one then."""


class Guard(msgspec.Struct, frozen=True):
    """One guardrail that a call must pass, and who asks for it: a layer's address, or `request`."""

    address: str
    origin: str
    owner: str
    policies: GuardrailPolicies
    floors: Mapping[ContentFilter, Strength] = {}

    @property
    def acts(self) -> bool:
        return self.policies.mode == "enforce"

    def strength(self, filter: ContentFilter, side: Side) -> Strength:
        """Give a content filter's strength: its own, or that which a layer asks for if it is higher."""
        own: Strength = getattr(content_rule(self.policies.content.get(filter, "none")), f"{side}_strength")
        return max(own, self.floors.get(filter, "none"), key=STRENGTHS.index)


class Word(msgspec.Struct, frozen=True):
    """What one guardrail does about one kind of finding, from the confidence with the number `least` on."""

    guard: int
    action: Handling
    least: int = 0


class Question(msgspec.Struct, frozen=True):
    """That one guardrail asks somebody else's about every text; `name` is what it calls it."""

    guard: int
    address: str
    name: str
    rule: CustomRule
    acts: bool

    @property
    def changes(self) -> bool:
        """Say whether anything may become of a text by its word."""
        return self.acts and self.rule.wait

    @property
    def may_mask(self) -> bool:
        return self.changes and self.rule.action == "anonymize"

    @property
    def may_stop(self) -> bool:
        return self.changes and (self.rule.action == "block" or self.rule.on_failure == "block")


class Finding(msgspec.Struct, frozen=True):
    """Something that was found, and what each guardrail that asked says of it. It never holds the words."""

    policy: Policy
    type: str
    trust: Trust
    span: int
    start: int
    end: int
    confidence: Confidence
    action: Handling
    said: tuple[tuple[int, Handling], ...]
    shadowed: tuple[tuple[int, Handling], ...] = ()
    kind: str = ""
    score: float | None = None
    threshold: float | None = None
    mark: str = ""


Key = tuple[Policy, str]


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked for on one side."""

    words: Mapping[Key, tuple[Word, ...]]
    spotter: Spotter | None
    content: Find | None
    attack: Mapping[bool, Find]
    topics: Find | None
    scores: tuple[tuple[str, int, float, Handling], ...] = ()
    unverified: tuple[Word, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is looked for here; others may be asked all the same."""
        return not (self.words or self.scores)

    @property
    def waited(self) -> tuple[Question, ...]:
        """List the others who are asked while the call goes on."""
        return tuple(each for each in self.questions if each.rule.wait)

    @property
    def later(self) -> tuple[Question, ...]:
        """List those who are asked beside the call."""
        return tuple(each for each in self.questions if not each.rule.wait)


@dataclass(frozen=True, slots=True)
class Screen:
    """What the guardrails of a call look for, put together once for all calls with the same ones."""

    guards: tuple[Guard, ...]
    input: Looking
    output: Looking
    kit: Kit
    allowed: frozenset[tuple[int, str]] = frozenset()
    clean: CleanTexts = field(default_factory=CleanTexts)

    def side(self, side: Side) -> Looking:
        return self.input if side == "input" else self.output

    @property
    def streaming(self) -> Streaming:
        ways = [guard.policies.streaming for guard in self.guards if guard.acts]
        return max(ways, key=STREAMINGS.index, default="audit")

    @property
    def window(self) -> int:
        return max((guard.policies.window_characters for guard in self.guards if guard.acts), default=400)

    @property
    def masks(self) -> Masks:
        """The masks of the first guardrail that acts; which they are is no matter of strictness."""
        return next((guard.policies.masks for guard in self.guards if guard.acts), "number")

    @property
    def restores(self) -> Restores:
        order: tuple[Restores, ...] = ("nobody", "people", "everybody")
        acting = (guard.policies.restores for guard in self.guards if guard.acts)
        return min(acting, key=order.index, default="nobody")

    def message(self, side: Side, findings: Iterable[Finding]) -> str:
        """Say what a caller is told: the words of the first guardrail that stops the call."""
        stops = {guard for each in findings for guard, action in each.said if action == "block"}
        policies = self.guards[min(stops, default=0)].policies
        return policies.blocked_input if side == "input" else policies.blocked_output


class Screening(msgspec.Struct, frozen=True):
    """What was found in the texts of one side, what becomes of them, and the texts as they may go on."""

    side: Side
    findings: tuple[Finding, ...]
    action: Handling
    texts: tuple[str, ...]


def compile_screen(guards: Sequence[Guard], kit: Kit) -> Screen:
    """Put together what several guardrails look for, so that each text is read once for all of them."""
    allowed = frozenset(
        (number, text.casefold()) for number, guard in enumerate(guards) for text in guard.policies.allowed
    )
    return Screen(
        tuple(guards), _looking(guards, kit, "input"), _looking(guards, kit, "output"), kit, allowed
    )


def _looking(guards: Sequence[Guard], kit: Kit, side: Side) -> Looking:
    words: dict[Key, list[Word]] = {}
    topics: dict[str, TopicRule] = {}
    patterns: dict[str, str] = {}
    listed = _listed(guards, side)
    for number, guard in enumerate(guards):
        for key, word in _said(guard, number, side, listed):
            words.setdefault(key, []).append(word)
        policies = guard.policies
        topics |= {f"{number}/{name}": rule for name, rule in policies.topics.items()}
        patterns |= {f"{number}/{name}": rule.pattern for name, rule in policies.patterns.items()}
    types = [type for policy, type in words if policy == "sensitive"]
    patterns = {name: text for name, text in patterns.items() if ("pattern", name) in words}
    topics = {name: rule for name, rule in topics.items() if ("topic", name) in words}
    profanity = any(policy == "word" and type == "PROFANITY" for policy, type in words)
    attacks = ("content", "PROMPT_ATTACK") in words and side == "input"
    contents = any(policy == "content" and type != "PROMPT_ATTACK" for policy, type in words)
    return Looking(
        words={key: tuple(said) for key, said in words.items()},
        spotter=kit.spotter(types, patterns, listed, profanity=profanity, shifts=_shifts(guards, words))
        if types or patterns or listed or profanity
        else None,
        content=kit.content() if contents else None,
        attack={each: kit.attack(untrusted=each) for each in (False, True)} if attacks else {},
        topics=kit.topics(topics) if topics else None,
        scores=tuple(_scores(guards)) if side == "output" else (),
        unverified=tuple(
            Word(number, guard.policies.unverified)
            for number, guard in enumerate(guards)
            if guard.policies.content
        ),
        questions=tuple(
            Question(number, guard.address, name, rule, guard.acts)
            for number, guard in enumerate(guards)
            for name, rule in guard.policies.custom.items()
            if _enabled(rule, side)
        ),
    )


def _shifts(guards: Sequence[Guard], words: Mapping[Key, Sequence[Word]]) -> dict[str, int]:
    """Say by how much the ranks of types are shifted, since of what overlaps only one stands.

    INVARIANT: what nothing is done about hides nothing about which something is, and a word or a pattern that
    somebody wants stopped is hidden by nothing that would only be masked.
    """
    shifts: dict[str, int] = {}
    for (policy, type), said in words.items():
        actions = {word.action for word in said if guards[word.guard].acts}
        if not actions - {"none"}:
            shifts[type] = -RANKS
        elif policy in ("word", "pattern") and "block" in actions:
            shifts[type] = RANKS
    return shifts


def sought(guard: Guard, side: Side) -> list[Key]:
    """List what a guardrail looks for on one side."""
    return [key for key, _ in _said(guard, 0, side, _listed((guard,), side))]


def _listed(guards: Sequence[Guard], side: Side) -> dict[str, str]:
    """Give every word that any guardrail lists a type of its own, since not all list the same."""
    said = [guard.policies.words for guard in guards]
    every = (word.casefold() for rules in said if rules and _enabled(rules, side) for word in rules.listed)
    return {word: f"WORD/{number}" for number, word in enumerate(dict.fromkeys(every))}


def _said(guard: Guard, number: int, side: Side, listed: Mapping[str, str]) -> Iterable[tuple[Key, Word]]:
    """List what a guardrail says on one side, policy by policy; what is not enabled says nothing."""
    policies = guard.policies
    for filter in dict.fromkeys((*policies.content, *guard.floors)):
        rule, floor = content_rule(policies.content.get(filter, "none")), guard.floors.get(filter, "none")
        if _enabled(rule, side) or floor != "none":
            least = NEVER - STRENGTHS.index(guard.strength(filter, side))
            yield ("content", filter), Word(number, _action(rule, side, floor), least)
    for name, topic in policies.topics.items():
        if _enabled(topic, side):
            yield ("topic", f"{number}/{name}"), Word(number, getattr(topic, f"{side}_action"), TOPIC_LEAST)
    if policies.words is not None and _enabled(policies.words, side):
        action = getattr(policies.words, f"{side}_action")
        for type in {listed[word.casefold()] for word in policies.words.listed}:
            yield ("word", type), Word(number, action)
        if policies.words.profanity:
            yield ("word", "PROFANITY"), Word(number, action)
    for type, setting in policies.sensitive.items():
        entity = entity_rule(setting)
        if _enabled(entity, side):
            yield ("sensitive", type), Word(number, getattr(entity, f"{side}_action"))
    for name, pattern in policies.patterns.items():
        if _enabled(pattern, side):
            yield ("pattern", f"{number}/{name}"), Word(number, getattr(pattern, f"{side}_action"))


def _enabled(rule: Any, side: Side) -> bool:
    return bool(getattr(rule, f"{side}_enabled"))


def _action(rule: ContentRule, side: Side, floor: Strength) -> Handling:
    """A layer that asks for a strength wants it to stop something, whatever the guardrail's block says."""
    return "block" if floor != "none" else getattr(rule, f"{side}_action")


def _scores(guards: Sequence[Guard]) -> Iterable[tuple[str, int, float, Handling]]:
    for number, guard in enumerate(guards):
        for name in ("grounding", "relevance"):
            setting = getattr(guard.policies, name)
            rule = None if setting is None else score_rule(setting)
            if rule is not None and rule.enabled:
                yield name.upper(), number, float(rule.threshold), rule.action
