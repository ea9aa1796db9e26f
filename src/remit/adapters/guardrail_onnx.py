"""A guardrail that is a text classifier in an ONNX file, with its tokenizer and its labels beside it.

A text that is longer than the model reads is read in pieces that overlap. It runs on the processor, on one
thread for each call.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from remit.adapters.apart import Apart
from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.remark import Inquiry, Remark, remark
from remit.kernel.errors import JudgeFailed, RemitError

THRESHOLD = 0.5
TOKENS_MAX = 512
"""How many tokens a model is given at once, unless its `config.json` says fewer."""

_OVERLAP_TOKENS = 64
_LOAD_S = 120.0
_CONFIG_BYTES_MAX = 1 << 20
_SURE: tuple[tuple[float, Confidence], ...] = ((0.9, "high"), (0.7, "medium"), (0.0, "low"))

NOTHING = frozenset(
    "ACCEPTABLE ALLOWED BENIGN CLEAN HAM HARMLESS LABEL_0 LEGIT LEGITIMATE NEUTRAL NONE NORMAL OK OTHER"
    " SAFE UNHARMFUL".split()
)
"""Labels by which a classifier says that it found nothing, and those that begin with `NO`, `NON` or `NOT`."""


class Config(msgspec.Struct):
    """What `config.json` says of a classifier, as it lies beside those that are published."""

    id2label: dict[str, str] = {}
    problem_type: str | None = None
    max_position_embeddings: int = TOKENS_MAX


class OnnxJudge:
    """Asks a classifier whose file lies below `root`."""

    def __init__(self, root: Path, path: str) -> None:
        file = (root / path).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            raise _unusable(path, "does not lie below the directory that REMIT_GUARDRAIL_MODELS names")
        self._apart = Apart(path, threads=2)
        loading = self._apart.submit(partial(_Classifier, file))
        fault = loading.exception(_LOAD_S)
        if fault is not None:
            raise _unusable(path, f"or what lies beside it cannot be read (`{type(fault).__name__}`)")
        self._classifier = loading.result()

    async def judge(self, texts: Sequence[str], inquiry: Inquiry) -> Sequence[Sequence[Remark]]:
        until = time.monotonic() + inquiry.timeout_s
        return await self._apart.run(partial(self._classifier.read, texts, until), within_s=inquiry.timeout_s)

    async def close(self) -> None:
        self._apart.close()


class _Classifier:
    def __init__(self, file: Path) -> None:
        self._config = _config(file.with_name("config.json"))
        self._tokenizer = Tokenizer.from_file(str(file.with_name("tokenizer.json")))
        self._tokenizer.no_padding()
        longest = min(TOKENS_MAX, self._config.max_position_embeddings)
        self._tokenizer.enable_truncation(longest, stride=min(_OVERLAP_TOKENS, longest // 8))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._inputs = {each.name for each in self._session.get_inputs()}
        # Read once, so that a model that gives something else is said to be unusable at once.
        self.read(["a text"], float("inf"))

    def read(self, texts: Sequence[str], until: float) -> list[list[Remark]]:
        return [self._of_text(text, until) for text in texts]

    def _of_text(self, text: str, until: float) -> list[Remark]:
        # The tokenizer takes no half of a character.
        first = self._tokenizer.encode(text.encode("utf-8", "replace").decode())
        said: list[Remark] = []
        for piece in (first, *first.overflowing):
            if time.monotonic() > until:
                raise JudgeFailed("the classifier took too long", help="give it more time")
            places = [(start, end) for start, end in piece.offsets if end > start]
            if places:
                start, end = min(each[0] for each in places), max(each[1] for each in places)
                said += [remark(type, start, end, confidence=sure) for type, sure in self._labels(piece)]
        return said

    def _labels(self, piece: Any) -> list[tuple[str, Confidence]]:
        """Say which labels a piece of a text has, but those that say nothing."""
        given = {
            "input_ids": piece.ids,
            "attention_mask": piece.attention_mask,
            "token_type_ids": piece.type_ids,
        }
        fed = {name: np.array([row], dtype=np.int64) for name, row in given.items() if name in self._inputs}
        scores = np.asarray(self._session.run(None, fed)[0], dtype=np.float64)
        if scores.ndim != 2 or scores.shape[0] != 1 or not np.isfinite(scores).all():
            raise JudgeFailed("the classifier gives no score for each label", help="use a text classifier")
        return _told(scores[0], self._config)


def _told(scores: NDArray[np.float64], config: Config) -> list[tuple[str, Confidence]]:
    """Read a model's scores: each label by itself where several can hold, else the one that is likeliest."""
    names = [_name(config, number, len(scores)) for number in range(len(scores))]
    if len(scores) == 1 or config.problem_type == "multi_label_classification":
        chances = 1 / (1 + np.exp(-np.clip(scores, -50, 50)))
        found = [(name, float(chance)) for name, chance in zip(names, chances, strict=True)]
        return [
            (name, _sure(chance)) for name, chance in found if chance >= THRESHOLD and not _is_nothing(name)
        ]
    powers = np.exp(scores - scores.max())
    chances = powers / powers.sum()
    found = [
        (name, float(chance)) for name, chance in zip(names, chances, strict=True) if not _is_nothing(name)
    ]
    something = sum(chance for _, chance in found)
    if not found or something < THRESHOLD:
        return []
    if len(found) == len(names):
        # A model without a label for nothing has to be sure of one.
        name, chance = max(found, key=lambda each: each[1])
        return [(name, _sure(chance))] if chance >= THRESHOLD else []
    return [(max(found, key=lambda each: each[1])[0], _sure(something))]


def _name(config: Config, number: int, count: int) -> str:
    return config.id2label.get(str(number), "LABEL_1" if count == 1 else f"LABEL_{number}")


def _is_nothing(label: str) -> bool:
    plain = label.upper().replace("-", "_").replace(" ", "_")
    return plain in NOTHING or plain.startswith(("NO_", "NON_", "NOT_"))


def _sure(chance: float) -> Confidence:
    return next(word for least, word in _SURE if chance >= least)


def _config(path: Path) -> Config:
    if not path.exists():
        return Config()
    with path.open("rb") as file:
        return msgspec.json.decode(file.read(_CONFIG_BYTES_MAX), type=Config)


def _unusable(path: str, what: str) -> RemitError:
    return RemitError(
        f"the classifier `{path}` {what}",
        help="put the model there, with its `tokenizer.json` and its `config.json` beside it",
        code="guardrail-unusable",
    )
