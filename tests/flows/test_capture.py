"""Prompts and answers by command: kept by a real gateway, shown, erased, and gone after any crash."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import BASE, CASE
from remit.kernel.ids import ulid
from remit.operations.erase_captures import resume_erasures
from remit.record.captured import Captured, encode
from remit.record.kept import Draft, Remains

MAIL = "ada@example.com"


def keeping(mode: str = "raw") -> str:
    return CASE.rstrip() + f"\n    remit: {{capture_max: {mode}, retention_days: 30}}\n"


def asks(house: Any, **more: str) -> Callable[[str], str]:
    """Give what asks the model, which says it back, and returns the call's id."""
    client = house.serve(**more).client(house.key())

    def ask(text: str) -> str:
        question: Any = [{"role": "user", "content": text}]
        answer = client.chat.completions.create(model="echo", max_tokens=50, messages=question)
        return str(answer.id).removeprefix("chatcmpl-")

    return ask


def shown(house: Any, call: str, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.run("capture", "show", call, **more))
    return found


def fault(house: Any, *command: str, code: int = 1, **more: str) -> str:
    done = house.try_run(*command, **more)
    assert done.returncode == code, done.stdout + done.stderr
    return str(done.stderr)


def test_a_call_is_kept_masked_shown_and_erased_and_the_ledger_tells_all_of_it(house: Any) -> None:
    house.apply(BASE, keeping("masked"))
    ask = asks(house)
    calls = [ask(f"write to {MAIL}"), ask("and again")]
    kept_by(house, 2)
    house.servers[0].stop()
    found = shown(house, calls[0], REMIT_AUTHOR="anna@example.com")
    assert found["messages"] == [{"role": "user", "parts": [{"kind": "text", "text": "write to {EMAIL}"}]}]
    assert MAIL not in json.dumps(found)
    [counted] = json.loads(house.run("capture", "list", "--json"))
    assert (counted["use_case"], counted["captures"], counted["missed"]) == ("pilot", 2, 0)
    assert "pilot" in house.run("capture", "list")

    erased = json.loads(
        house.run(
            *("capture", "erase", "--use-case", "pilot", "--call", calls[0], "--reason", "asked", "--json")
        )
    )
    assert [each["calls"] for each in erased] == [[calls[0]]]
    assert "was erased at" in fault(house, "capture", "show", calls[0])
    assert shown(house, calls[1])["call"] == calls[1]
    house.run("capture", "erase", "--use-case", "pilot", "--reason", "the rest")
    assert "was erased at" in fault(house, "capture", "show", calls[1])
    assert json.loads(house.run("capture", "list", "--json")) == []
    assert "all is as the ledger says" in house.try_run("capture", "verify").stderr

    entries = house.entries("capture_erased")
    assert [(each["captures"], each["reason"], each["basis"]) for each in entries] == [
        (1, "asked", "request"),
        (1, "the rest", "request"),
    ]
    assert [each["author"] for each in house.entries("capture_shown")] == [
        "anna@example.com",
        "administrator",
    ]
    assert house.verify() == ()
    assert b"write to" not in everything(house)


def kept_by(house: Any, captures: int) -> None:
    """Wait until so many calls are kept: what masks them takes its time to load."""
    ends = time.monotonic() + 90
    while sum(each["captures"] for each in json.loads(house.run("capture", "list", "--json"))) < captures:
        assert time.monotonic() < ends


def everything(house: Any) -> bytes:
    return b"".join(each.read_bytes() for each in house.home.rglob("*") if each.is_file())


def test_what_was_kept_longer_than_its_remit_lets_it_is_purged_by_command_and_by_the_portal(
    house: Any,
) -> None:
    house.apply(BASE, keeping())
    now = datetime.now(UTC)
    keep(house, {"c1": now - timedelta(days=31), "c2": now - timedelta(days=40), "c3": now})
    assert len(json.loads(house.run("capture", "purge", "--json"))) == 2
    assert shown(house, "c3")["inputs"] == ["said c3"]
    keep(house, {"c4": now - timedelta(days=31)})
    house.serve("portal")
    until(lambda: len(house.entries("capture_erased")) == 3)
    assert {each["basis"] for each in house.entries("capture_erased")} == {"retention"}
    assert house.entries("capture_erased")[-1]["author"] == "portal"


def keep(house: Any, calls: dict[str, datetime]) -> None:
    with house.system() as system:
        for call, at in calls.items():
            found = Captured(call=call, use_case="pilot", at=at, mode="raw", inputs=(f"said {call}",))
            system.captures.keep([Draft(call, "pilot", at, 30, encode(found))])


def until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "it has not come to that in time"


def test_a_master_key_that_is_set_is_needed_to_read(house: Any) -> None:
    house.apply(BASE, keeping())
    file = house.root / "master"
    file.write_text("ab" * 32)
    key = {"REMIT_MASTER_KEY_FILE": str(file)}
    call = asks(house, **key)("how is it?")
    house.servers[0].stop()
    assert shown(house, call, **key)["call"] == call
    assert shown(house, call, REMIT_MASTER_KEY="ab" * 32)["call"] == call
    assert "error[capture-unreadable]" in fault(house, "capture", "show", call)
    assert "error[invalid-setting]" in fault(house, "capture", "list", REMIT_MASTER_KEY="short")
    assert "error[capture-unreadable]" in house.try_run("capture", "verify").stdout
    house.run("capture", "erase", "--use-case", "pilot", "--reason", "no key is needed for that")
    assert "all is as the ledger says" in house.try_run("capture", "verify").stderr


def test_commands_ask_for_what_they_need(house: Any) -> None:
    house.apply(BASE, keeping())
    assert "nothing is kept" in fault(house, "capture", "show", "c1")
    assert "say why" in fault(house, *("capture", "erase", "--use-case", "pilot", "--reason", " "), code=2)
    both = ("--call", "c1", "--before", "2026-11-01")
    assert "not both" in fault(
        house, *("capture", "erase", "--use-case", "pilot", "--reason", "r", *both), code=2
    )
    before = ("capture", "erase", "--use-case", "pilot", "--reason", "r", "--before", "2026-11-01")
    assert "0 keys destroyed" in house.try_run(*before).stderr
    told = house.run("explain", "pilot", "--field", "capture_max")
    assert "prompts and answers are kept encrypted, raw, for at most 30 days" in told


@pytest.mark.parametrize("seed", range(12))
def test_a_kill_at_any_moment_of_an_erasure_loses_nothing_and_claims_nothing(house: Any, seed: int) -> None:
    """The command is killed after a time that a seed draws, however far it has come by then."""
    house.apply(BASE, keeping())
    now = datetime.now(UTC)
    keep(house, {ulid(number, number): now - timedelta(days=number % 5) for number in range(20)})
    process = house.forks.popen(
        ["capture", "erase", "--use-case", "pilot", "--reason", "r"], env=house.environment, cwd=house.root
    )
    with suppress(subprocess.TimeoutExpired), process.stdout:
        process.wait(random.Random(seed).uniform(0.0, 0.3))
    process.kill()
    process.wait()
    with house.system() as system:
        for entry in house.entries("capture_erased"):
            assert system.captures.remains(entry["key"]) == Remains(0, 0)
        resume_erasures(system)
        assert system.captures.intended() == []
        kept = sum(each.captures for each in system.captures.gathered())
    entries = house.entries("capture_erased")
    assert kept + sum(each["captures"] for each in entries) == 20
    assert len({each["key"] for each in entries}) == len(entries)
    assert house.try_run("capture", "verify").returncode == 0
    assert house.verify() == ()
