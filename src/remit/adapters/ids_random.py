"""Ids and secrets from the operating system's randomness."""

from __future__ import annotations

import os
import random
import secrets
import string
import threading
from datetime import datetime

from remit.kernel.ids import ulid

# Letters and digits alone are selected by a double click and need no quoting: 190 bits in 32 of them.
_ALPHABET = string.ascii_letters + string.digits

_BYTES = 10
_AHEAD = 32


class RandomIds:
    """Ids of one process rise in the order in which they were made, also within a millisecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)
        # The system is asked for many ids' worth at a time.
        self._random = b""

    def new(self, at: datetime) -> str:
        milliseconds = int(at.timestamp() * 1000)
        with self._lock:
            before, entropy = self._last
            if milliseconds > before:
                entropy = int.from_bytes(self._entropy(), "big") >> 1
            else:
                # The clock stood still or went back: the next id still follows the last one.
                milliseconds, entropy = before, entropy + 1
            self._last = milliseconds, entropy
        return ulid(milliseconds, entropy)

    def _entropy(self) -> bytes:
        if not self._random:
            self._random = os.urandom(_BYTES * _AHEAD)
        taken, self._random = self._random[:_BYTES], self._random[_BYTES:]
        return taken

    def secret(self) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(32))

    def draw(self) -> float:
        return random.random()  # noqa: S311 (it chooses a target or a wait, and guards nothing)
