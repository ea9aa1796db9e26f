"""Signatures: what botocore signs is good, and whatever is changed afterwards is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]  # botocore states no types
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]  # as above
from botocore.credentials import ReadOnlyCredentials  # type: ignore[import-untyped]  # as above
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.gateway.sigv4 import Signature, SignedRequest, fault, read

SECRET = "a-secret-for-tests"
PATHS = st.lists(st.text(alphabet="abcXYZ019-._~%:!*", min_size=1, max_size=12), min_size=1, max_size=4)
QUERIES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.text("xyz%2F", max_size=5), max_size=3)
VALUES = st.text(alphabet="abc XYZ,;=/", max_size=20)


def sign(
    path: str = "/model/a%3A0/converse",
    *,
    query: str = "",
    body: bytes = b"{}",
    service: str = "bedrock",
    token: str | None = None,
    **headers: str,
) -> tuple[Signature, SignedRequest, datetime]:
    """Sign as Amazon's clients do, and give out what a server sees of it, and when it was signed."""
    url = f"http://gateway.example:8787{path}{'?' if query else ''}{query}"
    request: Any = AWSRequest("POST", url, headers={"Content-Type": "application/json"} | headers, data=body)
    SigV4Auth(ReadOnlyCredentials("REMITKEY", SECRET, token), service, "eu-central-1").add_auth(request)
    seen = {name.lower(): value for name, value in request.headers.items()}
    seen |= {"host": "gateway.example:8787", "user-agent": "Boto3/1"}
    signature = read(seen["authorization"])
    assert signature is not None
    at = datetime.strptime(seen["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return signature, SignedRequest("POST", path, query, seen, body), at


def wrong(signature: Signature, request: SignedRequest, at: datetime, secret: str = SECRET) -> str:
    return fault(signature, request, secret=secret, now=at)


@given(PATHS, QUERIES, st.binary(max_size=200), VALUES)
def test_what_botocore_signs_is_good(
    parts: list[str], query: dict[str, str], body: bytes, value: str
) -> None:
    path = "/model/" + "/".join(part.replace("..", "x").strip(".") or "x" for part in parts)
    asked = "&".join(f"{name}={text}" for name, text in query.items())
    assert wrong(*sign(path, query=asked, body=body, **{"X-Remit-Reference": value})) == ""


@settings(max_examples=200)
@given(st.data())
def test_a_byte_that_was_changed_is_refused(data: st.DataObject) -> None:
    signature, request, at = sign(query="a=b", body=b'{"messages":[]}', **{"X-Remit-Reference": "claim-7"})
    covered = {name: request.headers[name] for name in signature.headers}
    texts = {"path": request.path, "query": request.query, "method": request.method, **covered}
    what = data.draw(st.sampled_from(["body", "value", *texts]))
    if what == "body":
        place = data.draw(st.integers(0, len(request.body) - 1))
        changed = bytearray(request.body)
        changed[place] ^= data.draw(st.integers(1, 255))
        altered = replace(request, body=bytes(changed))
    elif what == "value":
        place = data.draw(st.integers(0, 63))
        digit = data.draw(
            st.sampled_from("0123456789abcdef").filter(lambda each: each != signature.value[place])
        )
        signature = replace(signature, value=signature.value[:place] + digit + signature.value[place + 1 :])
        altered = request
    else:
        text = texts[what]
        place = data.draw(st.integers(0, len(text) - 1))
        letter = data.draw(st.sampled_from("aZ5~-").filter(lambda each: each != text[place]))
        new = text[:place] + letter + text[place + 1 :]
        if what in ("path", "query", "method"):
            part: dict[str, Any] = {what: new}
            altered = replace(request, **part)
        else:
            altered = replace(request, headers={**request.headers, what: new})
    assert wrong(signature, altered, at)


@pytest.mark.parametrize("part", ["access_key", "day", "region", "service"])
def test_another_scope_is_refused(part: str) -> None:
    signature, request, at = sign()
    if part == "access_key":
        # The access key chooses the secret; the signature holds for no other.
        assert wrong(signature, request, at, secret="the secret of another key")
    else:
        other: dict[str, Any] = {part: "19990101" if part == "day" else "other"}
        assert wrong(replace(signature, **other), request, at)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(minutes: int) -> None:
    signature, request, at = sign()
    assert "5 minutes" in wrong(signature, request, at + timedelta(minutes=minutes))
    assert wrong(signature, request, at + timedelta(minutes=4)) == ""
    assert wrong(signature, request, at - timedelta(minutes=4)) == ""


def test_a_session_token_is_refused() -> None:
    assert wrong(*sign(token="a-token")) == "session tokens are not taken"


def test_a_signature_for_another_service_is_refused() -> None:
    assert "service" in wrong(*sign(service="s3"))


def test_a_payload_that_is_not_signed_is_refused() -> None:
    unsigned: dict[str, Any] = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
    assert "payload" in wrong(*sign(**unsigned))


@pytest.mark.parametrize("name", ["x-remit-reference", "x-amzn-bedrock-trace"])
def test_a_header_that_was_added_on_the_way_is_refused(name: str) -> None:
    signature, request, at = sign()
    assert "cover" in wrong(signature, replace(request, headers={**request.headers, name: "added"}), at)


@pytest.mark.parametrize("name", ["host", "x-amz-date"])
def test_a_header_that_must_be_covered_is_missed(name: str) -> None:
    signature, request, at = sign()
    left = tuple(each for each in signature.headers if each != name)
    assert "cover" in wrong(replace(signature, headers=left), request, at)
    without = {key: value for key, value in request.headers.items() if key != name}
    assert "cover" in wrong(signature, replace(request, headers=without), at)


@pytest.mark.parametrize("date", ["", "20260101", "20261301T000000Z", "2026-01-01T00:00:00Z"])
def test_a_date_that_is_none_is_refused(date: str) -> None:
    signature, request, at = sign()
    assert "date" in wrong(signature, replace(request, headers={**request.headers, "x-amz-date": date}), at)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer remit-key",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=A/20260101/eu/bedrock/aws4_request, SignedHeaders=host, Signature=00",
        "AWS4-ECDSA-P256-SHA256 Credential=A/20260101/bedrock/aws4_request, SignedHeaders=host, Signature=00",
    ],
)
def test_another_scheme_is_not_read(text: str) -> None:
    assert read(text) is None
