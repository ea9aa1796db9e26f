"""Evaluate: have releases answer a data set through the gateway, score that, and record how they did."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256

import msgspec

from remit.decide.evaluation_case import Case
from remit.decide.evaluation_scorer import Means
from remit.decide.evaluation_sum import Tried, scored, tried
from remit.enforce.guardrail.kit import Kit
from remit.kernel.errors import RemitError
from remit.kernel.money import EXACT, ZERO, Money
from remit.operations.ask_cases import Asked, Asking
from remit.operations.evaluation_run import run_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.issue_key import IssuedKey, issue_key, revoke_key
from remit.operations.plan_evaluation import PlannedEvaluation
from remit.operations.system import CONTROL, System
from remit.ports_evaluation import Door, Evaluators
from remit.record.call_entry import Call, Refusal
from remit.record.dossier_entry import Evaluation
from remit.record.evaluation_detail import Details
from remit.record.ledgered import decode
from remit.record.projection import EntryFilter
from remit.report.evaluation import EvaluationReport, evaluation_report

KEY_LIVES = timedelta(hours=12)
"""How long the key of an evaluation lives if nobody is left to revoke it."""

AT_ONCE_MAX = 64
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation came to. `unfinished` says why it ended before its last case, if it did.

    Of `cases`, those that ended under every release are in the report. `unanswered` counts by code why calls
    had no answer, `unjudged` the scores that are missing because nobody gave one, and `cached` the answers
    that were given again without asking the model. `spent` is what all of its calls cost, also those of cases
    that did not end.
    """

    report: EvaluationReport
    cases: int
    unfinished: str
    unanswered: Mapping[str, int]
    unjudged: int
    cached: int
    spent: Money


