"""What can be done with a use case from its pages, by the operations that the commands use."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import cast

from starlette.responses import Response

from remit.declare.declared import ID_PATTERN
from remit.declare.organisation import STAGES, StageName
from remit.enforce.key import Key
from remit.kernel.errors import Conflict
from remit.operations.attest import Attestation, attest, withdraw_evidence
from remit.operations.change_stage import demote, retire
from remit.operations.issue_key import issue_key, revoke_key
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.review_gate import request_review, review_gate
from remit.operations.waive import Terms, revoke_waiver, waive
from remit.portal.asked import Asked
from remit.portal.said import Said

_ID_MAX = 120
DAYS_MAX = 3650


def _reason(asked: Asked) -> str:
    """Return the reason that was given; raises Conflict for none."""
    if not (reason := asked.form.get("reason", "")):
        raise Conflict("no reason is given", help="say why in a sentence; it stands in the ledger")
    return reason


def _back(asked: Asked, said: Said, below: str = "") -> Response:
    return asked.back(f"/use-cases/{asked.names['id'][:_ID_MAX]}{below}", said)


def review(asked: Asked) -> Response:
    """Ask that a use case enters its next stage; in the fast lane it does at once."""
    name = asked.names["id"]
    found = request_review(asked.system, name, into=None, author=asked.reader.person, reason=_reason(asked))
    if found.review is not None:
        done = f"{name} entered {found.review.into} by policy: all that is asked is measured, and it is met"
        return _back(asked, Said(f"{done} (review {found.review.id})"))
    assert found.asked is not None, "what is not reviewed at once is asked"
    request = found.asked.request
    waits = ", ".join(found.asked.waits_for) or f"{found.asked.people} persons"
    text = f"{request.summary}: waits for {waits}, due {request.deadline:%Y-%m-%d %H:%M} UTC"
    own = request.author == asked.reader.person
    undo = "/inbox/withdraw" if own else ""
    return _back(asked, Said(text, undo=undo, fields={"request": request.id} if own else {}))


def waive_it(asked: Asked) -> Response:
    """Waive a criterion for a time, or ask whoever bears what remains of the risk."""
    form, name = asked.form, asked.names["id"]
    accepted_by = form.get("accepted_by", "").strip().lower()
    ends = _day(form.get("ends", ""))
    if ends is None or not accepted_by or not form.get("residual_risk", ""):
        raise Conflict(
            "a waiver lacks its terms", help="say what remains of the risk, who bears it and until when"
        )
    terms = Terms(form["residual_risk"], accepted_by, ends, _reason(asked))
    criterion = form.get("criterion", "")[:_ID_MAX]
    found = waive(asked.system, name, criterion, into=None, terms=terms, author=asked.reader.person)
    if found.waiver is not None:
        here = f"/use-cases/{name}"
        undo = {"waiver": found.waiver.id, "reason": "Taken back at once.", "back": here}
        text = f"{criterion} is waived until {found.waiver.expires}"
        return _back(asked, Said(text, undo=f"{here}/end-waiver", fields=undo))
    assert found.asked is not None, "what is not waived at once is asked"
    request = found.asked.request
    return _back(
        asked,
        Said(
            f"{request.summary}: waits for {', '.join(found.asked.waits_for) or 'one more person'}",
            undo="/inbox/withdraw" if request.author == asked.reader.person else "",
            fields={"request": request.id},
        ),
    )


def end_waiver(asked: Asked) -> Response:
    """Take a waiver back before its end."""
    waiver = asked.form.get("waiver", "")[:_ID_MAX]
    revoke_waiver(asked.system, waiver, author=asked.reader.person, reason=_reason(asked))
    return _back(asked, Said("the waiver counts no longer; what it was for is asked again"))


def end_review(asked: Asked) -> Response:
    """End a review: try another way at an earlier stage or this one, or halt the use case for good."""
    outcome, to = asked.form.get("outcome", ""), asked.form.get("to", "")
    if outcome not in ("pivot", "halt") or to not in ("", *STAGES[:-1]):
        raise Conflict("a review ends in a pivot or a halt", help="choose one of those that the page lists")
    entry = review_gate(
        asked.system,
        asked.names["id"],
        outcome="pivot" if outcome == "pivot" else "halt",
        to=cast(StageName, to) if to else None,
        author=asked.reader.person,
        reason=_reason(asked),
    )
    where = "retired" if entry.outcome == "halt" else f"at {to or entry.stage}, to try another way"
    return _back(asked, Said(f"the review ended: {entry.use_case} is {where} (review {entry.id})"))


def _address(asked: Asked) -> str:
    """Read what a switch is for: the use case itself, or one of its agents; raises Conflict for another's."""
    use_case, agent = asked.names["id"], asked.form.get("agent", "")
    if not agent:
        return f"use-case/{use_case}"
    keys = asked.system.store.keys().values()
    if not any(each.agent == agent and each.use_case == use_case for each in keys):
        raise Conflict(f"`{use_case[:80]}` has no agent `{agent[:80]}`", help="load the page again")
    return f"agent/{agent}"


def stop(asked: Asked) -> Response:
    """Stop the calls of a use case, of one of its agents or keys, at once."""
    reason = _reason(asked)
    entry = switch_on(asked.system, _address(asked), author=asked.reader.person, reason=reason)
    here = f"/use-cases/{asked.names['id']}"
    text = f"{entry.address} is stopped; running gateways refuse its calls within a second"
    said = Said(text, undo=f"{here}/let-go-on", fields={"agent": asked.form.get("agent", ""), "back": here})
    return _back(asked, said, _below(asked))


