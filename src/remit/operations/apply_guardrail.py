"""Apply guardrails to a text that no model is asked about: what becomes of it, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from time import monotonic

import msgspec

from remit.declare.guardrail import stricter
from remit.enforce.decision import Decision
from remit.enforce.grant import RUNNING_RULES, first_refusal
from remit.enforce.guardrail.assess import NOT_SURE, Read, Said, Units, missed, read_by, said_of_texts, unsure
from remit.enforce.guardrail.finding import Confidence
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.look import Mark, look, strictest
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.remark import masked_again
from remit.enforce.guardrail.screen import Finding, Guard, Screen, Screening
from remit.enforce.guardrail.trust import Side, Span
from remit.enforce.guardrail.watch import Score, scores_of, ungrounded
from remit.enforce.key import Key
from remit.enforce.rate import Meter, fullest, meters_of, refusal
from remit.enforce.request import ModelRequest
from remit.operations.admitted import Short
from remit.operations.ask_judges import ask
from remit.operations.charge_guardrail import used_up
from remit.operations.judge_later import judge_later
from remit.operations.judged_call import JudgedCall
from remit.operations.refused import Refused, purpose_of, refused
from remit.operations.screen_input import mark_of, read, vault_of
from remit.operations.screens import AT_ONCE_CHARACTERS, length
from remit.operations.wait_for_lease import until_leased
from remit.operations.worker import Worker
from remit.record.call_entry import GuardrailCheck, Purpose


class Check(msgspec.Struct, frozen=True):
    """Texts for guardrails to read, as they came through a door.

    `spans` are read; an answer among them must rest on `sources` and answer the `query`. `guardrails` are
    read by beside those that the key's remit makes every call pass. With `full`, what they did not find is
    told as well.
    """

    guardrails: tuple[str, ...]
    side: Side
    spans: tuple[Span, ...]
    sources: tuple[str, ...] = ()
    query: str = ""
    full: bool = False
    reference: str | None = None
    user: str = ""


class Assessed(msgspec.Struct, frozen=True):
    """What one guardrail says, and how much it read."""

    guard: Guard
    said: tuple[Said, ...]
    read: Read


class Applied(msgspec.Struct, frozen=True):
    """What became of texts. `texts` are as they may go on, or one message if they may not."""

    id: str
    screening: Screening
    texts: tuple[str, ...]
    each: tuple[Assessed, ...]
    latency_ms: int
    asked: frozenset[str]
    """Those of the guardrails that the caller named, by their exact addresses."""

    @property
    def units(self) -> Units:
        return sum((each.read.units for each in self.each), Units())


async def apply_guardrail(worker: Worker, key: Key, check: Check) -> Applied | Refused:
    """Have guardrails read texts, and write down that they did; raises JournalError, and tells nothing then.

    It counts as a call where calls are counted, and costs nothing but what guardrails by others do.
    """
    at, remit = worker.system.clock.now(), worker.view.remit(key.use_case)
    purpose = purpose_of(worker, key, remit, "", check.user)
    facts = worker.view.facts(key, ModelRequest("", ()), at, worker.unsaid)
    running = first_refusal(RUNNING_RULES, facts)
    if running.effect == "deny":
        return refused(worker, running, purpose, at)
    guards = worker.view.guards(key.use_case, worker.view.day(at), check.guardrails)
    if isinstance(guards, Decision):
        return refused(worker, guards, purpose, at)
    screen = await worker.screens.obtain(guards)
    paid = used_up(worker, key, screen.side(check.side).questions)
    if paid.effect == "deny":
        return refused(worker, paid, purpose, at)
    counted = await count_asked(worker, key, purpose)
    if isinstance(counted, Refused):
        return counted
    try:
        return await _applied(worker, JudgedCall(key, counted, check.user), check, guards, purpose)
    finally:
        worker.rates.settle(counted, tokens=0, now=worker.system.clock.now())


async def _applied(
    worker: Worker, call: JudgedCall, check: Check, guards: Guards, purpose: Purpose
) -> Applied:
    day = worker.view.day(worker.system.clock.now())
    screen = await worker.screens.obtain(guards)
    vault, mark = vault_of(worker, purpose.use_case, screen), mark_of(worker, purpose.use_case)
    began = monotonic()
    if length(check.spans) + sum(map(len, check.sources)) > AT_ONCE_CHARACTERS:
        seen = await worker.screens.apart(guards, partial(_see, check=check, vault=vault, mark=mark))
    else:
        seen = _see(screen, check, vault, mark)
    if any(each.rule.sources for each in screen.side(check.side).questions):
        call = await _with_sources(worker, call, check, guards, vault)
    remarks = await _asked(worker, screen, check, seen.own, call, mark)
    screening = _with(seen.own, remarks, vault) if remarks else seen.own
    latency_ms = int((monotonic() - began) * 1000)
    stopped = screening.action == "block"
    applied = Applied(
        call.id,
        screening,
        (screen.message(check.side, screening.findings),) if stopped else screening.texts,
        tuple(
            _assessed(screen, number, check, seen, remarks or (), judged=remarks is not None)
            for number in range(len(screen.guards))
        ),
        latency_ms,
        frozenset(exact for name in check.guardrails if (exact := worker.view.model.meant(name, day))),
    )
    worker.record_unless_owed(
        GuardrailCheck(
            id=call.id,
            at=worker.system.clock.now(),
            purpose=purpose,
            side=check.side,
            action=screening.action,
            guardrails=guards.origins,
            findings=noted(screen.guards, check.side, screening.findings),
            units=applied.units,
            characters=length(check.spans),
            latency_ms=latency_ms,
            reference=check.reference,
        )
    )
    if not stopped:
        passed = [Span(text, span.trust) for text, span in zip(applied.texts, check.spans, strict=True)]
        judge_later(worker, call, screen, check.side, passed, mark)
    return applied


class _Seen(msgspec.Struct, frozen=True):
    """What our own guardrails make of texts, and by how much an answer passes, or others are passed over."""

    own: Screening
    scores: Sequence[Score] = ()
    sure: Mapping[str, Confidence] = NOT_SURE


def _see(screen: Screen, check: Check, vault: Vault, mark: Mark) -> _Seen:
    """Read texts as `look` does, and weigh an answer among them against its sources."""
    screening = look(screen, check.side, check.spans, vault, mark=mark)
    sure = unsure(screen.side(check.side), check.spans) if check.full else NOT_SURE
    if check.side == "input":
        return _Seen(screening, sure=sure)
    answer = "\n".join(span.text for span in check.spans if span.trust == "answer")
    scores = scores_of(screen, answer, check.sources, check.query)
    findings = (*screening.findings, *ungrounded(screen, answer, scores))
    return _Seen(Screening("output", findings, strictest(findings), screening.texts), scores, sure)


async def _with_sources(
    worker: Worker, call: JudgedCall, check: Check, guards: Guards, vault: Vault
) -> JudgedCall:
    """Have guardrails read what a judge is shown beside an answer, as they read what goes to a model."""
    spans = [*(Span(text, "retrieved") for text in check.sources), Span(check.query, "query")]
    screen = await worker.screens.obtain(guards)
    seen = await read(worker, call.use_case, guards, screen, "input", spans, vault)
    *sources, query = seen.texts
    stopped = seen.action == "block"
    return msgspec.structs.replace(call, sources=None if stopped else tuple(sources), query=query)


async def _asked(
    worker: Worker, screen: Screen, check: Check, own: Screening, call: JudgedCall, mark: Mark
) -> list[Finding] | None:
    """Ask guardrails by others about what our own have let pass; None if nobody is asked."""
    questions = screen.side(check.side).waited
    if not questions or own.action == "block":
        return None
    passed = [Span(text, span.trust) for text, span in zip(own.texts, check.spans, strict=True)]
    return await ask(worker, call, questions, check.side, passed, mark)


def _with(own: Screening, remarks: Sequence[Finding], vault: Vault) -> Screening:
    """Say what becomes of texts with what others say of them as well."""
    texts = masked_again(own.texts, remarks, vault)
    assert texts is not None, "no text here stands within another"
    action = stricter(own.action, strictest(remarks))
    return Screening(own.side, (*own.findings, *remarks), action, texts)


def _assessed(
    screen: Screen,
    number: int,
    check: Check,
    seen: _Seen,
    remarks: Sequence[Finding],
    *,
    judged: bool,
) -> Assessed:
    guard, side = screen.guards[number], check.side
    said = said_of_texts(number, side, seen.own.findings, [span.text for span in check.spans])
    # Others have read what ours had masked.
    said += said_of_texts(number, side, remarks, seen.own.texts)
    if check.full:
        said += missed(guard, side, said, seen.sure)
        said += [
            Said(
                side=side,
                policy="grounding",
                type=each.type,
                action="none",
                score=round(each.score, 3),
                threshold=each.threshold,
                detected=False,
            )
            for each in seen.scores
            if each.guard == number and each.passes
        ]
    beside = sum(map(len, (*check.sources, check.query))) if check.sources else 0
    read = read_by(screen.side(side), number, side, check.spans, beside=beside, judged=judged)
    return Assessed(guard, tuple(said), read)


async def count_asked(worker: Worker, key: Key, purpose: Purpose) -> str | Refused:
    """Count what asks for no tokens as a call, where the remit limits calls; gives its id."""
    meters = tuple(
        meter
        for meter in meters_of(
            worker.view.remit(key.use_case),
            "",
            None,
            key=key.id,
            agent=key.agent,
            administrator=worker.view.model.organisation.contact,
        )
        if not meter.of_tokens
    )
    found = _count(worker, meters, purpose, hopes=True)
    if not isinstance(found, Short):
        return found
    return await until_leased(worker, key, found, lambda hopes: _count(worker, meters, purpose, hopes=hopes))


def _count(
    worker: Worker, meters: tuple[Meter, ...], purpose: Purpose, *, hopes: bool
) -> str | Refused | Short:
    at = worker.system.clock.now()
    full = fullest(meters, worker.rates.at(at), at=at, tokens=0)
    if worker.escrow is not None and meters:
        purses = worker.escrow.purses
        hoped = (
            bool(full)
            and hopes
            and fullest(meters, purses.hopeful_counts(meters, at), at=at, tokens=0) is None
        )
        needs = purses.short_of_rates(meters, 0, at) if hoped or full is None else []
        if needs:
            return Short(needs, hopes=hoped)
    if full is not None:
        worker.rates.wait(meters)
        return refused(worker, refusal(full), purpose, at)
    id = worker.system.ids.new(at)
    worker.rates.take(id, meters, tokens=0)
    return id
