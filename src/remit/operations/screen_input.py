"""Screen an input: have the guardrails read what is on its way to a model, and mask it or stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec

from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.look import Mark, look, masked_wherever
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.noted import Noted, noted
from remit.enforce.guardrail.remark import told_of
from remit.enforce.guardrail.screen import Screen, Screening
from remit.enforce.guardrail.spans import spans_of, with_texts
from remit.enforce.guardrail.trust import Side, Span
from remit.enforce.key import Key
from remit.operations.admitted import Unseen
from remit.operations.ask_judges import ask_about, passing, watch
from remit.operations.asked import Seen, Understood
from remit.operations.charge_guardrail import is_free
from remit.operations.judge_later import judge_later
from remit.operations.judged_call import JudgedCall
from remit.operations.screens import AT_ONCE_CHARACTERS, length
from remit.operations.worker import Worker


def see_at_once(worker: Worker, use_case: str, found: Understood, guards: Guards) -> Understood | None:
    """Have a short input read here and now; None where that would keep other calls waiting."""
    screen = worker.screens.ready(guards)
    if screen is None or screen.input.questions:
        return None
    spans = _spans(found)
    if length(spans) > AT_ONCE_CHARACTERS:
        return None
    vault = vault_of(worker, use_case, screen)
    screening = look(screen, "input", spans, vault, mark=mark_of(worker, use_case))
    return _seen(found, guards, screen, vault, spans, screening)


async def see(worker: Worker, key: Key, unseen: Unseen, *, free: bool = False) -> Understood:
    """Have an input read, however long that takes; if it has to be `free`, by nobody who is paid for it."""
    found, guards, use_case = unseen.found, unseen.guards, key.use_case
    screen = await worker.screens.obtain(guards)
    spans, vault = _spans(found), vault_of(worker, use_case, screen)
    screening = await read(worker, use_case, guards, screen, "input", spans, vault)
    watched = None
    questions = [each for each in screen.input.questions if not free or is_free(worker, each)]
    if questions and screening.action != "block":
        # Those who judge it name the call, which is not held yet.
        found = msgspec.structs.replace(
            found, id=found.id or worker.system.ids.new(worker.system.clock.now())
        )
        call = JudgedCall(key, found.id, found.asked.user, origin=found.asked.origin)
        mark, acting = mark_of(worker, use_case), [each for each in questions if each.changes]
        watching = [each for each in questions if each.rule.wait and not each.acts]
        watched = watch(worker, call, screen, watching, passing(spans, screening), mark)
        screening = await ask_about(
            worker, call, acting, spans, screening, vault, mark=mark, values=len(found.values)
        )
        if screening.action != "block" and not free:
            judge_later(worker, call, screen, "input", passing(spans, screening), mark)
    return _seen(found, guards, screen, vault, spans, screening, watched)


async def read(
    worker: Worker,
    use_case: str,
    guards: Guards,
    screen: Screen,
    side: Side,
    spans: Sequence[Span],
    vault: Vault,
) -> Screening:
    """Read texts here if they are short, and where nobody waits for it if they are long."""
    mark = mark_of(worker, use_case)
    if length(spans) > AT_ONCE_CHARACTERS:
        return await worker.screens.look_apart(guards, side, spans, vault, mark)
    return look(screen, side, spans, vault, mark=mark)


def mark_of(worker: Worker, use_case: str) -> Mark:
    """Give what marks findings of a use case, and knows those that people have said are none."""
    system, cleared = worker.system, worker.view.cleared

    def mark(type: str, text: str) -> str | None:
        marked = system.mark(use_case, type, text)
        return None if marked in cleared else marked

    return mark


def vault_of(worker: Worker, use_case: str, screen: Screen) -> Vault:
    """Make what remembers what is masked in one call."""
    return Vault(screen.masks, partial(worker.system.mask_key, use_case))


def _spans(found: Understood) -> list[Span]:
    """List the texts of a request, and again what callers put into the places of a prompt.

    A prompt's own words are trusted, even those around a value; the value is read as what a person says.
    """
    spans = spans_of(found.asked.request)
    if found.values:
        spans += [Span(value, "person") for value in found.values]
    return spans


def _seen(
    found: Understood,
    guards: Guards,
    screen: Screen,
    vault: Vault,
    spans: Sequence[Span],
    screening: Screening,
    watched: asyncio.Task[tuple[Noted, ...]] | None = None,
) -> Understood:
    findings = noted(screen.guards, "input", screening.findings) if screening.findings else ()
    message = screen.message("input", screening.findings) if screening.action == "block" else ""
    asked = found.asked
    came = asked.request
    if not message and screening.action == "anonymize":
        texts = masked_wherever(spans, screening, vault, values=len(found.values))
        asked = msgspec.structs.replace(asked, request=with_texts(asked.request, texts))
    vault.seal()
    seen = Seen(
        guards,
        screen,
        vault,
        findings,
        message,
        watched,
        came=came if asked.request is not came else None,
        told=told_of(screening.findings, spans),
    )
    return msgspec.structs.replace(found, asked=asked, seen=seen)
