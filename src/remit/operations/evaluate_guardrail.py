"""Evaluate a guardrail: have it read a data set, and see what it finds of what is in there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import thread_time_ns

import msgspec

from remit.declare.guardrail import ContentRule, GuardrailPolicies
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import ContentFilter
from remit.enforce.guardrail.dataset import Row
from remit.enforce.guardrail.evaluation import Evaluation, Hit, Seen, evaluate
from remit.enforce.guardrail.kit import Kit
from remit.enforce.guardrail.look import look, shown
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Finding, Guard, Screen, compile_screen, sought
from remit.enforce.guardrail.trust import Policy, Span
from remit.enforce.guardrail.watch import scores_of, ungrounded
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.named_guards import named_guard, today
from remit.operations.system import System

SCORED = ("GROUNDING", "RELEVANCE")
_UNVERIFIED = "UNVERIFIED_LANGUAGE"


@dataclass(frozen=True, slots=True)
class EvaluatedGuardrail:
    """How a guardrail did on a data set, and which one it was compared with, if any was."""

    guardrail: str
    against: str
    of: str
    evaluation: Evaluation


def evaluate_guardrail(
    system: System,
    model: OperatingModel,
    rows: Sequence[Row],
    *,
    guardrail: str,
    against: str = "",
    of: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> EvaluatedGuardrail:
    """Have a guardrail read every row, and compare what it finds with what somebody said is in them.

    `of` is the one type that labels are about which name none. Raises NotFound for what is not declared, and
    for a type that the guardrail does not look for.
    """
    day = today(system, model)
    guard = named_guard(model, guardrail, day)
    other = named_guard(model, against, day) if against else None
    looked_for = _looked_for(guard)
    if of and of not in (*looked_for, *SCORED):
        raise NotFound(
            f"`{guard.address}` does not look for `{of[:80]}`",
            help=did_you_mean(of, looked_for, otherwise=f"it looks for {', '.join(looked_for)}"),
        )
    reader = _Reader(system.make_kit(), guard, other, score=of if of in SCORED else SCORED[0])
    seen = _followed(map(reader.read, rows), progress)
    return EvaluatedGuardrail(
        guard.address, other.address if other else "", of, evaluate(seen, looked_for, of=of)
    )


def _followed(seen: Iterable[Seen], progress: Callable[[int], None]) -> Iterator[Seen]:
    for done, each in enumerate(seen, 1):
        yield each
        progress(done)


def _looked_for(guard: Guard) -> Mapping[str, Policy]:
    """Name the types that a guardrail looks for on any side, each with its policy."""
    found: dict[str, Policy] = {}
    for policy, type in (*sought(guard, "input"), *sought(guard, "output")):
        found[shown(type)] = policy
    for name in SCORED:
        if getattr(guard.policies, name.lower()) is not None:
            found[name] = "grounding"
    return found


class _Reader:
    """Reads rows with one guardrail, whose time is taken, and apart from that with what it is compared to."""

    def __init__(self, kit: Kit, guard: Guard, other: Guard | None, *, score: str) -> None:
        self._score = score
        self._screen = compile_screen([guard], kit)
        self._swept = compile_screen([_at_highest(guard)], kit) if guard.policies.content else None
        self._other = compile_screen([other], kit) if other else None

    def read(self, row: Row) -> Seen:
        if row.sources:
            return self._weigh(row)
        began = thread_time_ns()
        findings = _findings(self._screen, row)
        took = thread_time_ns() - began
        return Seen(
            row,
            _hits(findings),
            took,
            swept=_hits(_findings(self._swept, row)) if self._swept else (),
            other=_hits(_findings(self._other, row)) if self._other else None,
        )

    def _weigh(self, row: Row) -> Seen:
        """Weigh an answer against its sources, whether the guardrail asks for that or not."""
        began = thread_time_ns()
        scores = scores_of(self._screen, row.text, row.sources, row.query)
        score = next((each.score for each in scores if each.type == self._score), None)
        if score is None:
            found = self._screen.kit.ground(row.text, row.sources, row.query)
            score = found.relevance if self._score == "RELEVANCE" else found.grounding
        took = thread_time_ns() - began
        other = None
        if self._other:
            others = scores_of(self._other, row.text, row.sources, row.query)
            other = _hits(ungrounded(self._other, row.text, others))
        return Seen(row, _hits(ungrounded(self._screen, row.text, scores)), took, other=other, score=score)


def _findings(screen: Screen, row: Row) -> Sequence[Finding]:
    # Nothing is marked: a text of a data set is nobody's call.
    seen = look(screen, row.side, [Span(row.text, row.trust)], Vault(), mark=lambda type, text: "")
    return seen.findings


def _hits(findings: Iterable[Finding]) -> tuple[Hit, ...]:
    return tuple(
        Hit(each.policy, shown(each.type), each.start, each.end, each.confidence)
        for each in findings
        if each.type != _UNVERIFIED
    )


def _at_highest(guard: Guard) -> Guard:
    """Let a guardrail look for its content alone, with every filter at the strength that finds the most."""
    most: dict[ContentFilter, ContentRule] = {
        name: ContentRule(input_strength="high", output_strength="high") for name in guard.policies.content
    }
    return msgspec.structs.replace(guard, policies=GuardrailPolicies(content=most), floors={})
