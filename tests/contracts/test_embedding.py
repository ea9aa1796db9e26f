"""What every embedding promises, whichever technology makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.embedding_wordllama import WordllamaEmbedding
from remit.kernel.errors import RemitError
from remit.ports import Embedding

EMBEDDINGS: dict[str, Callable[[], Embedding]] = {"wordllama": WordllamaEmbedding}


@pytest.fixture(params=EMBEDDINGS, scope="module")
def embedding(request: pytest.FixtureRequest) -> Embedding:
    return EMBEDDINGS[request.param]()


def test_rows_are_of_length_one_and_a_text_without_a_word_is_zero(embedding: Embedding) -> None:
    rows = embedding.vectors(["Translate a letter.", "", "x" * 100_000, "片仮名"])
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1, 1], abs=1e-5)
    assert embedding.vectors([]).shape[0] == 0


def test_a_text_means_the_same_whatever_stands_beside_it(embedding: Embedding) -> None:
    texts = [f"Use case {n}: " + "sort the mail " * (n % 40) for n in range(600)]
    together = embedding.vectors(texts)
    for n in (0, 255, 256, 599):
        assert np.array_equal(embedding.vectors([texts[n]])[0], together[n])


def test_like_meaning_is_nearer_than_like_words(embedding: Embedding) -> None:
    asked, meant, other = embedding.vectors(
        ["Turn recorded speech into text", "Transcription of audio", "Turn old houses into hotels"]
    )
    assert asked @ meant > asked @ other


def test_word_vectors_that_are_not_there_are_a_fault_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RemitError) as raised:
        WordllamaEmbedding(tmp_path).vectors(["x"])
    assert raised.value.code == "embedding-unavailable"
