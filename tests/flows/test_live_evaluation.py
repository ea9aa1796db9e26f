"""Live calls drawn, scored and recorded through the door, where their text may be kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from completed_call import completed
from conftest import BASE, CASE, House, living_in
from forked_command import Forks
from remit.declare.price import Rates
from remit.enforce.request import Message, Text
from remit.kernel.ids import ulid
from remit.kernel.usage import Usage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import GATEWAY, System
from remit.record.call_entry import Origin, Purpose
from remit.record.captured import Captured, encode
from remit.record.kept import Draft

NOW = datetime.now(UTC)
RATES = Rates(date(2020, 1, 1), Decimal(1), Decimal(2))
KEEPING = CASE.rstrip() + "\n    remit: {capture_max: raw, retention_days: 30}\n"
JUDGE = """
scorers:
  - scorer: judge
    name: kind
    model: model/echo
    rubric: Is the answer kind?
"""


def called(
    system: System, number: int, *, days: float = 1, prompt: str = "", run: str = "", keep: bool = True
) -> str:
    """Record a call, and keep what was said in it."""
    at = NOW - timedelta(days=days, seconds=number)
    id = ulid(round(at.timestamp() * 1000), number)
    purpose = Purpose(
        key="k1",
        use_case="pilot",
        unit="desk",
        stage="experiment",
        model="model/echo",
        model_version=1,
        remit="r1",
    )
    call = completed(
        *(id, at, Usage(1_000, 500), RATES),
        purpose=purpose,
        prompt_block=prompt,
        latency_ms=10 * number,
        origin=Origin(run=run),
    )
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append([call])
    if keep:
        asked = Message("user", (Text("Storms are covered.", label="source"), Text(f"Question {number}?")))
        answer = (Text("Storms are covered." if number % 2 else "I do not know."),)
        body = Captured(call=id, use_case="pilot", at=at, mode="raw", messages=(asked,), answer=answer)
        system.captures.keep([Draft(id, "pilot", at, 30, encode(body))])
    fold_ledger(system)
    return id


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[tuple[House, list[str]]]:
    with living_in(tmp_path_factory.mktemp("desk"), commands) as house:
        house.apply(BASE, KEEPING)
        with house.system() as system:
            live = [called(system, number) for number in range(1, 9)]
            called(system, 20, days=9)
            called(system, 21, run="evaluation-01K")
            called(system, 22, keep=False)
        yield house, live


def test_a_sample_is_drawn_scored_and_recorded_and_the_ledger_says_who_looked(
    desk: tuple[House, list[str]],
) -> None:
    house, live = desk
    command = ("evaluate", "pilot", "--live", "20", "--seed", "s", "--score", "contains=covered", "--json")
    found = json.loads(house.run(*command, REMIT_AUTHOR="anna@example.com"))
    assert (found["drawn"]["population"], found["drawn"]["looked_at"]) == (9, 9)
    assert found["drawn"]["not_kept"] == 1
    [recorded] = found["evaluations"]
    [entry] = [
        each for each in house.entries("evaluation") if each["run"] == recorded["report"]["evaluation"]["run"]
    ]
    assert (entry["live"], entry["dataset"], entry["author"]) == (True, "live", "anna@example.com")
    [scored] = entry["results"]
    assert (scored["cases"], scored["passed"], Decimal(scored["charge"])) == (8, 4, Decimal("0.016"))
    shown = [each for each in house.entries("capture_shown") if each["author"] == "anna@example.com"]
    assert sorted(each["call"] for each in shown) == sorted(live)
    details = recorded["comparison"]["details"]
    assert (set(details["cases"]), details["drawn"]["seed"]) == (set(live), "s")
    assert house.verify() == ()


def test_the_same_seed_draws_the_same_calls_and_the_sample_says_of_which_it_is(
    desk: tuple[House, list[str]],
) -> None:
    house, _ = desk
    command = ("evaluate", "pilot", "--live", "3", "--seed", "t", "--score", "grounding", "--since", "30")
    drawn = []
    for _ in range(2):
        done = house.try_run(*command, "--json")
        assert done.returncode == 0, done.stderr
        drawn.append(json.loads(done.stdout)["evaluations"][0]["comparison"]["details"]["cases"])
        assert "3 of 10 live calls, from" in done.stderr
        assert "drawn with seed t" in done.stderr
    assert drawn[0] == drawn[1]


def test_a_judge_is_asked_by_a_governed_call(desk: tuple[House, list[str]], tmp_path: Path) -> None:
    house, _ = desk
    scorers = tmp_path / "scorers.yaml"
    scorers.write_text(JUDGE, "utf-8")
    done = house.try_run("evaluate", "pilot", "--live", "1", "--scorers", str(scorers))
    assert done.returncode == 0, done.stderr
    assert "1 call of judges" in done.stderr
    # The model that only says back what it reads is no judge: it has no word, and that passes nothing.
    assert "1 score missing" in done.stderr
    assert "0 of 1" in done.stdout
    judging = [each for each in house.entries("call") if each["origin"].get("run", "") in runs(house)]
    assert [each["purpose"]["use_case"] for each in judging] == ["pilot"]


def runs(house: House) -> set[str]:
    return {each["run"] for each in house.entries("evaluation")}


def test_where_no_text_may_be_kept_it_is_said_whose_rule_that_is(house: House) -> None:
    house.apply(BASE, CASE.rstrip() + "\n    remit: {capture_max: off}\n")
    done = house.try_run("evaluate", "pilot", "--live", "5", "--score", "contains=x")
    assert done.returncode == 1
    assert "error[capture-not-allowed]: no text of `pilot` may be kept" in done.stderr
    assert "`use-case/pilot` sets `capture_max` to `off`" in done.stderr
    assert "ask pilot-owner@example.com for" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--live", "5"), 2, "say how to score live answers"),
        (("--live", "5", "--models", "echo", "--score", "refusal"), 2, "takes answers that were given"),
        (("--since", "5"), 2, "name a data set with `--dataset`"),
        (("--live", "5", "--score", "exact"), 1, "of a live call nobody says what is right"),
    ],
)
def test_what_makes_no_sense_together_is_said(
    desk: tuple[House, list[str]], arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = desk[0].try_run("evaluate", "pilot", *arguments)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_answers_of_two_releases_are_two_evaluations(house: House) -> None:
    said = "\nblocks:\n  prompt/letter: {name: Letter, text: Write a letter.}\n"
    case = KEEPING.replace("    remit:", "    blocks: [prompt/letter]\n    remit:")
    house.apply(BASE, case, said)
    with house.system() as system:
        for number in range(1, 4):
            called(system, number, prompt="prompt/letter")
        called(system, 4)
    found = json.loads(house.run("evaluate", "pilot", "--live", "9", "--score", "refusal", "--json"))
    first, second = [each["comparison"] for each in found["evaluations"]]
    assert [len(each["details"]["cases"]) for each in (first, second)] == [3, 1]
    assert first["rated"][0]["scored"]["prompt_block"] == "prompt/letter"
    assert second["rated"][0]["scored"].get("prompt_block", "") == ""
    assert (first["outdated"], second["outdated"]) == ({}, {})


def test_a_window_without_a_call_that_can_be_read_is_no_sample(house: House) -> None:
    house.apply(BASE, KEEPING)
    with house.system() as system:
        called(system, 1, keep=False)
    done = house.try_run("evaluate", "pilot", "--live", "5", "--score", "refusal")
    assert done.returncode == 1
    assert "error[nothing-to-sample]: no live call of `pilot` could be scored: of 1, 1 were" in done.stderr
    assert house.entries("evaluation") == []
