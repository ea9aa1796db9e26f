"""The group `remit finops`: where money goes, what it buys, and what would be cheaper."""

from __future__ import annotations

import click

from remit.cli.late_group import LateGroup

LATE: dict[str, str] = {
    "close-period": "close_period:close_period_command",
    "showback": "showback:showback_command",
    "unit-cost": "unit_cost:unit_cost_command",
    "advise": "advise:advise_command",
    "apply": "advise:apply_command",
    "realised": "advise:realised",
    "report": "leaders:report_command",
    "forecast": "spend:forecast",
    "anomalies": "spend:anomalies",
    "commitments": "spend:commitments",
}
"""Commands by name, each in a module of its own that is loaded only when it is asked for."""


@click.group(cls=LateGroup, late=LATE)
def finops() -> None:
    """Where money goes, what it buys, and what would be cheaper."""
