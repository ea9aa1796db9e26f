"""Reuse through the door: duplicates in a real inventory, blocks with real calls, and what is outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FEDERAL = ROOT / "examples/us-federal-2024/us_federal_2024.csv.gz"
LOG = ROOT / "examples/sprawl/bedrock-invocations.jsonl"


@pytest.fixture(scope="module")
def federal(shared_house: Any) -> Any:
    shared_house.run("import", "inventory", str(FEDERAL), "--profile", "omb-2024", "--into", "federal")
    shared_house.run("apply", "federal")
    return shared_house


def test_the_title_that_stands_51_times_is_found_and_so_are_purposes_that_are_nearly_the_same(
    federal: Any,
) -> None:
    groups = json.loads(federal.run("portfolio", "duplicates", "--json"))
    assert len(groups[0]["members"]) == 51
    assert groups[0]["reasons"][0]["words"] == "one title: “Generative AI Usage”"
    together = [{member["id"] for member in group["members"]} for group in groups if group["kind"] == "text"]
    for pair in (
        {"dhs-fema-ocfo-gpt", "dhs-ocfo-response-augmentation-suite"},
        {"doi-shoreline-modeling-3c2a29", "doi-shoreline-modeling-7a0ccf"},
        {"eac-microsoft-copilot-integration", "usccr-microsoft-copilot-integration"},
    ):
        assert any(pair <= members for members in together), pair
    devices = {"va-aidoc", "va-agfa-dose-monitor-system"}
    assert not any(devices <= members for members in together), "a stock purpose is no likeness"


def test_groups_can_be_asked_for_by_unit_and_likeness(federal: Any) -> None:
    here = json.loads(federal.run("portfolio", "duplicates", "--unit", "treas", "--json"))
    assert here
    assert all(any(member["unit"] == "treas" for member in group["members"]) for group in here)
    wider = json.loads(
        federal.run("portfolio", "duplicates", "--unit", "treas", "--min-score", "0.72", "--json")
    )
    assert len({member["id"] for group in wider for member in group["members"]}) > len(
        {member["id"] for group in here for member in group["members"]}
    )
    said = federal.try_run("portfolio", "duplicates", "--unit", "treas", "--all")
    assert said.stdout.count("treas-") >= sum(len(group["members"]) for group in here)
    unknown = federal.try_run("portfolio", "duplicates", "--unit", "traes")
    assert "did you mean `treas`?" in unknown.stderr


def test_a_newcomer_finds_what_is_there_in_other_words(federal: Any) -> None:
    found = json.loads(
        federal.run("portfolio", "similar", "Translate documents from foreign languages", "--json")
    )
    assert "doj-aws-translate" in [each["member"]["id"] for each in found]
    assert all(each["member"]["owner"] for each in found)
    table = federal.run("portfolio", "similar", "malware reverse engineering", "--limit", "2")
    assert table.count("the same title") == 2
    assert "error[unusable-text]" in federal.try_run("portfolio", "similar", "  ").stderr


def test_who_comes_in_is_held_against_a_whole_inventory_and_shown_in_few_lines(federal: Any) -> None:
    mine = federal.root / "federal" / "mine.yaml"
    many = "".join(
        f"  mine-{n}: {{name: Generative AI Usage, unit: ed, purpose: Write letters of kind {n}.}}\n"
        for n in range(20)
    )
    mine.write_text(f"use_cases:\n{many}")
    try:
        shown = federal.run("plan", "federal", code=2)
        lines = [line for line in shown.splitlines() if line.startswith("  ? `mine-")]
        assert len(lines) == 10
        assert "`remit portfolio duplicates`" in shown
        assert shown.endswith("20 use cases that are new or reworded seem to do the job of another\n")
        found = json.loads(federal.run("plan", "federal", "--json", code=2))["newcomers"]
        assert {each["member"]["id"] for each in found} == {f"mine-{n}" for n in range(20)}
    finally:
        mine.unlink()


SECOND = """
use_cases:
  second:
    name: A second pilot
    unit: desk
    owner: second-owner@example.com
    purpose: Share what the first one uses.
    blocks: [model/echo]
blocks:
  prompt/one: {name: One, text: Sort the mail of the day by how urgent it is for people.}
  prompt/two: {name: Two, text: "Sort the mail of the day, by how urgent it is for people!"}
"""


def test_blocks_know_their_uses_and_the_ledger_s_calls(house: Any) -> None:
    house.apply(house.base, house.case, SECOND)
    server = house.serve()
    server.client(house.key()).chat.completions.create(
        model="echo", messages=[{"role": "user", "content": "Hello."}]
    )
    server.stop()
    found = json.loads(house.run("blocks", "--json"))
    echo = found["blocks"][0]
    assert (echo["address"], echo["listed"], echo["called"], echo["simulated_calls"]) == (
        "model/echo",
        1,
        1,
        1,
    )
    assert (echo["shared"], found["calls"], found["share"]) == (True, 0, None)
    listed = house.run("blocks", "list")
    assert "built twice? prompt/two: the same words" in " ".join(listed.split())
    assert house.run("blocks") == listed
    shown = house.run("blocks", "show", "model/echo")
    assert "a change touches 2 use cases in 1 unit, 1 key, 1 budget, 0 calls and 1 simulated" in shown
    radius = json.loads(house.run("blocks", "show", "prompt/one", "--json"))
    assert radius["block"]["orphan"] is True
    assert "did you mean `prompt/one`?" in house.try_run("blocks", "show", "prompt/onne").stderr


def test_what_a_provider_saw_belongs_by_use_case_or_key(house: Any) -> None:
    house.apply()
    house.key()
    [key] = json.loads(house.run("key", "list", "--json"))
    log = house.root / "log.jsonl"
    log.write_text(LOG.read_text().replace('"claims-triage"', f'"{key["id"]}"'))
    found = json.loads(house.run("sprawl", "log.jsonl", "--format", "bedrock-invocation-log", "--json"))
    assert (found["sprawl"]["calls_inside"], found["sprawl"]["calls_outside"]) == (2, 5)
    assert found["sprawl"]["cost"] is None
    assert "constructed" not in json.dumps(found), "no prompt is carried along"
    shown = house.try_run("sprawl", "log.jsonl", "--format", "bedrock-invocation-log", "--limit", "1")
    assert "more lines; `--limit` shows them" in shown.stderr
    assert "log.jsonl:7: not read: not-json" in shown.stderr
    unknown = house.try_run("sprawl", "log.jsonl", "--format", "bedrock-invocation-lag")
    assert "did you mean `bedrock-invocation-log`?" in unknown.stderr
    (house.root / "mine.yaml").write_text("format: {name: Mine}\n")
    faulty = house.try_run("sprawl", "log.jsonl", "--format", "mine.yaml")
    assert (faulty.returncode, "error[missing-field]" in faulty.stdout) == (1, True)
