"""Client certificates through the real server: a trusted proxy's word opens, and nobody else's."""

from __future__ import annotations

import json
from typing import Any

import httpx2 as httpx

from conftest import BASE, CASE

QUESTION: Any = [{"role": "user", "content": "two words"}]
URI = "spiffe://example.com/ns/claims/sa/triage"
MESH = f"""
issuers:
  mesh:
    technology: mtls
    rules:
      - {{claims: {{uri: "{URI}"}}, use_case: pilot, agent: settler}}
      - {{claims: {{subject: "CN=triage,O=Harbour"}}, use_case: pilot}}
"""


def post(server: Any, certificate: str, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{server.address}/v1/chat/completions",
        json={"model": "echo", "messages": QUESTION, "max_tokens": 2},
        headers={"x-forwarded-client-cert": certificate} | headers,
    )


def test_a_trusted_proxy_s_word_opens_what_the_rule_says(house: Any) -> None:
    house.apply(BASE, CASE, MESH)
    server = house.serve(REMIT_TRUSTED_PROXIES="127.0.0.1")
    for _ in range(2):
        assert post(server, f"By=spiffe://example.com/gateway;URI={URI}").status_code == 200
    assert post(server, 'Subject="CN=triage,O=Harbour"').status_code == 200
    for certificate, status, code in (
        ("URI=spiffe://example.com/ns/other", 403, "identity-without-use-case"),
        (f"URI={URI},URI=spiffe://example.com/ns/other", 403, "identity-without-use-case"),
        ("Hash=46", 401, "invalid-certificate"),
    ):
        answer = post(server, certificate)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    # What is sent as a key counts before the proxy's word, also if it opens nothing.
    assert post(server, f"URI={URI}", **{"x-api-key": "remit-none"}).json()["error"]["code"] == "unknown-key"
    one, two, three = (entry["purpose"] for entry in house.entries("call"))
    assert one["key"] == two["key"]
    assert one["key"].startswith("mtls:mesh:")
    assert (one["agent"], three.get("agent", "")) == ("settler", "")
    assert "spiffe" not in json.dumps(house.entries("call") + house.entries("refusal"))


def test_from_anybody_else_the_header_counts_for_nothing(house: Any) -> None:
    house.apply(BASE, CASE, MESH)
    for proxies in ("", "192.0.2.0/24"):
        server = house.serve(REMIT_TRUSTED_PROXIES=proxies)
        answer = post(server, f"URI={URI}", **{"x-forwarded-for": "192.0.2.1"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unknown-key")
        server.stop()
