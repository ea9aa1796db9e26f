"""Pages: templates, what they may call, and the headers that every page has."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from remit.declare.organisation import STAGES
from remit.kernel.money import Money
from remit.record.projection import EntryFilter
from remit.report.amount import percent, short, signed
from remit.report.entry_line import describe

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def money(value: object) -> str:
    return value.display() if isinstance(value, Money) else f"{value:,}"


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


PAGES = Environment(
    loader=PackageLoader("remit.portal"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters |= {
    "coded": coded,
    "describe": describe,
    "money": money,
    "percent": percent,
    "rows_url": rows_url,
    "sentence": sentence,
    "short": short,
    "signed": signed,
}
PAGES.globals |= {"STAGES": STAGES, "address": address}


def render(name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(PAGES.get_template(name).render(**values), status, HEADERS)
