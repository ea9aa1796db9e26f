"""An installed function as a guardrail: a real entry point, found as any package's is."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.adapters.guardrail_python import FINDINGS_MAX, PythonJudge
from remit.enforce.guardrail.remark import Inquiry, Remark
from remit.kernel.errors import JudgeFailed, RemitError

CODE = '''
"""What somebody else has written."""

import threading

held = threading.Event()
not_a_function = 1


def finds(text):
    if "badger" in text:
        at = text.index("badger")
        yield "animal", at, at + 6, "medium"
    if text == "short":
        yield "word", 0, 5


def fails(text):
    raise SystemExit(text)


def hangs(text):
    held.wait()
    return []


def endless(text):
    while True:
        yield "word", 0, 1, "low"


def wrong_shape(text):
    return [("word", 0)]


def wrong_place(text):
    return [("word", "0", 1, "low")]


def wrong_word(text):
    return [("word", 0, 1, "certain")]
'''


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package: a module, and what tells of its entry points."""
    (tmp_path / "tone_guardrail.py").write_text(CODE)
    names = (
        "finds",
        "fails",
        "hangs",
        "endless",
        "wrong_shape",
        "wrong_place",
        "wrong_word",
        "not_a_function",
    )
    points = "".join(f"{name} = tone_guardrail:{name}\n" for name in names)
    for package, given in (
        ("tone", points + "gone = tone_guardrail:gone\nlost = lost_guardrail:x\n"),
        ("other", ""),
    ):
        folder = tmp_path / f"{package}_guardrail-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}-guardrail\nVersion: 1.0\n")
        twice = "twice = tone_guardrail:finds\n"
        (folder / "entry_points.txt").write_text(f"[remit.guardrails]\n{given}{twice}")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("tone_guardrail", None)


def judged(name: str, *texts: str, timeout_s: float = 60) -> list[list[Remark]]:
    async def ask() -> list[list[Remark]]:
        judge = PythonJudge(name)
        try:
            inquiry = Inquiry("input", "guardrail/one@1", "triage", "claims", timeout_s)
            return [list(said) for said in await judge.judge(texts, inquiry)]
        finally:
            await judge.close()

    return asyncio.run(ask())


@pytest.mark.usefixtures("installed")
def test_each_text_is_given_to_the_function_in_a_thread() -> None:
    said = judged("finds", "one badger", "a fox", "short")
    places = [[(each.found.type, each.found.start, each.found.end) for each in of_text] for of_text in said]
    assert places == [[("ANIMAL", 4, 10)], [], [("WORD", 0, 5)]]
    assert [each.found.confidence for of_text in said for each in of_text] == ["medium", "high"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["fails", "endless", "wrong_shape", "wrong_place", "wrong_word"])
def test_what_fails_or_says_what_cannot_be_used_is_no_word_and_quotes_nothing(name: str) -> None:
    with pytest.raises(JudgeFailed) as fault:
        judged(name, "a secret text")
    assert "secret" not in f"{fault.value} {fault.value.help}"


@pytest.mark.usefixtures("installed")
def test_a_text_may_have_many_findings_and_no_more() -> None:
    with pytest.raises(JudgeFailed, match=f"{FINDINGS_MAX:,}"):
        judged("endless", "text")


@pytest.mark.usefixtures("installed")
def test_one_that_hangs_is_left_behind_and_too_many_are_not_taken() -> None:
    async def ask() -> int:
        judge = PythonJudge("hangs")
        inquiry = Inquiry("input", "guardrail/one@1", "triage", "claims", 0.01)
        asked = [judge.judge(["text"], inquiry) for _ in range(100)]
        faults = await asyncio.gather(*asked, return_exceptions=True)
        await judge.close()
        assert {type(fault) for fault in faults} == {JudgeFailed}
        return sum("more than it can answer" in str(fault) for fault in faults)

    try:
        assert asyncio.run(ask()) > 0
    finally:
        sys.modules["tone_guardrail"].held.set()
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "hangs")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("none", "is not installed"),
        ("twice", "by several packages"),
        ("gone", "cannot be loaded"),
        ("lost", "ModuleNotFoundError"),
        ("not_a_function", "TypeError"),
    ],
)
def test_what_cannot_be_loaded_is_said_at_once(name: str, why: str) -> None:
    with pytest.raises(RemitError, match=why) as fault:
        PythonJudge(name)
    assert fault.value.code == "guardrail-unusable"
