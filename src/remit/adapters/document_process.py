"""The process that reads one document: `python -m remit.adapters.document_process ENDING`.

The document comes on standard input, and what is read of it goes to standard output. It has no more memory
and time than a document needs, writes no file and starts no process: one that takes it over has little.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator

import msgspec

from remit.adapters.document_limits import CHARACTERS_MAX, MEMORY_BYTES, SECONDS_MAX, Refused
from remit.adapters.document_office import OFFICE
from remit.adapters.document_pdf import read_pdf
from remit.adapters.document_text import read_html

READERS: dict[str, Callable[[bytes], Iterator[tuple[str, str]]]] = {
    ".pdf": read_pdf,
    ".html": read_html,
    ".htm": read_html,
    **OFFICE,
}


class Answer(msgspec.Struct):
    """What was read of a document, or why nothing was."""

    parts: list[tuple[str, str]] = []
    refused: str = ""


def bounded(parts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take parts until they are too much; raises Refused then."""
    found, room = list[tuple[str, str]](), CHARACTERS_MAX
    for place, text in parts:
        room -= len(text)
        if room < 0:
            raise Refused(f"it has more than {CHARACTERS_MAX:,} characters")
        found.append((place, text.encode("utf-8", "replace").decode()))
    return found


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(1_000)


def main(ending: str) -> None:
    """Read one document under limits; a fault of our own ends the process and is seen by its code."""
    _confine()
    try:
        answer = Answer(bounded(READERS[ending](sys.stdin.buffer.read())))
    except Refused as refused:
        answer = Answer(refused=str(refused))
    except (MemoryError, RecursionError):
        answer = Answer(refused="it takes more memory than a document may")
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main(sys.argv[1])
