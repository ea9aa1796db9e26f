"""Bootstrap: from settings to a system and its server; the only module that knows every adapter."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from remit import __version__
from remit.adapters.clock_system import SystemClock
from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.adapters.ids_random import RandomIds
from remit.adapters.journal_file import FileJournals
from remit.adapters.provider_echo import EchoProvider
from remit.adapters.provider_local import LocalProvider
from remit.adapters.provider_openai import OpenAIProvider
from remit.adapters.store_sqlite import SqliteStore
from remit.declare.block import Provider as DeclaredProvider
from remit.gateway import app as gateway
from remit.kernel.errors import RemitError
from remit.operations.follow_ledger import follow_ledger
from remit.operations.system import GATEWAY, System
from remit.operations.worker import Worker
from remit.portal import app as portal
from remit.ports import Provider
from remit.settings import Settings

DRAIN_S = 10
BACKLOG = 1024


def _pepper(home: Path) -> bytes:
    """Read the key of all credential hashes, or make it on first use."""
    path = home / "pepper"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, os.urandom(32))
        pepper = path.read_bytes()
    except OSError as error:
        raise RemitError(
            f"the data directory `{home}` cannot be used ({errno.errorcode.get(error.errno or 0, 'error')})",
            help="make it writable, or set REMIT_HOME to a directory that is",
            code="store-unavailable",
        ) from error
    if len(pepper) != 32:
        raise RemitError(
            f"`{path}` is not whole, so no key can be checked",
            help="restore it from a copy; without it, every key must be issued again",
            code="store-unavailable",
        )
    return pepper


def _write_once(path: Path, secret: bytes) -> None:
    """Write a file for its owner alone; whoever looks sees all of it or none, and the first one stands."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)


@contextmanager
def open_system(settings: Settings) -> Iterator[System]:
    """Put the system together for one command or one server."""
    pepper = _pepper(settings.home)
    store = SqliteStore(settings.home / "store.sqlite")
    clock, ids = SystemClock(), RandomIds()
    local: list[LocalProvider] = []

    def make_provider(name: str, declared: DeclaredProvider) -> Provider:
        if declared.technology == "echo":
            return EchoProvider()
        if declared.technology == "openai":
            assert declared.base_url is not None, "checked when it was declared"
            return OpenAIProvider(declared.base_url, settings.credential(name))
        if not local:
            local.append(LocalProvider(settings.local_model, threads=settings.local_threads))
            local[0].start()
        return local[0]

    try:
        yield System(
            clock=clock,
            ids=ids,
            store=store,
            journals=FileJournals(settings.home / "journal", clock=clock, ids=ids),
            make_provider=make_provider,
            embedding=WordllamaEmbedding(),
            pepper=pepper,
        )
    finally:
        store.close()


class Running(msgspec.Struct, frozen=True):
    """What a server says of itself in the data directory, for the commands that look for it."""

    pid: int
    address: str
    version: str


def running_file(settings: Settings) -> Path:
    return settings.home / "server.json"


def bind(settings: Settings) -> socket.socket:
    """Take the address, before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        listener.close()
        name = errno.errorcode.get(error.errno or 0, "error")
        raise RemitError(
            f"address {settings.host}:{settings.port} cannot be bound ({name})",
            help="stop what uses it, or set REMIT_LISTEN to another address, such as `127.0.0.1:8788`",
            code="address-in-use",
        ) from error
    return listener


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Run the server until it is told to stop; calls under way get some seconds to end.

    `say` hears the address as soon as callers can connect to it.
    """
    with (
        open_system(settings) as system,
        system.journals.exclusive(GATEWAY, wait_s=0) as journal,
        bind(settings) as listener,
    ):
        worker = Worker(system, journal)
        port = listener.getsockname()[1]
        said = Running(os.getpid(), f"http://{settings.host}:{port}", __version__)
        path = running_file(settings)
        path.write_bytes(msgspec.json.encode(said))
        try:
            uvicorn_loop = uvicorn.Config("", loop="uvloop").get_loop_factory()
            with asyncio.Runner(loop_factory=uvicorn_loop) as runner:
                runner.run(_serve(system, worker, listener, lambda: say(f"listening on {said.address}")))
        finally:
            path.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """A server that ends when told to, instead of passing the signal on: that would end the process before
    the last calls are settled."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    def heed(self, signals: tuple[signal.Signals, ...]) -> None:
        loop = asyncio.get_running_loop()
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)


async def _serve(system: System, worker: Worker, listener: socket.socket, ready: Callable[[], None]) -> None:
    config = uvicorn.Config(
        make_app(system, worker),
        http="httptools",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = _Server(config)
    worker.warm()
    listener.listen(BACKLOG)
    stop = asyncio.Event()
    follower = asyncio.create_task(follow_ledger(worker, stop))
    # Without it nobody would learn of a revoked key: if a fault of ours ends it, the server ends too.
    follower.add_done_callback(lambda _: server.handle_exit(signal.SIGTERM, None))
    server.heed((signal.SIGTERM, signal.SIGINT))
    ready()
    try:
        await server.serve(sockets=[listener])
    finally:
        stop.set()
        try:
            await follower
        finally:
            await worker.close()


def make_app(system: System, worker: Worker) -> Starlette:
    """Put the doors of one server together."""

    async def health(request: Request) -> JSONResponse:
        fault = worker.fault
        body = {"status": "failing" if fault else "ok", "version": __version__}
        if fault:
            body |= {"code": fault.code, "summary": fault.summary, "help": fault.help}
        return JSONResponse(body, 503 if fault else 200)

    routes = [Route("/healthz", health), *gateway.routes(worker), *portal.routes(system)]
    return Starlette(routes=routes, exception_handlers=portal.exception_handlers)
