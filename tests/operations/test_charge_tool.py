"""What calls of tools cost: in budgets, in costs by tool, in the full cost of a use case, and in exports."""

from __future__ import annotations

import csv
import io
from datetime import UTC
from decimal import Decimal

from conftest import House
from remit.operations.export_focus import FocusWanted, export_focus
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_allocation import open_allocation
from remit.operations.read_cost import read_cost
from remit.operations.read_spend import read_spend_forecasts
from remit.operations.read_value import weigh
from remit.operations.reconcile_bill import month_of
from remit.operations.verify_ledger import verify_ledger
from remit.report.focus_shape import FocusMonth
from tooled_house import Desk, at_desk, declared

TOOLS = "{tool/lookup: {}, tool/pay: {calls_per_run: 5}}"


def test_what_tools_cost_is_in_every_figure_of_cost(house: House) -> None:
    async def work(desk: Desk) -> None:
        run = await desk.begin("pay bob, ann and carl")
        await desk.call(run, "lookup", {})
        for name in ("bob", "ann", "carl"):
            await desk.call(run, "pay", {"to": name, "amount": 1})
        system = desk.gate.worker.system
        fold_ledger(system)
        now = system.clock.now()
        assert desk.posted() == Decimal("1.50")

        today = now.astimezone(UTC)
        days = month_of(today.year, today.month)
        cost = read_cost(system, days)
        [line] = [each for each in cost.lines if each.model == "tool/pay"]
        assert (line.use_case, line.charged.amount) == ("pilot", Decimal("1.5"))

        allocation = open_allocation(system, desk.gate.worker.view.model, days)
        [part] = [each for each in allocation.lines if each.name == "tool/pay"]
        assert (part.part, part.use_case, part.amount) == ("calls", "pilot", Decimal("1.5"))

        [spend] = [each for each in read_spend_forecasts(system, "model") if each.name == "tool/pay"]
        assert spend.forecast.spent == Decimal("1.5")

        # Three in one day are as many in a week at the least, for a year.
        [calls] = [each for each in weigh(system).worths["pilot"].cost.lines if each.part == "calls"]
        assert calls.yearly == Decimal("78.22")

        out = io.StringIO()
        month = FocusMonth.parse(f"{today:%Y-%m}")
        done = export_focus(system, FocusWanted(month), out)
        [row] = list(csv.DictReader(io.StringIO(out.getvalue())))
        assert (row["BilledCost"], row["ConsumedQuantity"], row["SkuMeter"]) == ("1.5", "3", "Tool Calls")
        assert done.sums["EUR"].billed == Decimal("1.5")
        assert verify_ledger(system).faults == ()

    at_desk(house, work, *declared(TOOLS))
