"""Several gateway workers on one data directory: together they do exactly what one would be allowed to."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest

from conftest import House
from remit.kernel.money import canonical

ROUNDS = 4

MODELS = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '10', pace_ms: '60'}
    context_tokens: 100000
    output_tokens_max: 10
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/brief:
    name: Brief
    provider: echo
    options: {words: '3', pace_ms: '5'}
    context_tokens: 100000
    output_tokens_max: 10
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/long:
    name: Long
    provider: echo
    options: {words: '3', pace_ms: '1'}
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""

# A call of 10 output tokens may cost (64 + 16 + 1) x 1.00 + 10 x 2.00 = 101 millionths.
HOLD = Decimal("0.000101")
CASES = {f"race-{number}": "{spend: [{limit: 0.000353 EUR, per: day}]}" for number in range(ROUNDS)} | {
    "said": "{spend: [{limit: 0.000353 EUR, per: day}]}",
    "load": "{spend: [{limit: 0.006 EUR, per: day}]}",
    "big": "{spend: [{limit: 0.100281 EUR, per: day}]}",
    "at-once": "{concurrency_max: 5}",
    "minute": "{requests_per_minute: 20}",
    "users": "{users_max: 3}",
    "pilot": "{spend: [{limit: 1.00 EUR, per: day}]}",
}


def declared(**changed: str) -> str:
    return (
        MODELS
        + "use_cases:"
        + "".join(
            f"""
  {name}:
    name: {name}
    unit: desk
    owner: {name}-owner@example.com
    purpose: Share a budget between workers.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {remit}
"""
            for name, remit in (CASES | changed).items()
        )
    )


class Crew:
    """A served house with two workers."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.apply(house.base, declared())
        self.server = house.serve(REMIT_WORKERS="2")
        self.keys = {name: house.key(name) for name in CASES}

    def pids(self) -> list[int]:
        """Name the processes of the workers, the eldest first."""
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
        pairs = [line.split() for line in listed.stdout.splitlines()]
        return sorted(int(pid) for pid, parent in pairs if int(parent) == self.server.process.pid)

    def calls(self, use_case: str, count: int, model: str = "slow", **more: Any) -> list[httpx.Response]:
        """Make calls at once, each on a connection of its own."""
        return asyncio.run(self._calls(use_case, count, model, more))

    async def _calls(
        self, use_case: str, count: int, model: str, more: dict[str, Any]
    ) -> list[httpx.Response]:
        users = more.pop("users", None)
        bodies = [
            {"model": model, "messages": [{"role": "user", "content": "x"}], **more}
            | ({"user": users[number]} if users else {})
            for number in range(count)
        ]
        headers = {"Authorization": f"Bearer {self.keys[use_case]}"}
        limits = httpx.Limits(max_connections=count)
        async with httpx.AsyncClient(
            base_url=self.server.address, headers=headers, limits=limits, timeout=60
        ) as client:
            asked = (client.post("/v1/chat/completions", json=body) for body in bodies)
            return list(await asyncio.gather(*asked))

    def paths(self) -> list[Path]:
        return list((self.house.home / "journal").glob("gateway*/*.journal"))

    def journals(self, use_case: str) -> Counter[str]:
        """Count the calls of a use case in each worker's journal."""
        return Counter(name for name, _ in self.entries(use_case))

    def entries(self, use_case: str) -> list[tuple[str, dict[str, Any]]]:
        """List the calls of a use case, each with the journal that it stands in."""
        found = []
        for path in self.paths():
            for line in path.read_text("utf-8").splitlines():
                entry = json.loads(line.split(" ", 1)[1])
                if entry["kind"] == "call" and entry["purpose"]["use_case"] == use_case:
                    found.append((path.parent.name, entry))
        return found

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(self.house.home / "store.sqlite") as db:
            rows = db.execute(sql).fetchall()
        db.close()
        return rows


@pytest.fixture(scope="module")
def crew(shared_house: House) -> Crew:
    return Crew(shared_house)


@pytest.fixture
def own_crew(house: House) -> Crew:
    """A crew for a test that ends workers."""
    return Crew(house)


