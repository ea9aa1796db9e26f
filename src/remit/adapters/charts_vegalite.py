"""Charts drawn by Vega-Lite in a process of its own: while one is drawn, no thread of that process runs."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from remit.adapters.masking_frames import receive, send
from remit.adapters.whole_file import write_whole
from remit.kernel.errors import RemitError

TIMEOUT_S, BUNDLE_S = 20.0, 60.0
SPEC_BYTES_MAX = 4 << 20
KEPT_MAX, KEPT_BYTES_MAX = 512, 32 << 20
"""How many drawings are kept, and how large they may be together."""

_encode = msgspec.json.Encoder(order="deterministic").encode


class VegaLiteCharts:
    """Draws one chart after the other, and keeps what was drawn by the digest of what was asked for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[bytes, str] = OrderedDict()
        self._bytes = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    def prepare(self) -> None:
        with self._lock, suppress(OSError):
            if self._connection is None:
                self._start()

    def svg(self, spec: Mapping[str, Any]) -> str:
        body = _encode(spec)
        if len(body) > SPEC_BYTES_MAX:
            raise _undrawn("it is made of too much")
        digest = hashlib.blake2b(body, digest_size=16).digest()
        with self._lock:
            found = self._kept.get(digest)
            if found is None:
                found = _told(self._draw(body), spec)
                self._keep(digest, found)
            self._kept.move_to_end(digest)
        return found

    def _keep(self, digest: bytes, drawn: str) -> None:
        self._kept[digest] = drawn
        self._bytes += len(drawn)
        while len(self._kept) > 1 and (len(self._kept) > KEPT_MAX or self._bytes > KEPT_BYTES_MAX):
            self._bytes -= len(self._kept.popitem(last=False)[1])

    def _draw(self, body: bytes) -> str:
        try:
            connection = self._connection or self._start()
            send(connection, body)
            answer = receive(connection)
        except OSError:
            answer = None
        if answer is None:
            self._end()
            raise _undrawn("the process that does it has ended, or takes too long")
        if not answer.startswith(b"<svg"):
            raise _undrawn("its specification is not one")
        return answer.decode()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 (this interpreter, and a module of ours)
                [sys.executable, "-m", "remit.adapters.charts_process", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        ours.settimeout(TIMEOUT_S)
        self._connection = ours
        return ours

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        process, self._process = self._process, None
        if connection is not None:
            connection.close()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()

    def close(self) -> None:
        """End the process; another one is started if anything is drawn later."""
        with self._lock:
            self._end()


def _told(drawn: str, spec: Mapping[str, Any]) -> str:
    """Say what a drawing shows, for those who do not see it."""
    head, _, rest = drawn.partition(">")
    title, about = str(spec.get("usermeta", {}).get("title", "")), str(spec.get("description", ""))
    said = f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
    return f'{head} role="img" aria-label="{escape(title)}">{said}{rest}'


def _undrawn(why: str) -> RemitError:
    return RemitError(
        f"a chart cannot be drawn: {why}",
        help="read the table that stands beside it, which has the same figures",
        code="chart-not-drawn",
    )


def bundle(to: Path) -> Path:
    """Write what draws charts in a page (Vega, Vega-Lite, Vega-Embed) to a file, once, and return it.

    In the page `vegaEmbed(place, spec, {ast: true, renderer: "svg", actions: false, defaultStyle: false,
    tooltip: false})` works under `script-src 'self'; style-src 'self'`: with `ast` expressions are
    interpreted and never compiled.
    """
    if not to.exists():
        asked = [sys.executable, "-m", "remit.adapters.charts_process", "bundle"]
        made = subprocess.run(  # noqa: S603 (this interpreter, and a module of ours)
            asked, stdin=subprocess.DEVNULL, capture_output=True, timeout=BUNDLE_S, check=True
        )
        write_whole(to, made.stdout)
    return to
