"""Seal the ledger: close what is folded, so that whoever changes any of it later must forge a signature."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence

import msgspec

from remit.kernel.errors import Conflict, RemitError
from remit.operations.fold_ledger import broken, fold_ledger
from remit.operations.system import RECORD, System
from remit.ports import Journal
from remit.record.chain import Broken, Position, leaf, start, walk
from remit.record.entry import Entry
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import decode
from remit.record.merkle import Tree
from remit.record.seal import Newest, digest, endorsed_bytes, first_of, key_name, signed_bytes

LINES_MAX = 1 << 20
"""The most lines that one seal closes; the path of a proof then has twenty hashes."""

_BYTES = 8 << 20


class _Part(msgspec.Struct, frozen=True):
    """Lines of a journal that no seal closes yet."""

    journal: str
    before: Position
    after: Position
    root: bytes
    speaks: bool
    """Whether there is anything in it but seals and their keys."""


def seal_ledger(system: System, *, author: str) -> list[Seal]:
    """Close whatever is new in all journals; returns the seals, none if nothing is new.

    What is closed is brought to the disk first. Raises Conflict if somebody else seals at the same time.
    """
    fold_ledger(system)
    last = system.store.last_seal()
    parts = list(_parts(system))
    if not any(part.speaks for part in parts):
        return []
    for name in dict.fromkeys(part.journal for part in parts):
        system.journals.sync(name)
    with system.journals.exclusive(RECORD) as journal:
        fold_ledger(system, (RECORD,))
        if system.store.last_seal() != last:
            raise Conflict("somebody else has sealed the ledger just now", help="there is nothing to do")
        _require_key(system, journal, author)
        seals: list[Seal] = []
        for part in parts:
            last = _sealed(system, part, last)
            seals.append(last)
        journal.append(seals)
        journal.sync()
        fold_ledger(system, (RECORD,))
        first = first_of(system.store.seal_keys())
        system.signer.keep(Newest(first, seals[-1].number, digest(seals[-1])))
    return seals


def rotate_key(system: System, *, author: str) -> SealKey:
    """Have seals signed with a new key from here on, endorsed by the one before."""
    fold_ledger(system)
    with system.journals.exclusive(RECORD) as journal:
        fold_ledger(system, (RECORD,))
        _require_key(system, journal, author)
        fold_ledger(system, (RECORD,))
        public = system.signer.next_public()
        entry = _key_entry(
            system,
            public,
            author=author,
            previous=key_name(system.signer.public()),
            endorsement=system.signer.sign(endorsed_bytes(public)),
        )
        journal.append([entry])
        journal.sync()
        system.signer.take_next()
    fold_ledger(system, (RECORD,))
    return entry


def _require_key(system: System, journal: Journal, author: str) -> None:
    """See that the ledger knows the key that signs; one whose taking up was cut short is taken up now."""
    known = system.store.seal_keys()
    _meets_newest(system, known)
    name = key_name(system.signer.public())
    if known and known[-1].key != name and key_name(system.signer.next_public()) == known[-1].key:
        system.signer.take_next()
        name = known[-1].key
    if known and known[-1].key == name:
        return
    # A key that nobody endorses, because the one before is lost, is written down and found by `verify`.
    previous = known[-1].key if known else ""
    journal.append([_key_entry(system, system.signer.public(), author=author, previous=previous)])


def _meets_newest(system: System, known: Sequence[SealKey]) -> None:
    """See that the last seal that was made here is still there; nothing is sealed where it is not."""
    newest, last = system.signer.newest(), system.store.last_seal()
    if newest is None or not newest.number:
        return
    reached = last.number if last else 0
    replaced = reached == newest.number and last is not None and digest(last) != newest.digest
    if first_of(known) != newest.first_key or reached < newest.number or replaced:
        raise RemitError(
            f"seal {newest.number}, which was made here, is not in the ledger any more",
            help="run `remit ledger verify`, and restore the data directory from one copy",
            code="seals-replaced",
        )


def _key_entry(
    system: System, public: bytes, *, author: str, previous: str = "", endorsement: str = ""
) -> SealKey:
    now = system.clock.now()
    return SealKey(
        id=system.ids.new(now),
        at=now,
        key=key_name(public),
        public=b64encode(public).decode(),
        previous=previous,
        endorsement=endorsement,
        author=author,
    )


def _sealed(system: System, part: _Part, last: Seal | None) -> Seal:
    now = system.clock.now()
    seal = Seal(
        id=system.ids.new(now),
        at=now,
        number=last.number + 1 if last else 1,
        journal=part.journal,
        first=part.before.lines + 1,
        lines=part.after.lines - part.before.lines,
        offset=part.before.offset,
        bytes=part.after.offset - part.before.offset,
        after=part.before.hash.hex(),
        hash=part.after.hash.hex(),
        root=part.root.hex(),
        previous=digest(last) if last else "",
        key=key_name(system.signer.public()),
    )
    return msgspec.structs.replace(seal, signature=system.signer.sign(signed_bytes(seal)))


def _parts(system: System) -> Iterator[_Part]:
    """Take what is folded and not sealed of each journal, in parts of at most so many lines."""
    folded, sealed = system.store.positions(), system.store.sealed()
    for name in sorted(folded):
        at = sealed.get(name, start(name))
        while at.lines < folded[name].lines:
            part = _part(system, name, at, folded[name].lines)
            yield part
            at = part.after


def _part(system: System, name: str, before: Position, lines: int) -> _Part:
    tree, at, speaks = Tree(), before, False
    last = min(lines, before.lines + LINES_MAX)
    while at.lines < last:
        data = system.journals.read(name, at.offset, bytes_max=_BYTES)
        if not data:
            raise broken(name, Broken(at.lines, at.offset, "the journal ends before what was taken in"))
        for step in walk(data, at):
            if isinstance(step, Broken):
                raise broken(name, step)
            at, body = step
            tree.add(leaf(body))
            speaks = speaks or name != RECORD or not isinstance(_entry(body), Seal | SealKey)
            if at.lines == last:
                break
    return _Part(name, before, at, tree.root(), speaks)


def _entry(body: bytes) -> Entry:
    return decode(body)
