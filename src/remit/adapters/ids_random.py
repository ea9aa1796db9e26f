"""Ids and secrets from the operating system's randomness."""

from __future__ import annotations

import os
import secrets
import string
from datetime import datetime

from remit.kernel.ids import ulid

# Letters and digits alone are selected by a double click and need no quoting: 190 bits in 32 of them.
_ALPHABET = string.ascii_letters + string.digits


class RandomIds:
    def new(self, at: datetime) -> str:
        return ulid(int(at.timestamp() * 1000), os.urandom(10))

    def secret(self) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(32))
