"""Cache: whether an answer may be given again, for how long, and which answers are worth it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from remit.enforce.answer import Delta, Finish, ModelEvent, StopReason, ToolDelta
from remit.enforce.remit import Remit
from remit.enforce.request import Media, ModelRequest, Part, Request, ToolResult

LONGEST_S = 366 * 24 * 3600

_KEPT_AFTER: frozenset[StopReason] = frozenset({"stop", "length", "stop_sequence", "tool_use"})
"""How an answer ends that is given again; one that was filtered or refused may turn out otherwise."""


def kept_s(remit: Remit) -> int:
    """Say for how many seconds an answer may be given again; 0 where none may.

    It is kept as it is, so a remit under which less than `raw` may be kept of it keeps none.
    """
    if not remit.cache_minutes or remit.capture_max not in (None, "raw"):
        return 0
    days = remit.retention_days
    most = days * 24 * 3600 if isinstance(days, int) else LONGEST_S
    return min(remit.cache_minutes * 60, most, LONGEST_S)


def repeats(request: Request) -> bool:
    """Say whether the same request asks for the same: what stands at an address may change."""
    if not isinstance(request, ModelRequest):
        return True
    return not any(_elsewhere(part) for message in request.messages for part in message.parts)


def _elsewhere(part: Part) -> bool:
    if isinstance(part, ToolResult):
        return any(_elsewhere(each) for each in part.parts)
    return isinstance(part, Media) and bool(part.url)


def asked_alone(request: Request) -> Request:
    """Leave out of a request what says who asks, and what is for a provider's own logs and caches."""
    if isinstance(request, ModelRequest):
        return msgspec.structs.replace(request, end_user=None, tags=(), cache_key=None)
    return msgspec.structs.replace(request, end_user=None)


def is_whole(finish: Finish) -> bool:
    """Say whether an answer ended in a way that it may be given again with."""
    return finish.stop_reason in _KEPT_AFTER


def joined(events: Iterable[ModelEvent]) -> list[ModelEvent]:
    """Put neighbouring pieces together: what is given again comes at once.

    >>> joined([Delta("a "), Delta("b"), Delta("no", refusal=True)])
    [Delta(text='a b', tokens=2, refusal=False), Delta(text='no', tokens=1, refusal=True)]
    """
    runs: list[list[ModelEvent]] = []
    for event in events:
        if runs and _goes_on(runs[-1][-1], event):
            runs[-1].append(event)
        else:
            runs.append([event])
    return [_one(run) for run in runs]


def _goes_on(last: ModelEvent, event: ModelEvent) -> bool:
    if isinstance(event, Delta):
        return isinstance(last, Delta) and last.refusal == event.refusal
    return isinstance(event, ToolDelta) and isinstance(last, ToolDelta)


def _one(run: list[ModelEvent]) -> ModelEvent:
    first = run[0]
    if isinstance(first, Delta):
        pieces = [each for each in run if isinstance(each, Delta)]
        text, tokens = "".join(each.text for each in pieces), sum(each.tokens for each in pieces)
        return Delta(text, tokens, first.refusal)
    if isinstance(first, ToolDelta):
        parts = [each for each in run if isinstance(each, ToolDelta)]
        return ToolDelta("".join(each.arguments for each in parts), sum(each.tokens for each in parts))
    return first
