"""A rule says what one kind of sensitive thing looks like, and what must be true of it besides.

A rule's pattern is written in what Python's `re`, RE2 and Hyperscan read alike: no look-around, no
back-reference, every repetition bounded. INVARIANT: whether a candidate holds depends on its own characters,
on `BEHIND` characters before it and on `AHEAD` after it, and on nothing else; that is what lets a stream be
masked piece by piece and come out as if it had been read whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.label import label_before

BEHIND = 64
"""How many characters before a candidate may say what it is."""
AHEAD = 24
"""How many characters after it may."""
LENGTH_MAX = 4096
"""The longest candidate, but for a block such as a private key."""

CUED = 25
"""How much a candidate gains in rank by a word before it that says what it is."""


class Candidate(NamedTuple):
    """Characters that a rule holds for sensitive, until overlapping ones are weighed against each other."""

    start: int
    end: int
    rank: int
    type: str
    confidence: Confidence = "high"


class Surroundings(NamedTuple):
    """A candidate's characters, and what stands before and after."""

    value: str
    before: str
    after: str


class Rule(msgspec.Struct, frozen=True):
    """What one kind looks like.

    The candidate is the pattern's group `v`, or all of it. `check` gets its letters and digits alone, in
    upper case; `judge` gets it as it stands with what is around it. Of a rule with `cues`, one of these
    words must stand before the candidate, unless `alone` says that the form is enough. Where the words
    are `labelled`, they are of this kind alone, and no check is asked for besides. `veto` holds labels
    that say otherwise.
    """

    type: str
    pattern: str
    rank: int
    check: Callable[[str], bool] | None = None
    judge: Callable[[Surroundings], bool] | None = None
    cues: str = ""
    alone: bool = False
    labelled: bool = False
    veto: frozenset[str] = frozenset()
    gate: str = ""
    left: str = r"(?<![0-9A-Za-z_])"
    right: str = r"(?![0-9A-Za-z_])"
    ignore_case: bool = False
    confidence: Confidence = "high"
    single_token: bool = True


_MARKS = re.compile(r"[^0-9A-Za-z]+")
_NAMED_GROUP = re.compile(r"\(\?P<\w+>")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_ASCII_CLASS = re.compile(r"\[[^\]]*[^\x00-\x7f][^\]]*\]")
_ODD_CASES = str.maketrans("\u017f\u212a\u0130\u0131", "\ufffd" * 4)


_START, _STOP = "(?:^|[^0-9A-Za-z_])", "(?:[^0-9A-Za-z_]|$)"
_LEFT = r"(?<![0-9A-Za-z_])"


def gates_of(rule: Rule) -> tuple[str, ...]:
    """Give the patterns, over UTF-8 bytes, without all of which the rule can hold nothing in a text.

    They are the words of which it needs one, if it does, and its own gate or else its pattern.
    """
    own = rule.gate or (_START if rule.left == _LEFT else "") + f"(?:{rule.pattern})"
    gate = _over_bytes(own, ignore_case=rule.ignore_case)
    if rule.cues and not rule.alone:
        return _over_bytes(f"{_START}(?:{rule.cues}){_STOP}", ignore_case=True), gate
    return (gate,)


def _over_bytes(pattern: str, *, ignore_case: bool) -> str:
    pattern = _NAMED_GROUP.sub("(?:", pattern)
    pattern = _NOT_ASCII_CLASS.sub(r"(?:[\\x80-\\xff]{1,4}|[A-Za-z0-9])", pattern)
    pattern = _NOT_ASCII.sub(r"[\\x80-\\xff]{1,4}", pattern).replace(r"\w", r"[0-9A-Za-z_\x80-\xff]")
    return f"(?i){pattern}" if ignore_case else pattern


def without_odd_cases(text: str) -> str:
    """Put other signs for four letters that are an ASCII letter to Python where case is ignored, and to no
    gate."""
    return text if text.isascii() else text.translate(_ODD_CASES)


def words(listed: str) -> str:
    """Write words that are divided by bars as a pattern for any of them, as words of their own."""
    return rf"(?<!\w)(?:{listed})(?!\w)"


class CompiledRule:
    """A rule, ready to be run."""

    def __init__(self, rule: Rule) -> None:
        flags = re.IGNORECASE if rule.ignore_case else 0
        self.rule = rule
        self._search = re.compile(rule.left + f"(?:{rule.pattern})" + rule.right, flags).search
        self._group: int | str = "v" if "(?P<v>" in rule.pattern else 0
        self._cue = re.compile(words(rule.cues), re.IGNORECASE).search if rule.cues else None

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Give what holds at every place where the pattern begins, so that none hides another."""
        at = 0
        while (match := self._search(text, at)) is not None:
            at = match.start() + 1
            start, end = match.span(self._group)
            held = self._hold(text, start, end)
            if held is not None:
                yield held

    def _hold(self, text: str, start: int, end: int) -> Candidate | None:
        rule = self.rule
        value = text[start:end]
        before = text[max(0, start - BEHIND) : start]
        cued = self._cue is not None and self._cue(before) is not None
        unchecked = cued and rule.labelled
        if rule.check is not None and not unchecked and not rule.check(_MARKS.sub("", value).upper()):
            return None
        if self._cue is not None and not cued and not rule.alone:
            return None
        if not cued and rule.veto and label_before(before) in rule.veto:
            return None
        if rule.judge is not None and not rule.judge(Surroundings(value, before, text[end : end + AHEAD])):
            return None
        return Candidate(start, end, rule.rank + (CUED if cued else 0), rule.type, rule.confidence)
