"""Detectors, made with the numbers and lists that travel with the product."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial

from remit.adapters.trained import arrays, lines
from remit.declare.guardrail import TopicRule
from remit.enforce.guardrail.attack import Attack, compile_attack
from remit.enforce.guardrail.content import Content, compile_content
from remit.enforce.guardrail.custom_pattern import PATTERNS_MAX
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.grounding import Grounding, compile_grounding
from remit.enforce.guardrail.holdback import Detector, Holdback, find_all
from remit.enforce.guardrail.kit import Find, Grounded, Hold, Spotter
from remit.enforce.guardrail.language import VERIFIED, language
from remit.enforce.guardrail.sensitive import LISTS, compile_sensitive
from remit.enforce.guardrail.topic import Background, Topic, background, compile_topics
from remit.enforce.guardrail.weigh import Source, shifted
from remit.enforce.guardrail.word_filter import compile_words
from remit.ports import Embedding


class Held:
    """A text that comes in pieces, masked as if it had come whole."""

    def __init__(self, detectors: Sequence[Detector], replace: Callable[[str, str], str]) -> None:
        self._holdback = Holdback(detectors, replace)

    def feed(self, text: str) -> str:
        return self._holdback.feed(text).text

    def close(self) -> str:
        return self._holdback.close().text


class Shifted:
    """A detector whose findings have other ranks, by type."""

    def __init__(self, detector: Detector, shifts: Mapping[str, int]) -> None:
        self._shifts = shifts
        self._sources = detector.sources
        self.open_from = detector.open_from

    def sources(self, text: str) -> list[Source]:
        return [shifted(source, self._shifts) for source in self._sources(text)]


class Together:
    """Finds with several detectors at once; of what overlaps, one stands. Words can be left out."""

    def __init__(self, detectors: Sequence[Detector], words: Detector | None) -> None:
        self._detectors = tuple(detectors)
        self._all = self._detectors if words is None else (*detectors, words)

    def find(self, text: str, *, words: bool = True) -> list[Found]:
        return find_all(self._all if words else self._detectors, text)

    def hold(self, replace: Callable[[str, str], str]) -> Hold:
        return Held(self._all, replace)


class TrainedKit:
    """Makes detectors for one thread: an engine keeps room of its own for the text that it reads."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding

    def spotter(
        self,
        types: Collection[str],
        patterns: Mapping[str, str],
        words: Mapping[str, str],
        *,
        profanity: bool,
        shifts: Mapping[str, int],
    ) -> Spotter:
        detectors: list[Detector] = []
        if types or patterns:
            lists = {name: lines(name) for name in LISTS} if "NAME" in types else dict.fromkeys(LISTS, ())
            named = list(patterns.items())
            # One detector has as many patterns as one guardrail may; together several have more.
            for at in range(0, len(named) or 1, PATTERNS_MAX):
                wanted = () if at else types
                detectors.append(compile_sensitive(wanted, dict(named[at : at + PATTERNS_MAX]), lists))
        listed = None
        if words or profanity:
            listed = Shifted(compile_words(words, lines("profanity") if profanity else ()), shifts)
        return Together([Shifted(each, shifts) for each in detectors], listed)

    def content(self) -> Find:
        return self._content.weigh

    def attack(self, *, untrusted: bool) -> Find:
        return partial(self._attack.weigh, untrusted=untrusted)

    def topics(self, topics: Mapping[str, TopicRule]) -> Find:
        declared = {name: Topic(rule.definition, rule.examples) for name, rule in topics.items()}
        return compile_topics(declared, self._background, self._embedding.vectors).find

    def unverified(self, policy: str, text: str) -> bool:
        found = language(text)
        return found.reliable and found.code not in VERIFIED[policy]

    def ground(self, answer: str, sources: Sequence[str], query: str) -> Grounded:
        found = self._grounding.ground(answer, "\n\n".join(sources), query)
        reasons = tuple(Found(kind, start, end) for kind, start, end in found.reasons)
        return Grounded(found.score, found.relevance, reasons)

    @cached_property
    def _content(self) -> Content:
        return compile_content(arrays("content"), lines("content_words"), self._embedding.vectors)

    @cached_property
    def _attack(self) -> Attack:
        return compile_attack(arrays("attack"))

    @cached_property
    def _grounding(self) -> Grounding:
        return compile_grounding(arrays("grounding"), self._embedding.vectors)

    @cached_property
    def _background(self) -> Background:
        return background(arrays("topics"))
