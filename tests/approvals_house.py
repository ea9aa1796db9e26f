"""A house with one use case of high risk that runs for real, and people who ask and answer in it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from remit.cli.directory import shipped_files
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.operations.answer_approval import answer_approval
from remit.operations.plan_model import plan_model
from remit.operations.read_inbox import read_requests
from remit.operations.widen_model import put_in_force

OWNER, LEAD, RISK, CENTRE = "owner@example.com", "lead@example.com", "risk@example.com", "centre@example.com"
DEPUTY = "deputy@example.com"
TEXT = """
organisation:
  name: House
  contact: centre@example.com
  currency: EUR
  remit: {models: any, data_class_max: restricted, spend: [{limit: 100.00 EUR, per: month}]}
units:
  desk: {name: Desk, lead: lead@example.com}
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: owner@example.com
    risk_owner: risk@example.com
    data_class: CLASS
    purpose: Answer letters.
    adoption: {stage: launch, basis: It ran before.}
    remit: {output_tokens_max: TOKENS, spend: [{limit: MONEY.00 EUR, per: month}]}
"""


class SetClock:
    """The machine's clock, moved forward."""

    def __init__(self, clock: Any) -> None:
        self._clock, self.ahead = clock, timedelta()

    def now(self) -> Any:
        return self._clock.now() + self.ahead


@cache
def model(*, tokens: int = 500, money: int = 5, data: str = "restricted", more: str = "") -> OperatingModel:
    text = TEXT.replace("CLASS", data).replace("TOKENS", str(tokens)).replace("MONEY", str(money))
    loaded = load(shipped_files() | {"a.yaml": text, "b.yaml": more or "units: {}\n"})
    assert loaded.operating_model is not None, loaded.diagnostics
    return loaded.operating_model


def ask(system: Any, wanted: OperatingModel, *, author: str = OWNER, reason: str = "Why.") -> Any:
    return put_in_force(system, plan_model(system, wanted), author=author, reason=reason)


def consent(system: Any, author: str, *ids: str, reason: str = "Looked at it.") -> Any:
    _, code = read_requests(system, ids, reader=author)
    return answer_approval(system, ids, said="approved", author=author, seen=code, reason=reason)
