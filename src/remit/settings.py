"""Settings: where things are. Environment variables are read here and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from remit.enforce.sender import read_network
from remit.kernel.errors import RemitError

VARIABLES: dict[str, tuple[str, str]] = {
    "REMIT_HOME": (".remit", "the data directory: journals, store, log"),
    "REMIT_LISTEN": ("127.0.0.1:8787", "the address and port of the gateway, for calls"),
    "REMIT_PORTAL_LISTEN": ("127.0.0.1:8788", "the address and port of the portal, for people"),
    "REMIT_AGENTS_LISTEN": ("127.0.0.1:8789", "the address and port of the agents' door, for runs"),
    "REMIT_TOOLGATE_LISTEN": ("127.0.0.1:8790", "the address and port of the tool gate, for tools over MCP"),
    "REMIT_WORKERS": ("1", "how many processes of the gateway serve calls"),
    "REMIT_DURABILITY": (
        "process",
        "what an answer waits for: `process`, that the end of the process loses no entry, or `power`, that"
        " the end of the machine's power loses none either",
    ),
    "REMIT_HOT_DAYS": (
        "35",
        "for how many days sealed entries of calls stay in the journals and the store, beside the lake; at"
        " least 1",
    ),
    "REMIT_LOCAL_MODEL": (
        ".cache/models/smollm2-135m-instruct-q4_1.gguf",
        "the file of the local model",
    ),
    "REMIT_LOCAL_THREADS": ("2", "the processor threads that the local model may use"),
    "REMIT_GUARDRAIL_MODELS": (
        ".cache/guardrails",
        "the directory below which classifiers of one's own lie that guardrails name",
    ),
    "REMIT_TRUSTED_PROXIES": (
        "",
        "networks such as `10.0.0.0/8`, with commas, whose proxies are believed about who calls",
    ),
    "REMIT_OTLP_ENDPOINT": (
        "",
        "where telemetry is sent by OTLP over HTTP, such as `http://127.0.0.1:4318`; empty sends none",
    ),
    "REMIT_OTLP_HEADERS": (
        "",
        "headers for it as `name=value`, with commas, a value's special characters as `%20`; never printed",
    ),
    "REMIT_METRICS_TOKEN": (
        "",
        "who reads `/metrics` of the portal must send it as a bearer token; empty lets only this machine",
    ),
    "REMIT_STARTUP_CODE": (
        "",
        "marks of code that may run when Python starts, with commas, as `unknown-startup-code` tells them",
    ),
    "REMIT_MASTER_KEY": (
        "",
        "the key that kept prompts and answers lie under: 32 bytes in hexadecimal digits or base64, or"
        " `aws-kms:` and the ARN of a key; unset, one is derived from the data directory's own secret",
    ),
    "REMIT_MASTER_KEY_FILE": ("", "a file with that key, in place of `REMIT_MASTER_KEY`"),
    "REMIT_AUTHOR": ("", "who applies and issues keys; the mail address of a role"),
}
"""Every setting with its default and what it says. `REMIT_PROVIDER_<NAME>_API_KEY` holds a credential."""

_CREDENTIAL = re.compile(r"^REMIT_PROVIDER_([A-Z0-9_]+)_API_KEY$")
# What can be sent in a header and arrives as it was; a line break would end the header early.
_SENDABLE = re.compile(r"[!-~]+")
_KMS_ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]{2,30}:[0-9]{12}:(?:key|alias)/[A-Za-z0-9/_-]{1,256}")
KMS = "aws-kms:"
_ENDPOINT = re.compile(r"https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?(/[^\s?#]{0,400})?")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]{1,100}=[!-~]([ -~]{0,8000}[!-~])?")
_HEADERS_MAX = 20
CREDENTIAL_MAX = 8_000
_PROXIES_MAX = 50
WORKERS_MAX = 64
HOT_DAYS_MAX = 36_500


Part = Literal["gateway", "portal", "agents", "toolgate"]
"""A server of its own: the gateway serves calls, the portal people; agents work in the third, and the tool
gate serves tools to agents of others."""

OTLP_HEADERS = "otlp-headers"
"""The name under which the headers of telemetry can be sealed, instead of being set."""

LISTEN: dict[Part, str] = {
    "gateway": "REMIT_LISTEN",
    "portal": "REMIT_PORTAL_LISTEN",
    "agents": "REMIT_AGENTS_LISTEN",
    "toolgate": "REMIT_TOOLGATE_LISTEN",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and the setting that says so."""

    host: str
    port: int
    setting: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    addresses: Mapping[Part, Address]
    local_model: Path
    local_threads: int
    author: str
    credentials: Mapping[str, str] = field(repr=False)
    trusted_proxies: tuple[str, ...] = ()
    guardrail_models: Path = Path(".cache/guardrails")
    workers: int = 1
    power_safe: bool = False
    hot_days: int = 35
    startup_code: frozenset[str] = frozenset()
    master_key: str = field(default="", repr=False)
    master_key_file: Path | None = None
    otlp_endpoint: str = ""
    otlp_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    metrics_token: str = field(default="", repr=False)

    def address(self, part: Part) -> Address:
        return self.addresses[part]

    def credential(self, provider: str) -> str | None:
        return self.credentials.get(provider.upper().replace("-", "_"))

    def credential_setting(self, provider: str) -> str:
        return f"REMIT_PROVIDER_{provider.upper().replace('-', '_')}_API_KEY"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment; raises RemitError for a variable that cannot be used."""
    given = os.environ if environment is None else environment
    values = {name: given.get(name) or default for name, (default, _) in VARIABLES.items()}
    threads = _count(values, "REMIT_LOCAL_THREADS", 256)
    return Settings(
        home=Path(values["REMIT_HOME"]),
        addresses={part: _address(name, values[name]) for part, name in LISTEN.items()},
        local_model=Path(values["REMIT_LOCAL_MODEL"]),
        local_threads=threads,
        author=values["REMIT_AUTHOR"].strip().lower() or "administrator",
        credentials=_credentials(given),
        guardrail_models=Path(values["REMIT_GUARDRAIL_MODELS"]),
        trusted_proxies=_proxies(values["REMIT_TRUSTED_PROXIES"]),
        power_safe=_choice(values, "REMIT_DURABILITY", ("process", "power")) == "power",
        hot_days=_count(values, "REMIT_HOT_DAYS", HOT_DAYS_MAX),
        workers=_count(values, "REMIT_WORKERS", WORKERS_MAX),
        startup_code=_marks(values["REMIT_STARTUP_CODE"]),
        master_key=_master_key(values["REMIT_MASTER_KEY"], values["REMIT_MASTER_KEY_FILE"]),
        master_key_file=Path(values["REMIT_MASTER_KEY_FILE"]) if values["REMIT_MASTER_KEY_FILE"] else None,
        otlp_endpoint=_endpoint(values["REMIT_OTLP_ENDPOINT"]),
        otlp_headers=read_headers(values["REMIT_OTLP_HEADERS"]),
        metrics_token=_token(values["REMIT_METRICS_TOKEN"]),
    )


def _master_key(key: str, file: str) -> str:
    if key and file:
        raise _unusable("REMIT_MASTER_KEY", "set it or `REMIT_MASTER_KEY_FILE`, and not both")
    if key.startswith(KMS) and not _KMS_ARN.fullmatch(key.removeprefix(KMS)):
        raise _unusable(
            "REMIT_MASTER_KEY", "write `aws-kms:` and the key's ARN, `arn:aws:kms:REGION:ACCOUNT:key/ID`"
        )
    return key


def _token(text: str) -> str:
    if text and not is_credential(text):
        raise _unusable("REMIT_METRICS_TOKEN", "write the token alone: no space or line break in it")
    return text


def _endpoint(text: str) -> str:
    if not text:
        return ""
    found = _ENDPOINT.fullmatch(text)
    if found is None or not text.isascii() or int((found[2] or ":1")[1:]) not in range(1, 65_536):
        raise _unusable(
            "REMIT_OTLP_ENDPOINT", "write `http://host:port` or `https://host/path`, without credentials"
        )
    return text.rstrip("/")


def read_headers(text: str) -> dict[str, str]:
    """Read headers as OpenTelemetry's own setting has them; what one holds is never told.

    >>> read_headers("authorization=Bearer%20a, x-team=desk")
    {'authorization': 'Bearer a', 'x-team': 'desk'}
    """
    found: dict[str, str] = {}
    for pair in (each.strip() for each in text.split(",") if each.strip()):
        name, _, value = pair.partition("=")
        value = unquote(value.strip())
        if _HEADER.fullmatch(f"{name.strip().lower()}={value}") is None or len(found) == _HEADERS_MAX:
            raise _unusable(
                "REMIT_OTLP_HEADERS", f"write at most {_HEADERS_MAX} of `name=value`, with commas between"
            )
        found[name.strip().lower()] = value
    return found


def _marks(text: str) -> frozenset[str]:
    marks = frozenset(each.strip() for each in text.split(",") if each.strip())
    if not all(re.fullmatch(r"[0-9a-f]{16}", mark) for mark in marks):
        raise _unusable("REMIT_STARTUP_CODE", "write marks of 16 letters and digits, with commas")
    return marks


def _credentials(given: Mapping[str, str]) -> dict[str, str]:
    """Read the providers' keys; an empty one is none. What one holds is never told."""
    credentials: dict[str, str] = {}
    for name, value in given.items():
        found = _CREDENTIAL.match(name)
        if found is None or not value:
            continue
        if not is_credential(value):
            raise _unusable(name, "write the key alone: no space or line break in it or around it")
        credentials[found[1]] = value
    return credentials


