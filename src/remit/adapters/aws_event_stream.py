"""AWS event streams as they are read: messages cut out of bytes, each checked before it is used."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from zlib import crc32

from remit.adapters.remote import broken

MESSAGE_BYTES_MAX = 16 << 20

_PRELUDE = struct.Struct("!III")
_WORD = struct.Struct("!I")
_HALF = struct.Struct("!H")
_PRELUDE_BYTES = 12
_FRAME_BYTES = 16
# How long the value of a header of each type is; those of the last two say it themselves.
_FIXED = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_BYTES, _TEXT = 6, 7


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message: its headers that are text, and its payload."""

    headers: dict[str, str]
    payload: bytes


class EventStream:
    """Cuts a byte stream into its messages, wherever the network cut it."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, piece: bytes) -> Iterator[EventMessage]:
        """Give out the messages that a piece completes, up to the first that is not sound."""
        rest = self._rest
        rest += piece
        while len(rest) >= _PRELUDE_BYTES:
            total, head, check = _PRELUDE.unpack_from(rest)
            if crc32(rest[:8]) != check:
                raise broken("sent an answer that was damaged on its way")
            if total > MESSAGE_BYTES_MAX or total < _FRAME_BYTES + head:
                raise broken("sent an event that is too long")
            if len(rest) < total:
                return
            frame = bytes(rest[:total])
            del rest[:total]
            yield _message(frame, head)

    def end(self) -> tuple[()]:
        """Return nothing: half a message is none, and its checksum is not there."""
        return ()


def _message(frame: bytes, head: int) -> EventMessage:
    if crc32(frame[:-4]) != _WORD.unpack_from(frame, len(frame) - 4)[0]:
        raise broken("sent an answer that was damaged on its way")
    begin = _PRELUDE_BYTES + head
    try:
        headers = _headers(frame[_PRELUDE_BYTES:begin])
    except (IndexError, KeyError, struct.error, UnicodeDecodeError):
        raise broken("sent an answer that cannot be read") from None
    return EventMessage(headers, frame[begin:-4])


def _headers(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        begin = at + 1
        end = begin + data[at]
        name, kind = data[begin:end].decode(), data[end]
        at = end + 1
        if kind in (_BYTES, _TEXT):
            size = _HALF.unpack_from(data, at)[0]
            at += 2
            if kind == _TEXT:
                found[name] = data[at : at + size].decode()
        else:
            size = _FIXED[kind]
        at += size
    if at != len(data):
        raise IndexError
    return found
