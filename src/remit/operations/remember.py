"""Remember, recall and forget: what an agent knows of one actor in one use case, and of nobody else.

Whose memory it is comes from the key and from whom the caller named for the run, never from the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from remit.enforce.key import Key
from remit.enforce.remit import Remit
from remit.kernel.errors import NotFound, RemitError
from remit.operations.model_in_force import REASON_MAX
from remit.operations.system import RECORD, System
from remit.record.knowledge_entry import MemoryErased
from remit.record.memory_kept import (
    MEMORY_KINDS,
    NAME_MAX,
    TEXT_MAX,
    Memory,
    MemoryKind,
    MemoryOwner,
    MemoryQuery,
)

DAYS = 90
"""For how long something is remembered where the remit names no days of retention."""
RECALLED_MAX = 50
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What shall be remembered; one of the same kind and name takes the place of the one before.

    With an `id`, to ask for it again changes nothing.
    """

    kind: MemoryKind
    name: str
    text: str
    id: str = ""
    run: str = ""
    tainted: bool = False


def owner_of(system: System, use_case: str, agent: str, actor: str) -> MemoryOwner:
    """Name whose memory it is; who the actor is cannot be told from it.

    Every use case has another name for the same actor, so that no two can be joined.
    """
    return MemoryOwner(use_case, agent, actor_of(system, use_case, actor))


def actor_of(system: System, use_case: str, actor: str) -> str:
    return system.pseudonym("memory", use_case, actor)


def key_for(system: System, key: Key, agent: str, actor: str) -> Key:
    """Have a key act as an agent for somebody; where nobody is named, what is remembered is the key's own."""
    return replace(key, agent=agent, actor=actor_of(system, key.use_case, actor) if actor else "")


def days_of(remit: Remit) -> int:
    """Say for how many days things are remembered: as the remit says at most; 0 if nothing may be kept."""
    days = remit.retention_days
    return min(days, DAYS) if isinstance(days, int) else DAYS


def remember(system: System, owner: MemoryOwner, remark: Remark, *, days: int) -> Memory:
    """Keep something; raises RemitError for what is too long or may not be kept at all."""
    if days <= 0:
        raise RemitError(
            f"the remit of `{owner.use_case}` lets nothing be kept",
            help="ask its owner to set `retention_days`",
            code="memory-not-allowed",
        )
    if remark.kind not in MEMORY_KINDS or not 0 < len(remark.name) <= NAME_MAX:
        raise RemitError(
            "the memory has no kind or name that can be kept",
            help=f"name one of {', '.join(MEMORY_KINDS)}, and a name of at most {NAME_MAX} characters",
            code="value-too-long",
        )
    if not 0 < len(remark.text) <= TEXT_MAX:
        raise RemitError(
            f"a memory has 1 to {TEXT_MAX:,} characters", help="say it in fewer words", code="value-too-long"
        )
    now = system.clock.now()
    memory = Memory(
        id=remark.id or f"mem_{system.ids.new(now)}",
        owner=owner,
        kind=remark.kind,
        name=remark.name,
        text=remark.text,
        run=remark.run,
        tainted=remark.tainted,
        at=now,
        until=now + timedelta(days=days),
    )
    system.make_memories().keep(memory)
    return memory


def recall(
    system: System,
    owner: MemoryOwner,
    *,
    kind: MemoryKind | None = None,
    words: str = "",
    limit: int = RECALLED_MAX,
) -> list[Memory]:
    """Return what is remembered, the latest first; with `words`, what shares most of them comes first."""
    found = system.make_memories().find(
        MemoryQuery(
            use_case=owner.use_case,
            agent=owner.agent,
            actor=owner.actor,
            kind=kind,
            now=system.clock.now(),
        )
    )
    asked = set(_WORD.findall(words.casefold()))
    if asked:
        shared = [len(asked.intersection(_WORD.findall(f"{m.name} {m.text}".casefold()))) for m in found]
        order = sorted(range(len(found)), key=lambda at: -shared[at])
        found = [found[at] for at in order]
    return found[: min(limit, RECALLED_MAX)]


def remembered(system: System, owner: MemoryOwner, id: str) -> Memory | None:
    """Find one memory of an owner by its id."""
    found = system.make_memories().find(
        MemoryQuery(use_case=owner.use_case, agent=owner.agent, actor=owner.actor, id=id)
    )
    return found[0] if found else None


def forget(system: System, owner: MemoryOwner, *, kind: MemoryKind | None, name: str) -> int:
    """Forget what has this name; an agent can take back what it was told to."""
    return system.make_memories().erase(
        MemoryQuery(use_case=owner.use_case, agent=owner.agent, actor=owner.actor, kind=kind, name=name)
    )


def list_memories(
    system: System, use_case: str, *, agent: str | None = None, actor: str | None = None
) -> list[Memory]:
    """List what is remembered in a use case, for people who answer for it."""
    query = _query(system, use_case, agent=agent, actor=actor)
    return system.make_memories().find(query)


def show_memory(system: System, use_case: str, id: str) -> Memory:
    """Return one memory; raises NotFound."""
    found = system.make_memories().find(MemoryQuery(use_case=use_case, id=id))
    if not found:
        raise NotFound(
            f"nothing `{id[:40]}` is remembered in use case `{use_case[:60]}`",
            help="`remit memory list` shows the ids of what is",
        )
    return found[0]


def erase_memories(
    system: System,
    use_case: str,
    *,
    agent: str | None = None,
    actor: str | None = None,
    author: str,
    reason: str,
) -> MemoryErased:
    """Erase what is remembered in a use case, of one agent or actor or of all, and say so in the ledger.

    Of an actor named without an agent, what every agent of the use case remembers goes.
    """
    assert reason.strip(), "the door asks for one"
    query = _query(system, use_case, agent=agent, actor=actor)
    gone = system.make_memories().erase(query)
    return _record(system, query, gone, basis="request", author=author, reason=reason[:REASON_MAX])


def purge_memories(system: System, *, author: str) -> list[MemoryErased]:
    """Erase what has reached its end, with an entry for each use case."""
    gone = system.make_memories().purge(system.clock.now())
    return [
        _record(
            system,
            MemoryQuery(use_case=use_case),
            count,
            basis="retention",
            author=author,
            reason="its time was over",
        )
        for use_case, count in gone.items()
    ]


def _query(system: System, use_case: str, *, agent: str | None, actor: str | None) -> MemoryQuery:
    hashed = None if actor is None else actor_of(system, use_case, actor)
    return MemoryQuery(use_case=use_case, agent=agent, actor=hashed)


def _record(
    system: System,
    query: MemoryQuery,
    memories: int,
    *,
    basis: Literal["request", "retention"],
    author: str,
    reason: str,
) -> MemoryErased:
    now = system.clock.now()
    entry = MemoryErased(
        id=system.ids.new(now),
        at=now,
        use_case=query.use_case,
        agent=query.agent or "",
        actor=query.actor or "",
        memories=memories,
        basis=basis,
        author=author,
        reason=reason,
    )
    with system.journals.exclusive(RECORD) as journal:
        journal.append([entry])
    return entry
