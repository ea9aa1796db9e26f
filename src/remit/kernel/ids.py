"""Ids: 26 characters that sort by time (ULID), built from a time and random bytes given as arguments."""

from __future__ import annotations

from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_PATTERN = r"[0-9A-HJKMNP-TV-Z]{26}"
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_FORTY = (1 << 40) - 1


def ulid(milliseconds: int, entropy: int) -> str:
    """Encode 48 bits of time and 80 bits of entropy in Crockford's base 32.

    >>> ulid(1_469_918_176_385, 0)
    '01ARYZ6S410000000000000000'
    """
    assert 0 <= entropy < 1 << 80, "a ULID takes 80 bits of entropy"
    assert 0 <= milliseconds < 1 << 48, "a ULID takes 48 bits of time"
    return _time(milliseconds) + _forty(entropy >> 40) + _forty(entropy & _FORTY)


@lru_cache(maxsize=8)
def _time(milliseconds: int) -> str:
    """Write a time; ids that are made within a millisecond share theirs."""
    return _PAIRS[milliseconds >> 40] + _forty(milliseconds & _FORTY)


def _forty(bits: int) -> str:
    """Write 40 bits in 8 characters."""
    return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
