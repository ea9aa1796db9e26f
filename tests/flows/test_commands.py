"""Commands as a newcomer types them: up and down, init to apply, and the federal inventory."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

ROOT = Path(__file__).parents[2]
FEDERAL = ROOT / "examples/us-federal-2024/us_federal_2024.csv.gz"
INSURER = ROOT / "examples/harbour-mutual"


def test_up_prints_lines_that_work_as_they_are_and_a_second_up_reuses_everything(house: Any) -> None:
    """The example is served by the echo model here, so that the lines can be run without the local one."""
    # Where the programs of its tools are, as the example says.
    declared = house.root / "examples" / "harbour-mutual"
    shutil.copytree(INSURER, declared)
    blocks = declared / "blocks.yaml"
    blocks.write_text(blocks.read_text().replace("provider: local\n", "provider: echo\n"))
    # As `make up` does; a pilot's key would open nothing by night, by the example's own policy.
    up = ("up", str(declared), "--use-case", "claims-triage")
    first = house.run(*up)
    try:
        [curl, _] = re.findall(r"^(curl .*\\\n.*)$", first, re.MULTILINE)
        said = subprocess.run(["sh", "-c", curl], capture_output=True, text=True, check=True).stdout
        assert "Simulated" in json.loads(said)["choices"][0]["message"]["content"]
        [listing] = re.findall(r"^(run=.*\ncurl .*\\\n.*)$", first, re.MULTILINE)
        told = subprocess.run(["sh", "-c", listing], capture_output=True, text=True, check=True).stdout
        assert {each["name"] for each in json.loads(told)["result"]["tools"]} >= {"claim-lookup"}
        [snippet] = re.findall(r"^(\S+ - <<'END'\n.*?^END)$", first, re.MULTILINE | re.DOTALL)
        assert snippet.count("\n") == 7
        heard = subprocess.run(
            ["sh", "-c", snippet], capture_output=True, text=True, check=True, cwd=house.root
        ).stdout
        assert "hail" in heard
        second = house.run(*up)
        key = re.compile(r"^API key +(\S+)", re.MULTILINE)
        token = re.compile(r"^administrator token +(\S+)", re.MULTILINE)
        page = re.compile(r"^pages +(\S+)", re.MULTILINE)
        assert key.findall(first) == key.findall(second)
        assert page.findall(first) == page.findall(second)
        assert token.findall(first) != token.findall(second)
        assert len(json.loads(house.run("key", "list", "--json"))) == 1
        for [text] in (token.findall(first), token.findall(second)):
            answer = httpx.post(f"{page.findall(first)[0]}sign-in", data={"token": text})
            assert answer.status_code == 303
    finally:
        house.run("down")
    assert not (house.home / "gateway.json").exists()
    assert "no server is running" in house.try_run("down").stderr


def test_init_check_apply_explain(house: Any) -> None:
    house.run("init", "mine")
    assert house.try_run("init", "mine").returncode == 1
    assert "sound" in house.try_run("check", "mine").stderr
    assert house.run("apply", "mine").startswith("version 1 is in force")
    assert house.run("apply", "mine").startswith("version 1 is in force already")
    explained = house.run("explain", "first-use-case")
    assert "100.00 EUR per month (organisation;" in explained
    assert "5.00 EUR per month (use-case/first-use-case;" in explained
    other = house.run("explain", "first-use-case", "--stage", "launch")
    assert "(it is at experiment)" in other
    unknown = house.try_run("explain", "first-use-cas")
    assert unknown.returncode == 1
    assert "did you mean `first-use-case`?" in unknown.stderr


def test_a_key_is_bound_to_an_agent_and_stays_so_when_it_is_revoked(house: Any) -> None:
    house.apply()
    issued = json.loads(house.run("key", "issue", "pilot", "--agent", "settler", "--json"))
    house.run("key", "issue", "pilot")
    house.run("key", "revoke", issued["id"])
    listed = {key["id"]: key for key in json.loads(house.run("key", "list", "--json"))}
    assert issued["agent"] == "settler"
    assert (listed[issued["id"]]["agent"], listed[issued["id"]]["revoked"]) == ("settler", True)
    assert [key["agent"] for id, key in listed.items() if id != issued["id"]] == [""]
    assert [entry["agent"] for entry in house.entries("key_change") if "agent" in entry] == ["settler"] * 2


def test_a_faulty_model_is_not_applied(house: Any) -> None:
    house.run("init", "mine")
    file = house.root / "mine" / "use-cases.yaml"
    file.write_text(file.read_text().replace("unit: first-unit", "unit: frist-unit"))
    refused = house.try_run("apply", "mine")
    assert refused.returncode == 1
    assert "use-cases.yaml:4:11: error[undeclared-unit]" in refused.stdout
    assert "did you mean `first-unit`?" in refused.stdout
    assert "nothing was applied" in refused.stderr
    assert house.try_run("status").returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["chek"],
        ["check"],
        ["check", "nowhere"],
        ["ledger", "list", "--limit", "0"],
        ["key", "issue", "pilot", "--agent", "Settler of claims"],
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_right(house: Any, arguments: list[str]) -> None:
    done = house.try_run(*arguments)
    assert done.returncode == 2
    assert "Usage:" in done.stderr


def test_faults_are_json_where_json_is_asked_for(house: Any) -> None:
    done = house.try_run("status", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "no-operating-model"


def test_the_federal_inventory_becomes_a_portfolio(house: Any) -> None:
    said = house.run("import", "inventory", str(FEDERAL), "--profile", "omb-2024", "--into", "federal")
    assert said.startswith("2,133 use cases in 41 units: envision 403")
    checked = house.try_run("check", "federal")
    assert checked.returncode == 0
    assert "41 units, 2,133 use cases" in checked.stderr
    house.run("apply", "federal")
    everything = json.loads(house.run("portfolio", "list", "--json"))
    assert len(everything) == 2133
    assert len({item["unit"] for item in everything}) == 41
    scale = json.loads(house.run("portfolio", "list", "--unit", "va", "--stage", "scale", "--json"))
    assert len(scale) == sum(item["unit"] == "va" and item["stage"] == "scale" for item in everything) > 100
    flow = " ".join(house.run("portfolio", "flow").split())
    # What is published of it, typed years and all; beside it what remains of dates that can be true.
    assert "cycle time as reported 249 d the middle; 85 of 100 within 1,004 d; 592 (22 left out)" in flow
    assert "cycle time 262 d the middle; 85 of 100 within 1,035 d; 554 (18 left out)" in flow
    assert "without 148 dates that cannot be true" in flow
    found = house.try_run("portfolio", "list", "--text", "HAIL")
    assert re.search(r"^\d+ use cases$", found.stderr, re.MULTILINE)
    again = house.try_run("import", "inventory", str(FEDERAL), "--profile", "omb-2024", "--into", "federal")
    assert again.returncode == 1
    assert "nothing was written" in again.stderr
    unknown = house.try_run("import", "inventory", str(FEDERAL), "--profile", "omb-2025", "--into", "x")
    assert "did you mean `omb-2024`?" in unknown.stderr
