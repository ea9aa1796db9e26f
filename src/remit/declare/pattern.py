"""Patterns of one's own: what RE2 reads, so that none takes longer than its text, or much memory."""

from __future__ import annotations

import re2

MEMORY_MAX = 8 << 20
"""How many bytes a pattern may take when it is compiled."""


def pattern_fault(pattern: str) -> str:
    """Say why a pattern cannot be used; empty if it can.

    >>> pattern_fault("PO-[0-9]{6}"), pattern_fault("(?=x)"), pattern_fault("x*")
    ('', 'invalid perl operator: (?=', 'it matches where nothing stands')
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_MAX
    try:
        compiled = re2.compile(pattern.encode(), options)
    except UnicodeEncodeError:
        return "it holds half a character"
    except re2.error as fault:
        reason = fault.args[0]
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    return "it matches where nothing stands" if compiled.search(b"") is not None else ""
