"""Keys through the real server: what narrows one holds, and one takes the place of another without a gap."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import httpx2 as httpx
import openai
import pytest

from conftest import BASE, CASE

QUESTION: Any = [{"role": "user", "content": "two words"}]
MODELS = BASE.replace(
    "stages:",
    """  model/dear:
    name: Dear
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 100.00, output: 200.00}]
    downgrade_to: model/echo
  model/large@1:
    name: Large
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/large@2:
    name: Large
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
stages:""",
)
THRIFTY = CASE.rstrip() + "\n    remit: {spend: [{limit: 0.03 EUR, per: day, on_breach: downgrade}]}\n"


def issued(house: Any, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.run("key", "issue", "pilot", "--json", *options))
    return found


def post(server: Any, key: str, body: dict[str, Any], **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.address}/v1/chat/completions",
        json={"messages": QUESTION} | body,
        headers={"Authorization": f"Bearer {key}"} | headers,
    )


def test_a_key_for_some_models_lists_calls_and_is_downgraded_to_those_alone(house: Any) -> None:
    house.apply(MODELS, THRIFTY)
    key = issued(house, "--model", "model/dear", "--model", "model/large@1")
    server = house.serve()
    client = server.client(key["secret"])
    assert [model.id for model in client.models.list()] == ["dear", "large", "large@1"]
    # The name means the version that the key is for, as it would under a remit that lists it.
    answer = client.chat.completions.create(model="large", messages=QUESTION, max_tokens=2)
    assert answer.model == "large@1"
    for model in ("echo", "large@2"):
        with pytest.raises(openai.PermissionDeniedError) as refused:
            client.chat.completions.create(model=model, messages=QUESTION)
        assert refused.value.code == "key-outside-models"
        assert key["id"] in refused.value.message
    short = post(server, key["secret"], {"model": "dear", "max_tokens": 300})
    assert short.status_code == 402
    assert short.json()["error"]["remit"]["help"].endswith("tried in its place: `echo` (key-outside-models)")
    assert post(server, house.key(), {"model": "dear", "max_tokens": 300}).headers["x-remit-model"] == "echo"


def test_a_key_for_some_networks_is_held_to_the_peer_or_to_what_a_trusted_proxy_says(house: Any) -> None:
    house.apply()
    key = issued(house, "--network", "192.0.2.0/24", "--network", "2001:db8::/32")["secret"]
    here = issued(house, "--network", "127.0.0.0/8")["secret"]
    body = {"model": "echo", "max_tokens": 2}
    alone, behind = house.serve(), None
    assert post(alone, here, body).status_code == 200
    refused = post(alone, key, body, **{"x-forwarded-for": "192.0.2.7"})
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "key-outside-network"
    alone.stop()
    behind = house.serve(REMIT_TRUSTED_PROXIES="127.0.0.1")
    for forwarded, status in {
        "192.0.2.7": 200,
        "2001:db8::7": 200,
        "203.0.113.1, 192.0.2.7": 200,
        "192.0.2.7, 203.0.113.1": 403,
        "nobody": 403,
    }.items():
        assert post(behind, key, body, **{"x-forwarded-for": forwarded}).status_code == status, forwarded
    assert post(behind, here, body, **{"x-forwarded-for": "192.0.2.7"}).status_code == 403
    assert post(behind, here, body).status_code == 200
    entry = house.entries("refusal")[0]
    assert entry["decision"]["rule"] == "key-outside-network"
    assert "192.0.2" not in json.dumps(entry)
    assert "127.0.0" not in json.dumps(entry)


def test_a_rotated_key_opens_until_the_overlap_has_passed_and_its_successor_at_once(house: Any) -> None:
    house.apply()
    old = issued(house, "--days", "30", "--agent", "settler", "--model", "model/echo")
    new = json.loads(house.run("key", "rotate", old["id"], "--json"))
    assert new["secret"] != old["secret"]
    assert (new["agent"], new["models"], new["use_case"]) == ("settler", ["model/echo"], "pilot")
    lives = datetime.fromisoformat(new["expires"]) - datetime.fromisoformat(old["expires"])
    assert timedelta(0) < lives < timedelta(minutes=5)
    server = house.serve()
    body = {"model": "echo", "max_tokens": 2}
    assert [post(server, key["secret"], body).status_code for key in (old, new)] == [200, 200]
    listed = {each["id"]: each for each in json.loads(house.run("key", "list", "--json"))}
    [rotated] = [entry for entry in house.entries("key_change") if entry["change"] == "rotated"]
    ends = datetime.fromisoformat(listed[old["id"]]["expires"])
    assert ends - datetime.fromisoformat(rotated["at"]) == timedelta(hours=24)
    assert listed[old["id"]]["successor"] == new["id"]
    assert "rotated" in house.run("key", "list")
    newest = json.loads(
        house.run("key", "rotate", new["id"], "--overlap-hours", "0", "--days", "7", "--json")
    )
    refused = first_refusal(server, new["secret"], body)
    assert refused["code"] == "expired-key"
    assert newest["id"] in refused["remit"]["help"]
    assert post(server, newest["secret"], body).status_code == 200
    assert {entry["change"] for entry in house.entries("key_change")} == {"issued", "rotated"}
    assert house.verify() == ()


def first_refusal(server: Any, key: str, body: dict[str, Any]) -> dict[str, Any]:
    for _ in range(2000):
        answer = post(server, key, body)
        if answer.status_code != 200:
            error: dict[str, Any] = answer.json()["error"]
            return error
    raise AssertionError("nothing was refused")


def test_what_cannot_be_rotated_says_why_and_makes_nothing(house: Any) -> None:
    house.apply()
    old = issued(house)
    house.run("key", "rotate", old["id"])
    keys = len(json.loads(house.run("key", "list", "--json")))
    assert "error[conflict]" in house.try_run("key", "rotate", old["id"]).stderr
    house.run("key", "revoke", old["id"])
    assert "error[revoked-key]" in house.try_run("key", "rotate", old["id"]).stderr
    assert "error[not-found]" in house.try_run("key", "rotate", "none").stderr
    assert len(json.loads(house.run("key", "list", "--json"))) == keys


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--network", "192.0.2.7/24"), 2, "is not a network"),
        (("--network", "here"), 2, "is not a network"),
        (("--network", "192.0.2.7") * 21, 2, "at most 20"),
        (("--model", "model/echo") * 51, 2, "at most 50"),
        (("--model", "echo"), 1, "undeclared-block"),
        (("--model", "model/none"), 1, "undeclared-block"),
        (("--model", "prompt/reply"), 1, "not-a-model"),
    ],
)
def test_a_key_is_for_what_is_declared_and_for_networks_that_are_some(
    shared_house: Any, options: tuple[str, ...], code: int, said: str
) -> None:
    shared_house.apply(BASE, CASE, "blocks: {prompt/reply: {name: Reply, text: Reply.}}")
    done = shared_house.try_run("key", "issue", "pilot", *options)
    assert done.returncode == code
    assert said in done.stderr
    assert json.loads(shared_house.run("key", "list", "--json")) == []


def test_a_network_of_proxies_that_is_none_is_refused_at_the_start(house: Any) -> None:
    done = house.try_run("status", REMIT_TRUSTED_PROXIES="10.0.0.1/8")
    assert done.returncode == 1
    assert "error[invalid-setting]" in done.stderr
    assert "REMIT_TRUSTED_PROXIES" in done.stderr


def test_a_key_is_told_what_it_may_do_and_what_is_left(house: Any) -> None:
    house.apply(MODELS, CASE.rstrip() + "\n    remit: {users_max: 2, requests_per_minute: 60}\n")
    key = issued(house, "--model", "model/echo", "--agent", "settler", "--days", "3")
    server = house.serve()
    cost = server.client(key["secret"]).chat.completions.create(
        model="echo", messages=QUESTION, user="one", max_tokens=2
    )
    told = httpx.get(f"{server.address}/v1/remit", headers={"x-api-key": key["secret"]})
    assert told.status_code == 200, told.text
    found = told.json()
    assert (found["key"], found["agent"], found["use_case"]) == (key["id"], "settler", "pilot")
    assert (found["unit"], found["stage"], found["models"]) == ("desk", "experiment", ["echo"])
    assert datetime.fromisoformat(found["ends"]) == datetime.fromisoformat(key["expires"])
    assert found["users_left"] == 1
    assert found["fields"]["requests_per_minute"]["owner"] == "pilot-owner@example.com"
    [budget] = found["budgets"]
    assert cost.model_extra is not None
    assert budget["available"] == cost.model_extra["remit"]["budget_left"]
    assert datetime.fromisoformat(budget["ends"]).day == 1
    refused = httpx.get(f"{server.address}/v1/remit")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unknown-key")
