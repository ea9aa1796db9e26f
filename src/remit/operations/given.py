"""Given: a digest of what came back, so that who has the words can show that they are the same."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from remit.enforce.answer import Delta, ModelEvent, ToolDelta, ToolStart
from remit.operations.system import System

PIECES_MAX = 256
"""How many pieces are gathered before they are added to the digest; an answer may be long."""


def added(
    system: System, use_case: str, pieces: Sequence[ModelEvent], before: blake2b | None = None
) -> blake2b | None:
    """Add an answer's next words, and the tools that it asks for, to its digest; None where none came."""
    said: list[str] = []
    for piece in pieces:
        if isinstance(piece, Delta):
            said.append(piece.text)
        elif isinstance(piece, ToolDelta):
            said.append(piece.arguments)
        elif isinstance(piece, ToolStart):
            said.append(piece.name)
    if not said:
        return before
    digest = system.content_hash(use_case) if before is None else before
    digest.update("".join(said).encode("utf-8", "surrogatepass"))
    return digest
