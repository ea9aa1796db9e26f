"""Reading forms with files in them (multipart/form-data, RFC 7578), strictly and within limits.

What the clients of the formats send is a small part of what MIME allows. Anything else is refused, so that a
form has one meaning: no preamble, no nesting, no encodings, no field twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

PARTS_MAX = 16
"""More fields than any form of these formats has."""
HEAD_BYTES_MAX = 4 << 10
"""Of what stands before a part's content: its name, the file's name and its type."""

# RFC 2046, section 5.1.1: 1 to 70 characters, of which the last is no space. None of those that would want
# quotes inside of the quotes.
_TYPE = re.compile(
    r"multipart/form-data[ \t]*;[ \t]*boundary="
    r"(?:\"([\w'()+,./:=? -]{0,69}[\w'()+,./:=?-])\"|([\w'+.-]{1,70}))[ \t]*",
    re.I | re.A,
)
_HEADER = re.compile(rb"([!-9;-~]+):[ \t]*([^\r\n\0]*)")
# A quotation mark in a name is `%22` (the HTML standard's way) or stands after a backslash (RFC 822's).
_DISPOSITION = re.compile(
    r"form-data[ \t]*;[ \t]*name=\"((?:[^\"\\]|\\.)*)\""
    r"(?:[ \t]*;[ \t]*filename=\"((?:[^\"\\]|\\.)*)\")?(?:[ \t]*;[ \t]*filename\*=[^;\"]*)?[ \t]*",
    re.I,
)


@dataclass(frozen=True, slots=True)
class FormPart:
    """One field; `filename` is None where it is not a file."""

    content: bytes
    filename: str | None = None


def read_form(content_type: str, body: bytes) -> Mapping[str, FormPart] | str:
    """Read a form, by the names of its fields; or say in half a sentence why it cannot be read."""
    found = _TYPE.fullmatch(content_type)
    if found is None:
        return "is not `multipart/form-data` with a boundary"
    mark = b"--" + (found[1] or found[2]).encode()
    if not body.startswith(mark):
        return "does not begin with its boundary"
    parts: dict[str, FormPart] = {}
    at = len(mark)
    while body[at : at + 2] == b"\r\n":
        if len(parts) >= PARTS_MAX:
            return f"has more than {PARTS_MAX} fields"
        end = body.find(b"\r\n" + mark, at)
        if end < 0:
            return "does not end with its boundary"
        # The line end before a head that is empty is that of the boundary's own line.
        begins = body.find(b"\r\n\r\n", at, min(end, at + HEAD_BYTES_MAX))
        if begins < 0:
            return f"has a part whose head does not end within {HEAD_BYTES_MAX:,} bytes"
        named = _named(body[at + 2 : begins])
        if named is None:
            return "has a part that is not a plain field or file"
        name, filename = named
        if name in parts:
            return "has a field twice"
        parts[name] = FormPart(body[begins + 4 : end], filename)
        at = end + 2 + len(mark)
    if body[at:] not in (b"--", b"--\r\n"):
        return "goes on after its last boundary, or is cut off"
    return parts


def _named(head: bytes) -> tuple[str, str | None] | None:
    """Find the name of a part and of its file, if it is one."""
    headers: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n"):
        found = _HEADER.fullmatch(line)
        if found is None or found[1].lower() in headers:
            return None
        headers[found[1].lower()] = found[2]
    if headers.get(b"content-transfer-encoding", b"binary").strip().lower() not in (
        b"binary",
        b"8bit",
        b"7bit",
    ):
        return None
    try:
        said = _DISPOSITION.fullmatch(headers.get(b"content-disposition", b"").decode())
    except UnicodeDecodeError:
        return None
    if said is None:
        return None
    return _plain(said[1]), None if said[2] is None else _plain(said[2])


def _plain(quoted: str) -> str:
    text = re.sub(r"\\(.)", r"\1", quoted)
    return text.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")
