"""Kept: what pages show is computed once and shown to all, until the ledger has moved on.

A page never waits for what takes long: it shows what was last made, stamped with its time, while the next is
made beside it. After a decision it waits a moment, so that whoever decided sees what they did.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from remit.operations.system import CONTROL, System

FRESH = timedelta(seconds=5)
"""How long a value is shown before calls that came since are looked at."""
SHARE = 20
"""A value is made again after so many times as long as it took, so that making them stays a small part."""
PATIENCE_S = 0.4
"""How long a page waits for a value after a decision, before it shows the last one."""
FIRST_PATIENCE_S = 1.5
"""How long a page waits for what it never had, before it says that it is being made."""
VALUES_MAX = 256

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """A value as of a moment. `late` is that a decision has been taken since."""

    value: T
    as_of: datetime
    took: timedelta
    decided: int
    late: bool = False


class Kept:
    """Values by name, made by functions of the system's state alone."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._lock = threading.Lock()
        self._seen: OrderedDict[Hashable, Seen[Any]] = OrderedDict()
        self._making: dict[Hashable, Future[Seen[Any]]] = {}
        self._makers = ThreadPoolExecutor(2, thread_name_prefix="pages")

    def get(self, name: Hashable, make: Callable[[], T], *, patience_s: float = PATIENCE_S) -> Seen[T]:
        """Return the value of this name, made anew where it is not fresh; `make` may raise."""
        decided, now = self._system.journals.size(CONTROL), self._system.clock.now()
        with self._lock:
            seen = self._seen.get(name)
            if seen is not None:
                self._seen.move_to_end(name)
                if seen.decided == decided and now - seen.as_of < max(FRESH, seen.took * SHARE):
                    return seen
            coming = self._making.get(name)
            if coming is None:
                coming = self._making[name] = self._makers.submit(self._made, name, make)
        if seen is None:
            return coming.result()
        if seen.decided == decided:
            return seen
        try:
            return coming.result(patience_s)
        except TimeoutError:
            return Seen(seen.value, seen.as_of, seen.took, seen.decided, late=True)

    def soon(
        self, name: Hashable, make: Callable[[], T], *, patience_s: float = FIRST_PATIENCE_S
    ) -> Seen[T] | None:
        """Return the value of this name as `get` does, or None while it is made for the first time."""
        with self._lock:
            seen = self._seen.get(name)
            coming = self._making.get(name)
            if seen is None and coming is None:
                coming = self._making[name] = self._makers.submit(self._made, name, make)
        if seen is None and coming is not None:
            try:
                return coming.result(patience_s)
            except TimeoutError:
                return None
        return self.get(name, make)

    def _made(self, name: Hashable, make: Callable[[], Any]) -> Seen[Any]:
        clock = self._system.clock
        began = clock.now()
        decided = self._system.journals.size(CONTROL)
        try:
            value = make()
            seen = Seen(value, began, max(clock.now() - began, timedelta(0)), decided)
            with self._lock:
                self._seen[name] = seen
                self._seen.move_to_end(name)
                while len(self._seen) > VALUES_MAX:
                    self._seen.popitem(last=False)
            return seen
        finally:
            with self._lock:
                self._making.pop(name, None)

    def close(self) -> None:
        self._makers.shutdown(wait=False, cancel_futures=True)
