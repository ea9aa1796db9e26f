"""The process that draws charts: `python -m remit.adapters.charts_process FD`.

It draws for one other process, on the socket that it was given, and ends when that one does. With `bundle` in
the place of a socket it writes the script that draws charts in a page.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import sys

import vl_convert

from remit.adapters.masking_frames import receive, send

VERSION = "5.21"
_GIVEN = "window.vegaEmbed=vegaEmbed;window.vegaLite=vegaLite;window.vega=vega;"
_FIRST = b'{"mark": "point", "data": {"values": []}}'
_UNUSED = re.compile(r' (?:pointer-events="none"|aria-[a-z]+="[^"]*"|role="graphics-[a-z]+")')
_EMPTY = re.compile(r'<path class="(?:fore|back)ground"[^>]* d=""[^>]*/>')


def draw(body: bytes) -> str:
    """Draw a specification; raises ValueError for what is none."""
    drawn: str = vl_convert.vegalite_to_svg(json.loads(body), vl_version=VERSION, allowed_base_urls=[])
    return _EMPTY.sub("", _UNUSED.sub("", drawn))


def javascript() -> bytes:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    bundled: str = vl_convert.javascript_bundle(_GIVEN, vl_version=VERSION)
    return bundled.encode()


def main(descriptor: int) -> None:
    # Who asked ends it, so a keyboard's interrupt that reaches both does not.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as connection:
        # The first one takes many times as long as any other, so it is drawn while nobody waits.
        draw(_FIRST)
        while (body := receive(connection)) is not None:
            try:
                answer = draw(body)
            except ValueError:
                answer = "no chart"
            send(connection, answer.encode("utf-8", "replace"))


if __name__ == "__main__":
    if sys.argv[1] == "bundle":
        sys.stdout.buffer.write(javascript())
    else:
        main(int(sys.argv[1]))
