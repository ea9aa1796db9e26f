"""Policies from their file to a refusal over HTTP."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from openai import OpenAI, PermissionDeniedError

from conftest import BASE, CASE

QUESTION: Any = [{"role": "user", "content": "Hello"}]
SHORT = """\
// Long answers are not read.
@id("short-answers")
@owner("desk-lead@example.com")
@summary("nobody reads more than 20 tokens")
@help("set `max_tokens` to 20 or less")
forbid (principal in Unit::"desk", action == Action::"call_model", resource)
when { context.output_tokens > 20 };
"""
WATCH = """
@id("streams") @mode("log_only")
forbid (principal, action, resource) when { context.streamed };
"""


def declare(house: Any, policies: str) -> None:
    house.declare(BASE, CASE)
    (house.root / "declared" / "rules.cedar").write_text(policies)


def call(client: OpenAI, tokens: int, *, stream: bool = False) -> None:
    answer = client.chat.completions.create(model="echo", messages=QUESTION, max_tokens=tokens, stream=stream)
    if stream:
        for _ in answer:
            pass


@pytest.fixture
def served(house: Any) -> tuple[Any, OpenAI]:
    declare(house, SHORT + WATCH)
    house.run("apply", "declared")
    server = house.serve()
    return house, server.client(house.key())


def test_a_policy_refuses_over_http_and_says_which_whose_and_what_helps(served: tuple[Any, OpenAI]) -> None:
    house, client = served
    call(client, 20)
    with pytest.raises(PermissionDeniedError) as refused:
        call(client, 21)
    body: Any = refused.value.body
    assert body["message"] == (
        "policy `short-answers` forbids this call: nobody reads more than 20 tokens"
        " — set `max_tokens` to 20 or less"
    )
    assert body["code"] == "forbidden-by-policy"
    assert body["remit"]["layer"] == "policy/short-answers"
    assert body["remit"]["owner"] == "desk-lead@example.com"
    [entry] = house.entries("refusal")
    assert entry["decision"]["rule"] == "forbidden-by-policy"
    assert entry["id"] == body["remit"]["decision"]
    assert len(house.entries("call")) == 1
    assert house.verify() == ()


def test_a_policy_that_is_only_watched_is_noted_in_the_call_s_entry(served: tuple[Any, OpenAI]) -> None:
    house, client = served
    call(client, 5)
    call(client, 5, stream=True)
    assert [entry.get("policies_noted") for entry in house.entries("call")] == [None, ["streams"]]


def test_a_changed_policy_is_in_force_without_a_restart_and_taking_it_away_asks(
    served: tuple[Any, OpenAI],
) -> None:
    house, client = served

    def allowed() -> bool:
        try:
            call(client, 21)
        except PermissionDeniedError:
            return False
        return True

    assert not allowed()
    declare(house, WATCH)
    asked = house.try_run("apply", "declared")
    assert asked.returncode == 1
    assert "error[not-confirmed]" in asked.stderr
    assert "↑ `pilot` is no longer held to `policy/short-answers`" in house.run("plan", "declared", code=2)
    assert not allowed()
    house.run("apply", "declared", "--yes")
    began = time.monotonic()
    while not allowed():
        assert time.monotonic() < began + 5
    house.run("rollback", "1")
    began = time.monotonic()
    while allowed():
        assert time.monotonic() < began + 5


def test_pull_writes_policies_back(house: Any) -> None:
    declare(house, SHORT + WATCH)
    house.run("apply", "declared")
    declare(house, SHORT.replace("> 20", "> 30"))
    shown = house.run("plan", "declared", code=2)
    assert "~ policy/short-answers\n    text: forbid" in shown
    assert "- policy/streams\n" in shown
    pulled = house.run("pull", "declared")
    assert "wrote rules.cedar" in pulled
    text = (house.root / "declared" / "rules.cedar").read_text()
    assert text.startswith("// Long answers are not read.\n")
    assert "> 20" in text
    assert "streams" in text
    assert house.run("plan", "declared").startswith("nothing to change")


def test_what_a_policy_would_say_can_be_asked_before_anybody_calls(house: Any) -> None:
    declare(house, SHORT + WATCH)
    house.run("apply", "declared")
    said = house.run("policy", "test", "pilot", "--model", "echo", "--output-tokens", "21")
    assert said == (
        "denied[forbidden-by-policy]: policy `short-answers` forbids this call:"
        " nobody reads more than 20 tokens (desk-lead@example.com)\n"
        "  help: set `max_tokens` to 20 or less\n"
    )
    arguments = ("policy", "test", "pilot", "--model", "model/echo", "--output-tokens", "20", "--streamed")
    said = house.run(*arguments)
    assert said == "allowed: no policy forbids it\nnoted only: policy `streams` would forbid it\n"
    tried = json.loads(house.run(*arguments, "--hour", "3", "--weekday", "7", "--json"))
    assert tried["evaluation"]["noted"] == ["streams"]
    assert "T03:00:" in tried["ask"]["local"]
    for wrong, code in (
        (("nobody", "--model", "echo"), "undeclared-use-case"),
        (("pilot", "--model", "none"), "undeclared-block"),
    ):
        refused = house.try_run("policy", "test", *wrong)
        assert refused.returncode == 1
        assert f"error[{code}]" in refused.stderr
    assert house.run("policy", "show", "streams").startswith('@id("streams")\n@mode("log_only")\nforbid (')
    assert "did you mean `streams`?" in house.try_run("policy", "show", "stream").stderr
    assert "streams (only noted) (administrator@example.com)" in house.run("explain", "pilot")
    listed = json.loads(house.run("policy", "list", "--json"))
    assert [(each["id"], each["use_cases"]) for each in listed] == [("short-answers", 1), ("streams", 1)]
