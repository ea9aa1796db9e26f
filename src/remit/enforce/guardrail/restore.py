"""Restore: put what was masked back into an answer that comes in pieces."""

from __future__ import annotations

from collections.abc import Iterable

from remit.enforce.answer import Delta, ModelEvent, ToolDelta
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.spans import arguments_of, with_strings, written


class Restorer:
    """Gives the same, however the text is cut: what could become a token is kept until that is known."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._kept = ""
        # A digit in the place of the character before, if it is one that a bare token cannot stand after: no
        # token begins with a digit, so it cannot become one with what follows.
        self._before = ""

    def feed(self, text: str) -> str:
        """Take the next piece, and give what no later piece can change any more."""
        text = self._kept + text
        at = self._vault.may_begin(text)
        self._kept = text[at:]
        return self._restored(text[:at])

    def close(self) -> str:
        """Give what is left."""
        text, self._kept = self._kept, ""
        rest, self._before = self._restored(text), ""
        return rest

    def _restored(self, text: str) -> str:
        before = self._before
        if text:
            self._before = "0" if text[-1].isalnum() or text[-1] == "_" else ""
        return self._vault.restored(before + text)[len(before) :]

    def in_json(self, arguments: str) -> str:
        """Put what was masked back into the texts of a JSON object, and nowhere else."""
        value = arguments_of(arguments)
        other = with_strings(value, self._vault.restored)
        return arguments if other == value else written(other)


def with_originals(restorer: Restorer, event: ModelEvent) -> Iterable[ModelEvent]:
    """Give what becomes of one event of an answer, with what no later one can change any more."""
    if isinstance(event, Delta):
        text = restorer.feed(event.text)
        return [Delta(text, event.tokens, event.refusal)] if text or event.tokens else []
    rest = restorer.close()
    before: list[ModelEvent] = [Delta(rest, 0)] if rest else []
    if isinstance(event, ToolDelta):
        return [*before, ToolDelta(restorer.in_json(event.arguments), event.tokens)]
    return [*before, event]


def in_place_of_tokens(vault: Vault, events: Iterable[ModelEvent]) -> list[ModelEvent]:
    """Give the events of an answer as whoever may see it had them."""
    restorer = Restorer(vault)
    return [each for event in events for each in with_originals(restorer, event)]