def let_go_on(asked: Asked) -> Response:
    """Take a kill switch back."""
    address = _address(asked)
    before = asked.system.store.stops().get(address)
    entry = switch_off(asked.system, address, author=asked.reader.person, reason=asked.form.get("reason", ""))
    here = f"/use-cases/{asked.names['id']}"
    why = before.reason[:300] if before else "stopped again"
    fields = {"agent": asked.form.get("agent", ""), "back": here, "reason": why}
    text = f"{entry.address} goes on, as far as nothing else stops it"
    return _back(asked, Said(text, undo=f"{here}/stop", fields=fields), _below(asked))


def _below(asked: Asked) -> str:
    return "/access" if asked.form.get("agent", "") else ""


def take_back(asked: Asked) -> Response:
    """Take a use case back to an earlier stage."""
    if (to := asked.form.get("to", "")) not in STAGES[:-2]:
        raise Conflict(f"`{to[:20]}` is no earlier stage", help="choose one of those that the page lists")
    entry = demote(
        asked.system,
        asked.names["id"],
        to=to,
        author=asked.reader.person,
        reason=_reason(asked),
    )
    return _back(asked, Said(f"{entry.use_case} is at {entry.stage} from now on"))


def end(asked: Asked) -> Response:
    """End a use case: its keys open nothing any more, and its evidence stays."""
    entry = retire(asked.system, asked.names["id"], author=asked.reader.person, reason=_reason(asked))
    left = f"; it did not wait for {', '.join(entry.left_open)}" if entry.left_open else ""
    return _back(asked, Said(f"{entry.use_case} is retired, and its keys open nothing{left}"))


def attest_it(asked: Asked) -> Response:
    """File somebody's word on a criterion or a control."""
    form = asked.form
    said = Attestation(
        about=tuple(each[:_ID_MAX] for each in form.get("about", "").split("\n") if each)[:20],
        statement=form.get("statement", ""),
        use_case=asked.names["id"],
        link=form.get("link", ""),
        expires=_day(form.get("expires", "")),
    )
    if not said.about:
        raise Conflict("nothing is named that it is about", help="choose a criterion or a control")
    entry = attest(asked.system, said, author=asked.reader.person)
    here = f"/use-cases/{asked.names['id']}/evidence"
    undo = {"evidence": entry.id, "reason": "Taken back at once.", "back": here}
    text = f"attested: {', '.join(entry.about)}; {entry.owner} answers for it"
    return _back(asked, Said(text, undo=f"{here}/withdraw", fields=undo), _from(asked))


def _from(asked: Asked) -> str:
    """Go back to where the form was: the checklist, or the evidence."""
    return "/evidence" if asked.form.get("back", "").partition("?")[0].endswith("/evidence") else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Conflict(f"`{text[:20]}` is no day", help="write it as year, month, day: 2026-12-31") from None


def withdraw(asked: Asked) -> Response:
    """Take evidence back; it counts for nothing from then on."""
    id, name = asked.form.get("evidence", "")[:_ID_MAX], asked.names["id"]
    row = asked.system.store.entry(id)
    if row is None or row.use_case != name:
        raise Conflict(f"`{name[:80]}` has no evidence `{id}`", help="load the page again")
    entry = withdraw_evidence(asked.system, id, author=asked.reader.person, reason=_reason(asked))
    return _back(asked, Said(f"{entry.withdraws} shows nothing any more"), "/evidence")


def issue(asked: Asked) -> Response:
    """Issue a key; the page that answers shows its secret, and nothing shows it again."""
    agent, days = asked.form.get("agent", ""), asked.form.get("days", "")
    if agent and not re.fullmatch(ID_PATTERN, agent):
        raise Conflict(f"`{agent[:80]}` is no agent's id", help="use lower-case letters, digits and hyphens")
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= DAYS_MAX):
        raise Conflict(f"`{days[:20]}` is no number of days", help=f"write 1 to {DAYS_MAX:,}, or nothing")
    expires = asked.system.clock.now() + timedelta(days=int(days)) if days else None
    name = asked.names["id"]
    issued = issue_key(asked.system, name, author=asked.reader.person, expires=expires, agent=agent)
    return asked.page("use_case_key.html", issued=issued, here=f"/use-cases/{name}")


def revoke(asked: Asked) -> Response:
    """Revoke a key; running servers refuse it within a second."""
    key_id, name = asked.form.get("key", "")[:_ID_MAX], asked.names["id"]
    if not any(each.id == key_id and each.use_case == name for each in asked.system.store.keys().values()):
        raise Conflict(f"`{name[:80]}` has no key `{key_id[:40]}`", help="load the page again")
    found = revoke_key(asked.system, key_id, author=asked.reader.person)
    return _back(asked, Said(f"key {found.id} is revoked; there is no way back, issue another"), "/access")


def opens(key: Key, now: datetime) -> bool:
    """Say whether a key still opens something."""
    return not key.revoked and (key.expires is None or key.expires > now)


def key_state(key: Key, now: datetime) -> str:
    """Say in a word how a key stands."""
    if key.revoked:
        return "revoked"
    if not opens(key, now):
        return "expired"
    return f"rotated, {key.successor} takes its place" if key.successor else "live"
