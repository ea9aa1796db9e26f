"""Commands on value: what a use case, the portfolio and shared blocks are worth, and to have it confirmed."""

from __future__ import annotations

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json, say_stamp
from remit.cli.value_text import blocks_text, portfolio_text, use_case_text
from remit.operations.confirm_value import confirm_value
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_value import read_blocks_value, read_portfolio_value, read_value
from remit.report.value import BlocksValue, PortfolioValue, UseCaseValue
from remit.settings import Settings


class ShowByDefault(CommandGroup):
    """A group whose first command is meant where none is named: `remit value USE_CASE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, "show")


@click.group(cls=ShowByDefault)
def value() -> None:
    """What use cases bring, what they cost, and how well that is supported."""


@value.command()
@click.argument("use_case", required=False)
@click.option("--portfolio", is_flag=True, help="All use cases that are not retired.")
@click.option("--unit", default="", help="Of the portfolio, only this unit and those below it.")
@click.option("--blocks", is_flag=True, help="What shared blocks saved.")
@click.option("--all", "everything", is_flag=True, help="Show every line.")
@json_option
@click.pass_obj
def show(
    settings: Settings,
    use_case: str | None,
    portfolio: bool,
    unit: str,
    blocks: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Show the value of USE_CASE, of the portfolio, or of shared blocks; `show` may be left out.

    Each figure has its evidence grade, and sums stand by grade.
    """
    if [bool(use_case), portfolio, blocks].count(True) != 1 or (unit and not portfolio):
        raise click.UsageError("give USE_CASE, or `--portfolio` with or without `--unit`, or `--blocks`")
    with open_system(settings) as system:
        fold_ledger(system)
        if use_case:
            one = read_value(system, use_case)
            say_json(one) if as_json else _say(one, use_case_text(one))
        elif portfolio:
            many = read_portfolio_value(system, unit)
            say_json(many) if as_json else _say(many, portfolio_text(many, everything=everything))
        else:
            saved = read_blocks_value(system)
            say_json(saved) if as_json else _say(saved, blocks_text(saved))


def _say(found: UseCaseValue | PortfolioValue | BlocksValue, text: str) -> None:
    say_stamp(counted=found.counts_simulated)
    say(text)


@value.command()
@click.argument("use_case")
@click.option("--metric", default="", help="Only the figure of this outcome metric.")
@click.option("--reason", default="", help="Why it is asked now; it is kept.")
@json_option
@click.pass_obj
def confirm(settings: Settings, use_case: str, metric: str, reason: str, as_json: bool) -> None:
    """Ask finance to confirm the figures of USE_CASE that studies support, exactly as they stand."""
    with open_system(settings) as system:
        found = confirm_value(system, use_case, metric=metric, author=settings.author, reason=reason.strip())
    if as_json:
        say_json(
            [
                {"metric": each.metric, "request": asked.request.id, "state": asked.state,
                 "waits_for": asked.waits_for, "digest": asked.request.digest}
                for each, asked in found
            ]
        )  # fmt: skip
        return
    for each, asked in found:
        waits = f"waits for {', '.join(asked.waits_for)}" if asked.state == "open" else f"is {asked.state}"
        say(f"{each.metric}: request {asked.request.id} {waits}")
    if any(asked.state == "open" for _, asked in found):
        note(
            "\nwhoever it waits for looks with `remit approval show`; a figure that changes is asked for anew"
        )
