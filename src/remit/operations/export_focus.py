"""Export FOCUS: write a month of the ledger as rows of Cost and Usage, checked before anybody gets them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TextIO

from remit.decide.finops.allocation import AllocationLine
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import RemitError
from remit.operations.focus_rulebook import focus_rulebook
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_allocation import open_allocation
from remit.operations.read_entries import read_entries
from remit.operations.reconcile_bill import month_of
from remit.operations.system import System
from remit.record.call_entry import Call
from remit.record.decided import Adjustment
from remit.record.tool_entry import ToolCalled
from remit.report.focus import FocusExport, FocusSums, add_entries
from remit.report.focus_conformance import Conformance, FocusChecker
from remit.report.focus_shape import CRITERIA, Cell, FocusMonth, Per, cell_text

# Adjustments hold for days of a month and may be known long before or after it.
_EVER = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class FocusWanted:
    """What to export: the month, how long a charge period is, and whether by the next version's draft.

    With `shared` it has what no call makes and several share as well, a row for each share.
    """

    month: FocusMonth
    per: Per = "hour"
    draft: bool = False
    simulated: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written; `simulated_calls` are in it only if they were asked for.

    `is_open` says that the month was not over.
    """

    rows: int
    calls: int
    simulated_calls: int
    adjustments: int
    sums: Mapping[str, FocusSums]
    is_open: bool
    conformance: Conformance


def export_focus(system: System, wanted: FocusWanted, out: TextIO) -> Exported:
    """Write a month as CSV; raises RemitError where a row breaks a rule, and then nobody should get it.

    The month is one of the calendar in UTC: a call counts where it ended, an adjustment where its days begin.
    """
    _, model = model_in_force(system)
    month = wanted.month
    export = FocusExport(
        model,
        month,
        draft=wanted.draft,
        per=wanted.per,
        simulated=wanted.simulated,
        shared=_shared(system, model, month) if wanted.shared else None,
    )
    add_entries(export, read_entries(system, since=month.start, until=month.end, kinds=(Call, ToolCalled)))
    add_entries(export, read_entries(system, since=_EVER[0], until=_EVER[1], kinds=(Adjustment,)))
    checker = FocusChecker(
        focus_rulebook(), export.header, version="1.4", draft=wanted.draft, applies=CRITERIA
    )
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(export.header)
    sums: dict[str, FocusSums] = {}
    rows = 0
    for row in export.rows():
        cells = tuple(map(cell_text, row))
        checker.add(cells)
        writer.writerow("" if cell is None else cell for cell in cells)
        _sum_up(sums, export.header, row)
        rows += 1
    assert sums == {name: sum for name, sum in export.sums.items() if name in sums}, "no cent is lost"
    conformance = checker.result()
    if conformance.broken_musts:
        raise _not_conformant(conformance)
    return Exported(
        rows,
        export.calls,
        export.simulated_calls,
        export.adjustments,
        export.sums,
        system.clock.now() < month.end,
        conformance,
    )


def _shared(system: System, model: OperatingModel, month: FocusMonth) -> Sequence[AllocationLine]:
    """Allocate the month in UTC, whatever the organisation's calendar is."""
    fold_ledger(system)
    in_utc = model.organisation.model_copy(update={"time_zone": "UTC"})
    days = month_of(month.start.year, month.start.month)
    return open_allocation(system, model.model_copy(update={"organisation": in_utc}), days).lines


def _sum_up(sums: dict[str, FocusSums], header: Sequence[str], row: Sequence[Cell]) -> None:
    cells = dict(zip(header, row, strict=True))
    currency, billed, effective = (cells[name] for name in ("BillingCurrency", "BilledCost", "EffectiveCost"))
    assert isinstance(currency, str), "every row has one"
    assert isinstance(billed, Decimal), "every row has one"
    assert isinstance(effective, Decimal), "every row has one"
    sums.setdefault(currency, FocusSums()).add(billed, effective)


def _not_conformant(found: Conformance) -> RemitError:
    broken = [each for each in found.findings if each.must]
    shown = "; ".join(f"row {each.row}, {each.rule}: {each.says}" for each in broken[:_SHOWN])
    more = f"; and {found.broken_musts - _SHOWN:,} more" if found.broken_musts > _SHOWN else ""
    return RemitError(
        f"the export would break rules of FOCUS: {shown}{more}",
        help="nothing was written; see what is declared under `billing` and `maker`, and the adjustments",
        code="focus-not-conformant",
    )
