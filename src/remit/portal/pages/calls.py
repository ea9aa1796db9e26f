"""Calls: the newest as they come, and each of them with all that was decided on its way."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from starlette.responses import Response

from remit.kernel.money import Money
from remit.operations.model_in_force import model_in_force
from remit.operations.read_calls import read_call, read_calls
from remit.portal.asked import Asked, Page
from remit.record.call_entry import Call, Refusal
from remit.record.projection import EntryFilter
from remit.report.call_trace import Span

ROWS = 100
DAYS = MappingProxyType({"1": "the last day", "7": "7 days", "31": "31 days", "366": "a year"})
ENDINGS = MappingProxyType(
    {
        "": "all",
        "completed": "completed",
        "failed": "not completed",
        "blocked": "stopped by guardrails",
        "refused": "refused",
    }
)
"""How calls may have ended, as the filter names it."""


@dataclass(frozen=True, slots=True)
class _Bar:
    """A part of a call's time as it is drawn, in hundredths of the whole."""

    span: Span
    starts: Decimal
    width: Decimal


def show(asked: Asked) -> Response:
    """List calls, newest first; other fields of the address choose which. The list follows the ledger."""
    days = asked.text("days") if asked.text("days") in DAYS else "7"
    ended = asked.text("ended") if asked.text("ended") in ENDINGS else ""
    wanted = EntryFilter(
        kind="refusal" if ended == "refused" else "call",
        use_case=asked.text("use_case"),
        unit=asked.text("unit"),
        model=asked.text("model"),
        key=asked.text("key"),
        stage=asked.text("stage"),
        simulated={"yes": True, "no": False}.get(asked.text("simulated")),
        completed={"completed": True, "failed": False}.get(ended),
        blocked=True if ended == "blocked" else None,
        before=asked.text("before"),
    )
    found = read_calls(asked.system, wanted, limit=ROWS + 1, days=int(days))
    return asked.page(
        "calls.html",
        calls=found[:ROWS],
        older=found[ROWS - 1].id if len(found) > ROWS else "",
        wanted=wanted,
        days=days,
        ended=ended,
        model=model_in_force(asked.system)[1],
        DAYS=DAYS,
        ENDINGS=ENDINGS,
        slowest=max((each.latency_ms for each in found if isinstance(each, Call)), default=0),
        cost=lambda call: Money(call.charge, call.currency).display(),
    )


def show_one(asked: Asked) -> Response:
    """Show one call: what it passed, how long each part took, and what its charge is made of."""
    found = read_call(asked.system, asked.names["id"][:40])
    if isinstance(found, Refusal):
        return asked.page("refused_call.html", refusal=found)
    total = Decimal(max(1, found.call.latency_ms))
    bars = [
        _Bar(each, 100 * each.starts_ms / total, max(Decimal("0.4"), 100 * each.took_ms / total))
        for each in found.spans
    ]
    return asked.page("call.html", trace=found, call=found.call, bars=bars)


PAGES = (Page("/calls", show, label="Calls", letter="c"), Page("/calls/{id}", show_one))
