"""Kill switches: what is stopped is refused at once, whatever falls under it, and goes on when it is let."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from remit.kernel.errors import NotFound
from remit.operations.issue_key import issue_key
from remit.operations.kill_switch import read_stops, switch_off, switch_on
from remit.operations.verify_ledger import verify_ledger

QUESTION: Any = [{"role": "user", "content": "one two three"}]
OTHER = """
use_cases:
  other:
    name: Another one
    unit: desk
    owner: other-owner@example.com
    purpose: See that others are not stopped.
    adoption: {stage: experiment, basis: It runs in this test.}
"""
SLOW = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '3000', pace_ms: '1'}
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""
WIDE = ["all", "unit/desk", "model/echo", "provider/echo"]
NARROW = ["use-case/pilot", "key/{key}", "agent/scout"]


@pytest.fixture(scope="module")
def served(shared_house: Any) -> Any:
    shared_house.apply(shared_house.base, shared_house.case, OTHER)
    return shared_house, shared_house.serve()


def asked(client: Any) -> str:
    """Ask once; returns the rule that refused, or `ok`."""
    try:
        client.chat.completions.create(model="echo", messages=QUESTION)
    except openai.PermissionDeniedError as refused:
        return str(refused.response.json()["error"]["code"])
    return "ok"


def until(client: Any, wanted: str) -> None:
    """Ask until the gateway has seen what people decided."""
    for _ in range(200):
        if asked(client) == wanted:
            return
    raise AssertionError(f"it never came to {wanted}")


@pytest.mark.parametrize("address", WIDE + NARROW)
def test_what_falls_under_a_switch_is_refused_and_nothing_else(served: Any, address: str) -> None:
    house, server = served
    with house.system() as system:
        issued = issue_key(system, "pilot", author="tester@example.com", agent="scout")
        client, other = server.client(issued.secret), server.client(house.key("other"))
        until(client, "ok")
        until(other, "ok")
        name = address.format(key=issued.id)
        switch_on(system, name, author="risk@example.com", reason="a drill")
        until(client, "kill-switch")
        assert asked(other) == ("kill-switch" if address in WIDE else "ok")
        assert [stop.address for stop in read_stops(system)] == [name]
        switch_off(system, name, author="risk@example.com")
        until(client, "ok")
        assert asked(other) == "ok"
        assert read_stops(system) == []


def test_a_stream_is_cut_at_its_next_piece_and_charged_for_what_came(house: Any) -> None:
    house.apply(house.base, house.case, SLOW)
    server = house.serve()
    stream = server.client(house.key()).chat.completions.create(
        model="slow", messages=[{"role": "user", "content": "x"}], stream=True, max_tokens=3000
    )
    pieces = iter(stream)
    next(pieces)
    with house.system() as system:
        switch_on(system, "use-case/pilot", author="risk@example.com", reason="it talks too much")
        with pytest.raises(openai.APIError, match="was stopped"):
            for _ in pieces:
                pass
    server.stop()
    [entry] = house.entries("call")
    assert (entry["status"], entry["fault"]) == ("failed", "kill-switch")
    assert 0 < entry["usage"]["output_tokens"] < 3000
    with house.system() as system:
        assert verify_ledger(system).faults == ()


def test_a_refusal_says_who_stopped_what_and_why(served: Any) -> None:
    house, server = served
    client = server.client(house.key())
    house.run("kill-switch", "on", "use-case/pilot", "--reason", "it quotes other files")
    until(client, "kill-switch")
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.chat.completions.create(model="echo", messages=QUESTION)
    error = refused.value.response.json()["error"]
    assert "it quotes other files" in error["message"]
    assert error["remit"]["layer"] == "use-case/pilot"
    assert json.loads(house.run("kill-switch", "list", "--json"))[0]["address"] == "use-case/pilot"
    house.run("kill-switch", "off", "use-case/pilot")
    until(client, "ok")
    assert {entry["on"] for entry in house.entries("kill_switch")} == {True, False}


@pytest.mark.parametrize(
    "address",
    ["use-case/pilto", "unit/dest", "model/ehco", "provider/x", "key/x", "agent/ x", "everything", "unit/"],
)
def test_a_switch_for_what_is_not_there_is_refused(served: Any, address: str) -> None:
    house, _ = served
    with house.system() as system, pytest.raises(NotFound):
        switch_on(system, address, author="risk@example.com", reason="a drill")
    with house.system() as system, pytest.raises(NotFound):
        switch_off(system, address, author="risk@example.com")
