"""Masking: put a token in the place of what is masked, and what was masked in the place of its token.

Tokens are such as `{EMAIL_1}`: the same for the same text within a call, numbered in the order in which the
texts first stand in it. Models repeat them in other clothes, as `EMAIL_1` or `<email 1>`, and are understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from remit.declare.guardrail import Masks

Keyed = Callable[[str], str]
"""Gives letters and digits that are the same for the same text, and say nothing of it."""

_OPENING = "{<["
_BRACKETS_MAX = 3
"""How many brackets a model may put around a token, `{{EMAIL_1}}`; more are its own."""


def _inside(character: str) -> bool:
    return character.isalnum() or character == "_"


def _plain(name: str) -> str:
    """Write a token's name in one way, whatever its letters' case and what divides its words."""
    return name.upper().replace(" ", "_").replace("-", "_")


class Vault:
    """What was masked in one call. It lives as long as the call, in memory alone."""

    __slots__ = (
        "_beginnings",
        "_compiled",
        "_counts",
        "_keyed",
        "_longest",
        "_masks",
        "_originals",
        "_sealed",
        "_tokens",
    )

    def __init__(self, masks: Masks = "number", keyed: Keyed | None = None) -> None:
        self._masks = masks
        self._keyed = keyed
        self._tokens: dict[tuple[str, str], str] = {}
        # By the plain names of their tokens; None where nobody gets it back.
        self._originals: dict[str, str | None] = {}
        self._sealed = False
        # By plain types, so that of two that a model could take for each other none has the other's token.
        self._counts: dict[str, int] = {}
        self._longest = 0
        self._compiled: re.Pattern[str] | None = None
        self._beginnings: tuple[re.Pattern[str], int] | None = None

    def seal(self) -> None:
        """Say that all that callers sent is masked: what is masked from here on, nobody gets back."""
        self._sealed = True

    def __bool__(self) -> bool:
        return bool(self._originals)

    def token(self, type: str, text: str) -> str:
        """Give the token that stands for a text of this type.

        >>> vault = Vault()
        >>> vault.token("EMAIL", "a@example.com"), vault.token("EMAIL", "b@example.com")
        ('{EMAIL_1}', '{EMAIL_2}')
        >>> vault.token("EMAIL", "a@example.com")
        '{EMAIL_1}'
        """
        found = self._tokens.get((type, text))
        if found is None:
            found = self._tokens[type, text] = self._made(type, text)
        return found

    def _made(self, type: str, text: str) -> str:
        if self._masks == "type":
            return f"{{{type}}}"
        plain = _plain(type)
        if plain not in self._counts:
            self._compiled = self._beginnings = None
        self._counts[plain] = self._counts.get(plain, 0) + 1
        mark = str(self._counts[plain])
        if self._masks == "key" and self._keyed is not None:
            mark = self._keyed(text).upper()
        if len(mark) > self._longest:
            self._longest = len(mark)
            self._compiled = self._beginnings = None
        self._originals[f"{plain}_{mark}"] = None if self._sealed else text
        return f"{{{type}_{mark}}}"

    def restored(self, text: str) -> str:
        """Put what was masked back, however the model wrote its token.

        >>> vault = Vault()
        >>> _ = vault.token("EMAIL", "a@example.com")
        >>> vault.restored("Write to <email 1>, or to {EMAIL_2}.")
        'Write to a@example.com, or to {EMAIL_2}.'
        """
        if not self._originals:
            return text
        out: list[str] = []
        at = 0
        for start, end, original in self._found(text):
            out += (text[at:start], text[start:end] if original is None else original)
            at = end
        return "".join((*out, text[at:]))

    def places(self, text: str) -> list[tuple[int, int]]:
        """Say where tokens stand in a text.

        >>> vault = Vault()
        >>> _ = vault.token("EMAIL", "a@example.com")
        >>> vault.places("Write to {EMAIL_1}.")
        [(9, 18)]
        """
        return [(start, end) for start, end, _ in self._found(text)] if self._originals else []

    def may_begin(self, text: str) -> int:
        """Say from where on a text may be the beginning of a token, or one that could go on.

        >>> vault = Vault()
        >>> _ = vault.token("EMAIL", "a@example.com")
        >>> [vault.may_begin(text) for text in ("write to {Ema", "write to EMAIL_1", "write to EMAIL_1 or")]
        [9, 8, 19]
        """
        if not self._originals:
            return len(text)
        begins, longest = self._begins()
        for at in range(max(0, len(text) - longest), len(text)):
            if at and text[at - 1] in _OPENING:
                continue
            if begins.fullmatch(text, at) and not (at and _inside(text[at - 1]) and _inside(text[at])):
                return at
        return len(text)

    def _found(self, text: str) -> Iterator[tuple[int, int, str | None]]:
        """Say where tokens stand in a text, and for what."""
        pattern, at = self._pattern(), 0
        while (match := pattern.search(text, at)) is not None:
            name = _plain(match[match.lastindex or 0])
            if name in self._originals:
                at = match.end()
                yield match.start(), at, self._originals[name]
            else:
                at = match.start() + 1

    def _mark(self) -> str:
        return "[0-9]" if self._masks == "number" else "[0-9A-Z]"

    def _begins(self) -> tuple[re.Pattern[str], int]:
        """Match whatever a token may begin with: some of its name in any clothes, and nothing else."""
        if self._beginnings is None:
            parts = []
            for type in self._counts:
                letters = [re.escape(each).replace("_", "[_ -]") for each in f"{type}_"]
                mark = f"{self._mark()}{{0,{self._longest}}}"
                parts.append("(?:".join(letters) + mark + ")?" * (len(letters) - 1))
            whole = rf"[{re.escape(_OPENING)}]* ?(?:(?:{'|'.join(parts)}) ?[}}>\]]*)?"
            longest = max(map(len, self._counts)) + 1 + self._longest + 2 * _BRACKETS_MAX + 2
            self._beginnings = re.compile(whole, re.IGNORECASE), longest
        return self._beginnings

    def _pattern(self) -> re.Pattern[str]:
        """Find what looks like a token of some type, in the clothes that models put them in.

        It knows of types alone, so that it stays small however much is masked.
        """
        if self._compiled is None:
            types = sorted(self._counts, key=len, reverse=True)
            stem = "|".join(re.escape(each).replace("_", "[_ -]") for each in types)
            name, most = f"(?:{stem})[_ -]{self._mark()}{{1,{self._longest}}}", _BRACKETS_MAX
            ways = (
                rf"{{{{1,{most}}} ?({name}) ?}}{{1,{most}}}",
                rf"<{{1,{most}}} ?({name}) ?>{{1,{most}}}",
                rf"\[{{1,{most}}} ?({name}) ?\]{{1,{most}}}",
                rf"\b({name})\b",
            )
            self._compiled = re.compile("|".join(ways), re.IGNORECASE)
        return self._compiled
