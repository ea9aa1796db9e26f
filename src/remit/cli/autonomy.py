"""The command `remit autonomy`: how much agents may do by themselves, and why."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.context import json_option, note, say, say_json
from remit.cli.table import table
from remit.operations.read_autonomy import read_autonomy
from remit.report.autonomy import TARGETS_SAID, ToolLevel, UseCaseAutonomy
from remit.settings import Settings


@click.command()
@click.argument("use_case")
@json_option
@click.pass_obj
def autonomy(settings: Settings, use_case: str, as_json: bool) -> None:
    """Show what agents of USE_CASE have earned with each tool, and what would raise or lower it."""
    with open_system(settings) as system:
        found = read_autonomy(system, use_case)
    if as_json:
        say_json(found)
        return
    say(render(found))
    note(f"stage `{found.stage}`, `autonomy_max` {found.most}, as of {found.day}")


def render(found: UseCaseAutonomy) -> str:
    if not found.tools:
        return f"the remit of {found.use_case} has no tool; its agents only answer"
    rows = [
        (
            each.tool,
            each.effect,
            TARGETS_SAID[each.target_class],
            each.level.autonomy,
            f"{each.done:,}",
            f"{each.approved:,}",
            f"{each.denied:,}",
            each.level.until.isoformat() if each.level.until else "-",
        )
        for each in found.tools
    ]
    head = ["tool", "effect", "targets", "level", "done", "approved", "refused", "lasts until"]
    lines = [table(head, rows, right=frozenset({4, 5, 6}))]
    lines += [_reasons(each) for each in found.tools]
    return "\n\n".join(lines)


def _reasons(each: ToolLevel) -> str:
    targets = "" if each.target_class == "none" else f", targets {TARGETS_SAID[each.target_class]}"
    lines = [f"{each.tool}{targets}: {each.level.autonomy}"]
    for title, reasons in (
        ("because", each.level.why),
        ("fell:", each.level.fell),
        ("raised by", each.level.raises),
        ("lowered by", each.level.lowers),
    ):
        lines += [f"  {title if not number else '':<10} {said}" for number, said in enumerate(reasons)]
    return "\n".join(lines)
