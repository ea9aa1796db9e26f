"""Write the list of names: Faker's of every locale, with what else the words are, from the shared texts.

    python scripts/guardrails/name_lists.py DATA

A line is a name in lower case and its kinds: `g` given, `f` family, `c` common word, `p` place.
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from faker.providers import address, person

OUT = Path(__file__).parents[2] / "src/remit/adapters/trained/names.txt.gz"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_GIVEN = (
    "first_names",
    "first_names_male",
    "first_names_female",
    "first_names_nonbinary",
    "first_romanized_names",
    "first_names_unisex",
)
_FAMILY = (
    "last_names",
    "last_names_male",
    "last_names_female",
    "last_romanized_names",
    "last_names_nonbinary",
)
_PLACES = (
    "cities city_names countries states provinces regions counties departments cantons prefectures "
    "federal_states"
).split()
# Words of prose that are seldom meant as what lists of names have them for.
_TEXTS = ("benign_business", "benign_instructions", "grounding_begin", "topics_banking77", "topics_clinc150")


def providers(package: ModuleType) -> Iterator[type]:
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        yield module.Provider


def values(provider: type, attributes: Iterable[str]) -> Iterator[str]:
    for attribute in attributes:
        held = getattr(provider, attribute, ())
        if not isinstance(held, tuple | list | dict):
            continue
        for value in held:
            if isinstance(value, str):
                yield value
            elif isinstance(value, tuple) and isinstance(value[-1], str):
                yield value[-1]


def latin(word: str) -> bool:
    return all(letter < "\u0530" for letter in word)


def parts(value: str) -> Iterator[str]:
    for word in _WORD.findall(value):
        if len(word) > 1 and latin(word):
            yield word.lower()


def listed_names() -> dict[str, set[str]]:
    kinds: dict[str, set[str]] = {}
    for provider in providers(person):
        for attributes, kind in ((_GIVEN, "g"), (_FAMILY, "f")):
            for value in values(provider, attributes):
                if len(value.split()) <= 2:
                    for word in parts(value):
                        kinds.setdefault(word, set()).add(kind)
    return kinds


def listed_places() -> set[str]:
    return {
        word
        for provider in providers(address)
        for value in values(provider, _PLACES)
        for word in parts(value)
    }


def count(data: Path) -> tuple[Counter[str], Counter[str]]:
    """How often each word stands in lower case in prose, and how often not."""
    lower, upper = Counter[str](), Counter[str]()
    for name in _TEXTS:
        with gzip.open(data / f"{name}.jsonl.gz", "rt") as rows:
            texts = (text for row in rows for text in json.loads(row).values() if isinstance(text, str))
            for word in (word for text in texts for word in _WORD.findall(text)):
                (lower if word.islower() else upper)[word.lower()] += 1
    return lower, upper


def main() -> None:
    kinds, places = listed_names(), listed_places()
    lower, upper = count(Path(sys.argv[1]))
    for word, held in kinds.items():
        if lower[word] >= 2 and lower[word] > upper[word] * 0.4:
            held.add("c")
        if word in places:
            held.add("p")
    lines = [f"{word} {''.join(sorted(held))}" for word, held in sorted(kinds.items())]
    OUT.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    tally = Counter("".join(sorted(held)) for held in kinds.values())
    print(len(lines), "names", OUT.stat().st_size, "bytes", tally.most_common(12))


if __name__ == "__main__":
    main()
