"""What every keeper of knowledge promises, whichever technology it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from remit.adapters.knowledge_sqlite import SqliteKnowledge
from remit.declare.declared import DATA_CLASSES, DataClass
from remit.enforce.knowledge.filter import Value, read_filter
from remit.enforce.knowledge.reader import Reader
from remit.ports_knowledge import Knowledge
from remit.record.knowledge_kept import Chunk, Document, Search

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
BASE = "knowledge/handbook"
ANYBODY = Reader(frozenset({"all"}), "restricted")

KEEPERS: dict[str, Callable[[Path], Knowledge]] = {
    "sqlite": lambda path: SqliteKnowledge(path / "knowledge.sqlite")
}


@pytest.fixture(params=KEEPERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Knowledge]]:
    keepers: list[Knowledge] = []

    def again() -> Knowledge:
        keeper = KEEPERS[request.param](tmp_path)
        keepers.append(keeper)
        return keeper

    yield again
    for keeper in keepers:
        keeper.close()


@pytest.fixture
def knowledge(opened: Callable[[], Knowledge]) -> Knowledge:
    return opened()


def document(
    source: str,
    *,
    base: str = BASE,
    readers: tuple[str, ...] = ("all",),
    data_class: DataClass = "internal",
    attributes: Mapping[str, Value] | None = None,
    dated: datetime = NOW,
    digest: str = "d",
) -> Document:
    return Document(
        id=f"doc_{base}_{source}",
        base=base,
        source=source,
        title=source,
        version=1,
        digest=digest,
        owner="owner@example.com",
        readers=readers,
        data_class=data_class,
        attributes=attributes or {},
        embedding="wordllama",
        dated=dated,
        added=NOW,
    )


def vectors(*rows: tuple[float, ...]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def found(knowledge: Knowledge, search: Search, vector: NDArray[np.float32] | None = None) -> list[str]:
    return [each.source for each in knowledge.search(search, vector)]


def asking(words: str, reader: Reader = ANYBODY, *, base: str = BASE, limit: int = 10) -> Search:
    return Search(base=base, words=words, reader=reader, embedding="wordllama", limit=limit)


def test_a_passage_is_found_by_its_words_and_cited_by_version_chunk_and_place(knowledge: Knowledge) -> None:
    said = [Chunk("page 1", "Trains run hourly."), Chunk("page 2", "Hail is covered.")]
    assert knowledge.put(document("terms.pdf"), said, None) == "added"
    [passage] = knowledge.search(asking("is hail covered"), None)
    assert (passage.source, passage.version, passage.chunk) == ("terms.pdf", 1, 2)
    assert (passage.place, passage.text) == ("page 2", "Hail is covered.")
    assert 0 < passage.score <= 1


def test_a_passage_is_found_by_its_meaning_alone(knowledge: Knowledge) -> None:
    knowledge.put(document("near"), [Chunk("", "storm")], vectors((1, 0)))
    knowledge.put(document("far"), [Chunk("", "tax")], vectors((0, 1)))
    assert found(knowledge, asking("tempest"), vectors((0.9, 0.1))[0]) == ["near", "far"]


def test_what_both_ways_find_comes_before_what_one_does(knowledge: Knowledge) -> None:
    knowledge.put(document("words"), [Chunk("", "hail hail hail")], vectors((0, 1)))
    knowledge.put(document("both"), [Chunk("", "hail on roofs")], vectors((1, 0)))
    knowledge.put(document("meaning"), [Chunk("", "ice from above")], vectors((0.9, 0.1)))
    assert found(knowledge, asking("hail"), vectors((1, 0))[0])[0] == "both"


def test_a_changed_document_is_a_new_version_and_the_former_is_gone(opened: Callable[[], Knowledge]) -> None:
    knowledge = opened()
    knowledge.put(document("terms"), [Chunk("", "excess of 100 euro")], None)
    assert knowledge.put(document("terms"), [Chunk("", "excess of 100 euro")], None) == "unchanged"
    changed = document("terms", digest="other")
    assert knowledge.put(changed, [Chunk("", "excess of 150 euro")], None) == "replaced"
    again = opened()
    [passage] = again.search(asking("excess euro"), None)
    assert (passage.text, passage.version) == ("excess of 150 euro", 2)
    assert [(each.version, each.removed is None) for each in again.past(passage.document)] == [
        (2, True),
        (1, False),
    ]
    [kept] = again.documents(BASE)
    assert (kept.version, kept.chunks, kept.characters) == (2, 1, 18)


def test_who_holds_it_sees_what_another_has_changed(opened: Callable[[], Knowledge]) -> None:
    one, other = opened(), opened()
    one.put(document("a"), [Chunk("", "first")], vectors((1, 0)))
    assert found(one, asking("x"), vectors((1, 0))[0]) == ["a"]
    other.put(document("b"), [Chunk("", "second")], vectors((1, 0)))
    assert sorted(found(one, asking("x"), vectors((1, 0))[0])) == ["a", "b"]


def test_a_removed_document_leaves_no_word_in_the_files(knowledge: Knowledge, tmp_path: Path) -> None:
    knowledge.put(document("kept"), [Chunk("", "something else")], None)
    knowledge.put(document("gone"), [Chunk("", "a zanzibarian secret")], vectors((1, 0)))
    removed = knowledge.remove(f"doc_{BASE}_gone", at=NOW)
    assert removed is not None
    assert removed.source == "gone"
    assert knowledge.remove(f"doc_{BASE}_gone", at=NOW) is None
    assert found(knowledge, asking("zanzibarian"), vectors((1, 0))[0]) == []
    assert not any(b"zanzibar" in path.read_bytes() for path in tmp_path.iterdir())


def test_documents_are_filtered_by_what_they_say_of_themselves_and_by_their_age(knowledge: Knowledge) -> None:
    for year in (2024, 2025, 2026):
        dated = datetime(year, 1, 1, tzinfo=UTC)
        knowledge.put(
            document(f"terms-{year}", attributes={"year": year}, dated=dated),
            [Chunk("", "hail")],
            vectors((1, 0)),
        )
    only = read_filter({"type": "gte", "key": "year", "value": 2025})
    search = Search(base=BASE, words="hail", reader=ANYBODY, embedding="wordllama", filter=only)
    assert sorted(found(knowledge, search, vectors((1, 0))[0])) == ["terms-2025", "terms-2026"]
    since = Search(
        base=BASE, words="hail", reader=ANYBODY, embedding="wordllama", since=NOW - timedelta(days=365)
    )
    assert found(knowledge, since, vectors((1, 0))[0]) == ["terms-2026"]


def test_a_filter_is_asked_before_places_are_given_away(knowledge: Knowledge) -> None:
    for number in range(120):
        knowledge.put(document(f"loud-{number}"), [Chunk("", "hail hail")], vectors((1, 0)))
    knowledge.put(
        document("quiet", attributes={"line": "home"}), [Chunk("", "some hail and more")], vectors((0.5, 0.5))
    )
    only = read_filter({"type": "eq", "key": "line", "value": "home"})
    search = Search(base=BASE, words="hail", reader=ANYBODY, embedding="wordllama", filter=only)
    assert found(knowledge, search, vectors((1, 0))[0]) == ["quiet"]


def test_what_others_see_takes_no_place_from_what_the_reader_sees(knowledge: Knowledge) -> None:
    for number in range(120):
        knowledge.put(
            document(f"secret-{number}", readers=("unit/other",)),
            [Chunk("", "hail hail hail")],
            vectors((1, 0)),
        )
    knowledge.put(
        document("mine", readers=("unit/desk",)), [Chunk("", "a little hail, at most")], vectors((0.1, 0.9))
    )
    desk = Reader(frozenset({"all", "unit/desk"}), "confidential")
    assert found(knowledge, asking("hail", desk), vectors((1, 0))[0]) == ["mine"]


def test_what_was_added_under_another_embedding_is_found_by_its_words(knowledge: Knowledge) -> None:
    knowledge.put(document("old"), [Chunk("", "hail")], vectors((1, 0)))
    search = Search(base=BASE, words="hail", reader=ANYBODY, embedding="minilm")
    assert found(knowledge, search, np.ones(384, dtype=np.float32)) == ["old"]


@pytest.mark.parametrize(
    "words", ['"', "hail AND", "part : p1", "NEAR(a b)", "*", "a" * 4_000, "\x00", "title: x OR ^"]
)
def test_no_question_is_read_as_a_command(knowledge: Knowledge, words: str) -> None:
    knowledge.put(document("secret", readers=("unit/other",)), [Chunk("", "p1 hail a b x")], None)
    assert found(knowledge, asking(words)) == []


names = st.sampled_from(["all", "unit/a", "unit/b", "group/c", "use-case/d"])
placed = st.tuples(
    st.sampled_from(["knowledge/one", "knowledge/two"]),
    st.lists(names, max_size=2, unique=True).map(tuple),
    st.sampled_from(DATA_CLASSES),
)


@settings(deadline=None, max_examples=30)
@given(
    documents=st.lists(placed, min_size=1, max_size=12),
    reader=st.builds(Reader, st.frozensets(names, max_size=3), st.sampled_from(DATA_CLASSES)),
    base=st.sampled_from(["knowledge/one", "knowledge/two"]),
)
def test_a_reader_finds_all_that_it_may_see_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
    documents: list[tuple[str, tuple[str, ...], DataClass]],
    reader: Reader,
    base: str,
) -> None:
    for make in KEEPERS.values():
        knowledge = make(tmp_path_factory.mktemp("knowledge"))
        try:
            seen = set()
            for number, (where, readers, data_class) in enumerate(documents):
                each = document(str(number), base=where, readers=readers, data_class=data_class)
                knowledge.put(each, [Chunk("", "the same words")], vectors((1, 0)))
                if where == base and reader.sees(readers, data_class):
                    seen.add(str(number))
            search = asking("same words", reader, base=base, limit=50)
            assert set(found(knowledge, search, vectors((1, 0))[0])) == seen
            assert set(found(knowledge, search)) == seen
        finally:
            knowledge.close()
