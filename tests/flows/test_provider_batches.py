"""Batches by a provider's batch service: the real client at our door, a constructed service behind it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from openai import OpenAI

from batch_upstream import Service, batch_service
from conftest import BASE, CASE, House

CHAT: Any = "/v1/chat/completions"
PRICES = "prices: [{starts: 2020-01-01, input: 1.00, output: 2.00, tiers: {batch: {factor: 0.5}}}]"
MODELS = """
providers:
  hosted: {{technology: openai, base_url: {address}/v1}}
  other: {{technology: anthropic, base_url: {address}}}
blocks:
  model/nightly:
    name: Nightly
    provider: hosted
    batch: provider
    context_tokens: 100000
    output_tokens_max: 100
    concurrency_max: 1
    {prices}
  model/vectors:
    name: Vectors
    provider: hosted
    batch: provider
    context_tokens: 100000
    output_tokens_max: 0
    {prices}
  model/overnight:
    name: Overnight
    provider: other
    batch: provider
    context_tokens: 100000
    output_tokens_max: 100
    {prices}
"""
BOTH = pytest.mark.parametrize("model", ["nightly", "overnight"])


class Desk:
    """A served house, its client, and the service behind it."""

    def __init__(self, house: House, service: Service, *more: str) -> None:
        self.house, self.service = house, service
        models = MODELS.format(address=service.address, prices=PRICES)
        house.apply(BASE, *(more or (CASE,)), models)
        self.server = house.serve()
        self.key = house.key()

    @property
    def client(self) -> OpenAI:
        return self.server.client(self.key)

    def restart(self) -> None:
        self.server = self.house.serve()

    def create(self, model: str, *texts: str, url: Any = CHAT) -> Any:
        lines = [
            {"custom_id": f"line-{n}", "method": "POST", "url": url, "body": _body(model, text, url)}
            for n, text in enumerate(texts, 1)
        ]
        content = "\n".join(json.dumps(line) for line in lines).encode()
        file = self.client.files.create(file=("questions.jsonl", content), purpose="batch")
        return self.client.batches.create(input_file_id=file.id, endpoint=url, completion_window="24h")

    def ended(self, id: str) -> Any:
        ends = time.monotonic() + 45
        while time.monotonic() < ends:
            found = self.client.batches.retrieve(id)
            if found.status in ("completed", "failed", "expired", "cancelled"):
                return found
        raise AssertionError(f"the batch is still {found.status}, {found.request_counts}")

    def results(self, file: str | None) -> dict[str, Any]:
        text = self.client.files.content(file).text if file else ""
        return {line["custom_id"]: line for line in map(json.loads, text.splitlines())}

    def calls(self) -> list[dict[str, Any]]:
        return sorted(self.house.entries("call"), key=lambda call: call["batch_line"])


def _body(model: str, text: str, url: str) -> dict[str, Any]:
    if url == CHAT:
        return {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 50}
    return {"model": model, "input": [text]}


@pytest.fixture
def service() -> Iterator[Service]:
    with batch_service() as found:
        yield found


@BOTH
def test_lines_go_to_the_provider_together_and_cost_what_its_batches_do(
    house: House, service: Service, model: str
) -> None:
    desk = Desk(house, service)
    service.busy = 1
    found = desk.ended(desk.create(model, "one", "two", "wrong", "too late").id)
    assert (found.status, found.request_counts.completed, found.request_counts.failed) == ("completed", 2, 2)
    [sent] = service.batches
    assert len(sent.lines) == 4
    answers = desk.results(found.output_file_id)
    said = {
        name: line["response"]["body"]["choices"][0]["message"]["content"] for name, line in answers.items()
    }
    assert said == {"line-1": "You said: one", "line-2": "You said: two"}
    failed = desk.results(found.error_file_id)
    assert failed["line-3"]["response"]["body"]["error"]["code"] == "provider-refused"
    assert (failed["line-4"]["response"], failed["line-4"]["error"]["code"]) == (None, "batch-expired")
    calls = desk.calls()
    assert [call.get("tier", "") for call in calls] == ["batch", "batch", "", ""]
    # 20 tokens in at 0.50 and 10 out at 1.00 for a million.
    assert [Decimal(call["charge"]) for call in calls] == [Decimal("0.00002")] * 2 + [0, 0]
    assert [call["rates"]["tier"] for call in calls[:2]] == ["batch"] * 2
    # What was held is the worst case at the same rates: 50 tokens out, and what the input may be.
    assert all(Decimal("0.00005") < Decimal(call["held"]) < Decimal("0.00015") for call in calls)
    assert desk.house.verify() == ()


def test_texts_to_embed_go_in_a_batch_too(house: House, service: Service) -> None:
    desk = Desk(house, service)
    found = desk.ended(desk.create("vectors", "one", "two", url="/v1/embeddings").id)
    answers = desk.results(found.output_file_id)
    assert {line["response"]["body"]["data"][0]["embedding"][0] for line in answers.values()} == {0.5}


@BOTH
def test_a_batch_goes_on_where_it_was_after_a_crash_and_after_a_stop(
    house: House, service: Service, model: str
) -> None:
    desk = Desk(house, service)
    service.holds_back = True
    made = desk.create(model, "one", "two")
    service.until(1)
    time.sleep(0.3)
    desk.server.kill()
    desk.restart()
    assert desk.client.batches.retrieve(made.id).status == "in_progress"
    desk.server.stop()
    assert desk.calls() == []
    service.holds_back = False
    desk.restart()
    found = desk.ended(made.id)
    assert (found.status, found.request_counts.completed) == ("completed", 2)
    assert len(service.batches) == 1
    assert [Decimal(call["charge"]) for call in desk.calls()] == [Decimal("0.00002")] * 2
    assert desk.house.verify() == ()


@BOTH
def test_a_bundle_that_was_taken_without_a_word_is_found_again_and_not_sent_twice(
    house: House, service: Service, model: str
) -> None:
    desk = Desk(house, service)
    service.hangs_up_once = True
    found = desk.ended(desk.create(model, "one", "two").id)
    assert (found.status, found.request_counts.completed) == ("completed", 2)
    assert len(service.batches) == 1


@BOTH
def test_a_cancelled_batch_is_cancelled_at_its_provider(house: House, service: Service, model: str) -> None:
    desk = Desk(house, service)
    service.holds_back = True
    made = desk.create(model, "one", "two")
    service.until(1)
    desk.client.batches.cancel(made.id)
    found = desk.ended(made.id)
    assert (found.status, found.request_counts.failed) == ("cancelled", 2)
    assert {line["error"]["code"] for line in desk.results(found.error_file_id).values()} == {
        "batch-cancelled"
    }
    assert [Decimal(call["charge"]) for call in desk.calls()] == [0, 0]


def test_nobody_gets_the_batch_price_for_a_call_alone(house: House, service: Service) -> None:
    desk = Desk(house, service)
    with pytest.raises(Exception, match="no price for the service tier `batch`"):
        desk.client.chat.completions.create(
            model="nightly",
            messages=[{"role": "user", "content": "now"}],
            extra_body={"service_tier": "batch"},
        )
    assert service.batches == []
