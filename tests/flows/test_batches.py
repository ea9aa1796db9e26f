"""Files and batches through a real gateway with the real client, and what a crash leaves of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import openai
import pytest
from openai import OpenAI

from conftest import BASE, CASE, House

CHAT: Any = "/v1/chat/completions"
OTHER = """
  other:
    name: Another
    unit: desk
    owner: other-owner@example.com
    purpose: See nothing of the first.
    adoption: {stage: experiment, basis: It runs in this test.}
  files:
    name: With files alone
    unit: desk
    owner: files-owner@example.com
    purpose: Keep files and run nothing.
    adoption: {stage: experiment, basis: It runs in this test.}
  small:
    name: With one model
    unit: desk
    owner: small-owner@example.com
    purpose: Be refused some models.
    adoption: {stage: experiment, basis: It runs in this test.}
    remit: {models: [model/echo]}
"""
MODELS = """
blocks:
  model/slow:
    name: Slow
    provider: echo
    options: {words: '5', pace_ms: '40'}
    context_tokens: 100000
    output_tokens_max: 100
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
  model/single:
    name: One at a time
    provider: echo
    concurrency_max: 1
    options: {words: '4', pace_ms: '5'}
    context_tokens: 100000
    output_tokens_max: 100
    prices: [{starts: 2020-01-01, input: 1.00, output: 2.00}]
"""
SECRET = "a-word-that-stands-in-no-other-place"


def body(endpoint: str, model: str, text: str) -> dict[str, Any]:
    if endpoint == CHAT:
        return {"model": model, "messages": [{"role": "user", "content": text}]}
    return {"model": model, "input": text}


def jsonl(texts: list[str], *, model: str = "echo", endpoint: str = CHAT) -> bytes:
    lines = [
        {"custom_id": f"line-{n}", "method": "POST", "url": endpoint, "body": body(endpoint, model, text)}
        for n, text in enumerate(texts, 1)
    ]
    return "\n".join(json.dumps(line) for line in lines).encode()


def create(client: OpenAI, content: bytes, *, endpoint: Any = CHAT) -> Any:
    file = client.files.create(file=("questions.jsonl", content), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h")


def until(client: OpenAI, id: str, what: Callable[[Any], bool]) -> Any:
    """Ask how a batch stands until something is true of it; not for ever."""
    ends = time.monotonic() + 45
    while time.monotonic() < ends:
        found = client.batches.retrieve(id)
        if what(found):
            return found
    raise AssertionError(f"the batch is still {found.status}, {found.request_counts}")


def ended(client: OpenAI, id: str) -> Any:
    return until(client, id, lambda batch: batch.status in ("completed", "failed", "expired", "cancelled"))


def results(client: OpenAI, file: str | None) -> list[dict[str, Any]]:
    return [json.loads(line) for line in client.files.content(file).text.splitlines()] if file else []


class Desk:
    """A served house, and clients of its use cases."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.apply(BASE, CASE.rstrip() + OTHER, MODELS)
        self.server = house.serve()
        self.keys = {name: house.key(name) for name in ("pilot", "other", "files", "small")}

    def client(self, use_case: str = "pilot") -> OpenAI:
        return self.server.client(self.keys[use_case])


@pytest.fixture(scope="module")
def shared(shared_house: House) -> Desk:
    return Desk(shared_house)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


