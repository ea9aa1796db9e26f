"""One governed call through the real server with the real client, from declaration to ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2 as httpx
import openai
import pytest
from openai import OpenAI

QUESTION: Any = [{"role": "user", "content": "two words"}]

MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: [model/echo, model/slow, model/broken, model/busy, model/unpriced, model/public, model/dear]
    data_class_max: confidential
    input_tokens_max: 5000
units:
  desk:
    name: Desk
    lead: desk-lead@example.com
    remit: {spend: [{limit: 50.00 EUR, per: month}]}
providers:
  echo: {technology: echo}
stages:
  experiment:
    description: A pilot.
    remit: {calls: true, time_box_days: 10000}
blocks:
"""

BLOCK = """
  model/{name}:
    name: {name}
    provider: echo
    options: {options}
    context_tokens: 100000
    output_tokens_max: 20000
    data_class_max: {data_class}
    owner: platform@example.com
    prices: {prices}
"""

DEAR = """
  model/dear:
    name: Dear
    provider: echo
    context_tokens: 100000
    output_tokens_max: 20000
    data_class_max: confidential
    prices: [{starts: 2020-01-01, input: 100.00, output: 200.00}]
    downgrade_to: model/echo
"""

PRICES = "[{starts: 2020-01-01, input: 1.00, output: 2.00}]"
CASES = {
    "pilot": "{}",
    "narrow": "{models: [model/slow], output_tokens_max: 100}",
    "quitter": "{models: [model/slow]}",
    "ended": "{expires: 2020-01-01}",
    "poor": "{spend: [{limit: 0.000200 EUR, per: day}]}",
    "thrifty": "{spend: [{limit: 0.03 EUR, per: day, on_breach: downgrade}]}",
    "agents": "{spend: [{limit: 0.000200 EUR, per: day, each: agent}]}",
}


def declared() -> str:
    blocks = "".join(
        BLOCK.format(name=name, options=options, data_class=data_class, prices=prices)
        for name, options, data_class, prices in (
            ("echo", "{}", "confidential", PRICES),
            ("slow", "{words: '20000', pace_ms: '1'}", "confidential", PRICES),
            ("broken", "{words: '9', fail_after: '3'}", "confidential", PRICES),
            ("busy", "{busy: 'true'}", "confidential", PRICES),
            ("public", "{}", "public", PRICES),
            ("unpriced", "{}", "confidential", "[]"),
        )
    )
    cases = "".join(
        f"""
  {name}:
    name: {name}
    unit: desk
    owner: {name}-owner@example.com
    purpose: Try a rule.
    adoption: {{stage: experiment, since: 2026-01-01, basis: It runs in this test.}}
    remit: {remit}
"""
        for name, remit in CASES.items()
    )
    young = "\n  young: {name: Young, unit: desk, purpose: Not there yet., owner: young-owner@example.com}\n"
    secret = """
  secret:
    name: Secret
    unit: desk
    purpose: Try the data rule.
    data_class: confidential
    adoption: {stage: experiment, basis: It runs in this test.}
    remit: {models: [model/public]}
"""
    return f"{MODEL}{blocks}{DEAR}\nuse_cases:{cases}{young}{secret}"


