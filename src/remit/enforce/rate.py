"""Rates: whether a call fits into the limits on calls and tokens a minute and on calls at once.

A minute slides, by two counts for each limit: what was let through in this minute of the clock, and what in
the one before, of which that part counts which the sliding minute still covers. Cloudflare counts so, and
found 0.003 % of requests decided otherwise than by an exact log
(https://blog.cloudflare.com/counting-things-a-lot-of-different-things/). A log would keep a number for each
call, and a leaking bucket (GCRA) cannot tell how many keys share a limit, nor what each had of it.

INVARIANT: no minute of the clock sees more than the limit, and no sixty seconds twice the limit, but for what
calls write beyond what was counted for them.

All is whole numbers: a count is weighed by the milliseconds of a minute for which it still counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from remit.declare.block import ModelBlock
from remit.declare.remit_layer import RATE_FIELDS, UNLIMITED, RateField
from remit.enforce.decision import Decision, deny
from remit.enforce.pool import holder, layer_of
from remit.enforce.rate_limit import RateLimit
from remit.enforce.remit import Remit
from remit.enforce.request import Request

MINUTE_MS = 60_000


class Meter(NamedTuple):
    """One limit as it meets the calls of one key on one model, and the names that it is counted under.

    `share` counts what the key itself has of a pool that other keys may draw from too, and `keys` how many
    do; both are empty where the key has the limit for itself. `most` and `nearly` are weighed: beyond
    `nearly` the rest of the limit is left to keys that had less than their share.
    """

    # A tuple, because every call unpacks each of its meters.
    at_once: bool
    of_tokens: bool
    name: str
    share: str
    keys: str
    nearly: int
    most: int
    field: RateField
    limit: RateLimit


class Counts(NamedTuple):
    """What is counted by name: in this minute of the clock, in the one before, and calls that run now."""

    now: Mapping[str, int]
    before: Mapping[str, int]
    running: Mapping[str, int]


NO_COUNTS = Counts({}, {}, {})
Why = Literal["used up", "had its share", "never fits"]


@dataclass(frozen=True, slots=True)
class Full:
    """A limit that a call does not fit into, and the whole seconds after which it may."""

    limit: RateLimit
    field: RateField
    why: Why
    amount: int
    keys: int
    wait_s: int


def meters_of(
    remit: Remit, address: str, block: ModelBlock | None, *, key: str, agent: str, administrator: str
) -> tuple[Meter, ...]:
    """List the limits that a key's calls of a model must fit into: its remit's and the model's own."""
    found = []
    for field in RATE_FIELDS:
        limits: tuple[RateLimit, ...] = getattr(remit, field) or ()
        own = getattr(block, field) if block else None
        if block and own is not None and own != UNLIMITED:
            limits = (*limits, RateLimit(address, "", own, block.owner or administrator))
        found += [_meter(field, limit, key, agent) for limit in limits]
    return tuple(meter for meter in found if meter is not None)


