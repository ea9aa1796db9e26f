"""Reuse in money: what was not built again, and how many days that saved, by shared block."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.worth.cost import total, users_of_blocks
from remit.declare.grade import Grade
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO


@dataclass(frozen=True, slots=True)
class Avoided:
    """What one block saved: it is paid once, and each further use case would have built it again.

    What it would have cost them is what it cost once, which nobody can measure; so it is a claim. `None`
    where the cost or the days of building it are not declared.
    """

    address: str
    use_cases: tuple[str, ...]
    cost_to_build: Decimal | None
    days_to_build: int | None
    avoided: Decimal | None
    days_saved: int | None
    grade: Grade = "claimed"


def avoided(
    model: OperatingModel, live: Iterable[str], *, today: date, called: Iterable[tuple[str, str]] = ()
) -> tuple[Avoided, ...]:
    """Say of every block that states what it took to build what was avoided, the most first.

    `called` are use cases with the blocks that they called, beside those that list them.
    """
    users = users_of_blocks(model, live, today, called)
    found = []
    for address, block in model.blocks.items():
        if block.cost_to_build is None and block.days_to_build is None:
            continue
        using = tuple(sorted(users.get(address, ())))
        further = max(0, len(using) - 1)
        cost, days = block.cost_to_build.amount if block.cost_to_build else None, block.days_to_build
        found.append(
            Avoided(
                address,
                using,
                cost,
                days,
                avoided=None if cost is None else EXACT.multiply(cost, Decimal(further)),
                days_saved=None if days is None else days * further,
            )
        )
    return tuple(
        sorted(found, key=lambda each: (-(each.avoided or ZERO), -(each.days_saved or 0), each.address))
    )


def all_avoided(found: Iterable[Avoided]) -> Decimal:
    """Add up what was avoided; all of it is claimed, so nothing is added across grades."""
    return total(each.avoided for each in found if each.avoided is not None)
