"""Commands on the server: up, down, serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.context import (
    PROBLEMS,
    note,
    render_diagnostics,
    say,
)
from remit.cli.directory import load_directory
from remit.cli.knowledge_files import add_beside
from remit.cli.past import call_first, last_day, play_first, read_first
from remit.declare.history import studies_text
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.sign_in import SIGN_IN_HOURS, sign_in_token
from remit.operations.system import System
from remit.serving import Running, has_servers, running_file, serve
from remit.settings import LISTEN, WORKERS_MAX, Part, Settings

START_S = 60.0
STOP_S = 20.0
OWN_LISTEN = "127.0.0.1:0"
"""Where a gateway listens that only one command calls: at any port that is free, for this machine alone."""


@click.command(name="serve")
@click.argument("part", type=click.Choice(list(LISTEN)))
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS_MAX),
    help="How many processes serve calls; REMIT_WORKERS if it is left out.",
)
@click.pass_obj
def serve_here(settings: Settings, part: Part, workers: int | None) -> None:
    """Run one server in this terminal until it is told to stop.

    The gateway serves calls. The portal serves pages, and keeps the store up to the ledger. The agents work
    in the third, which begins runs and goes on with those that were begun before. The tool gate serves tools
    over MCP to agents of others. Several workers of the gateway share its address, and all budgets and
    rates; one that ends by a fault is started again.
    """
    if part != "gateway" and workers is not None:
        raise click.UsageError("only the gateway has workers", click.get_current_context())
    serve(settings, part, say, workers=settings.workers if workers is None else workers)


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--use-case", default="", help="The use case that the first key belongs to.")
@click.option(
    "--history",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A simulated past to play first, if the ledger is empty.",
)
@click.pass_obj
def up(settings: Settings, directory: Path, use_case: str, history: Path | None) -> None:
    """Apply DIRECTORY, start the servers in the background, and print how to use them.

    The printed key belongs to the use case that is named, or to the first that may call a model. A simulated
    past asks no model, and everything in it is labelled simulated; a ledger that has begun is left as it is.
    """
    began = time.monotonic()
    past = read_first(history) if history is not None else None
    more = {str(history): studies_text(past, last_day(settings, past))} if past is not None else {}
    loaded = load_directory(directory, more)
    if loaded.operating_model is None:
        say(render_diagnostics(loaded.diagnostics, everything=False))
        sys.exit(PROBLEMS)
    played = False
    if past is not None and history is not None:
        played = play_first(settings, loaded.operating_model, past, path=history)
    with open_system(settings) as system:
        chosen = _first_use_case(system, loaded.operating_model, use_case)
        applied = apply_model(system, loaded.operating_model, author=settings.author, reason="remit up")
        note(f"operating model version {applied.version} is in force ({directory})")
        knowledge = add_beside(system, loaded.operating_model, directory, author=settings.author)
        if changed := sum(each.change != "unchanged" for each in knowledge):
            note(f"{changed} of {len(knowledge)} documents of knowledge bases are new or changed")
        secret = _first_key(settings, system, chosen.use_case)
        token = sign_in_token(system, settings.author)
    gateway, portal = (
        find_running(settings, part) or start(settings, part)[0] for part in ("gateway", "portal")
    )
    if loaded.operating_model.agents:
        agents = find_running(settings, "agents") or start(settings, "agents")[0]
        note(f"agents are run at {agents.address}")
    tools = None
    if has_servers(loaded.operating_model):
        tools = find_running(settings, "toolgate") or start(settings, "toolgate")[0]
        note(f"tools are served over MCP at {tools.address}/mcp")
    if played and settings.local_model.exists():
        call_first(gateway.address, secret, model_of(chosen))
    say(_welcome(settings, gateway, portal, token, secret, chosen))
    if tools is not None and chosen.tools:
        say(TOOLS_WELCOME.format(address=tools.address, secret=secret))
    note(f"up in {time.monotonic() - began:.1f} s; `remit down` stops it")


@click.command()
@click.pass_obj
def down(settings: Settings) -> None:
    """Stop the servers that work on this data directory."""
    running = {part: said for part in LISTEN if (said := find_running(settings, part)) is not None}
    if not running:
        note("no server is running on this data directory")
        return
    for said in running.values():
        os.kill(said.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_S
    # A server takes its file away when its last call is settled, after it has stopped to answer.
    for part, said in running.items():
        while running_file(settings, part).exists() and _alive(said.pid):
            if time.monotonic() > deadline:
                raise RemitError(
                    f"the {part} (process {said.pid}) has not ended after {STOP_S:.0f} s",
                    help="calls may still be running; try again, or end the process",
                    code="server-not-stopped",
                )
            time.sleep(0.05)
    note("the servers have stopped; every call is settled")


def find_running(settings: Settings, part: Part) -> Running | None:
    """Return what a running server said of itself, or None if none runs any more."""
    try:
        said = msgspec.json.decode(running_file(settings, part).read_bytes(), type=Running)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return said if _alive(said.pid) and _answers(said.address) else None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _answers(address: str) -> bool:
    """Say whether a server answers at an address, be it that it fails."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 (our own address)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def start(settings: Settings, part: Part, *, listen: str = "") -> tuple[Running, subprocess.Popen[bytes]]:
    """Start a server in a session of its own, at an address if one is named, and wait until it answers."""
    log = settings.home / f"{part}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603 (our own program, without a shell)
            [sys.executable, "-m", "remit", "serve", part],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
            env={**os.environ, LISTEN[part]: listen} if listen else None,
        )
    note(f"starting the {part} (log: {log})")
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if (running := find_running(settings, part)) is not None:
            return running, process
        if process.poll() is not None:
            lines = log.read_text("utf-8", "replace").splitlines()
            note("\n".join(lines[-6:]))
            raise RemitError(
                f"the {part} ended before it answered",
                help=f"the lines above, from {log}, say why",
                code="server-not-started",
            )
        time.sleep(0.05)
    raise RemitError(
        f"the {part} has not answered within {START_S:.0f} s",
        help=f"see {log}",
        code="server-not-started",
    )


