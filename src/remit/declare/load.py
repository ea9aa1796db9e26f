"""Load: from the texts of a directory to an operating model, or every fault in them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from remit.declare.block import KINDS, Block, Provider
from remit.declare.check import Fault, check
from remit.declare.declared import ADDRESS_PATTERN, ID_PATTERN, WORD_PATTERN, BlockAddress, Id
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, Organisation, Stage, Unit
from remit.declare.remit_layer import LIST, WORD
from remit.declare.text import Path, Place, Tree, locate, read
from remit.declare.use_case import UseCase
from remit.kernel.diagnostic import Diagnostic, Span, in_order, quoted
from remit.kernel.suggest import did_you_mean

SHIPPED = "<shipped>/"
"""Files whose name starts so hold the defaults; a declaration of the same thing replaces them. No file of a
directory that people keep is called that."""

_ID: TypeAdapter[str] = TypeAdapter(Id)
_ADDRESS: TypeAdapter[str] = TypeAdapter(BlockAddress)

SECTIONS: dict[str, type[BaseModel]] = {
    "organisation": Organisation,
    "units": Unit,
    "stages": Stage,
    "use_cases": UseCase,
    "blocks": Block,
    "providers": Provider,
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """The operating model if it is sound (warnings aside), and what there is to say about its text."""

    operating_model: OperatingModel | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)


@dataclass(slots=True)
class _Draft:
    """What has been read so far, with the file that each declaration stands in."""

    files: Mapping[str, str]
    sections: dict[str, dict[str, Any]]
    where: dict[tuple[str, str], str]
    faults: list[Fault]
    broken: set[tuple[str, str]]


def load(files: Mapping[str, str]) -> Loaded:
    """Read a directory's texts, by name, as one operating model.

    A file that is wrong does not hide the faults of another, and a declaration that is wrong does not make
    those that refer to it wrong as well.
    """
    draft = _Draft(files, {section: {} for section in SECTIONS}, {}, [], set())
    diagnostics: list[Diagnostic] = []
    for file in sorted(files, key=lambda name: (not name.startswith(SHIPPED), name)):
        tree, faults = read(files[file], file)
        diagnostics += faults
        if tree is not None:
            _take_file(draft, file, tree)
        elif faults:
            draft.broken |= {(section, "") for section in SECTIONS}
    _require_organisation(draft, whole=not any(fault.severity == "error" for fault in diagnostics))
    draft.faults += check(draft.sections, draft.broken, draft.where)
    # What could not be read is told once, not again by the field that it was written for.
    told = {diagnostic.span for diagnostic in diagnostics}
    diagnostics += (diagnostic for diagnostic in _in_place(draft) if diagnostic.span not in told)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        return Loaded(None, in_order(diagnostics))
    organisation = draft.sections.pop("organisation")[""]
    model = OperatingModel(organisation=organisation, **draft.sections)
    return Loaded(model, in_order(diagnostics))


def _take_file(draft: _Draft, file: str, tree: Tree) -> None:
    if not isinstance(tree, dict):
        help = f"begin with one of {', '.join(f'`{name}:`' for name in SECTIONS)}"
        draft.faults.append(Fault(file, (), "not-a-declaration", "the file declares nothing", help))
        return
    for section, body in tree.items():
        if section not in SECTIONS:
            help = did_you_mean(section, SECTIONS, otherwise=f"use one of {', '.join(SECTIONS)}")
            summary = f"unknown section {quoted(section)}"
            draft.faults.append(Fault(file, (section,), "unknown-field", summary, help, at="key"))
        elif section == "organisation":
            _take(draft, file, section, "", body)
        elif not isinstance(body, dict):
            summary = f"`{section}` must be a mapping from ids to declarations"
            draft.faults.append(Fault(file, (section,), "invalid-value", summary, "indent `id:` under it"))
            draft.broken.add((section, ""))
        else:
            for name, item in body.items():
                _take(draft, file, section, name, item)


def _take(draft: _Draft, file: str, section: str, name: str, body: Any) -> None:
    path: Path = (section,) if section == "organisation" else (section, name)
    first = draft.where.get((section, name))
    if first is not None and not first.startswith(SHIPPED):
        what = "the organisation" if section == "organisation" else quoted(name)
        summary = f"{what} is declared twice"
        help = f"keep one; the other is in {first}"
        draft.faults.append(Fault(file, path, "repeated-declaration", summary, help, at="key"))
        return
    draft.where[section, name] = file
    kind = _kind(file, section, name, path)
    if isinstance(kind, Fault):
        draft.broken.add((section, name))
        draft.faults.append(kind)
        return
    try:
        draft.sections[section][name] = kind.model_validate(body)
    except ValidationError as error:
        draft.broken.add((section, name))
        draft.faults += (_fault(file, path, kind, detail) for detail in error.errors(include_url=False))


def _kind(file: str, section: str, name: str, path: Path) -> type[BaseModel] | Fault:
    """Find the class to read a declaration with, or say why its name is not one."""
    help = "use lower-case letters, digits and hyphens, at most 80"
    kind = name.partition("/")[0]
    if section == "stages" and name not in STAGES:
        summary = f"{quoted(name)} is not a stage"
        help = did_you_mean(name, STAGES, otherwise=f"use one of {', '.join(STAGES)}")
    elif section == "blocks" and not _fits(_ADDRESS, name):
        summary, help = f"{quoted(name)} is not a block's address", "write `kind/name`, as `model/small`"
    elif section == "blocks" and kind not in KINDS:
        summary = f"{quoted(kind)} is not a kind of block"
        help = did_you_mean(kind, KINDS, otherwise=f"use one of {', '.join(KINDS)}")
    elif section in ("units", "use_cases", "providers") and not _fits(_ID, name):
        summary = f"{quoted(name)} is not an id"
    else:
        return KINDS[kind] if section == "blocks" else SECTIONS[section]
    return Fault(file, path, "invalid-id", summary, help, at="key")


def _fits(adapter: TypeAdapter[str], name: str) -> bool:
    try:
        adapter.validate_python(name)
    except ValidationError:
        return False
    return True


def _require_organisation(draft: _Draft, *, whole: bool) -> None:
    if whole and ("organisation", "") not in draft.where:
        file = min(
            (name for name in draft.files if not name.startswith(SHIPPED)), default="organisation.yaml"
        )
        help = "add `organisation:` with `name`, `contact` and `currency`"
        draft.faults.append(Fault(file, (), "no-organisation", "no file declares the organisation", help))


_PATTERN_HELP = {
    ID_PATTERN: "use lower-case letters, digits and hyphens, at most 80",
    ADDRESS_PATTERN: "write `kind/name`, such as `model/small`",
    r"^[^@\s]{1,64}@[^@\s]{1,190}$": "write the mail address of a role, such as `claims-lead@example.com`",
    WORD_PATTERN: "begin with a small letter; use letters, digits and underscores, at most 40",
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
_NOT_IN_TEXT = (LIST, WORD, "[key]")
"""Parts of a place inside a declaration that name a way of reading, and nothing that somebody wrote."""


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
        help = did_you_mean(str(full[-1]), known, otherwise=f"known here are {', '.join(sorted(known))}")
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


def _value_help(detail: ErrorDetails) -> str:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "literal_error":
            expected = [part.strip("'") for part in context["expected"].replace(" or ", ", ").split(", ")]
            if detail["loc"][-1] == WORD:
                return f"write a list, or `{expected[0]}`"
            return did_you_mean(str(detail["input"]), expected, otherwise=f"use one of {', '.join(expected)}")
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


def _in_place(draft: _Draft) -> Iterable[Diagnostic]:
    """Give every fault its line and column; each file is walked once, and only if it has faults."""
    by_file: dict[str, list[Fault]] = {}
    for fault in draft.faults:
        by_file.setdefault(fault.file, []).append(fault)
    for file, faults in by_file.items():
        places = locate(draft.files.get(file, ""), (fault.path for fault in faults))
        start = Place((1, 1), (1, 1))
        for fault in faults:
            place = places.get(fault.path, start)
            line, column = place.key if fault.at == "key" else place.value
            yield Diagnostic(Span(file, line, column), fault.code, fault.summary, fault.help, fault.severity)
