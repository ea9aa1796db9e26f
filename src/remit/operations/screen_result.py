"""Screen a result: have the use case's guardrails read what a tool gave, before the run has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.noted import Noted, noted
from remit.enforce.guardrail.screen import Screen
from remit.enforce.guardrail.trust import Span
from remit.enforce.key import Key
from remit.enforce.tool.given import DEPTH_MAX, VALUES_MAX
from remit.kernel.errors import RemitError
from remit.operations.ask_judges import ask_about
from remit.operations.judged_call import JudgedCall
from remit.operations.screen_input import mark_of, read, vault_of
from remit.operations.worker import Worker
from remit.ports_tools import ToolAnswer
from remit.record.tool_effect import Brought

RESULT_CHARACTERS_MAX = 1_000_000
WITHHELD = "What the tool gave was withheld: "


@dataclass(frozen=True, slots=True)
class Guarding:
    """The guardrails that a result must pass, compiled."""

    guards: Guards
    screen: Screen


@dataclass(frozen=True, slots=True)
class Screened:
    """A result as the run may have it, what was found in it, and why it was withheld if it was."""

    brought: Brought
    found: tuple[Noted, ...] = ()
    fault: str = ""


async def guarding(worker: Worker, use_case: str) -> Guarding | Decision:
    """Make ready the guardrails of a use case; where they cannot be, its tools are not called."""
    guards = worker.view.guards(use_case, worker.view.day(worker.system.clock.now()))
    if isinstance(guards, Decision):
        return guards
    return Guarding(guards, await worker.screens.obtain(guards))


async def screen_result(
    worker: Worker, key: Key, id: str, *, answer: ToolAnswer, guarding: Guarding
) -> Screened:
    """Have a result read as what a tool says to a model is read: masked, or a message in its place.

    What cannot be read is withheld: the tool has done its work, and nobody hears what it said.
    """
    fields = _plain(answer.fields)
    texts = list(_texts(fields))
    length = len(answer.text) + sum(map(len, texts))
    if length > RESULT_CHARACTERS_MAX or len(texts) > VALUES_MAX:
        said = f"it gave {length:,} characters in {len(texts) + 1:,} texts"
        most = f"at most {RESULT_CHARACTERS_MAX:,} in {VALUES_MAX:,} are passed on"
        return Screened(Brought(f"{WITHHELD}{said}; {most}."), fault="tool-result-too-long")
    try:
        return await _read(worker, key, id, text=answer.text, fields=fields, guarding=guarding)
    except RemitError as error:
        return Screened(Brought(f"{WITHHELD}the guardrails could not read it."), fault=error.code)


async def _read(worker: Worker, key: Key, id: str, *, text: str, fields: Any, guarding: Guarding) -> Screened:
    screen, spans = guarding.screen, [Span(text, "tool"), *(Span(each, "tool") for each in _texts(fields))]
    vault, mark = vault_of(worker, key.use_case, screen), mark_of(worker, key.use_case)
    screening = await read(worker, key.use_case, guarding.guards, screen, "input", spans, vault)
    questions = [each for each in screen.input.questions if each.changes]
    if questions and screening.action != "block":
        call = JudgedCall(key, id)
        screening = await ask_about(worker, call, questions, spans, screening, vault, mark=mark)
    findings = noted(screen.guards, "input", screening.findings) if screening.findings else ()
    if screening.action == "block":
        return Screened(
            Brought(screen.message("input", screening.findings)), findings, "stopped-by-guardrail"
        )
    passed = iter(screening.texts)
    return Screened(Brought(next(passed), _with_texts(fields, passed)), findings)


def _plain(fields: Any) -> Any:
    """Bring fields into what JSON can say; what cannot be is left out."""
    try:
        return msgspec.json.decode(msgspec.json.encode(fields))
    except (TypeError, ValueError, RecursionError):
        return None


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """List the texts within fields, in their order; names of fields are the tool's own."""
    if depth > DEPTH_MAX:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)


def _with_texts(value: Any, texts: Iterator[str], depth: int = 0) -> Any:
    """Put other texts in the places of those of fields; what lies deeper than is read is left out."""
    if depth > DEPTH_MAX:
        return None
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, Mapping):
        return {name: _with_texts(inner, texts, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_texts(inner, texts, depth + 1) for inner in value]
    return value