def evaluate(
    system: System,
    planned: PlannedEvaluation,
    *,
    author: str,
    open_door: Callable[[str], Door] | None,
    evaluators: Evaluators,
    at_once: int = 4,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluated:
    """Run what was planned, and record it; raises RemitError, with nothing recorded, if no case ended.

    `open_door` makes a door for a key's secret; without it nothing may be left to call.
    """
    began = system.clock.now()
    run = run_of(system, planned.use_case, system.ids.new(began))
    key = _key(system, planned, author, began) if open_door is not None else None
    door = open_door(key.secret) if open_door is not None and key is not None else None
    asking = Asking(
        planned, run, door, _means(system.make_kit(), system), evaluators, system.judge_mark, progress
    )
    try:
        _run(asking, door, at_once)
    finally:
        if key is not None:
            revoke_key(system, key.id, author=author)
    return _recorded(system, asking, began, author=author)


def _key(system: System, planned: PlannedEvaluation, author: str, now: datetime) -> IssuedKey:
    """Issue a key for the models of the evaluation alone, so that no other one can serve in their place."""
    called = (each.release.model for each in planned.candidates if planned.calls)
    models = dict.fromkeys((*called, *planned.judges))
    return issue_key(system, planned.use_case, author=author, expires=now + KEY_LIVES, models=tuple(models))


def _means(kit: Kit, system: System) -> Means:
    return Means(
        vectors=system.embedding.vectors,
        grounding=lambda answer, sources, query: kit.ground(answer, sources, query).grounding,
    )


def _run(asking: Asking, door: Door | None, at_once: int) -> None:
    """Ask until it ends; whoever interrupts it once keeps what is done by then."""

    async def run() -> None:
        try:
            await asking.ask(at_once=min(at_once, AT_ONCE_MAX))
        finally:
            if door is not None:
                door.close()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        asking.ended = "it was interrupted"


def _recorded(system: System, asking: Asking, began: datetime, *, author: str) -> Evaluated:
    planned = asking.planned
    calls = _Calls(system, planned, asking.run, began)
    count = range(len(planned.candidates))
    ended = [
        at
        for at in range(len(planned.data_set.cases))
        if all((at, number) in asking.done for number in count)
    ]
    tries = {
        number: [
            _tried(asking.done[at, number], calls, f"{at}.{number}", case=planned.data_set.cases[at])
            for at in ended
        ]
        for number in count
    }
    unanswered = Counter(each.code for each in asking.done.values() if each.code)
    if all(each.status in ("refused", "failed") for found in tries.values() for each in found):
        why = asking.ended or ", ".join(f"{number:,} of `{code}`" for code, number in unanswered.items())
        raise RemitError(
            f"no case was answered, so nothing is recorded{f': {why}' if why else ''}",
            help=f"`remit ledger list --use-case {planned.use_case}` shows the calls and why they ended",
            code="evaluation-unanswered",
        )
    details = Details(
        tuple(planned.data_set.cases[at].id for at in ended),
        {
            planned.candidates[number].release.digest: tuple(each.outcome for each in found)
            for number, found in tries.items()
        },
        planned.drawn,
    )
    entry = _entry(system, asking, began, details=details, tries=tries, calls=calls, author=author)
    return Evaluated(
        evaluation_report(entry, details),
        len(planned.data_set.cases),
        asking.ended,
        dict(unanswered.most_common()),
        sum(each.unjudged for each in asking.done.values()),
        calls.cached,
        Money(calls.spent, planned.most.currency),
    )


def _tried(asked: Asked, calls: _Calls, reference: str, *, case: Case) -> Tried:
    """Put together what came of a case with what its call's entry says of it."""
    found = tried(asked.ending, asked.scores, attack=case.attack, rule=calls.rule(asked.decision))
    call = calls.last.get(reference) or calls.given.get(case.id)
    if call is None:
        return msgspec.structs.replace(found, given=case.answer is not None)
    return msgspec.structs.replace(
        found,
        called=True,
        latency_ms=call.latency_ms,
        charge=calls.charges.get(reference, call.charge),
        call=call.id,
        input_tokens=call.usage.input_total,
        output_tokens=call.usage.output_tokens,
        simulated=call.simulated,
    )


def _entry(
    system: System,
    asking: Asking,
    began: datetime,
    *,
    details: Details,
    tries: Mapping[int, Sequence[Tried]],
    calls: _Calls,
    author: str,
) -> Evaluation:
    """Write the evaluation down, its details first: an entry never names what is not there."""
    planned, now = asking.planned, system.clock.now()
    body = msgspec.json.encode(details)
    digest = sha256(body).hexdigest()
    entry = Evaluation(
        id=system.ids.new(now),
        at=now,
        use_case=planned.use_case,
        measure="attack_success_rate" if planned.data_set.adversarial else "pass_rate",
        dataset=planned.data_set.name,
        dataset_digest=planned.data_set.digest,
        stage=planned.stage,
        model_version=planned.model_version,
        live=planned.drawn is not None,
        run=asking.run,
        began=began,
        results=tuple(
            scored(each.release, tries[number], simulated=calls.simulated)
            for number, each in enumerate(planned.candidates)
        ),
        guardrails=planned.guardrails,
        judges=planned.judges,
        judge_charge=calls.judging,
        details=digest,
        left_out=len(planned.data_set.cases) - len(details.cases),
        currency=planned.most.currency,
        author=author,
    )
    system.store.put_text(digest, body)
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([entry])
    fold_ledger(system)
    return entry


class _Calls:
    """What the ledger says of an evaluation's calls, by the reference of their case.

    What a guardrail had a model judge belongs to the call that was judged.
    """

    def __init__(self, system: System, planned: PlannedEvaluation, run: str, began: datetime) -> None:
        fold_ledger(system)
        self._system, use_case = system, planned.use_case
        self.given = planned.given
        self.last: dict[str, Call] = {}
        self.charges: defaultdict[str, Decimal] = defaultdict(Decimal)
        self.cached, self.simulated = 0, False
        self.spent = self.judging = ZERO
        found = [each for each in _entries(system, use_case, began) if each.origin.run == run]
        whose = {call.id: call.reference or "" for call in found}
        for call in found:
            reference = call.reference or whose.get(call.judges, "")
            self.spent = EXACT.add(self.spent, call.charge)
            if reference.count(".") > 1:
                self.judging = EXACT.add(self.judging, call.charge)
                self.simulated = self.simulated or call.simulated
                continue
            self.charges[reference] = EXACT.add(self.charges[reference], call.charge)
            if not call.judges and not call.hedge_of:
                self.last[reference] = call
                self.cached += bool(call.cached)

    def rule(self, decision: str) -> str:
        """Say by which rule a call was refused."""
        row = self._system.store.entry(decision) if decision else None
        entry = decode(row.body) if row is not None else None
        return entry.decision.rule if isinstance(entry, Refusal) else ""


def _entries(system: System, use_case: str, began: datetime) -> Iterator[Call]:
    """List the calls of a use case since an instant, the oldest first."""
    found: list[Call] = []
    before = ""
    while True:
        wanted = EntryFilter(kind="call", use_case=use_case, since=began, before=before)
        rows = system.store.entries(wanted, limit=_PAGE)
        found += [entry for row in rows if isinstance(entry := decode(row.body), Call)]
        if len(rows) < _PAGE:
            return iter(reversed(found))
        before = rows[-1].id
