"""Let persons in: a token that signs in once, sessions, and tokens of the control API; all are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.decide.rights import ADMINISTRATOR
from remit.decide.roles import people
from remit.enforce.way_in import API_TOKEN, SESSION, SIGN_IN, WayIn, ref_of
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import current_model
from remit.operations.system import RECORD, System
from remit.record.access_entry import Access, AccessChange

SIGN_IN_HOURS = 12
SESSION_HOURS = 12
TOKEN_DAYS_MAX = 366
TOKEN_PREFIX = "remit-person-"  # noqa: S105 (what each begins with, so that scanners for secrets find one)
_NAMED_MAX = 12


@dataclass(frozen=True, slots=True)
class Issued:
    """A new way in; `secret` is shown once and kept nowhere."""

    ref: str
    person: str
    secret: str
    until: datetime


def sign_in_token(system: System, person: str) -> str:
    """Make a token that signs a person in once, whoever they are: of who starts the servers."""
    until = system.clock.now() + timedelta(hours=SIGN_IN_HOURS)
    return _issue(system, person, author=person, purpose=SIGN_IN, until=until).secret


def make_sign_in(system: System, person: str, *, author: str) -> Issued:
    """Make a token that signs a person in once; raises NotFound for nobody whom the operating model names."""
    _require_person(system, person)
    until = system.clock.now() + timedelta(hours=SIGN_IN_HOURS)
    return _issue(system, person, author=author, purpose=SIGN_IN, until=until)


def issue_token(system: System, person: str, *, author: str, days: int) -> Issued:
    """Make a token with which a person uses the control API; raises NotFound as a sign-in does."""
    assert 1 <= days <= TOKEN_DAYS_MAX, "the door reads the days"
    _require_person(system, person)
    until = system.clock.now() + timedelta(days=days)
    return _issue(system, person, author=author, purpose=API_TOKEN, until=until)


def begin_session(system: System, person: str, *, issuer: str = "") -> Issued:
    """Begin a session for a person who has shown who they are."""
    until = system.clock.now() + timedelta(hours=SESSION_HOURS)
    return _issue(system, person, author=person, purpose=SESSION, until=until, issuer=issuer)


def holder_of(system: System, secret: str, *, purpose: str) -> str | None:
    """Return whose way in this is, or None where it is not good."""
    if not secret or len(secret) > 200:
        return None
    return system.store.pass_holder(system.hash_secret(secret), purpose=purpose, now=system.clock.now())


def read_ways_in(system: System, *, purpose: str, person: str = "") -> list[WayIn]:
    """List what is still good, of one person or of all, what ends last first."""
    found = system.store.passes(purpose=purpose, now=system.clock.now())
    return [each for each in found if person in ("", each.person)]


def end_way_in(system: System, ref: str, *, purpose: str, author: str, person: str = "") -> WayIn:
    """End a session or a token at once; raises NotFound where none is named so, or it is another's."""
    found = [each for each in read_ways_in(system, purpose=purpose, person=person) if each.ref == ref]
    if not found:
        command = "session" if purpose == SESSION else "token"
        raise NotFound(
            f"no {command} `{ref[:40]}` is good any more", help=f"`remit {command} list` shows those that are"
        )
    [way] = found[:1]
    system.store.take_pass(way.hash, purpose=purpose, now=system.clock.now())
    change: AccessChange = "session_ended" if purpose == SESSION else "token_revoked"
    _record(system, change, way.ref, person=way.person, author=author)
    return way


_MADE: dict[str, AccessChange] = {SIGN_IN: "sign_in_made", SESSION: "signed_in", API_TOKEN: "token_issued"}


def _issue(
    system: System, person: str, *, author: str, purpose: str, until: datetime, issuer: str = ""
) -> Issued:
    secret = (TOKEN_PREFIX if purpose == API_TOKEN else "") + system.ids.secret()
    hashed = system.hash_secret(secret)
    # Recorded first: no way in is ever good that the ledger does not know of.
    _record(system, _MADE[purpose], ref_of(hashed), person=person, author=author, until=until, issuer=issuer)
    system.store.put_pass(hashed, purpose=purpose, until=until, holder=person)
    return Issued(ref_of(hashed), person, secret, until)


def _record(
    system: System,
    change: AccessChange,
    ref: str,
    *,
    person: str,
    author: str,
    until: datetime | None = None,
    issuer: str = "",
) -> None:
    now = system.clock.now()
    entry = Access(
        id=system.ids.new(now),
        at=now,
        change=change,
        ref=ref,
        person=person,
        author=author,
        until=until,
        issuer=issuer,
    )
    with system.journals.exclusive(RECORD) as journal:
        journal.append([entry])
    fold_ledger(system)


def _require_person(system: System, person: str) -> None:
    if person == ADMINISTRATOR:
        return
    fold_ledger(system)
    current = current_model(system)
    known = people(current[1]) if current else {}
    if person in known:
        return
    few = ", ".join(sorted(known)[:_NAMED_MAX])
    more = f", and {len(known) - _NAMED_MAX:,} more" if len(known) > _NAMED_MAX else ""
    raise NotFound(
        f"`{person[:80]}` is nobody whom the operating model names",
        help=did_you_mean(
            person, known, otherwise=f"name one of {few}{more}" if known else "apply one first"
        ),
        code="undeclared-person",
    )
