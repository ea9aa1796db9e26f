"""How much goes through at a time, by the real server and the real client: 429, and when to try again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import openai
import pytest
from openai import OpenAI

QUESTION: Any = [{"role": "user", "content": "two words"}]

MODELS = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '20000', pace_ms: '5'}
    context_tokens: 100000
    output_tokens_max: 20000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/brief:
    name: Brief
    owner: platform@example.com
    provider: echo
    options: {words: '6', pace_ms: '50'}
    context_tokens: 100000
    output_tokens_max: 20000
    concurrency_max: 1
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/broken:
    name: Broken
    provider: echo
    options: {words: '9', fail_after: '3'}
    context_tokens: 100000
    output_tokens_max: 20000
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
use_cases:
"""

CASES = {
    "few": "{requests_per_minute: 3}",
    "each": "{requests_per_minute: {limit: 2, each: key}}",
    "fair": "{requests_per_minute: 8}",
    "tokens": "{tokens_per_minute: 1000}",
    "pair": "{concurrency_max: 2}",
    "line": "{concurrency_max: 2}",
    "one": "{concurrency_max: {limit: 1, each: key}}",
    "brief": "{}",
    "shut": "{requests_per_minute: 0}",
}


def declared() -> str:
    return MODELS + "".join(
        f"""
  {name}:
    name: {name}
    unit: desk
    owner: {name}-owner@example.com
    purpose: Try how much goes through.
    adoption: {{stage: experiment, basis: It runs in this test.}}
    remit: {remit}
"""
        for name, remit in CASES.items()
    )