class Rules:
    """A served house with one key for each use case."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(declared())
        self.keys = {name: house.key(name) for name in (*CASES, "young", "secret")}
        self.keys |= {agent: house.key("agents", agent=agent) for agent in ("settler", "sorter")}
        self.keys["nobody"] = "remit-nobody"
        self.keys["late"] = house.key("pilot", expires=datetime(2026, 1, 1, tzinfo=UTC))
        self.server = house.serve()

    def client(self, use_case: str) -> OpenAI:
        return self.server.client(self.keys[use_case])  # type: ignore[no-any-return]

    def post(self, use_case: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.post(
            f"{self.server.address}/v1/chat/completions",
            content=content,
            headers={"Authorization": f"Bearer {self.keys[use_case]}"} | headers,
        )


@pytest.fixture(scope="module")
def rules(shared_house: Any) -> Rules:
    return Rules(shared_house)


def test_a_call_is_answered_priced_and_recorded(rules: Rules) -> None:
    raw = rules.client("pilot").chat.completions.with_raw_response.create(
        model="echo",
        messages=[{"role": "user", "content": "hail on the roof"}],
        extra_headers={"x-remit-reference": "claim-17"},
    )
    answer = raw.parse()
    assert answer.choices[0].message.content == "Simulated: hail on the roof"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (4, 5)
    # 4 tokens at 1.00 and 5 at 2.00 EUR for a million.
    assert raw.headers["x-remit-cost"] == "0.000014"
    assert raw.headers["x-remit-currency"] == "EUR"
    assert Decimal(raw.headers["x-remit-budget-left"]) < Decimal(50)
    entry = json.loads(rules.house.run("ledger", "show", raw.headers["x-remit-call"]))
    assert entry["kind"] == "call"
    assert entry["purpose"]["use_case"] == "pilot"
    assert entry["charge"] == "0.000014"
    assert entry["simulated"] is True
    assert entry["reference"] == "claim-17"
    assert "hail" not in json.dumps(entry)


def test_streamed_and_buffered_give_the_same_entry(rules: Rules) -> None:
    client = rules.client("pilot")
    messages: Any = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "one two"}]
    buffered = client.chat.completions.create(model="echo", messages=messages, max_tokens=2)
    chunks = list(
        client.chat.completions.create(
            model="echo",
            messages=messages,
            max_tokens=2,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.split() == (buffered.choices[0].message.content or "").split()
    assert chunks[-1].usage is not None
    assert buffered.usage is not None
    assert chunks[-1].usage.total_tokens == buffered.usage.total_tokens
    ids = [buffered.id, chunks[0].id]
    one, other = (json.loads(rules.house.run("ledger", "show", id.removeprefix("chatcmpl-"))) for id in ids)
    for passing in ("id", "at", "began", "latency_ms", "first_token_ms", "streamed"):
        one.pop(passing, None)
        other.pop(passing, None)
    # They asked the same, and not in the same bytes.
    assert one["origin"].pop("asked_digest") != other["origin"].pop("asked_digest")
    assert one == other


@pytest.mark.parametrize(
    ("use_case", "model", "more", "status", "rule", "layer", "owner"),
    [
        ("young", "echo", {}, 403, "stage-allows-no-calls", "stage/envision", "administrator@"),
        ("ended", "echo", {}, 403, "remit-expired", "use-case/ended", "ended-owner@"),
        ("pilot", "gpt-9", {}, 403, "model-outside-remit", "organisation", "administrator@"),
        ("narrow", "echo", {}, 403, "model-outside-remit", "use-case/narrow", "narrow-owner@"),
        ("narrow", "slow", {"max_tokens": 101}, 403, "output-too-large", "use-case/narrow", "narrow-owner@"),
        ("pilot", "echo", {"max_tokens": 9_999_999}, 403, "output-too-large", "model/echo", "platform@"),
        ("poor", "echo", {}, 402, "budget-exhausted", "use-case/poor", "poor-owner@"),
        ("pilot", "unpriced", {}, 402, "model-without-price", "model/unpriced", "platform@"),
        ("secret", "public", {}, 403, "data-class-too-high", "model/public", "platform@"),
        ("late", "echo", {}, 401, "expired-key", "use-case/pilot", "administrator@"),
        ("nobody", "echo", {}, 401, "unknown-key", "organisation", "administrator@"),
    ],
)
def test_a_refusal_says_which_rule_which_layer_whose_and_what_helps(
    rules: Rules,
    use_case: str,
    model: str,
    more: dict[str, Any],
    status: int,
    rule: str,
    layer: str,
    owner: str,
) -> None:
    answer = rules.post(use_case, {"model": model, "messages": QUESTION, **more})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == rule
    assert error["remit"]["layer"] == layer
    assert error["remit"]["owner"].startswith(owner)
    assert error["remit"]["help"]
    assert error["remit"]["help"] in error["message"]


def test_the_clients_own_exceptions_carry_the_rule(rules: Rules) -> None:
    with pytest.raises(openai.PermissionDeniedError) as refused:
        rules.client("narrow").chat.completions.create(model="echo", messages=QUESTION)
    assert refused.value.code == "model-outside-remit"
    with pytest.raises(openai.AuthenticationError):
        rules.server.client("remit-nobody").chat.completions.create(model="echo", messages=QUESTION)


def test_what_a_refusal_suggests_makes_the_call_pass(rules: Rules) -> None:
    refused = rules.post("poor", {"model": "echo", "messages": QUESTION, "max_tokens": 15_000})
    [most] = [word for word in refused.json()["error"]["remit"]["help"].split() if word.isdigit()]
    passed = rules.post("poor", {"model": "echo", "messages": QUESTION, "max_tokens": int(most)})
    assert passed.status_code == 200, passed.text


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_a_budget_cannot_cover_is_served_by_a_cheaper_model_and_says_so(
    rules: Rules, stream: bool
) -> None:
    body = {"model": "dear", "messages": QUESTION, "max_tokens": 300, "stream": stream}
    answer = rules.post("thrifty", body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-remit-model"] == "echo"
    events = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    said = json.loads(events[-1] if stream else answer.text)
    assert said["model"] == "echo"
    assert said["remit"]["downgraded_from"] == "dear"
    entry = json.loads(rules.house.run("ledger", "show", said["remit"]["call"]))
    assert (entry["purpose"]["model"], entry["purpose"]["asked"]) == ("model/echo", "model/dear")
    assert entry["rates"]["output"] == "2"
    assert Decimal(entry["held"]) < Decimal("0.001")


def test_a_call_that_its_budget_covers_is_not_said_to_be_anything_else(rules: Rules) -> None:
    answer = rules.post("thrifty", {"model": "dear", "messages": QUESTION, "max_tokens": 2})
    assert answer.headers["x-remit-model"] == "dear"
    assert "downgraded_from" not in answer.json()["remit"]
    entry = json.loads(rules.house.run("ledger", "show", answer.json()["remit"]["call"]))
    assert "asked" not in entry["purpose"]


def test_a_downgrade_that_helps_nothing_is_a_refusal_that_names_what_was_tried(rules: Rules) -> None:
    answer = rules.post("thrifty", {"model": "dear", "messages": QUESTION})
    assert answer.status_code == 402
    assert answer.json()["error"]["remit"]["help"].endswith("tried in its place: `echo` (budget-exhausted)")


def test_each_agent_has_a_budget_for_itself_and_is_known_by_its_key(rules: Rules) -> None:
    body = {"model": "echo", "messages": QUESTION, "max_tokens": 40}
    assert rules.post("settler", body | {"max_tokens": 100}).status_code == 402
    call = rules.post("settler", body).json()["remit"]["call"]
    entry = json.loads(rules.house.run("ledger", "show", call))
    assert entry["purpose"]["agent"] == "settler"
    [account] = [name for name in entry["accounts"] if name.startswith("use-case/")]
    assert account.startswith("use-case/agents:each-agent:day:settler:")
    [other] = [
        name
        for name in json.loads(
            rules.house.run("ledger", "show", rules.post("sorter", body).json()["remit"]["call"])
        )["accounts"]
        if name.startswith("use-case/")
    ]
    assert other.startswith("use-case/agents:each-agent:day:sorter:")
    # A key without an agent is held by the other budgets only.
    assert rules.post("agents", body | {"max_tokens": 100}).status_code == 200


def test_a_key_sees_only_the_models_of_its_remit(rules: Rules) -> None:
    names = [model.id for model in rules.client("narrow").models.list()]
    assert names == ["slow"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not json", 400, "invalid-json"),
        (b"[1]", 400, "invalid-json"),
        (b"", 400, "invalid-json"),
        (b"\xff\xfe", 400, "invalid-json"),
        (b"[" * 100_000, 400, "invalid-json"),
        ({"model": "echo"}, 400, "invalid-field"),
        ({"model": "echo", "messages": []}, 400, "invalid-field"),
        ({"model": 7, "messages": QUESTION}, 400, "invalid-field"),
        ({"model": "echo", "messages": QUESTION, "max_tokens": -1}, 400, "invalid-field"),
        ({"model": "echo", "messages": QUESTION, "max_tokens": 10**30}, 400, "invalid-field"),
        ({"model": "echo", "messages": QUESTION, "temperature": 9}, 400, "invalid-field"),
        ({"model": "echo", "messages": QUESTION, "max_token": 5}, 400, "unknown-field"),
        ({"model": "echo", "messages": QUESTION, "tools": [{}]}, 400, "invalid-field"),
        ({"model": "echo", "messages": QUESTION, "logprobs": True}, 400, "unsupported-field"),
        ({"model": "echo", "messages": QUESTION, "n": 2}, 400, "unsupported-field"),
        ({"model": "echo", "messages": [{"role": "tool", "content": "x"}]}, 400, "invalid-field"),
        ({"model": "echo", "messages": [{"role": "critic", "content": "x"}]}, 400, "unsupported-field"),
        (
            {"model": "echo", "messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
            400,
            "invalid-field",
        ),
        (b" " * (24 * 1024 * 1024 + 1), 413, "body-too-large"),
        ({"model": "echo", "messages": [{"role": "user", "content": "x" * 9000}]}, 413, "input-too-large"),
    ],
)
def test_bad_input_is_answered_clearly_and_costs_nothing(
    rules: Rules, body: Any, status: int, code: str
) -> None:
    answer = rules.post("pilot", body)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert " — " in error["message"]


def test_a_body_without_a_length_is_cut_off_at_the_limit(rules: Rules) -> None:
    def chunks() -> Any:
        for _ in range(7):
            yield b" " * 4 * 1024 * 1024

    try:
        answer = httpx.post(
            f"{rules.server.address}/v1/chat/completions",
            content=chunks(),
            headers={"Authorization": f"Bearer {rules.keys['pilot']}"},
        )
        assert answer.json()["error"]["code"] == "body-too-large"
    except httpx.TransportError:
        # The server may close before a client that does not listen has sent all; either way it is bounded.
        pass


def test_a_provider_that_fails_in_the_middle_ends_the_stream_with_an_error(rules: Rules) -> None:
    stream = rules.client("pilot").chat.completions.create(model="broken", messages=QUESTION, stream=True)
    with pytest.raises(openai.APIError) as failed:
        list(stream)
    assert failed.value.code == "provider-failed"
    entry = rules.house.entries("call")[-1]
    assert entry["status"] == "failed"
    assert entry["usage"]["output_tokens"] == 3
    assert entry["usage_estimated"] is True


def test_a_provider_that_fails_is_a_bad_gateway_to_a_buffered_call(rules: Rules) -> None:
    answer = rules.post("pilot", {"model": "broken", "messages": QUESTION})
    assert answer.status_code == 502
    assert answer.json()["error"]["code"] == "provider-failed"


def test_a_busy_provider_says_when_to_come_back_and_nothing_is_charged(rules: Rules) -> None:
    answer = rules.post("pilot", {"model": "busy", "messages": QUESTION})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    entry = rules.house.entries("call")[-1]
    assert (entry["status"], entry["settlement"], entry["charge"]) == ("failed", "void", "0")


def test_a_client_that_hangs_up_is_charged_for_what_was_streamed(rules: Rules) -> None:
    stream = rules.client("quitter").chat.completions.create(model="slow", messages=QUESTION, stream=True)
    for _, _chunk in zip(range(5), stream, strict=False):
        pass
    stream.close()
    entry = _ended(rules, chosen=lambda each: each["purpose"]["use_case"] == "quitter")
    assert entry["status"] == "hung_up"
    assert 4 <= entry["usage"]["output_tokens"] < 20_000
    assert entry["usage_estimated"] is True
    assert entry["settlement"] == "post"


def _ended(rules: Rules, chosen: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Ask until the entry is there, at most so often."""
    for _ in range(2000):
        found: list[dict[str, Any]] = [entry for entry in rules.house.entries("call") if chosen(entry)]
        if found:
            return found[-1]
    raise AssertionError("the call has no entry")


