"""A crew: worker processes that serve one address, and the process that starts them again when they die."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from remit.kernel.errors import RemitError

AGAIN_S = 0.1
AGAIN_MOST_S = 10.0
"""How long after the end of a worker the next one starts: twice as long each time, up to so much."""

STOP_AGAIN_S = 1.0

WELL_S = 60.0
"""After how long a worker that ends did not end from the start."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_LOG = logging.getLogger("remit.gateway")


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker process knows of its crew: its number, from 1, and how to speak with its parent.

    `parent` can be read when the parent has ended, however it did.
    """

    number: int
    parent: int
    _ready: int

    def ready(self) -> None:
        os.write(self._ready, b".")


@dataclass(slots=True)
class _Member:
    pid: int = 0
    began: float = 0.0
    begins: float = 0.0
    wait_s: float = 0.0


class Crew:
    """The parent's view of its workers. It opens nothing that a worker would inherit but the listeners."""

    def __init__(self, size: int) -> None:
        self._members = {number: _Member() for number in range(1, size + 1)}
        self._alive, self._parent = os.pipe()
        self._readiness, self._ready = os.pipe()
        self._woken, self._wake = os.pipe()
        for end in (self._woken, self._wake, self._readiness):
            os.set_blocking(end, False)
        self._served = 0
        self._stopping = False

    def run(self, ready: Callable[[], None], stopping: Callable[[], None]) -> Post | None:
        """Start all workers and wait for them to end; in each of their processes, return its post.

        `ready` is called when all serve, `stopping` when they are told to end. Raises RemitError if one ends
        before all of them serve.
        """
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for each in _SIGNALS:
            signal.signal(each, lambda *_: None)
        failed = False
        while self._members and not (self._stopping and not self._pids()):
            for number, member in self._members.items():
                if not member.pid and not self._stopping and monotonic() >= member.begins:
                    post = self._start(number, member)
                    if post is not None:
                        return post
            if self._wait() or self._stopping:
                self._stop(stopping)
            if self._hear():
                ready()
            for number in self._reap():
                if self._served < len(self._members) and not self._stopping:
                    failed = True
                    self._stop(stopping)
                elif not self._stopping:
                    _LOG.error("worker %d has ended and is started again", number)
        if failed:
            raise RemitError(
                "a worker of the gateway ended before it served",
                help="the lines above say why",
                code="server-not-started",
            )
        return None

    def _pids(self) -> list[int]:
        return [member.pid for member in self._members.values() if member.pid]

    def _start(self, number: int, member: _Member) -> Post | None:
        """Fork; returns the post in the worker's process, and None here."""
        sys.stdout.flush()
        sys.stderr.flush()
        member.began = monotonic()
        pid = os.fork()
        if pid:
            member.pid = pid
            return None
        signal.set_wakeup_fd(-1)
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        for end in (self._parent, self._readiness, self._woken, self._wake):
            os.close(end)
        return Post(number, self._alive, self._ready)

    def _wait(self) -> bool:
        """Sleep until a signal, a worker that is ready, or the next start; says if it is time to end."""
        due = [member.begins for member in self._members.values() if not member.pid]
        rest_s = max(0.0, min(due) - monotonic()) if due else None
        # One that is just being started may not have heard that it is to end.
        rest_s = STOP_AGAIN_S if self._stopping else rest_s
        select.select([self._woken, self._readiness], [], [], rest_s)
        with suppress(BlockingIOError):
            return bool({signal.SIGTERM, signal.SIGINT}.intersection(os.read(self._woken, 512)))
        return False

    def _hear(self) -> bool:
        """Count workers that serve for the first time; says when they are all."""
        before = self._served
        with suppress(BlockingIOError):
            self._served += len(os.read(self._readiness, 512))
        return before < len(self._members) <= self._served

    def _reap(self) -> list[int]:
        """List the workers that have ended, and set when each begins again."""
        ended = []
        for number, member in self._members.items():
            if member.pid and os.waitpid(member.pid, os.WNOHANG)[0]:
                now = monotonic()
                if now - member.began >= WELL_S:
                    member.wait_s = 0.0
                member.pid, member.begins = 0, now + member.wait_s
                member.wait_s = min(AGAIN_MOST_S, max(AGAIN_S, 2 * member.wait_s))
                ended.append(number)
        return ended

    def _stop(self, stopping: Callable[[], None]) -> None:
        if not self._stopping:
            self._stopping = True
            stopping()
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
