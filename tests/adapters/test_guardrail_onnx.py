"""A classifier of one's own as a guardrail: a real file, run by the real runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from onnx_file import write_classifier
from remit.enforce.guardrail.remark import Inquiry
from remit.kernel.errors import JudgeFailed, RemitError

pytest.importorskip("onnxruntime", reason="what runs classifiers is not installed")

from remit.adapters.guardrail_onnx import OnnxJudge

INQUIRY = Inquiry("input", "guardrail/one@1", "triage", "claims", 60)
Said = list[list[tuple[str, int, int, str]]]


def judged(root: Path, *texts: str, path: str = "tone/model.onnx", timeout_s: float = 60) -> Said:
    async def ask() -> Said:
        judge = OnnxJudge(root, path)
        inquiry = Inquiry("input", "guardrail/one@1", "triage", "claims", timeout_s)
        try:
            said = await judge.judge(texts, inquiry)
        finally:
            await judge.close()
        return [
            [(each.found.type, each.found.start, each.found.end, each.found.confidence) for each in of_text]
            for of_text in said
        ]

    return asyncio.run(ask())


def test_each_text_gets_the_label_that_the_model_is_sure_of(tmp_path: Path) -> None:
    write_classifier(tmp_path / "tone", config={"id2label": {"0": "SAFE", "1": "RUDE"}})
    assert judged(tmp_path, "a fox", "", "one badger here", "ein \ud800 Dachs") == [
        [],
        [],
        [("RUDE", 0, 15, "high")],
        [],
    ]


def test_without_a_config_the_second_label_is_what_was_found(tmp_path: Path) -> None:
    write_classifier(tmp_path / "tone", inputs=("input_ids", "attention_mask", "token_type_ids"))
    assert judged(tmp_path, "badger", "fox") == [[("LABEL_1", 0, 6, "high")], []]


@pytest.mark.parametrize(
    ("weights", "bias", "config", "found"),
    [
        # A label for nothing may stand anywhere.
        ((4, -4), (-2, 2), {"id2label": {"0": "jailbreak", "1": "benign"}}, [("JAILBREAK", "high")]),
        # Of several labels that say something, together they must be likelier than nothing.
        ((1, 1.2, 0), (0, 0, 1), {"id2label": {"0": "A", "1": "B", "2": "not_harmful"}}, [("B", "low")]),
        # Where several can hold, each is read by itself.
        (
            (4, 2, -9),
            (0, 0, 0),
            {
                "id2label": {"0": "toxic", "1": "insult", "2": "threat"},
                "problem_type": "multi_label_classification",
            },
            [("TOXIC", "high"), ("INSULT", "medium")],
        ),
        ((3,), (-2,), None, [("LABEL_1", "medium")]),
        # Nothing says that nothing was found, so one of them has to be likelier than not.
        ((0, 0, 0), (0, 0, 0), {"id2label": {"0": "A", "1": "B", "2": "C"}}, []),
    ],
)
def test_labels_are_read_as_published_classifiers_mean_them(
    tmp_path: Path, weights: Sequence[float], bias: Sequence[float], config: dict[str, Any] | None, found: Any
) -> None:
    write_classifier(tmp_path / "tone", weights=weights, bias=bias, config=config)
    [said] = judged(tmp_path, "badger")
    assert [(type, sure) for type, _, _, sure in said] == found


def test_a_long_text_is_read_to_its_end(tmp_path: Path) -> None:
    write_classifier(tmp_path / "tone", config={"max_position_embeddings": 64})
    text = "fox " * 1_000 + "badger"
    [said] = judged(tmp_path, text)
    [(type, start, end, _)] = said
    assert (type, end) == ("LABEL_1", len(text))
    assert 0 < len(text) - start <= 64 * 4 + 6


def test_what_takes_too_long_is_no_word(tmp_path: Path) -> None:
    write_classifier(tmp_path / "tone")
    with pytest.raises(JudgeFailed):
        judged(tmp_path, "badger", timeout_s=0)


@pytest.mark.parametrize("path", ["../model.onnx", "gone/model.onnx", "tone", "linked/model.onnx"])
def test_only_a_file_below_the_directory_is_read(tmp_path: Path, path: str) -> None:
    write_classifier(tmp_path)
    root = tmp_path / "models"
    write_classifier(root / "tone")
    (root / "linked").symlink_to(tmp_path)
    with pytest.raises(RemitError, match="does not lie below") as fault:
        OnnxJudge(root, path)
    assert fault.value.code == "guardrail-unusable"


def test_a_model_that_gives_no_scores_is_said_at_once(tmp_path: Path) -> None:
    write_classifier(tmp_path / "tone", bias=(float("nan"), 0))
    with pytest.raises(RemitError, match="JudgeFailed") as fault:
        OnnxJudge(tmp_path, "tone/model.onnx")
    assert fault.value.code == "guardrail-unusable"


@pytest.mark.parametrize("spoilt", ["model.onnx", "tokenizer.json", "config.json"])
def test_what_cannot_be_read_is_said_at_once(tmp_path: Path, spoilt: str) -> None:
    write_classifier(tmp_path / "tone", config={})
    (tmp_path / "tone" / spoilt).write_text("[")
    with pytest.raises(RemitError, match="cannot be read") as fault:
        OnnxJudge(tmp_path, "tone/model.onnx")
    assert fault.value.code == "guardrail-unusable"
