"""The exchange that is measured: one question, its constant answer in three kinds, and its price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

PIECES = 20
WORD = " hail"
"""One token of the answer. A sound answer holds it exactly `PIECES` times, however it is cut and wrapped."""

INPUT_TOKENS, OUTPUT_TOKENS = 48, PIECES
INPUT_RATE, OUTPUT_RATE = Decimal("0.15"), Decimal("0.60")
"""In EUR for a million tokens."""

CHARGE = (INPUT_TOKENS * INPUT_RATE + OUTPUT_TOKENS * OUTPUT_RATE) / 1_000_000

WHOLE, CUT = "static-whole", "static-cut"
"""Two models with one text. Streamed, one sends it in a single piece and the other in `PIECES` writes."""

QUESTION = (
    "Case aaaaaaaa: a customer reports damage to the roof and the windscreen of a parked car after the storm"
    " of last night. Name the most likely cause in a few words, and what an adjuster should look at first."
)


@dataclass(frozen=True, slots=True)
class Kind:
    """How an answer is asked for, and in how many pieces the provider sends it to the gateway."""

    name: str
    model: str
    streamed: bool
    pieces: int

    @property
    def body(self) -> bytes:
        fields: dict[str, object] = {
            "model": self.model,
            "messages": [{"role": "user", "content": QUESTION}],
            "max_tokens": 64,
            "temperature": 0.2,
        }
        if self.streamed:
            fields |= {"stream": True, "stream_options": {"include_usage": True}}
        return msgspec.json.encode(fields)


KINDS = (
    Kind("buffered, 1 piece", WHOLE, streamed=False, pieces=1),
    Kind("buffered, 20 pieces", CUT, streamed=False, pieces=PIECES),
    Kind("streamed, 20 pieces", CUT, streamed=True, pieces=PIECES),
)


def post(body: bytes, *, key: str = "") -> bytes:
    """Write the request of a call, the same for both paths but for the gateway's key."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"{authorization}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
