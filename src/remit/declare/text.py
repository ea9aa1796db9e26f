"""Declared text: YAML read without guessing, and the place of anything in it.

Only the part of YAML that people need to declare things is read: mappings, lists and scalars that stay
text until their field reads them. YAML's own guesses would turn `NO` into false, `1.10` into 1.1 and money
into binary floats, and its last repeated key would win in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from remit.kernel.diagnostic import Diagnostic, Span, quoted

SIZE_MAX = 32 * 1024 * 1024
DEPTH_MAX = 24
SCALAR_MAX = 100_000

# What YAML does not read (control characters, halves of surrogate pairs), and what could show a reviewer
# another text than the one that is read: line ends that editors and reviews of changes do not show as such,
# and marks that change the direction of writing.
_REFUSED = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
    r"|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"
)

Path = tuple[str | int, ...]
Tree = dict[str, Any] | list[Any] | str

BYTE_ORDER_MARK = "\ufeff"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def events(text: str) -> Iterator[Any]:
    found: Iterator[Any] = yaml.parse(text.removeprefix(BYTE_ORDER_MARK), Loader=_LOADER)
    return found


class _Stop(Exception):
    """Reading cannot go on after this fault."""


@dataclass(slots=True)
class _Open:
    """A mapping or list that has begun; for a mapping, `key` is the one whose value comes next."""

    value: dict[str, Any] | list[Any]
    key: str | None = None
    lines: dict[str, int] = field(default_factory=dict)


def _span(file: str, event: Any) -> Span:
    return Span(file, event.start_mark.line + 1, event.start_mark.column + 1)


class _Reader:
    """Builds plain data from parser events, and notes what must not be there."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Diagnostic] = []
        self.root: Tree | None = None
        self.open: list[_Open] = []
        self.documents = 0

    def fault(self, event: Any, code: str, summary: str, help: str) -> None:
        self.faults.append(Diagnostic(_span(self.file, event), code, summary, help))

    def feed(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None or event.tag is not None:
                self._refuse_extras(event)
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_extras(event)
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.AliasEvent):
            self.fault(
                event,
                "yaml-alias",
                f"alias {quoted(f'*{event.anchor}')} is not allowed",
                "write the value out; what is declared must be readable where it stands",
            )
            self._place("", event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.fault(event, "yaml-document", "a second document starts here", "use one file for each")
                raise _Stop

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self.fault(
                event,
                "yaml-anchor",
                f"anchor {quoted(f'&{event.anchor}')} is not allowed",
                "remove it; what is declared must be readable where it stands",
            )
        if event.tag is not None:
            self.fault(event, "yaml-tag", f"tag {quoted(event.tag)} is not allowed", "remove it")

    def _scalar(self, event: Any) -> None:
        text = event.value
        if self.open and isinstance(self.open[-1].value, dict) and self.open[-1].key is None:
            self._key(event, text)
            return
        # An unquoted scalar has no style in one of the library's parsers and an empty one in the other.
        if not text and not event.style:
            name = self.open[-1].key if self.open else None
            self.fault(
                event,
                "empty-value",
                f"{quoted(name)} has no value" if name else "a value is missing here",
                "write a value, or remove the field to leave it unset",
            )
        elif len(text) > SCALAR_MAX:
            self.fault(
                event,
                "value-too-long",
                f"a value has {len(text):,} characters; at most {SCALAR_MAX:,} are read",
                "shorten it, or keep the text in a document and declare a link",
            )
            text = ""
        self._place(text, event)

    def _key(self, event: Any, text: str) -> None:
        top = self.open[-1]
        if text in top.lines:
            self.fault(
                event,
                "repeated-field",
                f"field {quoted(text)} is given twice",
                f"keep one; the first is at line {top.lines[text]}",
            )
        top.lines.setdefault(text, event.start_mark.line + 1)
        top.key = text

    def _begin(self, event: Any) -> None:
        if len(self.open) >= DEPTH_MAX:
            self.fault(
                event, "nested-too-deep", f"more than {DEPTH_MAX} levels are nested here", "flatten the text"
            )
            raise _Stop
        if self.open and isinstance(self.open[-1].value, dict) and self.open[-1].key is None:
            self.fault(event, "yaml-key", "a mapping or list cannot be a field's name", "use a plain word")
            raise _Stop
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._place(value, event)
        self.open.append(_Open(value))

    def _place(self, value: Any, event: Any) -> None:
        if not self.open:
            self.root = value
            return
        top = self.open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            if top.key is None:  # an alias where a field's name should stand; it was told already
                raise _Stop
            # The first of two equal fields stays, so that the rest is checked against one of them.
            top.value.setdefault(top.key, value)
            top.key = None


def refused(text: str, file: str) -> Diagnostic | None:
    """Say why a text is not read at all: it is too large, or holds what its readers cannot see."""
    if len(text) > SIZE_MAX:
        return Diagnostic(
            Span(file, 1, 1),
            "file-too-large",
            f"the file has {len(text):,} characters; at most {SIZE_MAX:,} are read",
            "split it; a directory's files are read as one operating model",
        )
    if found := _REFUSED.search(text, text.startswith(BYTE_ORDER_MARK)):
        before = text[: found.start()].removeprefix(BYTE_ORDER_MARK)
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return Diagnostic(
            Span(file, line, column),
            "invalid-character",
            f"character U+{ord(found[0]):04X} may not stand in declared text",
            "remove it; it is invisible in most editors",
        )
    return None


def read(text: str, file: str) -> tuple[Tree | None, list[Diagnostic]]:
    """Turn YAML into dicts, lists and strings; every fault is a diagnostic with its place."""
    if (fault := refused(text, file)) is not None:
        return None, [fault]
    reader = _Reader(file)
    try:
        for event in events(text):
            reader.feed(event)
    except _Stop:
        return None, reader.faults
    except yaml.MarkedYAMLError as error:
        mark, begun = error.problem_mark, error.context_mark
        around = f"from line {begun.line + 1} on" if begun else "here and a line above"
        reader.faults.append(
            Diagnostic(
                Span(file, mark.line + 1, mark.column + 1) if mark else Span(file, 1, 1),
                "yaml-syntax",
                error.problem or "the text cannot be read",
                f"check the quotes and indentation {around}",
            )
        )
        return None, reader.faults
    return reader.root, reader.faults


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field's name stands, and where its value does."""

    key: tuple[int, int]
    value: tuple[int, int]


def locate(text: str, paths: Iterable[Path]) -> dict[Path, Place]:
    """Find the places of some paths in one pass over a text that `read` accepted.

    Positions are sought only when there is something to report, so that reading sound text pays nothing
    for them. A path that is not there is left out.
    """
    wanted = set(paths)
    found: dict[Path, Place] = {}
    if wanted:
        for path, place in _places(text):
            if path in wanted:
                found.setdefault(path, place)
    return found


@dataclass(slots=True)
class _Within:
    """A mapping or list that a walk is inside of: what its next child is called, and where that stands."""

    is_mapping: bool
    name: str | int | None = None
    at: tuple[int, int] = (0, 0)


def _places(text: str) -> Iterator[tuple[Path, Place]]:
    within: list[_Within] = []
    for event in events(text):
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            within.pop()
            if within:
                _leave_child(within[-1])
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        span = _span("", event)
        at = (span.line, span.column)
        top = within[-1] if within else None
        if isinstance(event, yaml.ScalarEvent) and top is not None and top.is_mapping and top.name is None:
            top.name, top.at = event.value, at
            continue
        if top is not None and not top.is_mapping:
            top.at = at
            if top.name is None:
                top.name = 0
        path = tuple(frame.name for frame in within if frame.name is not None)
        yield path, Place(top.at if top else at, at)
        if isinstance(event, yaml.CollectionStartEvent):
            within.append(_Within(isinstance(event, yaml.MappingStartEvent)))
        elif top is not None:
            _leave_child(top)


def _leave_child(frame: _Within) -> None:
    frame.name = None if frame.is_mapping else int(frame.name or 0) + 1