@contextmanager
def a_gateway(settings: Settings) -> Iterator[str]:
    """Give the address of the gateway that runs, or of one on this machine that runs until the block is left.

    That is a process of its own, so that what its calls took is measured apart from what is done here.
    """
    if (running := find_running(settings, "gateway")) is not None:
        yield running.address
        return
    started, process = start(settings, "gateway", listen=OWN_LISTEN)
    try:
        yield started.address
    finally:
        process.terminate()
        process.wait(STOP_S)


def _first_use_case(system: System, model: OperatingModel, wanted: str) -> Remit:
    """Find the use case that the printed lines call a model for, before anything is applied."""
    fold_ledger(system)
    stages = system.store.stages(system.clock.now())
    for name, case in model.use_cases.items():
        stage = stages[name].stage if name in stages else case.adoption.stage if case.adoption else "envision"
        remit = resolve(model, name, stage)
        if wanted in ("", name) and remit.calls and remit.models and remit.spend is not None:
            return remit
    if wanted in model.use_cases or not wanted:
        raise RemitError(
            f"{f'use case `{wanted}` may not' if wanted else 'no use case may'} call a model now",
            help="`remit explain USE_CASE` shows what is missing; nothing was applied",
            code="stage-allows-no-calls",
        )
    raise NotFound(
        f"no use case `{wanted[:80]}` is declared",
        help=did_you_mean(wanted, model.use_cases, otherwise="name one that is; nothing was applied"),
        code="undeclared-use-case",
    )


def _first_key(settings: Settings, system: System, use_case: str) -> str:
    """Issue the key of the printed examples once, and keep it beside the data for its owner alone."""
    path = settings.home / "first-key"
    fold_ledger(system)
    if path.exists():
        secret = path.read_text().strip()
        key = system.store.keys().get(system.hash_secret(secret))
        if key is not None and key.use_case == use_case and not key.revoked:
            return secret
    issued = issue_key(system, use_case, author=settings.author)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(issued.secret + "\n")
    return issued.secret


def _welcome(
    settings: Settings, gateway: Running, portal: Running, token: str, secret: str, remit: Remit
) -> str:
    return WELCOME.format(
        address=gateway.address,
        pages=portal.address,
        token=token,
        hours=SIGN_IN_HOURS,
        secret=secret,
        use_case=remit.use_case,
        model=model_of(remit),
        file=settings.home / "first-key",
        python=os.path.relpath(sys.executable),
    )


def model_of(remit: Remit) -> str:
    return min(remit.models or ()).partition("/")[2]


# Every line below is meant to be copied, so none is wrapped.
WELCOME = """
pages                {pages}/
administrator token  {token}   (signs in once, within {hours} hours)
API key              {secret}   (use case {use_case}; kept in {file})

curl {address}/v1/chat/completions -H 'Authorization: Bearer {secret}' \\
  -d '{{"model": "{model}", "max_tokens": 80, "messages": [{{"role": "user", "content": "Name three signs of hail damage."}}]}}'

{python} - <<'END'
from openai import OpenAI
client = OpenAI(base_url="{address}/v1", api_key="{secret}")
question = {{"role": "user", "content": "Name three signs of hail damage."}}
stream = client.chat.completions.create(model="{model}", max_tokens=80, stream=True, messages=[question])
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="", flush=True)
END
"""  # noqa: E501 (lines to copy)

TOOLS_WELCOME = """\
run=$(curl -s {address}/runs -H 'Authorization: Bearer {secret}' -d '{{"asked": "Look up a claim."}}' | cut -d'"' -f4)
curl {address}/mcp -H 'Authorization: Bearer {secret}' -H "x-remit-run: $run" \\
  -d '{{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}}'
"""  # noqa: E501 (lines to copy)
