"""OpenAI's formats through a real gateway with the real clients, over a server that speaks the format too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest
from anthropic import Anthropic
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openai import OpenAI
from pydantic import BaseModel, SecretStr
from strands import Agent, tool
from strands.models.openai import OpenAIModel

from conftest import BASE, CASE, House
from upstream_openai import PLACES, Upstream, upstream, vector

MODELS = ("plain", "thinker", "refuser", "filter", "breaks", "floats")
DECLARED = """
providers:
  hosted: {{technology: openai, base_url: "{base_url}"}}
  words: {{technology: wordllama}}
blocks:
{models}
  model/patient:
    name: Patient
    provider: hosted
    context_tokens: 100000
    output_tokens_max: 5000
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00, tiers: {{flex: {{factor: 0.5}}}}}}]
  model/embed:
    name: Embeddings
    provider: hosted
    context_tokens: 100000
    output_tokens_max: 0
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 2.00, output: 0}}]
  model/words:
    name: Word vectors
    provider: words
    context_tokens: 100000
    output_tokens_max: 0
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 0, output: 0}}]
  prompt/reply@1:
    name: Reply
    messages:
      - {{role: system, text: "You answer in {{{{language}}}}."}}
      - {{role: user, text: "{{{{letter}}}}"}}
    variables:
      language: {{default: English}}
      letter: {{description: The letter as it came.}}
    model: model/plain
    parameters: {{temperature: 0.2, output_tokens_max: 300}}
