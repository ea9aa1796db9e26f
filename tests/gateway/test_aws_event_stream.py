"""AWS event streams: what is written is what botocore reads, and what is damaged or cut is noticed."""

from __future__ import annotations

import pytest
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]  # botocore states no types
from hypothesis import given
from hypothesis import strategies as st

from remit.adapters.aws_event_stream import EventMessage, EventStream
from remit.gateway.aws_event_stream import event_headers, exception, headers, message
from remit.kernel.errors import ProviderFailed

WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
HEADERS = st.dictionaries(WORD, st.text(max_size=40), max_size=5)
MESSAGES = st.lists(st.tuples(HEADERS, st.binary(max_size=300)), min_size=1, max_size=6)


def written(messages: list[tuple[dict[str, str], bytes]]) -> bytes:
    return b"".join(message(headers(**head), payload) for head, payload in messages)


def expected(messages: list[tuple[dict[str, str], bytes]]) -> list[EventMessage]:
    return [
        EventMessage({f":{name}": value for name, value in head.items()}, payload)
        for head, payload in messages
    ]


@given(MESSAGES)
def test_botocore_reads_what_is_written(messages: list[tuple[dict[str, str], bytes]]) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(written(messages))
    read = [EventMessage(each.headers, each.payload) for each in buffer]
    assert read == expected(messages)


@given(MESSAGES, st.lists(st.integers(1, 60), min_size=1))
def test_a_stream_is_read_wherever_it_was_cut(
    messages: list[tuple[dict[str, str], bytes]], sizes: list[int]
) -> None:
    data, stream = written(messages), EventStream()
    read: list[EventMessage] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        read += stream.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    assert read == expected(messages)
    assert list(stream.feed(b"")) == []


@given(st.data())
def test_a_byte_that_was_changed_is_never_read_as_a_message(data: st.DataObject) -> None:
    sent = bytearray(message(event_headers("metadata"), b'{"usage":{"inputTokens":1}}'))
    place = data.draw(st.integers(0, len(sent) - 1))
    sent[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ProviderFailed, match="damaged"):
        list(EventStream().feed(bytes(sent)))


def test_headers_of_every_type_are_passed_over() -> None:
    numbers = b"".join(
        bytes([1]) + name + bytes([kind]) + value
        for name, kind, value in (
            (b"a", 0, b""),
            (b"b", 1, b""),
            (b"c", 2, b"\1"),
            (b"d", 3, b"\0\1"),
            (b"e", 4, b"\0" * 4),
            (b"f", 5, b"\0" * 8),
            (b"g", 6, b"\0\2xy"),
            (b"h", 8, b"\0" * 8),
            (b"i", 9, b"\0" * 16),
        )
    )
    read = list(EventStream().feed(message(numbers + headers(z="end"), b"payload")))
    assert read == [EventMessage({":z": "end"}, b"payload")]


@pytest.mark.parametrize("head", [b"\x01a\x63", b"\x09a", b"\x01a\x07\xff\xff", b"\x01\xff\x00"])
def test_headers_that_cannot_be_read_are_a_fault(head: bytes) -> None:
    with pytest.raises(ProviderFailed, match="cannot be read"):
        list(EventStream().feed(message(head, b"")))


def test_a_message_that_claims_to_be_vast_is_not_waited_for() -> None:
    vast = message(headers(a="b"), b"x" * (17 << 20))
    with pytest.raises(ProviderFailed, match="too long"):
        list(EventStream().feed(vast[:100]))


def test_an_exception_is_one_for_botocore() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(exception("throttlingException", b'{"message":"later"}'))
    [read] = list(buffer)
    assert read.to_response_dict()["status_code"] == 400
    assert read.headers[":exception-type"] == "throttlingException"
