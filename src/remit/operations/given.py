"""Given: a digest of what came back, so that who has the words can show that they are the same."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from remit.enforce.answer import Delta, ModelEvent, ToolDelta, ToolStart
from remit.operations.system import System
from remit.record.call_entry import Hold


def given(
    system: System, hold: Hold, events: Iterable[ModelEvent], before: blake2b | None = None
) -> blake2b | None:
    """Add the words of an answer's next events, and the tools that it asks for; None where there are none."""
    said = "".join([_words(event) for event in events])
    if said:
        if before is None:
            before = system.content_hash(hold.purpose.use_case)
        before.update(said.encode("utf-8", "surrogatepass"))
    return before


def _words(event: ModelEvent) -> str:
    match event:
        case Delta():
            return event.text
        case ToolDelta():
            return event.arguments
        case ToolStart():
            return event.name
        case _:
            return ""
