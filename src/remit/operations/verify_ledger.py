"""Verify the ledger: walk every journal from its first line, against its seals and the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from remit.kernel.errors import RemitError
from remit.kernel.money import EXACT, ZERO, canonical
from remit.operations.system import RECORD, System
from remit.record.call_entry import Call, Hold, Mark
from remit.record.chain import Broken, Position, leaf, start, walk
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import Ledgered, decode
from remit.record.projection import row_of
from remit.record.seal import Newest, Parts, against_newest, digest, faults_among, first_of, keys_of
from remit.record.standing import Charged, Whose

_BYTES = 8 << 20
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
    """

    entries: int
    journals: int
    bytes: int
    faults: tuple[str, ...]
    sealed: int = 0
    seals: int = 0
    head: Head | None = None
    first_key: str = ""


Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Walk:
    """What one walk over all journals gathers."""

    system: System
    progress: Progress
    faults: list[str] = field(default_factory=list)
    posted: dict[str, Decimal] = field(default_factory=dict)
    charged: dict[Whose, Charged] = field(default_factory=dict)

    def add(self, call: Call) -> None:
        for account in call.accounts:
            self.posted[account] = EXACT.add(self.posted.get(account, ZERO), call.charge)
        whose = Whose(call.purpose.use_case, call.currency, call.simulated)
        calls, charge = self.charged.get(whose, (0, ZERO))
        self.charged[whose] = Charged(calls + 1, EXACT.add(charge, call.charge))


def verify_ledger(
    system: System,
    *,
    kept: Head | None = None,
    progress: Progress = lambda name, done, size: None,
) -> Verification:
    """Find any entry that was changed, removed, reordered or inserted, and name it.

    Whoever can rewrite the journals and the store alike must forge the seals as well, and what is kept of the
    newest one under the secret; and whoever has that is found by a head that was `kept` elsewhere.
    """
    found = _Walk(system, progress)
    # Before the seals are read: one that is made meanwhile is then one more.
    newest, unread = _newest(system)
    keys, seals = _seals(system)
    opened, faults = keys_of(keys)
    found.faults += faults + faults_among(seals, opened) + _against(kept, seals)
    found.faults += unread or against_newest(newest, keys, seals)
    entries = size = 0
    # At one moment: others may fold while this goes on.
    standing = system.store.standing()
    positions = standing.positions
    names = sorted({*system.journals.names(), *positions, *(seal.journal for seal in seals)})
    for name in names:
        own = Parts([seal for seal in seals if seal.journal == name])
        walked = _walk(found, name, positions.get(name), own)
        entries += walked.lines
        size += walked.offset
        found.faults += own.faults
    found.faults += map(_stray, system.store.strays(limit=FAULTS_MAX))
    if not found.faults:
        found.faults += _balances(standing.posted, found.posted) + _rolled(standing.charged, found.charged)
    return Verification(
        entries,
        len(names),
        size,
        tuple(found.faults[:FAULTS_MAX]),
        sealed=sum(seal.lines for seal in seals),
        seals=len(seals),
        head=Head(seals[-1].number, digest(seals[-1])) if seals else None,
        first_key=first_of(keys),
    )


def _newest(system: System) -> tuple[Newest | None, list[str]]:
    """Read what is kept of the newest seal; where it cannot be read, whoever reads is told."""
    try:
        return system.signer.newest(), []
    except RemitError as error:
        return None, [error.summary]


def _seals(system: System) -> tuple[list[SealKey], list[Seal]]:
    """Read the seals and their keys from their journal; where it breaks, the walk over it says so."""
    keys: list[SealKey] = []
    seals: list[Seal] = []
    at, total = start(RECORD), system.journals.size(RECORD)
    while at.offset < total:
        before = at
        for step in walk(system.journals.read(RECORD, at.offset, bytes_max=_BYTES), at):
            if isinstance(step, Broken):
                return keys, seals
            at, body = step
            entry = _entry(body)
            if isinstance(entry, SealKey):
                keys.append(entry)
            elif isinstance(entry, Seal):
                seals.append(entry)
        if at == before:
            break
    return keys, seals


def _against(kept: Head | None, seals: Sequence[Seal]) -> list[str]:
    if kept is None:
        return []
    if kept.number > len(seals):
        return [f"seal {kept.number} was kept elsewhere, and the ledger has {len(seals)}"]
    if kept.number < 1 or digest(seals[kept.number - 1]) != kept.digest:
        return [f"seal {kept.number} is not the one that was kept elsewhere"]
    return []


def _walk(found: _Walk, name: str, folded: Position | None, parts: Parts) -> Position:
    system, faults = found.system, found.faults
    at, total, meets_store = start(name), system.journals.size(name), folded is None
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
        entry = _entry(body)
        if entry is None:
            found.faults.append(f"journal `{name}`, line {number}: the line is not an entry")
            continue
        row = copies.get(number)
        if isinstance(entry, Hold | Mark):
            if row is not None:
                found.faults.append(_stray(row.id))
            continue
        if isinstance(entry, Call):
            found.add(entry)
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


def _balances(kept: Mapping[str, Decimal], posted: Mapping[str, Decimal]) -> list[str]:
    """Hold the store's balances against the exact sums of the entries."""
    return [
        f"account `{name}` is {canonical(kept.get(name, ZERO))} in the store and"
        f" {canonical(posted.get(name, ZERO))} by its entries"
        for name in sorted({*kept, *posted})
        if kept.get(name, ZERO) != posted.get(name, ZERO)
    ]


def _rolled(kept: Mapping[str, Mapping[Whose, Charged]], charged: Mapping[Whose, Charged]) -> list[str]:
    """Hold what reports are made from against the entries."""
    none = Charged(0, ZERO)
    return [
        f"roll-ups {what} of use case `{whose.use_case}` say {_said(sums.get(whose, none), whose)}, and its"
        f" entries {_said(charged.get(whose, none), whose)}"
        for what, sums in kept.items()
        for whose in sorted({*sums, *charged})
        if sums.get(whose, none) != charged.get(whose, none)
    ]


def _said(charged: Charged, whose: Whose) -> str:
    return f"{charged.calls:,} calls for {canonical(charged.charge)} {whose.currency}"
