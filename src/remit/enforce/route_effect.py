"""Route effect: where a change of routes leads those who call by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan
from remit.declare.version import family, number
from remit.enforce.model_name import ROUTE, model_names, usable
from remit.enforce.remit import Names, Remit
from remit.enforce.route import asking, leads_to, show_targets
from remit.enforce.standing import Effect, Standing


def changed_routes(planned: Plan) -> tuple[str, ...]:
    """Name the routes that a plan changes, and each name whose meaning that can change."""
    addresses = {
        change.name
        for change in planned.changes
        if change.section == "blocks" and change.name.startswith(ROUTE)
    }
    return tuple(sorted(addresses | {family(address) for address in addresses}))


@dataclass(frozen=True, slots=True)
class Leads:
    """Where routes lead under one operating model; what a remit's models are called is found once."""

    model: OperatingModel
    today: date
    _names: dict[Names | None, Mapping[str, str]] = field(default_factory=dict)

    def of(self, remit: Remit, name: str) -> dict[str, int]:
        """Say which models a route's name leads a use case to that can be called, each with its weight."""
        address = self.model.meant(name, self.today)
        route = self.model.route(address) if address else None
        if route is None or not route.is_usable(self.today):
            return {}
        if remit.models not in self._names:
            found = model_names(self.model, remit.models, self.today)
            self._names[remit.models] = usable(self.model, found, self.today)
        return leads_to(route, asking(self.model, remit), self._names[remit.models])


def route_effects(
    before: tuple[Leads, Remit], after: tuple[Leads, Remit], names: tuple[str, ...], standing: Standing
) -> Iterator[Effect]:
    """Say what becomes of the routes of one use case.

    A route gives no access, so a new one lets nobody do more. One that is gone breaks those who list it, and
    those who called a model that it led to: by which name they called is not known here.
    """
    case = before[1].use_case
    listed = before[0].model.use_cases[case].blocks
    for name in names:
        old, new = before[0].of(before[1], name), after[0].of(after[1], name)
        said = name.removeprefix(ROUTE)
        # The order counts. A version that comes concerns nobody until the name means it.
        if list(old.items()) == list(new.items()) or (not old and number(name)):
            continue
        if not old:
            what = f"can call `{said}`, which leads to {show_targets(new)}"
            yield Effect(case, "models", what, widens=False, neutral=True)
        elif new:
            what = f"is led by `{said}` to {show_targets(new)}, and no longer to {show_targets(old)}"
            yield Effect(case, "models", what, widens=False, neutral=True)
        else:
            what = f"can no longer call `{said}`, which led to {show_targets(old)}"
            used = name in listed or any(standing.misses(model) for model in old)
            yield Effect(case, "models", what, widens=False, breaks=used and standing.keys > 0)
