"""Pages: templates, what they may call, and the headers that every page has."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from remit.decide.worth.span import Span
from remit.declare.organisation import STAGES
from remit.kernel.money import Money
from remit.record.projection import EntryFilter
from remit.report.entry_line import describe
from remit.report.inbox import lasted, since
from remit.report.spark import spark
from remit.report.written import between, cents, four, kinds, percent, short, signed, small

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}

SMALL = 100
"""An amount below this is written with cents."""


def money(value: object) -> str:
    return value.display() if isinstance(value, Money) else f"{value:,}"


def amount(value: Decimal) -> str:
    """Write an amount whose currency stands in the heading: whole, but for small ones."""
    return f"{value:,.2f}" if value and abs(value) < SMALL else f"{value:,.0f}"


def interval(value: Span) -> str:
    """Say within which bounds a figure lies, and how sure that is; of declared cases, that they are such."""
    if value.low is None and value.high is None:
        return "no interval is known"
    low, high = ("open" if each is None else amount(each) for each in (value.low, value.high))
    sure = f", {value.sure * 100:.0f} % sure" if value.sure is not None else ""
    return f"{low} to {high}{sure if value.bounds == 'interval' else ', by declared cases'}"


def plain(text: str) -> str:
    """Leave out the marks around names, where they are set in one size with the rest."""
    return text.replace("`", "")


def sentence(text: str) -> str:
    """Begin with a capital and leave the rest, which holds names of settings and ids, as it is."""
    return text[:1].upper() + text[1:]


_CODE = re.compile(r"`([^`\n]{1,200})`")


def coded(text: str) -> Markup:
    """Show what stands between backticks as code; everything is escaped first."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped in this line)


def rows_url(wanted: EntryFilter) -> str:
    """Link to the entries that make a figure."""
    fields = {
        "kind": wanted.kind,
        "use_case": wanted.use_case,
        "rule": wanted.rule,
        "stage": wanted.stage,
        "account": wanted.account,
        "unit": wanted.unit,
        "model": wanted.model,
        "key": wanted.key,
        "simulated": "" if wanted.simulated is None else str(wanted.simulated).lower(),
        "completed": "" if wanted.completed is None else str(wanted.completed).lower(),
        "blocked": "" if wanted.blocked is None else str(wanted.blocked).lower(),
        "since": wanted.since.isoformat() if wanted.since else "",
        "before": wanted.before,
    }
    return "/ledger?" + urlencode({name: value for name, value in fields.items() if value})


def address(path: str, **fields: object) -> str:
    """Build the address of a page of ours, without the fields that say nothing."""
    said = {name: str(value) for name, value in fields.items() if value not in (None, "", False)}
    return f"{path}?{urlencode(said)}" if said else path


_MARKS = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_TURNS = {mark: f"⟨U+{mark:04X}⟩" for mark in _MARKS}
"""Marks that turn the direction of text, which could make a reason read otherwise than it is written."""


def plainly(value: Any) -> Any:
    """Show such marks by their names; all else is as it is."""
    return value.translate(_TURNS) if isinstance(value, str) and not value.isascii() else value


PAGES = Environment(
    loader=PackageLoader("remit.portal"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=plainly,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {
    "amount": amount,
    "away": since,
    "cents": cents,
    "coded": coded,
    "describe": describe,
    "four": four,
    "interval": interval,
    "lasted": lasted,
    "money": money,
    "percent": percent,
    "plain": plain,
    "rows_url": rows_url,
    "sentence": sentence,
    "short": short,
    "signed": signed,
    "small": small,
    "spark": spark,
}
PAGES.globals |= {"between": between, "kinds": kinds}
PAGES.globals |= {"STAGES": STAGES, "address": address}


def render(name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(name).render(**values), status, HEADERS)
