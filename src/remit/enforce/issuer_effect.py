"""What a change of issuers does to use cases: who can call in their name, and who no longer can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from remit.declare.issuer import IssuerRule
from remit.declare.operating_model import OperatingModel
from remit.enforce.standing import Effect


def issuer_effects(before: OperatingModel, after: OperatingModel) -> Iterator[Effect]:
    """Say which rules open a use case to callers, or do so no more.

    An issuer that is proved otherwise, by another address or other keys, is another one. The order of rules
    is not compared: it only chooses for those to whom both use cases were open.
    """
    old, new = list(_opening(before)), list(_opening(after))
    for rules, others, what, widens in (
        (new, old, "can be called by", True),
        (old, new, "can no longer be called by", False),
    ):
        for each in rules:
            if each not in others:
                _, name, rule = each
                who = f"whom issuer `{name}` knows by {_said(rule)}"
                yield Effect(rule.use_case, "issuers", f"{what} {who}", widens=widens)


def _opening(model: OperatingModel) -> Iterator[tuple[Any, str, IssuerRule]]:
    for name, issuer in model.issuers.items():
        for rule in issuer.rules:
            yield issuer.model_dump(exclude={"rules"}), name, rule


def _said(rule: IssuerRule) -> str:
    return " and ".join(f"`{claim}` `{value}`" for claim, value in sorted(rule.claims.items()))
