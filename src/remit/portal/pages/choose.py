"""Choosing: what is worth most together within money, time and risk, beside what it would be in scenarios."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from remit.decide.selection import Effort, Use
from remit.decide.usual_scenarios import USUAL, usual_scenario
from remit.decide.what_if import Chosen
from remit.declare.declared import ID_PATTERN
from remit.declare.operating_model import OperatingModel
from remit.declare.ranking import Objective
from remit.declare.scenario import Scenario
from remit.kernel.errors import NotFound
from remit.kernel.money import Money
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.select_portfolio import Asked as Wanted
from remit.operations.select_portfolio import select_portfolio
from remit.portal.asked import Asked, Page
from remit.report.selection import SelectionView, limit

EFFORT = Effort(seconds=10.0, reason_seconds=6.0, firm_seconds=3.0)
"""How long one choice is worked at; it is made beside the pages, and what is not proved by then is said."""
REJECTED = 60
_AMOUNT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_FACTOR = re.compile(r"[0-9](?:\.[0-9]{1,4})?")
IDS_MAX = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One choice, to be read beside the others; `chosen` are the ids."""

    name: str
    total: Chosen
    ids: frozenset[str]
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    uses: tuple[Use, ...]
    clash: tuple[str, ...]

    def use(self, key: tuple[str, tuple[str, ...], int, str]) -> Use | None:
        return next((each for each in self.uses if _key(each) == key), None)


def _key(each: Use) -> tuple[str, tuple[str, ...], int, str]:
    return each.kind, each.about, each.period, each.tag


def show(asked: Asked) -> Response:
    """Show a choice and scenarios side by side; `by`, the usual scenarios and one of one's own narrow it."""
    version, model = model_in_force(asked.system)
    objective: Objective = "money" if asked.text("by", model.portfolio.objective) == "money" else "score"
    names = tuple(name for name in USUAL if asked.text(name) == "on") if asked.query else ("less", "more")
    scenarios = [made for name in names if (made := usual_scenario(name, model.portfolio)) is not None]
    own = _own(asked, model)
    if own is not None:
        scenarios.append(own)
    wanted = Wanted(objective=objective, scenarios=tuple(scenarios), effort=EFFORT)
    key = ("choose", version, objective, tuple(each.model_dump_json() for each in scenarios))
    seen = asked.kept.soon(key, lambda: select_portfolio(asked.system, wanted))
    if seen is None:
        return asked.page("making.html", what="The choice", back="/portfolio")
    view = seen.value
    columns = _columns(view)
    keys = list(dict.fromkeys(_key(each) for column in columns for each in column.uses))
    ids = [each.id for each in view.chosen]
    ids += sorted({name for column in columns for name in column.entering} - set(ids))
    return asked.page(
        "portfolio_choose.html",
        seen=seen,
        model=model,
        view=view,
        columns=columns,
        limits=[
            (limit(kind, about, period=period, tag=tag), (kind, about, period, tag))
            for kind, about, period, tag in keys
        ],
        ids=ids,
        objective=objective,
        names=names,
        usual=USUAL,
        rejected=view.rejected[:REJECTED],
    )


def _columns(view: SelectionView) -> list[Column]:
    ids = frozenset(each.id for each in view.chosen)
    first = Column("As declared", view.total, ids, (), (), view.uses, view.clash)
    return [first] + [
        Column(
            each.name,
            each.chosen,
            ids - set(each.leaving) | set(each.entering),
            each.entering,
            each.leaving,
            each.uses,
            each.clash,
        )
        for each in view.scenarios
    ]


def _own(asked: Asked, model: OperatingModel) -> Scenario | None:
    """Read a scenario of one's own out of the address; raises NotFound for what cannot be one."""
    budget, factor = asked.text("budget").replace(",", ""), asked.text("cost_factor")
    mandatory, without = (_ids(asked.text(name), model) for name in ("mandatory", "without"))
    if not (budget or factor or mandatory or without):
        return None
    if (budget and not _AMOUNT.fullmatch(budget)) or (factor and not _FACTOR.fullmatch(factor)):
        raise NotFound("that is no amount, or no factor", help="write `120000`, or `1.2` for a fifth more")
    money = Money(Decimal(budget), model.organisation.currency) if budget else None
    return Scenario(
        name="Yours",
        budgets=(money,) * max(1, len(model.portfolio.budgets)) if money else None,
        cost_factor=Decimal(factor) if factor else None,
        mandatory=mandatory,
        without=without,
    )


def _ids(text: str, model: OperatingModel) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(re.split(r"[\s,]+", text.strip())))[:IDS_MAX] if text.strip() else ()
    for name in found:
        if not re.fullmatch(ID_PATTERN, name):
            raise NotFound("that names no use case", help="write ids of use cases, with commas between")
        require_use_case(model, name)
    return found


PAGES = (Page("/portfolio/choose", show),)
