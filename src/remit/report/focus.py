"""FOCUS rows: what a month's calls and adjustments cost, in the columns of Cost and Usage, as values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from remit.decide.finops.allocation import AllocationLine
from remit.declare.operating_model import OperatingModel
from remit.declare.price import MILLION, Rates
from remit.kernel.money import EXACT, ZERO, plain
from remit.record.call_entry import Call
from remit.record.decided import Adjustment
from remit.record.tool_entry import ToolCalled
from remit.report.focus_allocated import ENTERED, allocated_cells
from remit.report.focus_charge import (
    CATEGORIES,
    costs_of,
    drawn,
    millions,
    price_details,
    purchase,
    purpose_cells,
    words,
)
from remit.report.focus_kinds import KINDS, TokenKind, rates_of, tokens_of
from remit.report.focus_names import FocusNames, ProviderNames
from remit.report.focus_shape import Cell, Cells, FocusMonth, Per, focus_header, midnight
from remit.report.focus_tools import ToolCharges


class _Key(NamedTuple):
    """What calls have in common that stand in the same rows."""

    start: datetime
    use_case: str
    unit: str
    stage: str
    key: str
    agent: str
    model: str
    provider: str
    currency: str
    simulated: bool
    rates: Rates


@dataclass(slots=True)
class _Sum:
    """Tokens of each kind, and what was charged beyond their price: below zero where it was less."""

    tokens: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    beyond: Decimal = ZERO


@dataclass(slots=True)
class FocusSums:
    """What all entries of an export sum up to in one currency, taken from the entries and not from rows."""

    billed: Decimal = ZERO
    effective: Decimal = ZERO

    def add(self, billed: Decimal, effective: Decimal) -> None:
        self.billed = EXACT.add(self.billed, billed)
        self.effective = EXACT.add(self.effective, effective)


class FocusExport:
    """A month's rows. What it keeps grows with what the rows tell apart, and not with the number of calls.

    INVARIANT: over all rows BilledCost and EffectiveCost sum up to exactly `sums`, in each currency.
    """

    def __init__(
        self,
        model: OperatingModel,
        month: FocusMonth,
        *,
        draft: bool = False,
        per: Per = "hour",
        simulated: bool = False,
        shared: Sequence[AllocationLine] | None = None,
    ) -> None:
        self.header = focus_header(draft=draft, shared=shared is not None)
        self.sums: dict[str, FocusSums] = {}
        self.calls = self.simulated_calls = self.adjustments = 0
        self._names = FocusNames(model)
        self._month, self._draft, self._per, self._simulated = month, draft, per, simulated
        self._found: dict[_Key, _Sum] = {}
        self._tools = ToolCharges()
        self._adjusted: list[Adjustment] = []
        self._lines = [each for each in shared or () if each.part not in ENTERED]
        for line in self._lines:
            self._sums(model.organisation.currency).add(line.amount, line.amount)
        self._currency = model.organisation.currency

    # ── entries ──

    def add_call(self, call: Call) -> None:
        """Take a call that ended in the month; others are passed over, and simulated ones counted apart."""
        if call.at not in self._month:
            return
        if call.simulated:
            self.simulated_calls += 1
            if not self._simulated:
                return
        self.calls += 1
        purpose = call.purpose
        key = _Key(
            self._start(call.at),
            *(purpose.use_case, purpose.unit, purpose.stage, purpose.key, purpose.agent, purpose.model),
            *(call.provider, call.currency, call.simulated, call.rates),
        )
        total = self._found.get(key)
        if total is None:
            total = self._found[key] = _Sum()
        for kind, tokens in enumerate(tokens_of(call.usage)):
            total.tokens[kind] += tokens
        cost = call.rates.cost(call.usage)
        if cost != call.charge:
            total.beyond = EXACT.add(total.beyond, EXACT.subtract(call.charge, cost))
        self._sums(call.currency).add(ZERO if call.rates.commitment else call.charge, call.charge)

    def add_tool(self, entry: ToolCalled) -> None:
        """Take a call of a tool that was charged in the month."""
        if entry.charge and entry.at in self._month:
            self._tools.add(entry, self._start(entry.at))
            self._sums(entry.currency).add(entry.charge, entry.charge)

    def add_adjustment(self, entry: Adjustment) -> None:
        """Take an adjustment whose days begin in the month, whenever it became known."""
        if midnight(entry.since) not in self._month:
            return
        self.adjustments += 1
        self._adjusted.append(entry)
        self._sums(entry.currency).add(*costs_of(entry))

    def _sums(self, currency: str) -> FocusSums:
        return self.sums.setdefault(currency, FocusSums())

    def _start(self, at: datetime) -> datetime:
        if self._per == "month":
            return self._month.start
        hour = 0 if self._per == "day" else at.hour
        return at.replace(hour=hour, minute=0, second=0, microsecond=0)

    def _end(self, start: datetime) -> datetime:
        if self._per == "month":
            return self._month.end
        return start + timedelta(days=1) if self._per == "day" else start + timedelta(hours=1)

    # ── rows ──

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """Give the rows, calls by their time first; the same entries give the same rows."""
        for key in sorted(self._found, key=_order):
            total = self._found[key]
            shared = self._of_calls(key)
            for kind, tokens, rate, listed in zip(
                KINDS, total.tokens, rates_of(key.rates), rates_of(key.rates.list or key.rates), strict=True
            ):
                if tokens:
                    yield self._in_order(shared | self._usage(key, kind, tokens, rate, listed))
            if total.beyond:
                yield self._in_order(shared | _beyond(key, total.beyond))
        for tool, cells in self._tools.rows():
            whose = self._of_provider(self._names.tool(tool.tool))
            yield self._in_order(whose | cells | {"ChargePeriodEnd": self._end(tool.start)})
        for entry in sorted(self._adjusted, key=lambda entry: entry.id):
            yield self._in_order(self._adjustment(entry))
        for line in self._lines:
            yield self._in_order(self._allocated(line))

    def _in_order(self, cells: Cells) -> tuple[Cell, ...]:
        return tuple(cells.get(name) for name in self.header)

    def _of_calls(self, key: _Key) -> Cells:
        return {
            **self._of_provider(self._names.provider(key.provider)),
            "BillingCurrency": key.currency,
            "ChargePeriodStart": key.start,
            "ChargePeriodEnd": self._end(key.start),
            "PrincipalId": words(key.agent),
            "CredentialId": key.key or None,
            **purpose_cells(key.use_case, key.unit, key.stage),
            "x_KeyId": key.key or None,
            "x_ModelAddress": key.model,
            "x_Simulated": "true" if key.simulated else None,
        }

    def _of_provider(self, names: ProviderNames) -> Cells:
        return {
            "BillingAccountId": names.account,
            "BillingAccountName": names.account_name,
            "BillingPeriodStart": self._month.start,
            "BillingPeriodEnd": self._month.end,
            "HostProviderName": names.host,
            "InvoiceIssuerName": names.issuer,
            "ServiceCategory": "AI and Machine Learning",
            "ServiceName": names.service,
            "ServiceProviderName": names.provider,
            "ServiceSubcategory": "Generative AI",
        }

    def _allocated(self, line: AllocationLine) -> Cells:
        return {
            **self._of_provider(self._names.provider("")),
            "BillingCurrency": self._currency,
            "ChargePeriodStart": self._month.start,
            "ChargePeriodEnd": self._month.end,
            **purpose_cells(line.use_case, line.unit, ""),
            **allocated_cells(line, self._names.use_case(line.use_case)),
        }

    def _usage(self, key: _Key, kind: TokenKind, tokens: int, rate: Decimal, listed: Decimal) -> Cells:
        quantity = millions(tokens)
        cost = plain(EXACT.multiply(quantity, rate))
        model = self._names.model(key.model, key.provider)
        sku = f"{model.id}-{kind.suffix}"
        return {
            "ChargeCategory": "Usage",
            "ChargeDescription": f"{kind.meter} of {model.name}",
            "ChargeFrequency": "Usage-Based",
            "ConsumedQuantity": Decimal(tokens),
            "ConsumedUnit": "Tokens",
            "PricingQuantity": quantity,
            "PricingUnit": f"{MILLION} Tokens",
            "ContractedUnitPrice": plain(rate),
            "ContractedCost": cost,
            "ListUnitPrice": plain(listed),
            "ListCost": plain(EXACT.multiply(quantity, listed)),
            **drawn(key.rates.commitment, cost, key.currency),
            "SkuId": sku,
            "SkuMeter": kind.meter,
            "SkuPriceId": f"{sku}-{_named(key.rates)}",
            "SkuPriceDetails": price_details(
                kind,
                (model.developer, model.family, model.id, model.version),
                self._draft,
                tier=key.rates.tier,
                above=key.rates.above,
            ),
        }

    def _adjustment(self, entry: Adjustment) -> Cells:
        billed, effective = costs_of(entry)
        category = CATEGORIES.get(entry.reason, "Adjustment")
        late = entry.at >= self._month.end and category != "Purchase"
        provider = entry.provider or self._names.provider_of(entry.model)
        return {
            **self._of_provider(self._names.provider(provider)),
            "BillingCurrency": entry.currency,
            "ChargeCategory": category,
            "ChargeClass": "Correction" if late else None,
            "ChargeDescription": words(entry.note) or f"Adjustment: {entry.reason}",
            "ChargeFrequency": "One-Time",
            "ChargePeriodStart": midnight(entry.since),
            "ChargePeriodEnd": midnight(entry.until + timedelta(days=1)),
            "BilledCost": billed,
            "EffectiveCost": effective,
            "ListCost": billed,
            "ContractedCost": billed,
            **(purchase(entry) if category == "Purchase" else {}),
            "CredentialId": entry.key or None,
            **purpose_cells(entry.use_case, entry.unit, ""),
            "x_AdjustmentId": entry.id,
            "x_KeyId": entry.key or None,
            "x_ModelAddress": entry.model or None,
        }


def _named(rates: Rates) -> str:
    """Name a price of a SKU: the tier, and from which length on."""
    return f"{rates.tier or 'ondemand'}{f'-above-{rates.above}' if rates.above else ''}"


def _order(key: _Key) -> tuple[object, ...]:
    rates = key.rates
    return (*key[:-1], rates.starts, rates.commitment, repr(rates))


def _beyond(key: _Key, amount: Decimal) -> Cells:
    """What calls were charged beyond the price of their tokens, or less, as a charge of its own."""
    billed = ZERO if key.rates.commitment else plain(amount)
    return {
        "ChargeCategory": "Adjustment",
        "ChargeDescription": "Difference between what calls were charged and the price of their tokens",
        "ChargeFrequency": "Usage-Based",
        "BilledCost": billed,
        "EffectiveCost": plain(amount),
        "ListCost": billed,
        "ContractedCost": billed,
    }


def add_entries(export: FocusExport, entries: Iterable[object]) -> None:
    """Take calls of models and tools and adjustments as they come, and pass over other kinds of entry."""
    for entry in entries:
        if isinstance(entry, Call):
            export.add_call(entry)
        elif isinstance(entry, ToolCalled):
            export.add_tool(entry)
        elif isinstance(entry, Adjustment):
            export.add_adjustment(entry)
