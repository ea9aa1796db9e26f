"""Commands on prices: look, update, unpriced."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import click

from remit.bootstrap import open_prices
from remit.cli.change import directory, sound_model
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.directory import read_texts, write_text
from remit.cli.late_group import LateGroup
from remit.cli.table import shorten, table
from remit.decide.finops.price_check import Checked, Difference
from remit.declare.book import BookModel, rows_of
from remit.declare.price import KINDS
from remit.kernel.money import canonical
from remit.operations.update_prices import Updated, update_prices


@click.group(cls=LateGroup, late={"unpriced": "price_unpriced:unpriced"})
def price() -> None:
    """What models cost: look up, bring up to date, find what lacks a price."""


@price.command()
@click.argument("name", metavar="PROVIDER/MODEL")
@json_option
def look(name: str, as_json: bool) -> None:
    """Show what the price book says of PROVIDER/MODEL, such as `openai/gpt-4o-mini`.

    The book is a package with a list of published prices. Amounts are in its currency, for a million tokens.
    """
    book, _ = open_prices()
    found = book.find(name)
    if as_json:
        say_json(found)
        return
    size = f", {found.context_tokens:,} tokens of context" if found.context_tokens else ""
    say(f"{found.name}: {found.title}{size}\n")
    say(_rows(found))
    others = found.rows[-1].others
    if others:
        said = ", ".join(f"{key} {canonical(value)}" for key, value in others.items())
        say(f"\nnot by tokens of text: {said}")
    if any(row.by_hour for row in found.rows):
        say("\nat other hours of the day the book has other rates")
    if found.remark:
        say(f"\n{shorten(found.remark, 600)}")
    note(f"{found.book}; {found.currency} for a million tokens")


_HEADINGS = ("from", "tier", "input above", "input", "output", "cache read", "write", "write 1h")


def _rows(found: BookModel) -> str:
    rows = []
    for row in found.rows:
        start = f"{row.starts}" if row.starts else "ever"
        for tier, each in rows_of(row):
            rates = [canonical(each.rates[kind]) if kind in each.rates else "-" for kind in KINDS]
            rows.append((start, tier or "default", f"{each.above:,}" if each.above else "", *rates))
            start = ""
    return table(_HEADINGS, rows, right=frozenset(range(2, 8)))


@price.command()
@directory
@click.argument("models", metavar="[MODEL]...", nargs=-1)
@click.option("--write", is_flag=True, help="Add the rows to the files; what is declared already stays.")
@click.option(
    "--above",
    default=0.0,
    show_default=True,
    type=click.FloatRange(0, 1000),
    metavar="PERCENT",
    help="Take differences of at most so many percent for none.",
)
@json_option
def update(directory: Path, models: tuple[str, ...], write: bool, above: float, as_json: bool) -> None:
    """Compare the prices of the models in DIRECTORY, or of each MODEL, with the price book.

    A model names its place there as `book: openai/gpt-4o-mini`. New rows are in the organisation's currency,
    at the declared exchange rate, and say where they are from.

    Exit code: 0 all is as in the book, or was written; 1 something differs.
    """
    declared = sound_model(directory, otherwise="nothing was compared")
    book, clock = open_prices()
    updated = update_prices(
        book,
        read_texts(directory),
        declared,
        today=clock.now().astimezone(declared.organisation.zone).date(),
        names=models,
        above_percent=Decimal(str(above)),
    )
    for name, file in updated.files.items() if write else ():
        write_text(directory / name, file.text)
    if as_json:
        files = [{"file": name, "lines": file.lines} for name, file in sorted(updated.files.items())]
        values = {"book": updated.book, "currency": updated.currency, "checked": updated.checked}
        say_json(values | {"without_book": updated.without_book, "files": files, "written": write})
    else:
        _say_updated(updated, write=write)
    if any(_is_problem(each, written=write) for each in updated.checked):
        sys.exit(PROBLEMS)


def _is_problem(each: Checked, *, written: bool) -> bool:
    if each.finding in ("by_hand", "unknown"):
        return True
    return each.finding in ("differs", "missing") and not written


_SAID = {"by_hand": "by hand", "not_comparable": "not comparable"}


def _say_updated(updated: Updated, *, write: bool) -> None:
    if updated.checked:
        rows = [row for each in updated.checked for row in _lines(each)]
        headings = ["model", "from", "", "tier", "rate", "declared", "book", "by"]
        say(table(headings, rows, right=frozenset({5, 6, 7})))
    for each in updated.checked:
        if each.says:
            say(f"{each.model}: {each.says}")
    for name, file in sorted(updated.files.items()) if write else ():
        say(f"wrote {name}: {count(file.lines, 'line')}")
    if updated.files and not write:
        note("`--write` adds these rows; the rows that are declared stay as they are")
    if updated.without_book:
        names = ", ".join(updated.without_book[:8]) + (" …" if len(updated.without_book) > 8 else "")
        note(f"{count(len(updated.without_book), 'model')} without `book:`: {names}")
    note(f"{updated.book}; {updated.currency} for a million tokens")


def _lines(each: Checked) -> Iterator[tuple[str, ...]]:
    first = (each.model, f"{each.day}", _SAID.get(each.finding, each.finding))
    if not each.differences:
        yield *first, "", "", "", "", ""
    for at, one in enumerate(each.differences):
        head = first if at == 0 else ("", "", "")
        yield *head, one.tier or "default", *_difference(one)


def _difference(one: Difference) -> tuple[str, str, str, str]:
    kind = one.kind.replace("_", " ") + (f" above {one.above:,}" if one.above else "")
    percent = one.percent
    by = "" if percent is None else f"{percent:+.1f} %"
    return kind, "-" if one.declared is None else canonical(one.declared), canonical(one.book), by
