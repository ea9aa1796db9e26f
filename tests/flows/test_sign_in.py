"""Persons come in, are seen to be in, and are shown out; the ledger says so and keeps no secret."""

from __future__ import annotations

import json
from typing import Any

import httpx2 as httpx
import pytest


@pytest.fixture(scope="module")
def portal(shared_house: Any) -> tuple[Any, str]:
    shared_house.apply()
    return shared_house, shared_house.serve("portal").address


def test_who_is_named_signs_in_once_is_listed_and_ended_at_once(portal: tuple[Any, str]) -> None:
    house, address = portal
    made = json.loads(house.run("sign-in", "--as", "desk-lead@example.com", "--json"))
    with httpx.Client(base_url=address) as browser:
        assert browser.post("/sign-in", data={"token": made["secret"]}).status_code == 303
        assert "unit-lead" in browser.get("/").text
        [session] = json.loads(house.run("session", "list", "--json"))
        assert session["person"] == "desk-lead@example.com"
        house.run("session", "end", session["ref"])
        assert browser.get("/").headers["location"] == "/sign-in"
    assert "error[not-found]" in house.try_run("session", "end", session["ref"]).stderr
    said = [each for each in house.entries("access") if each["person"] == "desk-lead@example.com"]
    assert [(each["change"], each["person"], each["author"]) for each in said] == [
        ("sign_in_made", "desk-lead@example.com", "administrator"),
        ("signed_in", "desk-lead@example.com", "desk-lead@example.com"),
        ("session_ended", "desk-lead@example.com", "administrator"),
    ]
    assert made["secret"] not in json.dumps(said)


def test_nobody_signs_in_whom_the_model_does_not_name(portal: tuple[Any, str]) -> None:
    refused = portal[0].try_run("sign-in", "--as", "desk-laed@example.com")
    assert refused.returncode == 1
    assert "error[undeclared-person]" in refused.stderr
    assert "did you mean `desk-lead@example.com`" in refused.stderr


def test_a_token_of_the_api_is_shown_once_and_revoked(portal: tuple[Any, str]) -> None:
    house, _ = portal
    made = json.loads(house.run("token", "issue", "--as", "pilot-owner@example.com", "--days", "2", "--json"))
    assert made["secret"].startswith("remit-person-")
    assert made["secret"] not in house.run("token", "list")
    house.run("token", "revoke", made["ref"])
    assert json.loads(house.run("token", "list", "--json")) == []


def test_who_guesses_has_to_wait(portal: tuple[Any, str]) -> None:
    answers = [httpx.post(f"{portal[1]}/sign-in", data={"token": "x"}) for _ in range(32)]
    assert [each.status_code for each in answers] == [403] * 30 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
