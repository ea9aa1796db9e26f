"""The operating model changes as a team does it: planned, looked at, applied, and taken back."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from openai import OpenAI, PermissionDeniedError

from conftest import BASE, CASE
from remit.cli.directory import load_directory
from remit.declare.load import load
from remit.kernel.errors import Conflict, RemitError
from remit.kernel.money import Money
from remit.operations.apply_model import apply_planned
from remit.operations.plan_model import Planned, plan_model
from remit.operations.read_history import changes_of, find_version
from remit.operations.system import System
from remit.record.apply_diff import BYTES_MAX

MORE = BASE.replace("100.00 EUR, per: month", "200.00 EUR, per: month")
LESS = BASE.replace("100.00 EUR, per: month", "50.00 EUR, per: month")
WITHOUT = BASE.replace("calls: true", "calls: false")
QUESTION: Any = [{"role": "user", "content": "Hello"}]


def planned(house: Any, system: System, *texts: str) -> Planned:
    model = load_directory(house.declare(*texts)).operating_model
    assert model is not None
    return plan_model(system, model)


@contextmanager
def in_terminal(house: Any, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command at a terminal of its own; gives the process and where to type."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "remit", *arguments],
        env=house.environment,
        cwd=house.root,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(terminal)
    try:
        yield process, keyboard
    finally:
        os.close(keyboard)
        process.wait(timeout=30)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stderr.close()


def asked(process: subprocess.Popen[bytes]) -> str:
    """Read what a command says until it asks."""
    assert process.stderr is not None
    said = b""
    while not said.endswith(b"[y/N]: "):
        more = process.stderr.read1()  # type: ignore[attr-defined]  # a buffered reader
        assert more, said.decode()
        said += more
    return str(said.decode())


def test_a_plan_ends_with_2_for_changes_with_0_for_none_and_with_1_for_errors(house: Any) -> None:
    house.declare(BASE, CASE)
    first = house.run("plan", "declared", code=2)
    assert "+ use-case/pilot\n" in first
    assert first.endswith(" new, 0 changed, 0 retired\n")
    house.run("apply", "declared")
    assert house.run("plan", "declared") == "nothing to change: version 1 says the same\n"
    house.declare(LESS, CASE)
    shown = house.run("plan", "declared", code=2)
    assert (
        "~ organisation\n    remit.spend: [{limit: 100 EUR, per: month}] → [{limit: 50 EUR, per: month}]"
        in shown
    )
    assert "↓ `pilot` may spend 50.00 EUR instead of 100.00 EUR per month (organisation)" in shown
    assert "0 use cases may do more, 1 use case may do less, 0 use cases in use would break" in shown
    house.declare(LESS.replace("EUR\n", "euro\n"), CASE)
    faulty = house.try_run("plan", "declared")
    assert faulty.returncode == 1
    assert "error[invalid-value]" in faulty.stdout


def test_a_plan_in_json_says_all_of_it(house: Any) -> None:
    house.apply()
    house.key()
    house.declare(BASE, "")
    said = json.loads(house.run("plan", "declared", "--json", code=2))
    assert said["version"] == 1
    assert said["asks"] is True
    [change] = said["changes"]
    assert (change["action"], change["address"]) == ("retire", "use-case/pilot")
    assert {"path": "unit", "before": "desk", "after": None} in change["fields"]
    [effect] = said["effects"]
    assert effect["breaks"]
    assert effect["summary"] == "`pilot` is retired and loses 1 live key; 0 calls in the last 31 days"


def test_what_widens_or_breaks_is_not_applied_without_consent(house: Any) -> None:
    house.apply()
    house.declare(MORE, CASE)
    for options in ([], ["--json"]):
        refused = house.try_run("apply", "declared", *options)
        assert refused.returncode == 1
        assert "error[not-confirmed]" in refused.stderr
        assert "--yes" in refused.stderr
    assert [entry["model_version"] for entry in house.entries("apply")] == [1]
    assert house.run("apply", "declared", "--yes").startswith("version 2 is in force: 0 declarations new, 1")
    house.declare(LESS, CASE)
    assert house.run("apply", "declared").startswith("version 3 is in force")


@pytest.mark.parametrize(("answer", "code", "version"), [(b"y\n", 0, 2), (b"n\n", 1, 1), (b"\n", 1, 1)])
def test_at_a_terminal_the_plan_is_shown_and_the_answer_counts(
    house: Any, answer: bytes, code: int, version: int
) -> None:
    house.apply()
    house.declare(MORE, CASE)
    with in_terminal(house, "apply", "declared") as (process, keyboard):
        assert "↑ `pilot` may spend 200.00 EUR instead of 100.00 EUR per month" in asked(process)
        os.write(keyboard, answer)
        assert process.wait(timeout=30) == code
    assert [entry["model_version"] for entry in house.entries("apply")][-1] == version


def test_who_confirms_a_plan_that_another_has_overtaken_is_told_and_nothing_is_lost(house: Any) -> None:
    house.apply()
    house.declare(MORE, CASE)
    with in_terminal(house, "apply", "declared") as (process, keyboard):
        asked(process)
        house.apply(LESS, CASE)
        os.write(keyboard, b"y\n")
        assert process.wait(timeout=30) == 1
        assert process.stderr is not None
        told = process.stderr.read().decode()
    assert "error[conflict]: tester@example.com applied version 2 at " in told
    assert "after version 1 that this plan rests on" in told
    assert len(house.entries("apply")) == 2
    assert "{limit: 50 EUR, per: month}" in house.run("history", "2")


AGAIN = """
use_cases:
  again:
    name: A pilot
    unit: desk
    owner: again-owner@example.com
    purpose: Try the path of a call.
