"""Inventory: a spreadsheet of use cases becomes declared text, and what could not is said row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from remit.declare.cell import ids, read_date, seen_word, visible
from remit.declare.declared import Contact, Prose, Title
from remit.declare.inventory_profile import FieldColumns, Profile, folded
from remit.declare.organisation import STAGES, StageName
from remit.declare.use_case import Moment
from remit.declare.written import written

HEADER_ROW = 1
_UNIT_ID_MAX = 40
_READ: Mapping[str, TypeAdapter[str]] = {
    "title": TypeAdapter(Title),
    "prose": TypeAdapter(Prose),
    "contact": TypeAdapter(Contact),
}
_REFUSED = {"title": "too-long", "prose": "too-long", "contact": "not-a-contact"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A spreadsheet as it was read: one name for each column, and rows whatever their length."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """What did not become part of the operating model as it stands; rows count from 1, the header."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How much became what. Every cell is exactly one of blank, mapped, kept or reported."""

    rows: int
    use_cases: int
    units: int
    stages: Mapping[StageName, int]
    cells_blank: int
    cells_mapped: int
    cells_kept: int
    cells_reported: int


@dataclass(frozen=True, slots=True)
class Imported:
    """Declared texts by relative name, with what they leave out and what they hold."""

    files: Mapping[str, str]
    unmapped: tuple[Unmapped, ...]
    counts: Counts


def column_names(header: Sequence[str]) -> tuple[str, ...]:
    """Name every column: by its header, numbered where that stands again, or by its place without one.

    >>> column_names(["Name", "If other", "If  other ", ""])
    ('Name', 'If other', 'If other (2)', 'column 4')
    """
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = base = " ".join(visible(cell, lines=False)[0].split()) or f"column {place}"
        number = 1
        while name in names:
            number += 1
            name = f"{base} ({number})"
        names.append(name)
    return tuple(names)


@dataclass(frozen=True, slots=True)
class _Words:
    """The profile's vocabularies, ready to look up in."""

    blanks: frozenset[str]
    stages: Mapping[str, StageName]
    truths: Mapping[str, bool]
    data_classes: Mapping[str, str]
    impacts: Mapping[str, str]


@dataclass(slots=True)
class _Draft:
    """What has been found so far."""

    profile: Profile
    words: _Words
    unmapped: list[Unmapped] = field(default_factory=list)
    refused: set[tuple[int, str]] = field(default_factory=set)
    stages: Counter[StageName] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row while it is read: every answer that cannot be taken is reported."""

    number: int
    cells: Mapping[str, str]
    draft: _Draft

    def report(self, column: str, value: str, reason: str) -> None:
        self.draft.unmapped.append(Unmapped(self.number, column, value, reason))

    def refuse(self, column: str, reason: str) -> None:
        """Report a cell that does not become part of the operating model."""
        self.draft.refused.add((self.number, column))
        self.report(column, self.cells[column], reason)

    def is_blank(self, column: str) -> bool:
        return seen_word(self.cells.get(column, "")) in self.draft.words.blanks

    def text(self, column: str | None, kind: str = "title") -> str | None:
        """Read a cell's text; None where it says nothing, or too much to be declared."""
        if column is None or self.is_blank(column):
            return None
        text, replaced = visible(self.cells[column], lines=kind == "prose")
        try:
            _READ[kind].validate_python(text)
        except ValidationError:
            self.refuse(column, _REFUSED[kind])
            return None
        if replaced:
            self.report(column, replaced, "character-replaced")
        return text

    def word(self, column: str | None, known: Mapping[str, Any], reason: str) -> Any:
        """Read a cell that must hold one of a few words; None where it holds none or another."""
        if column is None or self.is_blank(column):
            return None
        found = known.get(seen_word(self.cells[column]))
        if found is None:
            self.refuse(column, reason)
        return found

    def day(self, column: str) -> tuple[date | None, bool]:
        """Read a day, and say whether it can be true; what cannot, and what is no day, is reported."""
        reading = self.draft.profile.dates
        if reading is None or self.is_blank(column):
            return None, True
        found = read_date(visible(self.cells[column], lines=False)[0], reading.formats)
        if found is not None and reading.earliest <= found <= reading.latest:
            return found, True
        self.refuse(column, "not-a-date" if found is None else "date-out-of-range")
        return found, False


