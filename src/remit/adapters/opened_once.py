"""Opened once: what is opened when it is first asked for, is the same for all who ask, and is closed once."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    def close(self) -> None: ...


_T = TypeVar("_T", bound=Closable)


class OpenedOnce(Generic[_T]):
    """Whoever calls it gets the one that is open."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make = make
        self._made: _T | None = None
        self._lock = Lock()

    def __call__(self) -> _T:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()
                self._made = None
