"""What the control API does: the operations that pages and commands call, by the same rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from remit.declare.declared import ID_PATTERN
from remit.kernel.errors import Conflict
from remit.operations.answer_approval import answer_approval
from remit.operations.apply_model import Applied
from remit.operations.attest import Attestation, attest
from remit.operations.issue_key import MODELS_MAX, NETWORKS_MAX, issue_key, revoke_key
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.propose_use_case import propose_use_case
from remit.operations.read_approvals import BATCH_MAX
from remit.operations.rights import require_revoke, require_stop
from remit.portal.api.route import ApiRoute, Call, Name, Nothing, Optional, Words
from remit.record.decided import KillSwitch
from remit.record.dossier_entry import Evidence

FIELDS_MAX = 40
FAULTS_SAID = 10
"""How many faults of a proposal are told in one answer."""


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer to requests. `seen` is the code that showed with them."""

    ids: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=BATCH_MAX)]
    said: Literal["approved", "denied"]
    seen: Optional = ""
    reason: Words = ""


@dataclass(frozen=True, slots=True)
class AnsweredOne:
    """A request that was answered: how it stands now, and what was carried out because of it."""

    id: str
    state: str
    done: str
    fault: str


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key for a use case; for one agent, some models or some networks, if they are named."""

    use_case: Name
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None
    agent: Annotated[str, msgspec.Meta(pattern=f"^$|{ID_PATTERN}", max_length=80)] = ""
    models: Annotated[list[Name], msgspec.Meta(max_length=MODELS_MAX)] = []
    networks: Annotated[list[Name], msgspec.Meta(max_length=NETWORKS_MAX)] = []


@dataclass(frozen=True, slots=True)
class KeyIssued:
    """A new key; `secret` is told once and kept nowhere."""

    id: str
    use_case: str
    secret: str
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """A key that opens nothing any more."""

    id: str
    use_case: str


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kill switch: what it stops, whether it is on, and why."""

    address: Name
    on: bool
    reason: Words = ""


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody attests: of a use case, of a unit, or with neither of the whole organisation."""

    about: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=20)]
    statement: Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]
    use_case: Optional = ""
    unit: Optional = ""
    owner: Optional = ""
    link: Annotated[str, msgspec.Meta(max_length=500)] = ""
    shown: date | None = None
    expires: date | None = None


class Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A use case as a file declares it. `though_alike` says that somebody looked at those it resembles."""

    id: Annotated[str, msgspec.Meta(pattern=ID_PATTERN, max_length=80)]
    declaration: Annotated[dict[str, Any], msgspec.Meta(max_length=FIELDS_MAX)]
    though_alike: bool = False


@dataclass(frozen=True, slots=True)
class ProposedOne:
    """A use case that is in force as of `version`, or waits for the consent of `waits_for` as `request`."""

    id: str
    state: Literal["in_force", "waits"]
    version: int | None = None
    request: str = ""
    waits_for: tuple[str, ...] = ()


def answer(call: Call) -> list[AnsweredOne]:
    """Answer requests in one go: all of them, or none where one cannot be answered by this person."""
    given: Answers = call.given
    call.require("answer")
    done = answer_approval(
        call.system,
        given.ids,
        said=given.said,
        author=call.person,
        seen=given.seen,
        reason=given.reason,
    )
    return [
        AnsweredOne(
            each.standing.request.id,
            each.standing.state,
            each.done,
            each.fault.summary if each.fault else "",
        )
        for each in done
    ]


def new_key(call: Call) -> KeyIssued:
    """Issue a key; its secret is told once."""
    given: NewKey = call.given
    call.require("issue_key", use_case=given.use_case)
    try:
        issued = issue_key(
            call.system,
            given.use_case,
            author=call.person,
            expires=call.system.clock.now() + timedelta(days=given.days) if given.days else None,
            agent=given.agent,
            models=given.models,
            networks=given.networks,
        )
    except ValueError:
        raise Conflict(
            "one of the networks is none", help="write networks such as `192.0.2.0/24`", code="invalid-value"
        ) from None
    return KeyIssued(issued.id, issued.use_case, issued.secret, issued.expires)


def revoke(call: Call) -> KeyRevoked:
    """Revoke a key; running servers refuse it within a second."""
    wanted = call.names["id"]
    require_revoke(call.system, call.person, wanted)
    found = revoke_key(call.system, wanted, author=call.person)
    return KeyRevoked(found.id, found.use_case)


def switch(call: Call) -> KillSwitch:
    """Stop an address, or let it go on."""
    given: Switch = call.given
    require_stop(call.system, call.person, given.address, on=given.on)
    if not given.on:
        return switch_off(call.system, given.address, author=call.person, reason=given.reason)
    if not given.reason.strip():
        raise Conflict("no reason was given", help="say why; whoever is refused reads it")
    return switch_on(call.system, given.address, author=call.person, reason=given.reason.strip())


def evidence(call: Call) -> Evidence:
    """Attest that something is so, with a date and a link."""
    given: Said = call.given
    call.require("attest", use_case=given.use_case, unit=given.unit)
    said = Attestation(
        about=tuple(given.about),
        statement=given.statement,
        use_case=given.use_case,
        unit=given.unit,
        owner=given.owner,
        link=given.link,
        shown=given.shown,
        expires=given.expires,
    )
    return attest(call.system, said, author=call.person)


def propose(call: Call) -> ProposedOne:
    """Propose a use case; it begins in Envision."""
    given: Proposal = call.given
    call.require("propose")
    done = propose_use_case(
        call.system, given.id, given.declaration, author=call.person, though_alike=given.though_alike
    )
    if done.faults:
        said = [f"{each.summary}: {each.help}" for each in done.faults[:FAULTS_SAID]]
        more = len(done.faults) - len(said)
        raise Conflict(
            f"{len(done.faults)} fault{'s' * (len(done.faults) > 1)} in what is declared",
            help="; ".join([*said, f"and {more} more"] if more else said),
            code="invalid-value",
        )
    if done.alike is not None:
        nearest = ", ".join(f"`{each.member.id}` ({each.score:.2f})" for each in done.alike.nearest)
        raise Conflict(
            f"it seems to do the job of {nearest}",
            help="join one, or say in `distinct_from` why it does another; `though_alike` passes this by",
        )
    if isinstance(done.applied, Applied):
        return ProposedOne(given.id, "in_force", version=done.applied.version)
    assert done.applied is not None, "it was applied, or waits"
    waiting = done.applied
    return ProposedOne(given.id, "waits", request=waiting.request.id, waits_for=waiting.waits_for)


WRITES = (
    ApiRoute("POST", "/api/use-cases", propose, ProposedOne, Proposal),
    ApiRoute("POST", "/api/inbox/answers", answer, list[AnsweredOne], Answers),
    ApiRoute("POST", "/api/keys", new_key, KeyIssued, NewKey),
    ApiRoute("POST", "/api/keys/{id}/revoke", revoke, KeyRevoked, Nothing),
    ApiRoute("POST", "/api/kill-switches", switch, KillSwitch, Switch),
    ApiRoute("POST", "/api/evidence", evidence, Evidence, Said),
)
