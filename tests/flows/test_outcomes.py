"""Outcomes through their doors: HTTP, CSV, SQL, and what they are joined to."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from conftest import BASE, House, Server
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier

CASE = """
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try the path of a call.
    adoption: {stage: experiment, basis: It runs in this test.}
    outcomes:
      minutes: {name: Minutes per claim, unit: minute, direction: down, baseline: 25, target: 18}
  other:
    name: Another
    unit: desk
    owner: pilot-owner@example.com
    purpose: Be another.
    adoption: {stage: experiment, basis: It runs in this test.}
"""
ROW = {"metric": "minutes", "value": "17.5", "happened": "2026-01-05T10:00:00Z", "key": "claim-1"}


def give(portal: Server, key: str, body: Any, source: str = "api") -> httpx.Response:
    return httpx.post(
        f"{portal.address}/api/outcomes?source={source}",
        json=body,
        headers={"authorization": f"Bearer {key}"},
        timeout=30,
    )


@pytest.fixture
def pilot_house(house: House) -> House:
    house.apply(BASE, CASE)
    return house


def test_an_application_gives_outcomes_corrects_them_and_takes_them_back(pilot_house: House) -> None:
    house = pilot_house
    portal, key = house.serve("portal"), house.key()
    first = give(portal, key, ROW)
    assert first.status_code == 200, first.text
    assert first.json()["rows"][0]["status"] == "recorded"
    assert give(portal, key, ROW).json()["rows"][0] == first.json()["rows"][0] | {"status": "unchanged"}
    bulk = give(portal, key, [ROW | {"value": 18.25}, ROW | {"key": "claim-2", "value": 1750}])
    assert bulk.status_code == 207
    assert [row["status"] for row in bulk.json()["rows"]] == ["corrected", "refused"]
    assert "1750" not in bulk.text
    gone = give(portal, key, {"metric": "minutes", "key": "claim-1", "withdrawn": True})
    assert gone.json()["withdrawn"] == 1
    none = give(portal, key, {"metric": "minutes", "key": "claim-1", "withdrawn": True})
    assert (none.status_code, none.json()["error"]["code"]) == (422, "outcome-not-there")
    values = [entry["value"] for entry in house.entries("outcome")]
    assert values == ["17.5", "18.25", "18.25"]
    assert house.verify() == ()


def test_only_a_live_key_of_the_use_case_opens_the_door(pilot_house: House) -> None:
    house = pilot_house
    portal, key, other = house.serve("portal"), house.key(), house.key("other")
    assert give(portal, "nonsense", ROW).status_code == 401
    foreign = give(portal, other, ROW)
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (422, "undeclared-metric")
    house.run("kill-switch", "on", "use-case/pilot", "--reason", "a test")
    stopped = give(portal, key, ROW)
    assert (stopped.status_code, stopped.json()["error"]["code"]) == (403, "kill-switch")
    house.run("kill-switch", "off", "use-case/pilot")
    house.run("key", "revoke", house.entries("key_change")[1]["key"])
    revoked = give(portal, other, ROW)
    assert (revoked.status_code, revoked.json()["error"]["code"]) == (401, "revoked-key")
    past = datetime(2026, 1, 1, tzinfo=UTC)
    assert give(portal, house.key(expires=past), ROW).json()["error"]["code"] == "expired-key"
    assert give(portal, key, [ROW] * 10_001).status_code == 413
    assert give(portal, key, "x" * (8 << 20)).status_code == 413
    assert httpx.get(f"{portal.address}/api/outcomes").status_code == 405
    assert house.entries("outcome") == []
    floods = [give(portal, "nonsense", ROW) for _ in range(40)]
    assert {each.status_code for each in floods} == {401, 429}
    assert floods[-1].json()["error"]["code"] == "too-many-attempts"
    assert 1 <= int(floods[-1].headers["retry-after"]) <= 60
    live = give(portal, key, ROW)
    assert live.status_code == 200, "whoever has a live key does not wait for those who have none"


def test_a_file_is_taken_whole_or_not_at_all(pilot_house: House) -> None:
    house = pilot_house
    file = house.root / "closed.csv"
    file.write_text("id,closed,took\nc1,2026-01-05,20\nc2,2026-01-05,2000\nc3,2026-01-05,x\n", "utf-8")
    command = (
        *("outcome", "import", str(file), "--use-case", "pilot", "--metric", "minutes"),
        *("--columns", "key=id,happened=closed,value=took"),
    )
    done = house.try_run(*command)
    assert done.returncode == 1
    assert "nothing was written" in done.stdout
    assert "row 3: error[outcome-implausible]" in done.stderr
    assert "2000" not in done.stderr
    house.run(*command, "--accept-good", code=1)
    again = json.loads(house.run(*command, "--accept-good", "--json", code=1))
    assert (again["unchanged"], again["recorded"], again["refused"]) == (1, 0, 2)


def test_a_question_in_sql_reads_a_database_and_a_correction_leaves_the_past(pilot_house: House) -> None:
    house = pilot_house
    file = house.root / "claims.db"
    with sqlite3.connect(file) as db:
        db.execute("create table claim (id text, closed text, minutes real)")
        db.execute("insert into claim values ('c1', '2026-01-05', 20.5), ('c2', '2026-01-06', 19)")
    db.close()
    sql = "select id as key, closed as happened, minutes as value, 'minutes' as metric from claim"
    command = ("outcome", "import", "--sql", sql, "--from", str(file), "--use-case", "pilot")
    assert "2 recorded" in house.run(*command)
    before = house.entries("outcome")[-1]["at"]
    with sqlite3.connect(file) as db:
        db.execute("update claim set minutes = 21 where id = 'c1'")
    db.close()
    assert "1 corrected, 1 unchanged" in house.run(*command)
    now = json.loads(house.run("outcome", "show", "pilot", "minutes", "c1", "--json"))
    assert [each["value"] for each in now] == ["20.5", "21"]
    then = json.loads(
        house.run("outcome", "show", "pilot", "minutes", "c1", "--as-of", now[1]["at"], "--json")
    )
    assert [each["value"] for each in then] == ["20.5"]
    assert before < now[1]["at"]
    refused = house.try_run(*command[:2], "--sql", "delete from claim", *command[4:])
    assert "error[query-invalid]" in refused.stderr
    house.run("outcome", "withdraw", "pilot", "minutes", "c1")
    listed = json.loads(house.run("outcome", "list", "pilot", "--json"))
    assert [each["outcomes"] for each in listed] == [1]


def test_outcomes_meet_the_calls_that_carry_their_reference(pilot_house: House) -> None:
    house = pilot_house
    gateway, portal, key = house.serve(), house.serve("portal"), house.key()
    for reference in ("claim-1", "claim-1", "claim-9"):
        gateway.client(key).chat.completions.create(
            model="echo",
            messages=[{"role": "user", "content": "Hello"}],
            extra_headers={"x-remit-reference": reference},
        )
    rows = [{**ROW, "key": "", "reference": reference} for reference in ("claim-1", "claim-2")] + [
        ROW | {"key": "no-reference"}
    ]
    assert give(portal, key, rows).json()["recorded"] == 3
    found = json.loads(house.run("outcome", "join", "pilot", "minutes", "--json"))
    assert (found["outcomes"], found["joined"], found["unreferenced"]) == (3, 1, 1)
    assert (found["calls"], found["unanswered"], found["calls_unanswered"]) == (2, 1, 1)
    now = {**ROW, "key": "now", "happened": house.entries("call")[0]["at"], "simulated": True}
    assert give(portal, key, now).json()["recorded"] == 1
    with house.system() as system:
        [fact] = read_dossier(system, model_in_force(system)[1], "pilot").facts["cost_per_outcome"]
    assert fact.simulated
    assert str(fact.value) == f"{sum(Decimal(call['charge']) for call in house.entries('call')):f}"
    assert found["cost_per_outcome"] == found["cost"]["amount"] != "0"
    assert "simulated" in house.try_run("outcome", "join", "pilot", "minutes").stderr
