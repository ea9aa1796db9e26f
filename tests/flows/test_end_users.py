"""End users through the real server: counted by month, held to `users_max`, and never kept as they came."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2 as httpx
import openai
import pytest

from conftest import BASE, CASE

QUESTION: Any = [{"role": "user", "content": "two words"}]
SOMEBODY = "a.person@example.com"
LIMITED = CASE.rstrip() + "\n    remit: {users_max: 2}\n"
OTHER = CASE.replace("pilot:", "other:")


def users(house: Any, kind: str = "call") -> list[str]:
    return [entry["purpose"].get("user", "") for entry in house.entries(kind)]


def test_every_format_and_the_header_say_whom_a_call_is_for_and_only_a_hash_is_kept(house: Any) -> None:
    house.apply(BASE, CASE, OTHER)
    server, key = house.serve(), house.key()
    chat = server.client(key).chat.completions
    chat.create(model="echo", messages=QUESTION, user=SOMEBODY)
    chat.create(model="echo", messages=QUESTION, user="another", safety_identifier=SOMEBODY)
    chat.create(model="echo", messages=QUESTION, user="another", extra_headers={"x-remit-user": SOMEBODY})
    server.client(key).responses.create(model="echo", input="two words", user=SOMEBODY)
    with anthropic.Anthropic(base_url=server.address, api_key=key, max_retries=0) as client:
        client.messages.create(model="echo", max_tokens=9, messages=QUESTION, metadata={"user_id": SOMEBODY})
    chat.create(model="echo", messages=QUESTION, user="another")
    chat.create(model="echo", messages=QUESTION)
    server.client(house.key("other")).chat.completions.create(model="echo", messages=QUESTION, user=SOMEBODY)
    found = users(house)
    assert len(set(found[:5])) == 1
    assert len(found[0]) == 16
    # Who is the same in two use cases is nobody's business.
    assert len({found[0], found[5], found[7], ""}) == 4
    assert found[6] == ""
    server.stop()
    files = [path for path in house.home.rglob("*") if path.is_file()]
    assert files
    assert not any(SOMEBODY.encode() in path.read_bytes() for path in files)


def test_no_more_users_than_the_remit_allows_call_in_a_month_also_after_a_restart(house: Any) -> None:
    house.apply(BASE, LIMITED)
    server, key = house.serve(), house.key()
    for user in ("one", "two", "one"):
        server.client(key).chat.completions.create(model="echo", messages=QUESTION, user=user)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        server.client(key).chat.completions.create(model="echo", messages=QUESTION, user="three")
    assert refused.value.code == "too-many-users"
    with pytest.raises(openai.BadRequestError) as missing:
        server.client(key).chat.completions.create(model="echo", messages=QUESTION)
    assert missing.value.code == "user-missing"
    assert "x-remit-user" in missing.value.message
    server.kill()
    again = house.serve().client(key)
    with pytest.raises(openai.PermissionDeniedError):
        again.chat.completions.create(model="echo", messages=QUESTION, user="three")
    again.chat.completions.create(model="echo", messages=QUESTION, user="two")
    assert len(set(users(house))) == 2
    assert [bool(user) for user in users(house, "refusal")] == [True, False, True]


def test_a_limit_that_comes_later_counts_those_who_were_there(house: Any) -> None:
    house.apply()
    server, key = house.serve(), house.key()
    for user in ("one", "two"):
        server.client(key).chat.completions.create(model="echo", messages=QUESTION, user=user)
    house.apply(BASE, LIMITED)
    for _ in range(2000):
        try:
            server.client(key).chat.completions.create(model="echo", messages=QUESTION)
        except openai.BadRequestError:
            break
    with pytest.raises(openai.PermissionDeniedError):
        server.client(key).chat.completions.create(model="echo", messages=QUESTION, user="three")
    server.client(key).chat.completions.create(model="echo", messages=QUESTION, user="one")


def test_whom_a_call_is_for_has_a_limit_and_is_not_told_again(house: Any) -> None:
    house.apply()
    server, key = house.serve(), house.key()
    for body, headers in (({"user": "x" * 257}, {}), ({}, {"x-remit-user": "x" * 257})):
        answer = httpx.post(
            f"{server.address}/v1/chat/completions",
            content=json.dumps({"model": "echo", "messages": QUESTION} | body),
            headers={"Authorization": f"Bearer {key}"} | headers,
        )
        assert answer.status_code == 400
        assert answer.json()["error"]["code"] == "invalid-field"
        assert "xxx" not in answer.text
