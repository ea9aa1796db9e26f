"""A use case that is proposed: taken into an operating model, or every fault in it at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from remit.declare.check import check
from remit.declare.declared import Id
from remit.declare.fault import Fault, faults_in
from remit.declare.operating_model import OperatingModel
from remit.declare.scope import SINGLE
from remit.declare.use_case import UseCase
from remit.kernel.diagnostic import quoted

FILE = "proposal"
"""What faults of a proposal name in place of a file."""
ID_MAX = 60
_ID: TypeAdapter[str] = TypeAdapter(Id)


def id_from(name: str) -> str:
    """Make an id out of a name; empty where nothing of it can stand in one.

    >>> id_from("Résumés of calls, short")
    'resumes-of-calls-short'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:ID_MAX].strip("-")


def with_use_case(
    model: OperatingModel, name: str, body: Mapping[str, Any]
) -> OperatingModel | tuple[Fault, ...]:
    """Add a use case to a sound operating model; a fault says at which of its fields.

    What a whole directory is checked for is checked here as well, but faults of others are not told again.
    """
    path = ("use_cases", name)
    faults = [*_of_id(model, name)]
    try:
        case = UseCase.model_validate(body)
    except ValidationError as error:
        return (*faults, *faults_in(error, FILE, path, kind=UseCase))
    if faults:
        return tuple(faults)
    # In the order of ids, as texts are read, so that it says the same when it is read back.
    cases = dict(sorted({**model.use_cases, name: case}.items()))
    after = model.model_copy(update={"use_cases": cases})
    found = [
        fault
        for fault in check(_sections(after), (), _where(after))
        if fault.severity == "error" and fault.path[:2] == path
    ]
    return tuple(found) if found else after


def _of_id(model: OperatingModel, name: str) -> list[Fault]:
    path = ("use_cases", name)
    try:
        _ID.validate_python(name)
    except ValidationError:
        help = "use lower-case letters, digits and hyphens, at most 80"
        return [Fault(FILE, path, "invalid-id", f"{quoted(name)} is not an id", help, at="key")]
    if name in model.use_cases:
        help = "give this one another id, or look whether that one does the job"
        return [
            Fault(FILE, path, "repeated-declaration", f"{quoted(name)} is declared already", help, at="key")
        ]
    return []


def _sections(model: OperatingModel) -> dict[str, dict[str, Any]]:
    names = type(model).model_fields
    return {name: {"": getattr(model, name)} if name in SINGLE else getattr(model, name) for name in names}


def _where(model: OperatingModel) -> dict[tuple[str, str], str]:
    return {(section, name): FILE for section, items in _sections(model).items() for name in items}
