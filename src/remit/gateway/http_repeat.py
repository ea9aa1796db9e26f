"""A head that a connection sends again: the same bytes but for the length of the body.

Most clients send one head for all their calls. What the parser has read and allowed once is known by its
bytes, and bytes that are the same mean the same; so only the digits of the length are read anew. Everything
else, and whatever is not plainly this, goes to the parser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# One field, as clients write it; another spelling of it is read by the parser each time.
_LENGTH = re.compile(rb"\r\ncontent-length: ?([0-9]+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_LONGEST = 2 << 10


@dataclass(frozen=True, slots=True)
class Repeat:
    """A head around its length: the bytes before the digits, and those after them up to the head's end."""

    before: bytes
    after: bytes

    def body_of(self, data: bytes, *, bytes_max: int) -> bytes | None:
        """Return the body, if the bytes are one such request and nothing more; else None."""
        begins = data.find(_END) + len(_END)
        size = len(data) - begins
        if size > bytes_max or data[:begins] != b"%b%d%b" % (self.before, size, self.after):
            return None
        return data[begins:]


def repeat_of(data: bytes, body: bytes) -> Repeat | None:
    """Say how a request can come again that came in one piece; None where its head has not one plain length.

    >>> found = repeat_of(b"POST / HTTP/1.1\\r\\nContent-Length: 2\\r\\n\\r\\nhi", b"hi")
    >>> found and found.body_of(b"POST / HTTP/1.1\\r\\nContent-Length: 5\\r\\n\\r\\nagain", bytes_max=9)
    b'again'
    """
    ends = data.find(_END) + len(_END)
    if ends > _LONGEST or not body or data[:2] == b"\r\n" or len(data) != ends + len(body):
        return None
    found = _LENGTH.search(data, 0, ends)
    head = data[:ends].lower()
    if found is None or head.count(b"\ncontent-length") != 1 or b"\ntransfer-encoding" in head:
        return None
    return Repeat(data[: found.start(1)], data[found.end(1) : ends])