@pytest.mark.parametrize("endpoint", [CHAT, "/v1/responses", "/v1/embeddings"])
def test_every_line_of_a_batch_is_answered_as_if_it_were_sent_alone(shared: Desk, endpoint: str) -> None:
    client = shared.client()
    content = jsonl(["one", "two words", "and three words"], endpoint=endpoint)
    made = create(client, content, endpoint=endpoint)
    assert made.status == "validating"
    found = ended(client, made.id)
    assert (found.status, found.error_file_id, found.errors) == ("completed", None, None)
    counts = found.request_counts
    assert (counts.total, counts.completed, counts.failed) == (3, 3, 0)
    assert found.created_at <= found.in_progress_at <= found.finalizing_at <= found.completed_at
    assert found.expires_at - found.created_at == 24 * 3600
    lines = results(client, found.output_file_id)
    assert sorted(line["custom_id"] for line in lines) == ["line-1", "line-2", "line-3"]
    for line in lines:
        answer = line["response"]["body"]
        assert (line["error"], line["response"]["status_code"]) == (None, 200)
        assert answer["model"] == "echo"
        assert answer["remit"]["call"] == line["response"]["request_id"]
    calls = [call for call in shared.house.entries("call") if call.get("batch") == made.id]
    assert sorted(call["batch_line"] for call in calls) == [1, 2, 3]
    cost = sum(Decimal(call["charge"]) for call in calls)
    assert found.model_extra["remit"] == {"cost": str(cost), "currency": "EUR"}
    assert found.usage.total_tokens == sum(sum(call["usage"].values()) for call in calls)


def test_an_answer_in_a_batch_is_that_of_the_same_call_alone(shared: Desk) -> None:
    client = shared.client()
    found = ended(client, create(client, jsonl(["two words"])).id)
    [line] = results(client, found.output_file_id)
    alone = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "two words"}])
    both = [line["response"]["body"], json.loads(alone.to_json())]
    for answer in both:
        assert answer["choices"][0]["message"]["content"] == "Simulated: two words"
    assert both[0]["usage"] == both[1]["usage"]
    assert both[0]["remit"]["cost"] == both[1]["remit"]["cost"]


def test_a_line_that_is_refused_stands_in_the_error_file_with_its_reason(shared: Desk) -> None:
    client = shared.client("small")
    content = jsonl(["fine"]) + b"\n" + jsonl(["not"], model="slow").replace(b"line-1", b"line-2")
    found = ended(client, create(client, content).id)
    assert found.status == "completed"
    assert (found.request_counts.completed, found.request_counts.failed) == (1, 1)
    assert [line["custom_id"] for line in results(client, found.output_file_id)] == ["line-1"]
    [line] = results(client, found.error_file_id)
    assert (line["custom_id"], line["response"]["status_code"]) == ("line-2", 403)
    error = line["response"]["body"]["error"]
    assert (error["code"], error["remit"]["decision"]) == (
        "model-outside-remit",
        line["response"]["request_id"],
    )


def test_one_line_that_cannot_be_read_fails_the_batch_before_any_is_asked(shared: Desk) -> None:
    client = shared.client()
    good, other = jsonl(["one", "two"]).split(b"\n")
    content = b"\n".join(
        [good, b"", other.replace(b"line-2", b"line-1"), b"{", good.replace(b"POST", b"PUT")]
    )
    made = create(client, content)
    found = ended(client, made.id)
    assert (found.status, found.output_file_id, found.error_file_id) == ("failed", None, None)
    told = [(each.line, each.code, each.param) for each in found.errors.data]
    assert told == [
        (3, "invalid-field", "custom_id"),
        (4, "invalid-json", None),
        (5, "invalid-field", "method"),
    ]
    assert all(call.get("batch") != made.id for call in shared.house.entries("call"))


def test_lines_beyond_what_a_limit_lets_run_wait_for_their_place(shared: Desk) -> None:
    client = shared.client()
    found = ended(client, create(client, jsonl(["a", "b", "c"], model="single")).id)
    assert (found.status, found.request_counts.completed) == ("completed", 3)


