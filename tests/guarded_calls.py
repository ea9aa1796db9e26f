"""Calls under guardrails that ask others: an operating model with them, and a worker that is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from remit.enforce.answer import Delta, ModelEvent
from remit.enforce.request import Message, ModelRequest, Request
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.call_model import stream
from remit.operations.refused import Refused
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.worker import Worker

STOPPED_INPUT, STOPPED_OUTPUT = "Not with us.", "Not from us."

DECLARED = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: any
    data_class_max: confidential
    spend: [{{limit: 100.00 EUR, per: month}}]
    guardrails: {{{named}}}
units:
  desk: {{name: Desk, lead: desk-lead@example.com}}
providers:
  echo: {{technology: echo}}
blocks:
  model/echo:
    name: Echo
    provider: echo
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
  prompt/answer:
    name: Answer
    text: "Answer {{{{whom}}}} politely."
    variables: {{whom: {{description: Whom.}}}}
{guardrails}
stages:
  experiment:
    description: A pilot.
    remit: {{calls: true}}
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    purpose: Try the path of a call.
    blocks: [prompt/answer]
    adoption: {{stage: experiment, basis: It runs in this test.}}
"""


def declared(*guardrails: Mapping[str, Any]) -> str:
    """Write an operating model whose organisation asks for these guardrails."""
    texts = {
        f"guardrail/g{number}": {
            "name": "G",
            "blocked_input": STOPPED_INPUT,
            "blocked_output": STOPPED_OUTPUT,
            **policies,
        }
        for number, policies in enumerate(guardrails)
    }
    written = "\n".join(f"  {name}: {msgspec.json.encode(each).decode()}" for name, each in texts.items())
    return DECLARED.format(named=", ".join(f"{name}: {{}}" for name in texts), guardrails=written)


INPUT: dict[str, Any] = {"output_enabled": False}
OUTPUT: dict[str, Any] = {"input_enabled": False}


class Run:
    """One worker, asked from within one event loop."""

    def __init__(self, worker: Worker, secret: str) -> None:
        self.worker, self.secret = worker, secret

    async def admit(
        self, request: Request | str, *, streamed: bool = False, **more: Any
    ) -> Admitted | Refused:
        if isinstance(request, str):
            request = ModelRequest("model/echo", (Message.of("user", request),), output_tokens_max=1_000)
        key = authenticate(self.worker, self.secret)
        assert not isinstance(key, Refused)
        return await authorize_or_wait(self.worker, key, Asked(request, streamed, **more))

    async def events(self, request: Request | str, **how: Any) -> list[ModelEvent]:
        admitted = await self.admit(request, **how)
        assert isinstance(admitted, Admitted)
        return [event for batch in await batches(admitted) for event in batch]

    async def said(self, request: Request | str, **how: Any) -> str:
        return text_of(await self.events(request, **how))


async def batches(admitted: Admitted) -> list[Sequence[ModelEvent]]:
    async with aclosing(stream(admitted)) as found:
        return [batch async for batch in found]


def text_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))
