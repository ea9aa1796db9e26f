"""What every adapter for tokens promises: only what the issuer signed, for us, in the way of its key."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from remit.adapters.identity_oidc import OidcTokens
from remit.declare.issuer import Issuer
from remit.kernel.errors import RemitError
from strategies import MOMENT
from token_issuer import AUDIENCE, URL, key_set, private_key, public_key, publishing, token

AT = MOMENT.timestamp()


def issuer(**where: str) -> Issuer:
    rules: Any = [{"claims": {"azp": "x"}, "use_case": "pilot"}]
    return Issuer.model_validate(
        {"technology": "oidc", "url": URL, "audience": AUDIENCE, "rules": rules, **where}
    )


def claimed(text: str, *kids: str) -> Mapping[str, Any] | str:
    async def ask() -> Mapping[str, Any] | str:
        tokens = OidcTokens(issuer(keys=key_set(*kids)))
        try:
            return await tokens.claims(text, now=MOMENT)
        finally:
            await tokens.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("kid", ["r1", "e1", "o1"])
def test_a_token_that_the_issuer_signed_for_us_says_what_it_claims(kid: str) -> None:
    found = claimed(token(AT, kid=kid, groups=["a"]), "r1", "e1", "o1")
    assert isinstance(found, Mapping)
    assert (found["sub"], found["groups"]) == ("a.person@example.com", ["a"])
    assert isinstance(claimed(token(AT, kid=kid, aud=["other", AUDIENCE]), "r1", "e1", "o1"), Mapping)


def unsigned(**head: Any) -> str:
    _, payload, signature = token(AT).split(".")
    part = urlsafe_b64encode(json.dumps({"kid": "e1", **head}).encode()).decode().rstrip("=")
    return f"{part}.{payload}.{'' if head.get('alg') == 'none' else signature}"


def shared(secret: bytes, kid: str) -> str:
    """Sign with a secret that both would have; by hand, because no library does it with a public key."""
    claims = {"iss": URL, "aud": AUDIENCE, "sub": "x", "exp": int(AT) + 600}
    parts = [
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)
    ]
    signed = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, urlsafe_b64encode(signed).rstrip(b"=")]).decode()


def with_public_key_as_secret() -> str:
    public: Any = private_key("r1").public_key()
    return shared(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "r1")


def with_short_key() -> str:
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        return token(AT, kid="w1")


def tampered() -> str:
    head, payload, signature = token(AT).split(".")
    return f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "no algorithm at all": lambda: unsigned(alg="none"),
    "no algorithm, in another spelling": lambda: unsigned(alg="nOnE"),
    "the public key as a shared secret": with_public_key_as_secret,
    "another algorithm than that of the key": lambda: unsigned(alg="RS256"),
    "a key of somebody else under the issuer's id": lambda: token(AT, kid="e9", head={"kid": "e1"}),
    "a key that the issuer does not have": lambda: token(AT, kid="e9"),
    "no key named among several": lambda: token(AT, head={"kid": ""}),
    "a changed claim": tampered,
    "a signature cut off": lambda: token(AT).rpartition(".")[0] + ".",
    "another audience": lambda: token(AT, aud="another"),
    "another audience in a list": lambda: token(AT, aud=["another"]),
    "no audience": lambda: token(AT, aud=None),
    "another issuer": lambda: token(AT, iss="https://elsewhere.example.com/"),
    "no subject": lambda: token(AT, sub=None),
    "a subject that is no text": lambda: token(AT, sub=7),
    "no end": lambda: token(AT, exp=None),
    "an extension that must be understood": lambda: token(AT, head={"crit": ["x"], "x": 1}),
    "a key that is too short": with_short_key,
    "nothing that can be read": lambda: "eyJ.eyJ.x",
}


@pytest.mark.parametrize("what", FORGED)
def test_no_other_token_is_taken_and_none_is_quoted(what: str) -> None:
    text = FORGED[what]()
    wrong = claimed(text, "e1", "r1", "w1")
    assert isinstance(wrong, str), f"{what} was taken"
    assert wrong
    assert not any(part and part in wrong for part in text.split("."))


def test_keys_that_cannot_check_a_signature_are_left_out() -> None:
    secret = b"secret-secret-secret-secret-secret"
    octets = {"kty": "oct", "k": urlsafe_b64encode(secret).decode().rstrip("="), "kid": "s1"}
    encrypting = {**public_key("e1"), "use": "enc"}
    text = shared(secret, "s1")
    with publishing() as published:
        published.body = json.dumps(
            {"keys": [octets, encrypting, {"kty": "RSA"}, 7, public_key("r1")]}
        ).encode()

        async def ask() -> list[Any]:
            tokens = OidcTokens(issuer(keys_url=f"{published.address}/keys"))
            try:
                return [
                    await tokens.claims(each, now=MOMENT) for each in (text, token(AT), token(AT, kid="r1"))
                ]
            finally:
                await tokens.close()

        of_secret, of_encrypting, sound = asyncio.run(ask())
    assert isinstance(of_secret, str)
    assert isinstance(of_encrypting, str)
    assert isinstance(sound, Mapping)


def test_published_keys_are_fetched_once_and_anew_for_an_unknown_one_at_most_once_a_minute() -> None:
    with publishing("e1") as published:

        async def ask() -> None:
            tokens = OidcTokens(issuer(keys_url=f"{published.address}/keys?tenant=1"))
            later = MOMENT + timedelta(seconds=30)
            found = await asyncio.gather(*(tokens.claims(token(AT), now=MOMENT) for _ in range(5)))
            assert all(isinstance(each, Mapping) for each in found)
            assert published.asked == ["/keys?tenant=1"]
            published.body = key_set("e2").encode()
            assert isinstance(await tokens.claims(token(AT, kid="e2"), now=later), str)
            assert len(published.asked) == 1
            later = MOMENT + timedelta(seconds=60)
            assert isinstance(await tokens.claims(token(AT, kid="e2"), now=later), Mapping)
            # A key that the issuer took back is not believed any more.
            assert isinstance(await tokens.claims(token(AT), now=later), str)
            assert len(published.asked) == 2
            await tokens.close()

        asyncio.run(ask())


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (302, b""), (200, b"no keys"), (200, b'{"keys": []}'), (200, b" " * 300_000)],
)
def test_an_issuer_that_is_away_lets_nobody_in_but_those_whose_keys_are_known(
    status: int, body: bytes
) -> None:
    with publishing("e1") as published:

        async def ask() -> None:
            tokens = OidcTokens(issuer(keys_url=published.address))
            sound, published.status, published.body = published.body, status, body
            for seconds in (0, 30, 61):
                with pytest.raises(RemitError) as away:
                    await tokens.claims(token(AT), now=MOMENT + timedelta(seconds=seconds))
                assert away.value.code == "identity-unavailable"
            assert len(published.asked) == 2
            published.status, published.body = 200, sound
            now = MOMENT + timedelta(seconds=130)
            assert isinstance(await tokens.claims(token(AT), now=now), Mapping)
            published.status, published.body = status, body
            assert isinstance(await tokens.claims(token(AT), now=now + timedelta(hours=2)), Mapping)
            with pytest.raises(RemitError):
                await tokens.claims(token(AT), now=now + timedelta(hours=25))
            await tokens.close()

        asyncio.run(ask())


def test_a_server_that_is_not_there_is_a_fault_that_may_pass() -> None:
    async def ask() -> None:
        async with aclosing(_Closing(OidcTokens(issuer(keys_url="http://127.0.0.1:9/")))) as each:
            with pytest.raises(RemitError, match="cannot be fetched"):
                await each.tokens.claims(token(AT), now=MOMENT)

    asyncio.run(ask())


class _Closing:
    def __init__(self, tokens: OidcTokens) -> None:
        self.tokens = tokens

    async def aclose(self) -> None:
        await self.tokens.close()


def test_the_tests_own_keys_are_of_the_kinds_that_they_say() -> None:
    assert private_key("r1") is private_key("r1")
    assert {public_key(kid)["kty"] for kid in ("r1", "e1", "o1")} == {"RSA", "EC", "OKP"}
