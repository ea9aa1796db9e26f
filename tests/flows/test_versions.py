"""Versions of one model through the door: what a name means, what is recorded, what may not be altered."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx
import pytest
from openai import PermissionDeniedError

from conftest import BASE, CASE

QUESTION: Any = [{"role": "user", "content": "Hello"}]
VERSION = """
  model/large@{number}:
    name: Large
    provider: echo
    status: {status}
    reason: Use the one before it, or after it.
    options: {{words: '{words}'}}
    context_tokens: 100000
    output_tokens_max: 50000
    prices: [{{starts: 2020-01-01, input: 1.00, output: 2.00}}]
"""
PINNED = """
  pinned:
    name: A pilot that stays
    unit: desk
    owner: pilot-owner@example.com
    problem: A newer model writes letters in another tone, and nobody has read them yet.
    purpose: Keep the letters as they were agreed.
    blocks: [model/large@1]
    adoption: {stage: experiment, basis: It runs in this test.}
    remit: {models: [model/large@1]}
"""


def versions(*statuses: str, words: str = "1") -> tuple[str, str]:
    """Declare the base model with as many versions of another one, and a use case that pins the first."""
    blocks = "".join(
        VERSION.format(number=number, status=status, words=words) for number, status in enumerate(statuses, 1)
    )
    return BASE.replace("stages:\n", f"{blocks.lstrip(chr(10))}stages:\n"), CASE + PINNED


def ask(server: Any, key: str, model: str) -> str:
    answer = server.client(key).chat.completions.create(model=model, messages=QUESTION)
    return str(answer.model)


def listed(server: Any, key: str) -> list[str]:
    return [model.id for model in server.client(key).models.list().data]


def test_a_name_means_the_newest_approved_version_and_the_ledger_says_which(house: Any) -> None:
    house.apply(*versions("approved", "approved", "draft"))
    server = house.serve()
    pilot, pinned = house.key(), house.key("pinned")
    assert [ask(server, pilot, name) for name in ("large", "large@1", "large@2")] == [
        "large@2",
        "large@1",
        "large@2",
    ]
    assert ask(server, pinned, "large") == "large@1"
    assert listed(server, pilot) == ["echo", "large", "large@1", "large@2"]
    assert listed(server, pinned) == ["large", "large@1"]
    models = [entry["purpose"]["model"] for entry in house.entries("call")]
    assert models == [f"model/large@{number}" for number in (2, 1, 2, 1)]


@pytest.mark.parametrize(
    ("use_case", "asked", "code", "recorded"),
    [
        ("pilot", "large@3", "block-not-approved", "model/large@3"),
        ("pilot", "large@4", "model-outside-remit", None),
        ("pinned", "large@2", "model-outside-remit", "model/large@2"),
        ("pinned", "echo", "model-outside-remit", "model/echo"),
        ("pilot", "large@", "model-outside-remit", None),
        ("pilot", "large@02", "model-outside-remit", None),
    ],
)
def test_a_version_that_may_not_be_called_is_refused_and_recorded_as_far_as_it_is_known(
    house: Any, use_case: str, asked: str, code: str, recorded: str | None
) -> None:
    house.apply(*versions("approved", "approved", "draft"))
    server = house.serve()
    with pytest.raises(PermissionDeniedError) as refused:
        ask(server, house.key(use_case), asked)
    assert refused.value.code == code
    [entry] = house.entries("refusal")
    assert entry["purpose"].get("model") == (recorded or "")


def test_a_version_that_is_approved_takes_the_name_over_without_a_restart(house: Any) -> None:
    house.apply(*versions("approved", "draft"))
    server = house.serve()
    key = house.key()
    assert ask(server, key, "large") == "large@1"
    said = house.run("plan", str(house.declare(*versions("approved", "approved"))), code=2)
    assert "`pilot` can call `model/large@2` now" in said
    assert "`pilot` calls `model/large@2` by the name `model/large`, and no longer `model/large@1`" in said
    house.run("apply", "declared", "--yes")
    # A key that is new to the gateway makes it look what people decided.
    assert ask(server, house.key(), "large") == "large@2"
    assert ask(server, key, "large") == "large@2"
    explained = house.run("explain", "pilot", "--field", "models")
    assert "model/large means model/large@2 today" in explained
    blocks = house.run("blocks", "list")
    assert "2 versions, newest approved @2" in blocks
    assert "behind @2: pinned" in blocks
    shown = house.run("blocks", "show", "model/large")
    assert shown.startswith("model/large@2: Large")
    assert "did you mean `model/large@2`?" in house.try_run("blocks", "show", "model/large@22").stderr


def test_what_an_approved_version_says_is_not_altered_and_nothing_is_applied(house: Any) -> None:
    house.apply(*versions("approved", "draft"))
    directory = str(house.declare(*versions("approved", "draft", words="2")))
    for command in ("plan", "apply"):
        refused = house.try_run(command, directory, *(["--yes"] if command == "apply" else []))
        assert refused.returncode == 1
        assert "error[version-is-immutable]" in refused.stderr
        assert "`options` of `model/large@1`" in refused.stderr
        assert "declare the change as `model/large@3`" in refused.stderr
    assert len(house.entries("apply")) == 1


def test_a_use_case_s_page_says_the_problem_and_what_a_name_means(house: Any) -> None:
    house.apply(*versions("approved", "approved"))
    server = house.serve("portal")
    with httpx.Client(base_url=server.address) as browser:
        browser.post("/sign-in", data={"token": house.token()})
        page = browser.get("/use-cases/pinned").text
        remit = browser.get("/use-cases/pinned/remit").text
    assert "<b>The problem:</b> A newer model writes letters in another tone" in page
    assert "model/large means model/large@1 today" in remit
