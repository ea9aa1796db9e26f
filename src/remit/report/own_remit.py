"""What a key may do now and what is left of it, as it is told to whoever holds the key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import is_enforced
from remit.enforce.account import Account
from remit.enforce.grant import accounts_of
from remit.enforce.key import Key
from remit.enforce.model_name import ROUTE, names_under
from remit.enforce.model_rules import Reach, may_call
from remit.enforce.remit import FIELDS, Remit
from remit.kernel.money import ZERO, canonical
from remit.kernel.period import Per, window
from remit.report.explanation import plain


@dataclass(frozen=True, slots=True)
class OwnField:
    """One field of the remit, the layer that decided it last, and who owns that layer."""

    value: object
    layer: str
    owner: str
    widen: str
    enforced: bool


@dataclass(frozen=True, slots=True)
class OwnBudget:
    """A budget that the key's calls draw from. Amounts are text; `ends` is when the next period begins."""

    budget: str
    limit: str
    available: str
    per: Per
    ends: datetime
    on_breach: str
    owner: str


@dataclass(frozen=True, slots=True)
class OwnStudy:
    """The study that assigns calls to arms today; `arm` is that of the reference that was asked about.

    `control` serves the control arm; where it is empty, calls of that arm are refused.
    """

    study: str
    arm: str | None
    until: date
    control: str


@dataclass(frozen=True, slots=True)
class OwnRemit:
    """What a key may do. `models` are the names that can be called today; `ends` is when calls end.

    What is no field has no limit, but for models and budgets: if none is stated, nothing may be called.
    """

    key: str
    agent: str
    use_case: str
    unit: str
    stage: str
    model_version: int
    remit: str
    currency: str
    models: tuple[str, ...]
    ends: datetime | None
    users_left: int | None
    fields: Mapping[str, OwnField]
    budgets: tuple[OwnBudget, ...]
    study: OwnStudy | None = None


@dataclass(frozen=True, slots=True)
class Now:
    """What is known at the moment of the question. `users` are those who called this month."""

    at: datetime
    since: date
    accounts: Mapping[str, Account]
    users: int
    model_version: int


def own_remit(model: OperatingModel, remit: Remit, key: Key, now: Now) -> OwnRemit:
    """Tell what a key may do under its remit."""
    zone, limit = model.organisation.zone, remit.users_max
    ends = min(_ends(remit, key, now.since, zone), default=None)
    over = ends is not None and ends <= now.at
    return OwnRemit(
        key=key.id,
        agent=key.agent,
        use_case=remit.use_case,
        unit=remit.unit,
        stage=remit.stage,
        model_version=now.model_version,
        remit=remit.digest,
        currency=remit.currency,
        models=() if over else tuple(_callable(model, remit, key, now.at.astimezone(zone).date())),
        ends=ends,
        users_left=max(0, limit - now.users) if isinstance(limit, int) else None,
        fields=dict(_fields(remit)),
        budgets=tuple(_budgets(model, remit, key, now)),
    )


def _callable(model: OperatingModel, remit: Remit, key: Key, day: date) -> Iterator[str]:
    """List the names that pass every rule on models, which is less than what is listed somewhere."""
    if not remit.calls or remit.spend is None:
        return
    for name, address in sorted(names_under(model, remit, day, key.models).items()):
        if address.startswith(ROUTE):
            # It is among the names because it leads to a model that can be called.
            if model.blocks[address].is_usable(day):
                yield name.partition("/")[2]
            continue
        reach = Reach(remit, address, model.model(address), day, model.organisation.contact)
        if may_call(reach).effect == "allow":
            yield name.partition("/")[2]


def _ends(remit: Remit, key: Key, since: date, zone: ZoneInfo) -> Iterator[datetime]:
    """List the instants from which nothing can be called any more."""
    if key.expires is not None:
        yield key.expires
    last_days = [remit.expires] if remit.expires else []
    if isinstance(remit.time_box_days, int):
        last_days.append(since + timedelta(days=remit.time_box_days))
    for day in last_days:
        yield datetime.combine(day + timedelta(days=1), time(tzinfo=zone))


def _fields(remit: Remit) -> Iterator[tuple[str, OwnField]]:
    for name, field in FIELDS.items():
        layer = remit.decider(name)
        # Budgets say more than a field can, and each has an owner of its own.
        if layer is not None and name != "spend":
            shown = plain(getattr(remit, name), remit.currency)
            enforced = is_enforced(name, getattr(remit, name))
            yield name, OwnField(shown, layer.address, layer.owner, field.widen, enforced)


def _budgets(model: OperatingModel, remit: Remit, key: Key, now: Now) -> Iterator[OwnBudget]:
    zone, year_starts = model.organisation.zone, model.organisation.fiscal_year_starts
    held = accounts_of(remit, key=key.id, agent=key.agent, now=now.at, zone=zone, year_starts=year_starts)
    for each in held:
        spend = each.spend
        available = now.accounts.get(each.account, Account()).available(spend.limit)
        yield OwnBudget(
            budget=spend.id,
            limit=canonical(spend.limit),
            available=canonical(max(available, ZERO)),
            per=spend.per,
            ends=window(spend.per, at=now.at, zone=zone, year_starts=year_starts).end,
            on_breach=spend.on_breach,
            owner=spend.owner,
        )
