"""What a detector found in a text: which characters, of which type, and how sure it is."""

from __future__ import annotations

from typing import Literal

import msgspec

Confidence = Literal["none", "low", "medium", "high"]

CONFIDENCES: tuple[Confidence, ...] = ("none", "low", "medium", "high")


class Found(msgspec.Struct, frozen=True, gc=False):
    """That the characters from `start` to before `end` are, or say, something of this type.

    What is said by a text as a whole, such as an insult, covers all of what was weighed. INVARIANT: the words
    themselves are not in here, so that this can be counted, kept and shown.
    """

    type: str
    start: int
    end: int
    confidence: Confidence = "high"
