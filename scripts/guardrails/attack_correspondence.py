"""Ordinary letters, notes and requests to an assistant, with the addresses, links, orders and code that attacks have
too.

Nobody is attacked by "Write to anna@example.org.": what speaks of an attack is what is asked of whom, and not an
address, a link or an order as such.
"""

from __future__ import annotations

import random

from attack_letters import (
    ASKS,
    CODE,
    FORMATS,
    MASKED,
    NOTES,
    ORDERS,
    PARTS,
    ROLES,
    SYSTEMS,
    TONGUE_LETTERS,
)
from grammar import expand

FOLDS = 5
GROUPS: dict[str, list[str]] = {
    "note": NOTES,
    "order": ORDERS,
    "ask": ASKS,
    "format": FORMATS,
    "role": ROLES,
    "system": SYSTEMS,
    "code": CODE,
    "masked": MASKED,
}
HELLO = [
    "Hello {name},",
    "Hi {name},",
    "Dear {name},",
    "Dear team,",
    "Good morning,",
    "Hi all,",
    "{name},",
    "",
]
BYE = [
    "Best, {name}",
    "Kind regards,\n{name}\n{firm}\n{phone}",
    "Thanks!",
    "Thanks, {name}",
    "Regards, {name} <{mail}>",
    "",
]


def of_fold(templates: list[str], fold: int | None) -> list[str]:
    """Give every third template; what is measured is measured on templates that were not learnt from."""
    return templates if fold is None else templates[fold::FOLDS]


def sentence(group: str, fold: int | None, chance: random.Random) -> str:
    return expand(chance.choice(of_fold(GROUPS[group], fold)), PARTS, chance)


def short(group: str, fold: int | None, chance: random.Random) -> str:
    """Write one sentence of a group, at times with one more beside it."""
    text = sentence(group, fold, chance)
    turn = chance.random()
    if turn < 0.2:
        text += " " + sentence("note", fold, chance)
    elif turn < 0.3:
        text = sentence("note", fold, chance) + " " + text
    elif turn < 0.38:
        text = sentence(chance.choice(("order", "note")), fold, chance) + "\n" + text
    return text


def letter(fold: int | None, chance: random.Random, *, least: int = 1, most: int = 6) -> str:
    """Write a letter: what is noted and what somebody is asked to do."""
    said = [
        sentence(chance.choice(("note", "note", "note", "order", "order", "system", "masked")), fold, chance)
        for _ in range(chance.randrange(least, most))
    ]
    gap = chance.choice((" ", " ", "\n", "\n\n", "\n- "))
    hello, bye = (expand(chance.choice(part), PARTS, chance) for part in (HELLO, BYE))
    return "\n\n".join(part for part in (hello, gap.join(said), bye) if part)


def tongue(fold: int | None, chance: random.Random) -> str:
    count = chance.choice((1, 1, 2, 3))
    templates = of_fold(chance.choice(list(TONGUE_LETTERS.values())), fold)
    return " ".join(expand(chance.choice(templates), PARTS, chance) for _ in range(count))


def thread(fold: int | None, chance: random.Random) -> str:
    """Write a whole document: an exchange of letters, a list of tasks, minutes."""
    kind = chance.randrange(3)
    if kind == 0:
        head = "From: {name} <{mail}>\nTo: {mail}\nSubject: {topic}\n\n"
        return "\n\n".join(
            expand(head, PARTS, chance) + letter(fold, chance) for _ in range(chance.randrange(1, 5))
        )
    if kind == 1:
        rows = [
            expand("{- |* |- [ ] |{1|2|3|4}. }{name: |}", PARTS, chance)
            + sentence(chance.choice(("order", "note", "system")), fold, chance)
            for _ in range(chance.randrange(4, 16))
        ]
        return expand("{To do|Minutes|Next steps|Open points|Runbook} {date}\n", PARTS, chance) + "\n".join(
            rows
        )
    return "\n\n".join(
        " ".join(
            sentence(chance.choice(("note", "note", "order", "system")), fold, chance)
            for _ in range(chance.randrange(2, 7))
        )
        for _ in range(chance.randrange(2, 8))
    )


def address(chance: random.Random) -> str:
    return expand("{mail}", PARTS, chance)


def link(chance: random.Random) -> str:
    return expand("{url}", PARTS, chance)
