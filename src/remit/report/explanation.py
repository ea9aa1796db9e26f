"""An explanation of a remit: every field, its value, who decided it, and what would widen it."""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.remit_layer import DECLARED_ONLY
from remit.enforce.remit import FIELDS, Remit, Spend, show
from remit.kernel.money import Money
from remit.report.policies import PolicyLine


@dataclass(frozen=True, slots=True)
class Decider:
    layer: str
    owner: str


@dataclass(frozen=True, slots=True)
class ExplainedField:
    """One field. `value` is what it is, for machines; `lines` say the same to people.

    What is not `enforced` is declared and shown, and this version does not hold calls to it yet.

    `decided_by` lists the layers that narrowed it, the topmost first; nobody did if it is empty.
    """

    field: str
    value: object
    lines: tuple[str, ...]
    decided_by: tuple[Decider, ...]
    widen: str
    enforced: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    use_case: str
    stage: str
    digest: str
    currency: str
    fields: tuple[ExplainedField, ...]
    policies: tuple[PolicyLine, ...] = ()

    @property
    def stated(self) -> tuple[ExplainedField, ...]:
        return tuple(field for field in self.fields if field.decided_by)

    @property
    def unstated(self) -> tuple[str, ...]:
        """The fields that no layer says anything of."""
        return tuple(field.field for field in self.fields if not field.decided_by)


def explanation(
    remit: Remit, *, only: str | None = None, policies: tuple[PolicyLine, ...] = ()
) -> Explanation:
    """Lay a remit out field by field, or one field alone, with the policies that could meet its calls."""
    return Explanation(
        use_case=remit.use_case,
        stage=remit.stage,
        digest=remit.digest,
        currency=remit.currency,
        fields=tuple(
            ExplainedField(
                field=name,
                value=_plain(getattr(remit, name), remit.currency),
                lines=_lines(getattr(remit, name), remit.currency),
                decided_by=tuple(
                    Decider(layer.address, layer.owner) for layer in remit.decided.get(name, ())
                ),
                widen=field.widen,
                enforced=name not in DECLARED_ONLY,
            )
            for name, field in FIELDS.items()
            if only in (None, name)
        ),
        policies=policies,
    )


def _plain(value: object, currency: str) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [
            {
                "pool": each.pool,
                "per": each.per,
                "limit": Money(each.limit, currency),
                "each_key": each.each_key,
                "warns": each.warns,
                "owner": each.owner,
            }
            for each in value
        ]
    return value


def _lines(value: object, currency: str) -> tuple[str, ...]:
    if isinstance(value, tuple) and value:
        return tuple(_budget(each, currency) for each in value)
    return (show(value),)


def _budget(spend: Spend, currency: str) -> str:
    pool, _, each = spend.pool.partition(":")
    whose = f"{pool}, for this use case" if each else pool
    each = " for each key" if spend.each_key else ""
    warns = ", warns only" if spend.warns else ""
    return f"{Money(spend.limit, currency).display()} per {spend.per}{each} ({whose}{warns}; {spend.owner})"
