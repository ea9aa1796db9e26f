"""Written text: plain data as YAML that people can read and that `text.read` gives back unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from remit.declare.text import SCALAR_MAX

WIDTH = 100

# Plain scalars stay within what every YAML reader takes for text, though ours takes anything.
_PLAIN = re.compile(
    r"[^\W\d_](?:[\w .,()/&'%+-]*[\w.)])?"
    r"|[a-z]+/[a-z0-9][a-z0-9.-]*@[0-9]+"  # a version of a block
    r"|[0-9]+(?:\.[0-9]+)? [A-Z]{3}"  # an amount
    r"|[A-Za-z][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"  # a mail address
)
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})
# YAML has no way to show these, or reads them as line breaks; in double quotes they can be escaped.
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]')
_UNFIT_FOR_BLOCK = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_BETWEEN_WORDS = re.compile(r"(?<=\S) (?=\S)")


def written(tree: Mapping[str, Any], *, comment: str) -> str:
    """Write a mapping of mappings, lists, texts, numbers, dates and truths as a YAML file.

    What is None is left out. The same data gives the same text, whatever machine or library writes it.
    """
    lines = [f"# {' '.join(comment.split())}", *mapping_lines(tree, "")]
    return "\n".join(lines) + "\n"


def mapping_lines(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Write fields, one under the other."""
    for key, value in tree.items():
        if value is not None:
            yield from item_lines(f"{indent}{inline(key)}:", value, indent)


def item_lines(head: str, value: Any, indent: str) -> Iterator[str]:
    """Write a value after what names it, such as `field:`; the indentation is that of the name."""
    deeper = indent + "  "
    if isinstance(value, Mapping) and value:
        yield head
        yield from mapping_lines(value, deeper)
    elif isinstance(value, list | tuple) and value:
        yield head
        yield from list_lines(value, deeper)
    elif isinstance(value, str) and wants_block(value):
        yield from _block(head, value, deeper)
    else:
        yield f"{head} {_scalar(value)}"


def list_lines(values: Sequence[Any], indent: str) -> Iterator[str]:
    """Write items, one under the other."""
    for value in values:
        if isinstance(value, Mapping) and value:
            first, *rest = mapping_lines(value, indent + "  ")
            yield f"{indent}- {first.lstrip(' ')}"
            yield from rest
        else:
            yield from item_lines(f"{indent}-", value, indent)


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return inline(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    assert value in ({}, [], ()), f"declared data never holds a {type(value).__name__}"
    return "{}" if isinstance(value, Mapping) else "[]"


def flow(value: Any) -> str:
    """Write a value within one line, as `{limit: 20 EUR, per: month}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    text = _scalar(value)
    return f'"{text}"' if isinstance(value, str) and "," in text and not text.startswith('"') else text


def inline(text: str) -> str:
    """Write a text in one line, in quotes if a reader could take it for something else."""
    assert len(text) <= SCALAR_MAX, "what is written must be short enough to be read"
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_TEXT:
        return text
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in '"\\':
        return "\\" + character
    return "\\n" if character == "\n" else f"\\u{ord(character):04X}"


def wants_block(text: str) -> bool:
    """Tell whether a text is long prose that a block holds without loss.

    A block begins and ends with a visible character; otherwise its indentation and its end would have to be
    marked, and quotes are plainer.
    """
    return (
        ("\n" in text or len(text) > WIDTH)
        and len(text) <= SCALAR_MAX
        and not text[0].isspace()
        and not text[-1].isspace()
        and not _UNFIT_FOR_BLOCK.search(text)
    )


def _block(head: str, text: str, indent: str) -> Iterator[str]:
    """Write prose as a block: folded where that only breaks between words, else line by line."""
    lines = text.split("\n")
    if any(len(line) > WIDTH for line in lines) and not any(line[:1].isspace() for line in lines):
        yield f"{head} >-"
        # A folded block reads one line break as a space, and one more break as a line break.
        for number, line in enumerate(lines):
            if number and lines[number - 1]:
                yield ""
            yield from (indent + part if part else "" for part in _wrapped(line, WIDTH - len(indent)))
    else:
        yield f"{head} |-"
        yield from (indent + line if line else "" for line in lines)


def _wrapped(line: str, width: int) -> Iterator[str]:
    """Break a line where one space stands between two words, so that folding restores it."""
    words = _BETWEEN_WORDS.split(line)
    at = words[0]
    for word in words[1:]:
        if len(at) + 1 + len(word) > width:
            yield at
            at = word
        else:
            at += " " + word
    yield at
