"""Documents read into text: plain text and Markdown here, everything else by a process that can be lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import PurePath

import msgspec

from remit.adapters.document_limits import BYTES_MAX, SECONDS_MAX, Refused
from remit.adapters.document_text import read_markdown, read_text
from remit.kernel.errors import RemitError
from remit.record.knowledge_kept import Chunk

APART = (".pdf", ".html", ".htm", ".docx", ".pptx", ".xlsx")
HERE = {".txt": read_text, ".md": read_markdown, ".markdown": read_markdown}


class _Answer(msgspec.Struct):
    parts: list[tuple[str, str]]
    refused: str = ""


class ProcessDocuments:
    """Reads each document that could hurt its reader in a process of its own, with little memory and time."""

    def formats(self) -> tuple[str, ...]:
        return (*HERE, *APART)

    def read(self, name: str, content: bytes) -> tuple[Chunk, ...]:
        ending = PurePath(name).suffix.casefold()
        if ending not in self.formats():
            raise refused("its format is not read", help="give one of " + ", ".join(self.formats()))
        if len(content) > BYTES_MAX:
            raise refused(f"it is larger than {BYTES_MAX:,} bytes")
        try:
            parts = _apart(ending, content) if ending in APART else list(HERE[ending](content))
        except Refused as why:
            raise refused(str(why)) from None
        found = tuple(Chunk(place, text) for place, text in parts if text.strip())
        if not found:
            raise refused("it has no text", help="pictures of text are not read; give the text")
        return found


def _apart(ending: str, content: bytes) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "remit.adapters.document_process", ending]
    # Nothing of this process's surroundings goes along: credentials stand there.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "PYTHONPATH") if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 (our own program, without a shell)
            command, input=content, capture_output=True, timeout=SECONDS_MAX, check=False, env=kept
        )
    except subprocess.TimeoutExpired:
        raise Refused(f"to read it takes longer than {SECONDS_MAX} s") from None
    if done.returncode != 0:
        raise Refused("its reader did not survive it")
    try:
        answer = msgspec.json.decode(done.stdout, type=_Answer)
    except msgspec.DecodeError:
        raise Refused("its reader did not survive it") from None
    if answer.refused:
        raise Refused(answer.refused)
    return answer.parts


def refused(why: str, *, help: str = "look at it, and save it anew in a simple form") -> RemitError:
    return RemitError(f"the document is not read: {why}", help=help, code="document-refused")
