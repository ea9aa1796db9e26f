"""Try guardrails: what they would find in a text that nobody sends, and what would become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import thread_time_ns

from remit.declare.guardrail import stricter
from remit.declare.operating_model import OperatingModel
from remit.enforce.guardrail.look import look, strictest
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard, compile_screen
from remit.enforce.guardrail.trust import Side, Span, Trust
from remit.enforce.guardrail.watch import scores_of, ungrounded
from remit.operations.named_guards import guards_under, named_guard, today
from remit.operations.system import System
from remit.report.tried_text import TriedText, found_part, tried_guardrails, tried_score

_FIRST = "A short text with nothing in it."


@dataclass(frozen=True, slots=True)
class Trial:
    """A text, who speaks in it and on which side; an answer may have sources and a question."""

    text: str
    side: Side = "input"
    trust: Trust = "person"
    sources: Sequence[str] = ()
    query: str = ""


def try_guardrails(
    system: System,
    model: OperatingModel,
    trial: Trial,
    *,
    guardrails: Sequence[str] = (),
    use_case: str = "",
) -> TriedText:
    """Have a text read by those that a use case's calls pass, by others, or both. Nothing is written down.

    Raises NotFound for what is not declared.
    """
    day = today(system, model)
    guards = (
        guards_under(system, model, use_case, guardrails, day)
        if use_case
        else tuple(named_guard(model, address, day) for address in dict.fromkeys(guardrails))
    )
    return _tried(system, guards, trial, use_case)


def _tried(system: System, guards: tuple[Guard, ...], trial: Trial, use_case: str) -> TriedText:
    cleared = system.store.cleared() if use_case else frozenset[str]()
    passed_over = 0

    def mark(type: str, text: str) -> str | None:
        nonlocal passed_over
        if not use_case:
            # A mark is of words within a use case.
            return ""
        marked = system.mark(use_case, type, text)
        if marked in cleared:
            passed_over += 1
            return None
        return marked

    screen = compile_screen(guards, system.make_kit())
    vault = Vault(screen.masks, partial(system.mask_key, use_case))
    # What reads a first text makes itself ready, which no later one waits for.
    look(screen, trial.side, [Span(_FIRST, trial.trust)], Vault(), mark=lambda type, text: "")
    began = thread_time_ns()
    seen = look(screen, trial.side, [Span(trial.text, trial.trust)], vault, mark=mark)
    scores = scores_of(screen, trial.text, trial.sources, trial.query) if trial.side == "output" else []
    findings = (*seen.findings, *ungrounded(screen, trial.text, scores))
    took = thread_time_ns() - began
    action = stricter(seen.action, strictest(findings))
    stopped = action == "block"
    return TriedText(
        guardrails=tried_guardrails(guards),
        side=trial.side,
        trust=trial.trust,
        characters=len(trial.text),
        found=tuple(found_part(guards, each) for each in findings),
        scores=tuple(tried_score(guards, each) for each in scores),
        cleared=passed_over,
        action=action,
        text="" if stopped else seen.texts[0],
        message=screen.message(trial.side, findings) if stopped else "",
        not_asked=tuple(f"{guard.address} {name}" for guard in guards for name in guard.policies.custom),
        cpu_ms=round(took / 1e6, 3),
    )
