"""A stage takes effect in a running gateway: an earlier one, the end, and what a waiver's end leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import openai
import pytest
from openai import OpenAI

from conftest import House
from gated_house import GATES, GROUND, OWNER, STAGES, SetClock, Way, case
from remit.operations.change_stage import demote, retire
from remit.operations.issue_key import issue_key
from remit.operations.verify_ledger import verify_ledger
from remit.record.projection import EntryFilter
from served_here import gateway

QUESTION: Any = [{"role": "user", "content": "one two three"}]
SLOW = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '90', pace_ms: '20'}
    context_tokens: 100000
    output_tokens_max: 50000
    data_class_max: restricted
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""
WIDE, NARROW = 80, 40
"""Tokens that launch allows and a pilot does not, and that both do."""


@dataclass
class Served:
    """A use case on its way, and a gateway that was told of nothing but what stands in the ledger."""

    way: Way
    client: OpenAI

    def asked(self, tokens: int) -> str:
        """Ask once; returns the rule that refused, or `ok`."""
        try:
            self.client.chat.completions.create(model="echo", messages=QUESTION, max_tokens=tokens)
        except openai.APIStatusError as refused:
            return str(refused.response.json()["error"]["code"])
        return "ok"

    def until(self, wanted: str, tokens: int = WIDE) -> None:
        """Ask until the gateway has seen what people decided, or what the clock did."""
        for _ in range(300):
            if self.asked(tokens) == wanted:
                return
        raise AssertionError(f"it never came to {wanted} from {self.asked(tokens)}")


@contextmanager
def served(house: House, *more: str, stage: str = "experiment") -> Iterator[Served]:
    texts = GROUND, STAGES, GATES, case(stage=stage), *more
    with house.system() as opened:
        clock = SetClock()
        way = Way(replace(opened, clock=clock), clock)
        way.apply(house.declare(*texts))
        secret = issue_key(way.system, "pilot", author=OWNER).secret
        with (
            gateway(house, clock) as address,
            OpenAI(base_url=f"{address}/v1", api_key=secret, max_retries=0) as client,
        ):
            yield Served(way, client)


def test_a_waiver_that_ends_takes_the_wider_remit_with_it_though_nobody_tells_the_gateway(
    house: House,
) -> None:
    with served(house) as there:
        way = there.way
        way.ready(without=["run-book"])
        there.until("output-too-large")
        way.waive("run-book", days=30)
        way.consent()
        way.request()
        way.consent()
        there.until("ok")
        entries = len(way.system.store.entries(EntryFilter(kind="stage_change"), limit=10))
        last = way.clock.at.replace(hour=23, minute=59, second=59) + timedelta(days=30)
        way.clock.at = last
        assert there.asked(WIDE) == "ok"
        way.clock.at = last + timedelta(seconds=1)
        there.until("output-too-large")
        assert there.asked(NARROW) == "ok"
        assert len(way.system.store.entries(EntryFilter(kind="stage_change"), limit=10)) == entries
        assert verify_ledger(way.system).faults == ()


@pytest.mark.parametrize(
    ("narrow", "rule"),
    [
        (
            lambda system: demote(system, "pilot", to="experiment", author=OWNER, reason="x"),
            "output-too-large",
        ),
        (
            lambda system: demote(system, "pilot", to="envision", author=OWNER, reason="x"),
            "stage-allows-no-calls",
        ),
        (lambda system: retire(system, "pilot", author=OWNER, reason="x"), "use-case-retired"),
    ],
)
def test_a_running_gateway_holds_calls_to_the_stage_that_a_use_case_was_taken_back_to(
    house: House, narrow: Callable[[Any], Any], rule: str
) -> None:
    with served(house, stage="launch") as there:
        there.until("ok")
        narrow(there.way.system)
        there.until(rule)


def test_a_stream_of_a_use_case_that_is_retired_is_cut_at_its_next_piece(house: House) -> None:
    with served(house, SLOW, stage="launch") as there:
        stream = there.client.chat.completions.create(
            model="slow", messages=QUESTION, stream=True, max_tokens=100
        )
        pieces = iter(stream)
        next(pieces)
        retire(there.way.system, "pilot", author=OWNER, reason="It is over.")
        with pytest.raises(openai.APIError, match="is retired"):
            for _ in pieces:
                pass


def test_a_retired_use_case_says_so_to_every_key_gets_no_new_one_and_keeps_its_evidence(house: House) -> None:
    # The end is the end, whatever somebody declares of it.
    alive = STAGES + "  retired: {description: Over., remit: {calls: true}}\n"
    house.apply(GROUND, alive, GATES, case(stage="launch"))
    server = house.serve()
    client = server.client(house.key())
    there = Served(None, client)  # type: ignore[arg-type]  # nothing goes on its way here
    there.until("ok", NARROW)
    said = house.run("stage", "retire", "pilot", "--reason", "It is over.", REMIT_AUTHOR=OWNER)
    assert said.startswith("pilot is at retired from now on; its keys open nothing")
    assert house.entries("stage_change")[-1]["left_open"] == ["no-keys", "learnt", "park/still-called"]
    there.until("use-case-retired", NARROW)
    with pytest.raises(openai.PermissionDeniedError, match="is retired"):
        client.models.list()
    refused = house.try_run("key", "issue", "pilot")
    assert (refused.returncode, "use-case-retired" in refused.stderr) == (1, True)
    assert len(house.entries("call")) > 0
    shown = house.try_run("gate", "show", "pilot", "--into", "retired")
    assert (shown.returncode, "pilot is at retired" in shown.stdout) == (0, True)
