"""What every entry of the ledger has; `ledgered` lists all kinds.

The schema only grows; `v` is its version. No entry holds prompt or answer text, a secret, or personal data.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What every entry has. `at` is in UTC; `id` sorts by time."""

    id: str
    at: datetime
    v: int = 1