def codes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter(
        "ok" if answer.status_code == 200 else answer.json()["error"]["code"] for answer in answers
    )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_64_calls_with_money_for_three_and_a_half_are_3_calls_of_two_workers(crew: Crew, number: int) -> None:
    answers = crew.calls(f"race-{number}", 64)
    assert codes(answers) == {"ok": 3, "budget-exhausted": 61}


def test_a_refusal_says_what_is_left_beyond_the_leases_of_all_workers(crew: Crew) -> None:
    crew.calls("said", 64)
    [answer] = crew.calls("said", 1, model="long")
    left = canonical(Decimal("0.000353") - crew.house.posted()["use-case/said"])
    assert f"has {left} EUR available" in answer.json()["error"]["message"]


def test_a_call_that_needs_what_another_worker_leased_and_did_not_spend_is_admitted(crew: Crew) -> None:
    # Money for everything but a little lies in two leases and in the store; none of the three covers it.
    while len(crew.journals("big")) < 2:
        assert codes(crew.calls("big", 2, model="brief")) == {"ok": 2}
    leased = crew.rows("select granted from lease where account like 'use-case/big:%'")
    assert len(leased) == 2
    spent = crew.house.posted()["use-case/big"]
    left = Decimal("0.100281") - spent
    output = min(50_000, int((left - Decimal("0.000081")) / Decimal("0.000002")))
    assert output > 49_000
    [answer] = crew.calls("big", 1, model="long", max_tokens=output)
    assert answer.status_code == 200, answer.text


def test_no_more_calls_run_at_once_than_may(crew: Crew) -> None:
    assert codes(crew.calls("at-once", 32)) == {"ok": 5, "too-many-at-once": 27}
    # Their places are free again, whichever worker they were leased to.
    assert codes(crew.calls("at-once", 5)) == {"ok": 5}


def test_no_minute_sees_more_calls_than_may_begin_in_it(crew: Crew) -> None:
    answers = crew.calls("minute", 64, model="brief")
    began = Counter(entry["began"][:16] for _, entry in crew.entries("minute"))
    assert max(began.values()) <= 20 <= sum(began.values())
    assert codes(answers).keys() == {"ok", "rate-limited"}


def test_users_are_counted_over_all_workers(crew: Crew) -> None:
    users = [f"person-{number % 8}" for number in range(48)]
    answers = crew.calls("users", 48, model="brief", users=users)
    served = {user for user, answer in zip(users, answers, strict=True) if answer.status_code == 200}
    assert len(served) == 3
    assert codes(answers) == {"ok": 18, "too-many-users": 30}
    again = crew.calls("users", 8, model="brief", users=users[:8])
    assert {user for user, answer in zip(users, again, strict=False) if answer.status_code == 200} == served


def test_a_batch_runs_and_is_cancelled_whichever_worker_is_asked(crew: Crew) -> None:
    lines = [
        {
            "custom_id": str(number),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "slow", "messages": [{"role": "user", "content": "x"}]},
        }
        for number in range(400)
    ]
    content = "\n".join(json.dumps(line) for line in lines).encode()

    def client() -> openai.OpenAI:
        """Make a client with a connection of its own, which any worker may get."""
        return crew.server.client(crew.keys["pilot"])

    file = client().files.create(file=("questions.jsonl", content), purpose="batch")
    window: Any = "24h"
    made = [
        client().batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window=window
        )
        for _ in range(6)
    ]
    _until(lambda: all(client().batches.retrieve(each.id).status != "validating" for each in made))
    for each in made:
        assert client().batches.cancel(each.id).status == "cancelling"
    _until(lambda: all(client().batches.retrieve(each.id).status == "cancelled" for each in made))
    assert crew.journals("pilot").keys() == {"gateway"}


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 45
    while time.monotonic() < ends:
        if holds():
            return
    raise AssertionError("it has not come to that in time")


