"""AWS event streams as they are written: the framing in which Bedrock's clients expect a streamed answer.

    length of all · length of headers · CRC-32 of these 8 bytes · headers · payload · CRC-32 of all before it

Lengths and checksums are big-endian. See "Amazon event stream encoding" in the documentation of AWS's SDKs.
"""

from __future__ import annotations

import struct
from zlib import crc32

STREAM_TYPE = "application/vnd.amazon.eventstream"

_TEXT = 7
"""The type of a header's value; no other is written."""

_LENGTHS = struct.Struct("!II")
_WORD = struct.Struct("!I")
_FRAME_BYTES = 16


def headers(**values: str) -> bytes:
    """Write a message's headers; `message_type` is the header `:message-type`.

    >>> headers(message_type="event")
    b'\\r:message-type\\x07\\x00\\x05event'
    """
    parts = []
    for name, value in values.items():
        key, text = b":" + name.replace("_", "-").encode(), value.encode()
        parts.append(struct.pack("!B", len(key)) + key + struct.pack("!BH", _TEXT, len(text)) + text)
    return b"".join(parts)


def message(head: bytes, payload: bytes) -> bytes:
    """Frame a payload under headers that `headers` wrote."""
    lengths = _LENGTHS.pack(_FRAME_BYTES + len(head) + len(payload), len(head))
    frame = lengths + _WORD.pack(crc32(lengths)) + head + payload
    return frame + _WORD.pack(crc32(frame))


def event_headers(name: str) -> bytes:
    return headers(event_type=name, content_type="application/json", message_type="event")


def exception(name: str, payload: bytes) -> bytes:
    """Write a fault in the middle of a stream; clients raise the exception of that name."""
    head = headers(exception_type=name, content_type="application/json", message_type="exception")
    return message(head, payload)
