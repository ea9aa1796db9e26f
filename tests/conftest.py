"""What flows through a door share: a real server on a real directory, and the clients of its users."""

from __future__ import annotations

import json
import os
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from forked_command import Forks, Process, forks
from remit.bootstrap import open_system
from remit.cli.directory import load_directory
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.read_overview import read_overview
from remit.operations.sign_in import sign_in_token
from remit.operations.system import System
from remit.operations.verify_ledger import verify_ledger
from remit.record.projection import EntryFilter
from remit.settings import read_settings

BASE = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: any
    data_class_max: confidential
    spend: [{limit: 100.00 EUR, per: month}]
units:
  desk: {name: Desk, lead: desk-lead@example.com}
providers:
  echo: {technology: echo}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
stages:
  experiment:
    description: A pilot.
    remit: {calls: true}
"""

CASE = """
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try the path of a call.
    adoption: {stage: experiment, basis: It runs in this test.}
"""


@dataclass
class Server:
    """A running server process, and how to reach and end it."""

    process: Process
    address: str
    clients: list[OpenAI] = field(default_factory=list)

    def kill(self) -> None:
        """End it as a crash would, in the middle of whatever it does."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0

    def client(self, key: str) -> OpenAI:
        made = OpenAI(base_url=f"{self.address}/v1", api_key=key, max_retries=0)
        self.clients.append(made)
        return made

    def clean_up(self) -> None:
        """Close what is open, and end the process if a test has not."""
        for client in self.clients:
            client.close()
        if self.process.poll() is None:
            self.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()


@dataclass
class House:
    """A data directory and the commands that work on it."""

    root: Path
    forks: Forks | None = None
    servers: list[Server] = field(default_factory=list)
    base: str = BASE
    case: str = CASE

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
        return kept | {
            "REMIT_HOME": str(self.home),
            "REMIT_LISTEN": "127.0.0.1:0",
            "REMIT_PORTAL_LISTEN": "127.0.0.1:0",
            "REMIT_TOOLGATE_LISTEN": "127.0.0.1:0",
            "REMIT_AGENTS_LISTEN": "127.0.0.1:0",
            "REMIT_LOCAL_THREADS": "1",
        }

    def declare(self, *texts: str) -> Path:
        """Write an operating model: the base, and what a test adds."""
        directory = self.root / "declared"
        directory.mkdir(exist_ok=True)
        for number, text in enumerate(texts or (BASE, CASE)):
            (directory / f"{number}.yaml").write_text(textwrap.dedent(text), "utf-8")
        return directory

    def run(self, *arguments: str, code: int = 0, **more: str) -> str:
        """Run a command to its end; returns what it wrote to standard output."""
        done = self.try_run(*arguments, **more)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def try_run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        assert self.forks is not None
        return self.forks.run(arguments, env=self.environment | more, cwd=self.root, timeout=60)

    def apply(self, *texts: str) -> None:
        with self.system() as system:
            loaded = load_directory(self.declare(*texts))
            assert loaded.operating_model is not None, loaded.diagnostics
            apply_model(system, loaded.operating_model, author="tester@example.com", reason="a test")

    def key(self, use_case: str = "pilot", *, expires: datetime | None = None, agent: str = "") -> str:
        with self.system() as system:
            issued = issue_key(system, use_case, author="tester@example.com", expires=expires, agent=agent)
            return issued.secret

    def token(self, person: str = "administrator") -> str:
        """Make a token that signs a person in once."""
        with self.system() as system:
            return sign_in_token(system, person)

    def serve(self, part: str = "gateway", **more: str) -> Server:
        """Start a server and wait until it says that it listens."""
        assert self.forks is not None
        process = self.forks.popen(["serve", part], env=self.environment | more, cwd=self.root)
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said.startswith("listening on "):
            rest, _ = process.communicate(timeout=30)
            raise AssertionError(said + rest)
        server = Server(process, said.removeprefix("listening on ").strip())
        self.servers.append(server)
        return server

    def system(self) -> AbstractContextManager[System]:
        """Open the same directory in this process; reading so is quicker than a command."""
        return open_system(read_settings(self.environment))

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        """Return entries from the oldest to the newest."""
        with self.system() as system:
            fold_ledger(system)
            rows = system.store.entries(EntryFilter(kind=kind), limit=1000)
        return [json.loads(row.body) for row in reversed(rows)]

    def posted(self) -> dict[str, Decimal]:
        """Return what is posted in each budget of the present windows, by the pool it draws from."""
        with self.system() as system:
            fold_ledger(system)
            return {use.pool: use.posted.amount for use in read_overview(system).budgets}

    def verify(self) -> tuple[str, ...]:
        """Return what is wrong with the ledger."""
        with self.system() as system:
            return verify_ledger(system).faults


@pytest.fixture(scope="session")
def commands() -> Iterator[Forks]:
    """What every command and server of this session is forked from."""
    with forks() as made:
        yield made


@contextmanager
def living_in(root: Path, commands: Forks) -> Iterator[House]:
    made = House(root, commands)
    try:
        yield made
    finally:
        for server in made.servers:
            server.clean_up()


@pytest.fixture
def house(tmp_path: Path, commands: Forks) -> Iterator[House]:
    with living_in(tmp_path, commands) as made:
        yield made


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[House]:
    """One house for all tests of a module that do not disturb each other."""
    with living_in(tmp_path_factory.mktemp("house"), commands) as made:
        yield made


@pytest.fixture
def pilot(house: House) -> Callable[[], OpenAI]:
    """Apply the base model, serve it, and give out clients of its one use case."""
    house.apply()
    server = house.serve()
    key = house.key()
    return lambda: server.client(key)
