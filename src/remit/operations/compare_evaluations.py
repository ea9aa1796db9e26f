"""Compare evaluations: what is recorded of releases, beside each other and beside what they were."""

from __future__ import annotations

import msgspec

from remit.decide.comparison import Earlier, earlier_of, pairs_of
from remit.decide.current_release import Called, called
from remit.decide.filed_facts import shows_nothing
from remit.decide.risk import tier_of
from remit.decide.sample import GateAsks, gate_asks
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound, RemitError
from remit.operations.find_entries import find_entry
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details
from remit.record.filed import FiledFilter
from remit.record.ledgered import decode
from remit.report.comparison import Comparison, comparison

_DETAILS = msgspec.json.Decoder(Details)


def read_evaluations(system: System, *, use_case: str = "", limit: int = 100) -> list[Evaluation]:
    """List evaluations, of one use case or of all, the newest first."""
    fold_ledger(system)
    if use_case:
        require_use_case(model_in_force(system)[1], use_case)
    return _history(system, use_case or None)[::-1][:limit]


def _history(system: System, use_case: str | None) -> list[Evaluation]:
    found = system.store.filed(FiledFilter(kinds=(Evaluation,), use_case=use_case))
    return [each for each in found if isinstance(each, Evaluation)]


def find_evaluation(system: System, id: str) -> Evaluation:
    """Find an evaluation by its id; raises NotFound."""
    fold_ledger(system)
    with_hint = NotFound(
        f"no evaluation `{id[:40]}` is recorded", help="`remit evaluation list` shows those that are"
    )
    try:
        row = find_entry(system, id)
    except NotFound:
        raise with_hint from None
    if row.kind != "evaluation":
        raise with_hint
    found = decode(row.body)
    assert isinstance(found, Evaluation), "a row is of the kind that it says"
    return found


def show_evaluation(system: System, id: str) -> Comparison:
    """Lay out an evaluation: how its releases did, beside each other, the gate and the last run."""
    return compare_releases(system, find_evaluation(system, id))


def compare_releases(system: System, evaluation: Evaluation) -> Comparison:
    """Compare the releases of an evaluation that is recorded, and each with when it was last tried."""
    return _compared(system, evaluation, earlier_of(evaluation, _history(system, evaluation.use_case)))


def compare_evaluations(system: System, earlier: str, later: str) -> Comparison:
    """Compare the releases of one evaluation with those like them in an earlier one.

    Raises RemitError where they have nothing in common: no release like another, or no case of the same id.
    """
    before, after = find_evaluation(system, earlier), find_evaluation(system, later)
    found = _compared(system, after, pairs_of(after, before))
    if found.details is not None and not found.regressions:
        raise RemitError(
            f"evaluations `{before.id}` and `{after.id}` have no release and case in common to compare",
            help="take two of the same data set, with the same prompt or the same model",
            code="nothing-to-compare",
        )
    return found


def _compared(system: System, evaluation: Evaluation, earlier: tuple[Earlier, ...]) -> Comparison:
    details = read_details(system, evaluation)
    found = {each.evaluation.id: read_details(system, each.evaluation) for each in earlier}
    now = _now(system, evaluation)
    asks: tuple[GateAsks, ...] = ()
    if now is not None:
        tier = tier_of(now.model.use_cases[evaluation.use_case])
        asks = gate_asks(now.model, now.remit.stage, evaluation.measure, tier=tier)
    return comparison(
        evaluation,
        details,
        earlier=earlier,
        earlier_details={id: each for id, each in found.items() if each is not None},
        asks=asks,
        outdated={
            each.release: why for each in evaluation.results if (why := _no_evidence(now, evaluation, each))
        },
    )


def _no_evidence(now: Called | None, evaluation: Evaluation, tried: Scored) -> str:
    return shows_nothing(evaluation, tried) or (now.outdated(tried) if now else "")


def _now(system: System, evaluation: Evaluation) -> Called | None:
    """Say what the use case calls now; None for one that is declared no more."""
    model, now = model_in_force(system)[1], system.clock.now()
    fact = system.store.stages(now, evaluation.use_case).get(evaluation.use_case)
    if evaluation.use_case not in model.use_cases or fact is None:
        return None
    day = now.astimezone(model.organisation.zone).date()
    return called(model, resolve(model, evaluation.use_case, fact.stage), day)


def read_details(system: System, evaluation: Evaluation) -> Details | None:
    """Read what became of the cases; None where a new store has lost it."""
    try:
        return _DETAILS.decode(system.store.text(evaluation.details)) if evaluation.details else None
    except NotFound:
        return None
