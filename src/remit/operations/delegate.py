"""Delegate: let another answer approvals for a time, and end it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from remit.decide.approval import in_force
from remit.decide.roles import roles_held
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.read_approvals import delegations
from remit.operations.system import CONTROL, System
from remit.record.approval_entry import Delegation

DAYS_MAX = 90
IN_FORCE_MAX = 20
"""To how many others one person may delegate at once."""


def delegate(
    system: System, to: str, *, roles: Sequence[str], until: date, author: str, reason: str = ""
) -> Delegation:
    """Let another answer in one's roles up to the end of a day; without roles, in all that one holds.

    What somebody may not answer themselves their delegate may not either, and nobody passes on what was
    delegated to them: only who holds a role is asked for whom it holds.
    """
    _require_short(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        model, now = model_in_force(system)[1], system.clock.now()
        zone = model.organisation.zone
        ends = datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC)
        _require_bounds(to, ends, author=author, now=now)
        _require_roles(model, roles, author)
        mine = [each for each in in_force(delegations(system), now) if each.holder == author]
        if len(mine) >= IN_FORCE_MAX:
            raise RemitError(
                f"{author} has delegated {len(mine)} times already",
                help="end one of them with `remit approval delegate --end ID`",
                code="delegation-refused",
            )
        entry = Delegation(
            id=system.ids.new(now),
            at=now,
            holder=author,
            to=to,
            roles=tuple(dict.fromkeys(roles)),
            since=now,
            until=ends,
            reason=reason,
            author=author,
        )
        journal.append([entry])
    fold_ledger(system)
    return entry


def end_delegation(system: System, id: str, *, author: str, reason: str = "") -> Delegation:
    """End a delegation at once; who delegated may, and who it was delegated to."""
    _require_short(reason)
    with system.journals.exclusive(CONTROL) as journal:
        fold_ledger(system)
        now = system.clock.now()
        found = next((each for each in in_force(delegations(system), now) if each.id == id), None)
        if found is None or author not in (found.holder, found.to):
            raise NotFound(
                f"no delegation `{id[:40]}` of or to {author[:200]} is in force",
                help="`remit approval delegate --list` shows those that are",
            )
        entry = Delegation(
            id=system.ids.new(now),
            at=now,
            holder=found.holder,
            to=found.to,
            roles=found.roles,
            since=found.since,
            until=now,
            ends=id,
            reason=reason,
            author=author,
        )
        journal.append([entry])
    fold_ledger(system)
    return entry


def _require_short(reason: str) -> None:
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="shorten it",
            code="value-too-long",
        )


def _require_bounds(to: str, until: datetime, *, author: str, now: datetime) -> None:
    if not re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,190}", to):
        raise RemitError(
            f"`{to[:80]}` is no mail address",
            help="name a role's address with `--to`",
            code="delegation-refused",
        )
    if to == author:
        raise RemitError(
            "nobody delegates to themselves", help="name somebody else with `--to`", code="delegation-refused"
        )
    last = now + timedelta(days=DAYS_MAX)
    if not now < until <= last:
        raise RemitError(
            f"a delegation ends within {DAYS_MAX} days, and this one would on {until:%Y-%m-%d %H:%M} UTC",
            help=f"name a day before {last:%Y-%m-%d} with `--until`",
            code="delegation-refused",
        )


def _require_roles(model: OperatingModel, roles: Sequence[str], author: str) -> None:
    """See that somebody delegates only what they hold themselves."""
    held = roles_held(model, author)
    if not held:
        raise RemitError(
            f"{author[:200]} holds no role, so there is nothing to delegate",
            help="set REMIT_AUTHOR to the address of the role that you hold",
            code="delegation-refused",
        )
    for role in roles:
        if role not in held:
            raise RemitError(
                f"{author[:200]} does not hold `{role[:80]}`",
                help=f"they hold {', '.join(f'`{each}`' for each in held)}",
                code="delegation-refused",
            )
