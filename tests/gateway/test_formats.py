"""What holds of every wire format alike: one vocabulary in, a word for everything out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
import pytest

from remit.enforce.answer import StopReason
from remit.enforce.prompt import PromptCall
from remit.gateway import anthropic_answer, bedrock_answer, openai_chat_writer, openai_responses_writer
from remit.gateway.anthropic_messages import COUNT
from remit.gateway.anthropic_messages import FORMAT as MESSAGES
from remit.gateway.app import FORMATS
from remit.gateway.bedrock import FORMATS as BEDROCK
from remit.gateway.openai_chat import FORMAT as CHAT
from remit.gateway.openai_responses import FORMAT as RESPONSES
from remit.gateway.prompt_call import NAME, with_prompt
from remit.gateway.wire import Ask, Failure, Format

WITHOUT_MESSAGES: dict[str, tuple[Format, Any]] = {
    "chat": (CHAT, {"model": "", "messages": []}),
    "responses": (RESPONSES, {}),
    "messages": (MESSAGES, {"model": "", "messages": [], "max_tokens": 5}),
    "count": (COUNT, {"model": "", "messages": []}),
    "converse": (BEDROCK["converse"], {}),
    "converse-stream": (BEDROCK["converse-stream"], {"messages": []}),
    "invoke": (
        BEDROCK["invoke"],
        {"anthropic_version": "bedrock-2023-05-31", "messages": [], "max_tokens": 5},
    ),
    "bedrock-count": (BEDROCK["count-tokens"], {"input": {"converse": {}}}),
}


@pytest.mark.parametrize(
    "words",
    [
        anthropic_answer.STOP_REASONS,
        bedrock_answer.STOP_REASONS,
        openai_chat_writer.FINISH_REASONS,
        openai_responses_writer.INCOMPLETE,
    ],
)
def test_every_format_has_a_word_for_every_stop_reason(words: Mapping[StopReason, str | None]) -> None:
    assert set(words) == set(get_args(StopReason))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b'"x"', b"null", b"7"])
@pytest.mark.parametrize("format", [*FORMATS.values(), *BEDROCK.values()], ids=lambda format: format.name)
def test_a_body_that_is_no_object_is_refused(format: Format, body: bytes) -> None:
    failure = format.decode(body, "small")
    assert isinstance(failure, Failure)
    assert failure.code == "invalid-json"


@pytest.mark.parametrize("format", FORMATS.values(), ids=lambda format: format.name)
def test_a_text_in_another_encoding_is_refused(format: Format) -> None:
    failure = format.decode(b'{"model":"\xff"}', "")
    assert isinstance(failure, Failure)
    assert failure.code == "invalid-json"


@pytest.mark.parametrize("verb", ["converse", "converse-stream"])
def test_bedrock_names_a_prompt_where_a_model_stands_with_its_variables(verb: str) -> None:
    body = msgspec.json.encode({"promptVariables": {"letter": {"text": "Hello"}}})
    ask = BEDROCK[verb].decode(body, "prompt/letter@4")
    assert isinstance(ask, Ask)
    assert (ask.request.model, ask.prompt) == ("", PromptCall("prompt/letter@4", {"letter": "Hello"}))
    for target, param in (("prompt/Letter", "modelId"), ("small", "promptVariables")):
        failure = BEDROCK[verb].decode(body, target)
        assert isinstance(failure, Failure)
        assert failure.param == param


@pytest.mark.parametrize("name", WITHOUT_MESSAGES)
def test_every_format_calls_a_prompt_without_a_message_of_its_own(name: str) -> None:
    format, body = WITHOUT_MESSAGES[name]
    ask = format.decode(msgspec.json.encode(body), "" if "model" in body else "small")
    assert isinstance(ask, Ask), ask
    alone = with_prompt(ask, {})
    assert isinstance(alone, Failure)
    assert alone.param in ("model", "messages")
    named = with_prompt(ask, {NAME: "letter@4"})
    assert isinstance(named, Ask)
    assert named.prompt == PromptCall("prompt/letter@4", {})
