"""A house whose pilot is under a study, with a clock to set and a gateway in this process."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from conftest import BASE, House
from gated_house import SetClock
from http_pipe import Client
from remit.cli.directory import load_directory
from remit.gateway.app import Gateway, reject
from remit.gateway.http import Server
from remit.operations.apply_model import Applied, apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import issue_key
from remit.operations.system import CONTROL, GATEWAY, System
from remit.operations.worker import Worker
from remit.record.outcome_entry import Outcome

BEFORE = datetime(2026, 2, 20, 9, tzinfo=UTC)
DURING = datetime(2026, 3, 2, 9, tzinfo=UTC)
AFTER = datetime(2026, 4, 1, 9, tzinfo=UTC)

CASE = """
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try a study.
    adoption: {stage: experiment, basis: It runs in this test.}
    outcomes:
      minutes: {name: Minutes per claim, unit: minute, direction: down, baseline: 40, target: 30}
"""

STUDY = """
studies:
  pilot-minutes:
    use_case: pilot
    metric: minutes
    hypothesis: A claim takes ten minutes less.
    estimator: experiment
    starts: 2026-03-01
    ends: 2026-03-28
    smallest_effect: -2
    clusters: 200
    assignment: {treated: 0.5}
"""


@dataclass
class Studied:
    """A system at a time that was set, and what is done with it."""

    house: House
    system: System
    clock: SetClock

    def apply(self, *texts: str) -> Applied:
        loaded = load_directory(self.house.declare(BASE, *texts))
        assert loaded.operating_model is not None, loaded.diagnostics
        return apply_model(self.system, loaded.operating_model, author="tester@example.com", reason="a test")

    def measure(self, values: Mapping[str, float], **more: Any) -> None:
        """Record an outcome of each reference."""
        with self.system.journals.exclusive(CONTROL) as journal:
            journal.append(
                [
                    Outcome(
                        id=self.system.ids.new(self.clock.at),
                        at=self.clock.at,
                        use_case="pilot",
                        metric="minutes",
                        value=Decimal(str(round(value, 3))),
                        happened=DURING + timedelta(days=1),
                        source="test",
                        key=reference,
                        reference=reference,
                        author="tester@example.com",
                        **more,
                    )
                    for reference, value in values.items()
                ]
            )
        fold_ledger(self.system)

    @contextmanager
    def gateway(self) -> Iterator[Door]:
        secret = issue_key(self.system, "pilot", author="tester@example.com").secret
        with self.system.journals.exclusive(GATEWAY) as journal, asyncio.Runner() as runner:
            server = Server(Gateway(Worker(self.system, journal)).handle, reject=reject)

            async def connect() -> Client:
                return Client(server)

            yield Door(runner, runner.run(connect()), secret)


@dataclass
class Door:
    """A connection to a gateway, and what is asked over it."""

    runner: asyncio.Runner
    client: Client
    secret: str

    def _send(self, line: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, Any]:
        before = len(self.client.pipe.taken)
        said = {"host": "a", "authorization": f"Bearer {self.secret}", "content-length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in {**said, **headers}.items())
        self.runner.run(self.client.send([f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body]))
        answer = bytes(self.client.pipe.taken[before:])
        top, _, rest = answer.partition(b"\r\n\r\n")
        status = int(re.findall(rb"HTTP/1\.1 (\d\d\d)", top)[0])
        return status, top, json.loads(rest)

    def call(self, reference: str = "", model: str = "echo", **headers: str) -> tuple[int, bytes, Any]:
        body = {"model": model, "messages": [{"role": "user", "content": "hello"}]}
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if reference:
            headers["x-remit-reference"] = reference
        return self._send("POST /v1/chat/completions", json.dumps(body).encode(), **headers)

    def remit(self, reference: str = "") -> Any:
        return self._send(f"GET /v1/remit?reference={reference}")[2]


@contextmanager
def studied(house: House) -> Iterator[Studied]:
    clock = SetClock(BEFORE)
    with house.system() as system:
        yield Studied(house, replace(system, clock=clock), clock)
