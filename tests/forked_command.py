"""Runs `remit` in processes that are forked from one which has loaded it: most of a second less for each.

Each is a process of its own all the same, with its own arguments, environment, directory and streams; it
runs the same `main` and ends as Python ends. What is not tried so is the loading, which costs most of a
command's time: the servers that `remit up` starts, and the commands at a terminal, are started from nothing.

`forked_command.py serve SOCKET` is that one process, and `forked_command.py run SOCKET ARGUMENT…` a command.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TextIO

LOADED_LATE = (
    "uvloop",
    "remit.gateway.serve",
    "remit.operations.worker",
    "remit.portal.serve",
    "remit.adapters.provider_openai",
    "remit.adapters.provider_anthropic",
    "remit.adapters.provider_gemini",
    "remit.adapters.provider_echo",
    "remit.adapters.identity_oidc",
)
"""Modules that `remit` loads when it needs them, and that make no threads."""

_FILES = resource.RLIMIT_NOFILE
_SIZE = struct.Struct("!I")
_ANSWER = struct.Struct("!i")


class Process:
    """A command that was started; what `subprocess.Popen` would be of it."""

    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.pid = pid
        self.stdout: TextIO | None = None
        self.returncode: int | None = None
        self._connection = connection

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("remit", timeout or 0)
        return code

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None and _is_readable(self._connection, timeout):
            [self.returncode] = _ANSWER.unpack(_read(self._connection, _ANSWER.size))
            self._connection.close()
        return self.returncode

    def send_signal(self, signal: int) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """Read the output to its end; the process is waited for first, so that must fit into a pipe."""
        assert self.stdout is not None
        self.wait(timeout)
        return self.stdout.read(), None


class Forks:
    """The process that commands are forked from, as those who start them see it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def command_line(self) -> tuple[str, ...]:
        """What stands before the arguments where a shell runs a command."""
        return (sys.executable, "-ISE", __file__, "run", os.fspath(self.path))

    def start(
        self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, streams: tuple[int, int, int]
    ) -> Process:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(os.fspath(self.path))
        asked = {"arguments": [*arguments], "environment": {**env}, "directory": os.fspath(cwd)}
        # What a child inherits from who starts it.
        data = json.dumps(asked | {"files": resource.getrlimit(_FILES)}).encode()
        socket.send_fds(connection, [_SIZE.pack(len(data))], streams)
        connection.sendall(data)
        [pid] = _ANSWER.unpack(_read(connection, _ANSWER.size))
        return Process(connection, pid)

    def popen(self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> Process:
        """Start a command; its output and errors are one pipe, `stdout`."""
        reading, writing = os.pipe()
        with open(os.devnull, "rb") as nothing:
            started = self.start(arguments, env=env, cwd=cwd, streams=(nothing.fileno(), writing, writing))
        os.close(writing)
        started.stdout = os.fdopen(reading, encoding="utf-8")
        return started

    def run(
        self, arguments: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with nothing to read."""
        with (
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            streams = (nothing.fileno(), out.fileno(), err.fileno())
            started = self.start(arguments, env=env, cwd=cwd, streams=streams)
            try:
                code = started.wait(timeout)
            finally:
                started.kill()
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(["remit", *arguments], code, *texts)


@contextmanager
def forks() -> Iterator[Forks]:
    """Keep a process that commands are forked from."""
    with tempfile.TemporaryDirectory(prefix="remit-") as directory:
        path = Path(directory) / "socket"
        # Threads of a library's own would not be there after a fork.
        process = subprocess.Popen(
            [sys.executable, __file__, "serve", path],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield Forks(path)
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait()


def serve(path: str) -> None:
    """Fork for whoever asks, until nobody is left to ask. Comes back in the process of each command."""
    assert len(os.listdir("/proc/self/task")) == 1, "a process with threads cannot be forked safely"
    # What is loaded stays; looking through it again in each process would copy all of it.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.write(1, b"ready\n")
        while True:
            if 0 in select.select([listener.fileno(), 0], [], [])[0]:
                os._exit(0)
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection:
        size, streams, _, _ = socket.recv_fds(connection, _SIZE.size, 3)
        asked = json.loads(_read(connection, _SIZE.unpack(size)[0]))
        pid = os.fork()
        if pid:
            # Nobody may be left to tell.
            with suppress(OSError):
                connection.sendall(_ANSWER.pack(pid))
                connection.sendall(_ANSWER.pack(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])))
            os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    resource.setrlimit(_FILES, asked["files"])
    sys.argv = ["remit", *asked["arguments"]]


def _read(connection: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = connection.recv(size - len(read))
        assert more, "the other side has ended"
        read += more
    return read


def load() -> Callable[[], None]:
    """Load all that a command may need, and return the command line."""
    main = import_module("remit.cli.main")
    for command in main.COMMANDS.values():
        import_module(f"remit.cli.{command.partition(':')[0]}")
    for name in LOADED_LATE:
        import_module(name)
    run: Callable[[], None] = main.main
    return run


def _is_readable(connection: socket.socket, timeout: float | None) -> bool:
    """Wait until something can be read, however many files a test has opened before this one."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1_000))


if __name__ == "__main__":
    verb, path, *arguments = sys.argv[1:]
    if verb == "serve":
        main = load()
        serve(path)
        main()
    else:
        process = Forks(Path(path)).start(arguments, env=os.environ, cwd=Path.cwd(), streams=(0, 1, 2))
        sys.exit(process.wait())
