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
from datetime import UTC, datetime
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


@dataclass(slots=True)
class Post:
    """What a worker process knows of its crew: its number, from 1, and how to speak with its parent.

    `parent` can be read when the parent has ended, however it did.
    """

    number: int
    parent: int
    _ready: int
    _word: int
    _alone: bool

    def ready(self) -> None:
        self._alone = True
        os.write(self._ready, b".")

    def says_why(self) -> bool:
        """Tell whether a worker that cannot go on is to say why; at the crew's start one does it for all."""
        if self._alone:
            return True
        # The end of another one must not keep this one from saying it.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with suppress(BlockingIOError):
            return bool(os.read(self._word, 1))
        return False


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
        self._words, self._give_word = os.pipe()
        for end in (self._woken, self._wake, self._readiness, self._words):
            os.set_blocking(end, False)
        os.write(self._give_word, b".")
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
            for number, how in self._reap():
                if self._served < len(self._members) and not self._stopping:
                    failed = True
                    self._stop(stopping)
                elif not self._stopping:
                    at = datetime.now(UTC)
                    _LOG.error("%s: worker %d %s", f"{at:%Y-%m-%d %H:%M:%S} UTC", number, how)
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
        for end in (self._parent, self._readiness, self._woken, self._wake, self._give_word):
            os.close(end)
        return Post(number, self._alive, self._ready, self._words, self._served >= len(self._members))

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

    def _reap(self) -> list[tuple[int, str]]:
        """List the workers that have ended and how, and set when each begins again."""
        ended = []
        for number, member in self._members.items():
            pid, status = os.waitpid(member.pid, os.WNOHANG) if member.pid else (0, 0)
            if pid:
                now = monotonic()
                how = described(status, pid=pid, ran_s=now - member.began, again_s=member.wait_s)
                if now - member.began >= WELL_S:
                    member.wait_s = 0.0
                member.pid, member.begins = 0, now + member.wait_s
                member.wait_s = min(AGAIN_MOST_S, max(AGAIN_S, 2 * member.wait_s))
                ended.append((number, how))
        return ended

    def _stop(self, stopping: Callable[[], None]) -> None:
        if not self._stopping:
            self._stopping = True
            stopping()
        for pid in self._pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def described(status: int, *, pid: int, ran_s: float, again_s: float) -> str:
    """Say how a process ended, after how long, and when it is started again.

    >>> described(9, pid=4711, ran_s=61.25, again_s=0.0)
    '(process 4711) was ended by SIGKILL after 61.2 s and is started again'
    >>> described(3 << 8, pid=4711, ran_s=0.5, again_s=0.4)
    '(process 4711) ended with exit code 3 after 0.5 s and is started again in 0.4 s'
    """
    code = os.waitstatus_to_exitcode(status)
    names = {each.value: each.name for each in signal.Signals}
    ended = (
        f"was ended by {names.get(-code, f'signal {-code}')}" if code < 0 else f"ended with exit code {code}"
    )
    again = f" in {again_s:.1f} s" if again_s else ""
    return f"(process {pid}) {ended} after {ran_s:.1f} s and is started again{again}"
