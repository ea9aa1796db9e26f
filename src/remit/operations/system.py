"""The system that operations work on: the outside world behind its ports, and nothing else."""

from __future__ import annotations

import hashlib
from base64 import b32encode, b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from remit.declare.guardrail import CustomRule
from remit.declare.issuer import Issuer, SignIn
from remit.declare.knowledge import EmbeddingName
from remit.declare.provider import Provider as DeclaredProvider
from remit.declare.webhook import Webhook
from remit.enforce.guardrail.kit import Kit
from remit.enforce.prefix import DIGEST_BYTES
from remit.enforce.request import ModelRequest
from remit.operations.judged_call import JudgedCall
from remit.ports import (
    Answers,
    Clock,
    Codes,
    Credentials,
    Embedding,
    Ids,
    Journals,
    Judge,
    Leases,
    Provider,
    Store,
    Tokens,
)
from remit.ports_batches import Batches
from remit.ports_capture import Captures, Masker
from remit.ports_charts import Charts
from remit.ports_knowledge import Documents, Knowledge, Memories
from remit.ports_lake import Lake
from remit.ports_record import Signer
from remit.ports_webhooks import Outbox, Receiver

CONTROL = "control"
"""The journal of what people decide: applies, keys, stages."""

RECORD = "record"
"""The journal of what the record says of itself: seals, erasures, corrections."""

OUTCOMES = "outcomes"
"""The journal of business results; like that of calls it is let go of once it lies in the lake."""

GATEWAY = "gateway"
"""The journal of calls, of the first worker."""

AGENTS = "agents"
"""The journal of what agents do: their calls of models and tools, and what becomes of their runs."""

TOOLGATE = "toolgate"
"""The journal of calls of tools by agents of others."""


def journal_of(worker: int) -> str:
    """Name the journal of a gateway's worker; they are numbered from 1.

    >>> journal_of(1), journal_of(2)
    ('gateway', 'gateway-2')
    """
    return GATEWAY if worker == 1 else f"{GATEWAY}-{worker}"


@lru_cache(maxsize=4096)
def _content_secret(pepper: bytes, use_case: str) -> bytes:
    return blake2b(use_case.encode(), key=pepper, digest_size=32, person=b"remit-content").digest()


@lru_cache(maxsize=4096)
def _prefix_secret(pepper: bytes, use_case: str) -> bytes:
    return blake2b(use_case.encode(), key=pepper, digest_size=32, person=b"remit-prefix").digest()


