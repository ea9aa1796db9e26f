"""Memory as it is kept: what an agent remembers of one actor in one use case."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

import msgspec

MemoryKind = Literal["summary", "fact", "preference"]
"""What is remembered: how a session went, something that is so, or how somebody wants something done."""

MEMORY_KINDS: tuple[MemoryKind, ...] = get_args(MemoryKind)

NAME_MAX = 200
TEXT_MAX = 8_000
MEMORIES_MAX = 1_000
"""How many memories one actor may have with one agent."""


class MemoryOwner(msgspec.Struct, frozen=True):
    """Whose a memory is: the actor's, as a keyed hash, with one agent of one use case."""

    use_case: str
    agent: str
    actor: str


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is remembered, under a name by which it is replaced, until its end."""

    id: str
    owner: MemoryOwner
    kind: MemoryKind
    name: str
    text: str
    run: str = ""
    tainted: bool = False
    at: datetime
    until: datetime


class MemoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which memories are meant: all of a use case, or those of one agent, one actor, one kind or one name."""

    use_case: str
    agent: str | None = None
    actor: str | None = None
    kind: MemoryKind | None = None
    name: str | None = None
    id: str | None = None
    now: datetime | None = None
    limit: int = 1_000
