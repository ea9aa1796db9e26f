"""Entries about the record itself: what was sealed, by which key, and what was erased or set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from remit.record.entry import Entry


class CaptureErased(Entry, frozen=True, kw_only=True, tag="capture_erased"):
    """That kept prompts and answers can never be read again: the key that they lie under is destroyed.

    `key` is the fingerprint of the data key, or of one call's own, and `captures` how many lay under it.
    `calls` are the first and last of their ids. `basis` is why: somebody asked, or their time was over.
    """

    use_case: str
    key: str
    captures: int
    calls: tuple[str, ...] = ()
    basis: Literal["request", "retention"]
    author: str
    reason: str


class CaptureShown(Entry, frozen=True, kw_only=True, tag="capture_shown"):
    """That somebody looked at what is kept of a call; it is written before they see it."""

    use_case: str
    call: str
    author: str


class TrainingSetExported(Entry, frozen=True, kw_only=True, tag="training_set_exported"):
    """That kept calls were given out, masked, to train models with; written before the file is there.

    There are `examples` in the file whose SHA-256 is `digest`, and `held_back` in the one for validation.
    `calls` are the lowest and highest of their ids. `consent` is the layer of the remit that allows it, under
    version `model_version` of the operating model. `left_out` counts the calls that were not taken, by why.
    """

    use_case: str
    format: str
    model_version: int
    consent: str
    examples: int
    held_back: int = 0
    calls: tuple[str, ...] = ()
    digest: str
    held_back_digest: str = ""
    left_out: Mapping[str, int] = {}
    simulated: bool = False
    author: str


class SealKey(Entry, frozen=True, kw_only=True, tag="seal_key"):
    """The public key that seals are signed with from here on, in base64.

    `key` names it: the first 16 hexadecimal digits of its SHA-256. But for the first one, `previous` is the
    key before it, and `endorsement` that one's signature of this one's 32 bytes.
    """

    key: str
    public: str
    previous: str = ""
    endorsement: str = ""
    author: str


class Seal(Entry, frozen=True, kw_only=True, tag="seal"):
    """That a part of a journal is closed: the Merkle root over its lines, chained to the seal before, signed.

    The part has `lines` lines from line `first` on (counted from 1), in `bytes` bytes from `offset`.
    `after` is the chain's hash before its first line and `hash` the one of its last. `root` is the root of
    the Merkle tree of RFC 6962 over the entries' bytes. `previous` is the SHA-256 of what the seal before, of
    whichever journal, had signed; `number` counts them from 1. `signature` is Ed25519, in base64, by `key`,
    of the bytes that `signed_bytes` gives.
    """

    number: int
    journal: str
    first: int
    lines: int
    offset: int
    bytes: int
    after: str
    hash: str
    root: str
    previous: str
    key: str
    signature: str = ""


class LetGo(Entry, frozen=True, kw_only=True, tag="let_go"):
    """That the first lines of a journal were let go of, because they lie in the lake: it begins after them.

    There are `lines` of them in `bytes` bytes, from the journal's beginning on, and `hash` is the chain's at
    the last one. What each of them says was compared with the lake, and the lake's leaves with the seals.
    """

    journal: str
    lines: int
    bytes: int
    hash: str
    author: str


class Recovery(Entry, frozen=True, kw_only=True, tag="recovery"):
    """That a torn last write was set aside when a journal was opened again."""

    bytes_set_aside: int
