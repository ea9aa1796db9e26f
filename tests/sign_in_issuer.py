"""An issuer for persons in the tests' own process: it lets in whom it is told to, and takes codes once."""

from __future__ import annotations

import hashlib
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from threaded import threaded
from token_issuer import key_set, token

CLIENT, SECRET = "portal", "a-secret/of:the+portal"


@dataclass
class PersonIssuer:
    """Who is let in next, by what is claimed of them, and what was asked."""

    address: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each code was given for."""
    exchanged: list[str] = field(default_factory=list)

    def declaration(self, portal: str) -> str:
        return f"""
issuers:
  house:
    technology: oidc
    url: {self.address}
    keys_url: {self.address}/keys
    sign_in:
      client_id: {CLIENT}
      portal_url: {portal}
      authorize_url: {self.address}/authorize
      token_url: {self.address}/token
      domains: [guests.example.com]
"""

    def authorize(self, query: dict[str, str]) -> str:
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def exchange(self, fields: dict[str, str], authorization: str) -> dict[str, str] | None:
        asked = self.asked.pop(fields["code"], None)
        verified = hashlib.sha256(fields["code_verifier"].encode()).digest()
        client = b64decode(authorization.removeprefix("Basic ")).decode()
        if (
            asked is None
            or asked["redirect_uri"] != fields["redirect_uri"]
            or urlsafe_b64encode(verified).rstrip(b"=").decode() != asked["code_challenge"]
            or client != f"{CLIENT}:a-secret%2Fof%3Athe%2Bportal"
        ):
            return None
        self.exchanged.append(fields["code"])
        said = {"iss": self.address, "aud": CLIENT, "nonce": asked["nonce"], "azp": None} | self.claims
        return {"id_token": token(time.time(), **said)}


@contextmanager
def issuing() -> Iterator[PersonIssuer]:
    """Let persons in on this machine until the block is left."""
    issuer = PersonIssuer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/keys":
                self._answer(200, key_set("e1").encode())
                return
            self.send_response(302)
            self.send_header("Location", issuer.authorize(dict(parse_qsl(parts.query))))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            found = issuer.exchange(dict(parse_qsl(body)), self.headers.get("Authorization", ""))
            self._answer(200 if found else 400, json.dumps(found or {"error": "invalid_grant"}).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None: ...

    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as issuer.address:
        yield issuer
