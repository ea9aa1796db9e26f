"""Charge a tool: hold what one call of it costs in every budget that covers it, before it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from remit.declare.block import ToolBlock
from remit.enforce.account import Account
from remit.enforce.decision import Decision, deny
from remit.enforce.facts import Held
from remit.enforce.grant import accounts_of
from remit.enforce.key import Key
from remit.enforce.pool import layer_of
from remit.kernel.money import ZERO, canonical
from remit.operations.admitted import Short
from remit.operations.wait_for_lease import until_leased
from remit.operations.worker import Worker


@dataclass(frozen=True, slots=True)
class Priced:
    """What is held for one call of a tool: an amount in the organisation's currency, and where."""

    amount: Decimal = ZERO
    accounts: tuple[str, ...] = ()


FREE = Priced()


async def hold_price(worker: Worker, key: Key, block: ToolBlock, at: datetime) -> Priced | Decision:
    """Hold what one call costs; a price in a currency that cannot be exchanged is refused, never left out."""
    if block.price_per_call is None or not block.price_per_call.amount:
        return FREE
    worth = worker.view.model.exchanged(block.price_per_call, worker.view.day(at))
    if worth is None:
        own = worker.view.model.organisation.currency
        return deny(
            "tool-price-unknown",
            f"nothing says what {block.price_per_call} are worth in {own}",
            help="declare the exchange rate under `exchange_rates`, or the price in the own currency",
            layer="organisation",
            owner=worker.view.model.organisation.contact,
        )
    held = _held(worker, key, at)
    found = _take(worker, worth.amount, held, hopes=True)
    if not isinstance(found, Short):
        return found
    return await until_leased(
        worker, key, found, lambda hopes: _take(worker, worth.amount, held, hopes=hopes)
    )


def _held(worker: Worker, key: Key, at: datetime) -> tuple[Held, ...]:
    view = worker.view
    return accounts_of(
        view.remit(key.use_case),
        key=key.id,
        agent=key.agent,
        now=at,
        zone=view.zone,
        year_starts=view.model.organisation.fiscal_year_starts,
    )


def _take(worker: Worker, amount: Decimal, held: Sequence[Held], *, hopes: bool) -> Priced | Decision | Short:
    """Hold an amount in every budget, or say which one has too little; one that only warns never refuses."""
    refusing = [each for each in held if each.spend.on_breach != "warn"]
    limits = {each.account: each.spend.limit for each in refusing}
    short = _lacking(refusing, worker.accounts, amount)
    if worker.escrow is not None:
        purses = worker.escrow.purses
        hoped = bool(short) and hopes and not _lacking(refusing, purses.hopeful(), amount)
        if hoped or not short:
            needs = purses.short(limits, amount)
        else:
            needs = purses.unknown(limits) if hopes else []
        if needs:
            return Short(needs, hopes=hoped or bool(short))
    if short:
        return _exhausted(worker, short[0], amount)
    priced = Priced(amount, tuple(each.account for each in held))
    worker.hold_price(priced.accounts, amount)
    return priced


def _lacking(held: Sequence[Held], accounts: Mapping[str, Account], amount: Decimal) -> list[Held]:
    return [
        each
        for each in held
        if (accounts[each.account] if each.account in accounts else Account()).room(each.spend.limit) < amount
    ]


def _exhausted(worker: Worker, held: Held, amount: Decimal) -> Decision:
    spend = held.spend
    left = max(worker.accounts.get(held.account, Account()).available(spend.limit), ZERO)
    currency = worker.view.model.organisation.currency
    return deny(
        "budget-exhausted",
        f"budget `{spend.id}` has {canonical(left)} {currency} left, and a call of this tool costs"
        f" {canonical(amount)} {currency}",
        help="ask the budget's owner to raise it, or use a tool that costs less",
        layer=layer_of(spend.pool),
        owner=spend.owner,
    )
