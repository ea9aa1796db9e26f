"""A bundle: lines of one batch that go to their provider's own batch service together.

What is known of it is kept before the provider hears of it, and what the provider calls it as soon as that is
known. So whoever goes on after a crash can ask the provider what has become of it, and sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from remit.kernel.errors import ProviderRefused

LINES_MAX = 2_000
BYTES_MAX = 16 << 20
"""What one bundle holds: less than any provider takes, and what one request to it may well carry."""
WAITING_MAX = 10_000
"""Lines that lie with providers at a time. Each is a call under way, with its text and its hold in memory."""
GATHERED_S = 60.0
"""How long lines wait for others of their batch that are held up by a limit."""

POLL_S = 1.0
POLL_S_MAX = 60.0
GIVEN_UP_S = 50 * 3600.0
"""A provider promises an answer after 24 hours. Whoever has none after twice that will have none."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines sent together, by the ids of their calls; `remote` is the provider's name for them, once known.

    `model` is the address of their block; a bundle has one model, and is of texts to embed or has none.
    """

    id: str
    batch: str
    provider: str
    model: str
    at: datetime
    calls: Mapping[str, int]
    embeds: bool = False
    remote: str = ""

    def named(self, remote: str) -> Bundle:
        """Add what the provider calls it."""
        return msgspec.structs.replace(self, remote=remote)


def poll_after(tries: int) -> float:
    """Say after how many seconds a provider is asked again how far a bundle is.

    >>> poll_after(0), poll_after(2), poll_after(50)
    (1.0, 2.25, 60.0)
    """
    return min(POLL_S_MAX, POLL_S * 1.5 ** min(tries, 20))


Unserved = Literal["expired", "cancelled"]


def unserved(how: Unserved) -> ProviderRefused:
    """Say that a provider did not come to a line, which cost nothing then."""
    help = "put it into another batch"
    if how == "expired":
        summary = "the batch's time was over before its provider had served this line"
        return ProviderRefused(summary, help=help, code="batch-expired")
    summary = "the batch was cancelled before its provider had served this line"
    return ProviderRefused(summary, help=help, code="batch-cancelled")


UNSERVED = frozenset({unserved("expired").code, unserved("cancelled").code})
