"""Serving: processes and sockets around the gateway and the portal, from their start to their end.

What a server needs is loaded by the process that runs it, and by no command.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import msgspec

from remit import __version__
from remit.adapters.journal_file import lock
from remit.adapters.startup_code import require_known
from remit.bootstrap import followers_of, open_agents, open_effects, open_system, open_tools
from remit.declare.block import ToolBlock
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import DirectoryInUse, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import AGENTS, GATEWAY, TOOLGATE, System, journal_of
from remit.settings import Address, Part, Settings


class Running(msgspec.Struct, frozen=True):
    """What a server says of itself in the data directory, for the commands that look for it."""

    pid: int
    address: str
    version: str


def running_file(settings: Settings, part: Part) -> Path:
    return settings.home / f"{part}.json"


def bind(address: Address, *, shared: bool = False) -> socket.socket:
    """Take the address, before anything else is started; `shared` lets other sockets of ours take it too."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((address.host.strip("[]"), address.port))
    except OSError as error:
        listener.close()
        name = errno.errorcode.get(error.errno or 0, "error")
        raise RemitError(
            f"address {address} cannot be bound ({name})",
            help=f"stop what uses it, or set {address.setting} to another, such as `127.0.0.1:8790`",
            code="address-in-use",
        ) from error
    return listener


Serving = Callable[[socket.socket, Callable[[], None], asyncio.Event], Awaitable[None]]
"""Serves on a listener, says when it is ready, and ends when the event is set."""


def serve(settings: Settings, part: Part, say: Callable[[str], None], *, workers: int = 1) -> None:
    """Run one server until it is told to stop; what is under way gets some seconds to end.

    The gateway and the portal are processes of their own and listen apart: whatever pages cost, and whoever
    reaches them, calls do not feel it. `say` hears the address as soon as callers can connect to it.
    """
    require_known(settings.startup_code)
    if part == "gateway" and workers > 1:
        _serve_crew(settings, say, workers)
        return
    if part == "agents":
        _serve_agents(settings, say)
        return
    if part == "toolgate":
        _serve_toolgate(settings, say)
        return
    with open_system(settings) as system, bind(settings.address(part)) as listener:
        if part == "portal":
            from remit.adapters.charts_vegalite import bundle
            from remit.operations.read_tools import find_waiting
            from remit.portal.serve import serve_portal

            with _said(settings, part, listener) as said, open_effects(settings) as effects:
                followers, token = followers_of(settings, system), settings.metrics_token
                proxies = settings.trusted_proxies
                gateway = partial(_address_of, settings, "gateway")
                serving = partial(
                    serve_portal,
                    system,
                    followers,
                    gateway=gateway,
                    toolgate=partial(_address_of, settings, "toolgate"),
                    waiting=partial(find_waiting, effects),
                    script=partial(bundle, settings.home / f"charts-{__version__}.js"),
                    metrics_token=token,
                    proxies=proxies,
                )
                _run(listener, serving, lambda: say(f"listening on {said.address}"))
            return
        from remit.gateway.serve import serve_gateway
        from remit.operations.worker import Worker

        with (
            _gateways(settings),
            system.journals.exclusive(GATEWAY, wait_s=0) as journal,
            _said(settings, part, listener) as said,
        ):
            worker = Worker(system, journal, shares=_shares(system))
            serving = partial(serve_gateway, worker, settings.trusted_proxies)
            _run(listener, serving, lambda: say(f"listening on {said.address}"))


def _shares(system: System) -> bool:
    """Say whether agents or tools draw from the same budgets, or may: what is left is then leased."""
    fold_ledger(system)
    if {AGENTS, TOOLGATE} & set(system.leases.holders()):
        return True
    if system.store.applied() is None:
        return False
    model = model_in_force(system)[1]
    return bool(model.agents) or has_servers(model)


def has_servers(model: OperatingModel) -> bool:
    """Say whether a tool is declared that can be asked for."""
    return any(isinstance(each, ToolBlock) and each.server for each in model.blocks.values())


def _serve_agents(settings: Settings, say: Callable[[str], None]) -> None:
    """Work on the runs of agents. There is one such process: its journal is its lease on all of them."""
    from remit.agentgate.serve import serve_agents
    from remit.operations.worker import Worker

    with (
        open_system(settings) as system,
        bind(settings.address("agents")) as listener,
        system.journals.exclusive(AGENTS, wait_s=0) as journal,
        _said(settings, "agents", listener) as said,
        open_effects(settings) as effects,
    ):
        _require_shared(settings, system)
        worker = Worker(system, journal, name=AGENTS, shares=True)
        with open_agents(settings, worker, effects) as agents:
            serving = partial(serve_agents, agents, settings.trusted_proxies)
            _run(listener, serving, lambda: say(f"listening on {said.address}"))


