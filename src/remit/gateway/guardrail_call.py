"""How a caller names guardrails beside those of its remit: as a format has it, or in a header."""

from __future__ import annotations

import re
from collections.abc import Mapping

from remit.declare.declared import NAME_PATTERN, VERSION_PATTERN
from remit.gateway.reading import invalid
from remit.gateway.wire import Failure

GUARDRAIL = "x-remit-guardrail"
GUARDRAILS_MAX = 8
KIND = "guardrail/"
DRAFT = "DRAFT"

_HEADER_MAX = 1_000
_IDENTIFIER_MAX = 2_048
_ADDRESS = re.compile(rf"(?:{KIND})?({NAME_PATTERN}{VERSION_PATTERN})")
_NAME = re.compile(NAME_PATTERN)
_VERSION = re.compile(r"[1-9][0-9]{0,5}")


def guardrails_of(headers: Mapping[str, str]) -> tuple[str, ...] | Failure:
    """Read the guardrails that a header names.

    >>> guardrails_of({"x-remit-guardrail": "baseline@2, guardrail/other"})
    ('guardrail/baseline@2', 'guardrail/other')
    """
    said = headers.get(GUARDRAIL)
    if said is None:
        return ()
    names = [name.strip() for name in said.split(",")] if len(said) <= _HEADER_MAX else []
    found = [_ADDRESS.fullmatch(name) for name in names]
    if not 1 <= len(found) <= GUARDRAILS_MAX or None in found:
        summary = f"`{GUARDRAIL}` is not a list of 1 to {GUARDRAILS_MAX} names of guardrails"
        return invalid(GUARDRAIL, summary, "write `baseline@2`, or `baseline@2, other`")
    return tuple(f"{KIND}{each[1]}" for each in found if each is not None)


def named(identifier: str, version: str, *, fields: tuple[str, str]) -> tuple[str, ...] | Failure:
    """Read a guardrail that a request of Bedrock's may name; `fields` are where the two stand."""
    if not identifier and not version:
        return ()
    if not identifier or not version:
        lacking = fields[0 if version else 1]
        return invalid(lacking, f"`{fields[0]}` and `{fields[1]}` belong together", f"add `{lacking}`")
    found = address(identifier, version, fields=fields)
    return found if isinstance(found, Failure) else (found,)


def address(identifier: str, version: str, *, fields: tuple[str, str]) -> str | Failure:
    """Name a guardrail as Bedrock does: by its name or an ARN that ends in it, with a version or `DRAFT`.

    >>> address("baseline", "2", fields=("guardrailIdentifier", "guardrailVersion"))
    'guardrail/baseline@2'
    >>> arn = "arn:aws:bedrock:local:000000000000:guardrail/baseline"
    >>> address(arn, "DRAFT", fields=("guardrailIdentifier", "guardrailVersion"))
    'guardrail/baseline'
    """
    name = identifier.rpartition("/")[2]
    if len(identifier) > _IDENTIFIER_MAX or _NAME.fullmatch(name) is None:
        help = "write its name, such as `baseline`, or an ARN that ends in it"
        return invalid(fields[0], f"`{fields[0]}` is not the name of a guardrail", help)
    if version == DRAFT:
        return f"{KIND}{name}"
    if _VERSION.fullmatch(version) is None:
        summary = f"`{fields[1]}` is not a version of a guardrail"
        return invalid(fields[1], summary, f"write `{DRAFT}`, or a number, such as `1`")
    return f"{KIND}{name}@{version}"
