"""Settings: where things are. Environment variables are read here and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remit.kernel.errors import RemitError

VARIABLES: dict[str, tuple[str, str]] = {
    "REMIT_HOME": (".remit", "the data directory: journals, store, log"),
    "REMIT_LISTEN": ("127.0.0.1:8787", "the address and port that the server binds"),
    "REMIT_LOCAL_MODEL": (
        ".cache/models/smollm2-135m-instruct-q4_1.gguf",
        "the file of the local model",
    ),
    "REMIT_LOCAL_THREADS": ("2", "the processor threads that the local model may use"),
    "REMIT_AUTHOR": ("", "who applies and issues keys; the mail address of a role"),
}
"""Every setting with its default and what it says. `REMIT_PROVIDER_<NAME>_API_KEY` holds a credential."""

_CREDENTIAL = re.compile(r"^REMIT_PROVIDER_([A-Z0-9_]+)_API_KEY$")


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    host: str
    port: int
    local_model: Path
    local_threads: int
    author: str
    credentials: Mapping[str, str] = field(repr=False)

    def credential(self, provider: str) -> str | None:
        return self.credentials.get(provider.upper().replace("-", "_"))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raises RemitError for a variable that cannot be used."""
    given = os.environ if environment is None else environment
    values = {name: given.get(name) or default for name, (default, _) in VARIABLES.items()}
    host, _, port = values["REMIT_LISTEN"].rpartition(":")
    if not host or not _is_number(port) or not 0 <= int(port) <= 65_535:
        raise _unusable("REMIT_LISTEN", "write `address:port`, such as `127.0.0.1:8787`")
    threads = values["REMIT_LOCAL_THREADS"]
    if not _is_number(threads) or not 1 <= int(threads) <= 256:
        raise _unusable("REMIT_LOCAL_THREADS", "write a number from 1 to 256")
    credentials = {found[1]: value for name, value in given.items() if (found := _CREDENTIAL.match(name))}
    return Settings(
        home=Path(values["REMIT_HOME"]),
        host=host,
        port=int(port),
        local_model=Path(values["REMIT_LOCAL_MODEL"]),
        local_threads=int(threads),
        author=values["REMIT_AUTHOR"] or "administrator",
        credentials=credentials,
    )


def _is_number(text: str) -> bool:
    # `isdecimal` alone takes digits of other scripts, and int() refuses very long ones with its own error.
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _unusable(name: str, help: str) -> RemitError:
    return RemitError(f"the setting {name} cannot be used", help=help, code="invalid-setting")
