"""What the gateway's HTTP server and client cost for each request, in processor time, with nothing around.

`answer` is the server alone; `pass on` is the server and the client, to an upstream that answers at once.
The load client and the upstream are compiled programs: `lg` and `mock` in the directory that is named. Other
work on the machine costs time, not processor time, so this is counted, and the least of some rounds stands.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import uvloop

from exchange import KINDS
from host import Cores, cpu_ns, line_of, process
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


def _free_port() -> int:
    with asyncio.Runner() as runner:
        server = runner.run(asyncio.start_server(lambda *_: None, "127.0.0.1", 0))
        port: int = server.sockets[0].getsockname()[1]
        server.close()
    return port


def _us(pid: int, command: list[str]) -> float:
    """Load a server once; returns its microseconds for each request."""
    before = cpu_ns(pid)
    done = subprocess.run(command, check=True, capture_output=True)
    spent = cpu_ns(pid) - before
    found = msgspec.json.decode(done.stdout)
    assert not found["err"], found
    assert not found["status_err"], found
    return float(spent / found["ok"] / 1000)


def main() -> None:
    reads = argparse.ArgumentParser(description=__doc__)
    reads.add_argument("programs", type=Path, help="the directory of `lg` and `mock`")
    programs = reads.parse_args().programs
    cores = Cores.here()
    port = _free_port()
    with tempfile.NamedTemporaryFile() as body:
        body.write(KINDS[0].body)
        body.flush()
        on_other = ["taskset", "-c", str(cores.other)]
        upstream = subprocess.Popen([*on_other, programs / "mock", str(port)])
        try:
            serve = [__file__, "--serve", str(port)]
            with process(serve, core=cores.measured, environment=os.environ) as running:
                load = [*on_other, str(programs / "lg"), "-p", line_of(running), "-b", body.name]
                for header in _SDK_HEADERS:
                    load += ["-H", header]
                load += ["-d", "60", "-n", str(_REQUESTS)]
                for name, path in (("answer", "/answer"), ("pass on", "/pass-on")):
                    for connections in (1, 32):
                        command = [*load, "-u", path, "-c", str(connections)]
                        least = min(_us(running.pid, command) for _ in range(_ROUNDS))
                        print(f"{name:8} {connections:3} connections {least:6.1f} µs a request")
        finally:
            upstream.terminate()
            upstream.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        uvloop.run(_serve(int(sys.argv[2])))
    else:
        main()
