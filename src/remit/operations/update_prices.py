"""Update prices: hold declared models against the price book, and write what is missing into their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.finops.price_check import Checked, check_prices, days_of
from remit.declare.block import ModelBlock
from remit.declare.book import BookModel
from remit.declare.editor import Rewritten
from remit.declare.operating_model import OperatingModel
from remit.declare.rewrite import rewrite
from remit.declare.version import family
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.money import Money
from remit.kernel.suggest import did_you_mean
from remit.ports_prices import PriceBook


@dataclass(frozen=True, slots=True)
class Updated:
    """What was compared, the models that name no place in the book, and the files with the rows added."""

    book: str
    currency: str
    checked: tuple[Checked, ...]
    without_book: tuple[str, ...]
    files: Mapping[str, Rewritten]


def update_prices(
    book: PriceBook,
    texts: Mapping[str, str],
    model: OperatingModel,
    *,
    today: date,
    names: Sequence[str] = (),
    above_percent: Decimal = Decimal(0),
) -> Updated:
    """Compare the prices of the models of a sound directory, or of those named, with the book's.

    Nothing is written here. A row is added where the book differs; what is declared already stays.
    """
    blocks = _asked(model, names)
    checked: list[Checked] = []
    for address, block in blocks.items():
        if block.book is not None:
            checked += _checked(book, model, address, block, today=today, above_percent=above_percent)
    after = {**model.blocks}
    for each in (each for each in checked if each.row is not None):
        priced = after[each.model]
        assert isinstance(priced, ModelBlock)
        after[each.model] = priced.model_copy(update={"prices": (*priced.prices, each.row)})
    files = rewrite(texts, model, model.model_copy(update={"blocks": after}))
    if files is None:
        raise RemitError(
            "the new prices cannot be written into these files",
            help="nothing was written; add the rows that are shown by hand",
            code="not-written-back",
        )
    without = tuple(address for address, block in blocks.items() if block.book is None)
    return Updated(book.version, model.organisation.currency, tuple(checked), without, files)


def _asked(model: OperatingModel, names: Sequence[str]) -> dict[str, ModelBlock]:
    models = {
        address: block for address, block in sorted(model.blocks.items()) if isinstance(block, ModelBlock)
    }
    if not names:
        return models
    found: dict[str, ModelBlock] = {}
    for name in names:
        address = name if name.startswith("model/") else f"model/{name}"
        meant = {each: block for each, block in models.items() if address in (each, family(each))}
        if not meant:
            raise NotFound(
                f"no model `{address}` is declared",
                help=did_you_mean(address, models, otherwise="name one of the blocks of models"),
            )
        found |= meant
    return found


def _checked(
    book: PriceBook,
    model: OperatingModel,
    address: str,
    block: ModelBlock,
    *,
    today: date,
    above_percent: Decimal,
) -> list[Checked]:
    assert block.book is not None
    try:
        found = book.find(block.book)
    except NotFound as error:
        says = f"{error.summary}; {error.help}"
        return [Checked(address, block.book, today, "unknown", says=says)]
    return check_prices(
        address,
        block,
        found,
        today=today,
        rates=_rates(model, found, today),
        currency=model.organisation.currency,
        above_percent=above_percent,
    )


def _rates(model: OperatingModel, found: BookModel, today: date) -> dict[date, Decimal]:
    one = Money(Decimal(1), found.currency)
    worth = {day: model.exchanged(one, day) for day in days_of(found, today)}
    return {day: amount.amount for day, amount in worth.items() if amount is not None}
