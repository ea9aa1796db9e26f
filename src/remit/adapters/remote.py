"""What all remote providers share: how their refusals and faults become ours, in words that quote nothing.

A provider's own message can hold the prompt, and a header can hold our key; so only plain words that name an
error's kind are passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused

FAULT_BYTES_MAX = 64 << 10
_WORD = re.compile(r"[A-Za-z_-]{1,48}")
_RETRY_AFTER_S = 10
_RETRY_AFTER_S_MAX = 3600

_TOO_LARGE = frozenset({"context_length_exceeded", "exceed_context_size_error", "request_too_large"})
_FILTERED = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
_BUSY = frozenset({429, 529})


class OutputEstimate:
    """Estimates the tokens of an answer's pieces: one each at least, and three bytes each over the whole."""

    __slots__ = ("_bytes", "_tokens_max", "tokens")

    def __init__(self, tokens_max: int) -> None:
        self._tokens_max = tokens_max
        self._bytes = 0
        self.tokens = 0

    def add(self, text: str) -> int:
        """Count a piece, and return how many tokens it adds."""
        self._bytes += len(text) if text.isascii() else len(text.encode())
        counted = min(self._tokens_max, max(self.tokens + 1, -(-self._bytes // 3)))
        fresh, self.tokens = counted - self.tokens, counted
        return fresh


def broken(what: str, *, code: str | None = None) -> ProviderFailed:
    return ProviderFailed(f"the provider {what}", help="try again, or use another model", code=code)


def refusal(status: int, headers: Mapping[str, str], words: tuple[str, ...]) -> ProviderError:
    """Say what a status means. `words` are the error's code and type, the most telling first."""
    named = f" (`{words[0]}`)" if words else ""
    if status in _BUSY or (status == 503 and "retry-after" in headers):
        return ProviderBusy(
            f"the provider takes no more calls now{named}",
            help="try again later, or use another model",
            retry_after_s=_retry_after_s(headers.get("retry-after", "")),
        )
    if _TOO_LARGE.intersection(words) or status == 413:
        return ProviderRefused(
            "the input is longer than the provider's model takes",
            help="shorten the messages, or use a model with a larger context",
            code="input-too-large",
        )
    if _FILTERED.intersection(words):
        return ProviderRefused(
            "the provider's own filter stopped this request",
            help="change the messages; the provider's terms say what it takes",
            code="provider-filtered",
        )
    if status in (401, 403):
        return ProviderRefused(
            f"the provider refused our key with status {status}{named}",
            help="check the key and its permissions with whoever runs the provider",
            code="provider-key-refused",
        )
    if 400 <= status < 500:
        return ProviderRefused(
            f"the provider refused the request with status {status}{named}",
            help="check the model block's options, and that the provider serves this model",
        )
    return broken(f"answered with status {status}{named}")


def words_of(error: object, *, fields: tuple[str, ...] = ("code", "type")) -> tuple[str, ...]:
    """Keep an error's code and type where they are plain words; its message can quote the prompt."""
    if not isinstance(error, dict):
        return ()
    values = (error.get(field) for field in fields)
    return tuple(value for value in values if isinstance(value, str) and _WORD.fullmatch(value))


def error_in(body: bytes) -> object:
    """Read the `error` object of a refusal's body; None where there is none."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if isinstance(found, list) and found:
        found = found[0]
    return found.get("error", found) if isinstance(found, dict) else None


def _retry_after_s(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return _RETRY_AFTER_S
    return min(max(1, int(text)), _RETRY_AFTER_S_MAX)
