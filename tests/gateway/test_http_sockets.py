"""The server on real sockets: hang-ups, refusals while somebody still sends, and an orderly end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest
import uvloop

from http_pipe import echo, reject
from remit.gateway.http import Handle, Reply, Request, Server
from remit.gateway.http_request import Limits

GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a\r\n"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def serving(
    handle: Handle = echo, *, limits: Limits | None = None
) -> AsyncIterator[tuple[Server, Callable[[], Coroutine[None, None, Streams]]]]:
    """Serve on a port of this machine; gives out the server and how to connect to it."""
    server = Server(handle, reject=reject, limits=limits)
    loop = asyncio.get_running_loop()
    accepting = await loop.create_server(server.connect, "127.0.0.1", 0)
    server.start()
    port = accepting.sockets[0].getsockname()[1]
    opened: list[asyncio.StreamWriter] = []

    async def connect() -> Streams:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        opened.append(writer)
        return reader, writer

    try:
        yield server, connect
    finally:
        accepting.close()
        await server.close(drain_s=0.0)
        for writer in opened:
            writer.close()


async def emptied(server: Server) -> None:
    """Wait until the server has noticed that everybody left."""
    async with asyncio.timeout(10):
        while server.connections:
            await asyncio.sleep(0)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[None, None, None]], None]:
    def run(main: Coroutine[None, None, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(main)

    return run


Run = Callable[[Coroutine[None, None, None]], None]


def test_who_is_refused_while_sending_still_reads_why(run: Run) -> None:
    async def main() -> None:
        async with serving(limits=Limits(body_bytes=1000)) as (server, connect):
            reader, writer = await connect()
            writer.write(POST + b"Content-Length: 8000000\r\n\r\n")
            for _ in range(8):
                writer.write(b"a" * 1_000_000)
                await writer.drain()
            answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 413 ")
            assert answer.endswith(b"body-too-large")
            writer.close()
            await emptied(server)

    run(main())


def test_a_hundred_hang_ups_in_the_middle_of_a_body_leave_nothing_behind(run: Run) -> None:
    async def main() -> None:
        async with serving() as (server, connect):
            for _ in range(100):
                _, writer = await connect()
                writer.write(POST + b"Content-Length: 100\r\n\r\nhalf")
                await writer.drain()
                writer.transport.abort()
            reader, writer = await connect()
            writer.write(GET[:-2] + b"Connection: close\r\n\r\n")
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
            await emptied(server)
            assert server.room.used == 0

    run(main())


def test_who_leaves_during_an_answer_is_noticed_and_the_call_may_go_on(run: Run) -> None:
    async def main() -> None:
        gone, done = asyncio.Event(), asyncio.Event()

        async def long(request: Request, reply: Reply) -> None:
            reply.on_gone = lambda end_in: gone.set()
            reply.start(200, [])
            reply.write(b"first")
            await gone.wait()
            reply.write(b"nobody reads this")
            reply.end()
            done.set()

        async with serving(long) as (server, connect):
            reader, writer = await connect()
            writer.write(GET)
            await reader.readuntil(b"first")
            writer.transport.abort()
            async with asyncio.timeout(10):
                await done.wait()
            await emptied(server)

    run(main())


def test_an_answer_to_version_1_0_that_breaks_off_does_not_end_like_a_whole_one(run: Run) -> None:
    async def main() -> None:
        async def short(request: Request, reply: Reply) -> None:
            reply.start(200, [])
            reply.write(b"half")
            await asyncio.sleep(0)

        async with serving(short) as (_, connect):
            reader, writer = await connect()
            writer.write(b"GET /x HTTP/1.0\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                await reader.read()

    run(main())


def test_the_server_ends_after_the_answers_under_way_and_the_requests_on_their_way(run: Run) -> None:
    async def main() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(request: Request, reply: Reply) -> None:
            reply.start(200, [])
            reply.write(b"begun")
            begun.set()
            await go_on.wait()
            reply.write(b"ended")
            reply.end()

        async with serving(slow) as (server, connect):
            idle = await connect()
            reader, writer = await connect()
            writer.write(GET)
            async with asyncio.timeout(10):
                await begun.wait()
            late_reader, late_writer = await connect()
            late_writer.write(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            await late_reader.readuntil(b"100 Continue\r\n\r\n")
            ending = asyncio.create_task(server.close(drain_s=10.0))
            assert await idle[0].read() == b""
            late_writer.write(b"{}")
            await late_reader.readuntil(b"begun")
            go_on.set()
            for each in (reader, late_reader):
                assert (await each.read()).endswith(b"ended\r\n0\r\n\r\n")
            await ending
            assert not server.connections

    run(main())


def test_what_does_not_end_in_time_is_cut(run: Run) -> None:
    async def main() -> None:
        ended: list[str] = []

        async def hanging(request: Request, reply: Reply) -> None:
            reply.start(200, [])
            reply.write(b"begun")
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        async with serving(hanging) as (server, connect):
            reader, writer = await connect()
            writer.write(GET)
            await reader.readuntil(b"begun")
            await server.close(drain_s=0.0)
            assert ended == ["cancelled"]
            assert not (await reader.read()).endswith(b"0\r\n\r\n")

    run(main())


def test_who_reads_nothing_stops_the_answer_and_not_the_others(run: Run) -> None:
    async def main() -> None:
        paused = asyncio.Event()

        async def endless(request: Request, reply: Reply) -> None:
            reply.start(200, [])
            while not reply.gone:
                reply.write(b"a" * 100_000)
                draining = asyncio.ensure_future(reply.drain())
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                if not draining.done():
                    paused.set()
                await draining

        async with serving(endless) as (server, connect):
            raw = socket.socket()
            raw.setblocking(False)
            loop = asyncio.get_running_loop()
            _, other = await connect()
            await loop.sock_connect(raw, other.get_extra_info("peername"))
            await loop.sock_sendall(raw, GET)
            async with asyncio.timeout(10):
                await paused.wait()
            server.sweep(loop.time() + 61)
            [left] = [each for each in server.connections if not each.busy]
            assert left.deadline < float("inf")
            while len(server.connections) > 1:
                await asyncio.sleep(0)
            raw.close()

    run(main())
