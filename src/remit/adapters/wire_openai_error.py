"""Errors of servers that speak the OpenAI chat format: each writes them in its own way, here they are one.

What a server says in a sentence is looked at where nothing else tells, and never passed on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from remit.adapters.remote import broken, error_in, refusal, words_of
from remit.kernel.errors import ProviderError

# vLLM, OpenRouter and Ollama have no word for an input beyond the model's context.
_TOO_LONG = re.compile(
    r"(?:maximum|model's) (?:context|model) length|exceeds? the (?:available |model's )?context",
    re.IGNORECASE,
)
_LOOKED_AT = 500
_STATUS_OF = {"rate_limit_exceeded": 429, "context_length_exceeded": 400, "content_filter": 400}
"""What an error that comes in place of an answer would have been as a status, where it holds no number."""


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """Say what a server's error means."""
    return _of_error(status, headers, error_in(body))


def broke_off(error: object) -> ProviderError:
    """Say what an error means that comes in the place of an answer or in the middle of one."""
    words = _words(error)
    code = error.get("code") if isinstance(error, dict) else None
    stated = code if isinstance(code, int) and 400 <= code < 600 else None
    status = stated or next((_STATUS_OF[word] for word in words if word in _STATUS_OF), None)
    if status is not None:
        return _of_error(status, {}, error)
    return broken(f"broke off with an error{f' (`{words[0]}`)' if words else ''}")


def _of_error(status: int, headers: Mapping[str, str], error: object) -> ProviderError:
    words = _words(error)
    said = error.get("message") if isinstance(error, dict) else error
    if status == 400 and isinstance(said, str) and _TOO_LONG.search(said[:_LOOKED_AT]):
        return refusal(413, headers, words)
    return refusal(status, headers, words)


def _words(error: object) -> tuple[str, ...]:
    """Collect the words that name an error's kind, from wherever they stand."""
    if not isinstance(error, dict):
        return ()
    words = words_of(error) + words_of(error.get("innererror"))
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and ("reasons" in metadata or "flagged_input" in metadata):
        # OpenRouter says by these alone that an input was moderated; its status is that of a wrong key.
        words = ("content_filter", *words)
    return words
