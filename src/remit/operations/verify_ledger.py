"""Verify the ledger: walk every journal from its first line, against its seals and the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import lt, ne

import msgspec

from remit.decide.finops.statement import faults_of
from remit.kernel.errors import JournalError, NotFound, RemitError
from remit.kernel.money import EXACT, ZERO, canonical
from remit.operations.system import CONTROL, RECORD, System
from remit.operations.verify_guardrail_charges import GuardedWalk
from remit.operations.verify_lake import LakeWalk
from remit.operations.verify_outcomes import OutcomeWalk
from remit.record.call_entry import Call, Hold, Mark
from remit.record.chain import Broken, Position, leaf, start, walk
from remit.record.decided import Apply, PeriodClosed
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import LetGo, Seal, SealKey
from remit.record.ledgered import Ledgered, decode
from remit.record.outcome_entry import Outcome
from remit.record.projection import row_of
from remit.record.seal import Newest, Parts, against_newest, digest, faults_among, first_of, hash_of, keys_of
from remit.record.stage_ground import StageGrounds
from remit.record.standing import Charged, Whose
from remit.record.tool_entry import ToolCalled

_BYTES = 8 << 20
_TRIES = 3
FAULTS_MAX = 1_000
"""How many faults are told; whoever rewrote everything need not be told of each line."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal: whoever keeps its number and digest elsewhere can tell later if it was replaced."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found. `faults` is empty if every entry is as it was written and none is missing.

    `sealed` counts the lines that a seal closes. `first_key` is the fingerprint of the first key that sealed.
    Of the lines `in_lake` alone, `expired` say no more than their leaf, because their time was over; those
    that are `unreachable` lie in archived files that could not be read.
    """

    entries: int
    journals: int
    bytes: int
    faults: tuple[str, ...]
    sealed: int = 0
    seals: int = 0
    head: Head | None = None
    first_key: str = ""
    in_lake: int = 0
    expired: int = 0
    unreachable: int = 0


Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Walk:
    """What one walk over all journals gathers."""

    system: System
    progress: Progress
    faults: list[str] = field(default_factory=list)
    posted: dict[str, Decimal] = field(default_factory=dict)
    charged: dict[Whose, Charged] = field(default_factory=dict)
    folded: Mapping[str, Position] = field(default_factory=dict)
    stages: StageGrounds = field(default_factory=StageGrounds)
    groundless: list[str] = field(default_factory=list)
    guarded: GuardedWalk = field(default_factory=GuardedWalk)
    outcomes: OutcomeWalk = field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = OutcomeWalk(self.system)

    def post(self, entry: Call | GuardrailCharge | ToolCalled) -> None:
        for account in entry.accounts:
            self.posted[account] = EXACT.add(self.posted.get(account, ZERO), entry.charge)

    def add(self, call: Call) -> None:
        self.post(call)
        whose = Whose(call.purpose.use_case, call.currency, call.simulated)
        calls, charge = self.charged.get(whose, (0, ZERO))
        self.charged[whose] = Charged(calls + 1, EXACT.add(charge, call.charge))
        self.outcomes.call(call)

    def _sum(self, entry: Call | Outcome | GuardrailCharge | ToolCalled) -> None:
        if isinstance(entry, Call):
            self.add(entry)
        elif isinstance(entry, Outcome):
            self.outcomes.outcome(entry)
        elif isinstance(entry, ToolCalled):
            self.post(entry)
            self.guarded.add_tool(entry)
        else:
            self.post(entry)
            self.guarded.add(entry)

    def take(self, name: str, number: int, body: bytes) -> Ledgered | None:
        """Read an entry and sum up what it posted, if the store has taken it in."""
        entry = _entry(body)
        if entry is None:
            self.faults.append(f"journal `{name}`, line {number}: the line is not an entry")
            return None
        if isinstance(entry, Call | Outcome | GuardrailCharge | ToolCalled):
            folded = self.folded.get(name)
            if folded is not None and number <= folded.lines:
                self._sum(entry)
        elif name == CONTROL:
            self.groundless += self.stages.take(entry)
            if isinstance(entry, Apply):
                self.outcomes.applied(entry)
        elif isinstance(entry, PeriodClosed):
            self.faults += faults_of(entry, _text(self.system, entry.digest))
        return entry


def verify_ledger(
    system: System,
    *,
    kept: Head | None = None,
    progress: Progress = lambda name, done, size: None,
) -> Verification:
    """Find any entry that was changed, removed, reordered or inserted, and name it.

    One that was put at the end is as it was written; if it moves a use case to a stage that no review led to,
    it is named as well.

    Whoever can rewrite the journals and the store alike must forge the seals as well, and what is kept of the
    newest one under the secret; and whoever has that is found by a head that was `kept` elsewhere.

    Where a journal was let go of meanwhile, some of it was looked for in vain, and all is done again.
    """
    for _ in range(_TRIES - 1):
        before = system.store.let_go()
        try:
            found = _verified(system, kept, progress)
        except JournalError as error:
            if error.code != "journal-let-go" or system.store.let_go() == before:
                raise
            continue
        if not found.faults or system.store.let_go() == before:
            return found
    return _verified(system, kept, progress)


def _verified(system: System, kept: Head | None, progress: Progress) -> Verification:
    found = _Walk(system, progress)
    # Before the seals are read: one that is made meanwhile is then one more.
    newest, unread = _newest(system)
    keys, seals, let_go = _kept(system)
    opened, faults = keys_of(keys)
    found.faults += faults + faults_among(seals, opened) + _against(kept, seals)
    found.faults += unread or against_newest(newest, keys, seals)
    in_lake = LakeWalk(system, found.take)
    entries = size = 0
    # At one moment: others may fold while this goes on.
    standing = system.store.standing()
    positions = found.folded = standing.positions
    names = sorted({*system.journals.names(), *positions, *(seal.journal for seal in seals)})
    for name in names:
        own = Parts([seal for seal in seals if seal.journal == name])
        gone = let_go.get(name)
        if gone is not None:
            beyond = _beyond(name, gone, own.seals)
            found.faults += beyond
            if not beyond:
                in_lake.walk(name, own, gone)
        walked = _walk(found, name, gone or start(name), positions.get(name), own)
        entries += walked.lines
        size += walked.offset
        found.faults += own.faults
    found.faults += map(_stray, system.store.strays(limit=FAULTS_MAX))
    in_lake.ended()
    found.faults += in_lake.faults
    if not found.faults:
        exact = in_lake.exact
        found.faults += _balances(standing.posted, found.posted, exact=exact)
        rolled = _rolled(standing.charged, found.charged, exact=exact)
        found.faults += rolled + found.guarded.ended(standing.guarded, exact=exact)
        found.faults += found.outcomes.ended(standing, whole=not in_lake.missing, exact=exact)
        # What lies in a file that could not be read may be the ground.
        found.faults += () if in_lake.missing else found.groundless
    return Verification(
        entries,
        len(names),
        size,
        tuple(found.faults[:FAULTS_MAX]),
        sealed=sum(seal.lines for seal in seals),
        seals=len(seals),
        head=Head(seals[-1].number, digest(seals[-1])) if seals else None,
        first_key=first_of(keys),
        in_lake=in_lake.lines + in_lake.missing,
        expired=in_lake.expired,
        unreachable=in_lake.missing,
    )


def _text(system: System, digest: str) -> bytes | None:
    try:
        return system.store.text(digest)
    except NotFound:
        return None


def _newest(system: System) -> tuple[Newest | None, list[str]]:
    """Read what is kept of the newest seal; where it cannot be read, whoever reads is told."""
    try:
        return system.signer.newest(), []
    except RemitError as error:
        return None, [error.summary]


def _kept(system: System) -> tuple[list[SealKey], list[Seal], dict[str, Position]]:
    """Read keys, seals and what was let go of; where their journal breaks, the walk over it says so."""
    keys: list[SealKey] = []
    seals: list[Seal] = []
    let_go: dict[str, Position] = {}
    at, total = start(RECORD), system.journals.size(RECORD)
    while at.offset < total:
        before = at
        for step in walk(system.journals.read(RECORD, at.offset, bytes_max=_BYTES), at):
            if isinstance(step, Broken):
                return keys, seals, let_go
            at, body = step
            entry = _entry(body)
            if isinstance(entry, SealKey):
                keys.append(entry)
            elif isinstance(entry, Seal):
                seals.append(entry)
            elif isinstance(entry, LetGo):
                let_go[entry.journal] = Position(entry.lines, entry.bytes, hash_of(entry.hash))
        if at == before:
            break
    return keys, seals, let_go


def _beyond(name: str, gone: Position, seals: Sequence[Seal]) -> list[str]:
    """Say if more of a journal was let go of than was sealed."""
    if seals and seals[-1].first - 1 + seals[-1].lines >= gone.lines:
        return []
    return [f"journal `{name}`, line {gone.lines}: it was let go of up to here, and is not sealed"]


def _against(kept: Head | None, seals: Sequence[Seal]) -> list[str]:
    if kept is None:
        return []
    if kept.number > len(seals):
        return [f"seal {kept.number} was kept elsewhere, and the ledger has {len(seals)}"]
    if kept.number < 1 or digest(seals[kept.number - 1]) != kept.digest:
        return [f"seal {kept.number} is not the one that was kept elsewhere"]
    return []


def _walk(found: _Walk, name: str, at: Position, folded: Position | None, parts: Parts) -> Position:
    """Walk what is left of a journal, from where it was let go of."""
    system, faults = found.system, found.faults
    total, meets_store = system.journals.size(name), folded is None or folded.lines < at.lines or folded == at
    if (first := next(iter(system.journals.segments(name)), 0)) > at.offset:
        faults.append(
            f"journal `{name}`, line {at.lines + 1} (byte {at.offset}): the journal begins at byte {first}"
        )
        return at
    while at.offset < total:
        before = at
        lines: list[tuple[int, bytes]] = []
        for step in walk(system.journals.read(name, at.offset, bytes_max=_BYTES), at):
            if isinstance(step, Broken):
                _compare(found, name, lines)
                faults.append(f"journal `{name}`, line {step.number} (byte {step.offset}): {step.reason}")
                return at
            at, body = step
            parts.line(at.lines, leaf(body), at.hash)
            if folded is not None and at.lines == folded.lines:
                meets_store = at == folded
            if folded is not None and at.lines <= folded.lines:
                lines.append((at.lines, body))
        _compare(found, name, lines)
        found.progress(name, at.offset, total)
        if at == before:
            faults.append(f"journal `{name}`, line {at.lines + 1} (byte {at.offset}): the line has no end")
            return at
    if not meets_store:
        assert folded is not None
        what = "it ends early" if at.lines < folded.lines else "another line stands there"
        faults.append(f"journal `{name}`, line {folded.lines}: the store took in a line here and {what}")
    parts.ended(at.lines)
    return at


def _compare(found: _Walk, name: str, lines: Sequence[tuple[int, bytes]]) -> None:
    """Compare folded lines with the store's copies of them, and sum up what they posted."""
    if not lines:
        return
    copies = {row.line: row for row in found.system.store.copies(name, first=lines[0][0], last=lines[-1][0])}
    for number, body in lines:
        entry = found.take(name, number, body)
        row = copies.get(number)
        if entry is None:
            continue
        if isinstance(entry, Hold | Mark):
            if row is not None:
                found.faults.append(_stray(row.id))
            continue
        if row is None or row != row_of(entry, body, name, number):
            what = "is missing from" if row is None else "differs in"
            found.faults.append(f"entry `{entry.id}` (journal `{name}`, line {number}) {what} the store")


