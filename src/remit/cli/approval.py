"""Commands on approvals: the inbox, answers, delegation, and how people answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.days import DAY
from remit.cli.table import shorten, table
from remit.decide.approval_measures import QUICK_S, AnswerTimes, ApprovalMeasures
from remit.operations.answer_approval import Answered, answer_approval, withdraw_request
from remit.operations.delegate import DAYS_MAX, delegate, end_delegation
from remit.operations.read_inbox import (
    asked_changes,
    measure_approvals,
    read_delegations,
    read_inbox,
    read_requests,
)
from remit.record.approval_entry import Delegation
from remit.record.decided import Changed
from remit.report.approvals import RequestView, Seat
from remit.report.inbox import lasted
from remit.report.plan_view import change_lines
from remit.settings import Settings

ids_argument = click.argument("ids", metavar="ID...", nargs=-1, required=True)
reason_option = click.option("--reason", default="", help="Why; it stands in the ledger.")


@click.group(cls=CommandGroup)
def approval() -> None:
    """See what waits for consent, and answer it."""


@approval.command(name="list")
@click.option("--mine", is_flag=True, help="Only what you may answer now.")
@click.option("--use-case", default=None, help="Only of one use case.")
@click.option("--all", "closed", is_flag=True, help="Those that are settled as well.")
@json_option
@click.pass_obj
def list_requests(settings: Settings, mine: bool, use_case: str | None, closed: bool, as_json: bool) -> None:
    """List what waits for consent, what is due first at the top."""
    with open_system(settings) as system:
        views = read_inbox(system, reader=settings.author, use_case=use_case, closed=closed)
    views = [view for view in views if view.mine or not mine]
    if as_json:
        say_json(msgspec.to_builtins(views))
        return
    if not views:
        note("nothing waits for you" if mine else "nothing waits")
        return
    say(inbox(views))


def inbox(views: Sequence[RequestView]) -> str:
    """Lay out requests as a table; `you` stands where the reader may answer."""
    rows = [
        (
            *(view.id, view.subject, view.use_case or view.unit or "organisation", view.tier),
            *(_waits(view), f"{view.deadline:%Y-%m-%d %H:%M}", "you" if view.mine else ""),
        )
        for view in views
    ]
    return table(["request", "for", "of", "risk", "waits for", "due (UTC)", ""], rows)


def _waits(view: RequestView) -> str:
    if view.state != "open":
        return view.state
    waiting = ", ".join(seat.role for seat in view.waits_for) or count(view.more, "more person")
    return f"{shorten(waiting, 60)}{' (escalated)' if view.escalated else ''}"


@approval.command()
@ids_argument
@json_option
@click.pass_obj
def show(settings: Settings, ids: Sequence[str], as_json: bool) -> None:
    """Show what is at stake with each ID, who must answer, and the code that an answer brings.

    For several, the code is of just these together.
    """
    with open_system(settings) as system:
        views, code = read_requests(system, ids, reader=settings.author)
        changes = [asked_changes(system, view.id) for view in views]
    if as_json:
        say_json({"requests": msgspec.to_builtins(views), "seen": code})
        return
    say("\n\n".join(shown(view, changed) for view, changed in zip(views, changes, strict=True)))
    mine = [view for view in views if view.mine]
    if mine:
        given = " ".join(view.id for view in views)
        reason = " --reason WORDS" if any(view.tier == "high" for view in views) else ""
        note(f"\nto consent: remit approval approve {given} --seen {code}{reason}")
        note(f"to refuse:  remit approval deny {given} --reason WORDS")


def shown(view: RequestView, changes: tuple[Changed, ...]) -> str:
    """Lay out one request: what is at stake first, then who must agree, and what silence means."""
    return "\n".join(_show_lines(view, changes))


def _show_lines(view: RequestView, changes: tuple[Changed, ...]) -> Iterator[str]:
    yield f"{view.summary} ({view.state}{', escalated' if view.escalated else ''})"
    whose = view.use_case or view.unit or "the organisation"
    yield f"request {view.id}: {view.subject} of {whose}, {view.tier or 'no'} risk"
    yield "at stake:"
    yield from (f"  {stake}" for stake in view.stakes or ("nothing was said of it",))
    if changes:
        yield "in the text:"
        yield from (f"  {line}" for line in change_lines(changes, everything=False))
    yield from (f"rests on: {', '.join(view.evidence)}",) if view.evidence else ()
    yield f"asked {view.asked_at:%Y-%m-%d %H:%M} UTC by {view.asked_by}" + (
        f": {view.said}" if view.said else ", without a word"
    )
    yield f"must agree, {count(view.persons, 'person')} at least:"
    yield from (f"  {_seat(seat)}" for seat in view.seats)
    yield from (f"  denied by {each.author}: {each.reason}" for each in view.answers if each.said == "denied")
    if view.carried_out is False:
        yield "not carried out yet: ask again in the same way, and what was agreed to is done"
    if view.silence:
        yield f"if nobody answers: {view.silence}"


def _seat(seat: Seat) -> str:
    if not seat.consented:
        if seat.stand_in:
            return f"{seat.role} ({seat.stand_in} in place of {seat.holder}, who may not): has not answered"
        return f"{seat.role} ({seat.holder or 'nobody'}): has not answered"
    behalf = f" for {seat.on_behalf_of}" if seat.on_behalf_of else ""
    place = f" in place of {seat.holder or 'nobody'}" if seat.in_place_of_holder else ""
    return f"{seat.role}: {seat.consented}{behalf}{place} agreed at {seat.at:%Y-%m-%d %H:%M} UTC"


@approval.command()
@ids_argument
@click.option("--seen", default="", help="The code that `show` gave for just these.")
@reason_option
@json_option
@click.pass_obj
def approve(settings: Settings, ids: Sequence[str], seen: str, reason: str, as_json: bool) -> None:
    """Consent to each ID. Several at once must be alike, and none of high risk."""
    _answer(settings, ids, said="approved", seen=seen, reason=reason, as_json=as_json)


@approval.command()
@ids_argument
@reason_option
@json_option
@click.pass_obj
def deny(settings: Settings, ids: Sequence[str], reason: str, as_json: bool) -> None:
    """Refuse each ID, with a reason; that ends it."""
    _answer(settings, ids, said="denied", seen="", reason=reason, as_json=as_json)


def _answer(
    settings: Settings,
    ids: Sequence[str],
    *,
    said: Literal["approved", "denied"],
    seen: str,
    reason: str,
    as_json: bool,
) -> None:
    with open_system(settings) as system:
        answered = answer_approval(
            system, ids, said=said, author=settings.author, seen=seen, reason=reason.strip()
        )
    if as_json:
        say_json([_answered_values(each) for each in answered])
    else:
        if len(answered) > 1:
            request = answered[0].standing.request
            roles = ", ".join(request.roles)
            note(f"{len(answered)} alike: {request.about}, {request.tier} risk, each from {roles}")
        for each in answered:
            say(_answered(each))
            if each.fault is not None:
                note(f"error[{each.fault.code}]: {each.fault.summary}\n  help: {each.fault.help}")
    if any(each.fault is not None for each in answered):
        raise SystemExit(PROBLEMS)


def _answered_values(each: Answered) -> dict[str, object]:
    found = each.standing
    fault = each.fault
    return {
        "request": found.request.id,
        "state": found.state,
        "waits_for": found.waits_for,
        "more": found.people,
        "done": each.done or None,
        "error": {"code": fault.code, "summary": fault.summary, "help": fault.help} if fault else None,
    }


def _answered(each: Answered) -> str:
    found = each.standing
    what = f"{found.request.id} ({found.request.subject})"
    if found.state == "open":
        waits = ", ".join(found.waits_for) or count(found.people, "more person")
        return f"{what}: your consent is recorded; it waits for {waits}"
    return f"{what} is {found.state}" + (f": {each.done}" if each.done else "")


@approval.command()
@click.argument("id")
@reason_option
@json_option
@click.pass_obj
def withdraw(settings: Settings, id: str, reason: str, as_json: bool) -> None:
    """Take back what you asked for."""
    with open_system(settings) as system:
        found = withdraw_request(system, id, author=settings.author, reason=reason.strip())
    if as_json:
        say_json({"request": id, "state": found.state})
    else:
        say(f"{id} ({found.request.subject}) is withdrawn")


@approval.command(name="delegate")
@click.option("--to", default="", help="Who answers for you.")
@click.option("--role", "roles", multiple=True, help="In which role; left out, in all that you hold.")
@click.option("--until", type=DAY, default=None, help="The last day, at most 90 days ahead.")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=None, help="For so many days instead.")
@click.option("--end", default="", metavar="ID", help="End a delegation now.")
@click.option("--list", "listed", is_flag=True, help="List those that are in force.")
@reason_option
@json_option
@click.pass_context
def delegate_roles(
    context: click.Context,
    to: str,
    roles: Sequence[str],
    until: date | None,
    days: int | None,
    end: str,
    listed: bool,
    reason: str,
    as_json: bool,
) -> None:
    """Let another answer for you for a time, end that, or list who answers for whom."""
    settings: Settings = context.obj
    if sum(map(bool, (to, end, listed))) != 1 or (to and (until is None) == (days is None)):
        raise click.UsageError("give `--to` with `--until` or `--days`, or `--end`, or `--list`")
    with open_system(settings) as system:
        if listed:
            found = read_delegations(system)
        elif end:
            found = [end_delegation(system, end, author=settings.author, reason=reason.strip())]
        else:
            last = until or system.clock.now().date() + timedelta(days=(days or 1) - 1)
            found = [
                delegate(
                    system,
                    to.strip().lower(),
                    roles=roles,
                    until=last,
                    author=settings.author,
                    reason=reason.strip(),
                )
            ]
    if as_json:
        say_json([msgspec.to_builtins(each) for each in found])
    elif not found:
        note("nobody answers for another")
    else:
        say(_delegations(found))


def _delegations(found: Sequence[Delegation]) -> str:
    rows = [
        (
            *(each.id if not each.ends else each.ends, each.holder, each.to),
            *(", ".join(each.roles) or "all", "ended" if each.ends else _minute(each.until)),
        )
        for each in found
    ]
    return table(["delegation", "of", "to", "roles", "until (UTC)"], rows)


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


@approval.command()
@click.option("--days", type=click.IntRange(1, 3660), default=365, show_default=True, help="How far back.")
@json_option
@click.pass_obj
def stats(settings: Settings, days: int, as_json: bool) -> None:
    """Show how long answers take, how many came too fast to be read, and how many were reversed."""
    with open_system(settings) as system:
        found = measure_approvals(system, days=days)
    if as_json:
        say_json({"days": days, "quick_seconds": QUICK_S, **_values(found)})
        return
    if not found.by_kind:
        note(f"nothing was asked in the last {count(days, 'day')}")
        return
    say(measures(found))


def measures(found: ApprovalMeasures) -> str:
    """Lay out how people answer: by kind and tier, and then by person."""
    rows = [_kind_row(each) for each in found.by_kind]
    heads = ["for", "risk", "asked", "open", "approved", "denied", "expired", "p50", "p85"]
    heads += [f"under {QUICK_S} s", "reversed"]
    text = table(heads, rows, right=frozenset(range(2, len(heads))))
    if not found.by_person:
        return text
    people = [
        (each.person, *map(str, (each.answers, each.denied, each.quick, each.batch_max)))
        for each in found.by_person
    ]
    heads = ["who answered", "answers", "denied", f"under {QUICK_S} s", "most in one go"]
    return text + "\n\n" + table(heads, people, right=frozenset({1, 2, 3, 4}))


def _values(found: ApprovalMeasures) -> dict[str, object]:
    return {"by_kind": found.by_kind, "by_person": found.by_person}


def _kind_row(each: AnswerTimes) -> tuple[str, ...]:
    return (
        *(each.about, each.tier),
        *map(str, (each.requests, each.open, each.approved, each.denied, each.expired)),
        *(_took(each.seconds_p50), _took(each.seconds_p85)),
        *(_share(each.quick, each.answers), _share(each.reversed, each.approved)),
    )


def _took(seconds: int | None) -> str:
    return "-" if seconds is None else lasted(seconds)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} % of {whole}" if whole else "-"
