"""The inbox: what waits for consent, what is at stake with it, and one's answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Literal

from starlette.responses import RedirectResponse, Response

from remit.kernel.errors import Conflict
from remit.operations.answer_approval import Answered, answer_approval, withdraw_request
from remit.operations.delegate import DAYS_MAX, delegate, end_delegation
from remit.operations.read_approvals import BATCH_MAX
from remit.operations.read_inbox import (
    asked_changes,
    measure_approvals,
    read_delegations,
    read_requests,
)
from remit.portal.asked import Asked, Page
from remit.portal.page import HEADERS, address
from remit.portal.said import Said
from remit.report.approvals import RequestView
from remit.report.inbox import inbox_order, inbox_title
from remit.report.plan_view import change_lines

ROWS = 100
SETTLED = 30
MEASURED_DAYS = 365
GIVEN_MAX = 2_000
"""How much of one argument is shown."""
_ID_MAX = 40
_LINES = 60
"""How many lines of what would change in the text are shown; the command shows all."""


def show(asked: Asked) -> Response:
    """List requests, what waits for the reader first; `request` opens one, or several that are alike."""
    system, person = asked.system, asked.reader.person
    seen = asked.requests()
    views = seen.value
    waiting = inbox_order([each for each in views if each.state == "open"])
    settled = sorted((each for each in views if each.state != "open"), key=_ended, reverse=True)
    now = system.clock.now()
    last = max(1, -(-len(waiting) // ROWS))
    page = _number(asked.text("page"), last)
    ids = _named(asked.query.get("request", "")) or [each.id for each in waiting[:1]]
    shown, seen_code = read_requests(system, ids, reader=person) if ids else ([], "")
    return asked.page(
        "inbox.html",
        seen=seen,
        title=inbox_title(waiting, now),
        waiting=waiting[(page - 1) * ROWS : page * ROWS],
        settled=settled[:SETTLED],
        page=page,
        last=last,
        now=now,
        shown=[(each, _changes(asked, each)) for each in shown],
        may=bool(shown) and all(each.mine and each.state == "open" for each in shown),
        reasoned=any(each.tier == "high" for each in shown),
        code=seen_code,
        chosen=",".join(each.id for each in shown),
        lines=_LINES,
        given={each.id: _given(asked, each) for each in shown},
        delegations=read_delegations(system),
        days_max=DAYS_MAX,
        measured=asked.kept.get("answering", lambda: measure_approvals(system, days=MEASURED_DAYS)).value,
    )


def _changes(asked: Asked, view: RequestView) -> tuple[str, ...]:
    return tuple(change_lines(asked_changes(asked.system, view.id), everything=False))


def _given(asked: Asked, view: RequestView) -> list[tuple[str, str]]:
    """Show whoever may answer what a call of a tool would be given; to others it is sealed."""
    if view.about != "tool" or not view.mine:
        return []
    call = asked.waiting_call(view.id)
    return [] if call is None else [(name, _short(value)) for name, value in call.arguments.items()][:_LINES]


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= GIVEN_MAX else f"{text[:GIVEN_MAX]} … ({len(text):,} characters)"


def _ended(view: RequestView) -> str:
    return f"{view.answers[-1].at if view.answers else view.expires:%Y-%m-%dT%H:%M:%S}"


def _number(text: str, last: int) -> int:
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _named(text: str) -> list[str]:
    """Read ids that are separated by commas; of more than are answered in one go, the operation speaks."""
    parts = text[: (BATCH_MAX + 1) * _ID_MAX].split(",")
    return [each[:_ID_MAX] for each in parts if each]


def together(asked: Asked) -> Response:
    """Open the ticked requests together."""
    ids = [each[:_ID_MAX] for each in asked.form.get("tick", "").split("\n") if each][: BATCH_MAX + 1]
    if not ids:
        raise Conflict("no request is ticked", help="tick those that are alike, with `x` or the pointer")
    return RedirectResponse(address("/inbox", request=",".join(ids)), 303, HEADERS)


def approve(asked: Asked) -> Response:
    """Consent to just what was shown."""
    return _answer(asked, "approved")


def deny(asked: Asked) -> Response:
    """Refuse, with a reason; that ends what was asked."""
    return _answer(asked, "denied")


def _answer(asked: Asked, said: Literal["approved", "denied"]) -> Response:
    answered = answer_approval(
        asked.system,
        _named(asked.form.get("requests", "")),
        said=said,
        author=asked.reader.person,
        seen=asked.form.get("seen", "")[:_ID_MAX],
        reason=asked.form.get("reason", ""),
    )
    failed = any(each.fault is not None for each in answered)
    return asked.back("/inbox", Said("; ".join(_told(each) for each in answered), failed=failed))


def _told(each: Answered) -> str:
    found = each.standing
    if each.fault is not None:
        return f"all consented to {found.request.summary}, and it was not done: {each.fault.summary}"
    if found.state == "open":
        waits = ", ".join(found.waits_for) or f"{found.people} more"
        return f"your consent is recorded: {found.request.summary}; it waits for {waits}"
    return f"{found.state}: {each.done or found.request.summary}"


def withdraw(asked: Asked) -> Response:
    """Take back what one asked for oneself."""
    found = withdraw_request(
        asked.system,
        asked.form.get("request", "")[:_ID_MAX],
        author=asked.reader.person,
        reason=asked.form.get("reason", ""),
    )
    return asked.back("/inbox", Said(f"taken back: {found.request.summary}"))


def delegate_to(asked: Asked) -> Response:
    """Let somebody else answer for a time."""
    entry = delegate(
        asked.system,
        asked.form.get("to", "").lower(),
        roles=_lines(asked.form.get("role", "")),
        until=_day(asked.form.get("until", "")),
        author=asked.reader.person,
        reason=asked.form.get("reason", ""),
    )
    text = f"{entry.to} answers for you until {entry.until:%Y-%m-%d %H:%M} UTC"
    return asked.back("/inbox", Said(text, undo="/inbox/end", fields={"delegation": entry.id}))


def end(asked: Asked) -> Response:
    """End a delegation at once."""
    entry = end_delegation(
        asked.system, asked.form.get("delegation", "")[:_ID_MAX], author=asked.reader.person
    )
    return asked.back("/inbox", Said(f"{entry.to} no longer answers for {entry.holder}"))


def _lines(text: str) -> Sequence[str]:
    return [each[:80] for each in text.split("\n") if each][:50]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Conflict(
            f"`{text[:20]}` is no day", help="write the last day as year, month, day: 2026-12-31"
        ) from None


PAGES = (
    Page(
        "/inbox",
        show,
        label="Inbox",
        letter="i",
        send={
            "together": together,
            "approve": approve,
            "deny": deny,
            "withdraw": withdraw,
            "delegate": delegate_to,
            "end": end,
        },
    ),
)
