"""Commands on policies: list, show, test."""

from __future__ import annotations

from typing import Any

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import json_option, note, say, say_json
from remit.cli.policy_replay import IN_FORCE, replay_calls
from remit.cli.table import table
from remit.declare.declared import DATA_CLASSES
from remit.declare.organisation import STAGES
from remit.declare.rewrite_policies import written_policy
from remit.enforce.remit import Resolver
from remit.kernel.errors import NotFound
from remit.kernel.money import canonical
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.try_policies import Supposed, Tried, try_policies
from remit.report.policies import PolicyLine, policy_lines
from remit.settings import Settings


@click.group(cls=CommandGroup)
def policy() -> None:
    """What no field can say, in the Cedar language."""


def policy_line(line: PolicyLine) -> str:
    """Write a policy in one line, for lists that stand under something else."""
    noted = " (only noted)" if line.mode == "log_only" else ""
    said = f": {line.summary.rstrip('.')}" if line.summary else ""
    return f"{line.id}{noted}{said} ({line.owner})"


@policy.command(name="list")
@json_option
@click.pass_obj
def list_policies(settings: Settings, as_json: bool) -> None:
    """List the policies in force, and how many use cases each could meet."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        stages = system.store.stages(system.clock.now())
    resolver = Resolver(model)
    lines = policy_lines(model, (resolver.remit(name, stages[name].stage) for name in model.use_cases))
    if as_json:
        say_json(lines)
        return
    rows = [
        (each.id, each.effect, each.mode, f"{each.use_cases:,}", each.owner, each.summary or "")
        for each in lines
    ]
    say(table(["policy", "effect", "mode", "use cases", "owner", "what it says"], rows, right=frozenset({3})))


@policy.command()
@click.argument("policy_id", metavar="POLICY")
@click.pass_obj
def show(settings: Settings, policy_id: str) -> None:
    """Show the text of POLICY as it is in force."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
    if policy_id not in model.policies:
        raise NotFound(
            f"no policy `{policy_id[:80]}` is declared",
            help=did_you_mean(policy_id, model.policies, otherwise="`remit policy list` shows all"),
        )
    say(written_policy(policy_id, model.policies[policy_id].model_dump(exclude_unset=True)))


_TOKENS = click.IntRange(min=0, max=10**9)


@policy.command(name="test")
@click.argument("use_case", required=False, default="")
@click.option("--model", default="", help="The model that is called, as `small` or `model/small`.")
@click.option(
    "--replay",
    "directory",
    is_flag=False,
    flag_value=IN_FORCE,
    metavar="[DIR]",
    help="Ask again about recorded calls of tools, by DIR, or by what is in force.",
)
@click.option("--all", "everything", is_flag=True, help="With --replay, list every call that would differ.")
@click.option("--stage", type=click.Choice(STAGES), help="The stage; left out, where the use case is.")
@click.option("--data-class", type=click.Choice(DATA_CLASSES), help="Left out, what the use case handles.")
@click.option("--input-tokens", type=_TOKENS, help="Left out, as many as the model reads.")
@click.option("--output-tokens", type=_TOKENS, help="Left out, as many as the model writes.")
@click.option("--hour", type=click.IntRange(min=0, max=23), help="Left out, the hour that it is now.")
@click.option("--weekday", type=click.IntRange(min=1, max=7), help="1 is Monday; left out, today's.")
@click.option("--streamed", is_flag=True, help="Whether the answer is wanted as a stream.")
@json_option
@click.pass_obj
def try_call(
    settings: Settings,
    /,
    use_case: str,
    *,
    model: str,
    directory: str | None,
    everything: bool,
    as_json: bool,
    **supposed: Any,
) -> None:
    """Say what policies would decide: on a call of USE_CASE, or on recorded calls of tools.

    With --model the policies in force are asked about one supposed call; what the fields of the remit say,
    `remit explain` shows. With --replay each recorded call of a tool, of USE_CASE or of all, is decided anew,
    as if its remit, tools and policies were as DIR declares them. Exit code: 1 if any would be decided
    otherwise.
    """
    if bool(model) == (directory is not None):
        raise click.UsageError("say either --model or --replay")
    if directory is not None:
        if any(each not in (None, False) for each in supposed.values()):
            raise click.UsageError("what a call is supposed to be goes with --model")
        replay_calls(settings, use_case, directory, everything=everything, as_json=as_json)
        return
    if not use_case:
        raise click.UsageError("say which USE_CASE calls")
    address = model if "/" in model else f"model/{model}"
    with open_system(settings) as system:
        tried = try_policies(system, Supposed(use_case, address, **supposed))
    if as_json:
        say_json(tried)
    else:
        _say_tried(tried)


def _say_tried(tried: Tried) -> None:
    ask, decision = tried.ask, tried.evaluation.decision
    note(
        f"asked: {ask.input_tokens_bound:,} tokens in, {ask.output_tokens:,} out, at most"
        f" {canonical(ask.amount)}, at hour {ask.local.hour} of weekday {ask.local.isoweekday()}"
    )
    if decision.effect == "allow":
        say("allowed: no policy forbids it")
    else:
        say(f"denied[{decision.rule}]: {decision.summary} ({decision.owner})\n  help: {decision.help}")
    for id in tried.evaluation.noted:
        say(f"noted only: policy `{id}` would forbid it")
