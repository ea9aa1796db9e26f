"""What a call's entry says of how it came in, and of what was said without saying it."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import pytest

from remit.decide.finops.replayed_charge import replayed_charge
from remit.enforce.prefix import prefix_of
from remit.enforce.request import Message, ModelRequest
from remit.operations.read_call_columns import read_call_columns

QUESTION: Any = [{"role": "user", "content": "Where is the harbour?"}]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def served(shared_house: Any) -> Any:
    shared_house.apply()
    server = shared_house.serve()
    return shared_house, server.client(shared_house.key())


def entry_of(house: Any, call: str) -> dict[str, Any]:
    return dict(json.loads(house.run("ledger", "show", call)))


def test_the_run_the_trace_and_the_format_are_written_down(served: Any) -> None:
    house, client = served
    raw = client.chat.completions.with_raw_response.create(
        model="echo", messages=QUESTION, extra_headers={"x-remit-run": "run-7", "traceparent": TRACE}
    )
    entry = entry_of(house, raw.headers["x-remit-call"])
    origin = entry["origin"]
    assert {name: origin[name] for name in ("wire", "run", "trace")} == {
        "wire": "openai-chat",
        "run": "run-7",
        "trace": TRACE,
    }
    assert "operation" not in origin


def test_who_has_the_words_and_the_key_can_show_that_they_are_the_same(served: Any) -> None:
    house, client = served
    calls = []
    for stream in (False, True):
        raw = client.chat.completions.with_raw_response.create(model="echo", messages=QUESTION, stream=stream)
        calls.append((raw.headers["x-remit-call"], raw.http_request.content))
        answer = raw.parse()
        if stream:
            words = "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        else:
            words = answer.choices[0].message.content
        with house.system() as system:
            expected = system.content_hash("pilot", words.encode()).hexdigest()
            asked = system.content_hash("pilot", calls[-1][1]).hexdigest()
        entry = entry_of(house, calls[-1][0])
        assert entry["given_digest"] == expected
        assert entry["origin"]["asked_digest"] == asked
        # Without the installation's own secret the words cannot be tried.
        assert entry["given_digest"] != blake2b(words.encode(), digest_size=16).hexdigest()
        with house.system() as system:
            assert system.content_hash("another", words.encode()).hexdigest() != expected


@pytest.mark.parametrize("said", ["00-zz", "ff" + TRACE[2:], TRACE.upper(), "x" * 600])
def test_a_trace_that_cannot_be_read_is_none(served: Any, said: str) -> None:
    house, client = served
    raw = client.chat.completions.with_raw_response.create(
        model="echo", messages=QUESTION, extra_headers={"traceparent": said}
    )
    assert "trace" not in entry_of(house, raw.headers["x-remit-call"])["origin"]


def test_a_name_of_a_run_that_is_too_long_is_said(served: Any) -> None:
    _, client = served
    with pytest.raises(Exception, match="x-remit-run"):
        client.chat.completions.create(
            model="echo", messages=QUESTION, extra_headers={"x-remit-run": "x" * 201}
        )


def test_how_a_long_prompt_begins_is_kept_as_digests(served: Any) -> None:
    house, client = served
    entries = []
    for asked in ("What burnt? ", "Who saw it? "):
        messages = [
            {"role": "system", "content": "Judge claims. " * 300},
            {"role": "user", "content": asked * 300},
        ]
        raw = client.chat.completions.with_raw_response.create(model="echo", messages=messages)
        entries.append(entry_of(house, raw.headers["x-remit-call"]))
    one, other = (entry["origin"]["prefix"] for entry in entries)
    assert entries[0]["origin"]["prompt_bytes"] > 14 * 300 + 12 * 300
    # 8 bytes are some 11 letters: of three blocks, the two that lie in the system's words are the same.
    assert (len(one), one[:21] == other[:21], one == other) == (32, True, False)
    # The digest up to the system message's end is the same, and that of all is not.
    places, others = (entry["origin"]["place_digests"] for entry in entries)
    assert [entry["origin"]["system_bytes"] for entry in entries] == [
        14 * 300 + len("\x02system\0\0\x03")
    ] * 2
    assert (len(places), places[:10] == others[:10], places == others) == (22, True, False)
    assert not {"tools_bytes", "before_bytes"} & entries[0]["origin"].keys()
    assert entries[0]["output_tokens_max"] > 0
    said = ModelRequest(
        "model/echo",
        (Message.of("system", "Judge claims. " * 300), Message.of("user", "What burnt? " * 300)),
    )
    with house.system() as system:
        assert prefix_of(said, system.prefix_hash("pilot")).prefix == one
        # Of another use case none of them is the same.
        assert prefix_of(said, system.prefix_hash("another")).prefix[:10] != one[:10]


def test_a_short_prompt_has_no_digests_of_its_beginning(served: Any) -> None:
    house, client = served
    raw = client.chat.completions.with_raw_response.create(model="echo", messages=QUESTION)
    assert (
        not {"prefix", "prompt_bytes", "place_digests"}
        & entry_of(house, raw.headers["x-remit-call"])["origin"].keys()
    )


def test_charges_of_calls_are_worked_out_again_to_the_last_digit(served: Any) -> None:
    house, client = served
    for words in (3, 17, 401):
        client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "word " * words}])
    recorded: dict[str, Decimal] = {}
    for entry in house.entries("call"):
        model = entry["purpose"]["model"]
        recorded[model] = recorded.get(model, Decimal(0)) + Decimal(entry["charge"])
    with house.system() as system:
        now = system.clock.now()
        calls = read_call_columns(system, since=now - timedelta(days=1), until=now + timedelta(days=1))
    assert len(calls) >= 3
    assert replayed_charge(calls) == recorded
    assert sum(recorded.values()) > 0
