"""Gates as commands show them: what is attested counts, and what was taken back does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from conftest import BASE, CASE
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossiers

RUN_BOOK = ("attest", "gate/launch/run-book", "--use-case", "pilot", "--statement", "The drill went well.")


def line(shown: str, id: str) -> str:
    """Return the status of a criterion as a gate is shown."""
    [found] = [each for each in shown.splitlines() if f"  {id}: " in each]
    return found.partition("  ")[0].strip()


def test_what_is_attested_counts_until_it_is_taken_back(house: Any) -> None:
    house.apply()
    file = house.root / "drill.txt"
    file.write_text("How it went.")
    said = house.run(*RUN_BOOK, "--file", str(file), "--link", "https://example.com/drill")
    id = said.partition("(")[2].partition(")")[0]
    shown = house.run("gate", "show", "pilot")
    assert shown.startswith("pilot is at experiment; into launch: ")
    assert line(shown, "run-book") == "met"
    assert line(shown, "quality") == "missing"
    assert "2 of 15 met, 13 missing; nearest: people-in-the-loop. Risk tier low." in shown
    assert "by pilot-owner@example.com; https://example.com/drill; drill.txt; " in shown
    assert "must agree: risk-owner (nobody), unit-lead (desk-lead@example.com)" in shown
    assert "ends it: " in shown
    [entry] = json.loads(house.run("evidence", "list", "--use-case", "pilot", "--json"))
    assert (entry["id"], entry["file"]) == (id, "drill.txt")
    assert entry["digest"] == hashlib.sha256(b"How it went.").hexdigest()
    assert "drill.txt (SHA-256 " in house.run("evidence", "show", id)
    assert id in house.run("evidence", "list", "--unit", "desk", "--about", "gate/")
    assert f"{id} is taken back" in house.run("evidence", "withdraw", id, "--reason", "Wrong drill.")
    again = house.try_run("evidence", "withdraw", id, "--reason", "Wrong drill.")
    assert "error[conflict]" in again.stderr
    assert line(house.run("gate", "show", "pilot"), "run-book") == "missing"
    assert json.loads(house.run("evidence", "list", "--json")) == []
    assert house.verify() == ()


def test_all_gates_stand_in_one_table_and_a_last_stage_in_what_it_asks_for(house: Any) -> None:
    lasting = CASE.replace("pilot:", "lasting:").replace("stage: experiment", "stage: scale")
    house.declare(BASE, CASE + lasting.replace("\nuse_cases:\n", ""))
    house.run("apply", "declared")
    shown = house.try_run("gate", "status")
    _, pilot, last = (row for row in shown.stdout.splitlines() if not row.startswith(" "))
    assert pilot.split()[:9] == ["pilot", "experiment", "launch", "low", "1", "of", "15", "0", "0"]
    assert last.split()[:4] == ["lasting", "scale", "stays", "low"]
    assert shown.stderr.startswith("2 use cases, 1 before a gate; 0 can be reviewed now; lacking most: ")
    [only] = json.loads(house.run("gate", "status", "--unit", "desk", "--stage", "scale", "--json"))
    assert (only["use_case"], only["into"]) == ("lasting", "scale")
    assert "what this stage asks for" in house.run("gate", "show", "lasting")
    retired = json.loads(house.run("gate", "show", "pilot", "--into", "retired", "--json"))
    assert [each["id"] for each in retired["criteria"] if each["status"] == "met"] == ["no-keys"]
    listed = json.loads(house.run("gate", "list", "--json"))
    assert list(listed) == ["experiment", "launch", "scale", "retired"]
    assert "pass_rate ≥ 0.9, 95 % sure" in house.run("gate", "list")
    barred = house.try_run("gate", "request", "pilot", "--reason", "It is time.", "--json")
    told = json.loads(barred.stdout)
    assert (barred.returncode, told["error"]["code"], told["killed"]) == (1, "gate-not-met", [])
    assert {"id": "quality", "status": "missing"}.items() <= told["missing"][0].items()
    assert told["missing"][0]["shortest"].startswith("run `remit evaluate pilot")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (("gate/launch/run-bok",), "not-found"),
        (("gate/launch/quality",), "attestation-unsound"),
        (("gate/launch/risk-accepted",), "attestation-unsound"),
        (("control/Not an id",), "not-found"),
        (("gate/launch/run-book", "--shown", "2999-01-01"), "attestation-unsound"),
        (("gate/launch/run-book", "--expires", "2020-01-01"), "attestation-unsound"),
        (("gate/launch/run-book", "--shown", "2020-01-01", "--expires", "2020-02-01"), "attestation-unsound"),
        (("gate/launch/run-book", "--link", "javascript:x"), "attestation-unsound"),
        (("gate/launch/run-book", "--owner", "nobody"), "attestation-unsound"),
        (("gate/launch/run-book", "--statement", " "), "attestation-unsound"),
        (("gate/launch/run-book", "--unit", "desk"), "usage"),
    ],
)
def test_a_word_that_cannot_count_is_refused(shared_house: Any, changed: Any, code: str) -> None:
    house = shared_house
    if not (house.root / "declared").exists():
        house.apply()
    done = house.try_run("attest", *changed, "--use-case", "pilot", *_said(changed))
    if code == "usage":
        assert (done.returncode, "name one of" in done.stderr) == (2, True)
    else:
        assert (done.returncode, f"error[{code}]" in done.stderr) == (1, True), done.stderr
    assert house.entries("evidence") == []


def _said(changed: Any) -> tuple[str, ...]:
    return () if "--statement" in changed else ("--statement", "So it is.")


def test_a_unit_and_the_organisation_attest_controls(house: Any) -> None:
    house.apply()
    house.run(
        "attest", "control/run-book", "maturity/p1-training", "--unit", "desk", "--statement", "So it is."
    )
    house.run("attest", "control/run-book", "--organisation", "--statement", "So it is.", "--json")
    listed = house.run("evidence", "list")
    assert "unit/desk" in listed
    assert "control/run-book," in listed
    assert "maturity/p1-training" in listed
    assert "organisation" in listed
    refused = house.try_run("attest", "gate/launch/run-book", "--unit", "desk", "--statement", "So it is.")
    assert "error[attestation-unsound]" in refused.stderr


def test_facts_are_the_same_after_the_ledger_is_read_into_a_new_store(house: Any) -> None:
    house.apply()
    house.run(*RUN_BOOK)
    server = house.serve()
    client = server.client(house.key())
    for _ in range(2):
        client.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "Hello"}], max_tokens=5, user="somebody"
        )
    server.kill()

    with house.system() as system:
        _, model = model_in_force(system)

    def known(at: datetime) -> Any:
        with house.system() as system:
            fold_ledger(system)
            return read_dossiers(replace(system, clock=Fixed(at)), model)

    now = datetime.fromisoformat(house.entries("call")[-1]["at"]) + timedelta(seconds=1)
    before = known(now)
    [rate] = before["pilot"].facts["guardrail_coverage"]
    assert (rate.passed, rate.total, rate.simulated) == (0, 2, True)
    assert before["pilot"].facts["users"][0].value == 1
    assert "gate/launch/run-book" in before["pilot"].attested
    store = list(house.home.glob("store.sqlite*"))
    assert store
    for file in store:
        file.unlink()
    assert known(now) == before


@dataclass(frozen=True)
class Fixed:
    at: datetime

    def now(self) -> datetime:
        return self.at
