"""Model names: what a caller may call a model or a route, and which block each name means under a remit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.declare.version import covers, family
from remit.enforce.remit import Names, Remit, common
from remit.enforce.route import asking, leads_to

MODEL, ROUTE = "model/", "route/"
"""Callers write a route's name as they write a model's; what it means begins with `route/`."""


def model_names(model: OperatingModel, allowed: Names | None, day: date) -> dict[str, str]:
    """Say which block each name means that a remit's models can be called by on a day.

    A remit narrows what a name can mean: one that allows `model/large@2` alone reads `model/large` as that
    version, whatever came after it, so a version that is pinned in the remit needs no change in the caller.
    """
    if not isinstance(allowed, frozenset):
        return {}
    names = {each: each for address in allowed for each in model.versions(address)}
    for name in {family(address) for address in allowed}:
        addresses = [each for each in model.families.get(name, ()) if covers(allowed, each)]
        if (meant := model.newest(addresses, day)) is not None:
            names[name] = meant
    return names


def names_under(
    model: OperatingModel, remit: Remit, day: date, key_models: tuple[str, ...] = ()
) -> dict[str, str]:
    """Say which block each name means that a use case can call on a day: models, and routes that lead to one.

    A key that is for some models only narrows what names mean, as a layer would.

    A route is there if one of its targets can be called by such a use case. The name of a model is never that
    of a route, which `check` sees to.
    """
    allowed = remit.models
    if key_models and isinstance(allowed, frozenset):
        allowed = common(allowed, frozenset(key_models))
    names = model_names(model, allowed, day)
    if not model.routes:
        return names
    can_use, asked = usable(model, names, day), asking(model, remit)
    open_ones = {address for address, route in model.routes.items() if leads_to(route, asked, can_use)}
    meant = {name: model.meant(name, day) for name in {*open_ones, *map(family, open_ones)}}
    found = {name: address for name, address in meant.items() if address in open_ones}
    routes = {f"{MODEL}{name.removeprefix(ROUTE)}": address for name, address in found.items() if address}
    return {**names, **routes}


def usable(model: OperatingModel, names: Mapping[str, str], day: date) -> dict[str, str]:
    """Keep the names whose block may be used on a day."""
    return {name: address for name, address in names.items() if model.blocks[address].is_usable(day)}
