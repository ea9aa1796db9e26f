"""The client against a real server that misbehaves: every fault has a name, and no connection is used again
that anything is left on."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from remit.adapters.http_client import HttpClient, Timeouts
from remit.kernel.errors import ProviderFailed, ProviderRefused

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

Script = Callable[["Exchange"], Awaitable[None]]


class Exchange:
    """One request as the server has read it, and the connection that it came on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.connection = number
        self.head = b""
        self.body = b""

    async def read(self) -> None:
        self.head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(self.head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        self.body = await self.reader.readexactly(length)

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def left(self) -> None:
        """Wait until the client has hung up."""
        try:
            while await self.reader.read(1 << 16):
                pass
        except ConnectionError:
            pass


class Upstream:
    """A server that does what its script says with each request that it has read."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.heads: list[bytes] = []
        self.faults: list[Exception] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self.serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while not writer.is_closing():
                exchange = Exchange(reader, writer, number)
                await exchange.read()
                self.heads.append(exchange.head)
                await self.script(exchange)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        except Exception as fault:  # noqa: BLE001 (shown at the end of the test)
            self.faults.append(fault)
        finally:
            writer.close()


@asynccontextmanager
async def upstream(
    script: Script, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Upstream]:
    made = Upstream(script)
    server = await asyncio.start_server(made.accept, host, 0, ssl=tls)
    shown = f"[{host}]" if ":" in host else host
    made.url = f"{'https' if tls else 'http'}://{shown}:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        for task in made.tasks:
            task.cancel()
        await asyncio.gather(*made.tasks, return_exceptions=True)
    assert made.faults == []


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[None, None, None]], None]:
    def run(main: Coroutine[None, None, None]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(20):
                await main

        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(bounded())

    return run


Run = Callable[[Coroutine[None, None, None]], None]


async def ask(client: HttpClient, *, timeouts: Timeouts | None = None, body: bytes = b"{}") -> bytes:
    """Ask once and read the whole answer."""
    response = await client.post("/chat", {"X-A": "b"}, body, timeouts=timeouts or Timeouts())
    try:
        return await response.read(bytes_max=1 << 20)
    finally:
        response.close()


def in_use(client: HttpClient) -> tuple[int, int]:
    """Count the connections that are open, and those of them that wait for the next call."""
    return len(client._open), len(client._idle)


def always(data: bytes, *, close: bool = False) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.say(data)
        if close:
            exchange.writer.close()

    return script


# ── answers ──


@pytest.mark.parametrize(
    ("data", "close", "body", "kept"),
    [
        (OK, False, b"ok", 1),
        (CHUNKS + b"1\r\no\r\n1;x=y\r\nk\r\n0\r\nTrailer: x\r\n\r\n", False, b"ok", 1),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + OK, False, b"ok", 1),
        (b"HTTP/1.1 204 No Content\r\n\r\n", False, b"", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", False, b"ok", 0),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False, b"ok", 0),
        (b"HTTP/1.1 200 OK\r\n\r\nok", True, b"ok", 0),  # the end of the connection is its end
        (OK + OK, False, b"ok", 0),  # a second answer answers nothing
        (OK + b"nonsense", False, b"ok", 0),
        (b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 150 + b"Content-Length: 2\r\n\r\nok", False, b"ok", 1),
    ],
)
def test_an_answer_is_read_whole_and_its_connection_kept_if_nothing_is_left_on_it(
    data: bytes, close: bool, body: bytes, kept: int, run: Run
) -> None:
    async def main() -> None:
        async with upstream(always(data, close=close)) as server:
            client = HttpClient(server.url)
            assert await ask(client) == body
            assert in_use(client) == (kept, kept)
            assert await ask(client) == body
            assert server.connections == (1 if kept else 2)
            client.close()

    run(main())


CUT = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok",
    CHUNKS + b"5\r\nok",
    CHUNKS + b"2\r\nok\r\n",
)
"""Answers that begin well and whose connection ends before they do."""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        *CUT,
        CHUNKS + b"2\r\nokay\r\n0\r\n\r\n",
        CHUNKS + b"zz\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 30 + OK,
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 300 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 500_000,
        CHUNKS + b"0\r\nX-A: " + b"a" * 500_000,
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"220 mail.example.com ESMTP\r\n",
        b"\x15\x03\x01\x00\x02\x02\x0a",
    ],
)
def test_an_answer_that_is_broken_is_a_fault_and_its_connection_is_closed(data: bytes, run: Run) -> None:
    async def main() -> None:
        async with upstream(always(data, close=True)) as server:
            client = HttpClient(server.url)
            with pytest.raises(ProviderFailed) as caught:
                await ask(client)
            # Where the connection ended, half an answer stands; else the answer itself is wrong.
            assert caught.value.code == ("provider-broke-off" if data in CUT else "provider-failed")
            assert in_use(client) == (0, 0)

    run(main())


def test_the_pieces_before_a_break_are_given_out(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(CHUNKS + b"2\r\nok\r\nzz\r\n")) as server:
            client = HttpClient(server.url)
            response = await client.post("/chat", {}, b"", timeouts=Timeouts())
            pieces = response.pieces(bytes_max=100)
            assert await anext(pieces) == b"ok"
            with pytest.raises(ProviderFailed):
                await anext(pieces)
            response.close()

    run(main())


def test_an_answer_that_ends_with_a_reset_is_not_taken_for_whole(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(b"HTTP/1.1 200 OK\r\n\r\nhalf")
            begun.set()
            await read.wait()
            raw = exchange.writer.get_extra_info("socket")
            raw.setsockopt(1, 13, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # SO_LINGER of no seconds
            exchange.writer.transport.abort()

        begun, read = asyncio.Event(), asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            response = await client.post("/chat", {}, b"", timeouts=Timeouts())
            await begun.wait()
            pieces = response.pieces(bytes_max=100)
            assert await anext(pieces) == b"half"
            read.set()
            with pytest.raises(ProviderFailed):
                await anext(pieces)
            response.close()

    run(main())


def test_more_than_the_limit_is_not_read(run: Run) -> None:
    async def main() -> None:
        data = b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3_000_000
        async with upstream(always(data)) as server:
            client = HttpClient(server.url)
            with pytest.raises(ProviderFailed, match="more than the output limit"):
                await ask(client)
            assert in_use(client) == (0, 0)

    run(main())


def test_a_reader_who_pauses_gets_everything_and_holds_the_server_back(run: Run) -> None:
    async def main() -> None:
        sent = 0

        async def script(exchange: Exchange) -> None:
            nonlocal sent
            await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n")
            for _ in range(64):
                await exchange.say(b"a" * 1_000_000)
                sent += 1

        async with upstream(script) as server:
            client = HttpClient(server.url)
            response = await client.post("/chat", {}, b"", timeouts=Timeouts())
            received = 0
            async for piece in response.pieces(bytes_max=64_000_000):
                if not received:
                    for _ in range(500):
                        await asyncio.sleep(0)
                    assert sent < 60
                received += len(piece)
            response.close()
            assert received == 64_000_000
            client.close()

    run(main())


# ── connections that are used again ──


def test_a_connection_that_the_server_gave_up_is_replaced_once(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            if exchange.connection == 1 and len(server.heads) == 2:
                exchange.writer.transport.abort()
            else:
                await exchange.say(OK)

        async with upstream(script) as server:
            client = HttpClient(server.url)
            assert [await ask(client), await ask(client)] == [b"ok", b"ok"]
            assert (server.connections, len(server.heads)) == (2, 3)
            client.close()

    run(main())


def test_a_request_is_sent_twice_at_most(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            if len(server.heads) <= 3:
                await arrived.wait()
                await exchange.say(OK)
            else:
                exchange.writer.transport.abort()

        arrived = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            three = [asyncio.create_task(ask(client)) for _ in range(3)]
            while len(server.heads) < 3:
                await asyncio.sleep(0)
            arrived.set()
            await asyncio.gather(*three)
            assert in_use(client) == (3, 3)
            with pytest.raises(ProviderFailed):
                await ask(client)
            assert len(server.heads) == 5
            client.close()

    run(main())


def test_a_request_is_not_sent_again_when_its_answer_had_begun(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(OK if len(server.heads) == 1 else b"HTTP/1.1 2")
            if len(server.heads) > 1:
                exchange.writer.close()

        async with upstream(script) as server:
            client = HttpClient(server.url)
            await ask(client)
            with pytest.raises(ProviderFailed) as told:
                await ask(client)
            assert len(server.heads) == 2
            # Who begins to answer has taken the request, and most likely counts it.
            assert told.value.worked

    run(main())


def test_an_idle_connection_that_says_something_is_closed(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(OK)
            await idle.wait()
            await exchange.say(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
            await exchange.left()
            closed.set()

        idle, closed = asyncio.Event(), asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            await ask(client)
            assert in_use(client) == (1, 1)
            idle.set()
            await closed.wait()
            assert in_use(client) == (0, 0)

    run(main())


def test_a_connection_whose_request_was_answered_early_is_not_used_again(run: Run) -> None:
    async def main() -> None:
        async def early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
            await refused.wait()
            writer.close()

        refused = asyncio.Event()
        server = await asyncio.start_server(early, "127.0.0.1", 0, limit=1 << 16)
        client = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        response = await client.post("/chat", {}, b"a" * 30_000_000, timeouts=Timeouts())
        assert (response.status, await response.read(bytes_max=10)) == (413, b"no")
        response.close()
        assert in_use(client) == (0, 0)
        refused.set()
        server.close()

    run(main())


def test_who_leaves_early_hangs_up_and_who_has_heard_the_last_word_does_not(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(CHUNKS + b"6\r\n[DONE]\r\n")
            await go_on.wait()
            await exchange.say(b"0\r\n\r\n")

        go_on = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            for ended, left in ((True, 1), (False, 0)):
                go_on.clear()
                response = await client.post("/chat", {}, b"", timeouts=Timeouts())
                assert await anext(response.pieces(bytes_max=100)) == b"[DONE]"
                response.close(ended=ended)
                response.close()
                assert in_use(client) == (left, 0)
                go_on.set()
                while left and in_use(client) != (1, 1):
                    await asyncio.sleep(0)

    run(main())


def test_a_response_that_was_closed_reads_nothing_of_the_next_call(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            client = HttpClient(server.url)
            first = await client.post("/chat", {}, b"", timeouts=Timeouts())
            await first.read(bytes_max=10)
            first.close()
            second = await client.post("/chat", {}, b"", timeouts=Timeouts())
            first.close()
            assert await first.read(bytes_max=10) == b""
            assert await second.read(bytes_max=10) == b"ok"
            second.close()
            assert in_use(client) == (1, 1)
            client.close()

    run(main())


def test_no_more_connections_are_made_than_allowed(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await go_on.wait()
            await exchange.say(OK)

        go_on = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url, connections_max=3)
            calls = [asyncio.create_task(ask(client)) for _ in range(5)]
            while len(server.heads) < 3:
                await asyncio.sleep(0)
            go_on.set()
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert [each for each in ended if each == b"ok"] == [b"ok"] * 3
            assert {str(each) for each in ended if each != b"ok"} == {
                "the provider has no connection left for this call"
            }
            assert server.connections == 3
            client.close()

    run(main())


# ── leaving ──


@pytest.mark.parametrize("turns", range(0, 40, 2))
def test_a_call_that_is_cancelled_anywhere_leaves_no_half_used_connection(turns: int, run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            for each in (b"HTTP/1.1 200 OK\r\nCont", b"ent-Length: 4\r\n\r\nab", b"cd"):
                await exchange.say(each)
                await asyncio.sleep(0)

        async with upstream(script) as server:
            client = HttpClient(server.url)
            assert await ask(client) == b"abcd"
            for _ in range(3):
                call = asyncio.create_task(ask(client))
                for _ in range(turns):
                    await asyncio.sleep(0)
                call.cancel()
                [ended] = await asyncio.gather(call, return_exceptions=True)
                assert isinstance(ended, asyncio.CancelledError) or ended == b"abcd"
                assert in_use(client) in ((0, 0), (1, 1))
                assert await ask(client) == b"abcd"
            client.close()

    run(main())


def test_closing_the_client_ends_its_calls(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.left()
            left.set()

        left = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            call = asyncio.create_task(ask(client))
            while not server.heads:
                await asyncio.sleep(0)
            client.close()
            with pytest.raises(ProviderFailed):
                await call
            await left.wait()
            with pytest.raises(ProviderFailed):
                await ask(client)
            assert in_use(client) == (0, 0)

    run(main())


def test_closing_the_client_while_it_connects_leaves_nothing_open(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            client = HttpClient(server.url)
            call = asyncio.create_task(ask(client))
            await asyncio.sleep(0)
            client.close()
            with pytest.raises(ProviderFailed):
                await call
            assert in_use(client) == (0, 0)

    run(main())


# ── time ──


@pytest.mark.parametrize(
    ("said", "timeouts"),
    [
        (b"", Timeouts(first_byte=0.03)),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20", Timeouts(first_byte=0.03)),
        (b"", Timeouts(total=0.03)),
        (CHUNKS + b"2\r\nok\r\n", Timeouts(total=0.03)),
        (CHUNKS + b"2\r\nok\r\n", Timeouts(total=0.06, first_byte=0.03)),
    ],
)
def test_a_limit_of_time_is_kept_to(said: bytes, timeouts: Timeouts, run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(said)
            await exchange.left()
            left.set()

        left = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            loop = asyncio.get_running_loop()
            began = loop.time()
            with pytest.raises(ProviderFailed) as caught:
                await ask(client, timeouts=timeouts)
            assert caught.value.code == "provider-timeout"
            due = timeouts.total if b"ok" in said else timeouts.first_byte
            assert loop.time() - began >= due - 0.002
            await left.wait()
            assert in_use(client) == (0, 0)

    run(main())


def test_an_answer_in_time_leaves_no_timer_that_ends_a_later_call(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            if len(server.heads) == 2:
                await passed.wait()
            await exchange.say(OK)

        passed = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            await ask(client, timeouts=Timeouts(total=0.03))
            asyncio.get_running_loop().call_later(0.08, passed.set)
            assert await ask(client) == b"ok"
            assert server.connections == 1
            client.close()

    run(main())


def test_a_response_that_nobody_closes_holds_its_connection_no_longer_than_its_time(run: Run) -> None:
    async def main() -> None:
        async def script(exchange: Exchange) -> None:
            await exchange.say(CHUNKS)
            await exchange.left()
            left.set()

        left = asyncio.Event()
        async with upstream(script) as server:
            client = HttpClient(server.url)
            await client.post("/chat", {}, b"", timeouts=Timeouts(total=0.03))
            await left.wait()
            assert in_use(client) == (0, 0)

    run(main())


def test_a_server_that_does_not_finish_its_handshake_is_left_in_time(run: Run) -> None:
    async def main() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.read(1 << 16):
                pass
            writer.close()
            left.set()

        left = asyncio.Event()
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        client = HttpClient(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        try:
            with pytest.raises(ProviderFailed) as caught:
                await ask(client, timeouts=Timeouts(connect=0.05))
            assert caught.value.code == "provider-unreachable"
            await left.wait()
            assert in_use(client) == (0, 0)
        finally:
            server.close()
            client.close()

    run(main())


# ── addresses and heads ──


def test_an_address_may_have_a_path(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            client = HttpClient(f"{server.url}/openai/v1/")
            await ask(client)
            assert server.heads[0].startswith(b"POST /openai/v1/chat HTTP/1.1\r\nHost: 127.0.0.1:")
            client.close()

    run(main())


def test_an_address_may_be_one_of_ipv6(run: Run) -> None:
    async def main() -> None:
        try:
            async with upstream(always(OK), host="::1") as server:
                client = HttpClient(server.url)
                await ask(client)
                assert b"\r\nHost: [::1]:" in server.heads[0]
                client.close()
        except OSError:
            pytest.skip("this machine has no IPv6")

    run(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_connection_is_made_to_an_address_that_is_not_admitted(host: str, run: Run) -> None:
    async def main() -> None:
        seen: list[str] = []

        def admits(address: str) -> bool:
            seen.append(address)
            return False

        async with upstream(always(OK)) as server:
            client = HttpClient(server.url.replace("127.0.0.1", host), admits=admits)
            with pytest.raises(ProviderFailed, match="has an address that nothing is sent to"):
                await ask(client)
            assert server.heads == []
            assert in_use(client) == (0, 0)
        assert seen[0] in ("127.0.0.1", "::1")

    run(main())


def test_a_connection_goes_to_an_address_that_was_admitted(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            local = server.url.replace("127.0.0.1", "localhost")
            client = HttpClient(local, admits=lambda address: address in ("127.0.0.1", "::1"))
            assert await ask(client) == b"ok"
            assert b"\r\nHost: localhost:" in server.heads[0]
            client.close()

    run(main())


def test_a_server_that_is_not_there_is_unreachable(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            pass
        client = HttpClient(server.url)
        with pytest.raises(ProviderFailed) as caught:
            await ask(client)
        assert caught.value.summary == "the provider could not be reached"
        assert in_use(client) == (0, 0)

    run(main())


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/chat", {"Authorization": "Bearer a\r\nX-Other: b"}),
        ("/chat", {"Authorization": "Bearer a\nX-Other: b"}),
        ("/chat", {"Authorization": "Bearer \x00"}),
        ("/chat", {"Authorization": "Bearer \u20ac"}),
        ("/chat", {"X-A: b\r\nX-B": "c"}),
        ("/chat", {"": "c"}),
        ("/chat?a=b c", {}),
        ("/chat HTTP/1.1\r\nX-Other: b", {}),
        ("/ch\xe4t", {}),
    ],
)
def test_a_head_that_would_say_something_else_is_never_sent(
    path: str, headers: dict[str, str], run: Run
) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            client = HttpClient(server.url)
            with pytest.raises(ProviderRefused) as caught:
                await client.post(path, headers, b"", timeouts=Timeouts())
            assert "Bearer" not in caught.value.summary + caught.value.help
            assert server.connections == 0

    run(main())


# ── TLS ──


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for 127.0.0.1 that nobody has signed but its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def serving(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(certificate: Path, run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK), tls=serving(certificate)) as server:
            client = HttpClient(server.url)
            with pytest.raises(ProviderFailed, match="TLS"):
                await ask(client)
            assert server.heads == []
            assert in_use(client) == (0, 0)

    run(main())


def test_a_certificate_for_another_name_is_refused(certificate: Path, run: Run) -> None:
    async def main() -> None:
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with upstream(always(OK), tls=serving(certificate)) as server:
            client = HttpClient(server.url.replace("127.0.0.1", "localhost"), tls=trusting)
            with pytest.raises(ProviderFailed, match="TLS"):
                await ask(client)
            assert server.heads == []

    run(main())


def test_a_server_that_is_trusted_is_asked_and_its_connection_used_again(certificate: Path, run: Run) -> None:
    async def main() -> None:
        trusting = ssl.create_default_context(cafile=str(certificate))
        async with upstream(always(OK), tls=serving(certificate)) as server:
            client = HttpClient(server.url, tls=trusting)
            assert [await ask(client), await ask(client)] == [b"ok", b"ok"]
            assert server.connections == 1
            client.close()

    run(main())


def test_a_server_without_tls_is_not_asked_in_the_clear(run: Run) -> None:
    async def main() -> None:
        async with upstream(always(OK)) as server:
            client = HttpClient(server.url.replace("http:", "https:"))
            with pytest.raises(ProviderFailed):
                await ask(client, timeouts=Timeouts(connect=0.2))
            assert server.heads == []

    run(main())
