"""Look: read texts with the eyes of a screen, and say what was found and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from remit.declare.guardrail import Handling, stricter
from remit.enforce.guardrail.finding import CONFIDENCES, Found
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import ATTACKS, Finding, Looking, Screen, Screening, Word
from remit.enforce.guardrail.trust import ATTACKED, LOOKED_FOR, UNTRUSTED, Policy, Side, Span

Mark = Callable[[str, str], str | None]
"""Gives a keyed hash of a type and of the words that were found, by which people can say later of just these
words that they are none of it; None where they have said so."""

LANGUAGE_LEAST = 40
"""Shorter texts are in no language for sure."""


def look(screen: Screen, side: Side, spans: Sequence[Span], vault: Vault, *, mark: Mark) -> Screening:
    """Read the texts of one side; those in which something is masked are given with tokens in its place."""
    looking = screen.side(side)
    findings: list[Finding] = []
    texts: list[str] = []
    for number, span in enumerate(spans):
        found = [] if looking.is_empty or not span.text else _of_span(screen, side, span, number, mark)
        findings += found
        texts.append(masked(span.text, found, vault) if found else span.text)
    return Screening(side, tuple(findings), strictest(findings), tuple(texts))


def strictest(findings: Iterable[Finding]) -> Handling:
    """Say what becomes of texts with these findings."""
    action: Handling = "none"
    for each in findings:
        action = stricter(action, each.action)
    return action


def masked(text: str, findings: Sequence[Finding], vault: Vault) -> str:
    """Put tokens in the place of what is to be masked."""
    out: list[str] = []
    at = 0
    for each in findings:
        if each.action == "anonymize":
            out += (text[at : each.start], vault.token(shown(each.type), text[each.start : each.end]))
            at = each.end
    return "".join((*out, text[at:])) if out else text


def masked_wherever(
    spans: Sequence[Span], screening: Screening, vault: Vault, *, values: int
) -> tuple[str, ...]:
    """Mask what was found in the last `values` texts, which stand within the others, there as well.

    Between a prompt's own words it can look like nothing, and would stay.
    """
    own = len(spans) - values
    texts = list(screening.texts)
    for each in screening.findings:
        if each.span >= own and each.action == "anonymize" and each.policy != "custom":
            words = spans[each.span].text[each.start : each.end]
            token = vault.token(shown(each.type), words)
            texts[:own] = [_beside_tokens(text, words, token, vault) for text in texts[:own]]
    return tuple(texts)


def _beside_tokens(text: str, words: str, token: str, vault: Vault) -> str:
    """Put a token in the place of words, but not of those within tokens."""
    if words not in text:
        return text
    out: list[str] = []
    at = 0
    for start, end in [*vault.places(text), (len(text), len(text))]:
        out += (text[at:start].replace(words, token), text[start:end])
        at = end
    return "".join(out)


def shown(type: str) -> str:
    """Show a type as it was declared, without what tells the words and names of several guardrails apart.

    >>> shown("WORD/12"), shown("0/order-number"), shown("EMAIL")
    ('WORD', 'order-number', 'EMAIL')
    """
    first, slash, rest = type.partition("/")
    return type if not slash else first if first == "WORD" else rest


def judged(screen: Screen, side: Side, span: Span, *, number: int = 0, mark: Mark) -> list[Finding]:
    """Read what a text says as a whole, and not the texts within it."""
    looking = screen.side(side)
    found = weighed(looking, span, LOOKED_FOR[span.trust])
    return _said(screen, looking, span, found, number, mark) + _language(screen, looking, span, number)


def _of_span(screen: Screen, side: Side, span: Span, number: int, mark: Mark) -> list[Finding]:
    key = screen.clean.key(side, span.trust, span.text)
    if key in screen.clean:
        return []
    looking = screen.side(side)
    found = [*_spotted(looking, span), *weighed(looking, span, LOOKED_FOR[span.trust])]
    language = _language(screen, looking, span, number)
    if not found and not language:
        screen.clean.add(key)
    return _said(screen, looking, span, found, number, mark) + language


def _said(
    screen: Screen,
    looking: Looking,
    span: Span,
    found: Iterable[tuple[Policy, Found]],
    number: int,
    mark: Mark,
) -> list[Finding]:
    said = (said_of(screen, looking, policy, each, span, number=number, mark=mark) for policy, each in found)
    return [finding for finding in said if finding is not None]


def _spotted(looking: Looking, span: Span) -> Iterator[tuple[Policy, Found]]:
    if looking.spotter is not None:
        policies = LOOKED_FOR[span.trust]
        for found in looking.spotter.find(span.text, words="word" in policies):
            policy = policy_of(found.type)
            if policy in policies:
                yield policy, found


def weighed(looking: Looking, span: Span, policies: frozenset[Policy]) -> Iterator[tuple[Policy, Found]]:
    """Say what a text is about and how it is said, whatever any guardrail says of that."""
    text = span.text
    if "content" in policies:
        if looking.content is not None:
            yield from (("content", found) for found in looking.content(text))
        if looking.attack and span.trust in ATTACKED:
            yield from (("content", found) for found in looking.attack[span.trust in UNTRUSTED](text))
    if looking.topics is not None and "topic" in policies:
        yield from (("topic", found) for found in looking.topics(text))


def policy_of(type: str) -> Policy:
    """Say by which policy something was spotted; patterns have small letters, and words a place in a list."""
    if type.startswith(("PROFANITY", "WORD/")):
        return "word"
    return "pattern" if "/" in type else "sensitive"


def said_of(
    screen: Screen, looking: Looking, policy: Policy, found: Found, span: Span, *, number: int, mark: Mark
) -> Finding | None:
    """Ask every guardrail what it says of something that was found; None if none says anything."""
    attack = found.type in ATTACKS
    type = "PROMPT_ATTACK" if attack else found.type
    # A word can be on several lists.
    kinds = type.split() if policy == "word" else (type,)
    words = tuple(word for kind in kinds for word in looking.words.get((policy, kind), ()))
    text = span.text[found.start : found.end]
    sure = CONFIDENCES.index(found.confidence)
    words = tuple(word for word in words if word.least <= sure and not _allowed(screen, policy, word, text))
    if not words:
        return None
    marked = mark(shown(type), text)
    if marked is None:
        return None
    acting = tuple((word.guard, word.action) for word in words if screen.guards[word.guard].acts)
    action: Handling = "none"
    for _, each in acting:
        action = stricter(action, each)
    return Finding(
        policy=policy,
        type=type,
        trust=span.trust,
        span=number,
        start=found.start,
        end=found.end,
        confidence=found.confidence,
        action=action,
        said=acting,
        shadowed=tuple((word.guard, word.action) for word in words if not screen.guards[word.guard].acts),
        kind=found.type if attack else "",
        mark=marked,
    )


def _allowed(screen: Screen, policy: Policy, word: Word, text: str) -> bool:
    return policy in ("sensitive", "pattern", "word") and (word.guard, text.casefold()) in screen.allowed


def _language(screen: Screen, looking: Looking, span: Span, number: int) -> list[Finding]:
    """Note a text that the content filters could not judge, because they know nothing of its language."""
    if not looking.unverified or len(span.text) < LANGUAGE_LEAST or "content" not in LOOKED_FOR[span.trust]:
        return []
    if not screen.kit.unverified("content", span.text):
        return []
    said = tuple((word.guard, word.action) for word in looking.unverified if screen.guards[word.guard].acts)
    action: Handling = "block" if any(each == "block" for _, each in said) else "none"
    return [
        Finding(
            policy="content",
            type="UNVERIFIED_LANGUAGE",
            trust=span.trust,
            span=number,
            start=0,
            end=len(span.text),
            confidence="none",
            action=action,
            said=said,
        )
    ]
