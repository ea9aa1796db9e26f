"""Settings: who holds what, what the installation asks and tells, and what there needs somebody."""

from __future__ import annotations

from starlette.responses import Response

from remit.enforce.way_in import API_TOKEN, SESSION, WayIn
from remit.kernel.errors import NotFound
from remit.operations.kill_switch import read_stops, switch_off, switch_on
from remit.operations.read_installation import plan_between, read_installation, read_members
from remit.operations.rights import require_stop
from remit.operations.sign_in import end_way_in, issue_token, read_ways_in
from remit.portal.asked import Asked, Page
from remit.portal.said import Said
from remit.report.installation import PLACES_SHOWN, Member
from remit.report.plan_view import change_lines

ROWS = 100
TOKEN_DAYS = 30


def show(asked: Asked) -> Response:
    """Show members, providers, issuers, sessions, web hooks, prices, versions and kill switches."""
    seen = asked.kept.get("installation", lambda: read_installation(asked.system))
    members = _members(asked)
    page = _number(asked.text("page", "1"))
    last = max(1, -(-len(members) // ROWS))
    return asked.page(
        "settings.html",
        seen=seen,
        found=seen.value,
        members=members[(page - 1) * ROWS : page * ROWS],
        count=len(members),
        page=page,
        last=last,
        text=asked.text("text"),
        shown=PLACES_SHOWN,
        all_access=asked.may("read_access"),
        sessions=_ways_in(asked, SESSION),
        tokens=_ways_in(asked, API_TOKEN),
    )


def _members(asked: Asked) -> list[Member]:
    words = asked.text("text").lower().split()
    members = asked.kept.get("members", lambda: read_members(asked.system)).value
    if not words:
        return list(members)
    return [each for each in members if all(word in _said(each) for word in words)]


def _said(each: Member) -> str:
    return f"{each.person} {each.role} {' '.join(each.places)}".lower()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 5 and int(text) else 1


def _ways_in(asked: Asked, purpose: str) -> list[WayIn]:
    """List what is good of everybody, for who may see that, and else of the reader alone."""
    person = "" if asked.may("read_access") else asked.reader.person
    return read_ways_in(asked.system, purpose=purpose, person=person)[:ROWS]


def end_session(asked: Asked) -> Response:
    """End a session: one's own, or another's by whoever may."""
    return _end(asked, SESSION, "session")


def revoke_token(asked: Asked) -> Response:
    """Revoke a token of the control API: one's own, or another's by whoever may."""
    return _end(asked, API_TOKEN, "token")


def _end(asked: Asked, purpose: str, noun: str) -> Response:
    ref, person = asked.form.get("ref", "")[:40], asked.reader.person
    own = read_ways_in(asked.system, purpose=purpose, person=person)
    if all(each.ref != ref for each in own):
        asked.require("end_access")
        person = ""
    ended = end_way_in(asked.system, ref, purpose=purpose, author=asked.reader.person, person=person)
    return asked.back("/settings#access", Said(f"the {noun} {ended.ref} of {ended.person} has ended"))


def make_token(asked: Asked) -> Response:
    """Issue a token of the control API for the reader, and show it once."""
    person = asked.reader.person
    issued = issue_token(asked.system, person, author=person, days=TOKEN_DAYS)
    return asked.page("token.html", issued=issued)


def let_go_on(asked: Asked) -> Response:
    """Take a kill switch back."""
    address = asked.form.get("address", "")[:200]
    require_stop(asked.system, asked.reader.person, address, on=False)
    reason = next((each.reason for each in read_stops(asked.system) if each.address == address), "")
    switch_off(asked.system, address, author=asked.reader.person, reason=asked.form.get("reason", ""))
    undo = {"address": address, "reason": reason}
    said = Said(f"{address} goes on, as far as nothing else stops it", undo="/settings/stop", fields=undo)
    return asked.back("/settings", said)


def stop(asked: Asked) -> Response:
    """Stop an address at once."""
    address, reason = asked.form.get("address", "")[:200], asked.form.get("reason", "")
    require_stop(asked.system, asked.reader.person, address, on=True)
    if not reason.strip():
        raise NotFound("no reason was given", help="say why; whoever is refused reads it")
    switch_on(asked.system, address, author=asked.reader.person, reason=reason)
    undo = {"address": address}
    return asked.back("/settings", Said(f"{address} is stopped", undo="/settings/go-on", fields=undo))


def show_between(asked: Asked) -> Response:
    """Show what is different between two versions of the operating model."""
    before, after = _number(asked.text("from")), _number(asked.text("to"))
    name = ("versions", before, after)
    found = asked.kept.get(name, lambda: plan_between(asked.system, before, after)).value
    lines = tuple(change_lines(found.changes, everything=asked.text("all") == "1"))
    return asked.page("versions.html", found=found, before=before, after=after, lines=lines)


PAGES = (
    Page(
        "/settings",
        show,
        label="Settings",
        letter="t",
        send={
            "session": end_session,
            "token": make_token,
            "revoke": revoke_token,
            "go-on": let_go_on,
            "stop": stop,
        },
    ),
    Page("/settings/versions", show_between),
)
