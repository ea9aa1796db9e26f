"""Amazon Bedrock's `ApplyGuardrail`: a text for guardrails to read, without any model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from remit.enforce.guardrail.assess import Read, Units
from remit.enforce.guardrail.trust import Span, Trust
from remit.gateway import answer
from remit.gateway.bedrock_assessment import assessment, details, intervention
from remit.gateway.bedrock_shapes import GuardText, Shape, Source
from remit.gateway.guardrail_call import address
from remit.gateway.reading import invalid, read_object
from remit.gateway.wire import Failure, malformed
from remit.operations.apply_guardrail import Applied, Assessed, Check
from remit.operations.refused import Refused

BODY_BYTES = 1 << 20
CONTENT_MAX = 25

_PATH = re.compile(r"/guardrail/([^/]+)/version/([^/]+)/apply")


class _Image(Shape):
    format: Literal["png", "jpeg"]
    source: Source


class _Content(Shape):
    text: GuardText | None = None
    image: _Image | None = None


class _Apply(Shape):
    source: Literal["INPUT", "OUTPUT"]
    content: list[_Content]
    output_scope: Literal["INTERVENTIONS", "FULL"] = "INTERVENTIONS"


_APPLY = msgspec.json.Decoder(_Apply)
SERVED = frozenset(_Apply.__struct_encode_fields__)


class Given(msgspec.Struct, frozen=True):
    """What a guardrail is to read, and how many images stand beside it that no guardrail here can look at."""

    check: Check
    images: int


def route(path: str) -> tuple[str, str] | None:
    """Take the guardrail and its version out of a path.

    >>> route("/guardrail/baseline/version/2/apply"), route("/model/small/converse")
    (('baseline', '2'), None)
    """
    found = _PATH.fullmatch(path)
    return None if found is None else (unquote(found[1]), unquote(found[2]))


def decode(body: bytes, identifier: str, version: str) -> Given | Failure:
    """Read a body; what is only a source, or the question about it, is not read itself where it is output."""
    named = address(identifier, version, fields=("guardrailIdentifier", "guardrailVersion"))
    if isinstance(named, Failure):
        return named
    if len(body) > BODY_BYTES:
        summary = f"the body is larger than {BODY_BYTES:,} bytes"
        return malformed("body-too-large", summary, "send a part of the text at a time", status=413)
    given = read_object(body, _APPLY, served=SERVED, not_served=frozenset())
    if isinstance(given, Failure):
        return given
    if not 1 <= len(given.content) <= CONTENT_MAX:
        help = f"send 1 to {CONTENT_MAX}"
        return invalid("content", f"`content` has {len(given.content):,} items", help)
    for place, each in enumerate(given.content):
        if (each.text is None) == (each.image is None):
            where = f"content[{place}]"
            return invalid(where, f"`{where}` is not one text or one image", "send one of the two")
    texts = [each.text for each in given.content if each.text is not None]
    check = _check(given, texts, named)
    if texts and not check.spans:
        summary = "`content` has sources or questions alone, and nothing that is to be guarded"
        return invalid("content", summary, "add the answer as a text without qualifiers")
    return Given(check, images=len(given.content) - len(texts))


def _check(given: _Apply, texts: Iterable[GuardText], named: str) -> Check:
    output = given.source == "OUTPUT"
    spans: list[Span] = []
    sources: list[str] = []
    queries: list[str] = []
    for each in texts:
        marked: set[str] = set(each.qualifiers)
        if "grounding_source" in marked:
            sources.append(each.text)
        elif "query" in marked:
            queries.append(each.text)
        if not output or not marked or "guard_content" in marked:
            spans.append(Span(each.text, _trust(marked, output=output)))
    return Check(
        (named,),
        "output" if output else "input",
        tuple(spans),
        tuple(sources) if output else (),
        "\n".join(queries) if output else "",
        full=given.output_scope == "FULL",
    )


def _trust(marked: set[str], *, output: bool) -> Trust:
    if "grounding_source" in marked:
        return "retrieved"
    if "query" in marked:
        return "query"
    return "answer" if output else "person"


def failure(refused: Refused) -> Failure:
    """Write a refusal; here the path names a guardrail, so one that is not there is not found."""
    said = answer.of_refusal(refused)
    if said.code != "unknown-guardrail":
        return said
    return Failure(
        status=404,
        code=said.code,
        summary=said.summary,
        help=said.help,
        decision=said.decision,
        entry=said.entry,
    )


def written(applied: Applied, *, images: int) -> bytes:
    """Write what became of the texts, and what each guardrail says.

    The words that were found stand in it: whoever reads this has sent them.
    """
    touched = applied.screening.action != "none"
    reads = [each.read for each in applied.each]
    return msgspec.json.encode(
        {
            "usage": _usage(applied.units),
            **intervention(applied.screening.action),
            "outputs": [{"text": text} for text in applied.texts] if touched else [],
            "assessments": [_assessment(applied, each, images=images) for each in applied.each],
            "guardrailCoverage": _coverage(reads, images=images),
        }
    )


def _assessment(applied: Applied, each: Assessed, *, images: int) -> dict[str, Any]:
    return {
        **assessment(each.guard, each.said),
        "invocationMetrics": {
            "guardrailProcessingLatency": applied.latency_ms,
            "usage": _usage(each.read.units),
            "guardrailCoverage": _coverage([each.read], images=images),
        },
        "appliedGuardrailDetails": details(each.guard, applied.asked),
    }


def _usage(units: Units) -> dict[str, int]:
    return {
        "topicPolicyUnits": units.topic,
        "contentPolicyUnits": units.content,
        "wordPolicyUnits": units.word,
        "sensitiveInformationPolicyUnits": units.sensitive,
        "sensitiveInformationPolicyFreeUnits": units.pattern,
        "contextualGroundingPolicyUnits": units.grounding,
        "contentPolicyImageUnits": 0,
        "automatedReasoningPolicyUnits": 0,
        "automatedReasoningPolicies": 0,
    }


def _coverage(reads: Iterable[Read], *, images: int) -> dict[str, Any]:
    """Say how much was read: all guardrails have the same text before them."""
    most = max(reads, key=lambda read: read.guarded)
    return {
        "textCharacters": {"guarded": most.guarded, "total": most.total},
        "images": {"guarded": 0, "total": images},
    }
