"""How far a text that goes on can be decided already.

Nearly everything sensitive is written in words that are not plain: with digits, capitals or marks. So what
ends in plain lower-case words is closed, and only the last run of other words is open, for as long as what
follows it may still say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from remit.enforce.guardrail.rule import AHEAD, LENGTH_MAX

_TOKEN = re.compile(r"\S+")
_PLAIN = re.compile(r"[\"'(]?[a-z\u00df-\u00f6\u00f8-\u00ff]+[.,;:!?\"')]{0,3}$")
_ENDS = ".,;:!?\"'()"


def open_from(text: str, start: int, ahead: int, beginning: Collection[str], joining: Collection[str]) -> int:
    """Give the first place from `start` on at which something may begin that more text could still change.

    What follows a word within `ahead` characters may still say what it is. A plain word in `beginning` may
    begin something all the same, and one in `joining` may stand within it.
    """
    end = len(text)
    start = max(start, end - LENGTH_MAX - AHEAD)
    run: int | None = None
    for match in _TOKEN.finditer(text, start):
        token = match[0]
        if match.end() < end and _PLAIN.match(token):
            bare = token.strip(_ENDS)
            if bare not in beginning:
                if bare not in joining:
                    run = None
                    continue
                if run is None:
                    continue
        if run is None:
            run = match.start()
        if match.end() > end - ahead:
            return run
    return end
