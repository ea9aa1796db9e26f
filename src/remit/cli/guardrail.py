"""Commands on guardrails: list, test, evaluate, findings, review."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.evaluate_guardrail import evaluate
from remit.cli.table import shorten, table
from remit.cli.try_guardrail import try_text
from remit.operations.read_findings import read_findings
from remit.operations.read_guardrails import read_guardrails
from remit.operations.review_finding import review_finding
from remit.record.found import FindingFilter
from remit.report.findings import FindingLine
from remit.settings import Settings


@click.group(cls=CommandGroup)
def guardrail() -> None:
    """What content may pass: try it, measure it, and review what was found."""


guardrail.add_command(try_text)
guardrail.add_command(evaluate)


@guardrail.command(name="list")
@json_option
@click.pass_obj
def list_guardrails(settings: Settings, as_json: bool) -> None:
    """List the guardrails in force, whose each is, and who must pass it."""
    with open_system(settings) as system:
        found = read_guardrails(system)
    if as_json:
        say_json(found)
        return
    rows = [
        (
            each.address,
            each.mode if each.usable else f"{each.status.replace('_', ' ')}, not usable",
            f"{each.use_cases:,}",
            ", ".join(each.layers) or "nobody; a request can ask for it",
            ", ".join(f"{name} {number:,}" for name, number in each.looks_for.items()),
            each.owner,
        )
        for each in found.lines
    ]
    headings = ["guardrail", "mode", "use cases", "asked for by", "looks for", "owner"]
    say(table(headings, rows, right=frozenset({2})))
    for each in found.unpassable[:_SHOWN]:
        note(f"no call of {each.use_case} is let through: {each.summary}\n  help: {each.help}")
    if len(found.unpassable) > _SHOWN:
        note(f"... and {len(found.unpassable) - _SHOWN:,} more use cases")


_SHOWN = 10


@guardrail.command()
@click.option("--use-case", default="", help="Only those of this use case.")
@click.option("--type", "type_", default="", help="Only those of this type, such as `EMAIL`.")
@click.option("--shadow", is_flag=True, help="Only what guardrails found that watch and do nothing.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was found on this day (UTC) or later."
)
@click.option("--all", "everything", is_flag=True, help="Also those of which somebody said something.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="Show so many.")
@json_option
@click.pass_obj
def findings(
    settings: Settings,
    use_case: str,
    type_: str,
    shadow: bool,
    since: datetime | None,
    everything: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List what guardrails found and nobody has spoken of yet.

    The words that were found are kept nowhere; a mark stands for them.
    """
    wanted = FindingFilter(
        use_case=use_case,
        type=type_,
        shadow=True if shadow else None,
        waiting=None if everything else True,
        since=since.replace(tzinfo=UTC) if since else None,
    )
    with open_system(settings) as system:
        found = read_findings(system, wanted, limit=limit)
    if as_json:
        say_json(found)
        return
    if not found.lines:
        note("nothing was found" if everything else "nothing was found of which nobody has spoken yet")
        return
    headings = [
        "mark",
        "use case",
        "found",
        "side",
        "calls",
        "first (UTC)",
        "last (UTC)",
        "last call",
        "said by",
    ]
    say(table(headings, (_finding(each) for each in found.lines), right=frozenset({4})))
    if found.more:
        note(f"more than {limit:,}; `--limit` shows them")
    if any(each.mark for each in found.lines):
        note("`remit guardrail review MARK` says of one that it is no finding, or that it is one")


def _finding(line: FindingLine) -> tuple[str, ...]:
    words = [f"{each.guardrail}{' in shadow' if each.shadow else ''}: {each.action}" for each in line.said]
    verdict = f" ({line.verdict.replace('_', ' ')})" if line.verdict else ""
    return (
        (line.mark or "none") + verdict,
        line.use_case,
        f"{line.policy} {line.type}" + (f" ({line.kind})" if line.kind else ""),
        line.side,
        f"{line.calls:,}",
        f"{line.first:%Y-%m-%d %H:%M}",
        f"{line.last:%Y-%m-%d %H:%M}",
        line.last_call,
        shorten(", ".join(words), 100),
    )


@guardrail.command()
@click.argument("mark")
@click.option("--false-positive", "verdict", flag_value="false_positive", help="It is no finding.")
@click.option("--confirmed", "verdict", flag_value="confirmed", help="It is one.")
@click.option("--reason", required=True, help="Why, for the ledger.")
@json_option
@click.pass_obj
def review(settings: Settings, mark: str, verdict: str | None, reason: str, as_json: bool) -> None:
    """Say of the finding MARK that it is none, or that it is one.

    What is said to be none is found no more in calls of its use case, from the next second on, as long as
    the words are just the same. The last verdict holds.
    """
    if verdict is None:
        raise click.UsageError("say `--false-positive` or `--confirmed`")
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    with open_system(settings) as system:
        said = review_finding(
            system,
            mark,
            verdict=verdict,  # type: ignore[arg-type]  # one of the two flags
            author=settings.author,
            reason=reason,
        )
    if as_json:
        say_json(said)
        return
    what = "is no finding" if said.verdict == "false_positive" else "is one"
    say(f"{said.type} {said.mark} of {said.use_case} {what}; found by {', '.join(said.guardrails)}")
    note(f"entry {said.id}; running gateways know it within a second")
