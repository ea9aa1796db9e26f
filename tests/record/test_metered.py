"""Rows of providers' logs are read where a format says, and nowhere else."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from importlib import resources
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.kernel.usage import Usage
from remit.record.export_row import Unreadable, fields_of
from remit.record.metered import metered
from remit.record.usage_format import UsageFormat, read_format

FORMATS = resources.files("remit.record").joinpath("usage_formats")


def shipped(name: str) -> UsageFormat:
    format, diagnostics = read_format(FORMATS.joinpath(f"{name}.yaml").read_text("utf-8"), name)
    assert format is not None, diagnostics
    return format


BEDROCK, OPENAI = shipped("bedrock-invocation-log"), shipped("openai-usage")
INVOCATION: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "timestamp": "2026-11-16T23:30:00-02:00",
    "accountId": "111122223333",
    "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/gateway/claims-triage"},
    "modelId": "example.large",
    "requestMetadata": {"use_case": "letters", "n": 5},
    "input": {"inputBodyJson": {"prompt": "SECRET"}, "inputTokenCount": 10, "cacheReadInputTokenCount": 4},
    "output": {"outputBodyJson": {"text": "SECRET"}, "outputTokenCount": 3},
}
USAGE: dict[str, Any] = {
    "start_time": 1794787200,
    "model": "example-text",
    "project_id": "proj_1",
    "api_key_id": None,
    "num_model_requests": "7",
    "input_tokens": 100,
    "input_cached_tokens": 30,
    "output_tokens": 5,
}


def line(**changes: Any) -> bytes:
    return msgspec.json.encode({**INVOCATION, **changes})


def test_a_bedrock_row_gives_who_what_and_how_much_but_not_what_was_said() -> None:
    row = metered(fields_of(line()), BEDROCK)
    assert row is not None
    assert (row.day, row.model, row.calls) == (date(2026, 11, 17), "example.large", 1)
    assert row.usage == Usage(input_tokens=10, output_tokens=3, cache_read_tokens=4)
    assert row.names == {INVOCATION["identity"]["arn"], "gateway", "claims-triage", "letters"}
    assert "SECRET" not in repr(row)


def test_a_row_whose_prompt_is_no_text_is_said_and_not_guessed() -> None:
    odd = line().replace(b'"SECRET"', b'"\\ud800"')
    with pytest.raises(Unreadable, match="not-json"):
        fields_of(odd)


def test_an_openai_row_counts_cached_tokens_once() -> None:
    row = metered(USAGE, OPENAI)
    assert row is not None
    assert (row.day, row.project, row.key, row.calls) == (date(2026, 11, 16), "proj_1", "", 7)
    assert row.usage == Usage(input_tokens=70, output_tokens=5, cache_read_tokens=30)
    ungrouped = metered({**USAGE, "model": None, "project_id": None}, OPENAI)
    assert ungrouped is not None
    assert (ungrouped.model, ungrouped.names) == ("", frozenset())


def test_a_row_without_token_counts_has_none_which_is_not_zero() -> None:
    row = metered(fields_of(line(input={}, output=None)), BEDROCK)
    assert row is not None
    assert row.usage is None


def test_a_row_of_another_kind_is_none() -> None:
    assert metered(fields_of(line(schemaType="GuardrailLog")), BEDROCK) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"modelId": ""}, "no-model"),
        ({"modelId": 5}, "not-a-name"),
        ({"accountId": "a\nb"}, "not-a-name"),
        ({"modelId": "m" * 300}, "not-a-name"),
        ({"timestamp": "yesterday"}, "not-a-time"),
        ({"timestamp": None}, "not-a-time"),
        ({"timestamp": True}, "not-a-time"),
        ({"timestamp": "9" * 40}, "not-a-time"),
        ({"input": {"inputTokenCount": -1}}, "not-a-count"),
        ({"input": {"inputTokenCount": "many"}}, "not-a-count"),
        ({"input": {"inputTokenCount": True}}, "not-a-count"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_quotes_nothing(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=f"^{reason}$"):
        metered(fields_of(line(**changes)), BEDROCK)


def test_more_cached_tokens_than_tokens_is_a_fault() -> None:
    with pytest.raises(Unreadable, match="not-a-count"):
        metered({**USAGE, "input_cached_tokens": 101}, OPENAI)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_a_row_or_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        metered(fields_of(body), BEDROCK)


def test_every_fault_of_a_format_is_found_at_once() -> None:
    for text in ("- a\n", "format: {name: x}\nmore: 1\n", "a: [\n"):
        format, diagnostics = read_format(text, "f.yaml")
        assert format is None
        assert diagnostics
    format, diagnostics = read_format("format: {name: x, layout: piles, tokens: t}\n", "f.yaml")
    assert format is None
    assert {each.code for each in diagnostics} >= {"missing-field", "invalid-value", "unknown-field"}
