"""Chunk a document: cut its parts into pieces that say something by themselves, at the borders of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from remit.kernel.errors import RemitError
from remit.record.knowledge_kept import Chunk

CHARACTERS = 1_000
"""How long a chunk becomes, unless a part ends before."""
LEAST = 200
"""What is shorter than this at the end of a part goes with what stands before it."""
CHUNKS_MAX = 20_000
"""The most chunks of one document."""

_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_SENTENCE = re.compile(r"(?<=[.!?…;:])\s+|\n+")


def chunk_document(parts: Iterable[Chunk]) -> tuple[Chunk, ...]:
    """Cut a document into chunks, each with its place; none crosses from one part into another.

    >>> pages = [Chunk("page 1", "One.\\n\\nTwo."), Chunk("page 2", "Three.")]
    >>> [each.text for each in chunk_document(pages)]
    ['One.\\n\\nTwo.', 'Three.']
    """
    found: list[Chunk] = []
    for part in parts:
        texts = list(_packed(_pieces(part.text)))
        places = len(texts) > 1
        for number, text in enumerate(texts, 1):
            place = f"{part.place}, part {number}" if places and part.place else part.place
            found.append(Chunk(place or f"part {len(found) + 1}", text))
        if len(found) > CHUNKS_MAX:
            raise RemitError(
                f"the document has more than {CHUNKS_MAX:,} chunks",
                help="split it into several documents",
                code="document-refused",
            )
    return tuple(found)


def _pieces(text: str) -> Iterator[str]:
    """List paragraphs, and of one that is too long its sentences, and of one of these its words."""
    for paragraph in _PARAGRAPH.split(text):
        if len(paragraph) <= CHARACTERS:
            yield paragraph.strip()
            continue
        for sentence in _SENTENCE.split(paragraph):
            yield from _words(sentence.strip())


def _words(sentence: str) -> Iterator[str]:
    while len(sentence) > CHARACTERS:
        at = sentence.rfind(" ", LEAST, CHARACTERS)
        at = at if at > 0 else CHARACTERS
        yield sentence[:at]
        sentence = sentence[at:].strip()
    yield sentence


def _packed(pieces: Iterable[str]) -> Iterator[str]:
    """Put pieces together as far as they fit."""
    held = ""
    for piece in pieces:
        if not piece:
            continue
        if held and len(held) + len(piece) > CHARACTERS and len(held) >= LEAST:
            yield held
            held = piece
        else:
            held = f"{held}\n\n{piece}" if held else piece
    if held:
        yield held
