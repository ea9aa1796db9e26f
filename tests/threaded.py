"""An HTTP server that runs in a thread of the tests' own process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

# How long a server may take to see that it shall end.
_POLL_S = 0.01


@contextmanager
def threaded(server: ThreadingHTTPServer) -> Iterator[str]:
    """Let a server serve until the block is left; gives its address."""
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL_S})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
