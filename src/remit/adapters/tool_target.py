"""What every way of asking tools shares: how much is taken from a server, and how its faults are said.

A server's own words are part of an answer, which guardrails read. A fault holds none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from remit.kernel.errors import ProviderError, ProviderRefused, ProviderUnreachable
from remit.ports_tools import ToolAnswer, ToolNotReached, ToolUnclear

ANSWER_BYTES_MAX = 4 << 20
"""The most bytes of an answer that are read."""

TEXTS_BYTES_MAX = 4 << 20
TEXTS_MAX = 1_000
"""How many tools of one server are looked at."""

DESCRIPTION_MAX = 20_000
SCHEMA_BYTES_MAX = 200_000

TEXTS_S = 5.0
"""For how long what a server says of its tools is taken to be what it says now."""

HANDSHAKE_S = 30.0
"""How long a server may take to begin, or to say which tools it has."""

OUTCOME_S = 10.0
"""How long a server may take to say what came of a claim."""

KEEP_S = 2.0
"""After how long without use a connection is not trusted to be open: what is sent must not be lost on it."""

ASK_OWNER = "ask whoever runs the tool's server"


def not_reached(what: str, *, help: str = ASK_OWNER) -> ToolNotReached:
    return ToolNotReached(f"the tool's server {what}", help=help)


def unclear(what: str) -> ToolUnclear:
    help = "whoever runs the tool's server can say whether it was done; it is not asked to do it again"
    return ToolUnclear(f"the tool's server {what}", help=help)


def of_http(fault: ProviderError) -> ToolNotReached | ToolUnclear:
    """Say what a fault of the HTTP client means: only without a connection is it certain that nothing was."""
    what = fault.summary.removeprefix("the provider ").removeprefix("the provider's ")
    if isinstance(fault, ProviderUnreachable):
        return not_reached(what)
    if isinstance(fault, ProviderRefused):
        return not_reached("has an address, or was given a value, with a character that cannot be sent")
    return unclear(what)


REFUSED = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 428, 429, 431})
"""Statuses by which an HTTP server says that it has not done what it was asked."""


def of_status(status: int) -> ToolNotReached | ToolUnclear:
    """Say what a status other than success means where the tool itself has not answered."""
    if status in (401, 403):
        return not_reached(
            f"refused the credential with status {status}",
            help="seal one that it takes, with `remit provider seal tool-NAME`",
        )
    if status in REFUSED:
        return not_reached(f"refused the request with status {status}")
    if 300 <= status < 400:
        return unclear(f"answered with status {status}; redirects lead to nobody who was declared")
    return unclear(f"answered with status {status}")


def decoded(body: bytes) -> Any:
    """Read JSON; raises ToolUnclear."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise unclear("sent what cannot be read") from None


def outcome_in(answer: ToolAnswer) -> ToolAnswer | None:
    """Read what a target says of a claim: `done` is true or false, or it says nothing."""
    done = answer.fields.get("done") if isinstance(answer.fields, Mapping) else None
    if answer.is_error or not isinstance(done, bool):
        return None
    return ToolAnswer(answer.text, answer.fields, is_error=not done)
