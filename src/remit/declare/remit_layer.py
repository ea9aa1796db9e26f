"""A layer of a remit, as one owner declares it: what this owner narrows, and nothing else."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic import PlainValidator as Reads

from remit.declare.declared import Amount, BlockAddress, DataClass, Day, Declared, Truth, whole
from remit.kernel.period import Per

Unlimited = Literal["unlimited"]
UNLIMITED: Unlimited = "unlimited"


def _limit(value: Any) -> int | Unlimited:
    if value == UNLIMITED:
        return UNLIMITED
    try:
        return int(whole(value))
    except ValueError:
        raise ValueError("write a whole number, or `unlimited`") from None


Limit = Annotated[int | Unlimited, Reads(_limit)]

LIST, WORD = "[list]", "[word]"
"""How the two readings of such a field are told apart; neither is part of a path that a person sees."""


def _reading(value: Any) -> str:
    return WORD if isinstance(value, str) else LIST


def _not_empty(value: Any) -> Any:
    """Refuse an empty list: it would mean `unlimited`, and could be read as nothing at all."""
    if value in ([], ()):
        raise ValueError("write at least one budget, or `unlimited`")
    return value


class Budget(Declared):
    """So much money in each period; a call must fit into every budget that covers it."""

    limit: Amount
    per: Per


Models = Annotated[
    Annotated[tuple[BlockAddress, ...], Tag(LIST)] | Annotated[Literal["any"], Tag(WORD)],
    Discriminator(_reading),
]
Spend = Annotated[
    Annotated[tuple[Budget, ...], BeforeValidator(_not_empty), Tag(LIST)] | Annotated[Unlimited, Tag(WORD)],
    Discriminator(_reading),
]


class RemitLayer(Declared):
    """Fields left out say nothing. `unlimited` and `any` say that this layer sets no limit of its own.

    If no layer at all says which models or what spend, no call is allowed: freedom must be stated.
    """

    calls: Truth | None = None
    models: Models | None = None
    data_class_max: DataClass | None = None
    spend: Spend | None = None
    input_tokens_max: Limit | None = None
    output_tokens_max: Limit | None = None
    time_box_days: Limit | None = None
    expires: Day | None = None
