"""Ask for more: have whoever owns a layer asked to let a use case do one thing more, and say who decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from remit.decide.approval import Standing
from remit.decide.approval_rule import Rule, tier_rule
from remit.decide.more import More, offers, with_more
from remit.decide.risk import tier_of
from remit.declare.approval import Asked
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import NotFound
from remit.kernel.money import canonical
from remit.operations.apply_model import proposal
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_model import Planned, plan_model
from remit.operations.system import System
from remit.operations.widen_model import needs


def read_offers(system: System, use_case: str) -> tuple[More, ...]:
    """List what can be asked for now, each with who answers for it."""
    model, remit = remit_now(system, use_case)
    return tuple(offers(model, remit, today_of(system, model)))


def ask_for_more(
    system: System, use_case: str, id: str, *, limit: Decimal | None = None, author: str, reason: str = ""
) -> Standing:
    """Ask for one thing of `read_offers`; once all agree it is in force by itself.

    Who owns the layers that would change must agree, and whoever the rules on widening name as well.
    """
    model, remit = remit_now(system, use_case)
    more = next((each for each in offers(model, remit, today_of(system, model)) if each.id == id), None)
    if more is None:
        raise NotFound(
            f"there is no `{id[:80]}` to ask for", help="load the page again, and pick one of its list"
        )
    planned = plan_model(system, with_more(model, remit, more, limit))
    system.store.put_text(planned.digest, planned.body)
    asking = _asking(planned, remit, more, limit=limit)
    return ask_approval(system, asking, author=author, reason=reason)


def _asking(planned: Planned, remit: Remit, more: More, *, limit: Decimal | None) -> Asking:
    wanted = "allowed" if limit is None else f"{canonical(limit)} {remit.currency}"
    about: Asked = "apply" if more.limit is None else "budget"
    return asking_of(
        planned,
        remit,
        about,
        subject=more.id,
        summary=f"{more.what}: {wanted} in place of {more.now}, for `{remit.use_case}`",
        changes=more.layers,
        roles=more.roles,
    )


def asking_of(
    planned: Planned,
    remit: Remit,
    about: Asked,
    *,
    subject: str,
    summary: str,
    changes: Sequence[str],
    roles: Sequence[str],
) -> Asking:
    """Put together what is asked, of those who answer for what changes and whom the rules name."""
    model = planned.before
    assert model is not None, "a use case is in force"
    found = needs(planned)
    ruled = found.rule if found else _rule(model, about, remit)
    tier = found.tier if found else tier_of(model.use_cases[remit.use_case])
    return Asking(
        about=about,
        subject=f"{about}/{subject}",
        body=proposal(planned, 0),
        summary=summary,
        tier=tier,
        stakes=(
            f"`{remit.use_case}`: {tier} risk, at `{remit.stage}`, handles {remit.data_class} data",
            *(f"changes {each}" for each in changes),
        ),
        use_case=remit.use_case,
        unit=remit.unit,
        stage=remit.stage,
        barred=found.barred if found else (),
        rule=replace(ruled, roles=tuple(dict.fromkeys((*roles, *ruled.roles)))),
    )


def _rule(model: OperatingModel, about: Asked, remit: Remit) -> Rule:
    """Say how long is waited for where no rule on widening applies: only the layers' owners are asked."""
    times = tier_rule(model, about, tier_of(model.use_cases[remit.use_case]))
    return Rule(
        roles=(),
        people=1,
        deadline=timedelta(hours=times.deadline_hours),
        escalates_to=times.escalates_to or "",
        expires=timedelta(hours=times.expires_hours),
    )


def remit_now(system: System, use_case: str) -> tuple[OperatingModel, Remit]:
    model = model_in_force(system)[1]
    require_use_case(model, use_case)
    stage = system.store.stages(system.clock.now(), use_case)[use_case].stage
    return model, resolve(model, use_case, stage)


def today_of(system: System, model: OperatingModel) -> date:
    return system.clock.now().astimezone(model.organisation.zone).date()
