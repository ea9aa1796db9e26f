"""What telemetry costs the portal: to fold calls, to follow them to a collector, and to write `/metrics`.

.venv/bin/python benchmarks/telemetry.py
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

from remit.adapters.collector_otlp import OtlpCollector
from remit.bootstrap import open_system
from remit.declare.price import Rates
from remit.kernel.usage import Usage
from remit.operations.export_telemetry import TelemetryFollower
from remit.operations.fold_ledger import fold_ledger
from remit.operations.followers import begin, take_new
from remit.operations.read_metrics import read_metrics
from remit.operations.system import GATEWAY, System
from remit.record.call_entry import Call, Purpose
from remit.settings import read_settings

CALLS, USE_CASES, MODELS = 10_000, 30, 3
RUNS = 5
BEGAN = datetime(2026, 11, 23, 10, tzinfo=UTC)
RATES = Rates(date(2026, 1, 1), Decimal("0.1"), Decimal("0.3"))
COLLECTOR = """
from http.server import BaseHTTPRequestHandler, HTTPServer


class Collector(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")


server = HTTPServer(("127.0.0.1", 0), Collector)
print(server.server_port, flush=True)
server.serve_forever()
"""


def call(number: int) -> Call:
    """Make a call; over all of them, each use case uses each model, and they take up to a minute."""
    purpose = Purpose(
        key=f"key-{number % 100}",
        use_case=f"case-{number % USE_CASES}",
        unit=f"unit-{number % USE_CASES % 7}",
        stage="launch",
        model=f"model/model-{number // USE_CASES % MODELS}",
        model_version=1,
        remit="r" * 64,
    )
    return Call(
        id=f"{number:026d}",
        at=BEGAN + timedelta(milliseconds=100 * number),
        purpose=purpose,
        provider="cloud",
        simulated=False,
        served_model="model-2026-01",
        streamed=True,
        status="completed",
        settlement="post",
        usage=Usage(300 + number % 900, 40 + number % 200),
        accounts=("organisation:month:2026-11-01", f"use-case/{purpose.use_case}:day:2026-11-23"),
        held=Decimal("0.5"),
        charge=Decimal("0.0123"),
        currency="EUR",
        rates=RATES,
        began=BEGAN + timedelta(milliseconds=90 * number),
        latency_ms=37 * number % 60_000,
        first_token_ms=37 * number % 3_000,
        stop_reason="stop",
    )


def cost(work: Callable[[], Any]) -> float:
    """Return the seconds of processor time that a piece of work takes."""
    began = process_time()
    work()
    return process_time() - began


def follow(system: System, address: str) -> None:
    async def run() -> None:
        collector = OtlpCollector(address, {})
        follower = TelemetryFollower(system, collector)
        taken = await take_new(system, follower, begin(system, follower.name))
        await collector.close()
        assert taken == CALLS

    asyncio.run(run())


def main() -> int:
    collector = subprocess.Popen(
        [sys.executable, "-c", COLLECTOR], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert collector.stdout is not None
    address = f"http://127.0.0.1:{collector.stdout.readline().strip()}"
    try:
        with tempfile.TemporaryDirectory() as home:
            settings = read_settings({"REMIT_HOME": str(Path(home) / "home")})
            with open_system(settings) as system:
                measure(system, address)
    finally:
        collector.terminate()
        collector.wait()
        collector.stdout.close()
    return 0


def measure(system: System, address: str) -> None:
    begin(system, "telemetry")
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append([call(number) for number in range(CALLS)])
    folding = cost(lambda: fold_ledger(system))
    following = cost(lambda: follow(system, address))
    reading = min(cost(lambda: read_metrics(system, openmetrics=False)) for _ in range(RUNS))
    lines = read_metrics(system, openmetrics=False).count("\n")
    print(f"processor time, {CALLS:,} calls of {USE_CASES} use cases with {MODELS} models each")
    print(f"fold 1,000 calls                            {folding / CALLS * 1e6:8.1f} ms")
    print(f"follow 1,000 calls to a collector           {following / CALLS * 1e6:8.1f} ms")
    print(f"write /metrics ({lines:,} lines)                {reading * 1e3:8.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
