"""Take a use case back to an earlier stage, or end it: less freedom needs no gate."""

from __future__ import annotations

from datetime import datetime

import msgspec

from remit.decide.gate import PARK, assess_gate
from remit.decide.gate_review import width
from remit.decide.reviewers import NARROWING, held_by
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.kernel.errors import RemitError
from remit.operations.assess_stage import NotAllowed, stage_of
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier
from remit.operations.reason import require_reason
from remit.operations.system import CONTROL, System
from remit.record.decided import StageChange


def demote(system: System, use_case: str, *, to: StageName, author: str, reason: str) -> StageChange:
    """Take a use case back to an earlier stage; running gateways know within a second."""
    return _narrow(system, use_case, to=to, author=author, reason=reason)


def retire(system: System, use_case: str, *, author: str, reason: str) -> StageChange:
    """End a use case: its keys open nothing from now on, and its evidence stays.

    Calls stop first. What the gate `retired` asks for (no keys, what was learnt) is then still to be done:
    an end that waited for papers would not be one. The entry says what it did not wait for.
    """
    return _narrow(system, use_case, to="retired", author=author, reason=reason)


def require_narrower(model: OperatingModel, use_case: str, author: str) -> str:
    """Return in which role somebody may take a use case back; raises NotAllowed for anybody else."""
    role = held_by(model, author, NARROWING, use_case)
    if not role:
        raise NotAllowed(
            f"`{use_case}` is taken back by its owner, its risk owner, its unit's lead or the centre",
            help="ask one of them, or set `REMIT_AUTHOR` to the address that holds the role;"
            f" `remit kill-switch on use-case/{use_case}` stops its calls at once, whoever sees the danger",
        )
    return role


def _narrow(system: System, use_case: str, *, to: StageName, author: str, reason: str) -> StageChange:
    require_reason(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        _, model = model_in_force(system)
        require_use_case(model, use_case)
        require_narrower(model, use_case, author)
        now = system.clock.now()
        at = stage_of(system, use_case, now).stage
        if width(to) >= width(at):
            raise RemitError(
                f"`{use_case}` is at `{at}`, and `{to}` is no earlier stage",
                help=f"to come further, run `remit gate request {use_case}`",
                code="stage-out-of-order",
            )
        entry = narrowed(system, model, use_case, to=to, author=author, reason=reason, now=now)
        if to == "retired":
            entry = msgspec.structs.replace(entry, left_open=_left_open(system, model, use_case))
        journal.append([entry])
    fold_ledger(system)
    return entry


def _left_open(system: System, model: OperatingModel, use_case: str) -> tuple[str, ...]:
    """Name what the gate into the end asks for and is not there, and what speaks for waiting."""
    standing = assess_gate(model, read_dossier(system, model, use_case), into="retired")
    return (*(each.id for each in standing.missing), *(PARK + each.id for each in standing.parked))


def narrowed(
    system: System,
    model: OperatingModel,
    use_case: str,
    *,
    to: StageName,
    author: str,
    reason: str,
    now: datetime,
) -> StageChange:
    """Write that a use case goes back, from today in the organisation's zone."""
    return StageChange(
        id=system.ids.new(now),
        at=now,
        use_case=use_case,
        stage=to,
        since=now.astimezone(model.organisation.zone).date(),
        basis="narrowed",
        reason=reason,
        author=author,
    )
