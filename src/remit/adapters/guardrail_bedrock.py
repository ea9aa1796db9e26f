"""A guardrail of Amazon Bedrock, asked with `ApplyGuardrail` through a declared provider.

Bedrock itself says of each finding if it stops, masks or only notes it; here no more is done about it. It
gives no places, only the words that it matched, so those are looked for in the texts. What it says of the
content as a whole holds for every text that was sent with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from remit.adapters.aws_credentials import Credentials
from remit.adapters.bedrock_answer import refusal_of
from remit.adapters.bedrock_client import BedrockClient
from remit.adapters.exchange import read_whole
from remit.declare.guardrail import Handling
from remit.enforce.guardrail.finding import CONFIDENCES, Confidence
from remit.enforce.guardrail.remark import UNNAMED, Inquiry, Remark, remark
from remit.enforce.request import Terms
from remit.kernel.errors import JudgeFailed

ANSWER_BYTES_MAX = 4 << 20
FINDINGS_MAX = 1_000
"""How often one match is looked for in a text; what stands in it more often is all of it."""

_ACTIONS: dict[str, Handling] = {"BLOCKED": "block", "ANONYMIZED": "anonymize", "NONE": "none"}

_LISTS: tuple[tuple[str, str, str], ...] = (
    ("topicPolicy", "topics", "name"),
    ("contentPolicy", "filters", "type"),
    ("wordPolicy", "customWords", ""),
    ("wordPolicy", "managedWordLists", "type"),
    ("sensitiveInformationPolicy", "piiEntities", "type"),
    ("sensitiveInformationPolicy", "regexes", "name"),
    ("contextualGroundingPolicy", "filters", "type"),
)
"""Where an assessment lists what was found, and the field that names it; a word has no name but itself."""


class Detected(msgspec.Struct):
    """One finding of an assessment, whichever policy's it is."""

    action: str
    name: str | None = None
    type: str | None = None
    match: str | None = None
    confidence: str = "HIGH"
    detected: bool = True


class Applied(msgspec.Struct):
    """What `ApplyGuardrail` answers."""

    action: str
    assessments: list[dict[str, Any]] = []


class BedrockJudge:
    """Asks one guardrail, `identifier/version`, of one account's region."""

    def __init__(
        self,
        guardrail: str,
        base_url: str,
        *,
        region: str,
        api_key: str | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        identifier, _, version = guardrail.rpartition("/")
        self._path = f"/guardrail/{quote(identifier, safe='')}/version/{quote(version, safe='')}/apply"
        self._client = BedrockClient(base_url, region=region, api_key=api_key, credentials=credentials)

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        asked = {
            "source": inquiry.side.upper(),
            "content": [{"text": {"text": text.encode("utf-8", "replace").decode()}} for text in texts],
        }
        terms = Terms(
            options={},
            whole=True,
            first_byte_s=inquiry.timeout_s,
            total_s=inquiry.timeout_s,
            use_case=inquiry.use_case,
            unit=inquiry.unit,
        )
        response = await self._client.post(self._path, msgspec.json.encode(asked), terms)
        applied = await read_whole(response, _read, refusal=refusal_of, bytes_max=ANSWER_BYTES_MAX)
        return _said(applied, texts)

    async def close(self) -> None:
        self._client.close()


def _read(answer: bytes) -> Applied:
    try:
        return msgspec.json.decode(answer, type=Applied)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _unreadable() from None


def _said(applied: Applied, texts: Sequence[str]) -> list[list[Remark]]:
    said: list[list[Remark]] = [[] for _ in texts]
    for each, type in _detected(applied):
        most = _ACTIONS.get(each.action, "block")
        sure: Confidence = "high"
        if each.confidence.lower() in CONFIDENCES:
            sure = next(word for word in CONFIDENCES if word == each.confidence.lower())
        for number, start, end in _places(each.match or "", texts):
            said[number].append(remark(type, start, end, confidence=sure, most=most))
    acts = any(each.most != "none" for remarks in said for each in remarks)
    if applied.action == "GUARDRAIL_INTERVENED" and not acts:
        # INVARIANT: where Bedrock steps in by what is not known here, it is no less heeded.
        return [[remark(UNNAMED, 0, len(text))] for text in texts]
    return said


def _detected(applied: Applied) -> Iterator[tuple[Detected, str]]:
    for assessment in applied.assessments:
        for policy, field, naming in _LISTS:
            listed = (assessment.get(policy) or {}).get(field) or []
            try:
                found = msgspec.convert(listed, list[Detected])
            except msgspec.ValidationError:
                raise _unreadable() from None
            for each in found:
                if each.detected:
                    yield each, (getattr(each, naming) if naming else "WORD") or UNNAMED


def _places(match: str, texts: Sequence[str]) -> list[tuple[int, int, int]]:
    """Look for what was matched; if it stands nowhere as it is, or everywhere, all of every text is meant."""
    found = [place for number, text in enumerate(texts) for place in _in_text(match, number, text)]
    return found or [(number, 0, len(text)) for number, text in enumerate(texts)]


def _in_text(match: str, number: int, text: str) -> Iterator[tuple[int, int, int]]:
    if not match:
        return
    at = text.find(match)
    folded = text
    if at < 0 and len(text.lower()) == len(text):
        folded, match = text.lower(), match.lower()
        at = folded.find(match)
    count = 0
    while at >= 0:
        count += 1
        if count > FINDINGS_MAX:
            yield number, 0, len(text)
            return
        yield number, at, at + len(match)
        at = folded.find(match, at + len(match))


def _unreadable() -> JudgeFailed:
    return JudgeFailed("Bedrock's guardrail sent what cannot be read", help="ask whoever runs the provider")
