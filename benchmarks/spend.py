"""How long it takes to look ahead and back for 2,133 use cases: forecasts of budgets and months, odd days.

.venv/bin/python benchmarks/spend.py
"""

from __future__ import annotations

import random
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from gates import declare, remit
from remit.bootstrap import open_system
from remit.cli.main import collect_rarely
from remit.decide.finops.forecast import HISTORY_DAYS
from remit.operations.model_in_force import model_in_force
from remit.operations.system import CONTROL, System
from remit.record.projection import Changes, UsageKey, UsageSum
from remit.settings import read_settings

WEEK = (1.2, 1.3, 1.2, 1.1, 1.0, 0.4, 0.3)
MODELS, ODD = 2, 20
BUDGET_S = 30.0
"""What forecasts of all use cases and a search for odd days may take together."""


def populate(system: System, now: datetime) -> tuple[int, int]:
    """Make up sixteen weeks of daily calls for every use case; of some, yesterday costs six times as much."""
    _, model = model_in_force(system)
    chance = random.Random(11)
    at_end = system.store.positions()[CONTROL]
    names, rows = sorted(model.use_cases), 0
    for back in range(HISTORY_DAYS, 0, -1):
        day = now - timedelta(days=back)
        hour, changes = day.strftime("%Y-%m-%dT09:00:00Z"), Changes()
        for number, name in enumerate(names):
            case = model.use_cases[name]
            for which in range(MODELS):
                times = WEEK[day.weekday()] * chance.lognormvariate(0, 0.15) * (1 + number % 9)
                times *= 6 if back == 1 and number < ODD else 1
                called = f"model/m{(number + which) % 40}"
                key = UsageKey(
                    hour, name, case.unit, "launch", called, f"key-{number}", "USD", simulated=False
                )
                calls = max(1, round(20 * times))
                changes.usage[key] = UsageSum(
                    calls=calls,
                    input_tokens=900 * calls,
                    output_tokens=200 * calls,
                    charge=Decimal(calls) * Decimal("0.0013"),
                )
                rows += 1
        # No journal has these entries, so that none is read further than it was.
        assert system.store.fold(CONTROL, before=at_end, after=at_end, changes=changes)
    return len(names), rows


def main() -> None:
    """Populate a store, then time each command in a process of its own."""
    collect_rarely()
    with tempfile.TemporaryDirectory() as directory:
        home = declare(Path(directory))
        with open_system(read_settings({"REMIT_HOME": str(home)})) as system:
            cases, rows = populate(system, system.clock.now().astimezone(UTC))
        budgets = min(remit(home, "finops", "forecast", "--all") for _ in range(3))
        months = min(remit(home, "finops", "forecast", "--by", "use-case", "--all") for _ in range(3))
        odd = min(remit(home, "finops", "anomalies") for _ in range(3))
    print(f"{cases:,} use cases, {rows:,} roll-ups of hours over {HISTORY_DAYS} days (made up)")
    print(f"`remit finops forecast`: budgets {budgets}, months by use case {months}")
    print(f"`remit finops anomalies`, with {ODD} odd days: {odd}")
    print(f"most memory of a command: {getrusage(RUSAGE_CHILDREN).ru_maxrss / 1024:,.0f} MiB")
    if months.processor_s + odd.processor_s > BUDGET_S:
        sys.exit(f"more than {BUDGET_S} s of the processor for both")


if __name__ == "__main__":
    main()
