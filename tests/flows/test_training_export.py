"""Training sets by command: of calls that a real gateway kept, consented, masked, whole or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from conftest import BASE, CASE, House, living_in
from forked_command import Forks

MAIL = "ada@example.com"
TOOL = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object"}}}


def keeping(more: str = "") -> str:
    return CASE.rstrip() + f"\n    remit: {{capture_max: raw, retention_days: 30{more}}}\n"


def asked(*turns: str, system: str = "") -> list[dict[str, str]]:
    roles = ("user", "assistant")
    said = [{"role": roles[number % 2], "content": text} for number, text in enumerate(turns)]
    return [{"role": "system", "content": system}, *said] if system else said


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, commands: Forks) -> Iterator[tuple[House, dict[str, str]]]:
    """A house whose calls were made before and after training was allowed, and one of them erased."""
    with living_in(tmp_path_factory.mktemp("desk"), commands) as house:
        house.apply(BASE, keeping())
        calls = made(house, {"early": asked("Was hail covered?")})
        house.apply(BASE, keeping(", training: true"))
        calls |= made(
            house,
            {
                "mail": asked(f"Write to {MAIL} about hail", system="Answer briefly."),
                "again": asked(f"Write to {MAIL} about hail", system="Answer briefly."),
                "turns": asked("Is snow covered?", "It is.", f"And may {MAIL} know?"),
                "short": asked("one two three four five six seven eight"),
                "tools": asked("Look it up"),
                "erased": asked("Forget this"),
                "reserved": asked("User: who am I?"),
            },
        )
        house.run("capture", "erase", "--use-case", "pilot", "--call", calls["erased"], "--reason", "asked")
        yield house, calls


def made(house: House, wanted: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    server = house.serve()
    client, calls = server.client(house.key()), {}
    for name, messages in wanted.items():
        more: dict[str, Any] = {"tools": [TOOL]} if name == "tools" else {}
        answer = client.chat.completions.create(
            model="echo",
            max_tokens=3 if name == "short" else 50,
            messages=messages,  # type: ignore[arg-type]  # plain mappings, as a caller without types has them
            **more,
        )
        calls[name] = str(answer.id).removeprefix("chatcmpl-")
    server.stop()
    return calls


def export(house: House, file: str, *more: str, format: str = "openai-chat") -> dict[str, Any]:
    command = ("export", "training-set", "pilot", "--format", format, "--into", file, "--simulated", "--json")
    found: dict[str, Any] = json.loads(house.run(*command, *more, REMIT_AUTHOR="anna@example.com"))
    return found


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_kept_calls_come_out_masked_once_each_and_the_ledger_says_which(
    desk: tuple[House, dict[str, str]],
) -> None:
    house, calls = desk
    found = export(house, "claims.jsonl")
    file = house.root / "claims.jsonl"
    newest = [calls["reserved"], calls["turns"], calls["again"]]
    assert found["training"]["calls"] == newest
    assert [line["messages"] for line in lines(file)][1:] == [
        [
            {"role": "user", "content": "Is snow covered?"},
            {"role": "assistant", "content": "It is."},
            {"role": "user", "content": "And may {EMAIL} know?"},
            {"role": "assistant", "content": "Simulated: And may {EMAIL} know?"},
        ],
        [
            {"role": "system", "content": "Answer briefly."},
            {"role": "user", "content": "Write to {EMAIL} about hail"},
            {"role": "assistant", "content": "Simulated: Write to {EMAIL} about hail"},
        ],
    ]
    assert found["left_out"] == {
        "cut_short": 1,
        "not_consented": 1,
        "not_kept": 1,
        "with_tools": 1,
        "duplicate": 1,
    }
    manifest = house.root / "claims.jsonl.manifest.json"
    assert json.loads(manifest.read_text("utf-8")) == found
    assert MAIL not in file.read_text("utf-8") + manifest.read_text("utf-8")
    for each in (file, manifest):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600
    [entry] = [each for each in house.entries("training_set_exported") if each["id"] == found["entry"]]
    assert entry["digest"] == sha256(file.read_bytes()).hexdigest() == found["training"]["sha256"]
    assert (entry["examples"], entry["consent"], entry["author"]) == (
        3,
        "use-case/pilot",
        "anna@example.com",
    )
    assert (entry["simulated"], entry["model_version"]) == (True, 2)
    assert house.verify() == ()
    assert not list(house.root.glob(".remit-export-*"))


def test_the_same_calls_make_the_same_file_split_by_what_was_asked(
    desk: tuple[House, dict[str, str]],
) -> None:
    house, calls = desk
    first = export(house, "a.jsonl", "--validation", "0.3")
    again = export(house, "b.jsonl", "--validation", "0.3")
    assert [first[part]["sha256"] for part in ("training", "validation")] == [
        again[part]["sha256"] for part in ("training", "validation")
    ]
    both = first["training"]["calls"] + first["validation"]["calls"]
    assert sorted(both) == sorted([calls["again"], calls["turns"], calls["reserved"]])
    assert (house.root / "a.validation.jsonl").stat().st_size == first["validation"]["bytes"]


def test_only_answers_that_passed_are_taken_where_that_is_asked_for(
    desk: tuple[House, dict[str, str]],
) -> None:
    house, calls = desk
    scored = json.loads(house.run("evaluate", "pilot", "--live", "20", "--score", "contains=know", "--json"))
    evaluation = scored["evaluations"][0]["report"]["evaluation"]["id"]
    found = export(house, "passed.jsonl", "--only-passed", evaluation)
    assert found["training"]["calls"] == [calls["turns"]]
    assert found["left_out"]["not_passed"] > 1


def test_bedrock_takes_conversations_without_its_reserved_words(desk: tuple[House, dict[str, str]]) -> None:
    house, calls = desk
    found = export(house, "tune.jsonl", format="bedrock-converse")
    assert found["training"]["calls"] == [calls["turns"], calls["again"]]
    assert lines(house.root / "tune.jsonl")[1] == {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Answer briefly."}],
        "messages": [
            {"role": "user", "content": [{"text": "Write to {EMAIL} about hail"}]},
            {"role": "assistant", "content": [{"text": "Simulated: Write to {EMAIL} about hail"}]},
        ],
    }


def test_a_person_reads_what_was_written_left_out_and_may_cost(desk: tuple[House, dict[str, str]]) -> None:
    house, _ = desk
    command = ("export", "training-set", "pilot", "--format", "openai-chat", "--into", "read.jsonl")
    price = ("--training-price", "25.00 EUR", "--epochs", "3")
    done = house.try_run(*command, "--simulated", *price)
    assert done.returncode == 0, done.stderr
    assert "read.jsonl         3" in done.stdout
    assert "for 3 epochs at 25.00 EUR a million" in done.stdout
    assert "were made while their remit did not allow training (not_consented)" in done.stderr
    assert "SIMULATED: 3 examples" in done.stderr
    assert "fewer than the 10 examples" in done.stderr
    taken = house.try_run(*command, "--simulated")
    assert taken.returncode == 1
    assert "error[file-exists]: `read.jsonl` is there already" in taken.stderr
    real = house.try_run(*command[:-1], "real.jsonl")
    assert real.returncode == 1
    assert "error[nothing-to-train-on]" in real.stderr
    assert "simulated" in real.stderr
    assert not (house.root / "real.jsonl").exists()


def test_without_consent_nothing_is_given_out_and_it_is_said_who_may_allow_it(house: House) -> None:
    command = ("export", "training-set", "pilot", "--format", "openai-chat", "--into", "x.jsonl")
    house.apply(BASE, keeping())
    silent = house.try_run(*command)
    assert silent.returncode == 1
    assert "error[training-not-allowed]: kept calls of `pilot` may not train models" in silent.stderr
    assert "pilot-owner@example.com" in silent.stderr
    forbidding = BASE.replace("    models: any\n", "    models: any\n    training: false\n")
    house.apply(forbidding, keeping(", training: true"))
    forbidden = house.try_run(*command)
    assert "`organisation` sets `training` to `false`" in forbidden.stderr
    assert "ask administrator@example.com" in forbidden.stderr
    assert house.entries("training_set_exported") == []
    assert not (house.root / "x.jsonl").exists()
