"""Private keys over several lines, from the line that begins one to the line that ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from remit.enforce.guardrail.rule import Candidate

_KINDS = r"(?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
GATE = "PRIVATE KEY"
_BEGIN = re.compile(r"-----BEGIN " + _KINDS)
_END = re.compile(r"-----END " + _KINDS)
KEY_MAX = 8192
"""The longest key that is looked for; one without an end is taken to reach so far, or as far as it looks like
one."""
_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,.\\ -]{0,120}(?:\r?\n|$)){0,120}")
RANK = 100


def private_keys(text: str) -> Iterator[Candidate]:
    """Give every private key, and all of what follows a beginning that has no end in the characters it may
    have."""
    for begin in _BEGIN.finditer(text):
        limit = begin.start() + KEY_MAX
        end = _END.search(text, begin.end(), limit)
        if end is not None:
            yield Candidate(begin.start(), end.end(), RANK, "SECRET")
        else:
            body = _BODY.match(text, begin.end(), limit)
            yield Candidate(begin.start(), body.end() if body else begin.end(), RANK, "SECRET")


def open_key(text: str, start: int) -> int:
    """Where a key begins that has not ended and may yet; the text's length if there is none."""
    begins = list(_BEGIN.finditer(text, start))
    begin = begins[-1] if begins else None
    if begin is None or len(text) - begin.start() >= KEY_MAX:
        return len(text)
    return begin.start() if _END.search(text, begin.end()) is None else len(text)
