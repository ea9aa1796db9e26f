"""Tampering: any change to what was recorded is found and named."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import openai
import pytest

from remit.operations.fold_ledger import fold_ledger
from remit.operations.verify_ledger import verify_ledger

QUESTION: Any = [{"role": "user", "content": "x"}]


@pytest.fixture(scope="module")
def recorded(shared_house: Any) -> Any:
    shared_house.apply()
    server = shared_house.serve()
    client = server.client(shared_house.key())
    for _ in range(4):
        client.chat.completions.create(model="echo", messages=QUESTION)
    server.stop()
    shared_house.run("status")
    return shared_house


def _journal(house: Any, name: str) -> Path:
    return Path(house.home) / "journal" / name / "000000000000000.journal"


def _found(house: Any) -> str:
    """Verify without folding first, as the command does."""
    with house.system() as system:
        return "\n".join(verify_ledger(system).faults)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", ["gateway", "control"])
def test_any_changed_byte_is_found_at_its_line(recorded: Any, name: str, seed: int) -> None:
    path = _journal(recorded, name)
    whole = path.read_bytes()
    chosen = random.Random(seed).randrange(len(whole))
    changed = bytearray(whole)
    changed[chosen] ^= 1 << (seed % 8)
    number = whole[:chosen].count(b"\n") + 1
    try:
        path.write_bytes(changed)
        assert f"journal `{name}`, line {number} " in _found(recorded)
    finally:
        path.write_bytes(whole)
    assert _found(recorded) == ""


@pytest.mark.parametrize("change", ["removed", "swapped", "repeated", "cut", "gone"])
def test_lines_that_are_moved_or_missing_are_found(recorded: Any, change: str) -> None:
    path = _journal(recorded, "gateway")
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    if change == "removed":
        del lines[2]
    elif change == "swapped":
        lines[2], lines[3] = lines[3], lines[2]
    elif change == "repeated":
        lines.insert(3, lines[2])
    elif change == "cut":
        del lines[-1]
    else:
        lines = []
    try:
        path.write_bytes(b"".join(lines))
        assert "journal `gateway`" in _found(recorded)
    finally:
        path.write_bytes(whole)


_PUT_IN = "insert into entry select 'x', at, kind, use_case, rule, stage, body"
TAMPERED = {
    "put in after the last line": f"{_PUT_IN}, journal, line + 100 from entry limit 1",
    "put in for a journal that there is not": f"{_PUT_IN}, 'gateway-9', 1 from entry limit 1",
    "put in at a hold's line": f"{_PUT_IN}, journal, line - 1 from entry where kind = 'call' limit 1",
    "found at another time": "update entry set at = '2020-01-01T00:00:00.000000+00:00' where kind = 'call'",
    "found by no use case": "update entry set use_case = 'nobody' where kind = 'call'",
    "found by another id": "update entry set id = 'x' || id where kind = 'call'",
}


ROLLED = {
    "hours": "update usage set charge = '0'",
    "days": "delete from usage_day",
    "totals": "update total set calls = calls + 1",
}


@pytest.mark.parametrize("sql", ROLLED.values(), ids=ROLLED)
def test_roll_ups_that_say_something_else_than_the_entries_are_found(
    recorded: Any, tmp_path: Path, sql: str
) -> None:
    house = type(recorded)(tmp_path, recorded.forks)
    shutil.copytree(recorded.home, house.home)
    with sqlite3.connect(house.home / "store.sqlite") as db:
        assert db.execute(sql).rowcount > 0
    db.close()
    assert "roll-ups by " in _found(house)


def test_a_ledger_that_grows_while_it_is_verified_is_sound(house: Any) -> None:
    house.apply()
    client = house.serve().client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    with house.system() as system:
        fold_ledger(system)

        def meanwhile(name: str, done: int, size: int) -> None:
            client.chat.completions.create(model="echo", messages=QUESTION)
            fold_ledger(system)

        assert verify_ledger(system, progress=meanwhile).faults == ()


@pytest.mark.parametrize("sql", TAMPERED.values(), ids=TAMPERED)
def test_what_only_the_store_says_is_found(recorded: Any, tmp_path: Path, sql: str) -> None:
    house = type(recorded)(tmp_path, recorded.forks)
    shutil.copytree(recorded.home, house.home)
    assert _found(house) == ""
    with sqlite3.connect(house.home / "store.sqlite") as db:
        assert db.execute(sql).rowcount > 0
    db.close()
    assert "the store" in _found(house)


def test_the_command_names_the_fault_and_ends_with_1(recorded: Any) -> None:
    path = _journal(recorded, "gateway")
    whole = path.read_bytes()
    try:
        path.write_bytes(whole.replace(b'"kind":"call"', b'"kind":"cell"', 1))
        said = recorded.run("ledger", "verify", code=1)
    finally:
        path.write_bytes(whole)
    assert said.startswith("error[journal-tampered]: journal `gateway`, line ")


def test_an_entry_changed_in_the_store_is_found_by_its_id(recorded: Any) -> None:
    with sqlite3.connect(recorded.home / "store.sqlite") as db:
        [id, body] = db.execute("select id, body from entry where kind = 'call' limit 1").fetchone()
        db.execute("update entry set body = ? where id = ?", (body.replace(b"completed", b"failed"), id))
    db.close()
    try:
        assert f"entry `{id}`" in _found(recorded)
    finally:
        with sqlite3.connect(recorded.home / "store.sqlite") as db:
            db.execute("update entry set body = ? where id = ?", (body, id))
        db.close()


def test_a_balance_changed_in_the_store_is_found_by_its_account(recorded: Any) -> None:
    path = recorded.home / "store.sqlite"
    with sqlite3.connect(path) as db:
        [name, posted] = db.execute("select name, posted from account limit 1").fetchone()
        db.execute("update account set posted = '0.5' where name = ?", (name,))
    db.close()
    try:
        assert f"account `{name}` is 0.5 in the store and {posted} by its entries" in _found(recorded)
    finally:
        with sqlite3.connect(path) as db:
            db.execute("update account set posted = ? where name = ?", (posted, name))
        db.close()


def test_a_running_server_stops_admitting_calls_when_its_journal_is_changed(house: Any) -> None:
    house.apply()
    server = house.serve()
    client = server.client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    path = _journal(house, "control")
    with path.open("ab") as file:
        file.write(b"0" * 64 + b' {"kind":"key_change"}\n')
    codes = set()
    for _ in range(3000):
        try:
            client.chat.completions.create(model="echo", messages=QUESTION)
        except openai.InternalServerError as failed:
            codes.add(failed.code)
            break
    assert codes == {"journal-tampered"}


def test_no_server_starts_on_a_journal_that_lost_lines_which_were_taken_in(house: Any) -> None:
    house.apply()
    server = house.serve()
    server.client(house.key()).chat.completions.create(model="echo", messages=QUESTION)
    server.stop()
    house.run("status")
    path = _journal(house, "gateway")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    refused = house.try_run("serve", "gateway")
    assert refused.returncode == 1
    assert "error[journal-tampered]" in refused.stderr
    assert "ends before what was taken in" in refused.stderr
