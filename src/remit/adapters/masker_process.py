"""Masking in a process of its own: a long text takes a second, in which no thread of this one ran."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from remit.adapters.masking_frames import FRAME_BYTES_MAX, Done, Job, receive, send
from remit.kernel.errors import RemitError
from remit.record.captured import Spoken

TIMEOUT_S = 120.0
"""How long one call may take to be masked, and its detectors to be made; then another process is started."""

_DONE = msgspec.msgpack.Decoder(Done)


class ProcessMasker:
    """Masks calls one after the other, for one thread. The process is started once there is one."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def prepare(self, patterns: Mapping[str, str]) -> None:
        self._do(Job(dict(patterns)))

    def mask(self, said: Spoken, *, patterns: Mapping[str, str], told: Mapping[str, str]) -> bytes:
        return self._do(Job(dict(patterns), dict(told), said))

    def _do(self, job: Job) -> bytes:
        body = msgspec.msgpack.encode(job)
        if len(body) > FRAME_BYTES_MAX:
            raise _unmasked("it is too long")
        try:
            connection = self._connection or self._start()
            send(connection, body)
            answer = receive(connection)
        except OSError:
            answer = None
        if answer is None:
            self.close()
            raise _unmasked("the process that does it has ended, or takes too long")
        done = _DONE.decode(answer)
        if done.fault:
            raise _unmasked(f"the process that does it says `{done.fault}`")
        return done.body

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            # What it writes could hold words of a call.
            self._process = subprocess.Popen(  # noqa: S603 (this interpreter, and a module of ours)
                [sys.executable, "-m", "remit.adapters.masking_process", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        ours.settimeout(TIMEOUT_S)
        self._connection = ours
        return ours

    def close(self) -> None:
        """End the process, whatever it does."""
        connection, self._connection = self._connection, None
        process, self._process = self._process, None
        if connection is not None:
            connection.close()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()


def _unmasked(why: str) -> RemitError:
    return RemitError(
        f"a call cannot be masked, and is not kept: {why}",
        help="see that the gateway may start processes, and install Remit again",
        code="detectors-unavailable",
    )
