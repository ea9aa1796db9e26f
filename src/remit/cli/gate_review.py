"""Commands on the way through a gate: request, review, waive, revoke-waiver, flow."""

from __future__ import annotations

from datetime import date, timedelta

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.context import fail, json_option, note, say, say_json
from remit.cli.days import DAY
from remit.cli.stage import reason_option, stated
from remit.decide.approval import Standing
from remit.decide.gate_review import barriers
from remit.decide.roles import holder
from remit.declare.gate import GATED, threshold
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.operations.model_in_force import model_in_force
from remit.operations.review_gate import GateBarred, Requested, request_review, review_gate
from remit.operations.system import System
from remit.operations.waive import Terms, revoke_waiver, waive
from remit.record.approval_entry import ApprovalRequest
from remit.record.dossier_entry import GateReview, Waiver
from remit.report.approvals import stand_in
from remit.settings import Settings

into_option = click.option("--into", type=click.Choice(GATED[:-1]), help="The stage; left out, the next one.")


@click.command()
@click.argument("use_case")
@into_option
@reason_option
@json_option
@click.pass_obj
def request(settings: Settings, use_case: str, into: str | None, reason: str, as_json: bool) -> None:
    """Ask that USE_CASE enters its next stage.

    Where its risk is low and all that is asked is measured and met, it does at once, by policy. Else those
    who must agree are asked, once nothing is missing but their consent.
    """
    with open_system(settings) as system:
        asked = _request(system, settings.author, use_case, into, stated(reason), as_json=as_json)
        _, model = model_in_force(system)
    if as_json:
        found = {"review": asked.review, "request": asked.asked.request if asked.asked else None}
        say_json(msgspec.to_builtins(found))
    elif asked.review is not None:
        say(_passed(asked))
    elif asked.asked is not None:
        say(waiting(asked.asked, model))
        for stake in asked.asked.request.stakes:
            say(f"    {stake}")


def _request(
    system: System, author: str, use_case: str, into: str | None, reason: str, *, as_json: bool
) -> Requested:
    try:
        return request_review(system, use_case, into=into, author=author, reason=reason)  # type: ignore[arg-type]  # click.Choice
    except GateBarred as barred:
        for each in barred.standing.killed:
            note(f"ends it  {each.id}: {each.criterion.name}")
        for each in barriers(barred.standing):
            note(f"{each.status.replace('_', ' '):<8} {each.id}: {each.shortest}")
        fail(barred, as_json=as_json, more=_in_the_way(barred))
        raise AssertionError("it has ended") from None


def _in_the_way(barred: GateBarred) -> dict[str, list[dict[str, str]]]:
    """Lay out what stands in the way, for whoever reads it by machine."""
    return {
        what: [
            {
                "id": each.id,
                "name": each.criterion.name,
                "status": each.status,
                "threshold": threshold(each.criterion),
                "shortest": each.shortest,
            }
            for each in found
        ]
        for what, found in (("killed", barred.standing.killed), ("missing", barriers(barred.standing)))
    }


def _passed(asked: Requested) -> str:
    review = asked.review
    assert review is not None, "it passed"
    if review.stage == review.into:
        return f"{review.use_case} stays at {review.into}: what was waived is met now (review {review.id})"
    return (
        f"{review.use_case} entered {review.into} by policy: at risk tier {review.tier} all that is asked is"
        f" measured, and it is met (review {review.id}); gateways know within a second"
    )


def waiting(asked: Standing, model: OperatingModel) -> str:
    """Say whom a request waits for, until when, and how they answer."""
    request = asked.request
    people = ", ".join(f"{role} ({_who(model, request, role)})" for role in asked.waits_for)
    more = f", {request.people} persons at least" if request.people > 1 else ""
    return (
        f"{request.summary}: waits for {people}{more}, due {request.deadline:%Y-%m-%d %H:%M} UTC\n"
        f"    they read and answer it with `remit approval show {request.id}`"
    )


def _who(model: OperatingModel, request: ApprovalRequest, role: str) -> str:
    held = holder(model, role, request.use_case) or "nobody"
    other = stand_in(model, request, role)
    return f"{other} in place of {held}" if other else held


