"""An issuer of tokens in the tests' own process: its keys, the tokens it signs, and where it publishes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from threaded import threaded

URL, AUDIENCE = "https://sign-in.example.com/", "remit"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@cache
def private_key(kid: str) -> Private:
    """Make a key once; the first letter of its id says of which kind."""
    if kid[0] == "r":
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if kid[0] == "w":
        return rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return ed25519.Ed25519PrivateKey.generate() if kid[0] == "o" else ec.generate_private_key(ec.SECP256R1())


ALGORITHMS = {"r": "RS256", "w": "RS256", "e": "ES256", "o": "EdDSA"}


def public_key(kid: str) -> dict[str, Any]:
    """Write the public half as a JSON Web Key."""
    public: Any = private_key(kid).public_key()
    algorithm: Any = {"r": RSAAlgorithm, "w": RSAAlgorithm, "e": ECAlgorithm, "o": OKPAlgorithm}[kid[0]]
    return {**algorithm.to_jwk(public, as_dict=True), "kid": kid, "use": "sig"}


def key_set(*kids: str) -> str:
    return json.dumps({"keys": [public_key(kid) for kid in kids]})


def token(now_s: float, *, kid: str = "e1", head: dict[str, Any] | None = None, **claims: Any) -> str:
    """Sign what is claimed, in the issuer's name unless it says otherwise; None leaves a claim out."""
    said = {
        "iss": URL,
        "aud": AUDIENCE,
        "sub": "a.person@example.com",
        "exp": int(now_s) + 600,
        "azp": "claims-service",
    } | claims
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(
        said, private_key(kid), algorithm=ALGORITHMS[kid[0]], headers={"kid": kid, **(head or {})}
    )


@dataclass
class Published:
    """What the issuer publishes now, and how often somebody has asked."""

    address: str = ""
    body: bytes = b""
    status: int = 200
    asked: list[str] = field(default_factory=list)


@contextmanager
def publishing(*kids: str) -> Iterator[Published]:
    """Publish keys on this machine until the block is left."""
    published = Published(body=key_set(*kids).encode())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            published.asked.append(self.path)
            # Taken at once: a test may change both while this is being written.
            status, body = published.status, published.body
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as published.address:
        yield published
