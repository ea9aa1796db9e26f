"""What a durable step costs: runs of 20 steps that do nothing, one after the other and 20 at a time.

python benchmarks/agent_steps.py
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from remit.adapters.runs_dbos import DbosRuns, sqlite_url
from remit.ports_agents import Json, Steps

STEPS = 20
RUNS = 20


async def work(run: str, given: Json, steps: Steps) -> Json:
    async def nothing() -> Json:
        return {"text": "x" * 500}

    for number in range(STEPS):
        await steps.once(f"step {number}", nothing)
    return {}


async def hear_out(runs: DbosRuns, run: str) -> None:
    async for _ in runs.told(run):
        pass


async def measure() -> None:
    with tempfile.TemporaryDirectory() as directory:
        runs = DbosRuns(sqlite_url(Path(directory) / "runs.sqlite"), b"b" * 32, version="1")
        began = perf_counter()
        await runs.launch(work)
        print(f"launch          {(perf_counter() - began) * 1000:8.1f} ms")
        for number in range(3):
            began = perf_counter()
            await runs.begin(f"alone-{number}", {})
            await hear_out(runs, f"alone-{number}")
            print(f"one run         {(perf_counter() - began) * 1000 / STEPS:8.2f} ms a step")
        began = perf_counter()
        await asyncio.gather(*(runs.begin(f"many-{each}", {}) for each in range(RUNS)))
        await asyncio.gather(*(hear_out(runs, f"many-{each}") for each in range(RUNS)))
        took = perf_counter() - began
        print(f"{RUNS} runs at once {RUNS * STEPS / took:8.0f} steps a second")
        await runs.close()


if __name__ == "__main__":
    asyncio.run(measure())
