"""An object store in the test process, with as much of S3's format as is asked of one; made for tests."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from threaded import threaded


class ObjectStore:
    """What lies in it, by bucket and name."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.address = ""
        self.is_away = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: ObjectStore

    def _answer(self, status: int, body: bytes = b"", *, size: int | None = None) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def _refused(self, status: int, code: str) -> None:
        text = f"<Error><Code>{code}</Code><Message>secret-account</Message></Error>"
        self._answer(status, text.encode())

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path.lstrip("/"))

    def _may(self) -> bool:
        if self.store.is_away:
            self._refused(403, "AccessDenied")
        elif "Credential=AKIAEXAMPLE/" not in self.headers.get("authorization", ""):
            self._refused(403, "InvalidAccessKeyId")
        else:
            return True
        return False

    def do_PUT(self) -> None:
        body = self._read()
        if not self._may():
            return
        wanted = self.headers["x-amz-checksum-sha256"]
        if b64encode(hashlib.sha256(body).digest()).decode() != wanted:
            self._refused(400, "BadDigest")
            return
        self.store.objects[self._name()] = body
        self._answer(200)

    def _read(self) -> bytes:
        return self.rfile.read(int(self.headers["content-length"]))

    def do_GET(self) -> None:
        if self._may():
            found = self.store.objects.get(self._name())
            if found is None:
                self._refused(404, "NoSuchKey")
            else:
                self._answer(200, found)

    def do_HEAD(self) -> None:
        if self._may():
            found = self.store.objects.get(self._name())
            if found is None:
                self._answer(404)
            else:
                self._answer(200, size=len(found))

    def do_DELETE(self) -> None:
        if self._may():
            self.store.objects.pop(self._name(), None)
            self._answer(204)

    def log_message(self, *said: object) -> None:
        """Say nothing."""


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    store = ObjectStore()
    handler = type("Handler", (_Handler,), {"store": store})
    with threaded(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        store.address = address
        yield store
