"""The tools of `tool_servers.py` as an MCP server, by the official SDK.

Run as a program: `stdio`, `http` or `http-json`, and the directory of the world. Those that listen say their
port on the first line.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from tool_servers import World, act


def mcp_server(world: World) -> MCPServer:
    server = MCPServer("tools")

    def claim_of(context: Context) -> str:
        meta = context.request_context.meta or {}
        return str(dict(meta).get("remit/claim", ""))

    @server.tool()
    def look_up(number: str) -> dict[str, Any]:
        """Look up a claim by its number."""
        return dict(act(world, "look_up", {"number": number}, ""))

    @server.tool()
    def pay(payee: str, amount: float, ctx: Context) -> dict[str, Any]:
        """Pay an amount to a payee."""
        try:
            return dict(act(world, "pay", {"payee": payee, "amount": amount}, claim_of(ctx)))
        except ValueError as error:
            raise ToolError(str(error)) from None

    @server.tool()
    def slow(seconds: float) -> dict[str, Any]:
        """Take a while."""
        return dict(act(world, "slow", {"seconds": seconds}, ""))

    @server.tool()
    def big(size: int) -> str:
        """Say a lot."""
        return str(act(world, "big", {"size": size}, ""))

    @server.tool()
    def die(ctx: Context) -> str:
        """End in the middle."""
        return str(act(world, "die", {}, claim_of(ctx)))

    @server.tool()
    def whoami(ctx: Context) -> dict[str, Any]:
        """Say which credential came, and to which conversation."""
        request = getattr(ctx.request_context, "request", None)
        headers = dict(request.headers) if request is not None else {}
        credential = (
            headers.get("authorization") or headers.get("x-tool-key") or os.environ.get("TOOL_KEY", "")
        )
        strange = sorted(name for name in os.environ if name.startswith("REMIT_"))
        return {"credential": credential, "at": headers.get("mcp-session-id", os.getpid()), "seen": strange}

    @server.tool()
    def claim_outcome(claim: str) -> dict[str, Any]:
        """Say what came of a claim."""
        return dict(act(world, "claim_outcome", {"claim": claim}, ""))

    return server


def main(kind: str, root: str) -> None:
    server = mcp_server(World(Path(root)))
    if kind == "stdio":
        server.run("stdio")
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    app = server.streamable_http_app(json_response=kind == "http-json")
    uvicorn.Server(uvicorn.Config(app, log_level="critical")).run([listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
