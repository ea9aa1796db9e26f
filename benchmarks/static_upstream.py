"""A provider that answers at once and always the same, so that what is measured is not the provider.

It speaks as much HTTP/1.1 as the gateway and the load client need. It prints its port and ends when its
standard input does.
"""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Any, cast

import msgspec
import uvloop

from exchange import CUT, INPUT_TOKENS, OUTPUT_TOKENS, PIECES, WHOLE, WORD

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_USAGE = {
    "prompt_tokens": INPUT_TOKENS,
    "completion_tokens": OUTPUT_TOKENS,
    "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
}


class _Asked(msgspec.Struct):
    model: str
    stream: bool = False


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(model: str, delta: dict[str, str] | None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None} | more]
    usage = {"usage": _USAGE} if delta is None else {}
    event = {"id": "chatcmpl-static", "object": "chat.completion.chunk", "created": 0, "model": model}
    return b"data: " + msgspec.json.encode({**event, "choices": choices, **usage}) + b"\n\n"


def _stream(model: str, texts: list[str]) -> list[bytes]:
    """Compose a streamed answer: each item is one write."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    first = head + _chunk(_event(model, {"role": "assistant", "content": ""}))
    pieces = [_chunk(_event(model, {"content": text})) for text in texts]
    last = _event(model, {}, finish_reason="stop") + _event(model, None) + b"data: [DONE]\n\n"
    return [first, *pieces, _chunk(last) + b"0\r\n\r\n"]


def _buffered(model: str) -> bytes:
    message = {"role": "assistant", "content": WORD * PIECES}
    body = msgspec.json.encode(
        {
            "id": "chatcmpl-static",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": _USAGE,
        }
    )
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


_ANSWERS: dict[tuple[str, bool], list[bytes]] = {
    (WHOLE, False): [_buffered(WHOLE)],
    (CUT, False): [_buffered(CUT)],
    (WHOLE, True): [b"".join(_stream(WHOLE, [WORD * PIECES]))],
    (CUT, True): _stream(CUT, [WORD] * PIECES),
}
_DECODER = msgspec.json.Decoder(_Asked)


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The loop's own transports do not inherit from asyncio's, whose methods they have.
        self._transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()
        self._held = b""

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or length is None or len(body) < int(length[1]):
            return
        self._held = b""
        asked = _DECODER.decode(body)
        self._write(_ANSWERS[asked.model, asked.stream], 0)

    def _write(self, writes: list[bytes], index: int) -> None:
        """Write one piece in each turn of the loop, so that each travels alone, as a provider's do."""
        if self._transport.is_closing():
            return
        self._transport.write(writes[index])
        if index + 1 < len(writes):
            self._loop.call_soon(self._write, writes, index + 1)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    server = await loop.create_server(_Connection, "127.0.0.1", 0)
    loop.add_reader(sys.stdin.fileno(), ended.set)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(_serve())
