"""What every keeper of memories promises, whichever technology it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.adapters.master_key import LocalMasterKey
from remit.adapters.memories_sqlite import SqliteMemories
from remit.kernel.errors import StoreError
from remit.ports_knowledge import Memories
from remit.record.memory_kept import MEMORIES_MAX, Memory, MemoryKind, MemoryOwner, MemoryQuery

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
ANNA = MemoryOwner("pilot", "desk", "a1")
MASTER = LocalMasterKey(b"m" * 32)
SECRET = "takes her tea with zanzibarian cloves"

KEEPERS: dict[str, Callable[[Path], Memories]] = {
    "sqlite": lambda path: SqliteMemories(path / "memories.sqlite", MASTER)
}


@pytest.fixture(params=KEEPERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Memories]]:
    keepers: list[Memories] = []

    def again() -> Memories:
        keeper = KEEPERS[request.param](tmp_path)
        keepers.append(keeper)
        return keeper

    yield again
    for keeper in keepers:
        keeper.close()


@pytest.fixture
def memories(opened: Callable[[], Memories]) -> Memories:
    return opened()


def memory(
    id: str = "m1",
    owner: MemoryOwner = ANNA,
    *,
    name: str = "tea",
    text: str = SECRET,
    kind: MemoryKind = "preference",
    at: datetime = NOW,
    days: int = 30,
) -> Memory:
    return Memory(id=id, owner=owner, kind=kind, name=name, text=text, at=at, until=at + timedelta(days=days))


def of(owner: MemoryOwner, **more: str) -> MemoryQuery:
    asked = {"use_case": owner.use_case, "agent": owner.agent, "actor": owner.actor, **more}
    return MemoryQuery(**asked)  # type: ignore[arg-type]  # texts all of them


def test_what_is_remembered_survives_its_keeper_and_lies_sealed(
    opened: Callable[[], Memories], tmp_path: Path
) -> None:
    opened().keep(memory())
    assert opened().find(of(ANNA)) == [memory()]
    assert not any(word in path.read_bytes() for path in tmp_path.iterdir() for word in (b"zanzibar", b"tea"))


def test_one_of_the_same_name_and_kind_takes_the_place_of_the_former(memories: Memories) -> None:
    memories.keep(memory())
    memories.keep(memory("m2", text="coffee"))
    memories.keep(memory("m3", kind="fact"))
    assert {(each.kind, each.text) for each in memories.find(of(ANNA))} == {
        ("preference", "coffee"),
        ("fact", SECRET),
    }
    assert [each.id for each in memories.find(of(ANNA, name="tea", kind="fact"))] == ["m3"]


def test_what_has_reached_its_end_is_not_found_and_then_erased(memories: Memories) -> None:
    memories.keep(memory(days=1))
    memories.keep(memory("m2", name="other", days=9))
    later = NOW + timedelta(days=2)
    assert [each.id for each in memories.find(MemoryQuery(use_case="pilot", now=later))] == ["m2"]
    assert memories.purge(later) == {"pilot": 1}
    assert memories.count(MemoryQuery(use_case="pilot")) == 1


def test_erasing_an_actor_reaches_every_agent_and_nobody_else(memories: Memories) -> None:
    memories.keep(memory())
    memories.keep(memory("m2", MemoryOwner("pilot", "other", "a1")))
    memories.keep(memory("m3", MemoryOwner("pilot", "desk", "b2")))
    memories.keep(memory("m4", MemoryOwner("second", "desk", "a1")))
    assert memories.erase(MemoryQuery(use_case="pilot", actor="a1")) == 2
    assert [each.id for each in memories.find(MemoryQuery(use_case="pilot"))] == ["m3"]
    assert [each.id for each in memories.find(MemoryQuery(use_case="second"))] == ["m4"]


def test_too_many_memories_push_the_oldest_out(memories: Memories) -> None:
    for number in range(MEMORIES_MAX + 3):
        at = NOW + timedelta(seconds=number)
        memories.keep(memory(f"m{number:05}", name=str(number), text="x", at=at))
    assert memories.count(of(ANNA)) == MEMORIES_MAX
    assert memories.find(of(ANNA, name="0")) == []


def test_what_lies_under_another_master_key_is_said_to_and_not_guessed_at(tmp_path: Path) -> None:
    keeper = SqliteMemories(tmp_path / "memories.sqlite", MASTER)
    keeper.keep(memory())
    keeper.close()
    other = SqliteMemories(tmp_path / "memories.sqlite", LocalMasterKey(b"n" * 32))
    with pytest.raises(StoreError, match="another master key"):
        other.find(of(ANNA))
    other.close()


owners = st.builds(
    MemoryOwner, st.sampled_from(["u", "u2"]), st.sampled_from(["", "g", "g2"]), st.sampled_from(["a", "b"])
)


@settings(deadline=None, max_examples=30)
@given(kept=st.lists(owners, max_size=10), asked=owners, name=st.sampled_from(["tea", "x' or 1=1 --", "%"]))
def test_nobody_is_told_what_another_had_remembered(
    tmp_path_factory: pytest.TempPathFactory, kept: list[MemoryOwner], asked: MemoryOwner, name: str
) -> None:
    for make in KEEPERS.values():
        memories = make(tmp_path_factory.mktemp("memories"))
        try:
            for number, owner in enumerate(kept):
                memories.keep(memory(f"m{number}", owner, name=f"tea {number}"))
            own = {f"m{number}" for number, owner in enumerate(kept) if owner == asked}
            assert {each.id for each in memories.find(of(asked))} == own
            assert memories.find(of(asked, name=name)) == []
            assert memories.erase(of(asked)) == len(own)
            assert memories.find(of(asked)) == []
            left = [owner for owner in kept if owner != asked]
            assert sum(memories.count(MemoryQuery(use_case=each)) for each in ("u", "u2")) == len(left)
        finally:
            memories.close()
