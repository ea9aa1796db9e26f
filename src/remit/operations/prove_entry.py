"""Prove an entry: what an auditor can check without the rest of the ledger."""

from __future__ import annotations

from remit.kernel.errors import RemitError
from remit.operations.find_entries import find_entry
from remit.operations.fold_ledger import broken, fold_ledger
from remit.operations.sealed_lines import require_sealed
from remit.operations.system import System
from remit.record.chain import Broken, Position, leaf, walk
from remit.record.keeping import Seal
from remit.record.merkle import root
from remit.record.projection import Row
from remit.record.proof import Proof, proof_of

_BYTES = 8 << 20


def prove_entry(system: System, id: str) -> Proof:
    """Make the proof of an entry; raises NotFound, or RemitError where it is not sealed yet."""
    fold_ledger(system)
    row = find_entry(system, id)
    seal = system.store.seal_of(row.journal, row.line)
    if seal is None:
        raise RemitError(
            f"entry `{id[:40]}` is not sealed yet",
            help="run `remit ledger seal`, or wait: a running portal seals every hour",
            code="not-sealed",
        )
    if seal.offset < system.journals.segments(row.journal)[0]:
        leaves = list(
            system.make_lake().leaves(row.journal, first=seal.first, last=seal.first - 1 + seal.lines)
        )
        require_sealed(seal, leaves)
        return _proof(system, row, leaves, seal)
    leaves, body = _leaves(system, seal, row.line)
    if root(leaves).hex() != seal.root or body != row.body:
        where = Broken(row.line, seal.offset, f"seal {seal.number} closed other lines than stand there")
        raise broken(row.journal, where)
    return _proof(system, row, leaves, seal)


def _proof(system: System, row: Row, leaves: list[bytes], seal: Seal) -> Proof:
    keys = tuple(system.store.seal_keys())
    return proof_of(row.body, line=row.line, leaves=leaves, seal=seal, keys=keys)


def _leaves(system: System, seal: Seal, line: int) -> tuple[list[bytes], bytes]:
    """Read the leaves of all lines under a seal, and the entry of one of them."""
    at = Position(seal.first - 1, seal.offset, bytes.fromhex(seal.after))
    leaves: list[bytes] = []
    found = b""
    while len(leaves) < seal.lines:
        data = system.journals.read(seal.journal, at.offset, bytes_max=_BYTES)
        if not data:
            raise broken(seal.journal, Broken(at.lines, at.offset, "the journal ends before its seal"))
        for step in walk(data, at):
            if isinstance(step, Broken):
                raise broken(seal.journal, step)
            at, body = step
            leaves.append(leaf(body))
            if at.lines == line:
                found = body
            if len(leaves) == seal.lines:
                break
    return leaves, found
