"""A tiny text classifier in an ONNX file, written byte by byte: how often a word stands in a text decides."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WORDS = {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "badger": 3}
_INT64, _FLOAT, _BOOL = 7, 1, 9


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, data: bytes | str) -> bytes:
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, values: Sequence[float], *dims: int, kind: int = _FLOAT) -> bytes:
    packed = struct.pack(f"<{len(values)}{'q' if kind == _INT64 else 'f'}", *values)
    shape = b"".join(_number(1, each) for each in dims)
    return shape + _number(2, kind) + _bytes(8, name) + _bytes(9, packed)


def _value(name: str, kind: int, *dims: int | str) -> bytes:
    shape = b"".join(
        _bytes(1, _number(1, each) if isinstance(each, int) else _bytes(2, each)) for each in dims
    )
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, shape)))


def _node(op: str, inputs: Sequence[str], output: str, **attributes: int) -> bytes:
    given = b"".join(
        _bytes(5, _bytes(1, name) + _number(3, value) + _number(20, 2)) for name, value in attributes.items()
    )
    return b"".join(_bytes(1, each) for each in inputs) + _bytes(2, output) + _bytes(4, op) + given


def _model(weights: Sequence[float], bias: Sequence[float], *, inputs: Sequence[str]) -> bytes:
    """Give `logits = (how often the word stands there) * weights + bias`."""
    labels = len(weights)
    nodes = (
        _node("Equal", ["input_ids", "word"], "is_word"),
        _node("Cast", ["is_word"], "ones", to=_FLOAT),
        _node("ReduceSum", ["ones", "axes"], "count", keepdims=1),
        _node("MatMul", ["count", "weights"], "weighed"),
        _node("Add", ["weighed", "bias"], "logits"),
    )
    constants = (
        _tensor("word", [WORDS["badger"]], 1, kind=_INT64),
        _tensor("axes", [1], 1, kind=_INT64),
        _tensor("weights", weights, 1, labels),
        _tensor("bias", bias, labels),
    )
    graph = (
        b"".join(_bytes(1, each) for each in nodes)
        + _bytes(2, "badgers")
        + b"".join(_bytes(5, each) for each in constants)
        + b"".join(_bytes(11, _value(name, _INT64, "texts", "tokens")) for name in inputs)
        + _bytes(12, _value("logits", _FLOAT, "texts", labels))
    )
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))


def write_classifier(
    folder: Path,
    *,
    weights: Sequence[float] = (-4, 4),
    bias: Sequence[float] = (2, -2),
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    config: dict[str, Any] | None = None,
) -> Path:
    """Write a classifier that is sure where the word `badger` stands, with its tokenizer beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair=None, special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    if config is not None:
        (folder / "config.json").write_text(json.dumps(config))
    file = folder / "model.onnx"
    file.write_bytes(_model(weights, bias, inputs=inputs))
    return file