def _serve_toolgate(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve tools over MCP, in one process: it keeps each caller's conversations with their servers."""
    from remit.operations.read_autonomy import Autonomies
    from remit.operations.tool_gate import ToolGate
    from remit.operations.tools_knowledge import OwnTools
    from remit.operations.worker import Worker
    from remit.toolgate.serve import serve_tools

    with (
        open_system(settings) as system,
        bind(settings.address("toolgate")) as listener,
        system.journals.exclusive(TOOLGATE, wait_s=0) as journal,
        _said(settings, "toolgate", listener) as said,
        open_effects(settings) as effects,
    ):
        _require_shared(settings, system)
        worker = Worker(system, journal, name=TOOLGATE, shares=True)
        sources = OwnTools(worker, open_tools(settings))
        gate = ToolGate(worker, sources, effects, levels=Autonomies(system).level)
        serving = partial(serve_tools, gate, settings.trusted_proxies)
        _run(listener, serving, lambda: say(f"listening on {said.address}"))


def _require_shared(settings: Settings, system: System) -> None:
    """See that a gateway that runs does not take all that is left of the budgets for its own."""
    if _address_of(settings, "gateway") and GATEWAY not in system.leases.holders():
        try:
            with system.journals.exclusive(GATEWAY, wait_s=0):
                return
        except DirectoryInUse:
            raise RemitError(
                "the gateway was started before there were agents or tools, and has all budgets for its own",
                help="restart it: `remit down`, then `remit up`",
                code="gateway-works-alone",
            ) from None


def _address_of(settings: Settings, part: Part) -> str:
    """Say where a server of this data directory said that it listens; nothing where none runs."""
    try:
        return msgspec.json.decode(running_file(settings, part).read_bytes(), type=Running).address
    except (FileNotFoundError, msgspec.DecodeError):
        return ""


def _serve_crew(settings: Settings, say: Callable[[str], None], workers: int) -> None:
    """Run several workers of the gateway, each a process with a journal of its own.

    Linux spreads connections evenly over sockets that listen on one address; from a single one, whoever wakes
    first takes all that wait. Elsewhere the last of several sockets would get every connection.
    """
    from remit.gateway.crew import Crew
    from remit.gateway.serve import serve_gateway
    from remit.operations.worker import Worker

    address = settings.address("gateway")
    # Sockets that share an address would let another server of ours in, so it is tried alone first.
    bind(address).close()
    with ExitStack() as stack:
        stack.enter_context(_gateways(settings))
        listener = stack.enter_context(bind(address, shared=True))
        said = stack.enter_context(_said(settings, "gateway", listener))
        crew = Crew(workers)
        post = crew.run(lambda: say(f"listening on {said.address}"), listener.close)
        if post is None:
            return
        if sys.platform == "linux":
            taken = Address(address.host, listener.getsockname()[1], address.setting)
            listener = stack.enter_context(bind(taken, shared=True))
        name = journal_of(post.number)
        try:
            with open_system(settings) as system, system.journals.exclusive(name) as journal:
                worker = Worker(system, journal, name=name, shares=True)
                serving = partial(serve_gateway, worker, settings.trusted_proxies)
                _run(listener, serving, post.ready, parent=post.parent)
        except RemitError:
            if post.says_why():
                raise
            sys.exit(1)


@contextmanager
def _gateways(settings: Settings) -> Iterator[None]:
    """Be the only gateway on the data directory, workers included: they inherit the lock."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(settings.home / "gateway.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(descriptor, wait_s=0, what=f"journal `{GATEWAY}`")
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _said(settings: Settings, part: Part, listener: socket.socket) -> Iterator[Running]:
    """Say in the data directory where the server is, until this process has ended it."""
    host, port = settings.address(part).host, listener.getsockname()[1]
    said = Running(os.getpid(), f"http://{host}:{port}", __version__)
    path = running_file(settings, part)
    path.write_bytes(msgspec.json.encode(said))
    try:
        yield said
    finally:
        # A worker that was forked meanwhile leaves it to its parent.
        if os.getpid() == said.pid:
            path.unlink(missing_ok=True)


def _run(
    listener: socket.socket, serving: Serving, ready: Callable[[], None], *, parent: int | None = None
) -> None:
    """Serve until a signal, or until the parent has gone."""
    import uvloop

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        if parent is not None:

            def orphaned() -> None:
                loop.remove_reader(parent)
                stop.set()

            loop.add_reader(parent, orphaned)
        await serving(listener, ready, stop)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())
