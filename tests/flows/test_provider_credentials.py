"""Credentials of providers: sealed from standard input, sent to the provider, and seen nowhere else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from conftest import BASE, CASE
from upstream import Answer, as_json, serving

QUESTION: Any = [{"role": "user", "content": "two words"}]
SECRET = "sk-sealed-0123456789"
REMOTE = """
providers:
  far-away: {{technology: openai, base_url: "{address}/v1"}}
blocks:
  model/remote:
    name: Remote
    provider: far-away
    context_tokens: 1000
    output_tokens_max: 100
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
"""


def answered(body: dict[str, Any]) -> Answer:
    message = {"role": "assistant", "content": "yes"}
    return as_json(
        {
            "id": "1",
            "model": "remote",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
        }
    )


def seal(house: Any, name: str, text: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "remit", "provider", "seal", name],
        input=text,
        env=house.environment,
        cwd=house.root,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_a_sealed_credential_is_sent_to_its_provider_and_stands_nowhere_in_the_open(house: Any) -> None:
    with serving({"/v1/chat/completions": answered}) as far:
        house.apply(BASE, CASE, REMOTE.format(address=far.address))
        sealed = seal(house, "far-away", f"{SECRET}\n".encode())
        assert (sealed.returncode, SECRET.encode() in sealed.stdout + sealed.stderr) == (0, False)
        key, server = house.key(), house.serve()
        server.client(key).chat.completions.create(model="remote", messages=QUESTION)
        assert far.headers[-1]["authorization"] == f"Bearer {SECRET}"
        server.stop()
        # A setting stands before what is sealed.
        setting = {"REMIT_PROVIDER_FAR_AWAY_API_KEY": "sk-set"}
        house.serve(**setting).client(key).chat.completions.create(model="remote", messages=QUESTION)
        assert far.headers[-1]["authorization"] == "Bearer sk-set"
    listed = json.loads(house.run("provider", "list", "--json"))
    assert listed == [
        {"provider": "echo", "technology": "echo", "credential": ""},
        {"provider": "far-away", "technology": "openai", "credential": "sealed"},
    ]
    assert "REMIT_PROVIDER_FAR_AWAY_API_KEY" in house.run("provider", "list", **setting)
    files = [path for path in house.home.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in path.read_bytes() for path in files)
    house.run("provider", "forget", "far-away")
    assert "not-found" in house.try_run("provider", "forget", "far-away").stderr
    assert json.loads(house.run("provider", "list", "--json"))[1]["credential"] == ""


@pytest.mark.parametrize("text", [b"", b"\n", b"Bearer sk-1", b"sk-1\nsk-2", b"\xffsk", b"x" * 8001])
def test_what_is_no_credential_is_not_sealed(shared_house: Any, text: bytes) -> None:
    done = seal(shared_house, "far-away", text)
    assert done.returncode == 1
    assert b"error[credential-unusable]" in done.stderr
    assert b"sk" not in done.stderr
    assert json.loads(shared_house.run("provider", "list", "--json")) == []


@pytest.mark.parametrize("name", ["../pepper", "Far", "a/b", ".hidden"])
def test_a_name_that_is_no_id_is_refused(shared_house: Any, name: str) -> None:
    assert seal(shared_house, name, b"sk-1").returncode == 2


def test_a_seal_that_does_not_open_stops_the_start_and_says_what_to_do(house: Any) -> None:
    house.apply(BASE, CASE, REMOTE.format(address="http://127.0.0.1:9"))
    done = seal(house, "far-away", SECRET.encode())
    assert done.returncode == 0
    path = house.home / "credentials/far-away"
    path.write_bytes(path.read_bytes()[:-1])
    refused = house.try_run("serve", "gateway")
    assert refused.returncode == 1
    assert "error[credential-unusable]" in refused.stderr
    assert "remit provider seal far-away" in refused.stderr
