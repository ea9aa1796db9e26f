"""Sensitive information in a text: one pass decides which rules can hold, those run, and overlaps are
weighed.

The rules are compiled for the types that are wanted, so that what is not asked for costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from remit.declare.sensitive_type import TYPES
from remit.enforce.guardrail import (
    european_rules,
    finance_rules,
    general_rules,
    national_rules,
    private_key,
    secret_rules,
)
from remit.enforce.guardrail.custom_pattern import CustomPatterns
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.gate import compile_gate
from remit.enforce.guardrail.name import GATE as NAME_GATE
from remit.enforce.guardrail.name import PARTICLES, Names
from remit.enforce.guardrail.open_text import open_from
from remit.enforce.guardrail.rule import AHEAD, Candidate, CompiledRule, gates_of, without_odd_cases
from remit.enforce.guardrail.street import BEGINNINGS as STREET_BEGINNINGS
from remit.enforce.guardrail.street import GATE as STREET_GATE
from remit.enforce.guardrail.street import JOINTS as STREET_JOINTS
from remit.enforce.guardrail.street import streets
from remit.enforce.guardrail.weigh import Listed, Source, weigh

RULES = (
    general_rules.RULES
    + finance_rules.RULES
    + national_rules.RULES
    + european_rules.RULES
    + secret_rules.RULES
)
Finder = Callable[[str], Iterator[Candidate]]
LISTS = ("names", "name_weights")
"""What the lists are called that names are found with."""


class Sensitive:
    """Rules and patterns, ready to be run over texts."""

    def __init__(
        self,
        types: Collection[str],
        patterns: Mapping[str, str],
        lists: Mapping[str, Sequence[str]],
        *,
        fast: bool | None = None,
    ) -> None:
        known = {one.identifier for one in TYPES}
        unknown = sorted(set(types) - known)
        if unknown:
            raise ValueError(f"`{unknown[0]}` is not a type of sensitive information")
        self.types = frozenset(types)
        self.custom = CustomPatterns(patterns)
        rules = [rule for rule in RULES if rule.type in self.types]
        finders: list[tuple[tuple[str, ...], Finder]] = [
            (gates_of(rule), CompiledRule(rule).candidates) for rule in rules
        ]
        if "SECRET" in self.types:
            finders.append(((private_key.GATE,), private_key.private_keys))
        self._names = Names(lists["names"], lists["name_weights"]) if "NAME" in self.types else None
        if self._names is not None:
            finders.append(((NAME_GATE,), self._names.candidates))
        if "ADDRESS" in self.types:
            finders.append(((STREET_GATE,), streets))
        places: dict[str, int] = {}
        for gates, _ in finders:
            for gate in gates:
                places.setdefault(gate, len(places))
        # By the place of its first gate: what finds, the other gates that it needs, and whether it is a rule.
        self._behind: list[list[tuple[Finder, frozenset[int], bool]]] = [[] for _ in places]
        for number, (gates, find) in enumerate(finders):
            needs = frozenset(places[gate] for gate in gates[1:])
            self._behind[places[gates[0]]].append((find, needs, number < len(rules)))
        self._gate = compile_gate(list(places), fast=fast)
        begin, join = set[str](), set[str]()
        if self._names is not None:
            begin |= self._names.lower_case
            join |= PARTICLES
        if "ADDRESS" in self.types:
            begin |= STREET_BEGINNINGS
            join |= STREET_JOINTS
        # What stands after says what these are; of all others, only where they end.
        self._ahead = AHEAD if self.types & {"ADDRESS", "AGE", "NAME", "PHONE", "USERNAME"} else AHEAD // 2
        self._beginning, self._joining = frozenset(begin - join), frozenset(join)

    def find(self, text: str) -> list[Found]:
        """Give what is sensitive in a text, in order, none overlapping another."""
        standing, _ = weigh(self.sources(text), start=0)
        return [Found(one.type, one.start, one.end, one.confidence) for one in standing]

    def sources(self, text: str) -> list[Source]:
        data = text.encode("utf-8", "surrogatepass")
        listed: list[Candidate] = []
        plain = without_odd_cases(text)
        fired = self._gate(data)
        for place in fired:
            for find, needs, is_rule in self._behind[place]:
                if not needs or needs.issubset(fired):
                    listed.extend(find(plain if is_rule else text))
        return [Listed(listed), *self.custom.sources(text, data)]

    def open_from(self, text: str, start: int) -> int:
        """Give the place from which on more text could change what is found; see `holdback`."""
        place = len(text)
        if "SECRET" in self.types:
            place = private_key.open_key(text, start)
        if self.types and place > start:
            place = min(place, open_from(text, start, self._ahead, self._beginning, self._joining))
        return max(start, min(place, self.custom.open_from(text, start)))


def compile_sensitive(
    types: Collection[str],
    patterns: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    *,
    fast: bool | None = None,
) -> Sensitive:
    """Make ready to find these types and what these patterns match.

    A pattern that cannot be used, or a type that does not exist, is a `ValueError` that says so in a
    sentence. `fast` asks for one engine or the other; left out, it is the faster one that this machine has.
    """
    return Sensitive(types, patterns, lists, fast=fast)
