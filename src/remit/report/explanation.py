"""An explanation of a remit: every field, its value, who decided it, and what would widen it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import RATE_FIELDS, is_enforced
from remit.enforce.capture import capture_of
from remit.enforce.pool import is_one_use_cases, layer_of
from remit.enforce.rate_limit import RateLimit
from remit.enforce.remit import FIELDS, Remit, show
from remit.enforce.route import asking, leads_to, show_targets
from remit.enforce.spend import BREACH_SAID, Spend
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
    agents: tuple[str, ...] = ()
    """Who acts under it by itself."""

    @property
    def stated(self) -> tuple[ExplainedField, ...]:
        return tuple(field for field in self.fields if field.decided_by)

    @property
    def unstated(self) -> tuple[str, ...]:
        """The fields that no layer says anything of."""
        return tuple(field.field for field in self.fields if not field.decided_by)


def explanation(
    model: OperatingModel,
    remit: Remit,
    *,
    names: Mapping[str, str],
    only: str | None = None,
    policies: tuple[PolicyLine, ...] = (),
) -> Explanation:
    """Lay a remit out field by field, or one field alone, with the policies that could meet its calls.

    The model says what each block is, `names` what its models' names mean today.
    """
    return Explanation(
        use_case=remit.use_case,
        stage=remit.stage,
        digest=remit.digest,
        currency=remit.currency,
        agents=tuple(sorted(id for id, each in model.agents.items() if each.use_case == remit.use_case)),
        fields=tuple(
            ExplainedField(
                field=name,
                value=plain(getattr(remit, name), remit.currency),
                lines=(
                    *_lines(getattr(remit, name), remit.currency),
                    *(_meant(model, remit, names) if name == "models" else ()),
                    *_more(name, model, remit),
                ),
                decided_by=tuple(
                    Decider(layer.address, layer.owner) for layer in remit.decided.get(name, ())
                ),
                widen=field.widen,
                enforced=is_enforced(name, getattr(remit, name)),
            )
            for name, field in FIELDS.items()
            if only in (None, name)
        ),
        policies=policies,
    )


def _meant(model: OperatingModel, remit: Remit, names: Mapping[str, str]) -> Iterator[str]:
    """Say what each name stands for, where it is not the name's own block: a version, or where it leads."""
    for name, address in sorted(names.items()):
        if route := model.route(address):
            found = leads_to(route, asking(model, remit), names)
            yield f"{name.partition('/')[2]} leads to {show_targets(found)} ({address})"
        elif name != address:
            yield f"{name} means {address} today"


def plain(value: object, currency: str) -> object:
    """Turn a field's value into what JSON has."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain_limit(each, currency) for each in value]
    return value


def _plain_limit(each: Spend | RateLimit, currency: str) -> object:
    if isinstance(each, RateLimit):
        return {"pool": each.pool, "limit": each.limit, "each": each.each or None, "owner": each.owner}
    return {
        "pool": each.pool,
        "per": each.per,
        "limit": Money(each.limit, currency),
        "each": each.each or None,
        "on_breach": each.on_breach,
        "owner": each.owner,
    }


def _lines(value: object, currency: str) -> tuple[str, ...]:
    if isinstance(value, tuple) and value:
        return tuple(
            _rate(each) if isinstance(each, RateLimit) else _budget(each, currency) for each in value
        )
    return (show(value),)


def _more(name: str, model: OperatingModel, remit: Remit) -> Iterator[str]:
    """Say what models limit by themselves, and what a call is downgraded to where a budget asks for that."""
    if name == "models":
        yield from _own_rates(model, remit)
    if name in ("capture_max", "retention_days") and getattr(remit, name) is not None:
        yield _kept(remit)
    if name != "spend" or not any(each.on_breach == "downgrade" for each in remit.spend or ()):
        return
    blocks = _allowed(model, remit)
    pairs = [f"{address} → {block.downgrade_to}" for address, block in blocks if block.downgrade_to]
    yield f"downgrades: {', '.join(pairs) or 'no model that is allowed names a `downgrade_to`'}"


def _kept(remit: Remit) -> str:
    """Say what becomes of prompts and answers, which two fields decide on together."""
    capture = capture_of(remit)
    if capture is not None:
        long = "until they are erased" if capture.days is None else f"for at most {capture.days:,} days"
        return f"prompts and answers are kept encrypted, {capture.mode}, {long}"
    if remit.capture_max in ("masked", "raw") and remit.retention_days is None:
        return "nothing is kept, as no layer states `retention_days`"
    return "no prompt or answer is kept"


def _allowed(model: OperatingModel, remit: Remit) -> Iterator[tuple[str, ModelBlock]]:
    for name in sorted(remit.models) if isinstance(remit.models, frozenset) else ():
        for address in model.versions(name):
            block = model.model(address)
            if block is not None:
                yield address, block


def _own_rates(model: OperatingModel, remit: Remit) -> Iterator[str]:
    """Say what each model lets through for all who call it together."""
    for address, block in _allowed(model, remit):
        own = ((field, getattr(block, field)) for field in RATE_FIELDS)
        limits = ", ".join(f"`{field}` {limit}" for field, limit in own if isinstance(limit, int))
        if limits:
            yield f"{address} for all its callers together: {limits}"


def _budget(spend: Spend, currency: str) -> str:
    limit = f"{Money(spend.limit, currency).display()} per {spend.per}{spend.each_said}"
    return f"{limit} ({_whose(spend)}{BREACH_SAID[spend.on_breach]}{_uncovered(spend)}; {spend.owner})"


def _rate(limit: RateLimit) -> str:
    return f"{limit.limit:,}{limit.each_said} ({_whose(limit)}{_uncovered(limit)}; {limit.owner})"


def _whose(each: Spend | RateLimit) -> str:
    layer = layer_of(each.pool)
    return f"{layer}, for this use case" if is_one_use_cases(each.pool) else layer


def _uncovered(each: Spend | RateLimit) -> str:
    return ", covers no key without an agent" if each.each == "agent" else ""
