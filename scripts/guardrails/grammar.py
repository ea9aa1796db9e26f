"""Write many different texts from few: choices within choices, and named parts that are choices too.

`{a|b}` is one of the two, `{part}` one of the texts of that part. `⦃`, `⦄` and `¦` stand for the signs
themselves, so that templates can hold JSON and special tokens.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

Parts = Mapping[str, Sequence[str]]

_INNERMOST = re.compile(r"\{([^{}]*)\}")
_LITERAL = str.maketrans("⦃⦄¦", "{}|")


def expand(template: str, parts: Parts, chance: random.Random) -> str:
    """Choose until nothing is left to be chosen."""

    def one(found: re.Match[str]) -> str:
        inner = found[1]
        if "|" not in inner and inner in parts:
            return str(chance.choice(parts[inner]))
        options: list[str] = inner.split("|")
        return chance.choice(options)

    text = template
    for _ in range(40):
        new = _INNERMOST.sub(one, text)
        if new == text:
            break
        text = new
    return text.translate(_LITERAL)


def many(templates: Sequence[str], parts: Parts, chance: random.Random, *, count: int) -> list[str]:
    """Write `count` texts, from each template about as many, no text twice."""
    seen: dict[str, None] = {}
    for turn in range(count * 3):
        seen.setdefault(expand(templates[turn % len(templates)], parts, chance))
        if len(seen) >= count:
            break
    return list(seen)