class Rated:
    """A served house, and keys of its use cases."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(house.base, declared())
        self.server = house.serve()

    def client(self, use_case: str) -> OpenAI:
        """Make a client with a key of its own, which does not try again by itself."""
        return self.server.client(self.house.key(use_case))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def rated(shared_house: Any) -> Rated:
    return Rated(shared_house)


def ask(client: OpenAI, model: str = "echo", **more: Any) -> Any:
    return client.chat.completions.create(model=model, messages=QUESTION, **more)


def opened(client: OpenAI, **more: Any) -> Any:
    """Open a stream that goes on for a long time, and wait for its first word."""
    stream = ask(client, "slow", stream=True, **more)
    next(stream)
    return stream


def refused(client: OpenAI, model: str = "echo", **more: Any) -> openai.RateLimitError:
    with pytest.raises(openai.RateLimitError) as found:
        ask(client, model, **more)
    return found.value


def tries(client: OpenAI, count: int) -> int:
    """Ask so many times; returns how many calls got through."""
    passed = 0
    for _ in range(count):
        with suppress(openai.RateLimitError):
            ask(client)
            passed += 1
    return passed


def test_calls_beyond_the_limit_of_a_minute_get_429_and_when_to_try_again(rated: Rated) -> None:
    client = rated.client("few")
    assert tries(client, 5) == 3
    error = refused(client)
    assert error.code == "rate-limited"
    assert error.type == "rate_limit_error"
    seconds = int(error.response.headers["retry-after"])
    assert 1 <= seconds <= 80
    said = error.response.json()["error"]
    assert said["remit"]["layer"] == "use-case/few"
    assert said["remit"]["owner"] == "few-owner@example.com"
    assert f"try again in {seconds} second" in said["message"]
    # Another key of the use case meets the same limit.
    assert tries(rated.client("few"), 1) == 0
    entries = [each for each in rated.house.entries("refusal") if each["decision"]["rule"] == "rate-limited"]
    assert entries[-1]["decision"]["retry_after"] >= 1


def test_with_a_limit_for_each_key_one_key_s_calls_are_none_of_another_s(rated: Rated) -> None:
    one, other = rated.client("each"), rated.client("each")
    assert (tries(one, 4), tries(other, 4)) == (2, 2)


def test_a_key_that_never_stops_does_not_starve_another(rated: Rated) -> None:
    greedy, modest = rated.client("fair"), rated.client("fair")
    assert tries(modest, 1) == 1
    assert tries(greedy, 20) < 7
    assert "this key has had its share, as one of 2" in refused(greedy).message
    assert tries(modest, 2) == 2


def test_a_limit_of_nothing_lets_nothing_through_and_no_client_tries_again(rated: Rated) -> None:
    with pytest.raises(openai.PermissionDeniedError) as found:
        ask(rated.client("shut"))
    assert found.value.code == "above-rate-limit"
    assert "retry-after" not in found.value.response.headers


def test_tokens_that_a_call_did_not_use_are_free_again(rated: Rated) -> None:
    client = rated.client("tokens")
    for _ in range(4):
        ask(client, max_tokens=900)
    with pytest.raises(openai.PermissionDeniedError) as found:
        ask(client, max_tokens=1001)
    assert found.value.code == "above-rate-limit"
    with pytest.raises(openai.APIStatusError):
        ask(client, "broken", max_tokens=900)
    stream = opened(client, max_tokens=900)
    error = refused(client, max_tokens=900)
    assert error.code == "rate-limited"
    assert int(error.response.headers["retry-after"]) >= 1
    # Who asks for less, or leaves it to the model, is not refused for what others may still write.
    ask(client, max_tokens=5)
    ask(client)
    stream.close()


def test_streams_that_are_held_open_take_places_and_give_them_back_when_their_callers_leave(
    rated: Rated,
) -> None:
    client = rated.client("pair")
    streams = [opened(client) for _ in range(2)]
    error = refused(client)
    assert (error.code, error.response.headers["retry-after"]) == ("too-many-at-once", "1")
    assert error.response.json()["error"]["remit"]["layer"] == "use-case/pair"
    streams[0].close()
    # The server learns of it a moment later; the client comes back as it is told.
    assert ask(client.with_options(max_retries=5)).choices
    third = opened(client.with_options(max_retries=5))
    refused(client)
    for stream in (third, streams[1]):
        stream.close()


def test_however_a_call_ends_its_place_is_free_again(rated: Rated) -> None:
    client = rated.client("one")
    for _ in range(3):
        with pytest.raises(openai.APIStatusError) as found:
            ask(client, "broken")
        assert found.value.code == "provider-failed"
        list(ask(client, stream=True))
        ask(client)
    other = rated.client("one")
    with opened(client):
        refused(client)
        ask(other)


def test_the_client_waits_as_long_as_it_is_told_and_then_gets_through(rated: Rated) -> None:
    one, other = rated.client("brief"), rated.client("brief")
    stream = ask(one, "brief", stream=True)
    next(stream)
    answer = ask(other.with_options(max_retries=2), "brief")
    assert answer.choices[0].message.content
    assert len(list(stream)) > 1
    refusal = [each for each in rated.house.entries("refusal") if each["purpose"]["use_case"] == "brief"][-1]
    assert refusal["decision"]["rule"] == "too-many-at-once"
    assert refusal["decision"]["layer"] == "model/brief"
    assert refusal["decision"]["owner"] == "platform@example.com"
    call = [each for each in rated.house.entries("call") if each["purpose"]["use_case"] == "brief"][-1]
    waited = datetime.fromisoformat(call["began"]) - datetime.fromisoformat(refusal["at"])
    assert waited >= timedelta(seconds=1)


def test_who_can_wait_gets_the_place_of_a_call_that_ends_and_who_cannot_is_refused(rated: Rated) -> None:
    client = rated.client("line")
    streams = [opened(client), opened(client)]
    refused(client)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(ask, client, extra_headers={"x-remit-wait": "60"})
        # It is in line before a place is given back, or gets the place anyway.
        streams[0].close()
        assert waits.result(timeout=60).choices[0].message.content
    streams[1].close()


@pytest.mark.parametrize("said", ["0", "601", "-1", "1.5", "", "soon", "1e2"])
def test_how_long_a_call_can_wait_is_a_number_of_seconds(rated: Rated, said: str) -> None:
    client = rated.client("brief")
    with pytest.raises(openai.BadRequestError) as found:
        ask(client, extra_headers={"x-remit-wait": said})
    assert found.value.code == "invalid-field"


def test_after_a_restart_counts_begin_at_nothing_and_refused_calls_cost_nothing(house: Any) -> None:
    rated = Rated(house)
    key = house.key("few")
    assert tries(rated.server.client(key), 5) == 3
    rated.server.stop()
    assert tries(house.serve().client(key), 5) == 3
    assert len(house.entries("call")) == 6
    assert {each["decision"]["rule"] for each in house.entries("refusal")} == {"rate-limited"}
    assert house.verify() == ()
