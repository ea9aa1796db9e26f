"""Amazon's own clients against a running gateway: what they send is served, and what they raise is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from remit.operations.issue_key import access_key, revoke_key

MODEL = """
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit:
    models: [model/echo, model/broken, model/busy, model/unpriced]
    data_class_max: confidential
units:
  desk: {name: Desk, lead: desk-lead@example.com, remit: {spend: [{limit: 50.00 EUR, per: month}]}}
providers:
  echo: {technology: echo}
stages:
  experiment: {description: A pilot., remit: {calls: true}}
use_cases:
  pilot: {name: Pilot, unit: desk, owner: pilot-owner@example.com, purpose: Try the format., ADOPTED}
  poor:
    name: Poor
    unit: desk
    owner: poor-owner@example.com
    purpose: Try a budget.
    ADOPTED
    remit: {spend: [{limit: 0.000100 EUR, per: day}]}
blocks:
""".replace("ADOPTED", "adoption: {stage: experiment, basis: It runs in this test.}")

BLOCK = """
  model/{name}:
    name: {name}
    provider: echo
    options: {options}
    context_tokens: 100000
    output_tokens_max: 20000
    prices: {prices}
"""
PRICES = "[{starts: 2020-01-01, input: 1.00, output: 2.00}]"
BLOCKS = "".join(
    BLOCK.format(name=name, options=options, prices=prices)
    for name, options, prices in (
        ("echo", "{}", PRICES),
        ("broken", "{words: '9', fail_after: '3'}", PRICES),
        ("busy", "{busy: 'true'}", PRICES),
        ("unpriced", "{}", "[]"),
    )
)
QUESTION: Any = [{"role": "user", "content": [{"text": "two words"}]}]


class Clients:
    """A served house, and clients of Bedrock that ask it."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(MODEL + BLOCKS)
        self.server = house.serve()
        self._made: list[Any] = []

    def signed(self, use_case: str = "pilot", **changed: str) -> Any:
        """Make a client that signs with the access key of a new key."""
        issued = json.loads(self.house.run("key", "issue", use_case, "--aws", "--json"))
        return self.client(
            aws_access_key_id=issued["access_key_id"],
            aws_secret_access_key=issued["secret_access_key"],
        )

    def client(self, **credentials: str) -> Any:
        config = Config(retries={"total_max_attempts": 1}, **SIGNED)
        made = boto3.client(
            "bedrock-runtime",
            region_name="eu-central-1",
            endpoint_url=self.server.address,
            config=config,
            **credentials,
        )
        self._made.append(made)
        return made

    def close(self) -> None:
        for client in self._made:
            client.close()


SIGNED: dict[str, Any] = {}


@pytest.fixture(scope="module")
def clients(shared_house: Any) -> Iterator[Clients]:
    made = Clients(shared_house)
    yield made
    made.close()


@pytest.fixture(scope="module")
def bedrock(clients: Clients) -> Any:
    return clients.signed()


def test_a_signed_call_is_answered_and_recorded(clients: Clients, bedrock: Any) -> None:
    answer = bedrock.converse(modelId="echo", messages=QUESTION)
    print(answer)
    stream = list(bedrock.converse_stream(modelId="echo", messages=QUESTION)["stream"])
    print(stream)
    print(bedrock.count_tokens(modelId="echo", input={"converse": {"messages": QUESTION}}))
    with pytest.raises(bedrock.exceptions.AccessDeniedException) as e:
        bedrock.converse(modelId="gecho", messages=QUESTION)
    print(e.value.response)
    assert 0
