"""OpenAI's batch format: orders, lines, results."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.batch import KEPT, LineFault
from remit.enforce.request import EmbedRequest, ModelRequest
from remit.gateway.openai_batches import ENDPOINTS, LINES, read_order
from remit.gateway.wire import Failure
from remit.kernel.errors import RemitError
from remit.operations.batch_line import BatchLine
from remit.operations.keep_files import Order

CHAT = "/v1/chat/completions"
BODIES: dict[str, Any] = {
    CHAT: {"model": "m", "messages": [{"role": "user", "content": "Hello"}]},
    "/v1/embeddings": {"model": "m", "input": "Hello"},
    "/v1/responses": {"model": "m", "input": "Hello"},
}
ORDER = {"input_file_id": "file-1", "endpoint": CHAT, "completion_window": "24h"}


def line(endpoint: str = CHAT, **more: Any) -> dict[str, Any]:
    return {"custom_id": "a", "method": "POST", "url": endpoint, "body": BODIES[endpoint]} | more


def read(given: Any, endpoint: str = CHAT) -> BatchLine | LineFault:
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    return LINES.read(text, endpoint=endpoint, batch="batch_1", number=7)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_line_is_a_request_of_its_batch_s_format(endpoint: str) -> None:
    found = read(line(endpoint), endpoint)
    assert isinstance(found, BatchLine)
    assert isinstance(found.asked.request, EmbedRequest if "embed" in endpoint else ModelRequest)
    asked = found.asked
    assert (found.name, asked.batch, asked.batch_line, asked.streamed) == ("a", "batch_1", 7, False)


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        (b"{", "invalid-json", None),
        (b"[]", "invalid-json", None),
        (b"\xff\xfe", "invalid-json", None),
        (line(custom_id=""), "invalid-field", "custom_id"),
        (line(custom_id="x" * 513), "invalid-field", "custom_id"),
        (line(custom_id=1), "invalid-field", "custom_id"),
        (line(method="GET"), "invalid-field", "method"),
        (line(url="/v1/embeddings"), "invalid-field", "url"),
        (line(header={}), "unknown-field", "header"),
        ({"custom_id": "a", "method": "POST", "url": CHAT}, "invalid-field", None),
        (line(body=[]), "invalid-json", None),
        (line(body=BODIES[CHAT] | {"max_tokens": 0}), "invalid-field", "body.max_tokens"),
        (line(body=BODIES[CHAT] | {"logprobs": True}), "unsupported-field", "body.logprobs"),
        (line(body=BODIES[CHAT] | {"stream": True}), "unsupported-field", "stream"),
        (line(body={"model": "m", "messages": []}), "invalid-field", "body.messages"),
        (line(body={"messages": BODIES[CHAT]["messages"]}), "invalid-field", None),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_number(given: Any, code: str, param: str | None) -> None:
    found = read(given)
    assert isinstance(found, LineFault)
    assert (found.line, found.code) == (7, code)
    assert param is None or found.param == param


@given(st.binary(max_size=200))
def test_no_bytes_of_a_line_raise(text: bytes) -> None:
    assert isinstance(read(text), LineFault)
    json.loads(LINES.without_answer(text, batch="batch_1", number=1, why=RemitError("x", help="y")))


def test_a_fault_of_a_line_does_not_say_what_stands_in_it() -> None:
    found = read(line(body={"model": "m", "messages": [{"role": "user", "content": {"secret": "word"}}]}))
    assert isinstance(found, LineFault)
    assert "secret" not in found.summary
    assert "word" not in found.summary


def test_a_result_without_an_answer_names_its_line() -> None:
    why = RemitError("too late", help="again", code="provider-failed")
    found = LINES.without_answer(json.dumps(line()).encode(), batch="batch_1", number=3, why=why)
    assert json.loads(found) == {
        "id": "batch_req_1_3",
        "custom_id": "a",
        "response": None,
        "error": {"code": "provider-failed", "message": "too late — again"},
    }
    assert json.loads(LINES.without_answer(b"{", batch="batch_1", number=3, why=why))["custom_id"] is None


def order(**more: Any) -> Order | Failure:
    return read_order(json.dumps(ORDER | more).encode())


def test_an_order_is_read() -> None:
    assert order() == Order("file-1", CHAT, None, KEPT)
    found = order(metadata={"a": "b"}, output_expires_after={"anchor": "created_at", "seconds": 7200})
    assert found == Order("file-1", CHAT, {"a": "b"}, timedelta(hours=2))


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"endpoint": "/v1/completions"}, "unsupported-field", "endpoint"),
        ({"completion_window": "1h"}, "invalid-field", "completion_window"),
        ({"metadata": {str(number): "" for number in range(17)}}, "invalid-field", "metadata"),
        ({"metadata": {"x" * 65: ""}}, "invalid-field", "metadata"),
        ({"metadata": {"x": "y" * 513}}, "invalid-field", "metadata"),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 1}},
            "invalid-field",
            "output_expires_after",
        ),
        ({"output_expires_after": {"anchor": "x", "seconds": 7200}}, "invalid-field", "output_expires_after"),
        ({"model": "m"}, "unknown-field", "model"),
    ],
)
def test_an_order_that_cannot_be_taken_is_refused_by_name(
    more: dict[str, Any], code: str, param: str
) -> None:
    found = order(**more)
    assert isinstance(found, Failure)
    assert (found.status, found.code, found.param) == (400, code, param)
