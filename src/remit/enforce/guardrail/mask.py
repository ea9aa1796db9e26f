"""Masking: put a token in the place of what is masked, and what was masked in the place of its token.

Tokens are such as `{EMAIL_1}`: the same for the same text within a call, numbered in the order in which the
texts first stand in it. Models repeat them in other clothes, as `EMAIL_1` or `<email 1>`, and are understood.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from remit.declare.guardrail import Masks

Keyed = Callable[[str], str]
"""Gives letters and digits that are the same for the same text, and say nothing of it."""

_OPENING = "{<["
_BRACKETS_MAX = 3
"""How many brackets a model may put around a token, `{{EMAIL_1}}`; more are its own."""


def _inside(character: str) -> bool:
    return character.isalnum() or character == "_"


class Vault:
    """What was masked in one call. It lives as long as the call, in memory alone."""

    __slots__ = ("_beginnings", "_compiled", "_counts", "_keyed", "_masks", "_originals", "_tokens")

    def __init__(self, masks: Masks = "number", keyed: Keyed | None = None) -> None:
        self._masks = masks
        self._keyed = keyed
        self._tokens: dict[tuple[str, str], str] = {}
        self._originals: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._compiled: tuple[int, re.Pattern[str]] | None = None
        self._beginnings: tuple[int, re.Pattern[str], int] | None = None

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
            if self._masks != "type":
                self._originals[found[1:-1].upper()] = text
        return found

    def _made(self, type: str, text: str) -> str:
        if self._masks == "type":
            return f"{{{type}}}"
        if self._masks == "key" and self._keyed is not None:
            return f"{{{type}_{self._keyed(text).upper()}}}"
        self._counts[type] = self._counts.get(type, 0) + 1
        return f"{{{type}_{self._counts[type]}}}"

    def restored(self, text: str) -> str:
        """Put what was masked back, however the model wrote its token.

        >>> vault = Vault()
        >>> _ = vault.token("EMAIL", "a@example.com")
        >>> vault.restored("Write to <email 1>, or to {EMAIL_2}.")
        'Write to a@example.com, or to {EMAIL_2}.'
        """
        if not self._originals:
            return text
        return self._pattern().sub(self._original, text)

    def places(self, text: str) -> list[tuple[int, int]]:
        """Say where tokens stand in a text.

        >>> vault = Vault()
        >>> _ = vault.token("EMAIL", "a@example.com")
        >>> vault.places("Write to {EMAIL_1}.")
        [(9, 18)]
        """
        return [found.span() for found in self._pattern().finditer(text)] if self._originals else []

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

    def _begins(self) -> tuple[re.Pattern[str], int]:
        """Match whatever a token may begin with: some of its name in any clothes, and nothing else."""
        if self._beginnings is None or self._beginnings[0] != len(self._originals):
            parts = []
            for name in self._originals:
                letters = [re.escape(each).replace("_", "[_ -]") for each in name]
                parts.append("(?:".join(letters) + ")?" * (len(letters) - 1))
            whole = rf"[{re.escape(_OPENING)}]* ?(?:(?:{'|'.join(parts)}) ?[}}>\]]*)?"
            longest = max(map(len, self._originals)) + 2 * _BRACKETS_MAX + 2
            self._beginnings = len(self._originals), re.compile(whole, re.IGNORECASE), longest
        return self._beginnings[1:]

    def _pattern(self) -> re.Pattern[str]:
        """Find the tokens that there are, the longest first, in the clothes that models put them in."""
        if self._compiled is None or self._compiled[0] != len(self._originals):
            names = sorted(self._originals, key=len, reverse=True)
            name = "|".join(re.escape(each).replace("_", "[_ -]") for each in names)
            most = _BRACKETS_MAX
            ways = (
                rf"{{{{1,{most}}} ?({name}) ?}}{{1,{most}}}",
                rf"<{{1,{most}}} ?({name}) ?>{{1,{most}}}",
                rf"\[{{1,{most}}} ?({name}) ?\]{{1,{most}}}",
                rf"\b({name})\b",
            )
            self._compiled = len(names), re.compile("|".join(ways), re.IGNORECASE)
        return self._compiled[1]

    def _original(self, match: re.Match[str]) -> str:
        said = match[match.lastindex or 0]
        return self._originals[said.upper().replace(" ", "_").replace("-", "_")]
