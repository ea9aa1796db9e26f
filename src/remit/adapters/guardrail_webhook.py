"""A guardrail that is asked over HTTP: texts are posted as JSON, and what it finds in them comes back."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

from remit.adapters.http_client import HttpClient, Timeouts
from remit.declare.guardrail import Handling
from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.remark import Inquiry, Remark, remark
from remit.kernel.errors import JudgeFailed, RemitError

ANSWER_BYTES_MAX = 1 << 20
_CONNECTIONS_MAX = 64


class Posted(msgspec.Struct):
    """What is posted. `side` is `input` or `output`."""

    texts: Sequence[str]
    side: str
    guardrail: str
    use_case: str


class Told(msgspec.Struct):
    """One finding: which text, by its number from 0, and which of its characters; left out, all of them.

    `action` is the most that is wanted about it, where that is less than what was declared.
    """

    text: int
    type: str
    start: int = 0
    end: int | None = None
    confidence: Confidence = "high"
    action: Handling = "block"


class Findings(msgspec.Struct):
    """What comes back."""

    findings: list[Told]


class WebhookJudge:
    """Asks an address, under a credential if there is one."""

    def __init__(self, address: str, credential: str | None) -> None:
        parts = urlsplit(address)
        try:
            sound = bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise RemitError(
                "the guardrail's web hook has an address that is none",
                help="write `https://host/path`, with a port from 1 to 65535 if there is one",
                code="guardrail-unusable",
            )
        self._client = HttpClient(f"{parts.scheme}://{parts.netloc}", connections_max=_CONNECTIONS_MAX)
        self._path = parts.path or "/"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if credential is not None:
            self._headers["Authorization"] = f"Bearer {credential}"

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        posted = Posted(
            [_sendable(text) for text in texts], inquiry.side, inquiry.guardrail, inquiry.use_case
        )
        response = await self._client.post(
            self._path, self._headers, msgspec.json.encode(posted), timeouts=Timeouts(total=inquiry.timeout_s)
        )
        try:
            if response.status != 200:
                raise _failed(f"answered with status {response.status}")
            answer = await response.read(bytes_max=ANSWER_BYTES_MAX)
        finally:
            response.close()
        return _read(answer, texts)

    async def close(self) -> None:
        self._client.close()


def _read(answer: bytes, texts: Sequence[str]) -> list[list[Remark]]:
    try:
        found = msgspec.json.decode(answer, type=Findings).findings
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _failed("sent what cannot be read") from None
    said: list[list[Remark]] = [[] for _ in texts]
    for each in found:
        if not 0 <= each.text < len(texts):
            raise _failed("found something in a text that there is not")
        size = len(texts[each.text])
        end = size if each.end is None else each.end
        if not 0 <= each.start < end <= size:
            raise _failed("found something outside of its text")
        said[each.text].append(
            remark(each.type, each.start, end, confidence=each.confidence, most=each.action)
        )
    return said


def _sendable(text: str) -> str:
    """Put a question mark in the place of half a character, which no JSON can carry."""
    return text.encode("utf-8", "replace").decode()


def _failed(what: str) -> JudgeFailed:
    return JudgeFailed(f"the guardrail's web hook {what}", help="ask whoever runs it")