def test_files_are_listed_read_and_deleted(shared: Desk) -> None:
    client = shared.client("files")
    content = jsonl(["Grüße"]) + b"\n\n"
    expires: Any = {"anchor": "created_at", "seconds": 7200}
    files = [
        client.files.create(file=(f"{name}.jsonl", content), purpose="batch", expires_after=expires)
        for name in ("first", "second", "third")
    ]
    assert (files[0].filename, files[0].bytes, files[0].purpose) == ("first.jsonl", len(content), "batch")
    assert files[0].expires_at is not None
    assert files[0].expires_at - files[0].created_at == 7200
    assert client.files.retrieve(files[0].id) == files[0]
    assert client.files.content(files[0].id).read() == content
    ids = [file.id for file in files]
    assert [file.id for file in client.files.list(limit=2)] == ids[::-1]
    assert [file.id for file in client.files.list(order="asc", after=ids[0])] == ids[1:]
    assert list(client.files.list(purpose="batch_output")) == []
    assert client.files.delete(ids[1]).deleted
    assert [file.id for file in client.files.list()] == [ids[2], ids[0]]
    for asked in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError) as found:
            asked(ids[1])
        assert found.value.code == "not-found"


def test_batches_are_listed_page_by_page(shared: Desk) -> None:
    client = shared.client("other")
    ids = [create(client, jsonl(["one"])).id for _ in range(3)]
    for id in ids:
        assert ended(client, id).status == "completed"
    page = client.batches.list(limit=2)
    assert ([batch.id for batch in page.data], page.has_more) == (ids[:0:-1], True)
    assert [batch.id for batch in client.batches.list(limit=2)][:3] == ids[::-1]


def test_another_use_case_sees_nothing(shared: Desk) -> None:
    mine, other = shared.client(), shared.client("other")
    made = create(mine, jsonl(["one"]))
    found = ended(mine, made.id)
    seen = [file.id for file in other.files.list()] + [batch.id for batch in other.batches.list()]
    assert not {found.input_file_id, found.output_file_id, found.id} & set(seen)
    file = found.output_file_id
    for asked in (
        lambda: other.files.retrieve(file),
        lambda: other.files.content(file),
        lambda: other.files.delete(file),
        lambda: other.batches.retrieve(made.id),
        lambda: other.batches.cancel(made.id),
        lambda: other.batches.create(input_file_id=file, endpoint=CHAT, completion_window="24h"),
    ):
        with pytest.raises(openai.NotFoundError):
            asked()
    assert mine.files.retrieve(file).purpose == "batch_output"


def test_without_a_key_nothing_is_kept_or_shown(shared: Desk) -> None:
    client = shared.server.client("remit-none")
    with pytest.raises(openai.AuthenticationError):
        client.files.create(file=("a.jsonl", b"{}"), purpose="batch")
    with pytest.raises(openai.AuthenticationError):
        client.batches.list()


def test_what_cannot_be_done_is_refused_by_name(shared: Desk) -> None:
    client = shared.client()
    made = ended(client, create(client, jsonl(["one"])).id)
    for asked, code in (
        (lambda: client.batches.cancel(made.id), "batch-ended"),
        (lambda: client.files.create(file=("a", b"{}"), purpose="fine-tune"), "unsupported-field"),
        (lambda: client.files.create(file=("a", b""), purpose="batch"), "invalid-field"),
        (lambda: client.files.list(limit=0), "invalid-field"),
        (lambda: client.files.list(extra_query={"order": "up"}), "invalid-field"),
    ):
        with pytest.raises(openai.BadRequestError) as found:
            asked()
        assert found.value.code == code
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file-none", endpoint=CHAT, completion_window="24h")


def test_a_guardrail_that_would_not_reach_the_lines_is_refused(shared: Desk) -> None:
    client = shared.client()
    file = client.files.create(file=("lines.jsonl", jsonl(["a"])), purpose="batch")
    with pytest.raises(openai.BadRequestError, match="x-remit-guardrail") as raised:
        client.batches.create(
            input_file_id=file.id,
            endpoint=CHAT,
            completion_window="24h",
            extra_headers={"x-remit-guardrail": "baseline@1"},
        )
    assert raised.value.code == "unsupported-field"


