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
"""The longest key that is looked for; of one without an end, what looks like a key is taken."""
_BODY = re.compile(r"(?:[\s\\rn]{0,8}[A-Za-z0-9+/=]{16,120}){0,120}")
RANK = 100


def private_keys(text: str) -> Iterator[Candidate]:
    """Give every private key; of one that does not end before another begins, what looks like one."""
    begins = list(_BEGIN.finditer(text))
    for place, begin in enumerate(begins):
        limit = begin.start() + KEY_MAX
        if place + 1 < len(begins):
            limit = min(limit, begins[place + 1].start())
        end = _END.search(text, begin.end(), limit) or _BODY.match(text, begin.end(), limit)
        yield Candidate(begin.start(), end.end() if end else begin.end(), RANK, "SECRET")


def open_key(text: str, start: int) -> int:
    """Where a key begins that has not ended and may yet; the text's length if there is none."""
    begins = list(_BEGIN.finditer(text, start))
    if not begins or len(text) - begins[-1].start() >= KEY_MAX:
        return len(text)
    return begins[-1].start() if _END.search(text, begins[-1].end()) is None else len(text)
