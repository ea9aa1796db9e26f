"""A web hook as a guardrail, asked over a real connection: what is posted, and which answers are used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from remit.adapters.guardrail_webhook import ANSWER_BYTES_MAX, WebhookJudge
from remit.enforce.guardrail.remark import Inquiry, Remark
from remit.kernel.errors import RemitError
from upstream import Answer, Upstream, as_json, serving

PATH = "/v1/look"


@contextmanager
def hook(answer: Callable[[dict[str, Any]], Answer]) -> Iterator[Upstream]:
    with serving({PATH: answer}) as upstream:
        yield upstream


def judged(
    upstream: Upstream, *texts: str, credential: str | None = None, timeout_s: float = 60
) -> list[list[Remark]]:
    async def ask() -> list[list[Remark]]:
        judge = WebhookJudge(f"{upstream.address}{PATH}", credential)
        try:
            inquiry = Inquiry("output", "guardrail/one@1", "triage", "claims", timeout_s)
            return [list(said) for said in await judge.judge(texts, inquiry)]
        finally:
            await judge.close()

    return asyncio.run(ask())


def test_texts_are_posted_with_whose_they_are_and_under_the_credential() -> None:
    with hook(lambda body: as_json({"findings": []})) as upstream:
        assert judged(upstream, "one", "half \ud800", credential="a-token") == [[], []]
    assert upstream.last == {
        "texts": ["one", "half ?"],
        "side": "output",
        "guardrail": "guardrail/one@1",
        "use_case": "triage",
    }
    assert upstream.headers[-1]["authorization"] == "Bearer a-token"


def test_without_a_credential_none_is_sent() -> None:
    with hook(lambda body: as_json({"findings": []})) as upstream:
        judged(upstream, "one")
    assert "authorization" not in upstream.headers[-1]


def test_findings_belong_to_their_texts() -> None:
    findings = [
        {"text": 1, "type": "fox", "start": 2, "end": 5, "confidence": "low", "action": "none"},
        {"text": 1, "type": "ann@example.com", "more": "is not read"},
    ]
    with hook(lambda body: as_json({"findings": findings})) as upstream:
        none, said = judged(upstream, "one", "a fox")
    assert none == []
    fox, other = said
    assert (fox.found.type, fox.found.start, fox.found.end) == ("FOX", 2, 5)
    assert (fox.found.confidence, fox.most) == ("low", "none")
    assert (other.found.type, other.found.start, other.found.end, other.most) == ("FOUND", 0, 5, "block")


@pytest.mark.parametrize(
    "answer",
    [
        as_json({"findings": []}, status=500),
        as_json({"findings": []}, status=302, location="http://127.0.0.1:1/"),
        as_json({}),
        as_json([]),
        as_json({"findings": [{"text": "0", "type": "x"}]}),
        as_json({"findings": [{"text": 0}]}),
        as_json({"findings": [{"text": 1, "type": "x"}]}),
        as_json({"findings": [{"text": -1, "type": "x"}]}),
        as_json({"findings": [{"text": 0, "type": "x", "start": 2, "end": 1}]}),
        as_json({"findings": [{"text": 0, "type": "x", "start": 0, "end": 99}]}),
        as_json({"findings": [{"text": 0, "type": "x", "confidence": "certain"}]}),
        as_json({"findings": [{"text": 0, "type": "x", "action": "erase"}]}),
        Answer(b"<html>"),
        Answer(b'{"findings": [\xff]}'),
        Answer(b"[" * 100_000),
        Answer(b'{"findings": []' + b" " * ANSWER_BYTES_MAX + b"}"),
        Answer([b'{"findings": [', b" " * ANSWER_BYTES_MAX, b" ]}"]),
    ],
)
def test_an_answer_that_is_none_is_no_word(answer: Answer) -> None:
    with hook(lambda body: answer) as upstream, pytest.raises(RemitError) as fault:
        judged(upstream, "a secret")
    assert "secret" not in f"{fault.value} {fault.value.help}"


def test_one_that_is_slow_is_not_waited_for() -> None:
    held = threading.Event()

    def late(body: dict[str, Any]) -> Answer:
        held.wait()
        return as_json({"findings": []})

    with hook(late) as upstream:
        try:
            with pytest.raises(RemitError):
                judged(upstream, "one", timeout_s=0.05)
        finally:
            held.set()


def test_one_that_is_not_there_is_no_word() -> None:
    with hook(lambda body: as_json({})) as upstream:
        pass
    with pytest.raises(RemitError):
        judged(upstream, "one")


@pytest.mark.parametrize("address", ["https://:443/look", "http://host:99999/look", "http://host:x/look"])
def test_an_address_that_is_none_is_said_at_once(address: str) -> None:
    with pytest.raises(RemitError) as fault:
        WebhookJudge(address, None)
    assert fault.value.code == "guardrail-unusable"
