"""The matrix: every format to every provider, buffered and streamed, feature by feature.

Each cell is one real call: HTTP bytes into the gateway's own server, its decoder, the one operation, a
provider's adapter, a scripted server that speaks the provider's format, and all the way back.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance import caller as caller_side
from conformance import provider as provider_side
from conformance.caller import Caller, Got
from conformance.callers import CALLERS
from conformance.embeddings import EMBEDDED, EMBEDDINGS, Embedding
from conformance.feature import Feature, ask
from conformance.installation import Written, bench
from conformance.outcome import ALLOWED, CARRIED, LEFT_OUT, LOST, NOT_IN_FORMAT
from conformance.provider import Provider, Script
from conformance.providers import PROVIDERS, Upstream
from conformance.questions import QUESTIONS
from conformance.replies import ANSWERS
from conformance.unserved import UNSERVED, Unserved
from http_pipe import Client
from remit.gateway.app import Gateway, reject
from remit.gateway.http import Server
from remit.operations.worker import Worker
from remit.record.call_entry import Call


class Bench:
    """A gateway in this process, the scripted servers, and a key."""

    def __init__(self, worker: Worker, written: Written, upstream: Upstream, key: str) -> None:
        self.server = Server(Gateway(worker).handle, reject=reject)
        self.worker, self.written, self.upstream, self.key = worker, written, upstream, key

    async def cell(self, caller: Caller, provider: Provider, feature: Feature, *, streamed: bool) -> str:
        """Make the call, and say what became of it; one that is refused is made again with more allowed."""
        found = await self._call(caller, provider, feature, provider.name, streamed=streamed)
        if found == "cannot-be-expressed":
            model = f"{provider.name}-allowing"
            if await self._call(caller, provider, feature, model, streamed=streamed) == CARRIED:
                return ALLOWED
        return found

    async def _call(
        self, caller: Caller, provider: Provider, feature: Feature, model: str, *, streamed: bool
    ) -> str:
        try:
            body = caller.body(feature.asked, model, streamed)
            (provider.stream if streamed else provider.whole)(feature.script)
        except (caller_side.NotInFormat, provider_side.NotInFormat):
            return NOT_IN_FORMAT
        self.upstream.script, self.upstream.asked = feature.script, None
        self.written.entries.clear()
        self.worker.breakers.clear()
        client = Client(self.server)
        await client.send([self._request(caller.path(model, streamed), body)], wait=False)
        if feature.script.waits:
            return await self._left(client)
        await client.settle()
        status, headers, data = _answer(client.pipe.taken)
        client.leave()
        wrong = self._recorded(status)
        if wrong:
            return wrong
        if status != 200:
            code = caller.code(json.loads(data))
            if feature.code:
                return (
                    CARRIED
                    if code == feature.code and ("retry-after" in headers) == (status == 429)
                    else code
                )
            return code if status < 500 else f"{LOST}: {code}"
        got = caller.stream(data) if streamed else caller.whole(json.loads(data))
        if feature.code:
            return CARRIED if got.fault == feature.code else f"{LOST}: the fault"
        return self._carried(caller, provider, feature, got)

    def _carried(self, caller: Caller, provider: Provider, feature: Feature, got: Got) -> str:
        if feature in QUESTIONS:
            look, asked = feature.look.get(provider.name), self.upstream.asked
            found = look(asked) if look else bool(feature.words) and _holds(asked, feature.words)
            if provider.name in feature.left_out:
                return f"{LOST}: it was told" if found else LEFT_OUT
            if not found:
                return f"{LOST}: what was asked"
        read = feature.read(got, feature.script, caller)
        if read is None:
            return NOT_IN_FORMAT
        return CARRIED if read else f"{LOST}: what was answered"

    async def vectors(self, provider: Provider, feature: Embedding) -> str:
        """Have texts embedded, and say what became of it."""
        body: dict[str, Any] = {
            "model": provider.name,
            "input": list(feature.texts),
            "encoding_format": feature.encoding,
        }
        body |= {"dimensions": feature.dimensions} if feature.dimensions else {}
        self.upstream.script, self.upstream.asked = Script(vectors=feature.vectors, output=0), None
        self.written.entries.clear()
        client = Client(self.server)
        await client.send([self._request("/v1/embeddings", body)])
        status, _, data = _answer(client.pipe.taken)
        client.leave()
        if status != 200:
            return str(json.loads(data)["error"]["code"])
        return self._recorded(status) or feature.outcome(json.loads(data), self.upstream.asked)

    async def unserved(self, thing: Unserved) -> str:
        """Ask for what is not served, and say with which code it is refused."""
        body = thing.caller.body(ask("Hello."), "openai", False) | thing.fields
        self.upstream.asked = None
        client = Client(self.server)
        await client.send([self._request(thing.caller.path("openai", False), body)])
        status, _, data = _answer(client.pipe.taken)
        client.leave()
        if status == 200 or self.upstream.asked is not None:
            return f"{LOST}: it was asked"
        return thing.caller.code(json.loads(data))

    def _recorded(self, status: int) -> str:
        """Hold the ledger to it: one entry for each call that was decided on, with what it came to."""
        entries = self.written.entries
        if status == 400 and not entries:
            # What cannot be read is no call.
            return ""
        if len(entries) != 1:
            return f"{LOST}: {len(entries)} entries"
        [entry] = entries
        script = self.upstream.script
        if isinstance(entry, Call) and entry.status == "completed":
            counted = entry.usage.input_total, entry.usage.output_tokens, entry.usage.cache_read_tokens
            if counted != (script.input + script.cached + script.written, script.output, script.cached):
                return f"{LOST}: what was counted"
        return ""

    async def _left(self, client: Client) -> str:
        """Let the caller leave in the middle, and the provider say the rest: it is counted once."""
        await self.upstream.reached.wait()
        task = client.connection.task
        client.leave()
        self.upstream.let_go.set()
        if task is not None:
            await asyncio.wait([task])
        self.upstream.reached.clear()
        self.upstream.let_go.clear()
        [entry] = self.written.entries
        assert isinstance(entry, Call)
        whole = (entry.usage.input_tokens, entry.usage.output_tokens, entry.usage_estimated) == (20, 9, False)
        return CARRIED if entry.status == "hung_up" and whole else f"{LOST}: the count"

    def _request(self, path: str, body: Any) -> bytes:
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {self.key}\r\n"
        return f"{head}content-type: application/json\r\ncontent-length: {len(data)}\r\n\r\n".encode() + data


def _holds(asked: Any, words: Sequence[str]) -> bool:
    text = json.dumps(asked, ensure_ascii=False)
    return all(word in text for word in words)


def _answer(taken: bytes) -> tuple[int, Mapping[str, str], bytes]:
    head, _, body = taken.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    if headers.get("transfer-encoding") == "chunked":
        pieces = []
        while body:
            size, _, rest = body.partition(b"\r\n")
            length = int(size, 16)
            pieces.append(rest[:length])
            body = rest[length + 2 :]
        body = b"".join(pieces)
    return int(first.split(" ")[1]), headers, body


Cells = dict[tuple[str, str, str, bool], str]
"""What became of each feature, by format, provider, feature and whether the answer was streamed."""

QUESTION, ANSWER, VECTORS, UNSERVED_KIND = "question: ", "answer: ", "vectors: ", "unserved: "


def rows() -> Iterator[tuple[str, Feature]]:
    """List the rows of a format's table."""
    for kind, features in ((QUESTION, QUESTIONS), (ANSWER, ANSWERS)):
        yield from ((kind + feature.name, feature) for feature in features)


def measure(root: Path) -> Cells:
    """Fill the matrix."""
    with bench(root) as (key, worker, written, upstream):

        async def run() -> Cells:
            runner = await upstream.start()
            found: Cells = {}
            at = Bench(worker, written, upstream, key)
            for caller in CALLERS:
                for provider in PROVIDERS:
                    for name, feature in rows():
                        for streamed in (False, True):
                            place = caller.name, provider.name, name, streamed
                            found[place] = await at.cell(caller, provider, feature, streamed=streamed)
            for thing in UNSERVED:
                found[thing.caller.name, "", UNSERVED_KIND + thing.name, False] = await at.unserved(thing)
            for provider in PROVIDERS:
                for embedding in EMBEDDINGS:
                    place = EMBEDDED, provider.name, VECTORS + embedding.name, False
                    found[place] = await at.vectors(provider, embedding)
            await worker.close()
            await runner.cleanup()
            return found

        return asyncio.run(run())
