"""The server over connections in memory: whatever comes, and however it is cut, has one meaning or none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import h11
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from http_pipe import Client, echoing, read_answers, reject
from remit.gateway.http import STATUS, Reply, Request, Server
from remit.gateway.http_request import Limits, Requests, Room

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.http"))
BYTES = {path.stem: path.read_bytes() for path in CORPUS}
HOST = b"Host: gateway.example.com\r\n"
GET = b"GET /v1/models HTTP/1.1\r\n" + HOST + b"\r\n"
POST = b"POST /v1/chat/completions HTTP/1.1\r\n" + HOST

# `make fuzz` looks longer.
much = settings(
    max_examples=int(os.environ.get("REMIT_FUZZ", "60")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


def exchange(runner: asyncio.Runner, pieces: Sequence[bytes], server: Server | None = None) -> Client:
    """Send pieces over a new connection and let everything be answered."""

    async def run() -> Client:
        client = Client(server or echoing())
        await client.send(pieces)
        return client

    return runner.run(run())


# ── what is read, and what is refused ──


@pytest.mark.parametrize("name", BYTES)
def test_a_request_of_the_corpus_gets_the_status_in_its_name(name: str, runner: asyncio.Runner) -> None:
    client = exchange(runner, [BYTES[name]])
    first = next(status for status in client.statuses if status != 100)
    assert first == int(name[:3])
    assert client.over == (first != 200 or name in ("200-connection-close", "200-version-1-0"))


@pytest.mark.parametrize("name", BYTES)
def test_a_request_of_the_corpus_means_the_same_byte_for_byte(name: str, runner: asyncio.Runner) -> None:
    data = BYTES[name]
    bytewise = exchange(runner, [data[i : i + 1] for i in range(len(data))]).statuses
    assert [each for each in bytewise if each != 100] == exchange(runner, [data]).statuses


def test_of_two_credentials_none_is_chosen(runner: asyncio.Runner) -> None:
    client = exchange(runner, [BYTES["200-two-keys"]])
    assert b"('authorization', 'Bearer one, Bearer two')" in client.pipe.taken


def test_a_trailer_is_no_header(runner: asyncio.Runner) -> None:
    assert b"authorization" not in exchange(runner, [BYTES["200-trailers"]]).pipe.taken


def test_a_host_in_the_address_is_not_a_path(runner: asyncio.Runner) -> None:
    assert b"GET /v1/models x=1 " in exchange(runner, [BYTES["200-absolute-address"]]).pipe.taken


def test_what_hides_behind_an_upgrade_is_not_read(runner: asyncio.Runner) -> None:
    client = exchange(runner, [BYTES["400-upgrade-hides-a-request"]])
    assert client.statuses == [400]


def test_a_refusal_follows_the_answers_before_it(runner: asyncio.Runner) -> None:
    client = exchange(runner, [GET + GET + b"nonsense\r\n\r\n" + GET])
    assert client.statuses == [200, 200, 400]


def test_more_requests_ahead_than_allowed_are_refused(runner: asyncio.Runner) -> None:
    client = exchange(runner, [GET * 40], echoing(requests_ahead=4))
    assert client.statuses == [200] * 4 + [400]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (GET[:-2] + b"X-A: " + b"a" * 900, 431),  # a header that never ends
        (GET[:-2] + b"A" * 900, 431),
        (b"GET /" + b"a" * 900, 431),
        (b"\r\n" * 450, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2;x=" + b"a" * 900, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"a" * 900, 431),  # a trailer
        (POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 900, 413),
        (POST + b"Content-Length: 401\r\n\r\n", 413),
    ],
)
def test_what_has_no_end_is_refused_long_before_it_fills_memory(
    data: bytes, status: int, runner: asyncio.Runner
) -> None:
    server = echoing(header_bytes=400, body_bytes=400)
    pieces = [data[i : i + 50] for i in range(0, len(data), 50)]
    client = exchange(runner, pieces, server)
    assert client.statuses == [status]
    assert server.room.used == 0


def test_a_head_in_two_pieces_is_held_to_the_same_limit(runner: asyncio.Runner) -> None:
    data = GET[:-2] + b"X-A: " + b"a" * 900 + b"\r\n\r\n"
    for cut in (len(data) - 4, len(data) - 1):
        assert exchange(runner, [data[:cut], data[cut:]], echoing(header_bytes=500)).statuses == [431]


def test_a_body_in_many_tiny_chunks_takes_no_more_memory_than_its_bytes() -> None:
    requests = Requests(Limits(), Room())
    requests.feed(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"2\r\nab\r\n" * 5000 + b"0\r\n\r\n")
    assert requests.whole[0].body == b"ab" * 5000


# ── limits that all connections share ──


def test_when_the_room_is_full_large_bodies_are_refused_and_small_ones_are_not(
    runner: asyncio.Runner,
) -> None:
    async def run() -> None:
        server = echoing(bodies_bytes=1000, small_body_bytes=100)
        large, second, small = Client(server), Client(server), Client(server)
        await large.send([POST + b"Content-Length: 2000\r\n\r\n" + b"a" * 950], wait=False)
        await second.send([POST + b"Content-Length: 300\r\n\r\n" + b"a" * 200])
        assert second.statuses == [503]
        await small.send([POST + b"Content-Length: 90\r\n\r\n" + b"a" * 90])
        assert small.statuses == [200]
        assert server.room.used == 950
        large.leave()
        assert server.room.used == 0

    runner.run(run())


def test_a_connection_beyond_the_limit_is_told_so_and_closed(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing(connections=2)
        clients = [Client(server) for _ in range(3)]
        assert [client.over for client in clients] == [False, False, True]
        assert clients[2].statuses == [503]
        for client in clients:
            client.leave()
        assert not server.connections

    runner.run(run())


def test_what_is_sent_ahead_is_counted_and_stops_the_reading(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing(waiting_bytes=100)
        client = Client(server)
        await client.send([GET, GET, GET], wait=False)
        assert server.room.used == 2 * len(GET)
        assert client.pipe.paused == [True]
        await client.settle()
        assert client.pipe.paused == [True, False]
        assert (client.statuses, server.room.used) == ([200] * 3, 0)

    runner.run(run())


def test_who_leaves_gives_back_everything_that_was_held(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        some = POST + b"Content-Length: 5\r\n\r\nhello"
        # One is answered, two more are whole, one has begun, and some bytes wait.
        await client.send([some * 3 + some[:-2], b"wait"], wait=False)
        assert server.room.used > 15
        client.leave()
        assert server.room.used == 5
        await client.settle()
        assert (server.room.used, len(server.connections)) == (0, 0)
        assert client.statuses == []

    runner.run(run())


# ── time ──


@pytest.mark.parametrize(
    ("data", "after_s", "statuses"),
    [
        (b"", 11, []),
        (b"\r\n", 11, []),
        (GET[:20], 11, [408]),
        (GET[:-1], 11, [408]),
        (POST + b"Content-Length: 5\r\n\r\nhel", 61, [408]),
        (GET, 76, [200]),
        (GET + GET[:5], 11, [200, 408]),
        (GET + b"\r\n", 76, [200]),
    ],
)
def test_who_keeps_the_server_waiting_is_given_up(
    data: bytes, after_s: float, statuses: list[int], runner: asyncio.Runner
) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        if data:
            await client.send([data])
        server.sweep(after_s - 2)
        before = client.over
        server.sweep(after_s)
        assert (before, client.over, client.statuses) == (False, True, statuses)
        # Told so, it may still send for a moment; then it is over whether it reads or not.
        server.sweep(after_s + 6)
        assert client.pipe.closed

    runner.run(run())


def test_a_byte_now_and_then_does_not_buy_time(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        for second in range(12):
            server.sweep(float(second))
            await client.send([GET[second : second + 1]])
        assert client.statuses == [408]

    runner.run(run())


def test_who_reads_nothing_is_given_up_and_gets_no_second_answer(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        await client.send([GET], wait=False)
        client.connection.pause_writing()
        await client.settle()
        await client.send([GET])
        assert client.statuses == [200]
        server.sweep(59.0)
        assert not client.pipe.closed
        server.sweep(61.0)
        assert client.pipe.closed

    runner.run(run())


def test_who_reads_again_gets_what_waited(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        await client.send([GET], wait=False)
        client.connection.pause_writing()
        await client.settle()
        await client.send([GET])
        client.connection.resume_writing()
        await client.settle()
        assert client.statuses == [200, 200]
        server.sweep(76.0)
        assert client.pipe.closed, "a connection that is idle afterwards does not stay for ever"

    runner.run(run())


def test_an_answer_waits_for_its_reader_and_ends_when_the_reader_leaves(runner: asyncio.Runner) -> None:
    said: list[str] = []

    async def long(request: Request, reply: Reply) -> None:
        reply.on_gone = lambda end_in: said.append("gone")
        reply.start(200, [])
        for _ in range(3):
            reply.write(b"piece")
            await reply.drain()
            said.append("went on")

    async def run() -> None:
        server = Server(long, reject=reject)
        client = Client(server)
        client.connection.pause_writing()
        client.connection.resume_writing()
        await client.send([GET], wait=False)
        client.connection.pause_writing()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert said == []
        client.leave()
        await client.settle()
        assert said == ["gone", "went on", "went on", "went on"]
        assert not server.connections

    runner.run(run())


def test_a_connection_that_closes_does_not_wait_for_a_reader_for_ever(runner: asyncio.Runner) -> None:
    async def run() -> None:
        server = echoing()
        client = Client(server)
        await client.send([BYTES["200-connection-close"]])
        assert client.connection.deadline == 60.0

    runner.run(run())


# ── answers ──


def test_head_is_answered_without_a_body(runner: asyncio.Runner) -> None:
    client = exchange(runner, [BYTES["200-head"] + GET])
    [(first, nothing), (second, something)] = read_answers(client.pipe.taken, ["HEAD", "GET"])
    assert (first, nothing, second) == (200, b"", 200)
    assert something.startswith(b"GET /v1/models")


def test_version_1_0_gets_no_chunks(runner: asyncio.Runner) -> None:
    client = exchange(runner, [b"GET /x?pieces HTTP/1.0\r\n\r\n"])
    head, _, body = client.pipe.taken.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert b"connection: close" in head
    assert body.startswith(b"GET /x")
    assert client.pipe.closed


def test_the_go_ahead_for_a_body_comes_after_the_answer_before_it(runner: asyncio.Runner) -> None:
    expecting = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    async def run() -> None:
        client = Client(echoing())
        await client.send([GET + expecting])
        assert client.statuses == [200, 100]
        await client.send([b"{}"])
        assert client.statuses == [200, 100, 200]

    runner.run(run())


def test_no_go_ahead_is_given_for_a_body_that_is_there_or_not_wanted(runner: asyncio.Runner) -> None:
    assert exchange(runner, [POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"]).statuses == [200]
    large = POST + b"Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
    assert exchange(runner, [large]).statuses == [413]


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb: c", "a\rb: c"])
def test_a_line_break_in_an_answer_s_header_is_never_written(value: str, runner: asyncio.Runner) -> None:
    faults: list[Exception] = []

    async def careless(request: Request, reply: Reply) -> None:
        try:
            reply.send(200, [("x-reference", value)], b"")
        except ValueError as fault:
            faults.append(fault)

    client = exchange(runner, [GET], Server(careless, reject=reject))
    assert len(faults) == 1
    assert (client.pipe.taken, client.pipe.closed) == (b"", True)


def test_an_answer_that_breaks_off_is_never_followed_by_another(runner: asyncio.Runner) -> None:
    async def short(request: Request, reply: Reply) -> None:
        reply.start(200, [])
        reply.write(b"half")

    client = exchange(runner, [GET + GET], Server(short, reject=reject))
    assert client.statuses == [200]
    assert client.pipe.closed


def test_every_code_of_the_server_has_its_status() -> None:
    assert set(STATUS.values()) == {400, 408, 413, 431, 503}


# ── any bytes, cut anywhere ──

values = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20
)
bodies = st.binary(max_size=300)


@st.composite
def requests_written(draw: st.DrawFn) -> tuple[str, bytes]:
    """Write one valid request; returns its method too."""
    method = draw(st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "PUT"]))
    target = draw(st.sampled_from(["/", "/v1/chat/completions", "/a%2Fb?later", "/b?pieces", "/c?x=1"]))
    lines = [f"{method} {target} HTTP/1.1", "Host: gateway.example.com"]
    for number, value in enumerate(draw(st.lists(values, max_size=4))):
        lines.append(f"X-{number}:{draw(st.sampled_from(['', ' ', '  ']))}{value}")
    body = draw(bodies)
    if draw(st.booleans()):
        lines.append(f"Content-Length: {len(body)}")
        framed = body
    else:
        lines.append("Transfer-Encoding: chunked")
        framed = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in cut(body, draw(cuts)))
        framed += b"0\r\n\r\n"
    return method, "\r\n".join([*lines, "", ""]).encode("latin-1") + framed


cuts = st.lists(st.floats(0, 1), max_size=6)


def cut(data: bytes, places: Sequence[float]) -> list[bytes]:
    """Cut a stream at some places, given as shares of its length."""
    at = sorted({round(place * len(data)) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(at)]


@given(st.lists(requests_written(), min_size=1, max_size=5), cuts)
@much
def test_any_cut_of_a_stream_of_requests_gives_the_same_answers_in_order(
    runner: asyncio.Runner, written: list[tuple[str, bytes]], places: list[float]
) -> None:
    data = b"".join(each for _, each in written)
    methods = [method for method, _ in written]
    alone = [
        answer
        for method, each in written
        for answer in read_answers(exchange(runner, [each]).pipe.taken, [method])
    ]
    assert [status for status, _ in alone] == [200] * len(written)
    server = echoing()
    client = exchange(runner, cut(data, places), server)
    assert read_answers(client.pipe.taken, methods) == alone
    assert server.room.used == 0


LENGTHS = ("Content-Length: {}", "content-length:{}", "CONTENT-LENGTH:  {}", "Content-Length: 0{}")
SAID_TOO = ("X-A: content-length: 3", "X-Content-Length: 3", "Content-Length-X: 1", "Expect: 100-continue")
ahead = st.tuples(st.sampled_from(LENGTHS), st.lists(st.sampled_from((*SAID_TOO, "X-B: y")), max_size=2))


@given(
    ahead,
    st.lists(st.tuples(bodies, st.sampled_from((0, 0, 0, 1, -1)), st.booleans()), min_size=2, max_size=6),
)
@much
def test_a_head_that_comes_again_means_what_it_means_byte_by_byte(
    said: tuple[str, list[str]], asked: list[tuple[bytes, int, bool]]
) -> None:
    length, more = said
    written = []
    for body, wrong, more_first in asked:
        lines = ["POST /v1/chat/completions HTTP/1.1", "Host: a", length.format(len(body) + wrong)]
        lines[2:2] = more if more_first else []
        lines += [] if more_first else more
        written.append("\r\n".join([*lines, "", ""]).encode() + body)

    def read(pieces: Iterable[bytes]) -> list[tuple[object, ...]]:
        room = Room()
        found: list[tuple[object, ...]] = []
        requests = Requests(Limits(), room)
        for piece in pieces:
            if requests.refusal is None:
                requests.feed(piece)
            found += [
                (each.method, each.path, each.headers, each.version, each.keep_alive, each.body, each.size)
                for each in requests.whole
            ]
            room.used -= sum(each.size for each in requests.whole)
            requests.whole.clear()
        refused = requests.refusal is not None and requests.refusal.code
        return [*found, (requests.stage, refused, room.used)]

    # In tiny pieces no head is ever learned.
    tiny = (data[at : at + 7] for data in written for at in range(0, len(data), 7))
    assert read(written) == read(tiny)


def test_a_head_that_comes_again_is_not_parsed_again() -> None:
    requests, head = Requests(Limits(), Room()), "POST /x?y HTTP/1.1\r\nHost: a\r\nContent-Length: "
    for number, body in enumerate(("one", "other", "a third", "and so on")):
        requests.feed(f"{head}{len(body)}\r\nAuthorization: Bearer s\r\n\r\n{body}".encode())
        [request] = requests.whole
        assert (request.path, request.query, request.body) == ("/x", "y", body.encode())
        assert request.headers["content-length"] == str(len(body))
        requests.whole.clear()
        if number:
            # It has come twice: whoever asked the parser again would fail here.
            requests._parser = None
    with pytest.raises(AttributeError):
        requests.feed(f"{head}3\r\nAuthorization: Bearer t\r\n\r\none".encode())


PUT = (
    *(
        b"",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\x00",
        b" ",
        b"\t",
        b":",
        b",",
        b"0",
        b"f",
        b"\xff",
        b"\x0b",
    ),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: b\r\n", b"Upgrade: h2c\r\n"),
    *(b"Expect: 100-continue\r\n", b"Connection: close\r\n", b";x=y", b"HTTP/1.0"),
)
mutations = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(PUT)), max_size=5)


def mutated(data: bytes, changes: Sequence[tuple[float, int, bytes]]) -> bytes:
    for place, removed, put in changes:
        at = round(place * len(data))
        data = data[:at] + put + data[at + removed :]
    return data


seeds = st.sampled_from([each for each in BYTES.values() if len(each) < 2000]) | requests_written().map(
    lambda written: written[1]
)


@given(st.lists(seeds, min_size=1, max_size=3), mutations, cuts)
@much
def test_no_bytes_raise_or_leave_the_server_waiting_without_a_limit(
    runner: asyncio.Runner,
    parts: list[bytes],
    changes: list[tuple[float, int, bytes]],
    places: list[float],
) -> None:
    data = mutated(b"".join(parts), changes)

    async def run() -> None:
        server = echoing(header_bytes=1000, body_bytes=2000, waiting_bytes=200)
        client = Client(server)
        await client.send(cut(data, places))
        assert client.over or client.connection.deadline < float("inf")
        assert server.room.used >= 0
        server.sweep(100.0)
        server.sweep(200.0)
        assert client.pipe.closed
        client.leave()
        assert (server.room.used, len(server.connections)) == (0, 0)

    runner.run(run())


def read_by_h11(data: bytes) -> tuple[str, str, bytes] | None:
    """Read the first request with another implementation; None where it refuses or wants more."""
    server = h11.Connection(h11.SERVER, max_incomplete_event_size=32 << 10)
    server.receive_data(data)
    method = target = ""
    body = b""
    try:
        while not isinstance(event := server.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA or isinstance(event, h11.ConnectionClosed):
                return None
            if isinstance(event, h11.Request):
                method, target = event.method.decode(), event.target.decode("latin-1")
            elif isinstance(event, h11.Data):
                body += event.data
    except h11.RemoteProtocolError:
        return None
    return method, target, body


@given(seeds, mutations)
@much
def test_what_two_servers_take_they_take_for_the_same(
    data: bytes, changes: list[tuple[float, int, bytes]]
) -> None:
    data = mutated(data, changes)
    ours = Requests(Limits(), Room())
    ours.feed(data)
    other = read_by_h11(data)
    if not ours.whole or other is None:
        # The stricter one refuses: then nobody reads it in two ways.
        return
    first = ours.whole[0]
    method, target, body = other
    assert (first.method, first.body) == ("GET" if method == "HEAD" else method, body)
    if target.startswith("/"):
        assert first.path == target.partition("?")[0]


def test_what_cancels_one_answer_leaves_the_later_ones_alone(runner: asyncio.Runner) -> None:
    seen: list[asyncio.Task[None] | None] = []

    async def cancelled_once(request: Request, reply: Reply) -> None:
        task = asyncio.current_task()
        seen.append(task)
        reply.send(200, [], b"")
        if len(seen) == 2 and task is not None:
            task.cancel()
            await asyncio.sleep(0)

    client = exchange(runner, [GET * 4], Server(cancelled_once, reject=reject))
    assert client.statuses == [200] * 4
    first, cancelled, third, last = seen
    assert first is cancelled
    assert cancelled is not third
    assert third is last


def test_the_task_of_a_connection_ends_with_it(runner: asyncio.Runner) -> None:
    async def run() -> asyncio.Task[None]:
        client = Client(echoing())
        await client.send([GET])
        task = client.connection.task
        assert task is not None
        client.leave()
        await asyncio.wait([task])
        assert client.connection.task is None
        return task

    assert runner.run(run()).exception() is None
