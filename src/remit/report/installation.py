"""What an installation is set to: who holds what, what it asks and tells, and what there needs somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from remit.decide.hook_delivery import HookState
from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.webhook import Webhook, host_of
from remit.enforce.stop import Stop
from remit.record.approval_entry import Delegation
from remit.record.decided import Apply

PRICE_DAYS_MAX = 365
"""A price that has stood for longer is one that somebody should look up again."""
PLACES_SHOWN = 3
_WITHOUT_CREDENTIAL = frozenset(("echo", "local", "wordllama"))


@dataclass(frozen=True, slots=True)
class Member:
    """A role that a person holds, over which places, and the field that says so."""

    person: str
    role: str
    places: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """A provider. `sealed` is that its credential lies in the data directory; some need none."""

    name: str
    technology: str
    sealed: bool
    needs_credential: bool


@dataclass(frozen=True, slots=True)
class IssuerLine:
    """An issuer, and what it is trusted with: callers, by so many rules, or persons who sign in."""

    name: str
    technology: str
    rules: int
    portal_url: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HookLine:
    """A web hook and how its receiver does."""

    name: str
    host: str
    owner: str
    events: tuple[str, ...]
    waiting: int
    state: str
    fails: bool


@dataclass(frozen=True, slots=True)
class PriceLine:
    """The price that a model has today, and how long it has stood."""

    model: str
    starts: date
    days: int
    source: str

    @property
    def old(self) -> bool:
        return self.days > PRICE_DAYS_MAX


@dataclass(frozen=True, slots=True)
class Installation:
    """All of it, each list in the order in which it is read."""

    providers: tuple[ProviderLine, ...]
    issuers: tuple[IssuerLine, ...]
    webhooks: tuple[HookLine, ...]
    prices: tuple[PriceLine, ...]
    unpriced: tuple[str, ...]
    stops: tuple[Stop, ...]
    delegations: tuple[Delegation, ...]
    versions: tuple[Apply, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """Say what here needs somebody, a sentence each without its period."""
        return tuple(self._needs())

    def _needs(self) -> Iterator[str]:
        if self.stops:
            yield f"{_many(len(self.stops), 'kill switch', 'kill switches')} in force"
        fails = [each.name for each in self.webhooks if each.fails]
        if fails:
            yield f"{_many(len(fails), 'web hook', 'web hooks')} not received: {', '.join(fails[:5])}"
        old = sum(each.old for each in self.prices)
        if old:
            says = _many(old, "price has", "prices have", verb=False)
            yield f"{says} stood for more than a year; look them up again"
        if self.unpriced:
            yield f"{_many(len(self.unpriced), 'model', 'models')} without a price today"


def _many(count: int, one: str, more: str, *, verb: bool = True) -> str:
    is_ = "" if not verb else " is" if count == 1 else " are"
    return f"{count:,} {one if count == 1 else more}{is_}"


def members_of(model: OperatingModel) -> tuple[Member, ...]:
    """List who holds which role, and over what, by person and then by role."""
    held: dict[tuple[str, str, str], list[str]] = {}
    for person, role, place, source in _held(model):
        held.setdefault((person, role, source), []).append(place)
    return tuple(
        Member(person, role, tuple(places), source)
        for (person, role, source), places in sorted(held.items(), key=lambda each: each[0])
    )


def _held(model: OperatingModel) -> Iterator[tuple[str, str, str, str]]:
    organisation = model.organisation
    yield organisation.contact, "centre", "organisation", "organisation: contact"
    for role, address in organisation.roles.items():
        yield address, role, "organisation", "organisation: roles"
    for held, members in organisation.members.items():
        yield from ((each, held, "organisation", "organisation: members") for each in members)
    for name, unit in model.units.items():
        if unit.lead:
            yield unit.lead, "unit-lead", f"unit/{name}", "units: lead"
        for role, members in unit.members.items():
            yield from ((each, role, f"unit/{name}", "units: members") for each in members)
    for name, case in model.use_cases.items():
        source = "use_cases: owner" if case.owner else "lead of the unit"
        yield model.owner_of(name), "use-case-owner", f"use-case/{name}", source
        if case.risk_owner:
            yield case.risk_owner, "risk-owner", f"use-case/{name}", "use_cases: risk_owner"


def provider_lines(model: OperatingModel, sealed: Iterable[str]) -> tuple[ProviderLine, ...]:
    """List the providers by name, and whether a credential of each is sealed."""
    there = frozenset(sealed)
    return tuple(
        ProviderLine(name, each.technology, name in there, each.technology not in _WITHOUT_CREDENTIAL)
        for name, each in sorted(model.providers.items())
    )


def issuer_lines(model: OperatingModel) -> tuple[IssuerLine, ...]:
    """List the issuers by name."""
    return tuple(
        IssuerLine(
            name,
            each.technology,
            len(each.rules),
            each.sign_in.portal_url if each.sign_in else "",
            each.sign_in.domains if each.sign_in else (),
        )
        for name, each in sorted(model.issuers.items())
    )


def hook_lines(hooks: Mapping[str, tuple[Webhook, HookState | None]]) -> tuple[HookLine, ...]:
    """List the web hooks, those that fail first."""
    lines = [
        HookLine(
            name,
            host_of(each.url),
            each.owner,
            tuple(each.events),
            state.waiting if state else 0,
            _does(state),
            bool(state and (state.failures or state.stopped)),
        )
        for name, (each, state) in hooks.items()
    ]
    return tuple(sorted(lines, key=lambda each: (not each.fails, each.name)))


def _does(state: HookState | None) -> str:
    if state is None:
        return "not seen yet"
    if state.stopped:
        return f"wants no more since {state.stopped[:16].replace('T', ' ')} UTC"
    if state.failures:
        return f"failing, {state.failures:,} on end; asked again at {state.resume:%Y-%m-%d %H:%M} UTC"
    return "sound"


def price_lines(model: OperatingModel, today: date) -> tuple[PriceLine, ...]:
    """List the prices of today, those that have stood longest first."""
    lines = []
    for address, block in model.blocks.items():
        if not isinstance(block, ModelBlock):
            continue
        began = [price for price in block.prices if price.starts <= today]
        if began:
            now = max(began, key=lambda price: price.starts)
            lines.append(PriceLine(address, now.starts, (today - now.starts).days, now.source or ""))
    return tuple(sorted(lines, key=lambda each: (each.starts, each.model)))


def unpriced_models(model: OperatingModel, today: date) -> tuple[str, ...]:
    """Name the models that have no price today."""
    return tuple(
        sorted(
            address
            for address, block in model.blocks.items()
            if isinstance(block, ModelBlock) and not any(each.starts <= today for each in block.prices)
        )
    )
