"""The peer that is nothing but FastAPI and httpx: it passes a call on and its answer back.

    python peer_plain.py PORT UPSTREAM_PORT

It runs in an environment of its own, with the packages of requirements/peers/fastapi.lock.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response, StreamingResponse

PORT, UPSTREAM = (int(argument) for argument in sys.argv[1:])
app = FastAPI()
client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{UPSTREAM}", timeout=None)


async def pass_on(request: Request) -> Response:
    call = client.build_request(
        "POST",
        "/v1/chat/completions",
        content=await request.body(),
        headers={"content-type": "application/json"},
    )
    answer = await client.send(call, stream=True)
    kind = answer.headers["content-type"]
    if not kind.startswith("text/event-stream"):
        body = await answer.aread()
        await answer.aclose()
        return Response(body, answer.status_code, media_type=kind)

    async def pieces() -> AsyncIterator[bytes]:
        async for piece in answer.aiter_raw():
            yield piece
        await answer.aclose()

    return StreamingResponse(pieces(), answer.status_code, media_type=kind)


app.add_api_route("/v1/chat/completions", pass_on, methods=["POST"])
uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error", access_log=False)