"""
BLOCK = """
  model/{name}:
    name: {name}
    provider: hosted
    options: {{reasoning: drop}}
    context_tokens: 100000
    output_tokens_max: 5000
    data_class_max: confidential
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00, cache_read: 0.50}}]
"""


@dataclass
class Door:
    """A served house, and the server that its models are asked of."""

    house: House
    upstream: Upstream
    address: str
    key: str
    client: OpenAI

    @property
    def asked(self) -> dict[str, Any]:
        """What the upstream was asked last."""
        return self.upstream.bodies[-1]

    def chain(self, **more: Any) -> ChatOpenAI:
        return ChatOpenAI(
            base_url=f"{self.address}/v1",
            api_key=SecretStr(self.key),
            model="plain",
            max_retries=0,
            stream_usage=True,
            **more,
        )


@pytest.fixture(scope="module")
def door(shared_house: House) -> Iterator[Door]:
    with upstream() as server:
        models = "".join(BLOCK.format(name=name) for name in MODELS)
        case = CASE.rstrip() + "\n    blocks: [prompt/reply@1]\n    service_tiers: {model/patient: flex}\n"
        shared_house.apply(BASE, case, DECLARED.format(base_url=server.base_url, models=models))
        key = shared_house.key()
        served = shared_house.serve()
        yield Door(shared_house, server, served.address, key, served.client(key))


class Weather(BaseModel):
    place: str
    degrees: int


FUNCTION: dict[str, Any] = {
    "name": "weather",
    "description": "Look up the weather.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}
CHAT_TOOL: Any = {"type": "function", "function": FUNCTION}
TOOL: Any = {"type": "function", "strict": False, **FUNCTION}
QUESTION: Any = [{"role": "user", "content": "How warm is it?"}]


# ── responses ──


def test_a_response_is_an_object_that_the_client_reads(door: Door) -> None:
    answer = door.client.responses.create(
        model="plain", input="two words", instructions="Be brief.", max_output_tokens=50, temperature=0
    )
    assert (answer.output_text, answer.status, answer.model) == ("You said: two words", "completed", "plain")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.input_tokens_details.cached_tokens) == (20, 8)
    assert (answer.usage.output_tokens, answer.usage.output_tokens_details.reasoning_tokens) == (9, 4)
    assert answer.model_extra is not None
    assert answer.model_extra["remit"]["cost"] == "0.000034"
    assert door.asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "two words"},
    ]
    assert (door.asked["max_tokens"], door.asked["temperature"], door.asked["stream"]) == (50, 0, False)


@pytest.mark.parametrize("model", ["plain", "thinker", "refuser"])
def test_a_stream_of_events_adds_up_to_the_whole_response(door: Door, model: str) -> None:
    whole = door.client.responses.create(model=model, input="two words")
    with door.client.responses.stream(model=model, input="two words") as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert (kinds[0], kinds[-1]) == ("response.created", "response.completed")
    assert [_said(item) for item in final.output] == [_said(item) for item in whole.output]
    assert final.output_text == whole.output_text
    assert final.usage == whole.usage


def _said(item: Any) -> Any:
    return item.model_dump(exclude={"id": True, "content": {"__all__": {"parsed"}}})


def test_an_answer_that_is_cut_short_says_why(door: Door) -> None:
    whole = door.client.responses.create(model="filter", input="Hello")
    assert whole.status == "incomplete"
    assert whole.incomplete_details is not None
    assert whole.incomplete_details.reason == "content_filter"
    events = list(door.client.responses.create(model="filter", input="Hello", stream=True))
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.output[0].status == "incomplete"  # type: ignore[union-attr]  # a message


def test_an_answer_that_breaks_off_ends_in_an_error_that_clients_see(door: Door) -> None:
    events: list[Any] = list(door.client.responses.create(model="breaks", input="Hello", stream=True))
    error, failed = events[-2:]
    assert (error.type, failed.type) == ("error", "response.failed")
    assert error.code == "provider-failed"
    assert failed.response.status == "failed"
    assert failed.response.output[0].content[0].text == "You said: "
    with pytest.raises(ValueError, match="provider-failed"):
        list(door.chain(use_responses_api=True, streaming=True).bind(model="breaks").stream("Hello"))


def test_structured_output_is_parsed(door: Door) -> None:
    answer = door.client.responses.parse(model="plain", input="How warm?", text_format=Weather)
    assert answer.output_parsed == Weather(place="Delft", degrees=7)
    assert door.asked["response_format"]["json_schema"]["schema"]["required"] == ["place", "degrees"]
    with door.client.responses.stream(model="plain", input="How warm?", text_format=Weather) as stream:
        stream.until_done()
        assert stream.get_final_response().output_parsed == Weather(place="Delft", degrees=7)


@pytest.mark.parametrize("streamed", [False, True])
def test_tools_go_there_and_back(door: Door, streamed: bool) -> None:
    asked: Any = {"model": "plain", "tools": [TOOL], "input": QUESTION}
    if streamed:
        with door.client.responses.stream(**asked) as stream:
            first: Any = stream.get_final_response()
    else:
        first = door.client.responses.create(**asked)
    message, *calls = first.output
    assert message.content[0].text == "Let me look."
    assert [(call.name, call.call_id) for call in calls] == [("weather", "call_0"), ("weather", "call_1")]
    assert [call.arguments for call in calls] == [f'{{"place": "{place}"}}' for place in PLACES]
    results = [
        {"type": "function_call_output", "call_id": call.call_id, "output": f"{degrees} degrees"}
        for call, degrees in zip(calls, (7, 9), strict=True)
    ]
    second = door.client.responses.create(
        model="plain", tools=[TOOL], input=QUESTION + first.output + results
    )
    assert second.output_text == "It is 7 degrees and 9 degrees"
    assistant = door.asked["messages"][1]
    assert (assistant["content"], len(assistant["tool_calls"])) == ("Let me look.", 2)
    assert [message["role"] for message in door.asked["messages"]] == ["user", "assistant", "tool", "tool"]


def test_reasoning_is_shown_and_summed_up_if_that_is_asked_for(door: Door) -> None:
    answer = door.client.responses.create(model="thinker", input="Why?", reasoning={"effort": "low"})
    assert answer.output[0].type == "reasoning"
    assert answer.output[0].content is not None
    assert (answer.output[0].content[0].text, answer.output[0].summary) == ("First this.", [])
    assert door.asked["reasoning_effort"] == "low"
    with door.client.responses.stream(
        model="thinker", input="Why?", reasoning={"effort": "low", "summary": "auto"}
    ) as stream:
        thoughts = [event for event in stream if event.type == "response.reasoning_summary_text.delta"]
        final: Any = stream.get_final_response()
    assert [event.delta for event in thoughts] == ["First ", "this."]
    assert final.output[0].summary[0].text == "First this."
    assert final.output_text == "Then that."


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("store", {"store": True}),
        ("previous_response_id", {"previous_response_id": "resp_1"}),
        ("background", {"background": True}),
        ("conversation", {"conversation": "conv_1"}),
        ("metadata", {"metadata": {"a": "b"}}),
        ("tools[0].type", {"tools": [{"type": "web_search"}]}),
        ("truncation", {"truncation": "auto"}),
        ("include[0]", {"include": ["message.output_text.logprobs"]}),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(door: Door, field: str, asked: Any) -> None:
    before = len(door.upstream.bodies)
    with pytest.raises(openai.BadRequestError) as raised:
        door.client.responses.create(model="plain", input="Hello", **asked)
    assert raised.value.param == field
    assert len(door.upstream.bodies) == before


# ── embeddings ──


@pytest.mark.parametrize("model", ["embed", "floats"])
def test_texts_become_numbers_at_the_price_of_the_input_alone(door: Door, model: str) -> None:
    texts = ["a claim", "another"]
    answer = door.client.embeddings.create(model=model, input=texts, dimensions=3)
    assert [each.embedding for each in answer.data] == [vector(text, 3) for text in texts]
    assert (answer.usage.prompt_tokens, answer.usage.total_tokens) == (5, 5)
    plain = door.client.embeddings.create(model=model, input="a claim", encoding_format="float", dimensions=3)
    assert plain.data[0].embedding == vector("a claim", 3)
    entry = door.house.entries("call")[-1]
    assert entry["usage"] == {"input_tokens": 5}
    assert entry["charge"] == ("0.00001" if model == "embed" else "0.000005")


def test_word_vectors_on_this_machine_need_nobody(door: Door) -> None:
    answer = door.client.embeddings.create(
        model="words", input=["Turn speech into text", "Transcription of audio", "Hotels"], dimensions=128
    )
    asked, meant, other = (each.embedding for each in answer.data)
    assert len(asked) == 128
    assert sum(a * b for a, b in zip(asked, meant, strict=True)) > sum(
        a * b for a, b in zip(asked, other, strict=True)
    )
    assert door.house.entries("call")[-1]["usage"]["input_tokens"] == answer.usage.prompt_tokens > 5


def test_tokens_are_refused_by_name_and_a_model_that_embeds_writes_nothing(door: Door) -> None:
    with pytest.raises(openai.BadRequestError) as tokens:
        door.client.embeddings.create(model="embed", input=[[1, 2], [3]])
    assert (tokens.value.param, tokens.value.code) == ("input", "unsupported-field")
    with pytest.raises(openai.PermissionDeniedError) as raised:
        door.client.chat.completions.create(model="embed", messages=QUESTION)
    assert raised.value.code == "output-too-large"


def test_langchain_embeds(door: Door) -> None:
    embeddings = OpenAIEmbeddings(
        openai_api_base=f"{door.address}/v1",
        openai_api_key=SecretStr(door.key),
        model="embed",
        check_embedding_ctx_length=False,
    )
    assert embeddings.embed_documents(["a claim", "b"]) == [vector("a claim", 4), vector("b", 4)]


# ── prompts ──


def test_a_prompt_is_called_by_name_version_and_variables(door: Door) -> None:
    answer = door.client.responses.create(
        prompt={
            "id": "reply",
            "version": "1",
            "variables": {"letter": "Dear {{language}}", "language": "Dutch"},
        }
    )
    assert answer.output_text == "You said: Dear {{language}}"
    assert door.asked["messages"] == [
        {"role": "system", "content": "You answer in Dutch."},
        {"role": "user", "content": "Dear {{language}}"},
    ]
    assert (door.asked["temperature"], door.asked["max_tokens"]) == (0.2, 300)
    entry = door.house.entries("call")[-1]
    assert (entry["prompt_block"], entry["purpose"]["model"]) == ("prompt/reply@1", "model/plain")


def test_headers_name_a_prompt_for_the_formats_without_a_field_for_it(door: Door) -> None:
    answer = door.client.chat.completions.create(
        model="plain",
        messages=[],
        extra_headers={"x-remit-prompt": "reply", "x-remit-prompt-variables": '{"letter": "Hello"}'},
    )
    assert answer.choices[0].message.content == "You said: Hello"
    assert door.house.entries("call")[-1]["prompt_block"] == "prompt/reply@1"


def test_a_prompt_is_called_in_every_format_and_counted_like_a_call(door: Door) -> None:
    headers = {"x-remit-prompt": "reply", "x-remit-prompt-variables": '{"letter": "Hello"}'}
    with Anthropic(base_url=door.address, api_key=door.key, max_retries=0) as client:
        message = client.messages.create(model="plain", max_tokens=20, messages=[], extra_headers=headers)
        assert message.content[0].type == "text"
        assert message.content[0].text == "You said: Hello"
        assert door.house.entries("call")[-1]["prompt_block"] == "prompt/reply@1"
        count = client.messages.count_tokens(model="plain", messages=[], extra_headers=headers).input_tokens
        turns: Any = [{"role": "user", "content": "Hello"}]
        written_out = client.messages.count_tokens(
            model="plain", system="You answer in English.", messages=turns
        ).input_tokens
        assert count == written_out > 4
        with pytest.raises(anthropic.PermissionDeniedError) as raised:
            client.messages.count_tokens(
                model="plain", messages=[], extra_headers={"x-remit-prompt": "replay"}
            )
    assert raised.value.error_code == "prompt-outside-use-case"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x-remit-prompt": "replay"}, 403, "prompt-outside-use-case"),
        ({"x-remit-prompt": "reply@2"}, 403, "prompt-outside-use-case"),
        ({"x-remit-prompt": "reply"}, 400, "prompt-incomplete"),
        ({"x-remit-prompt": "reply", "x-remit-prompt-variables": '{"leter": "x"}'}, 400, "unknown-variable"),
        ({"x-remit-prompt": "reply", "x-remit-prompt-variables": "[1]"}, 400, "invalid-field"),
        ({"x-remit-prompt": "Reply!"}, 400, "invalid-field"),
        ({"x-remit-prompt-variables": "{}"}, 400, "invalid-field"),
    ],
)
def test_a_prompt_that_cannot_be_called_costs_nothing(
    door: Door, headers: dict[str, str], status: int, code: str
) -> None:
    before = len(door.upstream.bodies)
    with pytest.raises(openai.APIStatusError) as raised:
        door.client.chat.completions.create(model="plain", messages=QUESTION, extra_headers=headers)
    assert (raised.value.status_code, raised.value.code) == (status, code)
    assert len(door.upstream.bodies) == before


def test_what_a_prompt_sets_a_call_cannot_set_otherwise(door: Door) -> None:
    named: Any = {"id": "reply", "variables": {"letter": "Hello"}}
    with pytest.raises(openai.BadRequestError) as raised:
        door.client.responses.create(prompt=named, temperature=1)
    assert raised.value.code == "prompt-contradicted"
    with pytest.raises(openai.BadRequestError) as raised:
        door.client.responses.create(prompt=named, model="thinker")
    assert raised.value.code == "prompt-contradicted"
    door.client.responses.create(prompt=named, model="plain", temperature=0.2, max_output_tokens=7)
    assert door.asked["max_tokens"] == 7


# ── chat, and the libraries that stand on it ──


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_s_tools_go_there_and_back(door: Door, streamed: bool) -> None:
    asked: Any = {"model": "plain", "messages": QUESTION, "tools": [CHAT_TOOL]}
    if streamed:
        with door.client.chat.completions.stream(**asked) as stream:
            first: Any = stream.get_final_completion().choices[0]
    else:
        first = door.client.chat.completions.create(**asked).choices[0]
    assert (first.finish_reason, first.message.content) == ("tool_calls", "Let me look.")
    calls = first.message.tool_calls
    assert [call.function.arguments for call in calls] == [f'{{"place": "{place}"}}' for place in PLACES]
    results: Any = [{"role": "tool", "tool_call_id": call.id, "content": "7"} for call in calls]
    second = door.client.chat.completions.create(
        model="plain",
        messages=[*QUESTION, first.message.model_dump(exclude_none=True), *results],
    )
    assert second.choices[0].message.content == "It is 7 and 7"


def test_a_refusal_stays_a_refusal_in_a_chat(door: Door) -> None:
    whole = door.client.chat.completions.create(model="refuser", messages=QUESTION).choices[0]
    with door.client.chat.completions.stream(model="refuser", messages=QUESTION) as stream:
        streamed = stream.get_final_completion().choices[0]
    for choice in (whole, streamed):
        assert (choice.message.refusal, choice.message.content) == ("I will not say.", None)
        assert choice.finish_reason == "stop"


@pytest.mark.parametrize("responses", [False, True])
def test_langchain_calls_tools_and_reads_structures(door: Door, responses: bool) -> None:
    chain = door.chain(use_responses_api=responses)
    question = HumanMessage("How warm is it?")
    bound = chain.bind_tools([CHAT_TOOL])
    for first in (bound.invoke([question]), _added(bound.stream([question]))):
        assert [call["args"] for call in first.tool_calls] == [{"place": place} for place in PLACES]
        results = [ToolMessage("7", tool_call_id=call["id"]) for call in first.tool_calls]
        assert bound.invoke([question, first, *results]).text == "It is 7 and 7"
    structured = chain.with_structured_output(Weather)
    assert structured.invoke([question]) == Weather(place="Delft", degrees=7)
    said = _added(chain.stream("two words"))
    assert said.text == "You said: two words"
    assert said.usage_metadata is not None
    assert (said.usage_metadata["input_tokens"], said.usage_metadata["output_tokens"]) == (20, 9)


def _added(chunks: Iterator[Any]) -> AIMessage:
    total = next(chunks)
    for chunk in chunks:
        total = total + chunk
    return total  # type: ignore[no-any-return]  # chunks add up to a message


def test_strands_agents_use_tools(door: Door) -> None:
    asked: list[str] = []

    @tool
    def weather(place: str) -> str:
        """Look up the weather.

        Args:
            place: A town.
        """
        asked.append(place)
        return f"7 in {place}"

    client = {"base_url": f"{door.address}/v1", "api_key": door.key}
    agent = Agent(OpenAIModel(client_args=client, model_id="plain"), tools=[weather], callback_handler=None)
    result = agent("How warm is it?")
    assert sorted(asked) == sorted(PLACES)
    assert str(result).startswith("It is ")


def test_every_call_has_one_entry_and_the_ledger_is_whole(door: Door) -> None:
    calls = door.house.entries("call")
    assert len({entry["id"] for entry in calls}) == len(calls)
    assert door.house.verify() == ()


def test_a_call_that_asks_for_no_tier_is_made_in_the_one_that_is_declared(door: Door) -> None:
    question: Any = [{"role": "user", "content": "x"}]
    for more, tier in (({}, "flex"), ({"service_tier": "default"}, "default"), ({"stream": True}, None)):
        answer = door.client.chat.completions.create(model="patient", messages=question, **more)
        if "stream" in more:
            list(answer)
        assert door.asked.get("service_tier") == tier, more
