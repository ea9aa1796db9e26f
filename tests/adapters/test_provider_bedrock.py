"""Bedrock asked over a real connection: what is sent and signed, what comes back, and in whose name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bedrock_upstream import Asked, Upstream, serving, tags_of
from remit.adapters.aws_credentials import AssumedRole, DefaultChain, SetKeys
from remit.adapters.provider_bedrock import BedrockProvider, service_url
from remit.enforce.answer import Finish, ModelEvent, gathered
from remit.enforce.request import EmbedRequest, Message, ModelRequest, Terms
from remit.gateway import sigv4
from remit.kernel.errors import ProviderBrokeOff, ProviderBusy, ProviderError, ProviderFailed, ProviderRefused

REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/remit"
REQUEST = ModelRequest("model/claude", (Message.of("user", "hello"),), output_tokens_max=500)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with serving() as upstream:
        yield upstream


def terms(model: str = "eu.anthropic.text", **changed: Any) -> Terms:
    return Terms(options={"model": model}, use_case="claims-triage", unit="claims", **changed)


async def answered(provider: BedrockProvider, asked: Terms) -> list[ModelEvent]:
    async with aclosing(provider.stream(REQUEST, asked)) as batches:
        return [event async for batch in batches for event in batch]


def ask(runner: asyncio.Runner, provider: BedrockProvider, *all_terms: Terms) -> list[list[ModelEvent]]:
    """Ask once for each, one after the other, and close."""

    async def run() -> list[list[ModelEvent]]:
        try:
            return [await answered(provider, each) for each in all_terms]
        finally:
            await provider.close()

    return runner.run(run())


def parts(events: list[ModelEvent]) -> Any:
    return gathered([event for event in events if not isinstance(event, Finish)])


def signature_fault(asked: Asked, secret: str, *, service: str = "bedrock") -> str:
    """Check a signature that botocore made by our own reading of the algorithm."""
    found = sigv4.read(asked.headers["authorization"])
    assert found is not None
    assert found.service == service
    signed = sigv4.SignedRequest("POST", asked.path, "", asked.headers, asked.body)
    return sigv4.value_fault(found, signed, secret)


@pytest.mark.parametrize("name", ["text", "tools", "thoughts"])
def test_an_answer_is_the_same_whole_and_streamed(
    runner: asyncio.Runner, upstream: Upstream, name: str
) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")
    model = f"eu.anthropic.{name}"
    whole, streamed = ask(runner, provider, terms(model, whole=True), terms(model))
    assert whole[-1] == streamed[-1]
    assert isinstance(whole[-1], Finish)
    assert whole[-1].served_model == model
    assert parts(whole) == parts(streamed)
    assert [each.path for each in upstream.asked] == [
        f"/model/{model}/converse",
        f"/model/{model}/converse-stream",
    ]


def test_an_api_key_is_sent_as_it_is(runner: asyncio.Runner, upstream: Upstream) -> None:
    ask(runner, BedrockProvider(upstream.address, region=REGION, api_key="a-key"), terms())
    assert upstream.asked[0].headers["authorization"] == "Bearer a-key"


def test_a_call_is_signed_with_the_keys_that_were_set(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, credentials=SetKeys("AKIA1:a/secret+="))
    ask(runner, provider, terms("arn:aws:bedrock:eu-central-1:1:inference-profile/eu.text"))
    [asked] = upstream.asked
    assert asked.path.startswith(
        "/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Feu.text/"
    )
    assert "Credential=AKIA1/" in asked.headers["authorization"]
    assert signature_fault(asked, "a/secret+=") == ""
    assert signature_fault(asked, "another") != ""


def test_a_session_token_goes_along_signed(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, credentials=SetKeys("AKIA1:secret:a+token"))
    ask(runner, provider, terms())
    assert upstream.asked[0].headers["x-amz-security-token"] == "a+token"
    assert "x-amz-security-token" in upstream.asked[0].headers["authorization"]
    assert signature_fault(upstream.asked[0], "secret") == ""


def test_credentials_are_found_where_aws_looks_for_them(
    runner: asyncio.Runner, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from-the-environment")
    provider = BedrockProvider(upstream.address, region=REGION, credentials=DefaultChain())
    ask(runner, provider, terms(), terms())
    assert [signature_fault(each, "from-the-environment") for each in upstream.asked] == ["", ""]


def test_without_credentials_a_call_is_refused_with_advice(
    runner: asyncio.Runner, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    provider = BedrockProvider(upstream.address, region=REGION, credentials=DefaultChain())
    with pytest.raises(ProviderRefused, match="no credentials for AWS") as raised:
        ask(runner, provider, terms())
    assert raised.value.code == "provider-key-refused"
    assert upstream.asked == []


class Times:
    """An instant that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


def with_role(upstream: Upstream, times: Times | None = None, base: str = "AKIA1:secret") -> BedrockProvider:
    role = AssumedRole(
        SetKeys(base), role=ROLE, region=REGION, sts_url=upstream.address, now=(times or Times()).now
    )
    return BedrockProvider(upstream.address, region=REGION, credentials=role)


def test_a_role_is_assumed_once_for_each_use_case_with_its_tags(
    runner: asyncio.Runner, upstream: Upstream
) -> None:
    other = Terms(options={"model": "eu.anthropic.text"}, use_case="letters", unit="service")
    ask(runner, with_role(upstream), terms(), terms(), other, terms())
    assert [tags_of(each) for each in upstream.assumed] == [
        {"remit:use-case": "claims-triage", "remit:unit": "claims"},
        {"remit:use-case": "letters", "remit:unit": "service"},
    ]
    assert [each.headers["x-amz-security-token"] for each in upstream.asked] == [
        "token+1/==",
        "token+1/==",
        "token+2/==",
        "token+1/==",
    ]
    assert [signature_fault(each, "secret", service="sts") for each in upstream.assumed] == ["", ""]
    assert signature_fault(upstream.asked[2], "secret-2") == ""
    assert b"RoleSessionName=remit-claims-triage" in upstream.assumed[0].body


