"""Look up what someone names; a name that nobody declares is answered with the nearest one."""

from __future__ import annotations

from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean


def require_known(as_of: date | None, today: date) -> None:
    """Raise RemitError for a day that is still to come: what will be known then, nobody knows."""
    if as_of is not None and as_of > today:
        raise RemitError(
            f"it is asked for as of {as_of}, which is still to come",
            help=f"name {today} or an earlier day",
            code="day-to-come",
        )


def require_unit(model: OperatingModel, unit: str) -> None:
    """Raise NotFound unless the unit is declared."""
    if unit not in model.units:
        raise NotFound(
            f"no unit `{unit[:80]}` is declared",
            help=did_you_mean(unit, model.units, otherwise=f"use one of {', '.join(model.units)}"),
            code="undeclared-unit",
        )


def require_block(model: OperatingModel, address: str, day: date) -> str:
    """Return the declared block that an address means on a day; raises NotFound if it means none."""
    if (found := model.meant(address, day)) is None:
        raise NotFound(
            f"no block `{address[:80]}` is declared",
            help=did_you_mean(
                address, {*model.blocks, *model.families}, otherwise="`remit blocks list` shows all"
            ),
            code="undeclared-block",
        )
    return found


def require_use_case(model: OperatingModel, use_case: str) -> None:
    """Raise NotFound unless the use case is declared."""
    if use_case not in model.use_cases:
        raise NotFound(
            f"no use case `{use_case[:80]}` is declared",
            help=did_you_mean(use_case, model.use_cases, otherwise="`remit portfolio list` shows all"),
            code="undeclared-use-case",
        )


def require_model(model: OperatingModel, address: str, day: date) -> None:
    """Raise NotFound unless an address names a declared model, or the versions of one."""
    require_block(model, address, day)
    if not address.startswith("model/"):
        raise NotFound(
            f"`{address[:80]}` is not a model",
            help="name a block whose address begins with `model/`",
            code="not-a-model",
        )
