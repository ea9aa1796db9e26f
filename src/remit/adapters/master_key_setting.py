"""Which master key captures lie under: KMS's, one that is set, or one of the installation's own secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

from remit.adapters.captures_sqlite import SqliteCaptures
from remit.adapters.master_key import LocalMasterKey, MasterKey, read_key
from remit.adapters.memories_sqlite import SqliteMemories
from remit.kernel.errors import RemitError
from remit.settings import KMS, Settings


def open_captures(settings: Settings, pepper: bytes) -> SqliteCaptures:
    """Open what is kept of calls under the master key that is set."""
    master = master_key(settings.master_key, settings.master_key_file, pepper)
    return SqliteCaptures(settings.home / "captures.sqlite", master)


def open_memories(settings: Settings, pepper: bytes) -> SqliteMemories:
    """Open what agents remember under the master key that is set."""
    master = master_key(settings.master_key, settings.master_key_file, pepper)
    return SqliteMemories(settings.home / "memories.sqlite", master)


def master_key(setting: str, file: Path | None, pepper: bytes) -> MasterKey:
    """Make the master key; raises RemitError for a setting or a file that holds none."""
    if setting.startswith(KMS):
        from remit.adapters.master_key_kms import KmsMasterKey

        return KmsMasterKey(setting.removeprefix(KMS))
    if not setting and file is None:
        return LocalMasterKey(
            hashlib.blake2b(b"", key=pepper, digest_size=32, person=b"remit-master").digest()
        )
    key = read_key(setting.encode() if file is None else file.read_bytes())
    if key is None:
        raise RemitError(
            f"the setting {'REMIT_MASTER_KEY' if file is None else 'REMIT_MASTER_KEY_FILE'} holds no key",
            help="write 32 random bytes in hexadecimal digits, as `openssl rand -hex 32` makes them",
            code="invalid-setting",
        )
    return LocalMasterKey(key)
