"""The real local model, through the real gateway, with the real client."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

MODEL = Path(".cache/models/smollm2-135m-instruct-q4_1.gguf").resolve()

pytestmark = [
    pytest.mark.local_model,
    pytest.mark.skipif(not MODEL.exists(), reason="the local model is not fetched; `make test` does that"),
]

LOCAL = """
providers:
  local: {technology: local}
blocks:
  model/smollm2:
    name: SmolLM2
    provider: local
    context_tokens: 4096
    output_tokens_max: 200
    prices: [{starts: 2020-01-01, input: 0.20, output: 4.00}]
"""


@pytest.fixture(scope="module")
def client(shared_house: Any) -> Any:
    shared_house.apply(shared_house.base, shared_house.case, LOCAL)
    server = shared_house.serve(REMIT_LOCAL_MODEL=str(MODEL))
    return server.client(shared_house.key())


def test_it_answers_in_words_and_is_priced_by_its_own_count(client: Any, shared_house: Any) -> None:
    question: Any = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
    raw = client.chat.completions.with_raw_response.create(
        model="smollm2", messages=question, max_tokens=12, temperature=0, seed=1
    )
    answer = raw.parse()
    assert "Paris" in answer.choices[0].message.content
    usage = answer.usage
    cost = (usage.prompt_tokens * Decimal("0.20") + usage.completion_tokens * Decimal("4.00")) / 1_000_000
    assert Decimal(raw.headers["x-remit-cost"]) == cost
    [entry] = [each for each in shared_house.entries("call") if each["id"] == raw.headers["x-remit-call"]]
    assert entry["simulated"] is False
    assert entry["usage"] == {"input_tokens": usage.prompt_tokens, "output_tokens": usage.completion_tokens}


def test_streaming_gives_the_same_words_and_the_same_usage(client: Any) -> None:
    asked: Any = {
        "model": "smollm2",
        "messages": [{"role": "user", "content": "Count to three."}],
        "max_tokens": 15,
        "temperature": 0,
        "seed": 1,
    }
    buffered = client.chat.completions.create(**asked)
    chunks = list(
        client.chat.completions.create(stream=True, stream_options={"include_usage": True}, **asked)
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == buffered.choices[0].message.content
    assert chunks[-1].usage == buffered.usage


def test_an_input_beyond_its_context_is_refused_and_not_charged(client: Any, shared_house: Any) -> None:
    long: Any = [{"role": "user", "content": "word " * 5000}]
    with pytest.raises(Exception, match="takes 4096") as refused:
        client.chat.completions.create(model="smollm2", messages=long, max_tokens=5)
    assert refused.value.code == "input-too-large"  # type: ignore[attr-defined]
    newest = shared_house.entries("call")[-1]
    assert (newest["status"], newest["charge"]) == ("failed", "0")