def is_credential(text: str) -> bool:
    """Say whether a text can be sent as a credential."""
    return len(text) <= CREDENTIAL_MAX and _SENDABLE.fullmatch(text) is not None


def _proxies(text: str) -> tuple[str, ...]:
    try:
        found = tuple(str(read_network(each.strip())) for each in text.split(",") if each.strip())
    except ValueError:
        raise _unusable(
            "REMIT_TRUSTED_PROXIES", "write networks, such as `10.0.0.0/8,2001:db8::/32`"
        ) from None
    if len(found) > _PROXIES_MAX:
        raise _unusable("REMIT_TRUSTED_PROXIES", f"name at most {_PROXIES_MAX} networks")
    return found


def _address(setting: str, text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not _is_number(port) or not 0 <= int(port) <= 65_535:
        raise _unusable(setting, f"write `address:port`, such as `{VARIABLES[setting][0]}`")
    return Address(host, int(port), setting)


def _count(values: Mapping[str, str], setting: str, most: int) -> int:
    text = values[setting]
    if not _is_number(text) or not 1 <= int(text) <= most:
        raise _unusable(setting, f"write a number from 1 to {most}")
    return int(text)


def _choice(values: Mapping[str, str], setting: str, known: tuple[str, ...]) -> str:
    if values[setting] not in known:
        raise _unusable(setting, "write one of " + ", ".join(f"`{each}`" for each in known))
    return values[setting]


def _is_number(text: str) -> bool:
    # `isdecimal` alone takes digits of other scripts, and int() refuses very long ones with its own error.
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _unusable(name: str, help: str) -> RemitError:
    return RemitError(f"the setting {name} cannot be used", help=help, code="invalid-setting")
