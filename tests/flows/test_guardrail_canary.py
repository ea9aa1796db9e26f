"""Words that guardrails find are written down nowhere, whatever became of the call that had them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from upstream import Answer, Upstream, as_json, serving

MAIL = "canary.wren@example.org"
SECRET = "AKIAIOSFODNN7CANARYQ"
WORD = "zanzibar"
CANARIES = (MAIL, "canary.wren", SECRET)
SAID = f"Write to {MAIL} with {SECRET}, please."

MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit: {models: any, data_class_max: confidential, spend: [{limit: 50.00 EUR, per: month}]}
units:
  desk: {name: Desk, lead: desk-lead@example.com}
providers:
  echo: {technology: echo}
  hosted: {technology: openai, base_url: "UPSTREAM"}
stages:
  experiment: {description: A pilot., remit: {calls: true}}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 100000
    output_tokens_max: 5000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/broken:
    name: Broken
    provider: echo
    options: {fail_after: "2"}
    context_tokens: 100000
    output_tokens_max: 5000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/refusing:
    name: Refusing
    provider: hosted
    options: {model: refusing}
    data_class_max: confidential
    context_tokens: 100000
    output_tokens_max: 5000
    retries: 0
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/failing:
    name: Failing
    provider: hosted
    options: {model: failing}
    data_class_max: confidential
    context_tokens: 100000
    output_tokens_max: 5000
    retries: 0
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  guardrail/masking:
    name: Masking
    sensitive: {EMAIL: anonymize, AWS_ACCESS_KEY: anonymize, SECRET: anonymize}
    restores: people
  guardrail/stopping-in:
    name: Stopping in
    sensitive: {EMAIL: block}
    words: {listed: [WORD]}
  guardrail/stopping-out:
    name: Stopping out
    sensitive: {EMAIL: {input_enabled: false, output_action: block}}
  guardrail/noting:
    name: Noting
    mode: shadow
    sensitive: {EMAIL: block, AWS_ACCESS_KEY: block, SECRET: block}
  guardrail/asking:
    name: Asking
    custom: {theirs: {webhook: "UPSTREAM/judge", action: block, on_failure: block, timeout_seconds: 5}}
  guardrail/unusable:
    name: Unusable
    custom: {gone: {python: nowhere.to_be_found, action: block}}
use_cases:
"""
CASES = ("masking", "stopping-in", "stopping-out", "noting", "asking", "unusable", "bare")
CASE = """
  {name}:
    name: {name}
    unit: desk
    owner: {name}-owner@example.com
    purpose: Try what is kept.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {{{guarded}}}
"""


@pytest.fixture
def theirs() -> Iterator[Upstream]:
    """Others that say back what they were sent, where they should not."""

    def model(body: dict[str, Any]) -> Answer:
        said = json.dumps(body["messages"])
        status = 400 if body["model"] == "refusing" else 500
        return as_json(
            {"error": {"message": f"I cannot take {said} {SAID}", "type": "x", "code": MAIL}}, status
        )

    def judge(body: dict[str, Any]) -> Answer:
        return as_json({"findings": [{"text": MAIL, "type": SECRET, "of": body["texts"]}]})

    with serving({"/chat/completions": model, "/judge": judge}) as made:
        yield made


def bodies(text: str) -> Iterator[tuple[str, Any]]:
    """Give calls of every kind with this text in them, right and wrong ones."""
    said = [{"role": "user", "content": text}]
    for model in ("echo", "broken", "refusing", "failing"):
        for stream in (False, True):
            chat = {"model": model, "messages": said, "stream": stream, "max_tokens": 200}
            yield "/v1/chat/completions", chat
    yield "/v1/messages", {"model": "echo", "max_tokens": 200, "messages": said, "stream": True}
    yield "/v1/responses", {"model": "echo", "input": text}
    yield "/v1/embeddings", {"model": "echo", "input": text}
    yield "/guardrail/masking/version/DRAFT/apply", {"source": "INPUT", "content": [{"text": {"text": text}}]}
    for name in (text, MAIL):
        yield "/v1/chat/completions", {"model": name, "messages": said}
    yield "/v1/chat/completions", {"model": "echo", "messages": [{"role": text, "content": text}]}
    yield "/v1/chat/completions", {"model": "echo", "messages": said, text: text}
    yield "/v1/chat/completions", json.dumps({"model": "echo", "messages": said})[:-2]
    called = {"id": "1", "type": "function", "function": {"name": "f", "arguments": json.dumps({"to": text})}}
    deep = {
        "id": "2",
        "type": "function",
        "function": {"name": "f", "arguments": '{"a":' * 600 + f'"{text}"'},
    }
    for call in (called, deep):
        used = [*said, {"role": "assistant", "tool_calls": [call]}]
        answered = [*used, {"role": "tool", "tool_call_id": call["id"], "content": text}]
        yield "/v1/chat/completions", {"model": "echo", "messages": answered, "max_tokens": 200}