@dataclass(frozen=True, slots=True)
class System:
    """What bootstrap puts together once.

    `make_provider` makes the adapter for a declared provider, `make_tokens` that for an issuer's tokens,
    `make_codes` that for the codes of an issuer, by its name,
    `make_judge` that for a guardrail by somebody else, by its name, `make_receiver` that for a web hook, by
    its name, and `make_kit` a kit of detectors, of which each thread needs its own. `make_lake` makes the
    adapter for the lake, which takes long to load, `make_masker` what masks calls that are kept, and
    `make_charts` gives what draws charts, the same one to all who ask, and so do `make_knowledge` and
    `make_memories` with what keeps these.
    `judge_by_model` has a worker make a call of its own, so many seconds long, in which a model judges
    another call; here because that is what a call does while it is made. `pepper` keys hashes. It is
    `power_safe` where answers wait for the disk. What is sealed of calls stays in the journals for
    `hot_days`, beside the lake.
    """

    clock: Clock
    ids: Ids
    store: Store
    journals: Journals
    leases: Leases
    batches: Batches
    captures: Captures
    answers: Answers
    outbox: Outbox
    make_provider: Callable[[str, DeclaredProvider], Provider]
    make_tokens: Callable[[Issuer], Tokens]
    make_codes: Callable[[str, SignIn], Codes]
    make_kit: Callable[[], Kit]
    make_lake: Callable[[], Lake]
    make_judge: Callable[[str, CustomRule, DeclaredProvider | None], Judge]
    make_masker: Callable[[], Masker]
    make_receiver: Callable[[str, Webhook], Receiver]
    make_charts: Callable[[], Charts]
    make_knowledge: Callable[[], Knowledge]
    make_documents: Callable[[], Documents]
    make_embedding: Callable[[EmbeddingName], Embedding]
    make_memories: Callable[[], Memories]
    judge_by_model: Callable[[Any, JudgedCall, ModelRequest, float], Awaitable[str]]
    embedding: Embedding
    credentials: Credentials
    signer: Signer
    pepper: bytes
    power_safe: bool = False
    hot_days: int = 35

    def hash_secret(self, secret: str) -> str:
        """Hash a credential, keyed, so that a stolen store neither opens doors nor can be guessed at."""
        return hashlib.blake2b(secret.encode(), key=self.pepper, digest_size=32).hexdigest()

    @property
    def lots(self) -> bytes:
        """Key what routes draw by, so that nobody finds out beforehand which name draws what."""
        return hashlib.blake2b(b"", key=self.pepper, digest_size=32, person=b"remit-lots").digest()

    @property
    def arms(self) -> bytes:
        """Key what arms of studies are drawn by, so that nobody works one out who does not ask for it."""
        return hashlib.blake2b(b"", key=self.pepper, digest_size=32, person=b"remit-arms").digest()

    @property
    def spans(self) -> bytes:
        """Key what names the spans of telemetry, so that two installations never name the same ones."""
        return hashlib.blake2b(b"", key=self.pepper, digest_size=32, person=b"remit-spans").digest()

    def pseudonym(self, *words: str) -> str:
        """Hash who somebody is, keyed and short: who is the same can be told, and who it is cannot."""
        hashed = hashlib.blake2b(
            "\0".join(words).encode(), key=self.pepper, digest_size=8, person=b"remit-pseudonym"
        )
        return hashed.hexdigest()

    def mark(self, use_case: str, type: str, text: str) -> str:
        """Hash what a guardrail found, keyed: people can say of just these words that they are no finding."""
        words = "\0".join((use_case, type, " ".join(text.casefold().split())))
        hashed = hashlib.blake2b(
            words.encode("utf-8", "surrogatepass"), key=self.pepper, digest_size=8, person=b"remit-mark"
        )
        return hashed.hexdigest()

    def judge_mark(self, call: str) -> str:
        """Hash a call's id, keyed: no text of that call can name what stands around it before its judge."""
        return hashlib.blake2b(
            call.encode(), key=self.pepper, digest_size=12, person=b"remit-judge-mark"
        ).hexdigest()

    def content_hash(self, use_case: str, content: bytes = b"") -> blake2b:
        """Begin a digest of what was said in a call: nobody who lacks the key can try words against it."""
        return blake2b(content, key=_content_secret(self.pepper, use_case), digest_size=16)

    def prefix_hash(self, use_case: str) -> blake2b:
        """Begin digests of how prompts begin: those of two use cases say nothing of each other."""
        return blake2b(key=_prefix_secret(self.pepper, use_case), digest_size=DIGEST_BYTES)

    def mask_key(self, use_case: str, text: str) -> str:
        """Hash what is masked, keyed for the use case: letters and digits that stand in its place."""
        secret = hashlib.blake2b(
            use_case.encode(), key=self.pepper, digest_size=32, person=b"remit-mask-key"
        ).digest()
        hashed = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=secret, digest_size=5)
        return b32encode(hashed.digest()).decode()

    def answer_key(self, use_case: str, asked: bytes) -> bytes:
        """Hash what is asked, keyed for the use case: the same request of another one has another key."""
        secret = hashlib.blake2b(
            use_case.encode(), key=self.pepper, digest_size=32, person=b"remit-answer-key"
        ).digest()
        return hashlib.blake2b(asked, key=secret, digest_size=32).digest()

    def signing_secret(self, key_id: str) -> str:
        """Derive the secret with which AWS's SDKs sign for a key; it is kept nowhere, like the key itself."""
        hashed = hashlib.blake2b(key_id.encode(), key=self.pepper, digest_size=30, person=b"remit-aws-key")
        return b64encode(hashed.digest()).decode()
