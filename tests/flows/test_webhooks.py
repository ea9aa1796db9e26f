"""Somebody is told of what happens: from a call through the gateway to a receiver, by the portal."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from openai import APIStatusError, OpenAI

from conftest import BASE, CASE
from remit.operations.issue_key import issue_key
from upstream import Answer, serving

SECRET = b"s" * 32
SEALED = b"whsec_" + base64.b64encode(SECRET)
QUESTION: Any = [{"role": "user", "content": "two words that are kept nowhere"}]
HOOKS = """
webhooks:
  operations:
    url: {address}/hooks
    owner: operations@example.com
    events: [budget.reached, budget.refused, key.changed]
    use_cases: [pilot]
  nobody:
    url: http://127.0.0.1:9/
    owner: nobody@example.com
    events: [stage.changed]
"""
SMALL = CASE + "    remit: {spend: [{limit: 0.001 EUR, per: day}]}\n"


class Told:
    """What arrived, by the events that somebody waits for."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._changed = threading.Condition()

    def take(self, body: dict[str, Any]) -> Answer:
        with self._changed:
            self.bodies.append(body)
            self._changed.notify_all()
        return Answer(b"")

    def wait_for(self, holds: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(holds, timeout=60), f"{len(self.bodies)} messages came"

    def wait(self, event: str) -> dict[str, Any]:
        def found() -> list[dict[str, Any]]:
            return [body for body in self.bodies if body["type"] == event]

        with self._changed:
            assert self._changed.wait_for(found, timeout=30), f"nothing was told of {event}"
            data: dict[str, Any] = found()[0]["data"]
            return data


def test_what_happens_is_told_and_every_message_can_be_looked_up(house: Any) -> None:
    told = Told()
    with serving({"/hooks": told.take}) as receiver:
        house.apply(BASE, SMALL, HOOKS.format(address=receiver.address))
        sealed = subprocess.run(
            [sys.executable, "-m", "remit", "provider", "seal", "webhook-operations"],
            input=SEALED,
            env=house.environment,
            check=True,
            capture_output=True,
        )
        assert SEALED not in sealed.stdout + sealed.stderr
        tested = json.loads(house.run("webhook", "test", "operations", "--json"))
        assert (tested["delivered"], tested["status"], tested["why"]) == (True, 200, None)
        assert receiver.headers[-1]["webhook-id"] == tested["id"]
        listed = json.loads(house.run("webhook", "list", "--json"))
        assert [(each["webhook"], each["state"], each["signed"]) for each in listed] == [
            ("nobody", "not seen by a portal yet", False),
            ("operations", "not seen by a portal yet", True),
        ]
        portal = house.serve("portal")
        wait_begun(house)
        key = house.key()
        assert told.wait("key.changed")["change"] == "issued"
        gateway = house.serve()
        client = gateway.client(key)
        with pytest.raises(APIStatusError, match="may cost"):
            call_until_refused(client)
        reached, refused = told.wait("budget.reached"), told.wait("budget.refused")
        assert (reached["budget"], reached["percent"]) == ("use-case/pilot:day", 50)
        assert (refused["use_case"], refused["layer"]) == ("pilot", "use-case/pilot")
        gateway.stop()
        portal.stop()
    bodies = json.dumps(told.bodies)
    assert not any(word in bodies for word in (key, "two words", "tester@example.com"))
    found = json.loads(house.run("webhook", "deliveries", "operations", "--json"))
    assert {each["state"] for each in found} <= {"delivered", "waiting"}
    assert {"key.changed", "budget.reached"} <= {each["event"] for each in found}
    assert json.loads(house.run("webhook", "list", "--json"))[1]["state"] == "sound"
    assert "not delivered (could not be reached)" in house.run("webhook", "test", "operations", code=1)
    assert "not-found" in house.try_run("webhook", "test", "other").stderr
    assert "delivered" in house.run("webhook", "deliveries", "--limit", "3")
    assert "webhook-nobody" in house.run("webhook", "test", "nobody", code=1)


def call_until_refused(client: OpenAI) -> None:
    for _ in range(200):
        client.chat.completions.create(model="echo", messages=QUESTION, max_tokens=20)


def wait_begun(house: Any) -> None:
    """Wait until the portal knows the web hooks: what is before that is not told."""
    while json.loads(house.run("webhook", "list", "--json"))[0]["state"] != "sound":
        pass


def test_a_portal_that_is_killed_at_any_moment_leaves_nothing_untold(house: Any) -> None:
    told = Told()
    with serving({"/hooks": told.take}) as receiver:
        hooks = HOOKS.format(address=receiver.address)
        house.apply(BASE, CASE, hooks.replace("    use_cases: [pilot]", "    timeout_seconds: 0.2"))
        with house.system() as system:
            system.credentials.seal("webhook-operations", SEALED.decode())
        portal = house.serve("portal")
        wait_begun(house)
        issued = []
        for _ in range(4):
            with house.system() as system:
                issued += [issue_key(system, "pilot", author="tester@example.com").id for _ in range(3)]
            portal.kill()
            portal = house.serve("portal")
        told.wait_for(lambda: {body["data"]["key"] for body in told.bodies} == set(issued))
        portal.stop()
    ids = dict(
        zip(
            [headers["webhook-id"] for headers in receiver.headers],
            [body["data"]["key"] for body in told.bodies],
            strict=True,
        )
    )
    # What came twice came under the same name, and in the order in which it happened.
    assert list(ids.values()) == issued
