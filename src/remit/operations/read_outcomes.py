"""Read outcomes: what is known of them now, or was known at an instant, and every version of one."""

from __future__ import annotations

from datetime import datetime

from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.record.outcome_entry import Outcome
from remit.record.outcome_filter import OutcomeFilter
from remit.record.outcome_sum import OutcomeSum
from remit.report.joined import Joined, joined_of

_FIRST = OutcomeFilter("", "").since


def sum_outcomes(system: System, use_case: str, *, known: datetime) -> list[OutcomeSum]:
    """Sum up by metric and source what was known of a use case's outcomes before an instant."""
    fold_ledger(system)
    require_use_case(model_in_force(system)[1], use_case)
    return system.store.outcome_sums(use_case, since=_FIRST, known=known)


def read_versions(
    system: System, use_case: str, *, metric: str, source: str, key: str, known: datetime
) -> list[Outcome]:
    """Return what was said of one outcome before an instant, the first first; raises NotFound for nothing."""
    fold_ledger(system)
    require_metric(model_in_force(system)[1], use_case, metric)
    found = [each for each in system.store.versions(use_case, metric, source, key) if each.at < known]
    if not found:
        raise NotFound(
            "nothing is known of that outcome",
            help="see that source, metric and key are those it was given with, and the instant is not before",
        )
    return found


def read_joined(system: System, wanted: OutcomeFilter, *, limit: int) -> Joined:
    """Put a metric's outcomes beside the calls that carry their references, the last that happened first."""
    fold_ledger(system)
    _, model = model_in_force(system)
    require_metric(model, wanted.use_case, wanted.metric)
    return joined_of(
        model.use_cases[wanted.use_case].outcomes[wanted.metric],
        system.store.join_sum(wanted),
        system.store.joined(wanted, limit=limit),
        currency=model.organisation.currency,
    )


def require_metric(model: OperatingModel, use_case: str, metric: str) -> None:
    """Raise NotFound unless the use case declares the outcome metric."""
    require_use_case(model, use_case)
    metrics = model.use_cases[use_case].outcomes
    if metric not in metrics:
        raise NotFound(
            f"`{use_case}` declares no outcome metric `{metric[:80]}`",
            help=did_you_mean(
                metric, metrics, otherwise=f"use one of {', '.join(metrics)}" if metrics else "declare one"
            ),
            code="undeclared-metric",
        )
