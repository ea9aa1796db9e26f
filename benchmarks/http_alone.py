"""What the gateway's HTTP server and client cost for each request, in processor time, with nothing around.

`answer` is the server alone; `pass on` is the server and the client, to an upstream that answers at once.
The load client and the upstream are compiled. Other work on the machine costs time, not processor time, so
this is counted, and the least of some rounds stands.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys

import uvloop

from compiled import Target, body, loaded, loading, provider
from exchange import QUESTION, WHOLE
from host import Cores, cpu_ns, line_of, process, python
from remit.adapters.http_client import HttpClient, Timeouts
from remit.gateway.http import Reply, Request, Server

_JSON = [("content-type", "application/json"), ("x-remit-call", "0" * 26)]
_BODY = b'{"object":"chat.completion","choices":[{"message":{"content":"%s"}}]}' % (b" hail" * 180)
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer none"}
_SDK_HEADERS = (
    "Authorization: Bearer none",
    "Accept-Encoding: gzip, deflate",
    "X-Stainless-Lang: python",
    "X-Stainless-Package-Version: 2.8.0",
    "X-Stainless-OS: Linux",
    "X-Stainless-Arch: x64",
    "X-Stainless-Runtime: CPython",
    "X-Stainless-Runtime-Version: 3.11.7",
    "X-Stainless-Async: false",
    "X-Stainless-Retry-Count: 0",
    "X-Stainless-Read-Timeout: 600",
)
_ROUNDS = 5
_REQUESTS = 20_000


async def _serve(upstream: int) -> None:
    client = HttpClient(f"http://127.0.0.1:{upstream}/v1")

    async def handle(request: Request, reply: Reply) -> None:
        if request.path == "/answer":
            reply.send(200, _JSON, _BODY)
            return
        response = await client.post("/chat/completions", _HEADERS, request.body, timeouts=Timeouts())
        try:
            body = await response.read(bytes_max=1 << 20)
        finally:
            response.close()
        reply.send(200, _JSON, body)

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    server = Server(handle, reject=lambda status, code, summary, help: b"")
    accepting = await loop.create_server(server.connect, "127.0.0.1", 0)
    server.start()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(accepting.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    accepting.close()
    client.close()
    await server.close(drain_s=1.0)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    cores = Cores.here()
    asked = body(WHOLE, question=QUESTION, tokens=20)
    with (
        provider(core=cores.other) as (_, upstream),
        process(
            python(__file__, "--serve", str(upstream)), core=cores.measured, environment=os.environ
        ) as running,
    ):
        port = int(line_of(running))
        for name, path in (("answer", "/answer"), ("pass on", "/pass-on")):
            target = Target(port=port, path=path, headers=_SDK_HEADERS, model=WHOLE)
            for connections in (1, 32):
                least = min(_us(running.pid, target, asked, connections, cores) for _ in range(_ROUNDS))
                print(f"{name:8} {connections:3} connections {least:6.1f} µs a request")


def _us(pid: int, target: Target, asked: dict[str, object], connections: int, cores: Cores) -> float:
    """Load a server once; returns its microseconds for each request."""
    before = cpu_ns(pid)
    options = ("-n", str(_REQUESTS))
    with loading(
        target, asked, core=cores.other, connections=connections, seconds=60, options=options
    ) as client:
        found = loaded(client)
    assert not found.broken, found
    assert not found.refused, found
    return (cpu_ns(pid) - before) / found.ok / 1000


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        uvloop.run(_serve(int(sys.argv[2])))
    else:
        main()
