"""Model names: what a caller may call a model, and which declared block each name means under a remit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.declare.version import covers, family
from remit.enforce.remit import Names, common


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


def key_names(
    model: OperatingModel, allowed: Names | None, key_models: tuple[str, ...], day: date
) -> dict[str, str]:
    """Say the same of a key that is for some models only; it narrows what names mean as a layer would."""
    if not isinstance(allowed, frozenset) or not key_models:
        return model_names(model, allowed, day)
    return model_names(model, common(allowed, frozenset(key_models)), day)


def usable(model: OperatingModel, names: Mapping[str, str], day: date) -> dict[str, str]:
    """Keep the names whose block may be used on a day."""
    return {name: address for name, address in names.items() if model.blocks[address].is_usable(day)}
