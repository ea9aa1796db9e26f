"""Tokens of a declared issuer through the real server, with the clients of its users."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import anthropic
import httpx2 as httpx
import openai
import pytest

from conftest import BASE, CASE
from token_issuer import AUDIENCE, URL, Published, key_set, publishing, token

QUESTION: Any = [{"role": "user", "content": "two words"}]
NOW_S = datetime(2095, 1, 1, tzinfo=UTC).timestamp()
"""Tokens end long after these tests were written, so that no clock makes one stale."""
ISSUERS = f"""
issuers:
  sign-in:
    technology: oidc
    url: {URL}
    audience: {AUDIENCE}
    keys_url: {{address}}/keys
    rules:
      - {{{{claims: {{{{azp: claims-service}}}}, use_case: pilot}}}}
      - {{{{claims: {{{{groups: settlers}}}}, use_case: pilot, agent: settler}}}}
"""


class Tokens:
    """A served house whose issuer publishes one key."""

    def __init__(self, house: Any, published: Published) -> None:
        self.house, self.published = house, published
        house.apply(BASE, CASE, ISSUERS.format(address=published.address))
        self.server = house.serve()

    def post(self, credential: str) -> httpx.Response:
        return httpx.post(
            f"{self.server.address}/v1/chat/completions",
            json={"model": "echo", "messages": QUESTION, "max_tokens": 2},
            headers={"Authorization": f"Bearer {credential}"},
        )


@pytest.fixture(scope="module")
def tokens(shared_house: Any) -> Iterator[Tokens]:
    with publishing("e1") as published:
        yield Tokens(shared_house, published)


def test_a_token_opens_what_its_rule_says_and_the_ledger_knows_a_pseudonym(tokens: Tokens) -> None:
    text = token(NOW_S)
    client = tokens.server.client(text)
    assert [model.id for model in client.models.list()] == ["echo"]
    client.chat.completions.create(model="echo", messages=QUESTION)
    with anthropic.Anthropic(base_url=tokens.server.address, auth_token=text, max_retries=0) as other:
        other.messages.create(model="echo", max_tokens=5, messages=QUESTION)
    assert tokens.post(token(NOW_S, azp=None, groups=["x", "settlers"], sub="another")).status_code == 200
    one, two, agent = (entry["purpose"] for entry in tokens.house.entries("call")[-3:])
    assert one["key"] == two["key"]
    assert one["key"].startswith("oidc:sign-in:")
    assert (one["use_case"], one.get("agent"), agent["agent"]) == ("pilot", None, "settler")
    assert agent["key"] != one["key"]
    told = httpx.get(f"{tokens.server.address}/v1/remit", headers={"Authorization": f"Bearer {text}"}).json()
    assert (told["key"], told["models"]) == (one["key"], ["echo"])
    # The keys were fetched once, whoever came.
    assert tokens.published.asked == ["/keys"]
    # The same person under another rule is another key: what is worked out for one holds for one purpose.
    assert tokens.post(token(NOW_S, azp=None, groups=["settlers"])).status_code == 200
    assert tokens.house.entries("call")[-1]["purpose"]["key"] not in (one["key"], agent["key"])
    files = [path for path in tokens.house.home.rglob("*") if path.is_file()]
    for secret in ("a.person@example.com", text, text.rpartition(".")[2]):
        assert not any(secret.encode() in path.read_bytes() for path in files)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (token(NOW_S, exp=1_000_000_000), 401, "invalid-token"),
        (token(NOW_S, nbf=int(NOW_S)), 401, "invalid-token"),
        (token(NOW_S, aud="another"), 401, "invalid-token"),
        (token(NOW_S, iss="https://elsewhere.example.com/"), 401, "invalid-token"),
        (token(NOW_S, kid="e9", head={"kid": "e1"}), 401, "invalid-token"),
        (token(NOW_S, kid="e9"), 401, "invalid-token"),
        (token(NOW_S, filler="x" * 16_000), 401, "invalid-token"),
        ("eyJhbGciOiJub25lIn0." + token(NOW_S).split(".")[1] + ".", 401, "invalid-token"),
        ("eyJ.eyJ.x", 401, "invalid-token"),
        ("remit-unknown", 401, "unknown-key"),
        (token(NOW_S, azp="somebody"), 403, "identity-without-use-case"),
    ],
    ids=["ended", "early", "audience", "issuer", "forged", "key", "long", "none", "garbage", "key", "rule"],
)
def test_a_token_that_proves_nobody_opens_nothing(tokens: Tokens, text: str, status: int, code: str) -> None:
    answer = tokens.post(text)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert text not in answer.text


def test_a_token_s_owner_is_refused_as_openai_s_client_expects(tokens: Tokens) -> None:
    client = tokens.server.client(token(NOW_S, exp=1))
    with pytest.raises(openai.AuthenticationError) as refused:
        client.chat.completions.create(model="echo", messages=QUESTION)
    assert refused.value.code == "invalid-token"


def test_rules_that_change_hold_at_once_also_for_tokens_that_are_known(house: Any) -> None:
    inline = ISSUERS.replace("keys_url: {address}/keys", f"keys: '{json.dumps(json.loads(key_set('r1')))}'")
    declared = inline.replace("{{", "{").replace("}}", "}")
    house.apply(BASE, CASE, declared)
    server, text = house.serve(), token(NOW_S, kid="r1")
    client = server.client(text)
    client.chat.completions.create(model="echo", messages=QUESTION)
    house.apply(BASE, CASE, declared.replace("azp: claims-service", "azp: other-service"))
    assert first_refusal(client) == "identity-without-use-case"
    house.apply(BASE, CASE, "use_cases: {}")
    assert first_refusal(client, after="identity-without-use-case") == "unknown-key"


def first_refusal(client: Any, *, after: str = "") -> str | None:
    for _ in range(2000):
        try:
            client.chat.completions.create(model="echo", messages=QUESTION)
        except openai.APIStatusError as refused:
            if refused.code != after:
                return refused.code
    raise AssertionError("nothing was refused")


def test_an_issuer_that_cannot_be_reached_is_a_fault_that_may_pass_and_keys_still_open(house: Any) -> None:
    house.apply(BASE, CASE, ISSUERS.format(address="http://127.0.0.1:9"))
    server, key = house.serve(), house.key()
    with pytest.raises(openai.InternalServerError) as away:
        server.client(token(NOW_S)).chat.completions.create(model="echo", messages=QUESTION)
    assert (away.value.status_code, away.value.code) == (503, "identity-unavailable")
    server.client(key).chat.completions.create(model="echo", messages=QUESTION)