def test_a_killed_worker_loses_nothing_leaks_nothing_and_is_started_again(own_crew: Crew) -> None:
    crew = own_crew
    victims = crew.pids()
    assert len(victims) == 2

    async def load() -> list[httpx.Response | httpx.HTTPError]:
        headers = {"Authorization": f"Bearer {crew.keys['load']}"}
        body = {"model": "slow", "messages": [{"role": "user", "content": "x"}]}
        async with httpx.AsyncClient(base_url=crew.server.address, headers=headers, timeout=60) as client:

            async def one() -> httpx.Response | httpx.HTTPError:
                try:
                    return await client.post("/v1/chat/completions", json=body)
                except httpx.HTTPError as error:
                    return error

            tasks = [asyncio.create_task(one()) for _ in range(48)]
            # Some holds are on disk, and their answers are under way.
            while sum(len(path.read_bytes()) > 4000 for path in crew.paths()) < 2:
                await asyncio.sleep(0)
            os.kill(victims[1], signal.SIGKILL)
            return list(await asyncio.gather(*tasks))

    asyncio.run(load())
    _until(lambda: len(crew.pids()) == 2 and victims[1] not in crew.pids())
    while (answers := codes(crew.calls("load", 16, model="brief"))).get("ok"):
        assert answers.keys() <= {"ok", "budget-exhausted"}
    crew.server.stop()
    assert crew.server.process.stdout is not None
    said = crew.server.process.stdout.read()
    assert re.search(rf"UTC: worker \d \(process {victims[1]}\) was ended by SIGKILL after \d", said), said
    posted = crew.house.posted()["use-case/load"]
    calls = [entry for _, entry in crew.entries("load")]
    assert posted == sum(Decimal(each["charge"]) for each in calls)
    # Spent to the last call that fits, and never beyond.
    assert Decimal("0.006") - HOLD < posted <= Decimal("0.006")
    assert "interrupted" in {each["status"] for each in calls}
    assert crew.house.verify() == ()
    with crew.house.system() as system:
        assert system.store.open_holds() == []
        assert system.leases.holders() == []
    assert crew.rows("select * from lease") == []


def test_workers_end_with_their_parent_and_leave_nothing_that_keeps_the_next_one_out(own_crew: Crew) -> None:
    crew = own_crew
    workers = crew.pids()
    assert codes(crew.calls("pilot", 4, model="brief")) == {"ok": 4}
    crew.server.kill()
    _until(lambda: not any(_alive(pid) for pid in workers))
    alone = crew.house.serve()
    answer = httpx.post(
        f"{alone.address}/v1/chat/completions",
        json={"model": "brief", "messages": [{"role": "user", "content": "x"}]},
        headers={"Authorization": f"Bearer {crew.keys['pilot']}"},
    )
    assert Decimal(answer.headers["x-remit-budget-left"]) == 1 - 5 * Decimal(answer.headers["x-remit-cost"])
    assert crew.rows("select * from lease") == []


def _alive(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip() not in ("", "Z")


def test_a_second_gateway_is_kept_out_while_workers_run(own_crew: Crew) -> None:
    for workers in ("1", "2"):
        done = own_crew.house.try_run("serve", "gateway", REMIT_WORKERS=workers)
        assert done.returncode != 0
        assert "in use by another process" in done.stderr
    own_crew.house.run("down")
    assert own_crew.server.process.wait(timeout=30) == 0


def test_a_crew_whose_workers_cannot_begin_ends_and_says_why(house: House) -> None:
    done = house.try_run("serve", "gateway", "--workers", "2")
    assert done.returncode != 0
    assert "server-not-started" in done.stderr
    # Each of the two could say the same.
    assert done.stderr.count("error[") == 2


def test_how_many_workers_there_are_is_a_number_and_for_the_gateway_alone(house: House) -> None:
    done = house.try_run("serve", "gateway", REMIT_WORKERS="none")
    assert "invalid-setting" in done.stderr
    assert "REMIT_WORKERS" in done.stderr
    assert house.try_run("serve", "gateway", "--workers", "0").returncode == 2
    done = house.try_run("serve", "portal", "--workers", "2")
    assert done.returncode == 2
    assert "only the gateway has workers" in done.stderr
