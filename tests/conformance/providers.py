"""One server for all providers' formats, each below its name: what it is to answer, and what it was asked."""

from __future__ import annotations

import asyncio
import json
import struct
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from conformance.provider import Provider, Script
from conformance.provider_anthropic import ANTHROPIC
from conformance.provider_bedrock import BEDROCK
from conformance.provider_gemini import GEMINI
from conformance.provider_openai import OPENAI

PROVIDERS = (OPENAI, ANTHROPIC, GEMINI, BEDROCK)


def _vectors(provider: Provider, script: Script) -> Any:
    """Answer texts to embed; OpenAI's shape numbers its vectors, which may then come in any order."""
    if provider is GEMINI:
        counted = {"promptTokenCount": script.input}
        return {"embeddings": [{"values": each} for each in script.vectors], "usageMetadata": counted}
    packed = [b64encode(struct.pack(f"<{len(each)}f", *each)).decode() for each in script.vectors]
    data = [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(packed)]
    usage = {"prompt_tokens": script.input, "total_tokens": script.input}
    return {"object": "list", "data": data[::-1], "model": "served", "usage": usage}


@dataclass
class Upstream:
    """One server for all of them, each below its name: what it was asked last, and what it is to answer."""

    script: Script = field(default_factory=Script)
    asked: Any = None
    address: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        for provider in PROVIDERS:
            app.router.add_post(f"/{provider.name}/{{rest:.*}}", self._serves(provider))
        runner = web.AppRunner(app, handle_signals=False)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert runner.addresses
        self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def _serves(self, provider: Provider) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            self.asked = await request.json()
            script = self.script
            if script.vectors:
                return web.json_response(_vectors(provider, script))
            streamed = "stream" in request.path.rpartition("/")[2] or bool(self.asked.get("stream"))
            if script.status != 200 or (script.breaks and not streamed):
                status = script.status if script.status != 200 else 500
                headers = {"retry-after": "7"} if status == 429 else {}
                return web.json_response(provider.fault(status), status=status, headers=headers)
            pieces = provider.stream(script) if streamed else [json.dumps(provider.whole(script)).encode()]
            kind = provider.stream_type if streamed else "application/json"
            response = web.StreamResponse(headers={"content-type": kind})
            await response.prepare(request)
            middle = max(1, len(pieces) // 2) if streamed else 0
            for place, piece in enumerate(pieces):
                if place == middle and script.waits:
                    self.reached.set()
                    await self.let_go.wait()
                if place == middle and script.breaks:
                    await response.write(provider.broken)
                    return response
                await response.write(piece)
            return response

        return serve
