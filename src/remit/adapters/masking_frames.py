"""What a gateway and the process that masks for it say to each other: frames over a socket."""

from __future__ import annotations

import socket

import msgspec

from remit.record.captured import Spoken

FRAME_BYTES_MAX = 256 << 20
_HEAD_BYTES = 4


class Job(msgspec.Struct, frozen=True):
    """What to mask, the patterns to look for by their names, and words by the types that others say they are.

    Without anything `said`, what finds these patterns is made ready.
    """

    patterns: dict[str, str]
    told: dict[str, str] = {}
    said: Spoken | None = None


class Done(msgspec.Struct, frozen=True):
    """The capture as it is kept, or the code of what kept it from being masked."""

    body: bytes = b""
    fault: str = ""


def send(connection: socket.socket, body: bytes) -> None:
    connection.sendall(len(body).to_bytes(_HEAD_BYTES, "big") + body)


def receive(connection: socket.socket) -> bytes | None:
    """Return the next frame; None if the other side has ended."""
    head = _exactly(connection, _HEAD_BYTES)
    return None if head is None else _exactly(connection, int.from_bytes(head, "big"))


def _exactly(connection: socket.socket, size: int) -> bytes | None:
    parts: list[bytes] = []
    while size:
        part = connection.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