@click.command()
@click.argument("use_case")
@click.option(
    "--outcome", required=True, type=click.Choice(["proceed", "pivot", "halt"]), help="How the review ends."
)
@click.option("--to", type=click.Choice(STAGES[:-1]), help="With `pivot`: the earlier stage; left out, none.")
@reason_option
@json_option
@click.pass_context
def review(
    context: click.Context, use_case: str, outcome: str, to: str | None, reason: str, as_json: bool
) -> None:
    """End the review of the gate before USE_CASE: pivot, or halt; to proceed asks for the consents.

    Whoever must agree to the gate may, but for the use case's owner; the address in `REMIT_AUTHOR` says who
    you are. A halt retires the use case.
    """
    if to is not None and outcome != "pivot":
        raise click.UsageError("`--to` goes with `--outcome pivot`")
    if outcome == "proceed":
        context.invoke(request, use_case=use_case, into=None, reason=reason, as_json=as_json)
        return
    settings: Settings = context.obj
    with open_system(settings) as system:
        entry = review_gate(
            system,
            use_case,
            outcome=outcome,  # type: ignore[arg-type]  # click.Choice
            to=to,  # type: ignore[arg-type]  # likewise
            author=settings.author,
            reason=stated(reason),
        )
    if as_json:
        say_json(msgspec.to_builtins(entry))
    else:
        say(_ended(entry, to))


def _ended(entry: GateReview, to: str | None) -> str:
    killed = [each.id for each in entry.shown if each.id.startswith("kill/") and each.status == "met"]
    why = f" ({', '.join(killed)})" if killed else ""
    if entry.outcome == "halt":
        return f"{entry.use_case} is halted{why} and retired (review {entry.id}); its keys open nothing"
    where = f"goes back to {to}" if to and to != entry.stage else f"stays at {entry.stage}"
    return f"{entry.use_case} {where}{why} (review {entry.id}), to try again another way"


@click.command(name="waive")
@click.argument("use_case")
@click.argument("criterion")
@into_option
@click.option("--residual-risk", required=True, help="What can go wrong without it.")
@click.option("--accepted-by", required=True, help="The address of who bears that.")
@click.option("--expires", type=DAY, metavar="DATE", help="The last day of it.")
@click.option("--days", type=click.IntRange(1, 180), help="In place of a last day: how many from today.")
@reason_option
@json_option
@click.pass_obj
def waive_it(
    settings: Settings,
    use_case: str,
    criterion: str,
    into: str | None,
    residual_risk: str,
    accepted_by: str,
    expires: date | None,
    days: int | None,
    reason: str,
    as_json: bool,
) -> None:
    """Let USE_CASE enter its next stage without CRITERION, for a time.

    Whoever bears the risk must accept it; when the waiver ends, the use case goes back by itself.
    """
    if not residual_risk.strip():
        raise click.UsageError("say with `--residual-risk` what can go wrong")
    if (expires is None) == (days is None):
        raise click.UsageError("say when it ends, with `--expires` or with `--days`")
    ends = expires or timedelta(days=days or 0)
    terms = Terms(residual_risk.strip(), accepted_by.strip().lower(), ends, stated(reason))
    with open_system(settings) as system:
        found = waive(system, use_case, criterion, into=into, terms=terms, author=settings.author)  # type: ignore[arg-type]  # click.Choice
        _, model = model_in_force(system)
    if as_json:
        said = {"waiver": found.waiver, "request": found.asked.request if found.asked else None}
        say_json(msgspec.to_builtins(said))
    elif found.waiver is not None:
        say(
            f"{criterion} is waived for {use_case} until {found.waiver.expires} (waiver {found.waiver.id});"
            f" now run `remit gate request {use_case}`"
        )
    elif found.asked is not None:
        say(waiting(found.asked, model))


@click.command(name="revoke-waiver")
@click.argument("waiver")
@reason_option
@json_option
@click.pass_obj
def revoke_it(settings: Settings, waiver: str, reason: str, as_json: bool) -> None:
    """Take WAIVER back; a use case that stands on it goes back at once."""
    with open_system(settings) as system:
        entries = revoke_waiver(system, waiver, author=settings.author, reason=stated(reason))
    if as_json:
        say_json(msgspec.to_builtins(entries))
        return
    taken, *moved = entries
    assert isinstance(taken, Waiver), "it is taken back first"
    back = f"; {taken.use_case} is back at the stage before" if moved else ""
    say(f"the waiver of {taken.criterion} is taken back{back}")
