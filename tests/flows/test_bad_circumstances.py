"""Bad circumstances: each gets a clear error, and nothing is lost."""

from __future__ import annotations

import json
import resource
import socket
import sqlite3
import stat
from decimal import Decimal
from typing import Any

import httpx2 as httpx
import openai
import pytest

QUESTION: Any = [{"role": "user", "content": "x"}]


def test_two_servers_on_one_data_directory(house: Any) -> None:
    house.apply()
    house.serve()
    second = house.try_run("serve", "gateway")
    assert second.returncode == 1
    assert "error[directory-in-use]" in second.stderr
    assert "help: stop the other one" in second.stderr


def test_a_port_in_use(house: Any) -> None:
    house.apply()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = house.try_run("serve", "gateway", REMIT_LISTEN=f"127.0.0.1:{port}")
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
    refused = house.try_run("serve", "gateway")
    assert refused.returncode == 1
    assert "error[no-operating-model]" in refused.stderr


@pytest.mark.parametrize("value", ["8787", "127.0.0.1:", "127.0.0.1:99999", ":::", "127.0.0.1:²"])
def test_a_setting_that_cannot_be_used(house: Any, value: str) -> None:
    refused = house.try_run("status", REMIT_LISTEN=value)
    assert refused.returncode == 1
    assert "error[invalid-setting]" in refused.stderr


@pytest.mark.parametrize("key", ["secret\nX-Other: b", "secret\r", "secret\n", " secret", "secret\u00e9"])
def test_a_provider_s_key_that_cannot_be_sent_stops_the_start_and_is_not_told(house: Any, key: str) -> None:
    house.apply()
    refused = house.try_run("serve", "gateway", REMIT_PROVIDER_ECHO_API_KEY=key)
    assert refused.returncode == 1
    assert "error[invalid-setting]" in refused.stderr
    assert "REMIT_PROVIDER_ECHO_API_KEY" in refused.stderr
    assert "secret" not in refused.stderr + refused.stdout


def test_a_server_takes_as_many_connections_as_the_machine_lets_it(house: Any) -> None:
    house.apply()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        server = house.serve()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard == before[1] != 512


def test_a_full_disk_refuses_calls_before_they_cost_anything_and_loses_none(house: Any) -> None:
    house.apply()
    server = house.serve()
    client = server.client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    size = (house.home / "journal" / "gateway" / "000000000000000.journal").stat().st_size
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
    size = (house.home / "journal" / "gateway" / "000000000000000.journal").stat().st_size
    lines = (
        (house.home / "journal" / "gateway" / "000000000000000.journal")
        .read_bytes()
        .splitlines(keepends=True)
    )
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


def test_a_disk_that_fills_in_the_middle_of_a_stream_settles_the_call_once(house: Any) -> None:
    slow = house.base.replace(
        "provider: echo\n", "provider: echo\n    options: {words: '900', pace_ms: '1'}\n"
    )
    house.apply(slow, house.case)
    server = house.serve()
    client = server.client(house.key())
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    stream = client.chat.completions.create(model="echo", messages=QUESTION, stream=True)
    for _ in range(20):
        next(stream)
    size = (house.home / "journal" / "gateway" / "000000000000000.journal").stat().st_size
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size + 10, hard))
    with pytest.raises(openai.APIError) as failed:
        list(stream)
    assert failed.value.code == "journal-unavailable"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    client.chat.completions.create(model="echo", messages=QUESTION)
    server.stop()
    calls = house.entries("call")
    assert sorted(entry["status"] for entry in calls) == ["completed", "failed"]
    assert house.posted()["organisation"] == sum(Decimal(entry["charge"]) for entry in calls)
    assert house.verify() == ()
    house.serve()


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


@pytest.mark.parametrize(
    "arguments", [("init", "taken"), ("init", "/proc/house"), ("check", "links"), ("check", "folders")]
)
def test_a_file_that_cannot_be_used_is_named(house: Any, arguments: tuple[str, ...]) -> None:
    (house.root / "taken").write_text("")
    (house.root / "links").mkdir()
    (house.root / "links" / "a.yaml").symlink_to("nowhere")
    (house.root / "folders" / "a.yaml").mkdir(parents=True)
    refused = house.try_run(*arguments)
    assert refused.returncode == 1
    assert "error[file-unusable]" in refused.stderr
    assert arguments[1] in refused.stderr


def test_only_their_owner_can_read_what_is_kept(house: Any) -> None:
    house.apply()
    server = house.serve()
    server.client(house.key()).chat.completions.create(model="echo", messages=QUESTION)
    assert stat.S_IMODE(house.home.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in house.home.glob("store.sqlite*")}
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_portal_that_cannot_fold_the_ledger_any_more_ends_and_says_why(house: Any) -> None:
    house.apply()
    server, portal = house.serve(), house.serve("portal")
    client = server.client(house.key())
    client.chat.completions.create(model="echo", messages=QUESTION)
    house.entries()
    # Nobody foresees an amount that is no number; the next one is added to it.
    with sqlite3.connect(house.home / "store.sqlite") as db:
        db.execute("update account set posted = 'many'")
    db.close()
    client.chat.completions.create(model="echo", messages=QUESTION)
    said, _ = portal.process.communicate(timeout=60)
    assert portal.process.returncode == 3
    assert "error[internal-fault]" in said
