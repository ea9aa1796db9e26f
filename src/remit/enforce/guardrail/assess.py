"""Assess: what each guardrail by itself says of what was found, and how much text it read for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from remit.declare.guardrail import Handling
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.look import shown, weighed
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.screen import ATTACKS, Finding, Guard, Looking, sought
from remit.enforce.guardrail.trust import LOOKED_FOR, Policy, Side, Span

UNIT_CHARACTERS = 1_000
"""How much text is one text unit, as Amazon Bedrock counts them."""


NOT_SURE: Mapping[str, Confidence] = {}
_QUOTED: frozenset[Policy] = frozenset(("word", "sensitive", "pattern", "custom"))
"""What is found at some place of a text, and not said by it as a whole."""

_LISTED: frozenset[Policy] = frozenset(("content", "topic", "sensitive"))
"""Of which it is worth saying that nothing was found."""


class Units(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many text units, of a thousand characters or a part of that, each policy of a guardrail read."""

    content: int = 0
    topic: int = 0
    word: int = 0
    sensitive: int = 0
    pattern: int = 0
    grounding: int = 0
    custom: int = 0

    def __add__(self, other: Units) -> Units:
        names = self.__struct_fields__
        return Units(**{name: getattr(self, name) + getattr(other, name) for name in names})


class Read(msgspec.Struct, frozen=True):
    """How much one guardrail read of `total` characters, and in which units that is counted."""

    units: Units
    guarded: int
    total: int


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one guardrail says of one finding, or that it found nothing of what it looked for.

    `match` are the words that were found, where whoever asks has sent them.
    """

    side: Side
    policy: Policy
    type: str
    action: Handling
    confidence: Confidence = "high"
    score: float | None = None
    threshold: float | None = None
    match: str = ""
    kind: str = ""
    """Of what a guardrail by somebody else found, what it is called."""
    detected: bool = True


def read_by(
    looking: Looking,
    guard: int,
    side: Side,
    spans: Sequence[Span],
    *,
    beside: int = 0,
    judged: bool = False,
) -> Read:
    """Count what a guardrail reads; `beside` is the length of what an answer has to rest on.

    With `judged`, guardrails by others have been asked as well.
    """
    policies = _policies(looking, guard, side)
    if judged and any(question.guard == guard for question in looking.questions):
        policies.add("custom")
    characters: dict[Policy, int] = dict.fromkeys(policies, 0)
    guarded = total = 0
    for span in spans:
        length, looked_for = len(span.text), policies & LOOKED_FOR[span.trust]
        total += length
        guarded += length if looked_for else 0
        for policy in looked_for:
            characters[policy] += length
    if characters.get("grounding"):
        # Without sources nothing can be supported by them, and nothing is weighed.
        characters["grounding"] = characters["grounding"] + beside if beside else 0
        guarded += beside if beside else 0
    units = {policy: -(-length // UNIT_CHARACTERS) for policy, length in characters.items()}
    return Read(Units(**units), guarded, total + beside)


def _policies(looking: Looking, guard: int, side: Side) -> set[Policy]:
    found: set[Policy] = set()
    for (policy, type), words in looking.words.items():
        if _is_sought(type, side) and any(word.guard == guard for word in words):
            found.add(policy)
    if any(number == guard for _, number, *_ in looking.scores):
        found.add("grounding")
    return found


def said_of_texts(
    guard: int, side: Side, findings: Iterable[Finding], texts: Sequence[str] = ()
) -> list[Said]:
    """List what a guardrail says of findings, with the words out of the texts that they are in."""
    return [
        Said(
            side=side,
            policy=each.policy,
            type=shown(each.type),
            action=action,
            confidence=each.confidence,
            score=each.score,
            threshold=each.threshold,
            match=texts[each.span][each.start : each.end] if texts and each.policy in _QUOTED else "",
            kind=each.kind,
        )
        for each in findings
        if (action := _word(guard, each)) is not None
    ]


def said_of_noted(address: str, findings: Iterable[Noted]) -> list[Said]:
    """List what a guardrail says of findings of which no words are known any more."""
    return [
        Said(
            side=each.side,
            policy=each.policy,
            type=each.type,
            action=each.guardrails.get(address, "none"),
            confidence=each.confidence,
            score=each.score,
            threshold=each.threshold,
            kind=each.kind,
        )
        for each in findings
        if address in each.guardrails or address in each.shadow
    ]


def unsure(looking: Looking, spans: Iterable[Span]) -> dict[str, Confidence]:
    """Say how sure each content filter is of texts, also where that is too little for any guardrail."""
    found: dict[str, Confidence] = {}
    for span in spans:
        for policy, each in weighed(looking, span, LOOKED_FOR[span.trust] & {"content"}):
            type = "PROMPT_ATTACK" if each.type in ATTACKS else each.type
            if policy == "content":
                found[type] = max(found.get(type, "none"), each.confidence, key=CONFIDENCES.index)
    return found


def missed(
    guard: Guard, side: Side, said: Iterable[Said], sure: Mapping[str, Confidence] = NOT_SURE
) -> list[Said]:
    """List what a guardrail looked for and did not find; of words and patterns nobody wants to know.

    `sure` is how sure content filters are of it all the same.
    """
    found = {(each.policy, each.type) for each in said}
    return [
        Said(
            side=side,
            policy=policy,
            type=type,
            action="none",
            confidence=sure.get(type, "none") if policy == "content" else "none",
            detected=False,
        )
        for policy, type in ((policy, shown(type)) for policy, type in sought(guard, side))
        if policy in _LISTED and (policy, type) not in found and _is_sought(type, side)
    ]


def _is_sought(type: str, side: Side) -> bool:
    """Attacks are sought in what goes to a model, and in nothing else."""
    return type != "PROMPT_ATTACK" or side == "input"


def _word(guard: int, finding: Finding) -> Handling | None:
    """Give a guardrail's word on a finding: one in shadow does nothing; None if it says nothing."""
    words: Mapping[int, Handling] = dict(finding.said)
    if guard in words:
        return words[guard]
    return "none" if any(number == guard for number, _ in finding.shadowed) else None