def test_many_calls_at_once_wait_for_one_role(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = with_role(upstream)
    upstream.held.clear()

    async def run() -> list[list[ModelEvent]]:
        calls = [asyncio.create_task(answered(provider, terms())) for _ in range(5)]
        await asyncio.to_thread(upstream.reached.wait, 10)
        # One who gives up must not take the others with it.
        calls[0].cancel()
        upstream.held.set()
        rest = await asyncio.gather(*calls[1:])
        await provider.close()
        return rest

    assert len(runner.run(run())) == 4
    assert len(upstream.assumed) == 1


def test_a_role_is_assumed_again_before_it_ends(runner: asyncio.Runner, upstream: Upstream) -> None:
    times = Times()
    upstream.until = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    provider = with_role(upstream, times)

    async def run() -> list[int]:
        counts = []
        for minutes in (0, 54, 56):
            times.at = NOW + timedelta(minutes=minutes)
            await answered(provider, terms())
            counts.append(len(upstream.assumed))
        await provider.close()
        return counts

    assert runner.run(run()) == [1, 1, 2]


def test_a_role_that_may_not_be_assumed_is_said_and_tried_again(
    runner: asyncio.Runner, upstream: Upstream
) -> None:
    provider = with_role(upstream)
    upstream.refuse_roles = True

    async def run() -> None:
        with pytest.raises(ProviderRefused, match="AccessDenied") as raised:
            await answered(provider, terms())
        assert raised.value.code == "provider-key-refused"
        upstream.refuse_roles = False
        await answered(provider, terms())
        await provider.close()

    runner.run(run())
    assert len(upstream.asked) == 1


def test_credentials_that_cannot_be_read_are_a_fault(runner: asyncio.Runner, upstream: Upstream) -> None:
    upstream.until = ""
    with pytest.raises(ProviderFailed, match="credentials"):
        ask(runner, with_role(upstream), terms())


def test_a_fault_of_who_gives_credentials_is_no_work_of_the_model(
    runner: asyncio.Runner, upstream: Upstream
) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<Assume")
        await writer.drain()
        writer.close()

    async def run() -> ProviderError:
        server = await asyncio.start_server(cut, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        role = AssumedRole(
            SetKeys("AKIA1:secret"), role=ROLE, region=REGION, sts_url=address, now=Times().now
        )
        provider = BedrockProvider(upstream.address, region=REGION, credentials=role)
        with pytest.raises(ProviderBrokeOff) as told:
            await answered(provider, terms())
        await provider.close()
        server.close()
        await server.wait_closed()
        return told.value

    assert not runner.run(run()).worked
    assert upstream.asked == []


def test_an_api_key_alone_assumes_no_role(runner: asyncio.Runner, upstream: Upstream) -> None:
    with pytest.raises(ProviderRefused, match="no access key") as raised:
        ask(runner, with_role(upstream, base="an-api-key"), terms())
    assert "ACCESS_KEY_ID:SECRET" in raised.value.help
    assert upstream.assumed == []


@pytest.mark.parametrize(
    ("name", "error", "code"),
    [
        ("busy", ProviderBusy, "provider-busy"),
        ("slow", ProviderFailed, "provider-timeout"),
        ("broken", ProviderFailed, "provider-failed"),
        ("denied", ProviderRefused, "provider-key-refused"),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
def test_refusals_of_the_service_are_ours(
    runner: asyncio.Runner, upstream: Upstream, name: str, error: type[ProviderError], code: str, whole: bool
) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")
    with pytest.raises(error) as raised:
        ask(runner, provider, terms(f"a.{name}", whole=whole))
    assert raised.value.code == code
    assert "said by the service" not in str(raised.value)


def test_a_stream_that_breaks_off_is_a_fault(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")
    with pytest.raises(ProviderFailed, match="modelStreamErrorException"):
        ask(runner, provider, terms("a.cut"))


def test_a_closed_provider_is_asked_no_more(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")
    ask(runner, provider)
    with pytest.raises(ProviderFailed, match="closed"):
        ask(runner, provider, terms())


def test_a_count_is_the_services_own(runner: asyncio.Runner, upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")

    async def run() -> list[int | None]:
        counts = [await provider.count(REQUEST, terms(f"a.{name}")) for name in ("text", "uncounted")]
        with pytest.raises(ProviderBusy):
            await provider.count(REQUEST, terms("a.busy"))
        await provider.close()
        return counts

    assert runner.run(run()) == [12, None]
    assert upstream.asked[0].path == "/model/a.text/count-tokens"


def test_texts_to_embed_are_refused_by_name(upstream: Upstream) -> None:
    provider = BedrockProvider(upstream.address, region=REGION, api_key="a-key")
    assert provider.refuses(EmbedRequest("model/a", ("b",)), options={}) == "texts to embed"
    assert provider.refuses(REQUEST, options={}) == ""


def test_the_address_follows_the_region() -> None:
    assert service_url("sts", "eu-central-1") == "https://sts.eu-central-1.amazonaws.com"
    assert service_url("bedrock-runtime", "cn-north-1").endswith(".amazonaws.com.cn")
