"""Guardrails by command: listed, tried on texts, measured on data, and what they found reviewed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import BASE, CASE
from remit.operations.fold_ledger import fold_ledger

OURS, THEIRS = "desk@example.org", "anna@example.com"
GUARDED = BASE.replace(
    "    models: any",
    "    models: any\n    guardrails: {guardrail/house@1: {}, guardrail/watching: {}}",
).replace(
    "stages:",
    """  guardrail/house@1:
    name: House
    owner: risk@example.com
    sensitive: {EMAIL: anonymize}
    words: {listed: [darn]}
    blocked_input: The house stops this.
  guardrail/watching:
    name: Watching
    mode: shadow
    sensitive: {EMAIL: block, INTERNATIONAL_BANK_ACCOUNT_NUMBER: anonymize}
  guardrail/draft:
    name: Draft
    status: draft
    words: {listed: [tulip]}
stages:""",
)


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends, "it has not come to that in time"


def asks(house: Any) -> Callable[[str], str]:
    """Give what asks the model, which says it back, and returns what it heard."""
    client = house.serve().client(house.key())

    def ask(text: str) -> str:
        question: Any = [{"role": "user", "content": text}]
        answer = client.chat.completions.create(model="echo", max_tokens=50, messages=question)
        return str(answer.choices[0].message.content)

    return ask


def queue(house: Any, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(house.run("guardrail", "findings", "--json", *options))["lines"]
    return found


def test_what_somebody_says_is_no_finding_is_found_no_more(house: Any) -> None:
    house.apply(GUARDED, CASE)
    assert "nothing was found" in house.try_run("guardrail", "findings").stderr
    ask = asks(house)
    for _ in range(2):
        assert OURS not in ask(f"write to {OURS} today")
    assert THEIRS not in ask(f"write to {THEIRS} today")
    found = {each["calls"]: each for each in queue(house)}
    assert set(found) == {1, 2}
    assert found[2]["said"] == [
        {"guardrail": "guardrail/house@1", "action": "anonymize", "shadow": False},
        {"guardrail": "guardrail/watching", "action": "block", "shadow": True},
    ]
    assert len(found[2]["mark"]) == 16
    calls = [call["id"] for call in house.entries("call")]
    assert (found[2]["first_call"], found[2]["last_call"], found[1]["last_call"]) == tuple(calls)
    said = house.run("guardrail", "findings", "--type", "EMAIL", "--use-case", "pilot")
    assert OURS not in said
    assert "guardrail/watching in shadow: block" in " ".join(said.split())

    reviewed = house.run(
        "guardrail", "review", found[2]["mark"], "--false-positive", "--reason", "It is our own."
    )
    assert reviewed == (
        f"EMAIL {found[2]['mark']} of pilot is no finding; found by guardrail/house@1, guardrail/watching\n"
    )
    until(lambda: OURS in ask(f"write to {OURS} today"))
    assert THEIRS not in ask(f"write to {THEIRS} or {OURS}")
    assert [each["mark"] for each in queue(house)] == [found[1]["mark"]]
    assert {each["verdict"] for each in queue(house, "--all")} == {"", "false_positive"}

    house.run("guardrail", "review", found[2]["mark"], "--confirmed", "--reason", "I was wrong.")
    until(lambda: OURS not in ask(f"write to {OURS} today"))
    entries = house.entries("finding_review")
    assert [(each["verdict"], each["reason"]) for each in entries] == [
        ("false_positive", "It is our own."),
        ("confirmed", "I was wrong."),
    ]
    assert house.verify() == ()


def test_a_verdict_is_on_something_that_was_found_and_says_why(house: Any) -> None:
    house.apply(GUARDED, CASE)
    unknown = house.try_run("guardrail", "review", "77", "--confirmed", "--reason", "So.")
    assert (unknown.returncode, "error[unknown-finding]" in unknown.stderr) == (1, True)
    assert house.try_run("guardrail", "review", "77", "--confirmed").returncode == 2
    assert house.try_run("guardrail", "review", "77", "--reason", "So.").returncode == 2
    assert house.try_run("guardrail", "review", "77", "--confirmed", "--reason", " ").returncode == 2
    assert house.entries("finding_review") == []
    wrong = house.try_run("guardrail", "findings", "--use-case", "pilt")
    assert "did you mean `pilot`?" in wrong.stderr


def test_calls_that_were_stopped_are_counted_apart(house: Any) -> None:
    house.apply(GUARDED, CASE)
    ask = asks(house)
    assert ask("oh darn") == "The house stops this."
    ask("oh dear")
    with house.system() as system:
        fold_ledger(system)
        usage = system.store.usage(since=datetime(2020, 1, 1, tzinfo=UTC))
    assert [(total.calls, total.failed, total.blocked) for _, total in usage] == [(2, 0, 1)]
    [stopped] = queue(house, "--type", "WORD")
    assert (stopped["policy"], stopped["calls"], stopped["said"][0]["action"]) == ("word", 1, "block")


@pytest.fixture(scope="module")
def declared(shared_house: Any) -> Any:
    shared_house.apply(GUARDED, CASE)
    return shared_house


def test_guardrails_are_listed_with_who_must_pass_them(declared: Any) -> None:
    lines = json.loads(declared.run("guardrail", "list", "--json"))["lines"]
    assert [(each["address"], each["mode"], each["use_cases"]) for each in lines] == [
        ("guardrail/draft", "enforce", 0),
        ("guardrail/house@1", "enforce", 1),
        ("guardrail/watching", "shadow", 1),
    ]
    said = declared.run("guardrail", "list")
    assert "draft, not usable" in said
    assert "risk@example.com" in said


def tried(house: Any, *arguments: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.run("guardrail", "test", "--json", *arguments, code=code))
    return found


def test_a_text_is_tried_as_a_call_of_a_use_case_would_have_it(declared: Any) -> None:
    found = tried(declared, f"ask {THEIRS}", "--use-case", "pilot")
    assert (found["action"], found["text"]) == ("anonymize", "ask {EMAIL_1}")
    [part] = found["found"]
    assert (part["type"], part["start"], part["end"]) == ("EMAIL", 4, 4 + len(THEIRS))
    assert [(each["guardrail"], each["action"], each["shadow"]) for each in part["said"]] == [
        ("guardrail/house@1", "anonymize", False),
        ("guardrail/watching", "block", True),
    ]
    assert [each["asked_by"] for each in found["guardrails"]] == ["organisation", "organisation"]


def test_a_text_that_is_stopped_ends_with_exit_code_1_and_none_is_written_down(declared: Any) -> None:
    found = tried(declared, "oh Darn", "--guardrail", "guardrail/house", code=1)
    assert (found["action"], found["message"], found["text"]) == ("block", "The house stops this.", "")
    assert tried(declared, "a tulip", "--guardrail", "guardrail/draft", code=1)["action"] == "block"
    assert tried(declared, "oh dear", "--guardrail", "guardrail/house")["action"] == "none"
    # In the application's own words nothing is stopped for a word.
    assert tried(declared, "darn", "--guardrail", "guardrail/house", "--trust", "system")["action"] == "none"
    assert tried(declared, "oh darn", "--guardrail", "guardrail/house", "--trust", "answer", code=1)[
        "side"
    ] == ("output")
    assert declared.entries("call") == []


def test_what_is_not_applied_yet_can_be_tried(declared: Any) -> None:
    directory = declared.root / "later"
    directory.mkdir(exist_ok=True)
    (directory / "all.yaml").write_text(GUARDED.replace("[darn]", "[darn, drat]") + CASE)
    arguments = ("drat", "--use-case", "pilot")
    assert tried(declared, *arguments)["action"] == "none"
    assert tried(declared, *arguments, "--directory", "later", code=1)["action"] == "block"
    (directory / "all.yaml").write_text("units: [")
    broken = declared.try_run("guardrail", "test", *arguments, "--directory", "later")
    assert (broken.returncode, "error[" in broken.stderr) == (1, True)


def test_a_text_comes_from_a_file_or_the_caller_and_is_bounded(declared: Any) -> None:
    (declared.root / "letter.txt").write_text(f"one\ntwo {THEIRS}")
    found = declared.try_run("guardrail", "test", "--file", "letter.txt", "--guardrail", "guardrail/house@1")
    assert f"2 | two {THEIRS}\n  |     {'^' * len(THEIRS)} sensitive EMAIL, high" in found.stdout
    assert found.stdout.endswith("passes, masked:\none\ntwo {EMAIL_1}\n")
    (declared.root / "large.txt").write_bytes(b"a" * 10_000_001)
    large = declared.try_run("guardrail", "test", "--file", "large.txt", "--guardrail", "guardrail/house@1")
    assert "error[file-too-large]" in large.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("x",), 2, "name a guardrail"),
        (("--guardrail", "guardrail/house@1"), 2, "give a text"),
        (("x", "--file", "letter.txt", "--guardrail", "guardrail/house@1"), 2, "give a text"),
        (("x", "--guardrail", "guardrail/hose"), 1, "did you mean `guardrail/house`?"),
        (("x", "--guardrail", "model/echo"), 1, "is not a guardrail"),
        (("x", "--use-case", "none"), 1, "undeclared-use-case"),
        (("x", "--use-case", "pilot", "--guardrail", "guardrail/draft"), 1, "unknown-guardrail"),
    ],
)
def test_what_cannot_be_tried_is_told(
    declared: Any, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (declared.root / "letter.txt").write_text("a letter")
    done = declared.try_run("guardrail", "test", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stderr


ROWS = [
    {"text": f"write to {THEIRS}", "spans": [{"type": "EMAIL", "start": 9, "end": 9 + len(THEIRS)}]},
    {"text": "write to the desk", "spans": []},
    {"text": "an address without one", "label": "EMAIL"},
    {"text": f"is {OURS} one", "label": 0},
    {"text": "account NL91 ABNA 0417 1643 00", "label": ["INTERNATIONAL_BANK_ACCOUNT_NUMBER", "CITY"]},
]


def test_a_guardrail_is_measured_on_a_data_set_beside_another(declared: Any) -> None:
    (declared.root / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in ROWS))
    arguments = (
        "--guardrail",
        "guardrail/watching",
        "--dataset",
        "rows.jsonl",
        "--against",
        "guardrail/house",
    )
    found = json.loads(declared.run("guardrail", "evaluate", *arguments, "--json"))
    evaluation = found["evaluation"]
    assert (found["guardrail"], found["against"], evaluation["rows"]) == (
        "guardrail/watching",
        "guardrail/house@1",
        5,
    )
    whole = evaluation["measured"][0]["measure"]
    assert [whole[name] for name in ("found", "missed", "false_alarms", "passed")] == [2, 1, 1, 1]
    assert (evaluation["missed_rows"], evaluation["false_alarm_rows"]) == ([3], [4])
    assert evaluation["not_looked_for"] == {"CITY": 1}
    assert evaluation["compared"]["only_this_rows"] == [5]
    assert evaluation["compared"]["only_this_right"] == 1
    [span] = evaluation["spans"]
    assert (span["type"], span["measure"]["found"], span["measure"]["missed"]) == ("EMAIL", 1, 0)
    said = declared.try_run("guardrail", "evaluate", *arguments)
    assert THEIRS not in said.stdout + said.stderr
    assert "false alarms (lines 4)" in said.stderr


def test_a_data_set_with_a_line_that_is_no_row_is_not_measured_on(declared: Any) -> None:
    (declared.root / "bad.jsonl").write_text('{"text": "a", "label": 0}\n{"text": "private"}\nprivate\n')
    done = declared.try_run(
        "guardrail", "evaluate", "--guardrail", "guardrail/house", "--dataset", "bad.jsonl"
    )
    assert done.returncode == 1
    assert "bad.jsonl:2: it has neither `label` nor `spans`\nbad.jsonl:3: it is not JSON\n" in done.stderr
    assert "private" not in done.stderr
    assert done.stdout == ""


def test_labels_are_about_a_type_that_is_looked_for(declared: Any) -> None:
    (declared.root / "rows.jsonl").write_text('{"text": "a", "label": 0}\n')
    arguments = ("--guardrail", "guardrail/house", "--dataset", "rows.jsonl", "--type")
    done = declared.try_run("guardrail", "evaluate", *arguments, "EMIAL")
    assert (done.returncode, "did you mean `EMAIL`?" in done.stderr) == (1, True)
    assert "guardrail/house@1 on 1 row, by EMAIL" in declared.run(
        "guardrail", "evaluate", *arguments, "EMAIL"
    )
