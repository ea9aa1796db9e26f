"""Facts: what is looked at when it is decided on a call, all of it as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.price import Price, Rates
from remit.enforce.account import Account
from remit.enforce.decision import Decision
from remit.enforce.policy import Parties
from remit.enforce.rate import NO_COUNTS, Counts, Meter
from remit.enforce.remit import Remit
from remit.enforce.request import Request
from remit.enforce.spend import Spend
from remit.enforce.stop import Stops


class Held(msgspec.Struct, frozen=True):
    """One budget's window that a call draws from."""

    account: str
    spend: Spend


def _nothing_to_ask(model: str) -> None:
    """Where no policies are declared."""


def _nothing_unsaid(block: ModelBlock, request: Request) -> str:
    """Where every provider can be told everything."""
    return ""


def _no_meters(model: str) -> tuple[Meter, ...]:
    """Where nothing limits how much goes through at a time."""
    return ()


class Grant(msgspec.Struct, frozen=True):
    """What a key may do with a model on one day, whatever it asks: `decision` refuses it all, or allows.

    It is the same until midnight in the organisation's zone, when windows of budgets, prices and remits turn,
    so it can be kept until then. `held` are the windows of budgets that the key's calls draw from, and
    `accounts` their names.
    """

    decision: Decision
    price: Price | None
    output_tokens_max: int
    held: tuple[Held, ...]
    accounts: tuple[str, ...] = ()
    limits: Mapping[str, Decimal] = msgspec.field(default_factory=dict)
    """What each account that can refuse a call may come to; one that only warns has no limit here."""
    rates: Rates | None = None
    """The price as calls record it, with the tier that the model is always asked for."""


class Facts(msgspec.Struct, frozen=True):
    """What the rules look at: what is asked, under which remit, when, and what is left.

    `request` names the model by the address of `block`; where `block` is None, as the caller did.
    """

    key: str
    agent: str
    remit: Remit
    stage_since: date
    request: Request
    block: ModelBlock | None
    now: datetime
    zone: ZoneInfo
    year_starts: int
    accounts: Mapping[str, Account]
    administrator: str
    parties: Callable[[str], Parties | None] = _nothing_to_ask
    """Who calls what, for the policies; None where no policy is declared."""
    unsaid: Callable[[ModelBlock, Request], str] = _nothing_unsaid
    """What a model's provider cannot be told of a request; it is never left out in silence."""
    streamed: bool = False
    served_in: str = ""
    """In which service tier a call is made that asks for none; empty for the default one."""
    in_batch: bool = False
    """Whether it is a line of a batch, for which nobody waits."""
    meters: Callable[[str], tuple[Meter, ...]] = _no_meters
    """The limits on how much goes through at a time, for calls of a model."""
    counts: Counts = NO_COUNTS
    key_models: tuple[str, ...] = ()
    """The only models that the key is for, by their names in a remit; all if there is none."""
    user: str = ""
    users: AbstractSet[str] = frozenset()
    """Whom the call is for, and who called for the use case this month, as pseudonyms."""
    stops: Stops = msgspec.field(default_factory=dict)
    """The kill switches that are on."""
    whose: tuple[str, ...] = ()
    """The addresses that stop this caller."""
    granted: Grant | None = None
    """The grant where it is known already; where it is not, it is worked out."""
