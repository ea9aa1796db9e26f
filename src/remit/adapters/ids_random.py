"""Ids and secrets from the operating system's randomness."""

from __future__ import annotations

import os
import secrets
from datetime import datetime

from remit.kernel.ids import ulid


class RandomIds:
    def new(self, at: datetime) -> str:
        return ulid(int(at.timestamp() * 1000), os.urandom(10))

    def secret(self) -> str:
        return secrets.token_urlsafe(24)
