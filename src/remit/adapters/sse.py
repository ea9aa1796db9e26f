"""Server-sent events, as providers stream their answers."""

from __future__ import annotations

from remit.adapters.remote import broken

EVENT_BYTES_MAX = 1 << 20


class ServerSentEvents:
    """Cuts a byte stream into the data of its events, wherever the network cut it.

    >>> events = ServerSentEvents()
    >>> events.feed(b": hello\\r\\nda"), events.feed(b"ta: one\\r\\n\\r"), events.feed(b"\\ndata:two\\n\\n")
    ([], [], [b'one', b'two'])
    >>> events.feed(b"data: half"), events.end()
    ([], [b'half'])
    """

    __slots__ = ("_data", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> list[bytes]:
        lines = (self._rest + piece if self._rest else piece).split(b"\n")
        self._rest = lines.pop()
        events: list[bytes] = []
        data = self._data
        for line in lines:
            if line[-1:] == b"\r":
                line = line[:-1]
            if line[:5] == b"data:":
                data.append(line[6:] if line[5:6] == b" " else line[5:])
                if len(line) > EVENT_BYTES_MAX:
                    raise broken("sent an event that is too long")
            elif not line and data:
                events.append(data[0] if len(data) == 1 else b"\n".join(data))
                data.clear()
        if len(self._rest) + sum(map(len, data)) > EVENT_BYTES_MAX:
            raise broken("sent an event that is too long")
        return events

    def end(self) -> list[bytes]:
        """Return the event that no empty line has closed; some servers forget the last one."""
        return self.feed(b"\n\n")