def test_an_address_that_is_not_served_says_so(rules: Rules) -> None:
    answer = httpx.post(f"{rules.server.address}/v1/images", json={})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not-found"
    assert httpx.get(f"{rules.server.address}/v1/chat/completions").status_code == 405


def test_balances_are_the_exact_sum_of_charges(rules: Rules) -> None:
    for words in ("a", "a b", "a b c"):
        rules.client("pilot").chat.completions.create(
            model="echo", messages=[{"role": "user", "content": words}]
        )
    charges = [Decimal(entry["charge"]) for entry in rules.house.entries("call")]
    assert rules.house.posted()["unit/desk"] == sum(charges)


def test_a_revoked_key_and_a_new_model_take_effect_without_a_restart(
    house: Any, pilot: Callable[[], OpenAI]
) -> None:
    client = pilot()
    client.chat.completions.create(model="echo", messages=QUESTION)
    [key] = json.loads(house.run("key", "list", "--json"))
    house.run("key", "revoke", key["id"])
    assert _first_refusal(client) == "revoked-key"
    other = house.servers[0].client(house.key())
    _first_answer(other)
    case = """
    use_cases:
      pilot:
        name: A pilot
        unit: desk
        purpose: Try the path of a call.
        remit: {expires: 2020-01-01}
    """
    house.apply(house.base, case)
    assert _first_refusal(other) == "remit-expired"


def _first_refusal(client: OpenAI) -> str | None:
    for _ in range(2000):
        try:
            client.chat.completions.create(model="echo", messages=QUESTION)
        except openai.APIStatusError as refused:
            return refused.code
    raise AssertionError("nothing was refused")


def _first_answer(client: OpenAI) -> None:
    for _ in range(2000):
        try:
            client.chat.completions.create(model="echo", messages=QUESTION)
        except openai.AuthenticationError:
            continue
        return
    raise AssertionError("the key was never known")
