"""Servers with the same few tools, whichever way they are asked: what the contract of tools is tried on.

Run as a program with the directory of the world that the tools act on, it is the HTTP API, and says its port
on the first line. `tool_server_mcp.py` has the same tools by the official SDK.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit


class World:
    """What the tools act on: a line for each deed, with the claim that it was done under."""

    def __init__(self, root: Path) -> None:
        self._deeds = root / "deeds"

    def do(self, deed: str, claim: str) -> None:
        with self._deeds.open("a") as file:
            file.write(f"{claim} {deed}\n")

    def deeds(self) -> list[str]:
        return self._deeds.read_text().splitlines() if self._deeds.exists() else []

    def has(self, claim: str) -> bool:
        return any(line.split()[0] == claim for line in self.deeds())


def act(world: World, tool: str, arguments: dict[str, Any], claim: str) -> Any:
    """Do what a tool of any of the servers does; a ValueError says that it was not done."""
    if tool == "look_up":
        return {"number": arguments["number"], "payee": "acc-7"}
    if tool == "pay":
        if arguments["amount"] > 1000:
            raise ValueError("more than one payment may be")
        if not world.has(claim):
            world.do(f"pay {arguments['payee']} {arguments['amount']}", claim)
        return {"paid": arguments["amount"]}
    if tool == "slow":
        time.sleep(arguments["seconds"])
        return {"slept": arguments["seconds"]}
    if tool == "big":
        return "x" * arguments["size"]
    if tool == "die":
        world.do("die", claim)
        os._exit(3)
    assert tool == "claim_outcome"
    return {"done": world.has(arguments["claim"])}


def _operation(id: str, properties: dict[str, Any], said: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": sorted(properties)}
    content = {"application/json": {"schema": schema}}
    return {"operationId": id, "summary": said, "requestBody": {"required": True, "content": content}}


def _query(id: str, name: str, place: str, said: str) -> dict[str, Any]:
    parameter = {"name": name, "in": place, "required": True, "schema": {"$ref": "#/components/schemas/Name"}}
    return {"operationId": id, "summary": said, "parameters": [parameter]}


NUMBER = {"type": "number"}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Tools", "version": "1"},
    "servers": [{"url": "/v1"}],
    "components": {"schemas": {"Name": {"type": "string"}}},
    "paths": {
        "/claims/{number}": {"get": _query("look_up", "number", "path", "Look up a claim by its number.")},
        "/pay": {
            "post": _operation("pay", {"payee": {"type": "string"}, "amount": NUMBER}, "Pay an amount.")
        },
        "/slow": {"post": _operation("slow", {"seconds": NUMBER}, "Take a while.")},
        "/big": {"post": _operation("big", {"size": {"type": "integer"}}, "Say a lot.")},
        "/die": {"post": _operation("die", {}, "End in the middle.")},
        "/whoami": {"post": _operation("whoami", {}, "Say which credential came.")},
        "/away": {"post": _operation("away", {}, "Lead somewhere else.")},
        "/outcome": {"get": _query("claim_outcome", "claim", "query", "Say what came of a claim.")},
    },
}


class Api(BaseHTTPRequestHandler):
    """The same tools as an HTTP API."""

    protocol_version = "HTTP/1.1"
    world: ClassVar[World]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/openapi.json":
            self._send(200, DOCUMENT)
        elif parts.path == "/v1/outcome":
            self._act("claim_outcome", {"claim": parse_qs(parts.query)["claim"][0]})
        elif parts.path.startswith("/v1/claims/"):
            self._act("look_up", {"number": parts.path.rpartition("/")[2]})
        else:
            self._send(404, {"detail": "there is no such thing"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        tool = self.path.rpartition("/")[2]
        if tool == "whoami":
            credential = self.headers.get("authorization") or self.headers.get("x-tool-key") or ""
            self._send(200, {"credential": credential, "at": self.client_address[1], "seen": []})
        elif tool == "away":
            self.send_response(307)
            self.send_header("location", "http://127.0.0.1:9/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()
        elif tool == "token":
            grant = {"access_token": "made-" + self.headers["authorization"][-4:], "expires_in": 3600}
            self._send(200, grant)
        else:
            self._act(tool, json.loads(body or b"{}"))

    def _act(self, tool: str, arguments: dict[str, Any]) -> None:
        try:
            self._send(200, act(self.world, tool, arguments, self.headers.get("idempotency-key", "")))
        except ValueError as error:
            self._send(422, {"detail": str(error)})

    def _send(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        return


def main(root: str) -> None:
    Api.world = World(Path(root))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
