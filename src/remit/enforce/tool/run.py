"""Run: what an agent's run was asked and has read, and what it therefore knows of whom it may reach.

Nothing here looks at what a text means. It asks who wrote a text, and whether a word stands in it: so an
attack fares the same however it is worded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from remit.declare.declared import DATA_CLASSES, DataClass
from remit.declare.tool import ToolReturns
from remit.enforce.tool.given import DEPTH_MAX, fold

READ_MAX = 4_000_000
"""The most characters of what a run has read that are kept to look targets up in."""

TRIES_MAX = 10_000
"""How often words may stand within longer ones before they are taken not to stand there by themselves."""

Origin = Literal["named", "registered", "read", "foreign", "nowhere"]
"""Where a target comes from: the person said it, it is registered or was approved, it stands in a text that
only the organisation writes, only in texts of others, or in none."""

Shape = Literal["page", "mail", "account", "name"]

_SHAPES: tuple[tuple[Shape, re.Pattern[str]], ...] = (
    ("mail", re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    ("account", re.compile(r"(?<![\w])[a-z]{2}[0-9]{2}[a-z0-9]{10,30}(?![\w])")),
    (
        "page",
        re.compile(r"(?<![\w@.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}(?:/[^\s<>\"']{0,400})?"),
    ),
)
"""What addresses look like, in folded text."""

_TRAIL = ".,;:!?)]}'\""


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run at one of its calls. It only ever learns: no call takes a label away.

    `asked` is what the person said; `registered` are targets that the organisation declares, that were
    approved before, or that a system of record has named in this run; `roles` has these last with the field
    that they stood in. `led` are addresses in messages from whom, or from where, the person said.
    """

    asked: str = ""
    registered: frozenset[str] = frozenset()
    roles: frozenset[tuple[str, str]] = frozenset()
    own: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    data_class: DataClass = "public"
    is_tainted: bool = False
    led: frozenset[str] = frozenset()

    def after(
        self, returns: ToolReturns, text: str, fields: Any = None, *, where: tuple[str, ...] = ()
    ) -> Run:
        """Label a run with what it has read: the text, and its fields where the tool answers with some.

        `where` are the targets and records of the call, such as the channel whose messages were read.
        """
        folded = fold(text)
        roles = (
            frozenset(_in_fields(fields, frozenset(returns.registers))) if returns.registers else frozenset()
        )
        read = replace(
            self,
            registered=self.registered | frozenset(target for _, target in roles),
            roles=self.roles | roles,
            data_class=max(self.data_class, returns.data_class, key=DATA_CLASSES.index),
            led=self.led | frozenset(self._led(returns, fields, where)),
        )
        if returns.trust == "trusted":
            return replace(read, own=_kept(self.own, folded))
        return replace(read, foreign=_kept(self.foreign, folded), is_tainted=True)

    def _led(self, returns: ToolReturns, fields: Any, where: tuple[str, ...]) -> Iterator[str]:
        """List the addresses in messages that the person pointed to, by their author or by their place.

        Only the system of record says who wrote a message, so that one without an author leads nowhere.
        """
        pointed = any(stands_in(each, self.asked) for each in where)
        for message in _items(fields):
            authors = _in_fields(message, frozenset(returns.registers)) if returns.registers else ()
            by = [author for _, author in authors]
            if by and (pointed or any(stands_in(each, self.asked) for each in by)):
                said = (each for each in message.values() if isinstance(each, str))
                yield from (address for text in said for address, _ in addresses(fold(text)))

    def approved(self, targets: tuple[str, ...]) -> Run:
        """Let a run know targets that a person has said yes to."""
        return replace(self, registered=self.registered | frozenset(targets))

    def origin(self, target: str) -> Origin:
        """Say where a folded target comes from."""
        known = self._known(target)
        if known is not None:
            return known
        return "foreign" if any(stands_in(target, text) for text in self.foreign) else "nowhere"

    def knows(self, target: str) -> bool:
        """Say whether the person or the organisation named a target, without looking at texts of others."""
        return self._known(target) is not None

    def _known(self, target: str) -> Origin | None:
        if stands_in(target, self.asked):
            return "named"
        if target in self.registered:
            return "registered"
        return "read" if any(stands_in(target, text) for text in self.own) else None

    def asks_for(self, words: tuple[str, ...]) -> bool:
        """Say whether the person's own words ask for something that has these words."""
        return any(stands_in(fold(each), self.asked) for each in words)

    def names_another(self, target: str, argument: str) -> bool:
        """Say whether the person named whom else to reach, of a target's shape or known in the same role."""
        shape = shape_of(target)
        if shape != "name" and any(each == shape for _, each in addresses(self.asked)):
            return True
        known = (other for field, other in self.roles if field == argument and other != target)
        return any(stands_in(other, self.asked) for other in known)


_MISSING_BLANK = re.compile(r"(?<=[a-z0-9])\.(?=[A-Z][a-z])")
"""A full stop that somebody typed without the blank after it, so that an address seems to go on."""


def begun(asked: str, registered: frozenset[str] = frozenset()) -> Run:
    """Begin a run with what a person said, and the targets that are registered."""
    return Run(fold(_MISSING_BLANK.sub(". ", asked)), frozenset(fold(each) for each in registered))


def _kept(texts: tuple[str, ...], text: str) -> tuple[str, ...]:
    # What no longer fits is not looked up: a target that stands in it is one that stands nowhere.
    room = READ_MAX - sum(map(len, texts))
    return (*texts, text[:room]) if room > 0 and text else texts


def stands_in(words: str, text: str) -> bool:
    """Say whether words stand in a text by themselves, and not as a part of a longer word or address.

    >>> stands_in("bob", "ask bob."), stands_in("evil.com", "see not-evil.com"), stands_in("a.com", "a.com/x")
    (True, False, False)
    """
    if not words:
        return False
    at = text.find(words)
    tries = TRIES_MAX
    while at >= 0 and tries:
        tries -= 1
        if not _JOINS_BEFORE.search(text[max(0, at - 2) : at]) and not _JOINS_AFTER.match(
            text, at + len(words)
        ):
            return True
        at = text.find(words, at + 1)
    return False


_JOINS_BEFORE = re.compile(r"(?:\w|\w[-.@+/]|/)$")
_JOINS_AFTER = re.compile(r"\w|[-.@+/?#=&%]\w|/")


def addresses(text: str) -> Iterator[tuple[str, Shape]]:
    """List what looks like an address in a folded text: pages, mail addresses, accounts."""
    for shape, pattern in _SHAPES:
        for match in pattern.finditer(text):
            yield match[0].rstrip(_TRAIL), shape


def shape_of(target: str) -> Shape:
    return next((shape for shape, pattern in _SHAPES if pattern.fullmatch(target)), "name")


def _items(value: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """List the mappings that hold texts, as far down as arguments are read."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, Mapping):
        if any(isinstance(each, str) for each in value.values()):
            yield value
        for inner in value.values():
            yield from _items(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _items(inner, depth + 1)


def _in_fields(value: Any, names: frozenset[str], depth: int = 0) -> Iterator[tuple[str, str]]:
    """List what stands in the named fields, as far down as arguments are read; what is deeper is none."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in names:
                several = inner if isinstance(inner, list | tuple) else (inner,)
                yield from ((name, fold(str(each))) for each in several if isinstance(each, str | int))
            else:
                yield from _in_fields(inner, names, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _in_fields(inner, names, depth + 1)
