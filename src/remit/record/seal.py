"""Seals: what they sign, by which keys, and whether what they say of each other holds."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from remit.record.chain import first_link
from remit.record.keeping import Seal, SealKey
from remit.record.ledgered import encode
from remit.record.merkle import Tree


class Newest(msgspec.Struct, frozen=True):
    """What an installation keeps of its seals: the first key's fingerprint, the last one's number and digest.

    Number 0 says that nothing is sealed yet.
    """

    first_key: str = ""
    number: int = 0
    digest: str = ""


def fingerprint(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()


def key_name(public: bytes) -> str:
    """Name a public key by the first 16 digits of its fingerprint; these are too few to trust it by."""
    return fingerprint(public)[:16]


def signed_bytes(seal: Seal) -> bytes:
    """What a seal's signature is of: all of its entry but the signature."""
    return b"remit seal 1\n" + encode(msgspec.structs.replace(seal, signature=""))


def endorsed_bytes(public: bytes) -> bytes:
    """What the key before signs of the one that takes its place."""
    return b"remit seal key 1\n" + public


def digest(seal: Seal) -> str:
    """Name a seal by what it signs; the next one repeats this, and so do people who keep it elsewhere."""
    return hashlib.sha256(signed_bytes(seal)).hexdigest()


def verifies(public: bytes, signature: str, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def public_of(key: SealKey) -> bytes:
    """Read a public key; empty if it is none, or not the one that it is named for."""
    try:
        public = b64decode(key.public, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return public if len(public) == 32 and key_name(public) == key.key else b""


def first_of(keys: Sequence[SealKey]) -> str:
    """Return the first key's fingerprint; empty if there is none that can be read."""
    public = public_of(keys[0]) if keys else b""
    return fingerprint(public) if public else ""


def keys_of(entries: Iterable[SealKey]) -> tuple[dict[str, bytes], list[str]]:
    """Follow the keys from the first one, each endorsed by the one before; and say what does not follow."""
    keys: dict[str, bytes] = {}
    faults: list[str] = []
    last = ""
    for entry in entries:
        public = public_of(entry)
        if not public:
            faults.append(f"seal key `{entry.key[:16]}` is not the key that it is named for")
        elif last and not (
            entry.previous == last and verifies(keys[last], entry.endorsement, endorsed_bytes(public))
        ):
            faults.append(f"seal key `{entry.key}` is not endorsed by `{last}`, the one before")
        else:
            keys[entry.key] = public
            last = entry.key
    return keys, faults


def faults_among(seals: Sequence[Seal], keys: Mapping[str, bytes]) -> list[str]:
    """Say what seals do not hold of each other: their order, their chain, their signatures, their parts.

    `keys` come in the order in which each took the place of the one before.
    """
    faults: list[str] = []
    order = {key: place for place, key in enumerate(keys)}
    latest = 0
    before, ends = "", dict[str, tuple[int, int, str]]()
    for number, seal in enumerate(seals, 1):
        name = f"seal {number}"
        if seal.number != number:
            faults.append(f"{name} is missing: {seal.number} stands in its place")
            return faults
        if seal.previous != before:
            faults.append(f"{name} does not follow from the one before")
        if not (public := keys.get(seal.key)):
            faults.append(f"{name} is signed by `{seal.key[:16]}`, which is no key of this ledger")
        elif not verifies(public, seal.signature, signed_bytes(seal)):
            faults.append(f"{name} is not signed by `{seal.key}`")
        elif order[seal.key] < latest:
            faults.append(f"{name} is signed by `{seal.key}`, which another key had replaced by then")
        latest = max(latest, order.get(seal.key, 0))
        start = ends.get(seal.journal, (0, 0, first_link(seal.journal).hex()))
        if (seal.first - 1, seal.offset, seal.after) != start:
            faults.append(f"{name} does not begin where journal `{seal.journal}` was sealed up to")
        ends[seal.journal] = seal.first - 1 + seal.lines, seal.offset + seal.bytes, seal.hash
        before = digest(seal)
    return faults


def against_newest(newest: Newest | None, keys: Sequence[SealKey], seals: Sequence[Seal]) -> list[str]:
    """Hold a ledger's seals against what the installation kept of them itself.

    A seal more than that is none too many: it may have been made just before the end of a process.
    """
    if newest is None:
        said = "the key that seals are signed with is not here, so the last ones may be missing"
        return [said] if seals else []
    if not newest.number:
        return []
    if first_of(keys) != newest.first_key:
        return [f"the first seal key is not `{newest.first_key[:16]}`, with which this ledger began"]
    if newest.number > len(seals):
        return [f"seal {newest.number} was made here, and the ledger has {len(seals)}"]
    if digest(seals[newest.number - 1]) != newest.digest:
        return [f"seal {newest.number} is not the one that was made here"]
    return []


def hash_of(text: str) -> bytes:
    """Read a hash; empty if it is none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


@dataclass(slots=True)
class Parts:
    """Holds the lines of one journal against its seals, in one walk."""

    seals: Sequence[Seal]
    faults: list[str] = field(default_factory=list)
    _next: int = 0
    _tree: Tree = field(default_factory=Tree)
    _whole: bool = True

    def line(self, number: int, leaf: bytes, hash: bytes) -> bytes | None:
        """Take the next line; lines come in order, from the first one on.

        Returns the chain's hash there, as its seal says it, if it is the last one under it.
        """
        if self._next >= len(self.seals):
            return None
        seal = self.seals[self._next]
        if number < seal.first:
            return None
        self._tree.add(leaf)
        last = seal.first - 1 + seal.lines
        if number == last:
            if self._whole and (self._tree.root().hex() != seal.root or hash.hex() != seal.hash):
                self.faults.append(
                    f"seal {seal.number}: lines {seal.first:,} to {last:,} are not what it closed"
                )
            self._next += 1
            self._tree = Tree()
            self._whole = True
            return hash_of(seal.hash)
        return None

    def missing(self, number: int) -> bytes | None:
        """Take that the next line cannot be read: what its seal closes is not compared."""
        self._whole = False
        return self.line(number, b"", b"")

    def ended(self, lines: int) -> None:
        """Say which seals close more than the journal has."""
        for seal in self.seals[self._next :]:
            last = seal.first - 1 + seal.lines
            self.faults.append(
                f"seal {seal.number} closes up to line {last:,}, and the journal ends at {lines:,}"
            )
