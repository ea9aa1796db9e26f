"""The header `traceparent` of W3C Trace Context: which of a caller's spans a call belongs to."""

from __future__ import annotations

import re

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[!-~]{1,400})?")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16


def read_traceparent(text: str) -> str:
    """Return a header's value as version `00` has it; empty for anything that is malformed.

    A later version may have more at its end; what it begins with means the same. Of the flags only the two
    that are known are kept.

    >>> read_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    >>> read_traceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01")
    ''
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return ""
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace == _NO_TRACE or span == _NO_SPAN:
        return ""
    return f"00-{trace}-{span}-{int(flags, 16) & 3:02x}"


def parts_of(traceparent: str) -> tuple[str, str, int] | None:
    """Return the trace, the caller's span and the flags of a value that may be anything.

    >>> parts_of("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    ('0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331', 1)
    """
    text = read_traceparent(traceparent)
    if not text:
        return None
    _, trace, span, flags = text.split("-")
    return trace, span, int(flags, 16)
