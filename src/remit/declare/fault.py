"""Faults: what is wrong with a declaration, in the words of its text, and where that stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from remit.declare.book import BOOK_PATTERN
from remit.declare.cedar import SUFFIX, locate_policies
from remit.declare.declared import (
    ADDRESS_PATTERN,
    ID_PATTERN,
    REGION_PATTERN,
    ROLE_PATTERN,
    WORD_PATTERN,
)
from remit.declare.issuer import KEYS_URL_PATTERN
from remit.declare.remit_layer import LIST, MAPPING, WORD
from remit.declare.text import Path, Place, locate
from remit.declare.tool import ARGUMENT_PATTERN, ENTRY_POINT_PATTERN, PIN_PATTERN, TOOL_URL_PATTERN
from remit.declare.webhook import HOOK_URL_PATTERN
from remit.kernel.diagnostic import Diagnostic, Severity, Span, quoted
from remit.kernel.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault at a path in a file; it becomes a diagnostic when its line and column are known."""

    file: str
    path: Path
    code: str
    summary: str
    help: str
    severity: Severity = "error"
    at: Literal["key", "value"] = "value"


_PATTERN_HELP = {
    ID_PATTERN: "use lower-case letters, digits and hyphens, at most 80",
    ADDRESS_PATTERN: "write `kind/name`, such as `model/small`, or with a version, as `prompt/letter@4`",
    BOOK_PATTERN: "write `provider/model`, such as `openai/gpt-4o-mini`; `remit price look` shows them",
    r"^[^@\s]{1,64}@[^@\s]{1,190}$": "write the mail address of a role, such as `claims-lead@example.com`",
    REGION_PATTERN: "write letters, digits and hyphens after a small letter, as in `eu-central-1`",
    WORD_PATTERN: "begin with a small letter; use letters, digits and underscores, at most 40",
    KEYS_URL_PATTERN: "write `https://host/path`, without credentials; with `http`, anybody could send keys",
    HOOK_URL_PATTERN: "write `https://host/path`, without credentials or query; seal what is secret of it",
    TOOL_URL_PATTERN: "write `https://host/path`, without credentials or query; `http` only for 127.0.0.1",
    PIN_PATTERN: "write the 64 hexadecimal digits of the SHA-256 that the tool was approved with",
    ENTRY_POINT_PATTERN: "write the name of an installed function's entry point, such as `lookup`",
    ARGUMENT_PATTERN: "write the name as the tool spells it, with letters, digits, `_`, `.` and `-`",
    ROLE_PATTERN: "write the role's ARN, such as `arn:aws:iam::123456789012:role/remit`",
    r"^[A-Z]{3}$": "write the three capital letters of a currency, such as `EUR`",
    r"^https?://[^\s@?#]{1,400}$": "write `https://host/path`, without credentials or query",
}


_TYPE_HELP = {
    "string_type": "write a text",
    "string_too_short": "write a text that is not empty",
    "tuple_type": "write a list, such as `[one, two]`",
    "model_type": "write a mapping: fields with values, indented below it",
    "dict_type": "write a mapping: fields with values, indented below it",
}
_OTHER_HELP = "write a value of the kind that this field takes"
_NOT_IN_TEXT = (LIST, WORD, MAPPING, "[key]")
"""Parts of a place inside a declaration that name a way of reading, and nothing that somebody wrote."""


def faults_in(error: ValidationError, file: str, path: Path, *, kind: type[BaseModel]) -> Iterator[Fault]:
    """Say what the reader of a declaration, which stands at a path, found wrong in it."""
    for detail in error.errors(include_url=False):
        yield _fault(file, path, kind, detail)


def _fault(file: str, path: Path, kind: type[BaseModel], detail: ErrorDetails) -> Fault:
    """Say in the words of the text what the reader of a declaration found wrong."""
    inner: Path = tuple(part for part in detail["loc"] if part not in _NOT_IN_TEXT)
    full = path + inner
    name = quoted(next(part for part in reversed(full) if isinstance(part, str)))
    found = detail["type"]
    if found == "missing":
        owner = full[-2]
        summary = f"item {owner + 1} of `{full[-3]}`" if isinstance(owner, int) else quoted(owner)
        return Fault(
            file, full[:-1], "missing-field", f"{summary} has no {name}", f"add `{full[-1]}:`", at="key"
        )
    if found == "extra_forbidden":
        known = _fields_at(kind, inner)
        help = did_you_mean(str(full[-1]), known, otherwise=f"known here are {listed(known)}")
        return Fault(file, full, "unknown-field", f"unknown field {name}", help, at="key")
    given = detail["input"]
    if detail["loc"][-1:] == ("[key]",):
        summary = f"{name} cannot be a name in `{full[-2]}`"
        return Fault(file, full, "invalid-value", summary, _value_help(detail), at="key")
    if isinstance(given, str):
        summary = f"{quoted(given)} is not a valid {name}" if given else f"{name} has no value"
    else:
        shape = "a mapping" if isinstance(given, dict) else "a list" if given else "an empty list"
        summary = f"{name} cannot be {shape}"
    return Fault(file, full, "invalid-value", summary, _value_help(detail), at="value")


_LISTED_MAX = 16


def listed(names: Iterable[str]) -> str:
    """Name what there is, and of very many the first and how many more: a message stays short."""
    ordered = sorted(names)
    more = len(ordered) - _LISTED_MAX
    if more <= 1:
        return ", ".join(ordered)
    return f"{', '.join(ordered[:_LISTED_MAX])} and {more} more"


def _value_help(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            expected = [part.strip("'") for part in context["expected"].replace(" or ", ", ").split(", ")]
            if detail["loc"][-1] == WORD:
                return f"write a list, or `{expected[0]}`"
            # In the order of declaration, which means something, unless they are too many to read.
            said = ", ".join(expected) if len(expected) <= _LISTED_MAX else listed(expected)
            return did_you_mean(str(detail["input"]), expected, otherwise=f"use one of {said}")
        case "value_error":
            return str(context["error"])
        case "string_pattern_mismatch":
            return _PATTERN_HELP.get(context["pattern"], _OTHER_HELP)
        case "string_too_long":
            return f"write at most {context['max_length']:,} characters"
        case other:
            return _TYPE_HELP.get(other, _OTHER_HELP)


def _fields_at(kind: type[BaseModel], path: Path) -> set[str]:
    """List the fields that a declared class knows at a path inside it."""
    at: Any = kind
    for part in path[:-1]:
        fields = getattr(at, "model_fields", {})
        if part in fields:
            at = _declared_in(fields[part].annotation)
    return set(getattr(at, "model_fields", {}))


def _declared_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in (getattr(annotation, "__origin__", None), *getattr(annotation, "__args__", ())):
        if part is not None and part is not annotation and (found := _declared_in(part)):
            return found
    return None


def in_place(faults: Iterable[Fault], files: Mapping[str, str]) -> Iterator[Diagnostic]:
    """Give every fault its line and column; each file is walked once, and only if it has faults."""
    by_file: dict[str, list[Fault]] = {}
    for fault in faults:
        by_file.setdefault(fault.file, []).append(fault)
    for file, found in by_file.items():
        find = locate_policies if file.endswith(SUFFIX) else locate
        places = find(files.get(file, ""), (fault.path for fault in found))
        start = Place((1, 1), (1, 1))
        for fault in found:
            place = places.get(fault.path, start)
            line, column = place.key if fault.at == "key" else place.value
            yield Diagnostic(Span(file, line, column), fault.code, fault.summary, fault.help, fault.severity)
