"""Ask judges: have guardrails by others say their word on texts that our own have let pass.

All of them are asked at once, each within its own time. What one could not look at is stopped or passes, as
it is declared, and is noted either way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import msgspec

from remit.declare.guardrail import stricter
from remit.enforce.guardrail.judge_prompt import judge_request, judgement
from remit.enforce.guardrail.look import Mark, strictest
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import Noted, noted
from remit.enforce.guardrail.remark import (
    Inquiry,
    Remark,
    asked_about,
    findings_of,
    masked_again,
    remark,
    unheard,
)
from remit.enforce.guardrail.screen import Finding, Question, Screen, Screening
from remit.enforce.guardrail.trust import Side, Span
from remit.kernel.errors import JudgeFailed, ProviderError, RemitError
from remit.operations.charge_guardrail import charge_guardrail
from remit.operations.judged_call import JudgedCall
from remit.operations.worker import Worker


async def ask(
    worker: Worker,
    call: JudgedCall,
    questions: Sequence[Question],
    side: Side,
    spans: Sequence[Span],
    mark: Mark,
) -> list[Finding]:
    """Ask all judges about the texts that are theirs to look at, and say what becomes of what they say."""
    asked = asked_about(spans)
    if not asked or not questions:
        return []
    texts = [span.text for _, span in asked]
    said = await asyncio.gather(*(_ask(worker, call, each, side, texts) for each in questions))
    found: list[Finding] = []
    for question, remarks in zip(questions, said, strict=True):
        if remarks is None:
            found.append(unheard(question, asked))
        else:
            found += findings_of(question, asked, remarks, mark)
    return found


async def _ask(
    worker: Worker, call: JudgedCall, question: Question, side: Side, texts: Sequence[str]
) -> Sequence[Sequence[Remark]] | None:
    """Ask one judge; None if it does not say within its time what can be used."""
    timeout_s = float(question.rule.timeout_seconds)
    unit = worker.view.remit(call.use_case).unit
    inquiry = Inquiry(side, question.address, call.use_case, unit, timeout_s)
    try:
        async with asyncio.timeout(timeout_s):
            if question.rule.model is not None:
                remarks = await _ask_model(worker, call, question, side, texts)
            else:
                judge = await worker.judges.obtain(question, worker.view)
                remarks = await _paid(worker, call, question, texts, judge.judge(texts, inquiry), side=side)
    except (RemitError, TimeoutError) as fault:
        worker.judges.heard(question, fault)
        return None
    worker.judges.heard(question, None)
    return remarks


async def _paid(
    worker: Worker,
    call: JudgedCall,
    question: Question,
    texts: Sequence[str],
    asking: Awaitable[Sequence[Sequence[Remark]]],
    *,
    side: Side,
) -> Sequence[Sequence[Remark]]:
    """Wait for a word, and charge what was asked, unless nothing was most likely done for it.

    Whoever is not waited for any longer has been sent the texts all the same.
    """
    worked = True
    try:
        return await asking
    except RemitError as fault:
        worked = isinstance(fault, ProviderError) and fault.worked
        raise
    finally:
        if worked:
            charge_guardrail(worker, call, question, side, texts)


async def _ask_model(
    worker: Worker, call: JudgedCall, question: Question, side: Side, texts: Sequence[str]
) -> Sequence[Sequence[Remark]]:
    """Ask a model for its word on all texts together; raises RemitError if it has none that can be used."""
    rule = question.rule
    assert rule.model is not None, "checked when it was declared"
    assert rule.question is not None, "as above"
    shown = rule.sources and side == "output"
    sources = call.sources if shown else ()
    if sources is None:
        raise JudgeFailed("the sources were stopped by a guardrail", help="take out what it found in them")
    if shown and not sources:
        return [[] for _ in texts]
    request = judge_request(
        rule.model,
        rule.question,
        texts,
        mark=worker.system.judge_mark(call.id),
        sources=sources,
        query=call.query if shown else "",
    )
    said = await worker.system.judge_by_model(worker, call, request, float(rule.timeout_seconds))
    sure = judgement(said)
    if sure is None:
        raise JudgeFailed(
            f"`{rule.model}` has not answered with PASS or FAIL and a number",
            help="have a model judge that does as it is told, or ask a plainer question",
        )
    if sure == "none":
        return [[] for _ in texts]
    return [[remark(question.name, 0, len(text), confidence=sure)] for text in texts]


async def ask_about(
    worker: Worker,
    call: JudgedCall,
    questions: Sequence[Question],
    spans: Sequence[Span],
    screening: Screening,
    vault: Vault,
    *,
    mark: Mark,
    values: int = 0,
) -> Screening:
    """Ask about texts as our own guardrails let them pass; gives what was found by all, and what may go on.

    The last `values` texts are what the caller put into a prompt.
    """
    passed = passing(spans, screening)
    findings = await ask(worker, call, questions, screening.side, passed, mark)
    if not findings:
        return screening
    action = stricter(screening.action, strictest(findings))
    texts = screening.texts
    if action == "anonymize":
        masked = masked_again(texts, findings, vault, values=values)
        if masked is None:
            # What cannot be masked where it stands does not go on.
            findings, action = [_stopping(each) for each in findings], "block"
        else:
            texts = masked
    return Screening(screening.side, (*screening.findings, *findings), action, texts)


def passing(spans: Sequence[Span], screening: Screening) -> list[Span]:
    """Give texts as they passed, with who speaks in each."""
    return [Span(text, span.trust) for text, span in zip(screening.texts, spans, strict=True)]


def watch(
    worker: Worker,
    call: JudgedCall,
    screen: Screen,
    questions: Sequence[Question],
    spans: Sequence[Span],
    mark: Mark,
) -> asyncio.Task[tuple[Noted, ...]] | None:
    """Ask the judges that only watch; what they have said when the call ends is noted with it."""
    if not questions:
        return None

    async def watched() -> tuple[Noted, ...]:
        return noted(screen.guards, "input", await ask(worker, call, questions, "input", spans, mark))

    return worker.judges.apart(watched())


def _stopping(finding: Finding) -> Finding:
    """Stop what was to be masked."""
    if finding.action != "anonymize":
        return finding
    said = tuple((guard, "block" if action == "anonymize" else action) for guard, action in finding.said)
    return msgspec.structs.replace(finding, action="block", said=said)
