"""Try policies: what they would say of a call that nobody makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from remit.declare.block import ModelBlock
from remit.declare.declared import DataClass
from remit.declare.organisation import StageName
from remit.enforce.decision import ALLOW
from remit.enforce.policy import Ask, Evaluation, compile_policies, evaluate, parties
from remit.enforce.remit import resolve
from remit.kernel.errors import NotFound
from remit.kernel.money import ZERO
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_block, require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System

_NOBODY = "policy-test"
"""In the place of a key."""


@dataclass(frozen=True, slots=True)
class Supposed:
    """A call as it is supposed; what is left out is as it would be now, at its largest."""

    use_case: str
    model: str
    stage: StageName | None = None
    data_class: DataClass | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    hour: int | None = None
    weekday: int | None = None
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """What the policies in force say, and what was asked of them. The fields of the remit were not asked."""

    ask: Ask
    evaluation: Evaluation


def try_policies(system: System, supposed: Supposed) -> Tried:
    """Evaluate the policies in force on a supposed call; raises NotFound if it names what is not declared."""
    fold_ledger(system)
    _, model = model_in_force(system)
    require_use_case(model, supposed.use_case)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    address = require_block(model, supposed.model, today)
    block = model.model(address)
    if block is None:
        raise NotFound(f"`{supposed.model}` is not a model", help="name a block that begins with `model/`")
    stage = (
        supposed.stage or system.store.stages(system.clock.now(), supposed.use_case)[supposed.use_case].stage
    )
    remit = resolve(model, supposed.use_case, stage)
    remit = replace(remit, data_class=supposed.data_class or remit.data_class)
    ask = _ask(system, supposed, block, model.organisation.zone)
    policies = compile_policies(model)
    if policies is None:
        return Tried(ask, Evaluation(ALLOW))
    found = parties(policies, model, remit, key=_NOBODY, address=address)
    return Tried(ask, evaluate(found, ask))


def _ask(system: System, supposed: Supposed, block: ModelBlock, zone: ZoneInfo) -> Ask:
    now = system.clock.now().astimezone(zone)
    local = now if supposed.hour is None else now.replace(hour=supposed.hour, minute=0)
    if supposed.weekday is not None:
        local += timedelta(days=supposed.weekday - local.isoweekday())
    input_tokens = block.context_tokens if supposed.input_tokens is None else supposed.input_tokens
    output_tokens = block.output_tokens_max if supposed.output_tokens is None else supposed.output_tokens
    price = block.price_at(now.date())
    amount = price.most(input_tokens=input_tokens, output_tokens=output_tokens) if price else ZERO
    return Ask(input_tokens, output_tokens, amount, local, supposed.streamed)
