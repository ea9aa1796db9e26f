"""Whoever a guardrail asks is made from what is declared and set, or it is said what is missing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from onnx_file import write_classifier
from remit.bootstrap import open_system
from remit.declare.guardrail import CustomRule
from remit.declare.provider import Provider
from remit.enforce.guardrail.remark import Inquiry, Remark
from remit.kernel.errors import RemitError
from remit.operations.system import System
from remit.ports import Judge
from remit.settings import read_settings
from upstream import Upstream, as_json, serving

INQUIRY = Inquiry("input", "guardrail/one@1", "triage", "claims", 60)


@contextmanager
def system(root: Path, **more: str) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(root / "home"), **more})) as opened:
        yield opened


@contextmanager
def upstream(path: str, answer: Any) -> Iterator[Upstream]:
    with serving({path: lambda body: as_json(answer)}) as made:
        yield made


def said(judge: Judge, text: str) -> list[Remark]:
    async def ask() -> list[Remark]:
        try:
            [of_text] = await judge.judge([text], INQUIRY)
            return list(of_text)
        finally:
            await judge.close()

    return asyncio.run(ask())


def test_a_web_hook_is_asked_under_what_is_sealed_or_set_for_it(tmp_path: Path) -> None:
    with upstream("/look", {"findings": []}) as hook:
        rule = CustomRule(webhook=f"{hook.address}/look")
        with system(tmp_path) as opened:
            said(opened.make_judge("house-tone", rule, None), "hello")
            opened.credentials.seal("guardrail-house-tone", "sealed")
            said(opened.make_judge("house-tone", rule, None), "hello")
            said(opened.make_judge("other", rule, None), "hello")
        with system(tmp_path, REMIT_PROVIDER_GUARDRAIL_HOUSE_TONE_API_KEY="set") as opened:
            said(opened.make_judge("house-tone", rule, None), "hello")
    assert [headers.get("authorization") for headers in hook.headers] == [
        None,
        "Bearer sealed",
        None,
        "Bearer set",
    ]


def test_bedrock_is_asked_as_its_provider_is(tmp_path: Path) -> None:
    answer = {"action": "NONE", "assessments": []}
    with upstream("/guardrail/abc123/version/4/apply", answer) as bedrock:
        provider = Provider(technology="bedrock", region="eu-central-1", base_url=bedrock.address)
        rule = CustomRule(bedrock="abc123/4", provider="aws")
        with system(tmp_path) as opened:
            opened.credentials.seal("aws", "a-key")
            assert said(opened.make_judge("central", rule, provider), "hello") == []
    assert [headers["authorization"] for headers in bedrock.headers] == ["Bearer a-key"]


def test_a_classifier_lies_below_the_directory_that_is_set(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="what runs classifiers is not installed")
    write_classifier(tmp_path / "models/tone")
    with system(tmp_path, REMIT_GUARDRAIL_MODELS=str(tmp_path / "models")) as opened:
        [found] = said(opened.make_judge("tone", CustomRule(onnx="tone/model.onnx"), None), "a badger")
    assert found.found.type == "LABEL_1"


def test_without_what_runs_classifiers_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An import of what stands here as None fails as it does where nothing is installed.
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "remit.adapters.guardrail_onnx", raising=False)
    with system(tmp_path) as opened, pytest.raises(RemitError, match="onnxruntime") as fault:
        opened.make_judge("tone", CustomRule(onnx="tone/model.onnx"), None)
    assert (fault.value.code, "remit[onnx]" in fault.value.help) == ("guardrail-unusable", True)


def test_a_function_that_nobody_has_installed_is_said(tmp_path: Path) -> None:
    with system(tmp_path) as opened, pytest.raises(RemitError, match="is not installed"):
        opened.make_judge("tone", CustomRule(python="nobody-has-installed-it"), None)
