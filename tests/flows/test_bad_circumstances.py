"""Bad circumstances: each gets a clear error, and nothing is lost."""

from __future__ import annotations

import json
import resource
import socket
import sqlite3
from typing import Any

import httpx2 as httpx
import openai
import pytest

QUESTION: Any = [{"role": "user", "content": "x"}]


def test_two_servers_on_one_data_directory(house: Any) -> None:
    house.apply()
    house.serve()
    second = house.try_run("serve")
    assert second.returncode == 1
    assert "error[directory-in-use]" in second.stderr
    assert "help: stop the other one" in second.stderr


def test_a_port_in_use(house: Any) -> None:
    house.apply()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = house.try_run("serve", REMIT_LISTEN=f"127.0.0.1:{port}")
    assert refused.returncode == 1
    assert "error[address-in-use]" in refused.stderr
    assert str(port) in refused.stderr


def test_a_data_directory_that_cannot_be_written(house: Any) -> None:
    refused = house.try_run("status", REMIT_HOME="/proc/remit")
    assert refused.returncode == 1
    assert "error[store-unavailable]" in refused.stderr
    assert "REMIT_HOME" in refused.stderr


def test_a_store_of_another_version(house: Any) -> None:
    house.apply()
    with sqlite3.connect(house.home / "store.sqlite") as db:
        db.execute("pragma user_version = 99")
    db.close()
    refused = house.try_run("status")
    assert refused.returncode == 1
    assert "error[store-schema]" in refused.stderr


def test_nothing_applied_yet(house: Any) -> None:
    refused = house.try_run("serve")
    assert refused.returncode == 1
    assert "error[no-operating-model]" in refused.stderr


@pytest.mark.parametrize("value", ["8787", "127.0.0.1:", "127.0.0.1:99999", ":::"])
def test_a_setting_that_cannot_be_used(house: Any, value: str) -> None:
    refused = house.try_run("status", REMIT_LISTEN=value)
    assert refused.returncode == 1
    assert "error[invalid-setting]" in refused.stderr


def test_a_full_disk_refuses_calls_before_they_cost_anything_and_loses_none(house: Any) -> None:
    house.apply()
    server = house.serve()
    client = server.client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    size = (house.home / "journal" / "gateway.journal").stat().st_size
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    # The next line no longer fits, as on a disk with a hundred bytes left.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 100, hard))
    with pytest.raises(openai.InternalServerError) as refused:
        client.chat.completions.create(model="echo", messages=QUESTION)
    assert refused.value.status_code == 503
    assert refused.value.code == "journal-unavailable"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    client.chat.completions.create(model="echo", messages=QUESTION)
    server.stop()
    assert [entry["status"] for entry in house.entries("call")] == ["completed", "completed"]
    assert house.verify() == ()


def test_a_disk_that_fills_in_the_middle_of_a_call_keeps_its_entry_for_later(house: Any) -> None:
    house.apply()
    server = house.serve()
    client = server.client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    size = (house.home / "journal" / "gateway.journal").stat().st_size
    lines = (house.home / "journal" / "gateway.journal").read_bytes().splitlines(keepends=True)
    hold = next(len(line) for line in lines if b'"kind":"hold"' in line)
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    # There is room for the hold and a little more, not for the entry of the call.
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + hold + 40, hard))
    with pytest.raises(openai.InternalServerError) as failed:
        client.chat.completions.create(model="echo", messages=QUESTION)
    assert failed.value.code == "journal-unavailable"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    client.chat.completions.create(model="echo", messages=QUESTION)
    server.stop()
    statuses = sorted(entry["status"] for entry in house.entries("call"))
    assert statuses == ["completed", "completed", "failed"]
    assert house.verify() == ()


def test_a_flood_of_unknown_keys_leaves_few_entries_and_no_secret(house: Any) -> None:
    house.apply()
    server = house.serve()
    with httpx.Client() as client:
        for number in range(300):
            answer = client.post(
                f"{server.address}/v1/chat/completions",
                json={},
                headers={"Authorization": f"Bearer nobody-{number}"},
            )
            assert answer.status_code == 401
    refusals = house.entries("refusal")
    assert len(refusals) < 60
    assert json.dumps(refusals).count("nobody-") == 0
