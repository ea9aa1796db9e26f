"""Price book: the list of prices that the package `genai-prices` ships, read from its data alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from importlib.metadata import version
from typing import Any

from genai_prices.data import providers
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from remit.declare.book import BookModel, BookRates, BookRow
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean

_KINDS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
}
_TIERS = {("processing", "batch"): "batch", ("service_tier", "flex"): "flex"}
_TIERS |= {("service_tier", "priority"): "priority"}
_SAME = {("service_tier", "default"), ("service_tier", "fast")}
"""The default tier by its own name, and another name of `priority`."""
_PLACES = ("regional.", "global.")
_NEAR_MAX = 5


class GenaiPrices:
    """Knows providers by their ids and models by the ids and patterns of the package."""

    @property
    def version(self) -> str:
        return f"genai-prices {version('genai-prices')}"

    def find(self, name: str) -> BookModel:
        provider, model = self._find(name)
        days = sorted(set(_days(model)))
        rows = tuple(_row(model, day) for day in (None, *days))
        return BookModel(
            book=self.version,
            name=f"{provider.id}/{model.id}",
            title=model.name or model.id,
            currency="USD",
            context_tokens=model.context_window,
            rows=tuple(row for at, row in enumerate(rows) if at == 0 or _differs(row, rows[at - 1])),
            remark=" ".join((model.price_comments or "").split()),
        )

    def _find(self, name: str) -> tuple[Provider, ModelInfo]:
        maker, _, said = name.lower().partition("/")
        known = {each.id: each for each in providers}
        provider = known.get(maker)
        if provider is None:
            help = did_you_mean(maker, known, otherwise=f"its providers are {', '.join(sorted(known))}")
            raise _not_found(f"the price book has no provider `{maker}`", help)
        model = next((each for each in provider.models if each.id == said), None)
        if model is None and said:
            model = provider.find_model(said, all_providers=providers)
        if model is None:
            near = get_close_matches(said, [each.id for each in provider.models], n=_NEAR_MAX, cutoff=0.5)
            help = "models with similar names are " + ", ".join(f"`{maker}/{each}`" for each in near)
            otherwise = "name it as its provider does, or declare its prices yourself"
            raise _not_found(f"the price book has no model `{said}` of {maker}", help if near else otherwise)
        if maker == "aws" and model.id.startswith(_PLACES) and said in model.id and said != model.id:
            # The same model costs more where a region must keep its data, and the bare name tells neither.
            places = " or ".join(f"`{maker}/{place}{said}`" for place in _PLACES)
            raise _not_found(f"the price of `{said}` depends on where it runs", f"write {places}")
        return provider, model


def _not_found(summary: str, help: str) -> NotFound:
    return NotFound(summary, help=help, code="not-in-price-book")


def _days(model: ModelInfo) -> Iterator[date]:
    prices = model.prices if isinstance(model.prices, list) else []
    for each in (*prices, *(model.price_variants or ())):
        if isinstance(each.constraint, StartDateConstraint):
            yield each.constraint.start_date


def _row(model: ModelInfo, day: date | None) -> BookRow:
    """Read what holds on a day; before the first, by what stands first."""
    moment = datetime.combine(day or date.min, time(12), tzinfo=UTC)
    if day is None and isinstance(model.prices, list):
        standard = model.prices[0].prices
    else:
        standard = model.get_prices(moment)
    return BookRow(
        starts=day,
        default=_rates(standard),
        variants={
            _named(variant.when): _rates(model.get_prices(moment, variant.when))
            for variant in model.price_variants or ()
            if not any(each in _SAME for each in variant.when.items())
            and (variant.constraint is None or (day is not None and variant.constraint.active(moment)))
        },
        others={
            key: value.base if isinstance(value, TieredPrices) else value
            for key, value in vars(standard).items()
            if value is not None and key not in _KINDS
        },
        by_hour=isinstance(model.prices, list)
        and any(isinstance(each.constraint, TimeOfDateConstraint) for each in model.prices),
    )


def _named(when: Mapping[str, str]) -> str:
    [*items] = when.items()
    tier = _TIERS.get(items[0]) if len(items) == 1 else None
    return tier or ", ".join(f"{key}={value}" for key, value in items)


def _rates(price: ModelPrice) -> tuple[BookRates, ...]:
    said: dict[str, Any] = {
        kind: value for key, kind in _KINDS.items() if (value := vars(price).get(key)) is not None
    }
    if "input" in said:
        # What writes nothing, such as a model that embeds, has no rate for it.
        said.setdefault("output", Decimal(0))
    bands = {tier.start for each in said.values() if isinstance(each, TieredPrices) for tier in each.tiers}
    return tuple(
        BookRates(above, {kind: _at(value, above) for kind, value in said.items()})
        for above in (0, *sorted(bands))
    )


def _at(value: Decimal | TieredPrices, above: int) -> Decimal:
    if not isinstance(value, TieredPrices):
        return value
    return next((tier.price for tier in reversed(value.tiers) if tier.start <= above and above), value.base)


def _differs(row: BookRow, before: BookRow) -> bool:
    return (row.default, row.variants, row.others) != (before.default, before.variants, before.others)
