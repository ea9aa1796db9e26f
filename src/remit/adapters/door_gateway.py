"""The gateway's door, by HTTP in the chat completions format, as any application knocks at it."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.enforce.prompt import PromptCall
from remit.enforce.request import ModelRequest
from remit.kernel.errors import ProviderFailed
from remit.ports_evaluation import Heard, Knock

WAIT_S = 60
"""How long a call stands in line where a limit on rates has no room."""

_TOTAL_S = 900.0
_BYTES_MAX = 64 << 20
_PATH = "/v1/chat/completions"


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str = ""


class _Answer(msgspec.Struct):
    choices: list[_Choice]


class _Refusal(msgspec.Struct):
    decision: str | None = None
    help: str = ""


class _Fault(msgspec.Struct):
    code: str
    message: str = ""
    remit: _Refusal | None = None


class _Failed(msgspec.Struct):
    error: _Fault


class GatewayDoor:
    """Knocks with one key at one address."""

    def __init__(self, address: str, secret: str, *, connections_max: int) -> None:
        self._client = HttpClient(address, connections_max=connections_max)
        self._headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {secret}",
            "x-remit-wait": str(WAIT_S),
        }

    async def ask(self, knock: Knock) -> Heard:
        headers = {**self._headers, "x-remit-run": knock.run, "x-remit-reference": knock.reference}
        if knock.user:
            headers["x-remit-user"] = knock.user
        if knock.prompt is not None:
            headers |= _prompt(knock.prompt)
        body = msgspec.json.encode(chat_body(knock.request))
        response = await self._client.post(_PATH, headers, body, timeouts=Timeouts(total=_TOTAL_S))
        try:
            said, data = response.headers, await response.read(bytes_max=_BYTES_MAX)
        finally:
            response.close()
        try:
            return _answer(data, said) if response.status == 200 else _fault(data, said)
        except (msgspec.DecodeError, IndexError, ValueError):
            raise ProviderFailed(
                "what answers in the gateway's place is none", help="see what listens at its address"
            ) from None

    def close(self) -> None:
        self._client.close()


def chat_body(request: ModelRequest) -> dict[str, Any]:
    """Write a request in the format; of what it does not set, nothing is said."""
    messages = [{"role": message.role, "content": message.text} for message in request.messages]
    body: dict[str, Any] = {"model": request.model.partition("/")[2], "messages": messages}
    if request.think is not None:
        body["reasoning_effort"] = request.think.effort
    if request.output_format is not None:
        schema = {"name": "answer", "schema": msgspec.Raw(request.output_format.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    fields = {
        "max_tokens": request.output_tokens_max,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
    }
    return body | {name: value for name, value in fields.items() if value is not None}


def _prompt(prompt: PromptCall) -> dict[str, str]:
    # A header holds no letters beyond ASCII; JSON has a way to write them.
    variables = json.dumps(dict(prompt.variables), separators=(",", ":"))
    return {"x-remit-prompt": prompt.address.partition("/")[2], "x-remit-prompt-variables": variables}


def _answer(data: bytes, headers: dict[str, str]) -> Heard:
    choice = msgspec.json.decode(data, type=_Answer).choices[0]
    message = choice.message
    return Heard(
        text=message.content or message.refusal or "",
        stopped=choice.finish_reason == "content_filter",
        call=headers.get("x-remit-call", ""),
    )


def _fault(data: bytes, headers: dict[str, str]) -> Heard:
    fault = msgspec.json.decode(data, type=_Failed).error
    wait = headers.get("retry-after", "")
    summary, _, help = fault.message.partition(" — ")
    return Heard(
        code=fault.code,
        summary=summary,
        help=help,
        decision=(fault.remit.decision or "") if fault.remit else "",
        retry_after_s=int(wait) if wait.isdecimal() else None,
    )
