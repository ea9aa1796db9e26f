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
"""A whole number, or `unlimited`: this layer sets no limit of its own."""

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
    """The most that may be spent in one period."""
    per: Per
    """The period: it begins at midnight in the organisation's time zone."""


Models = Annotated[
    Annotated[tuple[BlockAddress, ...], Tag(LIST)] | Annotated[Literal["any"], Tag(WORD)],
    Discriminator(_reading),
]
"""A list of model blocks' addresses, or `any`: this layer leaves out no model."""

Spend = Annotated[
    Annotated[tuple[Budget, ...], BeforeValidator(_not_empty), Tag(LIST)] | Annotated[Unlimited, Tag(WORD)],
    Discriminator(_reading),
]
"""A list of budgets, one for each period, or `unlimited`: this layer sets no budget of its own."""


class RemitLayer(Declared):
    """Fields left out say nothing. `unlimited` and `any` say that this layer sets no limit of its own.

    If no layer at all says which models or what spend, no call is allowed: freedom must be stated.
    """

    calls: Truth | None = None
    """Whether models may be called at all."""
    models: Models | None = None
    """Which models may be called; lists of several layers intersect."""
    data_class_max: DataClass | None = None
    """The most sensitive data that may be handled; the lowest of all layers holds."""
    spend: Spend | None = None
    """Budgets; every budget of every layer must cover a call."""
    input_tokens_max: Limit | None = None
    """The most tokens that one input may be, a byte counting as one; the lowest holds."""
    output_tokens_max: Limit | None = None
    """The most tokens that one answer may be; the lowest holds."""
    time_box_days: Limit | None = None
    """How many days a use case may stay at its stage and still make calls; the lowest holds."""
    expires: Day | None = None
    """The last day on which calls are allowed; the earliest holds."""