def test_a_cancelled_batch_ends_with_what_it_has(desk: Desk) -> None:
    client = desk.client()
    made = create(client, jsonl(["one"] * 40, model="slow"))
    until(client, made.id, lambda batch: batch.request_counts.completed > 0)
    with pytest.raises(openai.BadRequestError) as in_use:
        client.files.delete(made.input_file_id)
    assert in_use.value.code == "file-in-use"
    assert client.batches.cancel(made.id).status in ("cancelling", "cancelled")
    found = ended(client, made.id)
    assert found.status == "cancelled"
    assert found.cancelling_at <= found.cancelled_at
    done, rest = (results(client, file) for file in (found.output_file_id, found.error_file_id))
    assert (len(done), len(rest)) == (found.request_counts.completed, found.request_counts.failed)
    assert len(done) + len(rest) == 40
    assert {line["error"]["code"] for line in rest} == {"batch-cancelled"}
    assert len(desk.house.entries("call")) == len(done)
    assert client.files.delete(made.input_file_id).deleted


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_batch_goes_on_where_the_last_process_ended(desk: Desk, how: str) -> None:
    """However the process ends, every line has exactly one entry and exactly one result."""
    client = desk.client()
    made = create(client, jsonl([f"word {number}" for number in range(60)], model="slow"))
    before = until(client, made.id, lambda batch: batch.request_counts.completed > 5)
    assert before.status == "in_progress"
    if how == "kill":
        desk.server.kill()
    else:
        desk.server.stop()
    desk.server = desk.house.serve()
    client = desk.client()
    found = ended(client, made.id)
    assert found.status == "completed"
    done, lost = (results(client, file) for file in (found.output_file_id, found.error_file_id))
    assert len(done) >= before.request_counts.completed
    names = Counter(line["custom_id"] for line in done + lost)
    assert names == {f"line-{number}": 1 for number in range(1, 61)}
    calls = desk.house.entries("call")
    assert Counter(call["batch_line"] for call in calls) == dict.fromkeys(range(1, 61), 1)
    # What was under way is charged for what it may have used, and its answer is gone.
    assert {line["error"]["code"] for line in lost} <= ({"worker-ended"} if how == "kill" else set())
    by_name = {f"line-{call['batch_line']}": call for call in calls}
    assert all(by_name[line["custom_id"]]["status"] == "completed" for line in done)
    interrupted = {name for name, call in by_name.items() if call["status"] == "interrupted"}
    assert interrupted <= {line["custom_id"] for line in lost}
    cost = sum(Decimal(call["charge"]) for call in calls)
    assert Decimal(found.model_extra["remit"]["cost"]) == cost == desk.house.posted()["organisation"]
    assert desk.house.verify() == ()


def test_no_word_of_a_batch_stands_in_a_file_of_the_data_directory(desk: Desk) -> None:
    client = desk.client()
    content = jsonl([SECRET]).replace(b"line-1", f"id-{SECRET}".encode())
    file = client.files.create(file=(f"name-{SECRET}.jsonl", content), purpose="batch")
    made = client.batches.create(
        input_file_id=file.id,
        endpoint=CHAT,
        completion_window="24h",
        metadata={SECRET: SECRET},
    )
    found = ended(client, made.id)
    assert SECRET in client.files.content(found.output_file_id).text
    assert client.batches.list().data[0].metadata == {SECRET: SECRET}
    desk.server.kill()
    files = [path for path in desk.house.home.rglob("*") if path.is_file()]
    assert any(path.name.startswith("batches.sqlite") for path in files)
    assert [path.name for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_command_line_tells_what_a_batch_cost(desk: Desk) -> None:
    client = desk.client()
    found = ended(client, create(client, jsonl(["one", "two words"])).id)
    cost = found.model_extra["remit"]["cost"]
    listed = desk.house.run("batch", "list", "--use-case", "pilot")
    assert found.id in listed
    assert f"{cost} EUR" in listed
    assert found.id not in desk.house.run("batch", "list", "--use-case", "other")
    shown = json.loads(desk.house.run("batch", "show", found.id))
    assert shown["remit"]["cost"] == cost
    calls = json.loads(desk.house.run("ledger", "list", "--batch", found.id, "--json"))
    assert sum(Decimal(call["charge"]) for call in calls) == Decimal(cost)
    assert "not-found" in desk.house.try_run("batch", "show", "batch_none").stderr
