"""Issue and revoke keys: each is bound to one use case, and maybe an agent, so that no spend is anonymous."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from remit.declare.declared import ID_PATTERN
from remit.enforce.key import Key
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.apply_model import model_in_force
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import CONTROL, System
from remit.record.entry import KeyChange

KEY_PREFIX = "remit-"
"""What every key begins with, so that scanners for leaked secrets can find one."""


ACCESS_KEY_PREFIX = "REMIT"
"""What the access key id of every key begins with; the key's id follows."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key; `secret` is shown once and kept nowhere."""

    id: str
    use_case: str
    secret: str
    expires: datetime | None
    agent: str = ""


@dataclass(frozen=True, slots=True)
class AccessKey:
    """The same credential in the two parts that AWS's SDKs sign with."""

    access_key_id: str
    secret_access_key: str


def access_key(system: System, key_id: str) -> AccessKey:
    """Derive what AWS's SDKs sign with for a key; revoking the key ends it as well."""
    return AccessKey(ACCESS_KEY_PREFIX + key_id, system.signing_secret(key_id))


def issue_key(
    system: System, use_case: str, *, author: str, expires: datetime | None = None, agent: str = ""
) -> IssuedKey:
    """Make a key for a declared use case, and for one agent if it is named by an id."""
    assert not agent or re.fullmatch(ID_PATTERN, agent), "the door reads the agent's id"
    fold_ledger(system)
    known = model_in_force(system)[1].use_cases
    if use_case not in known:
        raise NotFound(
            f"no use case `{use_case[:80]}` is declared",
            help=did_you_mean(use_case, known, otherwise="`remit portfolio list` shows those that are"),
            code="undeclared-use-case",
        )
    now = system.clock.now()
    issued = IssuedKey(system.ids.new(now), use_case, KEY_PREFIX + system.ids.secret(), expires, agent)
    _record(
        system,
        KeyChange(
            id=system.ids.new(now),
            at=now,
            change="issued",
            key=issued.id,
            use_case=use_case,
            author=author,
            hash=system.hash_secret(issued.secret),
            expires=expires,
            agent=agent,
        ),
    )
    return issued


def revoke_key(system: System, key_id: str, *, author: str) -> Key:
    """Revoke a key; running servers refuse it within a second."""
    fold_ledger(system)
    found = next((key for key in system.store.keys().values() if key.id == key_id), None)
    if found is None:
        raise NotFound(f"no key `{key_id[:40]}` was issued", help="`remit key list` shows every key")
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


def _record(system: System, entry: KeyChange) -> None:
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([entry])
    fold_ledger(system)
