"""The OpenAI files format: from a form to a file that is kept, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from remit.enforce.batch import FILE_BYTES_MAX, KEPT, KEPT_LEAST, LINES_MAX, File
from remit.gateway.multipart import FormPart, read_form
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Failure, malformed
from remit.operations.keep_files import Upload
from remit.ports_batches import Line

NAME_MAX = 200
FIELDS = ("file", "purpose", "expires_after[anchor]", "expires_after[seconds]")

STATUS: dict[str, int] = {"upload-too-large": 413}
"""Of requests that cannot be served, those that are not a plain 400."""

# A line with a word in it, and whatever blank stands behind it: so that no line is a row for nothing, and
# the lines put together are the file.
_LINE = re.compile(rb"\s*[^\n]+(?:\n\s*)?")


def read_upload(headers: Mapping[str, str], body: bytes) -> Upload | Failure:
    """Read what a caller wants to be kept; only input of batches is."""
    form = read_form(headers.get("content-type", ""), body)
    if isinstance(form, str):
        return invalid("file", f"the form {form}", "send it with the client's `files.create`")
    unknown = next((name for name in form if name not in FIELDS), None)
    if unknown is not None:
        return malformed("unknown-field", f"unknown field `{unknown[:60]}`", "leave it out", unknown[:60])
    wrong = _purpose(form)
    if wrong is not None:
        return wrong
    kept = _kept(form)
    if isinstance(kept, Failure):
        return kept
    file = form.get("file")
    if file is None or file.filename is None:
        return invalid("file", "there is no `file`", "send the file's content and name")
    if len(file.content) > FILE_BYTES_MAX:
        return _too_large(f"the file is larger than {FILE_BYTES_MAX:,} bytes")
    lines: list[Line] = []
    for line in lines_of(file.content):
        if len(lines) == LINES_MAX:
            return _too_large(f"the file has more than {LINES_MAX:,} lines")
        lines.append(line)
    if not lines:
        return invalid("file", "the file is empty", "send a line for each request")
    return Upload(file.filename[:NAME_MAX], lines, len(file.content), kept)


def _too_large(summary: str) -> Failure:
    help = "split it into several files, and make a batch of each"
    return malformed("upload-too-large", summary, help, "file", status=STATUS["upload-too-large"])


def _purpose(form: Mapping[str, FormPart]) -> Failure | None:
    purpose = form.get("purpose")
    if purpose is None:
        return invalid("purpose", "there is no `purpose`", "send `batch`")
    if purpose.content != b"batch":
        return unsupported("purpose", "`purpose` is not `batch`, the one that is served", "send `batch`")
    return None


def _kept(form: Mapping[str, FormPart]) -> timedelta | Failure:
    anchor, seconds = form.get("expires_after[anchor]"), form.get("expires_after[seconds]")
    if anchor is None and seconds is None:
        return KEPT
    text = b"" if seconds is None else seconds.content
    number = int(text) if re.fullmatch(rb"[0-9]{1,9}", text) else -1
    return kept_for(None if anchor is None else anchor.content.decode("latin-1"), number, "expires_after")


def kept_for(anchor: str | None, seconds: int, param: str) -> timedelta | Failure:
    """Read how long something is to be kept."""
    least, most = int(KEPT_LEAST.total_seconds()), int(KEPT.total_seconds())
    if anchor != "created_at" or not least <= seconds <= most:
        help = f"send `anchor` as `created_at` and `seconds` from {least:,} to {most:,}"
        return invalid(param, f"`{param}` cannot be read", help)
    return timedelta(seconds=seconds)


def lines_of(content: bytes) -> Iterator[Line]:
    """Cut a file into its lines, each with its number and with the blank lines behind it.

    >>> list(lines_of(b"\\n{1}\\r\\n\\n {2}"))
    [(2, b'\\n{1}\\r\\n\\n '), (4, b'{2}')]
    """
    number = 1
    for found in _LINE.finditer(content):
        text = found[0]
        if not text.strip():
            return
        blank = len(text) - len(text.lstrip())
        yield number + text.count(b"\n", 0, blank), text
        number += text.count(b"\n")


def written(file: File) -> dict[str, Any]:
    """Say what is known of a file."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": int(file.created.timestamp()),
        "expires_at": int(file.expires.timestamp()),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }
