"""What all remote providers share: how their refusals and faults become ours, in words that quote nothing.

A provider's own message can hold the prompt, and a header can hold our key; so only plain words that name an
error's kind are passed on.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import msgspec

from remit.declare.version import family
from remit.kernel.errors import ProviderBusy, ProviderError, ProviderFailed, ProviderRefused

FAULT_BYTES_MAX = 64 << 10
_WORD = re.compile(r"[A-Za-z_-]{1,48}")
_RETRY_AFTER_S = 10
_RETRY_AFTER_S_MAX = 3600

_TOO_LARGE = frozenset({"context_length_exceeded", "exceed_context_size_error", "request_too_large"})
_FILTERED = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
_UNPAID = frozenset({"insufficient_quota", "insufficient_credits", "billing_not_active"})
# What a model wrote was not what was asked of it, which says nothing against the request.
_SPOILT = frozenset({"tool_use_failed", "json_validate_failed"})
# 498 is Groq's, 529 Anthropic's.
_BUSY = frozenset({429, 498, 529})
_NO_TIME = frozenset({408, 504})
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,9})?)(ms|s|m|h)?")
_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}


def model_of(address: str, options: Mapping[str, str]) -> str:
    """Name the model to ask for: the block's option `model`, else the block's own name."""
    return options.get("model") or family(address).removeprefix("model/")


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
    unpaid = bool(_UNPAID.intersection(words))
    if (status in _BUSY and not unpaid) or (status in (402, 503) and "retry-after" in headers):
        return ProviderBusy(
            f"the provider takes no more calls now{named}",
            help="try again later, or use another model",
            retry_after_s=retry_after_s(headers),
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
    if unpaid or status in (401, 402, 403):
        return ProviderRefused(
            f"the provider refused our key with status {status}{named}",
            help="check the key, its permissions and its account with whoever runs the provider",
            code="provider-key-refused",
        )
    if status in _NO_TIME:
        return broken("did not answer in time", code="provider-timeout")
    if 400 <= status < 500 and not _SPOILT.intersection(words):
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


def retry_after_s(headers: Mapping[str, str]) -> int:
    """Read when to come back, from whichever header says it; an instant would want a clock.

    Of limits with a reset each, it is the one that is used up, else the soonest: that one may be the cause.
    """
    stated = (headers.get("retry-after-ms", "") + "ms", headers.get("retry-after", ""))
    waits = [wait for text in stated if (wait := _milliseconds(text)) is not None][:1] or _resets(headers)
    if not waits:
        return _RETRY_AFTER_S
    return min(max(1, -(-min(waits) // 1_000)), _RETRY_AFTER_S_MAX)


def _resets(headers: Mapping[str, str]) -> list[int]:
    """Read the resets of limits, such as `x-ratelimit-reset-tokens`; of those used up, if there are any."""
    found = {
        kind: wait
        for kind in ("", "-requests", "-tokens")
        if (wait := _milliseconds(headers.get(f"x-ratelimit-reset{kind}", ""))) is not None
    }
    used_up = [wait for kind, wait in found.items() if headers.get(f"x-ratelimit-remaining{kind}") == "0"]
    return used_up or list(found.values())


def _milliseconds(text: str) -> int | None:
    """Read a duration, in seconds where it has no unit; None where it is none.

    >>> _milliseconds("17"), _milliseconds("2m59.56s"), _milliseconds("250ms"), _milliseconds("1767225600")
    (17000, 179560, 250, None)
    """
    pieces = _DURATION.findall(text[:32])
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    if len(pieces) > 1 and not all(unit for _, unit in pieces):
        return None
    return sum(math.ceil(float(number) * _MS[unit or "s"]) for number, unit in pieces)


TIER_MAX = 40


def tier_of(said: object) -> str:
    """Read the service tier that a provider says it served in; empty for anything that is no word."""
    return said if isinstance(said, str) and len(said) <= TIER_MAX and said.isprintable() else ""