def _stray(id: str) -> str:
    return f"entry `{id}` is in the store and in no journal"


def _entry(body: bytes) -> Ledgered | None:
    try:
        return decode(body)
    except msgspec.DecodeError:
        return None


def _balances(kept: Mapping[str, Decimal], posted: Mapping[str, Decimal], *, exact: bool) -> list[str]:
    """Hold the store's balances against the exact sums of the entries; some may be gone, unless `exact`."""
    wrong = ne if exact else lt
    return [
        f"account `{name}` is {canonical(kept.get(name, ZERO))} in the store and"
        f" {canonical(posted.get(name, ZERO))} by its entries"
        for name in sorted({*kept, *posted})
        if wrong(kept.get(name, ZERO), posted.get(name, ZERO))
    ]


def _rolled(
    kept: Mapping[str, Mapping[Whose, Charged]], charged: Mapping[Whose, Charged], *, exact: bool
) -> list[str]:
    """Hold what reports are made from against the entries."""
    none = Charged(0, ZERO)
    return [
        f"roll-ups {what} of use case `{whose.use_case}` say {_said(sums.get(whose, none), whose)}, and its"
        f" entries {_said(charged.get(whose, none), whose)}"
        for what, sums in kept.items()
        for whose in sorted({*sums, *charged})
        if _differ(sums.get(whose, none), charged.get(whose, none), exact=exact)
    ]


def _differ(kept: Charged, charged: Charged, *, exact: bool) -> bool:
    return kept != charged if exact else kept.calls < charged.calls or kept.charge < charged.charge


def _said(charged: Charged, whose: Whose) -> str:
    return f"{charged.calls:,} calls for {canonical(charged.charge)} {whose.currency}"