def map_inventory(sheet: Sheet, profile: Profile, *, source_file: str) -> Imported:
    """Turn every row of a sheet into a use case of its unit.

    Nothing is guessed and nothing is cut: what the operating model cannot hold is reported, and stays in the
    source file, which every use case points to. The same sheet gives the same ids and texts again.
    """
    draft = _Draft(profile, _words(profile))
    rows = [_row(number, cells, sheet, draft) for number, cells in enumerate(sheet.rows, HEADER_ROW + 1)]
    sound = [row for row in rows if _is_use_case(row)]
    units = _units(sound, profile)
    cases = [(_use_case(row, units[_unit_key(row)], source_file), row) for row in sound]
    names = ids([(f"{case['unit']}-{case['name']}", _apart(row)) for case, row in cases])
    by_unit: dict[str, dict[str, Any]] = {}
    for name, (case, _) in zip(names, cases, strict=True):
        by_unit.setdefault(case["unit"], {})[name] = case
    titles = _unit_names(sound, units)
    return Imported(
        _files(profile, titles, by_unit, source_file),
        tuple(sorted(draft.unmapped, key=lambda entry: entry.row)),
        _counts(rows, draft, use_cases=len(cases), units=len(titles)),
    )


def _words(profile: Profile) -> _Words:
    return _Words(
        blanks=frozenset({"", *(folded(word) for word in profile.blanks)}),
        stages={folded(word): stage for word, stage in profile.stages.items()},
        truths={folded(word): truth for word, truth in profile.truths.items()},
        data_classes={folded(word): data_class for word, data_class in profile.data_classes.items()},
        impacts={folded(word): impact for word, impact in profile.impacts.items()},
    )


def _row(number: int, cells: Sequence[str], sheet: Sheet, draft: _Draft) -> _Row:
    """Give cells their columns; those too many get a name of their own and are reported, never dropped."""
    width = len(sheet.columns)
    extra = column_names([*sheet.columns, *("" for _ in cells[width:])])[width:]
    row = _Row(number, dict(zip((*sheet.columns, *extra), cells, strict=False)), draft)
    if len(cells) < width and any(cell.strip() for cell in cells):
        row.report("", f"{len(cells)} of {width} cells", "row-too-short")
    for column in extra:
        if row.cells[column].strip():
            row.refuse(column, "cell-without-column")
    known = {column for _, column in draft.profile.mapped()}.union(draft.profile.kept)
    for column in sheet.columns:
        if column not in known and not row.is_blank(column):
            row.refuse(column, "column-not-mapped")
    return row


def _is_use_case(row: _Row) -> bool:
    """Tell whether a row names a use case and its unit; report all of it if not."""
    profile = row.draft.profile
    missing = [column for column in (profile.fields.name, profile.unit.id) if row.is_blank(column)]
    for column in missing:
        row.report(column, row.cells.get(column, ""), "row-not-mapped")
    if not missing and row.text(profile.fields.name) is not None:
        return True
    for _, column in profile.mapped():
        if not row.is_blank(column):
            row.refuse(column, "row-not-mapped")
    return False


def _unit_key(row: _Row) -> str:
    return seen_word(row.cells[row.draft.profile.unit.id])


def _units(rows: Sequence[_Row], profile: Profile) -> dict[str, str]:
    """Give each unit that rows name its id."""
    keys = list(dict.fromkeys(_unit_key(row) for row in rows))
    return dict(zip(keys, ids([(key, key) for key in keys], longest=_UNIT_ID_MAX), strict=True))


def _unit_names(rows: Sequence[_Row], units: Mapping[str, str]) -> dict[str, str]:
    """Name each unit as the first row that names it does, else by its id; another name is reported."""
    names: dict[str, str] = {}
    for row in rows:
        column, unit = row.draft.profile.unit.name, units[_unit_key(row)]
        said = row.text(column)
        if said is not None and column is not None and folded(said) != folded(names.setdefault(unit, said)):
            row.refuse(column, "unit-name-differs")
    for row in rows:
        names.setdefault(units[_unit_key(row)], visible(row.cells[row.draft.profile.unit.id], lines=False)[0])
    return names


def _apart(row: _Row) -> str:
    """Join what tells a row apart from others of its unit and name."""
    columns = (row.draft.profile.fields.name, *row.draft.profile.told_apart_by)
    return "\n".join(seen_word(row.cells.get(column, "")) for column in columns)


