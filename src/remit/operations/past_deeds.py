"""What people did in a simulated past, each by the operation that people do it by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from remit.decide.approval import seen_code, standing
from remit.decide.bill_sum import Span
from remit.decide.evaluation_text import read_data_set
from remit.declare.history import Deed, Event
from remit.kernel.errors import RemitError
from remit.operations.answer_approval import answer_approval
from remit.operations.attest import Attestation, attest
from remit.operations.close_period import close_period
from remit.operations.confirm_value import confirm_value
from remit.operations.evaluate import evaluate
from remit.operations.fold_ledger import fold_ledger
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.model_in_force import model_in_force
from remit.operations.past_door import PastDoor
from remit.operations.plan_evaluation import plan_evaluation
from remit.operations.read_allocation import closings
from remit.operations.read_approvals import answers_to
from remit.operations.read_history import versions
from remit.operations.review_gate import request_review
from remit.operations.run_study import run_study
from remit.operations.system import System
from remit.operations.waive import Terms, waive
from remit.operations.worker import Worker
from remit.record.approval_entry import ApprovalRequest
from remit.record.filed import FiledFilter

WAIVED_FOR = timedelta(days=45)
SIMULATED = "Simulated: "
"""How every reason begins that a simulated past writes down."""


def do(worker: Worker, event: Event, *, at: datetime, data_sets: Mapping[str, str]) -> None:
    """Do what an event says, `at` being what the system's clock shows; raises what the operation raises.

    `data_sets` are texts of data sets by what events call them.
    """
    if event.does == "evaluate":
        _evaluate(worker, event, data_sets)
    else:
        _DEEDS[event.does](worker.system, event, at)


def _evaluate(worker: Worker, event: Event, data_sets: Mapping[str, str]) -> None:
    """Try the models of a use case that are not simulators on a data set; here nothing else answers."""
    system, use_case, subject = worker.system, event.use_case or "", event.subject or ""
    data_set, diagnostics = read_data_set(
        data_sets.get(subject, ""),
        subject.rpartition("/")[2],
        name_of=lambda said: system.content_hash(use_case, said).hexdigest(),
        scorers=[],
        adversarial="attack" in subject,
    )
    if data_set is None:
        raise RemitError(
            f"`{subject}` is no data set: {diagnostics[0].summary if diagnostics else 'it is empty'}",
            help="name a file beside that of the simulated past",
            code="not-a-data-set",
        )
    _, model = model_in_force(system)
    models = [each for each in model.use_cases[use_case].blocks if each.startswith("model/")][:1]
    planned = plan_evaluation(system, use_case, data_set, models=models)
    door = partial(PastDoor, worker)
    evaluate(system, planned, author=event.by[0], open_door=door, evaluators={}, at_once=1)


def _said(event: Event) -> str:
    return f"{SIMULATED}{event.reason}"


def _attest(system: System, event: Event, _: datetime) -> None:
    said = Attestation((event.subject or "",), _said(event), use_case=event.use_case or "")
    attest(system, said, author=event.by[0])


def _request(system: System, event: Event, _: datetime) -> None:
    request_review(system, event.use_case or "", into=None, author=event.by[0], reason=_said(event))


def _consent(system: System, event: Event, at: datetime) -> None:
    _answer(system, event, at, approves=True)


def _deny(system: System, event: Event, at: datetime) -> None:
    _answer(system, event, at, approves=False)


def _answer(system: System, event: Event, at: datetime, *, approves: bool) -> None:
    """Have each of the event's roles answer what is open of its use case."""
    for person in event.by:
        fold_ledger(system)
        for each in system.store.filed(FiledFilter((ApprovalRequest,), use_case=event.use_case)):
            if not isinstance(each, ApprovalRequest):
                continue
            if standing(each, answers_to(system, each.id), at).state == "open":
                answer_approval(
                    system,
                    [each.id],
                    said="approved" if approves else "denied",
                    author=person,
                    seen=seen_code([each]),
                    reason=_said(event),
                )


def _stop(system: System, event: Event, _: datetime) -> None:
    switch_on(system, event.subject or "", author=event.by[0], reason=_said(event))


def _lift(system: System, event: Event, _: datetime) -> None:
    switch_off(system, event.subject or "", author=event.by[0], reason=_said(event))


def _study(system: System, event: Event, _: datetime) -> None:
    run_study(system, event.subject or "", author=event.by[0])


def _confirm(system: System, event: Event, _: datetime) -> None:
    confirm_value(system, event.use_case or "", author=event.by[0], reason=_said(event))


def _waive(system: System, event: Event, _: datetime) -> None:
    """Ask that a criterion of the next gate is waived, a residual risk being accepted by the last role."""
    terms = Terms(_said(event), event.by[-1], WAIVED_FOR, _said(event))
    waive(system, event.use_case or "", event.subject or "", into=None, terms=terms, author=event.by[0])


def _close(system: System, event: Event, at: datetime) -> None:
    """Close every month that is over and open, from that of the first model on."""
    zone = model_in_force(system)[1].organisation.zone
    *_, began = versions(system.store)
    day = began.at.astimezone(zone).date().replace(day=1)
    day = max((each.until + timedelta(days=1) for each in closings(system)), default=day)
    today = at.astimezone(zone).date()
    while (after := (day + timedelta(days=31)).replace(day=1)) <= today:
        close_period(system, Span(day, after - timedelta(days=1)), author=event.by[0])
        day = after


_DEEDS: Mapping[Deed, Callable[[System, Event, datetime], None]] = {
    "attest": _attest,
    "request": _request,
    "consent": _consent,
    "deny": _deny,
    "stop": _stop,
    "lift": _lift,
    "study": _study,
    "confirm": _confirm,
    "close": _close,
    "waive": _waive,
}
