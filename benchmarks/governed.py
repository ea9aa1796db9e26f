"""The governed side: the real server with everything on, and the proof that its ledger is right."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from exchange import CHARGE, CUT, INPUT_RATE, OUTPUT_RATE, WHOLE
from host import Running, process, python
from remit.bootstrap import open_system
from remit.operations.fold_ledger import fold_ledger
from remit.record.call_entry import Call, Hold
from remit.record.chain import HASH_CHARS
from remit.record.ledgered import decode
from remit.serving import running_file
from remit.settings import read_settings

USE_CASE = "roof-damage"
POOLS = ("organisation", "unit/claims", f"use-case/{USE_CASE}")
_START_S_MAX = 30.0
_READ_BYTES = 8 << 20

_BLOCK = """
  model/{model}:
    name: A static answer
    provider: static
    context_tokens: 8192
    output_tokens_max: 4096
    data_class_max: confidential
    prices:
      - {{starts: 2020-01-01, input: {input}, output: {output}}}"""

_OPERATING_MODEL = """\
organisation:
  name: Benchmark
  contact: platform@example.org
  currency: EUR
  remit:
    models: [model/{whole}, model/{cut}]
    guardrails: {{guardrail/baseline@1: {{}}}}
    data_class_max: confidential
    input_tokens_max: 4096
    requests_per_minute: {{limit: 100000000, each: key}}
    spend:
      - {{limit: 900000.00 EUR, per: month}}

units:
  claims:
    name: Claims
    lead: claims-lead@example.org
    remit:
      spend:
        - {{limit: 600000.00 EUR, per: month}}

providers:
  static: {{technology: openai, base_url: "http://127.0.0.1:{port}/v1"}}

use_cases:
  {use_case}:
    name: Damage by hail
    unit: claims
    owner: claims-lead@example.org
    risk_owner: risk@example.org
    purpose: Say what damaged a car, so that the right adjuster looks at it first.
    data_class: confidential
    adoption:
      stage: launch
      basis: The benchmark begins where a use case is in production.
    remit:
      output_tokens_max: 2048
      spend:
        - {{limit: 300000.00 EUR, per: month}}

blocks:{blocks}
  guardrail/baseline@1:
    name: Baseline
    sensitive:
      SECRET: block
      EMAIL: anonymize
      PHONE: anonymize
      CREDIT_DEBIT_CARD_NUMBER: anonymize
      INTERNATIONAL_BANK_ACCOUNT_NUMBER: anonymize
      US_SOCIAL_SECURITY_NUMBER: anonymize
"""


def operating_model(upstream_port: int) -> str:
    blocks = [_BLOCK.format(model=model, input=INPUT_RATE, output=OUTPUT_RATE) for model in (WHOLE, CUT)]
    return _OPERATING_MODEL.format(
        whole=WHOLE, cut=CUT, port=upstream_port, use_case=USE_CASE, blocks="".join(blocks)
    )


def environment_of(home: Path) -> dict[str, str]:
    """Build the settings of a fresh installation; none of the caller's own apply."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    return kept | {"REMIT_HOME": str(home), "REMIT_LISTEN": "127.0.0.1:0", "REMIT_AUTHOR": "b@example.org"}


def remit(environment: Mapping[str, str], *arguments: str) -> str:
    """Run one command of the product and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "remit", *arguments],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"`remit {' '.join(arguments)}` failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def install(home: Path, *, upstream_port: int) -> str:
    """Put the operating model in force in an empty data directory and return a key."""
    declared = home / "operating-model"
    declared.mkdir(parents=True)
    (declared / "benchmark.yaml").write_text(operating_model(upstream_port))
    environment = environment_of(home)
    remit(environment, "apply", str(declared))
    return remit(environment, "key", "issue", USE_CASE)


@contextmanager
def gateway(home: Path, *, core: int, workers: int = 1) -> Iterator[tuple[Running, int]]:
    """Run the real server on one core; yields its process and its port."""
    environment = environment_of(home)
    said = running_file(read_settings(environment), "gateway")
    command = python("-m", "remit", "serve", "gateway")
    if workers > 1:
        command += ["--workers", str(workers)]
    with process(command, core=core, environment=environment) as running:
        deadline = time.monotonic() + _START_S_MAX
        while (port := _port(said)) is None:
            if running.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start")
            time.sleep(0.01)
        yield running, port


def _port(said: Path) -> int | None:
    """Find the port of a server that answers; it says where it is a moment before it listens."""
    try:
        address = str(msgspec.json.decode(said.read_bytes())["address"])
        with urllib.request.urlopen(f"{address}/healthz", timeout=2):
            return int(address.rpartition(":")[2])
    except (OSError, msgspec.DecodeError):
        return None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the ledger says after the run, beside what the client did."""

    requests: int
    calls: int
    completed: int
    holds_open: int
    rolled_up: int
    charged: str
    expected: str
    posted: dict[str, str]
    verified: int
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Say whether every request has one completed entry and every account its exact charge."""
        right = {self.expected}
        return (
            self.requests == self.calls == self.completed == self.rolled_up
            and self.holds_open == 0
            and {self.charged, *self.posted.values()} == right
            and len(self.posted) == len(POOLS)
            and not self.faults
        )


def prove(home: Path, *, requests: int, expected: Decimal | None = None) -> Proof:
    """Count the journal's own lines, and compare them with the store's sums; the server has ended."""
    environment = environment_of(home)
    found = msgspec.json.decode(remit(environment, "ledger", "verify", "--json"))
    with open_system(read_settings(environment)) as system:
        # A gateway writes its journal and folds nothing; whoever reads the store does.
        fold_ledger(system)
        calls: list[Call] = []
        opened: set[str] = set()
        offset = 0
        while data := system.journals.read("gateway", offset, bytes_max=_READ_BYTES):
            offset += len(data)
            for line in data.splitlines():
                entry = decode(line[HASH_CHARS + 1 :])
                if isinstance(entry, Hold):
                    opened.add(entry.id)
                elif isinstance(entry, Call):
                    calls.append(entry)
                    opened.discard(entry.id)
        usage = system.store.usage(since=datetime(2020, 1, 1, tzinfo=UTC))
        posted: dict[str, Decimal] = {}
        for account, amount in system.store.posted().items():
            # A run over midnight at a month's end posts in two windows of the same budget.
            pool = account.partition(":")[0]
            posted[pool] = posted.get(pool, Decimal(0)) + amount
    return Proof(
        requests=requests,
        calls=len({call.id for call in calls}),
        completed=sum(call.status == "completed" for call in calls),
        holds_open=len(opened),
        rolled_up=sum(total.calls for _, total in usage),
        charged=_text(sum((call.charge for call in calls), Decimal(0))),
        expected=_text(requests * CHARGE if expected is None else expected),
        posted={pool: _text(amount) for pool, amount in sorted(posted.items())},
        verified=found["entries"],
        faults=tuple(found["faults"]),
    )


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