def _meter(field: RateField, limit: RateLimit, key: str, agent: str) -> Meter | None:
    whose = holder(limit.each, key=key, agent=agent)
    if whose is None:
        return None
    name = f"{field} {limit.id}:{whose}" if whose else f"{field} {limit.id}"
    kind = field == "concurrency_max", field == "tokens_per_minute"
    most = limit.limit * MINUTE_MS
    if limit.each == "key":
        return Meter(*kind, name, "", "", most, most, field, limit)
    return Meter(*kind, name, f"{name} {key}", f"{name} keys", most * 3 // 4, most, field, limit)


def tokens_held(request: Request, *, input_tokens_max: int) -> int:
    """Say how many tokens count for a call before its end; what it really used then takes their place.

    They are what the input probably is, and the output that the caller asks for. Of the output of a caller
    who sets no `max_tokens` nothing counts before it is there: the most that is allowed would be many times
    what is written, and would refuse others for nothing. OpenAI counts towards its limits in this way.
    Where money is at stake, budgets hold the worst case all the same.
    """
    return min(request.input_tokens_estimate, input_tokens_max) + (request.output_tokens_max or 0)


def room(meter: Meter, counts: Counts, *, at: datetime) -> int:
    """Say how much of a limit may be let through: calls at once, or in this minute of the clock.

    >>> from datetime import UTC
    >>> limit = RateLimit("unit/desk", "", 60, "owner@example.com")
    >>> meter = _meter("requests_per_minute", limit, "k", "")
    >>> half = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)
    >>> room(meter, Counts({}, {meter.name: 40}, {}), at=half)
    40
    """
    if meter.at_once:
        return meter.limit.limit
    left_ms = MINUTE_MS - at.second * 1000 - at.microsecond // 1000
    return meter.limit.limit - -(-counts.before.get(meter.name, 0) * left_ms // MINUTE_MS)


def fullest(meters: Iterable[Meter], counts: Counts, *, at: datetime, tokens: int) -> Full | None:
    """Find the limit for which a call must wait longest; None if it fits into all.

    Of a limit that keys share, the last quarter is for keys that have had less than their equal share. A key
    counts as one that shares while it asks, also in vain, so that nobody is kept out by somebody who takes
    whatever becomes free.
    """
    now, before, running = counts
    left_ms = MINUTE_MS - at.second * 1000 - at.microsecond // 1000
    worst: Full | None = None
    for meter in meters:
        at_once, of_tokens, name, _, _, nearly, _, _, _ = meter
        amount = tokens if of_tokens else 1
        if at_once:
            used = (running.get(name, 0) + 1) * MINUTE_MS
        else:
            used = (now.get(name, 0) + amount) * MINUTE_MS
            if name in before:
                used += before[name] * left_ms
        if used > nearly:
            full = _full(meter, counts, left_ms=left_ms, amount=amount, used=used)
            if full is not None and (worst is None or _wait(worst) < _wait(full)):
                worst = full
    return worst


def _wait(full: Full) -> tuple[bool, int]:
    return full.why == "never fits", full.wait_s


def _full(meter: Meter, counts: Counts, *, left_ms: int, amount: int, used: int) -> Full | None:
    """Look closer at a limit that is nearly used up: whether the call fits, and the rest is for its key."""
    limit, now, before = meter.limit, counts.now, counts.before
    keys = max(now.get(meter.keys, 0), before.get(meter.keys, 0))
    if amount > limit.limit:
        return Full(limit, meter.field, "never fits", amount, keys, 0)
    if meter.at_once:
        now, before = counts.running, {}
    why: Why = "used up"
    name, room = meter.name, limit.limit - amount
    if used <= meter.most:
        own = now.get(meter.share, 0) * MINUTE_MS + before.get(meter.share, 0) * left_ms
        if own * keys < meter.most:
            return None
        why, name, room = "had its share", meter.share, (limit.limit - 1) // keys
    # Nobody knows when a call will end; those that run may end at any moment.
    wait_s = 1
    if not meter.at_once:
        wait_s = _wait_s(now.get(name, 0), before.get(name, 0), room=room, left_ms=left_ms)
    return Full(limit, meter.field, why, amount, keys, wait_s)


def _wait_s(now: int, before: int, *, room: int, left_ms: int) -> int:
    """Find the whole seconds until no more than `room` counts, if nothing is added meanwhile.

    >>> _wait_s(0, 60, room=59, left_ms=60_000), _wait_s(60, 0, room=59, left_ms=60_000)
    (1, 61)
    """
    if now <= room:
        wait_ms = left_ms - (room - now) * MINUTE_MS // before
    else:
        wait_ms = left_ms + MINUTE_MS - room * MINUTE_MS // now
    return max(1, -(-wait_ms // 1000))


def refusal(full: Full) -> Decision:
    """Say which limit a call does not fit into, whose it is, and when to try again."""
    limit, field, layer = full.limit, full.field, layer_of(full.limit.pool)
    said, help = f"`{field}` of `{layer}` is {limit.limit}{limit.each_said}", "ask its owner to raise it"
    if full.why == "never fits":
        if limit.limit and field == "tokens_per_minute":
            help = f"set a lower `max_tokens`, send a shorter input, or {help}"
        summary = f"{said}, and this call alone takes {full.amount}"
        return deny("above-rate-limit", summary, help=help, layer=layer, owner=limit.owner)
    help = f"try again in {full.wait_s} second{'' if full.wait_s == 1 else 's'}, or {help}"
    if full.why == "had its share":
        said += f" and nearly used up; this key has had its share, as one of {full.keys}"
    elif field == "tokens_per_minute":
        said += f", and less than {full.amount} are left"
    else:
        said += ", and it is used up"
    more = {"help": help, "layer": layer, "owner": limit.owner}
    if field == "concurrency_max":
        return deny("too-many-at-once", said, retry_after=full.wait_s, **more)
    return deny("rate-limited", said, retry_after=full.wait_s, **more)