def _use_case(row: _Row, unit: str, source_file: str) -> dict[str, Any]:
    profile, columns, words = row.draft.profile, row.draft.profile.fields, row.draft.words
    name, _ = visible(row.cells[columns.name], lines=False)
    history, doubtful = _history(row)
    labels = {label: text for label, column in profile.labels.items() if (text := row.text(column))}
    return {
        "name": name,
        "unit": unit,
        "problem": row.text(columns.problem, "prose"),
        "purpose": _purpose(row, columns, name),
        "outputs": row.text(columns.outputs, "prose"),
        "owner": row.text(columns.owner, "contact"),
        "risk_owner": row.text(columns.risk_owner, "contact"),
        "data_class": row.word(columns.data_class, words.data_classes, "unknown-data-class"),
        "personal_data": row.word(columns.personal_data, words.truths, "unknown-truth"),
        "impact": row.word(columns.impact, words.impacts, "unknown-impact"),
        "labels": labels or None,
        "adoption": _adoption(row, history),
        "history": {**history, **({"doubtful": doubtful} if doubtful else {})} or None,
        "origin": {"file": source_file, "row": row.number},
    }


def _history(row: _Row) -> tuple[dict[Moment, date], dict[Moment, date]]:
    """Read the dates of its life, and apart from them those that cannot be true."""
    found: tuple[dict[Moment, date], dict[Moment, date]] = {}, {}
    for moment, column in row.draft.profile.history.items():
        day, sound = row.day(column)
        if day is not None:
            found[not sound][moment] = day
    return found


def _purpose(row: _Row, columns: FieldColumns, name: str) -> str:
    """Read the purpose; it is required, so a row without one says its name again and is reported."""
    purpose = row.text(columns.purpose, "prose")
    if purpose is None and (columns.purpose is None or row.is_blank(columns.purpose)):
        row.report(columns.purpose or "", row.cells.get(columns.purpose or "", ""), "purpose-not-given")
    return purpose or name


def _adoption(row: _Row, history: Mapping[Any, date]) -> dict[str, Any]:
    profile = row.draft.profile
    column = profile.fields.stage
    basis = f"row {row.number} of the {profile.name}"
    stage: StageName | None = row.word(column, row.draft.words.stages, "unknown-stage")
    if stage is None:
        stage = profile.stage_otherwise
        basis += ", which gives no stage that the profile knows"
        if column is not None and row.is_blank(column):
            row.report(column, row.cells.get(column, ""), "stage-not-given")
    row.draft.stages[stage] += 1
    moment = profile.since.get(stage)
    return {"stage": stage, "since": history.get(moment), "basis": basis}


def _files(
    profile: Profile, titles: Mapping[str, str], by_unit: Mapping[str, Mapping[str, Any]], source_file: str
) -> dict[str, str]:
    comment = f"Made by `remit import inventory` from {source_file}: {profile.name}"
    organisation = profile.organisation.model_dump(mode="json", exclude_unset=True)
    units = {unit: {"name": titles[unit]} for unit in sorted(titles)}
    files = {
        "organisation.yaml": written({"organisation": organisation}, comment=comment),
        "units.yaml": written({"units": units}, comment=comment),
    }
    for unit in sorted(by_unit):
        files[f"use-cases/{unit}.yaml"] = written({"use_cases": by_unit[unit]}, comment=comment)
    return files


def _counts(rows: Sequence[_Row], draft: _Draft, *, use_cases: int, units: int) -> Counts:
    kept = set(draft.profile.kept)
    cells: Counter[str] = Counter(_fate(row, column, kept) for row in rows for column in row.cells)
    return Counts(
        rows=len(rows),
        use_cases=use_cases,
        units=units,
        stages={stage: draft.stages[stage] for stage in STAGES},
        cells_blank=cells["blank"],
        cells_mapped=cells["mapped"],
        cells_kept=cells["kept"],
        cells_reported=cells["reported"],
    )


def _fate(row: _Row, column: str, kept: set[str]) -> str:
    if (row.number, column) in row.draft.refused:
        return "reported"
    if row.is_blank(column):
        return "blank"
    return "kept" if column in kept else "mapped"


def missing_columns(sheet: Sheet, profile: Profile) -> Iterator[str]:
    """List the columns that the profile maps and the sheet does not have."""
    wanted = [column for _, column in profile.mapped()] + list(profile.told_apart_by)
    return (column for column in dict.fromkeys(wanted) if column not in sheet.columns)
