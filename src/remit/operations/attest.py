"""Attest: write down somebody's word on a criterion, a control or a practice, and take it back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from remit.decide.filed_facts import standing_evidence
from remit.declare.declared import ID_PATTERN
from remit.declare.gate import Criterion
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_unit, require_use_case
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.read_controls import controls_of
from remit.operations.system import RECORD, System
from remit.record.dossier_entry import Evidence
from remit.record.filed import FiledFilter

ABOUT_MAX = 20
LINK_MAX = 500
FILE_MAX = 50_000_000
"""Bytes of a file that is attested with; only its name and digest are kept."""

_CONTACT = r"[^@\s]{1,64}@[^@\s]{1,190}"


@dataclass(frozen=True, slots=True)
class Attestation:
    """What somebody says: of a use case, of a unit, or with neither of the whole organisation.

    Where no `owner` is named, it is whoever answers for what it is about. `file` is a name and what is in it.
    """

    about: tuple[str, ...]
    statement: str
    use_case: str = ""
    unit: str = ""
    owner: str = ""
    link: str = ""
    file: tuple[str, bytes] | None = None
    shown: date | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be attested of one kind, and what shows it.

    `known` are ids; where it is None, any id is taken.
    """

    what: str
    shown_by: str
    known: frozenset[str] | None = None


CATALOGUES: Mapping[str, Catalogue] = {
    "maturity": Catalogue("maturity practice", "remit maturity --items"),
}
"""What can be attested beside criteria of gates and controls, by what its address begins with."""


def attest(
    system: System,
    said: Attestation,
    *,
    author: str,
    catalogues: Mapping[str, Catalogue] = CATALOGUES,
) -> Evidence:
    """Write an attestation down; raises NotFound for what it cannot be about.

    What is measured cannot be attested: the figure itself has to show it.
    """
    fold_ledger(system)
    _, model = model_in_force(system)
    now = system.clock.now()
    today = now.astimezone(model.organisation.zone).date()
    owner = _owner(model, said)
    _check_words(said, owner, today)
    known = {**catalogues, "control": _attested_controls(model)}
    for address in said.about:
        _check_about(model, said, address, known)
    name, body = said.file or ("", b"")
    entry = Evidence(
        id=system.ids.new(now),
        at=now,
        use_case=said.use_case,
        unit=said.unit,
        source="attestation",
        about=tuple(dict.fromkeys(said.about)),
        shown=said.shown or today,
        expires=said.expires,
        statement=said.statement.strip(),
        link=said.link,
        file=name,
        digest=hashlib.sha256(body).hexdigest() if said.file else "",
        owner=owner,
        author=author,
    )
    return _write(system, lambda: entry)


def _attested_controls(model: OperatingModel) -> Catalogue:
    """List the controls that somebody's word can show; what is measured or declared is seen without it."""
    attested = {id for id, each in controls_of(model).items() if each.check == "attestation"}
    return Catalogue("control that is attested", "remit controls USE_CASE", frozenset(attested))


def withdraw_evidence(system: System, id: str, *, author: str, reason: str) -> Evidence:
    """Take evidence back; it counts for nothing from then on. Raises NotFound where there is none to take."""
    if not reason.strip() or len(reason) > REASON_MAX:
        raise _unsound(
            f"the reason has {len(reason):,} characters; 1 to {REASON_MAX:,} are kept",
            "say why in a sentence",
        )

    def withdrawal() -> Evidence:
        taken = find_evidence(system, id)
        if taken.id not in {each.id for each in read_evidence(system)}:
            raise Conflict(
                f"`{id[:40]}` is not evidence that stands", help="`remit evidence list` shows what stands"
            )
        now = system.clock.now()
        return Evidence(
            id=system.ids.new(now),
            at=now,
            use_case=taken.use_case,
            unit=taken.unit,
            source=taken.source,
            about=taken.about,
            shown=now.astimezone(model_in_force(system)[1].organisation.zone).date(),
            statement=reason.strip(),
            withdraws=taken.id,
            owner=taken.owner,
            author=author,
        )

    return _write(system, withdrawal)


def read_evidence(system: System, *, use_case: str | None = None, unit: str = "") -> list[Evidence]:
    """List what was given and not taken back, the oldest first; raises NotFound for what is not declared."""
    fold_ledger(system)
    _, model = model_in_force(system)
    if use_case:
        require_use_case(model, use_case)
    if unit:
        require_unit(model, unit)
    filed = system.store.filed(FiledFilter(kinds=(Evidence,), use_case=use_case))
    found = standing_evidence(each for each in filed if isinstance(each, Evidence))
    return [
        each
        for each in found
        if not unit
        or each.unit == unit
        or (each.use_case in model.use_cases and model.use_cases[each.use_case].unit == unit)
    ]


