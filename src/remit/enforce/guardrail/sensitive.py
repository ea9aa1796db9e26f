"""Sensitive information in a text: one pass decides which rules can hold, those run, and overlaps are
weighed.

The rules are compiled for the types that are wanted, so that what is not asked for costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from remit.declare.sensitive_type import TYPES
from remit.enforce.guardrail import finance_rules, general_rules, national_rules, private_key, secret_rules
from remit.enforce.guardrail.custom_pattern import CustomPatterns
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.gate import compile_gate
from remit.enforce.guardrail.name import GATE as NAME_GATE
from remit.enforce.guardrail.name import PARTICLES, Names
from remit.enforce.guardrail.open_text import open_from
from remit.enforce.guardrail.rule import Candidate, CompiledRule, gate_of, without_odd_cases
from remit.enforce.guardrail.street import BEGINNINGS as STREET_BEGINNINGS
from remit.enforce.guardrail.street import GATE as STREET_GATE
from remit.enforce.guardrail.street import JOINTS as STREET_JOINTS
from remit.enforce.guardrail.street import streets
from remit.enforce.guardrail.weigh import Listed, Source, weigh

RULES = general_rules.RULES + finance_rules.RULES + national_rules.RULES + secret_rules.RULES
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
        finders: list[tuple[str, Finder]] = [(gate_of(rule), CompiledRule(rule).candidates) for rule in rules]
        # The rules come first; what else finds reads the text as it is.
        self._rules = len(finders)
        if "SECRET" in self.types:
            finders.append((private_key.GATE, private_key.private_keys))
        self._names = Names(lists["names"], lists["name_weights"]) if "NAME" in self.types else None
        if self._names is not None:
            finders.append((NAME_GATE, self._names.candidates))
        if "ADDRESS" in self.types:
            finders.append((STREET_GATE, streets))
        self._finders = [find for _, find in finders]
        self._gate = compile_gate([gate for gate, _ in finders], fast=fast)
        begin, join = set[str](), set[str]()
        if self._names is not None:
            begin |= self._names.lower_case
            join |= PARTICLES
        if "ADDRESS" in self.types:
            begin |= STREET_BEGINNINGS
            join |= STREET_JOINTS
        self._beginning, self._joining = frozenset(begin - join), frozenset(join)

    def find(self, text: str) -> list[Found]:
        """Give what is sensitive in a text, in order, none overlapping another."""
        standing, _ = weigh(self.sources(text), start=0)
        return [Found(one.type, one.start, one.end, one.confidence) for one in standing]

    def sources(self, text: str) -> list[Source]:
        data = text.encode("utf-8", "surrogatepass")
        listed: list[Candidate] = []
        plain = without_odd_cases(text)
        for place in self._gate(data):
            listed.extend(self._finders[place](plain if place < self._rules else text))
        return [Listed(listed), *self.custom.sources(text, data)]

    def open_from(self, text: str, start: int) -> int:
        """Give the place from which on more text could change what is found; see `holdback`."""
        place = open_from(text, start, self._beginning, self._joining)
        if "SECRET" in self.types:
            place = min(place, private_key.open_key(text, start))
        if self.custom.width:
            place = min(place, len(text) - self.custom.width)
        return max(start, place)


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
