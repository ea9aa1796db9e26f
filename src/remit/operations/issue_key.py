"""Issue, rotate and revoke keys: each is bound to one use case, so that no spend is anonymous."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remit.declare.declared import ID_PATTERN
from remit.declare.version import family
from remit.enforce.key import Key, live
from remit.enforce.sender import read_network
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_model, require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.system import CONTROL, System
from remit.record.decided import KeyChange

KEY_PREFIX = "remit-"
"""What every key begins with, so that scanners for leaked secrets can find one."""


ACCESS_KEY_PREFIX = "REMIT"
"""What the access key id of every key begins with; the key's id follows."""


MODELS_MAX = 50
NETWORKS_MAX = 20


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; `secret` is shown once and kept nowhere."""

    id: str
    use_case: str
    secret: str
    expires: datetime | None
    agent: str = ""
    models: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The same credential in the two parts that AWS's SDKs sign with."""

    access_key_id: str
    secret_access_key: str


def access_key(system: System, key_id: str) -> AccessKey:
    """Derive what AWS's SDKs sign with for a key; revoking the key ends it as well."""
    return AccessKey(ACCESS_KEY_PREFIX + key_id, system.signing_secret(key_id))


def _require_alive(system: System, use_case: str, now: datetime) -> None:
    """Raise Conflict for a use case that is retired: its keys open nothing."""
    stage = system.store.stages(now, use_case).get(use_case)
    if stage is not None and stage.stage == "retired":
        raise Conflict(
            f"use case `{use_case}` is retired, and its keys open nothing any more",
            help="issue a key of another use case",
            code="use-case-retired",
        )


def issue_key(
    system: System,
    use_case: str,
    *,
    author: str,
    expires: datetime | None = None,
    agent: str = "",
    models: Sequence[str] = (),
    networks: Sequence[str] = (),
) -> IssuedKey:
    """Make a key for a declared use case; for one agent, some models or some networks, if they are named."""
    assert not agent or re.fullmatch(ID_PATTERN, agent), "the door reads the agent's id"
    assert len(models) <= MODELS_MAX, "the door counts them"
    assert len(networks) <= NETWORKS_MAX, "the door counts them"
    fold_ledger(system)
    model = model_in_force(system)[1]
    require_use_case(model, use_case)
    now = system.clock.now()
    _require_alive(system, use_case, now)
    for address in models:
        require_model(model, address, now.astimezone(model.organisation.zone).date())
    key = Key(
        system.ids.new(now),
        use_case,
        expires,
        agent=agent,
        # A version beside its own name would say two things.
        models=tuple(sorted({each for each in models if "@" not in each or family(each) not in models})),
        networks=tuple(dict.fromkeys(str(read_network(each)) for each in networks)),
    )
    issued, entry = _issued(system, key, author=author, now=now)
    _record(system, entry)
    return issued


def rotate_key(
    system: System, key_id: str, *, author: str, overlap: timedelta, expires: datetime | None = None
) -> IssuedKey:
    """Make a key that takes another's place: for the same, and both open until the overlap has passed.

    Unless it is said when it expires, it lives as long as the other was meant to.
    """
    fold_ledger(system)
    old, now = _found(system, key_id), system.clock.now()
    decision = live(replace(old, networks=()), now=now, administrator=author)
    if decision.effect == "deny":
        raise RemitError(decision.summary, help=decision.help, code=decision.rule)
    if old.successor:
        raise Conflict(
            f"key `{key_id}` was rotated already; `{old.successor}` takes its place",
            help=f"rotate `{old.successor}`, if that is what is meant",
        )
    ends = now + overlap if old.expires is None else min(now + overlap, old.expires)
    if expires is None and old.expires is not None and old.issued is not None:
        expires = now + (old.expires - old.issued)
    issued, entry = _issued(
        system, replace(old, id=system.ids.new(now), expires=expires), author=author, now=now
    )
    rotated = KeyChange(
        id=system.ids.new(now),
        at=now,
        change="rotated",
        key=key_id,
        use_case=old.use_case,
        author=author,
        expires=ends,
        agent=old.agent,
        successor=issued.id,
    )
    # In one write: there is no moment at which the old one ends and no other opens.
    _record(system, entry, rotated)
    return issued


def revoke_key(system: System, key_id: str, *, author: str) -> Key:
    """Revoke a key; running servers refuse it within a second."""
    fold_ledger(system)
    found = _found(system, key_id)
    if not found.revoked:
        now = system.clock.now()
        _record(
            system,
            KeyChange(
                id=system.ids.new(now),
                at=now,
                change="revoked",
                key=key_id,
                use_case=found.use_case,
                author=author,
                agent=found.agent,
            ),
        )
    return found


def _found(system: System, key_id: str) -> Key:
    found = next((key for key in system.store.keys().values() if key.id == key_id), None)
    if found is None:
        raise NotFound(f"no key `{key_id[:40]}` was issued", help="`remit key list` shows every key")
    return found


def _issued(system: System, key: Key, *, author: str, now: datetime) -> tuple[IssuedKey, KeyChange]:
    """Make the secret of a key, and the entry that says that it was issued."""
    secret = KEY_PREFIX + system.ids.secret()
    entry = KeyChange(
        id=system.ids.new(now),
        at=now,
        change="issued",
        key=key.id,
        use_case=key.use_case,
        author=author,
        hash=system.hash_secret(secret),
        expires=key.expires,
        agent=key.agent,
        models=key.models,
        networks=key.networks,
    )
    return IssuedKey(key.id, key.use_case, secret, key.expires, key.agent, key.models, key.networks), entry


def _record(system: System, *entries: KeyChange) -> None:
    with system.journals.exclusive(CONTROL) as journal:
        journal.append(entries)
    fold_ledger(system)
