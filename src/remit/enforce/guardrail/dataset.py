"""Data sets: texts of which somebody said what is in them, line by line, to measure guardrails with."""

from __future__ import annotations

import re

import msgspec

from remit.enforce.guardrail.trust import Side, Trust

TEXT_MAX = 1_000_000
SPANS_MAX = 10_000
SOURCES_MAX = 1_000


class Gold(msgspec.Struct, frozen=True):
    """That the characters from `start` to before `end` are of this type, as somebody said."""

    type: str
    start: int
    end: int


class Row(msgspec.Struct, frozen=True):
    """A text of a data set, with the number of its line.

    Somebody said of it either whether something is in it that must be found, in `positive`, or what, in
    `types`, and perhaps where, in `spans`. An answer has `sources`, and is `positive` if it does not rest
    on them.
    """

    number: int
    text: str
    side: Side
    trust: Trust
    positive: bool | None = None
    types: frozenset[str] = frozenset()
    spans: tuple[Gold, ...] | None = None
    sources: tuple[str, ...] = ()
    query: str = ""


class BadRow(msgspec.Struct, frozen=True):
    """A line that is no row, and why; nothing of what it says is in here."""

    number: int
    reason: str


class _Line(msgspec.Struct):
    text: str | None = None
    answer: str | None = None
    source: str | list[str] | None = None
    query: str = ""
    label: bool | int | str | list[str] | None = None
    spans: list[Gold] | None = None
    side: Side | None = None
    trust: Trust | None = None


_DECODER = msgspec.json.Decoder(_Line)
_WHERE = re.compile(r" - at `\$\.(\w+)")
_WRITTEN: frozenset[Trust] = frozenset(("answer", "arguments"))
_SUPPORTED = {"supported": False, "unsupported": True}


def read_row(number: int, line: bytes) -> Row | BadRow:
    """Read a line: `{"text", "label"}` or `{"text", "spans"}`, or `{"answer", "source", "label"}`.

    >>> read_row(1, b'{"text": "hello", "label": 0}').positive
    False
    >>> read_row(2, b'{"text": "hello"}').reason
    'it has neither `label` nor `spans`'
    """
    try:
        found = _DECODER.decode(line)
    except msgspec.ValidationError as error:
        # The rest of such a message can quote what stands there.
        where = _WHERE.search(str(error))
        return BadRow(number, f"`{where[1]}` is of the wrong kind" if where else "it is not an object")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return BadRow(number, "it is not JSON")
    reason = _fault(found)
    if reason:
        return BadRow(number, reason)
    return _answer(number, found) if found.answer is not None else _text(number, found)


def _fault(line: _Line) -> str:
    text = line.answer if line.text is None else line.text
    if text is None or (line.text is not None and line.answer is not None):
        return "it has neither `text` nor `answer`, or both"
    if len(text) > TEXT_MAX:
        return f"its text has more than {TEXT_MAX:,} characters"
    if line.label is None and line.spans is None:
        return "it has neither `label` nor `spans`"
    if isinstance(line.label, int) and line.label not in (0, 1):
        return "a `label` that is a number is 0 or 1"
    spans = line.spans or ()
    if len(spans) > SPANS_MAX or any(not 0 <= each.start < each.end <= len(text) for each in spans):
        return "`spans` do not lie within the text"
    return _fault_of_answer(line) if line.answer is not None else ""


def _fault_of_answer(line: _Line) -> str:
    if not line.source:
        return "an `answer` needs a `source`"
    if isinstance(line.source, list) and len(line.source) > SOURCES_MAX:
        return f"it has more than {SOURCES_MAX:,} sources"
    if isinstance(line.label, list) or (isinstance(line.label, str) and line.label not in _SUPPORTED):
        return "the `label` of an answer is 1 or `supported`, 0 or `unsupported`"
    return "" if line.label is not None else "an `answer` needs a `label`"


def _answer(number: int, line: _Line) -> Row:
    label, source = line.label, line.source
    unsupported = _SUPPORTED[label] if isinstance(label, str) else not label
    sources = (source,) if isinstance(source, str) else tuple(source or ())
    assert line.answer is not None, "whoever calls this has looked"
    return Row(
        number, line.answer, "output", "answer", positive=unsupported, sources=sources, query=line.query
    )


def _text(number: int, line: _Line) -> Row:
    label = line.label
    side: Side = line.side or ("output" if line.trust in _WRITTEN else "input")
    trust: Trust = line.trust or ("person" if side == "input" else "answer")
    said = (label,) if isinstance(label, str) else label if isinstance(label, list) else ()
    spans = None if line.spans is None else tuple(line.spans)
    assert line.text is not None, "whoever calls this has looked"
    return Row(
        number,
        line.text,
        side,
        trust,
        positive=bool(label) if isinstance(label, int) else None,
        types=frozenset((*said, *(each.type for each in spans or ()))),
        spans=spans,
    )