def find_evidence(system: System, id: str) -> Evidence:
    """Return evidence by its id, whether it was taken back or not; raises NotFound."""
    fold_ledger(system)
    filed = system.store.filed(FiledFilter(kinds=(Evidence,)))
    for each in filed:
        if isinstance(each, Evidence) and each.id == id:
            return each
    known = [each.id for each in filed]
    raise NotFound(
        f"no evidence `{id[:40]}` is recorded",
        help=did_you_mean(id, known, otherwise="`remit evidence list` shows all"),
    )


def _write(system: System, make: Callable[[], Evidence]) -> Evidence:
    with system.journals.exclusive(RECORD) as journal:
        # Nobody else writes here from now on, so what is looked at holds until it is written.
        fold_ledger(system)
        entry = make()
        journal.append([entry])
    fold_ledger(system)
    return entry


def _owner(model: OperatingModel, said: Attestation) -> str:
    if said.use_case and said.unit:
        raise _unsound("it is of a use case or of a unit, not of both", "name one of them")
    if said.use_case:
        require_use_case(model, said.use_case)
        return said.owner or model.owner_of(said.use_case)
    if said.unit:
        require_unit(model, said.unit)
        return said.owner or model.lead_of(said.unit)
    return said.owner or model.organisation.contact


def _check_words(said: Attestation, owner: str, today: date) -> None:
    if not re.fullmatch(_CONTACT, owner):
        raise _unsound(
            f"`{owner[:80]}` is not who can answer for it", "name a mail address of a role by `--owner`"
        )
    if not said.statement.strip() or len(said.statement) > REASON_MAX:
        raise _unsound(
            f"the statement has {len(said.statement):,} characters; 1 to {REASON_MAX:,} are kept",
            "say in a sentence or two what is so",
        )
    if said.link and (len(said.link) > LINK_MAX or not re.fullmatch(r"https?://\S+", said.link)):
        raise _unsound(
            "the link is no web address, or is too long",
            f"write an address that begins with `https://`, of at most {LINK_MAX} characters",
        )
    if said.file and len(said.file[1]) > FILE_MAX:
        raise RemitError(
            f"`{said.file[0][:80]}` has more than {FILE_MAX // 1_000_000} MB",
            help="attest with a summary of it, or with a link",
            code="file-too-large",
        )
    if said.shown is not None and said.shown > today:
        raise _unsound(f"{said.shown} is a day to come", "attest it when it is so")
    if said.expires is not None and said.expires < (said.shown or today):
        raise _unsound(f"it would have run out on {said.expires}", "name a later day, or none")
    if said.expires is not None and said.expires < today:
        raise _unsound(f"it ran out on {said.expires}", "name a day from today on, or none")


def _check_about(
    model: OperatingModel, said: Attestation, address: str, catalogues: Mapping[str, Catalogue]
) -> None:
    kind, _, rest = address.partition("/")
    if kind == "gate":
        _check_criterion(model, said, address)
    elif kind not in catalogues or not re.fullmatch(ID_PATTERN, rest):
        raise NotFound(
            f"`{address[:120]}` is nothing that can be attested",
            help="write `gate/STAGE/CRITERION`, " + " or ".join(f"`{each}/ID`" for each in catalogues),
        )
    elif (known := catalogues[kind].known) is not None and rest not in known:
        raise NotFound(
            f"there is no {catalogues[kind].what} `{rest}`",
            help=did_you_mean(rest, known, otherwise=f"`{catalogues[kind].shown_by}` names them"),
        )


def _check_criterion(model: OperatingModel, said: Attestation, address: str) -> None:
    if not said.use_case:
        raise _unsound(f"`{address[:120]}` is a use case's to pass", "name the use case by `--use-case`")
    criteria: dict[str, Criterion] = {
        f"gate/{stage}/{id}": each
        for stage, gate in model.gates.items()
        for id, each in (
            *gate.criteria.items(),
            *((f"kill/{id}", kill) for id, kill in gate.kill.items()),
            *((f"park/{id}", park) for id, park in gate.park.items()),
        )
    }
    criterion = criteria.get(address)
    attestable = _attestable(criteria)
    if criterion is None:
        raise NotFound(
            f"no gate has the criterion `{address[:120]}`",
            help=did_you_mean(address, attestable, otherwise="`remit gate list` shows all"),
        )
    if criterion.evidence != "attestation":
        shows = "consent to its review" if criterion.evidence == "approval" else f"`{criterion.measure}`"
        raise _unsound(
            f"`{address}` is not shown by somebody's word, but by {shows}",
            criterion.help,
        )


def _attestable(criteria: Mapping[str, Criterion]) -> Sequence[str]:
    return [address for address, each in criteria.items() if each.evidence == "attestation"]


def _unsound(summary: str, help: str) -> RemitError:
    return RemitError(summary, help=help, code="attestation-unsound")
