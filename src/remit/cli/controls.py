"""The command `remit controls`: what keeps risks small, and whether it holds."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import get_args

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.table import shorten, table
from remit.decide.controls import APPLICABLE, ControlStatus
from remit.declare.gate import Pillar
from remit.operations.read_controls import (
    read_control_summary,
    read_framework,
    read_use_case_controls,
)
from remit.report.controls import (
    SAID,
    STATUSES,
    ControlLine,
    ControlSummary,
    FrameworkControls,
    UseCaseControls,
)
from remit.settings import Settings

_SAID_OF_MANY: Mapping[ControlStatus, str] = {"holds": "hold", "does_not_hold": "do not"}

NO_CONFORMITY = "a control bears on an id; that it holds is no conformity with the framework"


@click.command()
@click.argument("use_case", required=False, default="")
@click.option("--framework", default="", metavar="NAME", help="By the ids of a framework, as `nist-ai-rmf`.")
@click.option("--all", "every", is_flag=True, help="Each control over all use cases.")
@click.option("--pillar", type=click.Choice(get_args(Pillar)), help="Only controls of this pillar.")
@click.option("--status", type=click.Choice(STATUSES), help="Only controls that stand so.")
@json_option
@click.pass_obj
def controls(
    settings: Settings,
    use_case: str,
    framework: str,
    every: bool,
    pillar: str | None,
    status: str | None,
    as_json: bool,
) -> None:
    """Show how controls stand for USE_CASE, over all use cases, or by a framework."""
    if every and (use_case or framework):
        raise click.UsageError("give one of USE_CASE, --framework and --all")
    if (status and (framework or not use_case)) or (pillar and framework):
        raise click.UsageError("--status needs USE_CASE, and neither it nor --pillar goes with --framework")
    with open_system(settings) as system:
        if framework:
            by_id = read_framework(system, framework, use_case=use_case)
        elif use_case:
            one = read_use_case_controls(system, use_case)
        else:
            summed = read_control_summary(system)
    if framework:
        _say_framework(by_id, use_case, as_json=as_json)
    elif use_case:
        _say_one(one, pillar, status, as_json=as_json)
    else:
        _say_all(summed, pillar, as_json=as_json)


def _say_one(found: UseCaseControls, pillar: str | None, status: str | None, *, as_json: bool) -> None:
    chosen = [
        each
        for each in found.controls
        if pillar in (None, each.pillar)
        and (each.status == status or (status is None and each.status in APPLICABLE))
    ]
    if as_json:
        say_json({**_plain(found), "controls": chosen})
        return
    say(render(found, chosen))
    later, never = found.counts["not_yet"], found.counts["not_asked"]
    note(f"{later} more are asked for later, {never} not of it; `--status not_yet` and `not_asked` list them")


def _plain(found: UseCaseControls) -> dict[str, object]:
    return {
        "use_case": found.use_case,
        "stage": found.stage,
        "tier": found.tier,
        "asked": found.asked,
        "counts": found.counts,
    }


def render(found: UseCaseControls, chosen: list[ControlLine]) -> str:
    """Lay out one use case's controls: what is to be done first, then what holds."""
    numbers = [(found.counts[each], each) for each in APPLICABLE if found.counts[each]]
    many = {**SAID, **_SAID_OF_MANY}
    counts = ", ".join(f"{number} {(SAID if number == 1 else many)[each]}" for number, each in numbers)
    parts = [
        f"{found.use_case} is at {found.stage}, risk tier {found.tier};"
        f" of {count(found.asked, 'control')} that {'is' if found.asked == 1 else 'are'} asked for: {counts}"
    ]
    for status in STATUSES:
        lines = [each for each in chosen if each.status == status]
        if lines:
            parts += [f"\n{SAID[status]} ({len(lines)})", *(_control(each) for each in lines)]
    return "\n".join(parts)


def _control(line: ControlLine) -> str:
    simulated = "; simulated" if line.simulated else ""
    whose = f"{line.role} ({line.owner or 'nobody'})"
    parts = [f"  {line.id}: {line.title} ({line.pillar})", _wrapped(f"{line.says}{simulated}")]
    if line.help:
        parts.append(_wrapped(f"{whose}: {line.help}"))
    return "\n".join(parts)


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text,
        110,
        initial_indent="      ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _say_all(found: ControlSummary, pillar: str | None, *, as_json: bool) -> None:
    chosen = [each for each in found.controls if pillar in (None, each.pillar)]
    if as_json:
        say_json({"use_cases": found.use_cases, "whole": found.whole, "controls": chosen})
        return
    rows = [
        (
            each.pillar,
            each.id,
            each.check,
            f"{each.asked:,}",
            *(f"{number:,}" for number in (each.holds, each.does_not_hold, each.stale, each.not_shown)),
            shorten(each.title, 60),
        )
        for each in chosen
    ]
    headings = ["pillar", "control", "seen by", "asked", "hold", "do not", "stale", "not shown", "what is so"]
    say(table(headings, rows, right=frozenset({3, 4, 5, 6, 7})))
    whole = f"{found.whole:,} hold all that is asked of them now"
    note(f"{count(len(chosen), 'control')} over {count(found.use_cases, 'use case')}; {whole}")


def _say_framework(found: FrameworkControls, use_case: str, *, as_json: bool) -> None:
    if as_json:
        say_json(found)
        return
    rows = [
        (
            each.id,
            f"{each.asked:,}",
            f"{each.hold:,}",
            f"{each.hold * 100 // each.asked} %" if each.asked else "-",
            "+".join(each.checks) or "nothing",
            ", ".join(each.controls) or each.not_here or "no control bears on it",
        )
        for each in found.ids
    ]
    say(f"{found.name} ({found.source}; {found.licence}). {found.says}")
    heading = ["id", "asked", "hold", "share", "seen by", "controls"]
    say(table(heading, rows, right=frozenset({1, 2, 3})))
    covered = len(found.ids) - len(found.uncovered)
    over = use_case or count(found.use_cases, "use case")
    alone = f"{found.by_word_alone} of them by somebody's word alone"
    note(f"{covered} of {len(found.ids)} ids are covered, {alone}")
    note(f"over {over}; {NO_CONFORMITY}")
    if found.uncovered:
        note(f"covered by nothing: {', '.join(found.uncovered)}")


def status_said(status: ControlStatus) -> str:
    """Write a status in words."""
    return SAID[status]
