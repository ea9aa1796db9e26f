"""Capacity and commitments: what is paid by the hour or beforehand, whether or not a call is made."""

from __future__ import annotations

from typing import Literal

from remit.declare.declared import Amount, BlockAddress, Count, Day, Declared, Id, Rate, Title, Truth
from remit.declare.shared import SharedBy
from remit.kernel.period import Per

CapacityKind = Literal["provisioned", "self_hosted", "hosting"]
"""Units of a provider's model that are kept for you, machines of your own, or a customised model that is kept
ready."""

Idle = Literal["apart", "shared"]
"""What becomes of the cost of what served nobody: it stands apart and is not allocated, or those who were
served share it, on lines of its own; where nobody was, those who have a declared weight."""


class Capacity(Declared):
    """Something that serves a model and is paid by the hour.

    A model that it serves has rates of 0, or what a call costs beside it. Without `starts` it is on offer: it
    costs nothing, and advice holds it against what calls cost now.
    """

    name: Title
    """What it is."""
    kind: CapacityKind
    """How it is had."""
    model: BlockAddress
    """The model that it serves, with a version or without."""
    units: Count = 1
    """How many units or machines there are."""
    per_hour: Amount
    """What one of them costs in an hour."""
    input_tokens_per_minute: Count | None = None
    """How many input tokens one of them reads in a minute at most."""
    output_tokens_per_minute: Count | None = None
    """How many output tokens one of them writes in a minute at most."""
    once: Amount | None = None
    """What is paid once, such as for training or setting up."""
    term_months: Count | None = None
    """For how many months it is taken at least."""
    starts: Day | None = None
    """The first day on which it is paid."""
    ends: Day | None = None
    """The last day on which it is paid; left out, it goes on."""
    shared_by: SharedBy = "tokens"
    """By what its cost is split among the use cases whose calls it served."""
    weights: dict[Id, Rate] = {}
    """For `weighted`: the weight of each use case; one that is not named has none."""
    idle: Idle = "apart"
    """What becomes of the cost of what served nobody; it can be told where tokens in a minute are given."""
    unit: Id | None = None
    """The unit that answers for what stands idle; left out, the organisation."""
    source: Title | None = None
    """The contract or price list that says so, and when it was looked at."""


class Commitment(Declared):
    """What was promised to a provider, or paid beforehand, in return for lower rates.

    Prices that are drawn from it say so by its `id` in their `commitment`.
    """

    name: Title
    """What was agreed."""
    id: Title
    """The provider's id of it, as prices and bills have it."""
    amount: Amount
    """How much is to be used in each period."""
    per: Per
    """The period, by the calendar of the organisation."""
    starts: Day
    """The first day of it."""
    ends: Day
    """The last day of it."""
    rolls_over: Truth = False
    """Whether what is not used in one period may be used in the next."""
    shared_by: SharedBy = "charge"
    """By what its unused part is split among the use cases whose calls drew from it, if it is shared."""
    weights: dict[Id, Rate] = {}
    """For `weighted`: the weight of each use case; one that is not named has none."""
    idle: Idle = "apart"
    """What becomes of the cost of what no call drew."""
    unit: Id | None = None
    """The unit that answers for what lies idle; left out, the organisation."""
    source: Title | None = None
    """The contract that says so."""
