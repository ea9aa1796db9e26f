"""Screen passages: have a use case's guardrails read what a knowledge base gives, each passage by itself.

A passage that a guardrail stops is left out, and the others are given: so nobody who can write one document
keeps others from being found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.noted import Noted, noted
from remit.enforce.guardrail.remark import masked_again
from remit.enforce.guardrail.screen import Screen
from remit.enforce.guardrail.trust import Span
from remit.enforce.key import Key
from remit.operations.ask_judges import ask
from remit.operations.judged_call import JudgedCall
from remit.operations.screen_input import mark_of, read, vault_of
from remit.operations.worker import Worker
from remit.record.knowledge_kept import Passage


@dataclass(frozen=True, slots=True)
class Passed:
    """The passages that may be given, how many were left out, and what was found in any of them."""

    passages: tuple[Passage, ...]
    withheld: int = 0
    findings: tuple[Noted, ...] = ()
    guardrails: Mapping[str, str] = field(default_factory=dict)


async def screen_passages(
    worker: Worker, key: Key, id: str, passages: Sequence[Passage]
) -> Passed | Decision:
    """Read passages as what was retrieved is read; a Decision says that the guardrails cannot be asked.

    `id` is that of the call that they are for. Raises RemitError where a guardrail has not said anything and
    its failure stops calls.
    """
    guards = worker.view.guards(key.use_case, worker.view.day(worker.system.clock.now()))
    if isinstance(guards, Decision):
        return guards
    screen = await worker.screens.obtain(guards)
    if not passages:
        return Passed((), guardrails=guards.origins)
    return await _read(worker, key, id, passages, guards, screen)


async def _read(
    worker: Worker, key: Key, id: str, passages: Sequence[Passage], guards: Guards, screen: Screen
) -> Passed:
    # What names a document is written by whoever writes the document.
    spans = [Span(f"{each.title}\n{each.place}\n{each.text}", "retrieved") for each in passages]
    vault, mark = vault_of(worker, key.use_case, screen), mark_of(worker, key.use_case)
    own = await read(worker, key.use_case, guards, screen, "input", spans, vault)
    findings, texts = own.findings, own.texts
    if questions := screen.input.waited:
        passed = [Span(text, "retrieved") for text in texts]
        remarks = await ask(worker, JudgedCall(key, id), questions, "input", passed, mark)
        again = masked_again(texts, remarks, vault)
        assert again is not None, "no text here stands within another"
        findings, texts = (*findings, *remarks), again
    stopped = {each.span for each in findings if each.action == "block"}
    kept = tuple(
        _with_text(each, text)
        for at, (each, text) in enumerate(zip(passages, texts, strict=True))
        if at not in stopped
    )
    return Passed(kept, len(stopped), noted(screen.guards, "input", findings), guards.origins)


def _with_text(passage: Passage, text: str) -> Passage:
    parts = text.split("\n", 2)
    if len(parts) < 3:
        # A mask took a line's end with it: what is left is given as text alone.
        return msgspec.structs.replace(passage, title="", place="", text=text)
    return msgspec.structs.replace(passage, title=parts[0], place=parts[1], text=parts[2])
