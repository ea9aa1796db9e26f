"""Checks of a row of a FOCUS file, made from the model's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal
from functools import partial

from remit.report.focus_cells import decimal
from remit.report.focus_rules import Check

Row = Sequence[str | None]
"""The cells of a row in the order of the header, as text; None is null."""

Test = Callable[[Row], bool]
Places = Mapping[str, int]
"""Where each column of a file stands."""

# Enough digits for the exact product of any two cells.
_LONG = Context(prec=800)


def row_test(check: Check, at: Places, cells: Mapping[str, Callable[[str], bool]]) -> Test:
    """Make a check into a function of a row; a column that is not there counts as null."""
    if check.items:
        joined = _any if check.function == "OR" else _all
        return partial(joined, tuple(row_test(item, at, cells) for item in check.items))
    if check.function in cells:
        return partial(_cell, cells[check.function], at.get(check.column))
    return _MAKERS[check.function](check, at)


def _any(tests: tuple[Test, ...], row: Row) -> bool:
    return any(test(row) for test in tests)


def _all(tests: tuple[Test, ...], row: Row) -> bool:
    return all(test(row) for test in tests)


def _cell(check: Callable[[str], bool], at: int | None, row: Row) -> bool:
    cell = None if at is None else row[at]
    return cell is None or check(cell)


def _is(check: Check, at: Places) -> Test:
    index, value = at.get(check.column), check.value
    if index is None:
        return lambda row: value is None
    if isinstance(value, int):
        return lambda row: (cell := row[index]) is not None and decimal(cell) == value
    return lambda row: row[index] == value


def _is_not(check: Check, at: Places) -> Test:
    same = _is(check, at)
    return lambda row: not same(row)


def _at_least(check: Check, at: Places) -> Test:
    index, least = at[check.column], Decimal(check.value or 0)

    def test(row: Row) -> bool:
        cell = row[index]
        number = None if cell is None else decimal(cell)
        return number is None or number >= least

    return test


def _product(check: Check, at: Places) -> Test:
    """The product of two columns is the third, to as many decimals as that one is written with."""
    first, second, result = at[check.first], at[check.second], at[check.result]

    def test(row: Row) -> bool:
        numbers = [
            None if (cell := row[index]) is None else decimal(cell) for index in (first, second, result)
        ]
        one, other, product = numbers
        if one is None or other is None or product is None:
            return True
        apart = _LONG.abs(_LONG.subtract(_LONG.multiply(one, other), product))
        exponent = product.as_tuple().exponent
        assert isinstance(exponent, int), "only finite numbers are read"
        return apart == 0 or (exponent < 0 and apart * 2 <= Decimal(1).scaleb(exponent))

    return test


def _same(check: Check, at: Places) -> Test:
    first, second = at[check.first], at[check.second]
    return lambda row: row[first] == row[second]


def _not_same(check: Check, at: Places) -> Test:
    first, second = at[check.first], at[check.second]
    return lambda row: row[first] != row[second]


_MAKERS: Mapping[str, Callable[[Check, Places], Test]] = {
    "CheckValue": _is,
    "CheckNotValue": _is_not,
    "CheckSameValue": _same,
    "CheckNotSameValue": _not_same,
    "CheckGreaterOrEqualThanValue": _at_least,
    "ColumnByColumnEqualsColumnValue": _product,
}
