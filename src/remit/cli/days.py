"""Days and months as commands name them, and amounts that may be below zero."""

from __future__ import annotations

import re
from datetime import date

import click

from remit.decide.bill_sum import Span
from remit.kernel.money import EXACT, Money
from remit.operations.reconcile_bill import month_of

PERIOD_DAYS_MAX = 400
"""The most days that are looked at together: somewhat more than a year."""


class Month(click.ParamType[Span]):
    """A month, such as `2026-11`, as its days."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        if isinstance(value, Span):
            return value
        found = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", str(value))
        if found is None or not 1 <= int(found[1]) < 9999:
            self.fail("write a month as `2026-11`", param, ctx)
        return month_of(int(found[1]), int(found[2]))


class Period(click.ParamType[Span]):
    """A month, such as `2026-11`, or days, such as `2026-11-02..2026-11-08`."""

    name = "period"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        if isinstance(value, Span):
            return value
        first, dots, last = str(value).partition("..")
        if not dots:
            return MONTH.convert(value, param, ctx)
        days = Span(DAY.convert(first, param, ctx), DAY.convert(last, param, ctx))
        if not 0 <= (days.last - days.first).days < PERIOD_DAYS_MAX:
            self.fail(f"write the first day, then the last, at most {PERIOD_DAYS_MAX} days", param, ctx)
        return days


class Day(click.ParamType[date]):
    """A day, such as `2026-11-23`."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        found = _date(str(value))
        if found is None:
            self.fail("write a date as `2026-11-23`", param, ctx)
        return found


def _date(text: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2 <= found.year < 9999 else None


class SignedMoney(click.ParamType[Money]):
    """An amount and its currency, such as `-12.50 EUR`."""

    name = "amount"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Money:
        if isinstance(value, Money):
            return value
        text = str(value)
        try:
            found = Money.parse(text.removeprefix("-"))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return Money(EXACT.minus(found.amount), found.currency) if text.startswith("-") else found


MONTH, DAY, PERIOD, SIGNED_MONEY = Month(), Day(), Period(), SignedMoney()
