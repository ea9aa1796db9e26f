"""Ids: 26 characters that sort by time (ULID), built from a time and random bytes given as arguments."""

from __future__ import annotations

from functools import lru_cache

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_TIME = range(40, -1, -10)
_ENTROPY = range(70, -1, -10)


def ulid(milliseconds: int, entropy: bytes) -> str:
    """Encode 48 bits of time and 80 bits of entropy in Crockford's base 32.

    >>> ulid(1_469_918_176_385, bytes(10))
    '01ARYZ6S410000000000000000'
    """
    assert len(entropy) == 10, "a ULID takes 80 bits of entropy"
    assert 0 <= milliseconds < 1 << 48, "a ULID takes 48 bits of time"
    return _time(milliseconds) + _written(int.from_bytes(entropy, "big"), _ENTROPY)


@lru_cache(maxsize=8)
def _time(milliseconds: int) -> str:
    """Write a time; ids that are made within a millisecond share theirs."""
    return _written(milliseconds, _TIME)


def _written(number: int, shifts: range) -> str:
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in shifts])