"""
EXPLAINED = AGAIN + "    distinct_from: {pilot: It takes another path.}\n"


def test_a_use_case_that_is_there_already_is_asked_about_until_it_is_explained(house: Any) -> None:
    house.apply()
    house.declare(BASE, CASE, AGAIN)
    shown = house.run("plan", "declared", code=2)
    assert "? `again` as `pilot` (1.00: one title: “A pilot”; word for word the same purpose" in shown
    assert "in `desk` at `experiment`; ask pilot-owner@example.com" in shown
    said = json.loads(house.run("plan", "declared", "--json", code=2))
    assert said["asks"] is True
    [newcomer] = said["newcomers"]
    assert (newcomer["member"]["id"], newcomer["more"]) == ("again", 0)
    assert newcomer["nearest"][0]["member"]["owner"] == "pilot-owner@example.com"
    refused = house.try_run("apply", "declared")
    assert (refused.returncode, len(house.entries("apply"))) == (1, 1)
    assert "brings in 1 that would do the job of another" in refused.stderr
    house.declare(BASE, CASE, EXPLAINED)
    assert "join or explain" not in house.run("plan", "declared", code=2)
    assert house.run("apply", "declared").startswith("version 2 is in force")
    assert house.run("portfolio", "duplicates") == ""
    house.declare(BASE, CASE, AGAIN.replace("again-owner", "other-owner"))
    assert house.run("apply", "declared").startswith("version 3 is in force"), "nothing new came in"
    assert "one title: “A pilot”" in house.run("portfolio", "duplicates")


def test_words_that_change_are_held_against_all_like_those_that_are_new(house: Any) -> None:
    other = AGAIN.replace("A pilot", "Photo notes").replace("Try the path of a call.", "Describe a wreck.")
    house.apply(BASE, CASE, other)
    house.declare(BASE, CASE, AGAIN)
    assert "`again` as `pilot`" in house.try_run("apply", "declared").stderr
    assert house.run("apply", "declared", "--yes").startswith("version 2 is in force")


def test_in_a_first_model_what_is_there_twice_is_counted_and_not_asked_about(house: Any) -> None:
    house.declare(BASE, CASE, AGAIN)
    shown = house.run("plan", "declared", code=2)
    assert "2 use cases that are new or reworded seem to do the job of another" in shown
    assert "join or explain" not in shown
    assert json.loads(house.run("plan", "declared", "--json", code=2))["asks"] is False
    assert house.run("apply", "declared").startswith("version 1 is in force")


def test_a_model_that_is_called_is_missed_with_its_calls_and_a_price_with_its_tokens(
    house: Any, pilot: Callable[[], OpenAI]
) -> None:
    pilot().chat.completions.create(model="echo", messages=QUESTION, max_tokens=5)
    [call] = house.entries("call")
    house.declare(
        BASE.replace("provider: echo", "provider: echo\n    status: rejected\n    reason: Bad."), CASE
    )
    shown = house.run("plan", "declared", code=2)
    assert (
        "! `pilot` can no longer call `model/echo`: it is rejected (block-not-approved);"
        " 1 key and 1 call used it in the last 31 days"
    ) in shown
    assert "would break 1" in house.try_run("apply", "declared").stderr
    house.declare(BASE.replace("input: 1.00", "input: 3.00"), CASE)
    more = Decimal(2) * call["usage"]["input_tokens"] / 1_000_000
    [effect] = json.loads(house.run("plan", "declared", "--json", code=2))["effects"]
    assert effect["summary"].endswith(f"would have cost about {Money(more, 'EUR').display()} more")
    assert (effect["widens"], effect["breaks"]) == (False, False)


def test_of_two_that_planned_the_same_text_the_second_finds_it_done(house: Any) -> None:
    house.apply()
    with house.system() as system:
        one, other = planned(house, system, LESS, CASE), planned(house, system, LESS, CASE)
        assert apply_planned(system, one, author="a", reason="").changed
        assert not apply_planned(system, other, author="b", reason="").changed
        third = planned(house, system, MORE, CASE)
        apply_planned(system, planned(house, system, BASE, CASE), author="b", reason="")
        with pytest.raises(Conflict, match="b applied version 3"):
            apply_planned(system, third, author="a", reason="")


def test_the_entry_says_who_why_and_what_and_history_shows_it(house: Any) -> None:
    house.apply()
    house.declare(LESS, CASE)
    house.run("apply", "declared", "--reason", "Money is short.", REMIT_AUTHOR="finance@example.com")
    first, second = house.entries("apply")
    assert second["previous"] == first["digest"]
    assert second["changes"] == [
        {
            "action": "change",
            "address": "organisation",
            "fields": [
                {
                    "path": "remit.spend",
                    "before": '[{"limit":"100 EUR","per":"month"}]',
                    "after": '[{"limit":"50 EUR","per":"month"}]',
                }
            ],
        }
    ]
    listed = house.run("history").splitlines()
    assert listed[0].split() == ["version", "at", "(UTC)", "by", "changes", "why"]
    assert listed[1].endswith("finance@example.com  +0 ~1 -0   Money is short.")
    assert json.loads(house.run("history", "--json"))[0]["reason"] == "Money is short."
    shown = json.loads(house.run("history", "2", "--json"))
    assert shown["changes"][0]["fields"][0]["after"] == [{"limit": "50 EUR", "per": "month"}]
    unknown = house.try_run("history", "9")
    assert unknown.returncode == 1
    assert "no version 9" in unknown.stderr


def test_a_change_of_any_size_fits_an_entry_and_is_kept_whole(house: Any) -> None:
    many = "blocks:\n" + "".join(f"  prompt/p{n}: {{name: P{n}, text: {'long ' * 90}}}\n" for n in range(400))
    house.apply(BASE, CASE, many)
    with house.system() as system:
        applied = find_version(system, 1)
        assert applied.created > 400
        assert 0 < len(applied.changes) < 400
        assert sum(len(str(change)) for change in applied.changes) < 2 * BYTES_MAX
        whole = changes_of(system, applied)
        assert len(whole) == applied.created
        assert any("long long" in str(field.after) for change in whole for field in change.fields)
        assert "long long" not in str(applied.changes)


def test_no_entry_holds_the_text_of_a_prompt(house: Any) -> None:
    house.apply(BASE, CASE, "blocks: {prompt/letter: {name: Letter, text: Dear Sir or Madam.}}")
    assert "Dear Sir" not in json.dumps(house.entries())
    with house.system() as system:
        assert "Dear Sir" in str(changes_of(system, find_version(system, 1)))


def test_a_reason_that_is_too_long_is_refused(house: Any) -> None:
    with house.system() as system, pytest.raises(RemitError, match="the reason has"):
        apply_planned(system, planned(house, system, BASE, CASE), author="a", reason="x" * 2001)
    assert house.entries() == []


def test_a_rollback_is_a_new_version_with_the_old_text(house: Any) -> None:
    house.apply()
    house.declare(LESS, CASE)
    house.run("apply", "declared")
    refused = house.try_run("rollback", "1")
    assert refused.returncode == 1
    assert "error[not-confirmed]" in refused.stderr
    assert house.run("rollback", "1", "--yes", "--reason", "Too little.").startswith("version 3 is in force")
    first, _, third = house.entries("apply")
    assert third["digest"] == first["digest"]
    assert third["restores"] == 1
    assert "back to version 1: Too little." in house.run("history")
    assert house.run("rollback", "1").startswith("version 3 is in force already")
    assert house.try_run("rollback", "7").returncode == 1


def test_a_use_case_that_is_taken_out_and_put_in_again_keeps_its_stage_and_its_entries(house: Any) -> None:
    house.apply()
    house.key()
    house.apply(BASE, "")
    house.apply(BASE, CASE.replace("stage: experiment", "stage: scale"))
    assert [entry["stage"] for entry in house.entries("stage_change")] == ["experiment"]
    assert "pilot at experiment" in house.run("explain", "pilot")


def test_a_rollback_is_in_force_in_the_gateway_within_a_second(
    house: Any, pilot: Callable[[], OpenAI]
) -> None:
    client = pilot()

    def may_call() -> bool:
        try:
            client.chat.completions.create(model="echo", messages=QUESTION, max_tokens=5)
        except PermissionDeniedError:
            return False
        return True

    def seconds_until(expected: bool) -> float:
        began = time.monotonic()
        while may_call() is not expected:
            assert time.monotonic() < began + 5
        return time.monotonic() - began

    assert may_call()
    house.declare(WITHOUT, CASE)
    assert "would break 1" in house.try_run("apply", "declared").stderr
    assert may_call()
    house.apply(WITHOUT, CASE)
    assert seconds_until(False) < 1
    house.run("rollback", "1", "--yes")
    assert seconds_until(True) < 1


def test_another_currency_is_refused_because_balances_would_change_their_meaning(house: Any) -> None:
    house.apply()
    house.declare(house.base.replace("EUR", "USD"), house.case)
    refused = house.try_run("apply", "declared", "--yes")
    assert refused.returncode == 1
    assert "error[currency-changed]" in refused.stderr


def test_pull_writes_what_is_in_force_into_the_files_and_keeps_the_rest(house: Any) -> None:
    house.apply(MORE, "# The only one.\n" + CASE)
    other = house.root / "other"
    other.mkdir()
    texts = {"base.yaml": BASE.replace("\n", "\r\n"), "case.yaml": "# The first one.\n" + CASE}
    for name, text in texts.items():
        (other / name).write_bytes(text.encode())
    assert "wrote base.yaml: 1 line\n" in house.run("pull", "other")
    expected = texts["base.yaml"].replace("100.00 EUR, per: month", "200 EUR, per: month")
    assert (other / "base.yaml").read_bytes().decode() == expected
    assert (other / "case.yaml").read_bytes().decode() == texts["case.yaml"]
    assert sorted(path.name for path in other.iterdir()) == ["base.yaml", "case.yaml"]
    assert house.run("plan", "other").startswith("nothing to change")
    assert "nothing was written" in house.try_run("pull", "other").stderr
    said = json.loads(house.run("pull", "other", "--json"))
    assert said == {"version": 1, "files": [], "changes": []}


def test_pull_writes_nothing_into_a_directory_with_errors(house: Any) -> None:
    house.apply()
    house.apply(MORE, CASE)
    directory = house.declare(BASE, CASE.replace("unit: desk", "unit: desc"))
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    refused = house.try_run("pull", "declared")
    assert refused.returncode == 1
    assert "error[undeclared-unit]" in refused.stdout
    assert "nothing was written" in refused.stderr
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before


def test_pull_writes_nothing_if_no_file_can_say_what_is_in_force(house: Any) -> None:
    without_shipped = load({"base.yaml": BASE, "case.yaml": CASE}).operating_model
    assert without_shipped is not None
    with house.system() as system:
        apply_planned(system, plan_model(system, without_shipped), author="a", reason="")
    directory = house.declare(LESS, CASE)
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    refused = house.try_run("pull", "declared")
    assert refused.returncode == 1
    assert "error[not-written-back]" in refused.stderr
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == before
