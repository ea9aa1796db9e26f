"""Proofs: that one entry stands under a seal, for somebody who has nothing else of the ledger."""

from __future__ import annotations

import re

import msgspec

from remit.record.chain import leaf
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import decode
from remit.record.merkle import path, root_by
from remit.record.seal import digest, first_of, keys_of, signed_bytes, verifies

_HASH = re.compile("[0-9a-f]{64}")
PATH_MAX = 64


class Proof(msgspec.Struct, frozen=True):
    """An entry, its place, the path from it to the root of its seal, and the keys from the first one on.

    `entry` is the entry's JSON, byte for byte as it stands in the journal, as text.
    """

    entry: str
    journal: str
    line: int
    path: tuple[str, ...]
    seal: Seal
    keys: tuple[SealKey, ...]
    format: str = "remit proof 1"


class Checked(msgspec.Struct, frozen=True):
    """What a proof comes to. `faults` is empty if it holds; then the entry was there when the seal was made.

    `first_key` is the fingerprint to compare with the one that the ledger's owner publishes, and `seal` the
    digest by which the seal can be found among those that were kept elsewhere.
    """

    kind: str
    id: str
    journal: str
    line: int
    seal_number: int
    seal: str
    sealed_at: str
    first_key: str
    faults: tuple[str, ...]


def proof_of(body: bytes, *, line: int, leaves: list[bytes], seal: Seal, keys: tuple[SealKey, ...]) -> Proof:
    """Prove the entry of a line by the leaves of all lines under its seal."""
    found = path(leaves, line - seal.first)
    return Proof(
        entry=body.decode(),
        journal=seal.journal,
        line=line,
        path=tuple(each.hex() for each in found),
        seal=seal,
        keys=keys,
    )


def check(proof: Proof) -> Checked:
    """Check a proof by itself."""
    faults: list[str] = []
    body = proof.entry.encode()
    seal = proof.seal
    kind = id = ""
    try:
        entry = decode(body)
        kind, id = str(type(entry).__struct_config__.tag), entry.id
    except msgspec.DecodeError:
        faults.append("what is proved is not an entry")
    if proof.journal != seal.journal:
        faults.append("the seal is of another journal")
    if not (len(proof.path) <= PATH_MAX and all(_HASH.fullmatch(each) for each in proof.path)):
        faults.append("the path is not a list of hashes")
    elif (
        found := root_by(
            [bytes.fromhex(each) for each in proof.path],
            leaf=leaf(body),
            index=proof.line - seal.first,
            size=seal.lines,
        )
    ) is None or found.hex() != seal.root:
        faults.append("the path does not lead from the entry to the root that was sealed")
    keys, unendorsed = keys_of(proof.keys)
    faults += unendorsed
    if not (public := keys.get(seal.key)):
        faults.append("the key that signed the seal does not follow from the first one")
    elif not verifies(public, seal.signature, signed_bytes(seal)):
        faults.append("the seal's signature is not of that key")
    return Checked(
        kind=kind,
        id=id,
        journal=seal.journal,
        line=proof.line,
        seal_number=seal.number,
        seal=digest(seal),
        sealed_at=seal.at.isoformat(),
        first_key=first_of(proof.keys),
        faults=tuple(faults),
    )
