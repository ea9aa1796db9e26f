"""The embeddings format: texts in, numbers out, in either of its two spellings."""

from __future__ import annotations

import base64
import json
import struct
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import CreateEmbeddingResponse

from answers import ACCOUNT, HEAD, read, refused
from remit.enforce.answer import Finish, Vectors
from remit.enforce.request import EmbedRequest
from remit.gateway.openai_embeddings import FORMAT, INPUT_BYTES_MAX, INPUTS_MAX
from remit.kernel.usage import Usage

LEAST: dict[str, Any] = {"model": "small", "input": "a claim"}
DONE = Finish("stop", Usage(input_tokens=5), "served")
floats32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def written(vectors: Any, **more: Any) -> dict[str, Any]:
    ask = read(FORMAT, LEAST | more)
    return json.loads(FORMAT.writer(ask, HEAD).whole([Vectors(vectors)], DONE, ACCOUNT))  # type: ignore[no-any-return]  # an object


def test_a_text_or_texts_are_read() -> None:
    assert read(FORMAT, LEAST | {"user": "u1"}).request == EmbedRequest(
        "model/small", ("a claim",), end_user="u1"
    )
    assert read(FORMAT, LEAST | {"input": ["a", "b"], "dimensions": 3}).request == EmbedRequest(
        "model/small", ("a", "b"), 3
    )
    assert read(FORMAT, LEAST | {"input": ["x"] * INPUTS_MAX}).streamed is False


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"input": [1, 2]}, "input", "unsupported-field"),
        ({"input": [[1, 2], [3]]}, "input", "unsupported-field"),
        ({"input": ["a", [1]]}, "input", "unsupported-field"),
        ({"input": []}, "input", "invalid-field"),
        ({"input": ""}, "input", "invalid-field"),
        ({"input": ["a", ""]}, "input", "invalid-field"),
        ({"input": ["x"] * (INPUTS_MAX + 1)}, "input", "invalid-field"),
        ({"input": "x" * (INPUT_BYTES_MAX + 1)}, "input", "invalid-field"),
        ({"input": None}, "input", "invalid-field"),
        ({"dimensions": 0}, "dimensions", "invalid-field"),
        ({"encoding_format": "int8"}, "encoding_format", "invalid-field"),
        ({"input_type": "query"}, "input_type", "unknown-field"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(more: dict[str, Any], param: str, code: str) -> None:
    failure = refused(FORMAT, LEAST | more)
    assert (failure.param, failure.code, failure.status) == (param, code, 400)


@given(st.lists(st.lists(floats32, min_size=1, max_size=5), min_size=1, max_size=3))
def test_both_spellings_say_the_same_numbers(vectors: list[list[float]]) -> None:
    plain = written(tuple(map(tuple, vectors)))
    packed = written(tuple(array("f", each) for each in vectors), encoding_format="base64")
    CreateEmbeddingResponse.model_validate(plain)
    assert [each["embedding"] for each in plain["data"]] == vectors
    assert [
        list(struct.unpack(f"<{len(vector)}f", base64.b64decode(each["embedding"])))
        for vector, each in zip(vectors, packed["data"], strict=True)
    ] == vectors
    assert [each["index"] for each in packed["data"]] == list(range(len(vectors)))


def test_the_answer_says_what_was_counted_and_what_it_cost() -> None:
    answer = written(((0.5, 0.25),))
    assert answer["usage"] == {"prompt_tokens": 5, "total_tokens": 5}
    assert (answer["object"], answer["model"], answer["remit"]) == ("list", "small", ACCOUNT.fields)