def traces(text: str) -> list[str]:
    """Say which canaries are in a text, as they are or coded as texts in files may be."""
    small = text.casefold()
    coded = {
        canary: (canary, base64.b64encode(canary.encode()).decode(), canary.encode().hex())
        for canary in CANARIES
    }
    return [canary for canary, ways in coded.items() if any(way.casefold() in small for way in ways)]


def test_no_word_that_was_found_is_written_down_anywhere(house: Any, theirs: Upstream) -> None:
    guarded = {name: f"guardrails: {{guardrail/{name}: {{}}}}" if name != "bare" else "" for name in CASES}
    declared = MODEL.replace("UPSTREAM", theirs.address).replace("WORD", WORD)
    house.apply(declared + "".join(CASE.format(name=name, guarded=guarded[name]) for name in CASES))
    server = house.serve(REMIT_PROVIDER_HOSTED_API_KEY="a-key")
    portal = house.serve("portal")
    keys = {name: house.key(name) for name in CASES}
    statuses: set[tuple[str, int]] = set()
    with httpx.Client(base_url=server.address, timeout=60) as client:
        for name in CASES[:-1]:
            for path, body in (*bodies(SAID), *bodies(f"the {WORD} {SAID}")):
                sent = body if isinstance(body, str) else json.dumps(body)
                headers = {"authorization": f"Bearer {keys[name]}", "content-type": "application/json"}
                answer = client.post(path, content=sent, headers=headers)
                statuses.add((name, answer.status_code))
        for name in CASES:
            headers = {"authorization": f"Bearer {keys[name]}"}
            for path in ("/v1/remit", "/v1/models"):
                assert traces(client.get(path, headers=headers).text) == []
        other = {"model": "echo", "messages": [{"role": "user", "content": "{EMAIL_1} {AWS_ACCESS_KEY_1}"}]}
        said = client.post(
            "/v1/chat/completions", json=other, headers={"authorization": f"Bearer {keys['bare']}"}
        )
        assert said.status_code == 200
        assert traces(said.text) == []

    assert {("masking", 200), ("masking", 400), ("masking", 403), ("masking", 502)} <= statuses
    assert all(status != 500 for _, status in statuses)

    entries = house.entries()
    written = {each["status"] for each in entries if each["kind"] == "call"}
    assert {"completed", "blocked", "failed"} <= written
    found = {(each["type"], each["action"]) for entry in entries for each in entry.get("findings", ())}
    assert {("EMAIL", "anonymize"), ("EMAIL", "block"), ("EMAIL", "none"), ("UNAVAILABLE", "block")} <= found
    assert any(each.get("findings") for each in entries if each["kind"] == "guardrail_check")
    assert traces(json.dumps(entries)) == []

    with httpx.Client(base_url=portal.address, follow_redirects=True) as browser:
        assert browser.post("/sign-in", data={"token": house.token()}).status_code == 200
        waiting, seen = ["/"], {"/"}
        while waiting:
            page = browser.get(waiting.pop()).text
            assert traces(page) == []
            links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', page)}
            more = [link for link in sorted(links - seen) if "static" not in link][: 120 - len(seen)]
            seen.update(more)
            waiting += more
    assert any(link.startswith("/ledger/") for link in seen)

    for arguments in (
        ("guardrail", "findings", "--json"),
        ("guardrail", "findings"),
        ("ledger", "list", "--json"),
        ("status",),
        ("portfolio", "list", "--json"),
    ):
        assert traces(house.run(*arguments)) == []
    for each in (server, portal):
        each.stop()
        assert each.process.stdout is not None
        log = each.process.stdout.read()
        assert traces(log) == []
    for file in house.home.rglob("*"):
        if file.is_file():
            assert traces(file.read_bytes().decode("latin-1")) == [], file.name
