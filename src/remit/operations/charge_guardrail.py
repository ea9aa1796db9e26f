"""Charge a guardrail: write down what somebody else's costs for a text that it was sent, if it has a price.

It is priced once, when it was asked, and has an entry of its own: inputs are read before anything is held,
answers while the call goes on, and some texts when it has ended. So nothing is held for it beforehand; it is
posted to the budgets of its call as soon as it is written, and calls have what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from remit.declare.block import GuardrailBlock
from remit.declare.guardrail_price import GuardrailPrice
from remit.enforce.account import Account
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.facts import Held
from remit.enforce.grant import accounts_of
from remit.enforce.guardrail.assess import UNIT_CHARACTERS
from remit.enforce.guardrail.screen import Question
from remit.enforce.guardrail.trust import Side
from remit.enforce.key import Key
from remit.enforce.pool import layer_of
from remit.kernel.errors import JournalError
from remit.kernel.money import ZERO
from remit.operations.judged_call import JudgedCall
from remit.operations.refused import purpose_of
from remit.operations.worker import Worker
from remit.record.guardrail_charge import GuardrailCharge


def is_free(worker: Worker, question: Question) -> bool:
    """Say whether asking costs nothing that is known of: no call of a model, and no declared price."""
    if question.rule.model is not None:
        return False
    price = _price(worker, question, worker.system.clock.now())
    return price is None or not price.per_1000_units


def _price(worker: Worker, question: Question, at: datetime) -> GuardrailPrice | None:
    block = worker.view.model.blocks.get(question.address)
    if not isinstance(block, GuardrailBlock) or not block.prices:
        return None
    return block.price_at(question.name, worker.view.day(at))


def charge_guardrail(
    worker: Worker, call: JudgedCall, question: Question, side: Side, texts: Sequence[str]
) -> None:
    """Write the charge for texts that were sent at once; does nothing where no price is declared."""
    at = worker.system.clock.now()
    price = _price(worker, question, at)
    if price is None:
        return
    characters = sum(map(len, texts))
    units, rate = -(-characters // UNIT_CHARACTERS), price.rate
    charge = rate.cost(units)
    entry = GuardrailCharge(
        id=worker.system.ids.new(at),
        at=at,
        purpose=purpose_of(worker, call.key, worker.view.remit(call.use_case), "", call.user),
        guardrail=question.address,
        custom=question.name,
        side=side,
        characters=characters,
        units=units,
        rate=rate,
        charge=charge,
        currency=worker.view.model.organisation.currency,
        judges=call.id,
        accounts=tuple(each.account for each in _held(worker, call.key, at)) if charge else (),
    )
    # What the journal refuses now is written before any later entry.
    with suppress(JournalError):
        worker.post(entry)


def used_up(worker: Worker, key: Key, questions: Sequence[Question]) -> Decision:
    """Refuse to have a text read by whoever is paid for it, where a budget that refuses has nothing left."""
    at = worker.system.clock.now()
    prices = (_price(worker, each, at) for each in questions)
    if not any(price is not None and price.per_1000_units for price in prices):
        return ALLOW
    for held in _held(worker, key, at):
        spend = held.spend
        left = worker.accounts.get(held.account, Account()).available(spend.limit)
        if spend.on_breach != "warn" and left <= ZERO:
            return deny(
                "budget-exhausted",
                f"budget `{spend.id}` is used up, and these guardrails are paid for each text that they read",
                help="ask the budget's owner to raise it, or name guardrails that cost nothing",
                layer=layer_of(spend.pool),
                owner=spend.owner,
            )
    return ALLOW


def _held(worker: Worker, key: Key, at: datetime) -> tuple[Held, ...]:
    """Name the windows of the budgets that cover what a key asks for."""
    view = worker.view
    year_starts = view.model.organisation.fiscal_year_starts
    remit = view.remit(key.use_case)
    return accounts_of(remit, key=key.id, agent=key.agent, now=at, zone=view.zone, year_starts=year_starts)
