"""Charge a guardrail: write down what somebody else's costs for a text that it was sent, if it has a price.

It is priced once, when it was asked, and has an entry of its own: inputs are read before anything is held,
answers while the call goes on, and some texts when it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from remit.declare.block import GuardrailBlock
from remit.declare.guardrail_price import GuardrailPrice
from remit.enforce.guardrail.assess import UNIT_CHARACTERS
from remit.enforce.guardrail.screen import Question
from remit.enforce.guardrail.trust import Side
from remit.kernel.errors import JournalError
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
        charge=rate.cost(units),
        currency=worker.view.model.organisation.currency,
        judges=call.id,
    )
    # What the journal refuses now is written before any later entry.
    with suppress(JournalError):
        worker.record(entry)
