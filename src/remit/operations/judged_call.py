"""A judged call: on whose behalf judges are asked about texts, and what an answer among them rests on."""

from __future__ import annotations

import msgspec

from remit.enforce.guardrail.spans import grounding_of
from remit.enforce.key import Key
from remit.enforce.request import Request
from remit.record.call_entry import Origin


class JudgedCall(msgspec.Struct, frozen=True):
    """The call whose texts are judged: its key, its id, whom it is for, and how it came in.

    `sources` and `query` are what an answer has to rest on and what it has to answer, as guardrails have let
    them pass; None if they have not.
    """

    key: Key
    id: str
    user: str = ""
    sources: tuple[str, ...] | None = ()
    query: str = ""
    origin: Origin = Origin()

    @property
    def use_case(self) -> str:
        return self.key.use_case


def answered(call: JudgedCall, request: Request) -> JudgedCall:
    """Say what the answer to a request rests on."""
    sources, query = grounding_of(request)
    return msgspec.structs.replace(call, sources=sources, query=query)
