"""Remarks: what guardrails by others say of texts, and what becomes of it.

They are asked after our own have read a text, so they see it masked; what they say is one more word beside
the others', of which the strictest holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from remit.declare.guardrail import HANDLINGS, Handling
from remit.enforce.guardrail.finding import Confidence, Found
from remit.enforce.guardrail.look import Mark
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Finding, Question
from remit.enforce.guardrail.trust import LOOKED_FOR, Side, Span

UNAVAILABLE = "UNAVAILABLE"
"""The type of a finding that says that a guardrail could not be asked."""

UNNAMED = "FOUND"
"""The type of what is given no name that could be shown."""

TYPE_MAX = 40
_TYPE = re.compile(rf"[A-Za-z](?:[A-Za-z_. -]|[0-9](?![0-9]{{3}})){{0,{TYPE_MAX - 1}}}")


class Remark(msgspec.Struct, frozen=True, gc=False):
    """What is said of some characters of a text, and the most that is wanted about it.

    A guardrail that itself would only mask something, or note it, does not have it stopped here.
    """

    found: Found
    most: Handling = "block"


class Inquiry(msgspec.Struct, frozen=True):
    """On whose behalf texts are looked at, and how long that may take."""

    side: Side
    guardrail: str
    use_case: str
    unit: str
    timeout_s: float


def type_of(text: str) -> str:
    """Make a type of what somebody else calls a finding; what could quote the text it was found in is none.

    >>> type_of("self-harm"), type_of("Toxic content"), type_of("ann@example.com"), type_of("A 0171 2345")
    ('SELF_HARM', 'TOXIC_CONTENT', 'FOUND', 'FOUND')
    """
    if _TYPE.fullmatch(text) is None:
        return UNNAMED
    found = re.sub("[^A-Z0-9]+", "_", text.upper()).strip("_")
    return UNNAMED if found == UNAVAILABLE else found


def remark(
    type: str, start: int, end: int, *, confidence: Confidence = "high", most: Handling = "block"
) -> Remark:
    return Remark(Found(type_of(type), start, end, confidence), most)


def asked_about(spans: Sequence[Span]) -> list[tuple[int, Span]]:
    """Choose the texts that guardrails by others are asked about, with their numbers."""
    return [
        (number, span)
        for number, span in enumerate(spans)
        if "custom" in LOOKED_FOR[span.trust] and span.text.strip()
    ]


def findings_of(
    question: Question, asked: Sequence[tuple[int, Span]], remarks: Sequence[Sequence[Remark]], mark: Mark
) -> Iterator[Finding]:
    """Say what becomes of what was remarked on each of the texts that were asked about."""
    for (number, span), said in zip(asked, remarks, strict=True):
        for each in said:
            start, end = max(0, each.found.start), min(len(span.text), each.found.end)
            type = _unquoted(each.found.type, span.text[start:end])
            marked = mark(type, span.text[start:end])
            if marked is not None and start < end:
                action = min(question.rule.action, each.most, key=HANDLINGS.index)
                confidence = each.found.confidence
                found = Found(type, start, end, confidence)
                yield _finding(question, number, span, found, action, mark=marked)


def _unquoted(type: str, words: str) -> str:
    """Give a finding's type; one that is just the words that were found is none."""
    quoted = len(words) <= 2 * TYPE_MAX and re.sub("[^A-Z0-9]+", "_", words.upper()).strip("_") == type
    return UNNAMED if quoted else type


def told_of(findings: Iterable[Finding], spans: Sequence[Span]) -> dict[str, str]:
    """List the words within texts that guardrails by others found, each with its type."""
    return {
        spans[each.span].text[each.start : each.end]: each.type
        for each in findings
        if each.policy == "custom" and 0 < each.end - each.start < len(spans[each.span].text)
    }


def unheard(question: Question, asked: Sequence[tuple[int, Span]]) -> Finding:
    """Say what becomes of texts that a guardrail could not look at, at the first of them."""
    number, span = asked[0]
    action: Handling = "block" if question.rule.on_failure == "block" else "none"
    return _finding(question, number, span, Found(UNAVAILABLE, 0, 0, "none"), action)


def _finding(
    question: Question, number: int, span: Span, found: Found, action: Handling, *, mark: str = ""
) -> Finding:
    if question.acts and not question.changes:
        action = "none"
    said = ((question.guard, action),)
    return Finding(
        policy="custom",
        type=found.type,
        trust=span.trust,
        span=number,
        start=found.start,
        end=found.end,
        confidence=found.confidence,
        action=action if question.acts else "none",
        said=said if question.acts else (),
        shadowed=() if question.acts else said,
        kind=question.name,
        mark=mark,
    )


def masked_again(
    texts: Sequence[str], findings: Iterable[Finding], vault: Vault, *, values: int = 0
) -> tuple[str, ...] | None:
    """Put tokens in the place of what is to be masked in texts that may have tokens in them already.

    The last `values` texts are what a caller put into the places of a prompt, and stand within the others, so
    what is masked in them is masked wherever it stands. None if it stands nowhere: then it cannot be masked.
    """
    by_text: dict[int, list[Finding]] = {}
    for each in findings:
        if each.action == "anonymize":
            by_text.setdefault(each.span, []).append(each)
    out = list(texts)
    own = len(texts) - values
    for number, found in by_text.items():
        places = _joined(found, vault.places(texts[number]))
        out[number] = _replaced(texts[number], places, vault)
    for number in by_text:
        if number < own:
            continue
        for start, end, type in _joined(by_text[number], vault.places(texts[number])):
            words = texts[number][start:end]
            token = vault.token(type, vault.restored(words))
            if not any(words in text for text in out[:own]):
                return None
            out[:own] = [text.replace(words, token) for text in out[:own]]
    return tuple(out)


def _replaced(text: str, places: Sequence[tuple[int, int, str]], vault: Vault) -> str:
    parts: list[str] = []
    at = 0
    for start, end, type in places:
        # What stands there may hold tokens of ours: with their originals, one token stands for all of it.
        parts += (text[at:start], vault.token(type, vault.restored(text[start:end])))
        at = end
    return "".join((*parts, text[at:]))


def _joined(findings: Iterable[Finding], tokens: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    """Make one place of those that overlap, in order, and cut through no token."""
    places: list[tuple[int, int, str]] = []
    for each in sorted(findings, key=lambda found: (found.start, -found.end)):
        start, end = each.start, each.end
        for begins, ends in tokens:
            if begins < end and start < ends:
                start, end = min(start, begins), max(end, ends)
        if places and start < places[-1][1]:
            before, until, type = places[-1]
            places[-1] = min(before, start), max(until, end), type
        else:
            places.append((start, end, each.type))
    return places
