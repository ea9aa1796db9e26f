"""Gemini's generateContent, as a provider's server answers in it: built from the published shape."""

from __future__ import annotations

from typing import Any

from conformance.provider import Provider, Script, halves, lacks, sse

_GEMINI = {"stop": "STOP", "length": "MAX_TOKENS", "tool_use": "STOP", "content_filter": "SAFETY"}


def _gemini_parts(script: Script) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"text": script.thoughts, "thought": True}] if script.thoughts else []
    parts += [{"text": each} for each in halves(script.text)]
    parts += [{"functionCall": {"id": id, "name": name, "args": args}} for id, name, args in script.tools]
    if script.signature:
        parts[-1]["thoughtSignature"] = script.signature
    return parts


def _gemini(parts: list[dict[str, Any]], script: Script, *, last: bool) -> dict[str, Any]:
    # Nothing is counted as written to a cache, a refusal is words, and a stop text ends like any other.
    lacks(script.written, script.refused, script.reason not in _GEMINI)
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": parts}}
    read = script.input + script.cached
    usage = {
        "promptTokenCount": read,
        "cachedContentTokenCount": script.cached,
        "candidatesTokenCount": script.output - script.reasoning,
        "thoughtsTokenCount": script.reasoning,
        "totalTokenCount": read + script.output,
    }
    answer: dict[str, Any] = {"candidates": [candidate], "modelVersion": "served", "responseId": "r"}
    if last:
        candidate["finishReason"] = _GEMINI[script.reason]
        answer["usageMetadata"] = usage
    return answer


GEMINI = Provider(
    "gemini",
    lambda script: _gemini(_gemini_parts(script), script, last=True),
    lambda script: sse(
        [
            *(_gemini([part], script, last=False) for part in _gemini_parts(script)),
            _gemini([{"text": ""}], script, last=True),
        ]
    ),
    lambda status: {"error": {"code": status, "message": "words", "status": "A_STATUS"}},
    b'data: {"error": {"code": 500, "message": "words", "status": "INTERNAL"}}\n\n',
)
