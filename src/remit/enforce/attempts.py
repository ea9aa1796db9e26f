"""Attempts: how often whoever sends from one address may be refused before it has to wait."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

REFUSED_MAX = 30
"""How many attempts from one address may be refused in a minute."""
ADDRESSES_MAX = 10_000
"""So many addresses are remembered; of more, the one that was refused longest ago is forgotten."""
_MINUTE = timedelta(minutes=1)


class Attempts:
    """Counts refused attempts by address; one minute begins with the first of them."""

    def __init__(self, refused_max: int = REFUSED_MAX, addresses_max: int = ADDRESSES_MAX) -> None:
        self._refused_max, self._addresses_max = refused_max, addresses_max
        self._by_address: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def refuse(self, address: str, now: datetime) -> int:
        """Count one more that is refused; returns for how many seconds it has to wait, nothing within limits.

        A clock that is set back begins another minute.
        """
        began, count = self._by_address.get(address, (now, 0))
        if not began <= now < began + _MINUTE:
            began, count = now, 0
        self._by_address[address] = began, count + 1
        self._by_address.move_to_end(address)
        if len(self._by_address) > self._addresses_max:
            self._by_address.popitem(last=False)
        if count < self._refused_max:
            return 0
        return max(1, -(-int((began + _MINUTE - now).total_seconds() * 1000) // 1000))
