"""The profile of an inventory: which column of a spreadsheet says what, in whose words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from pydantic import Field, ValidationError

from remit.declare.declared import DataClass, Day, Declared, Title, Truth, Word
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.organisation import Organisation, StageName
from remit.declare.text import Path, read
from remit.declare.use_case import Impact, Moment
from remit.kernel.diagnostic import Diagnostic, in_order
from remit.kernel.suggest import did_you_mean

DateFormat = Literal["M/D/YYYY", "D/M/YYYY", "D.M.YYYY", "D-M-YYYY", "YYYY-MM-DD", "YYYY/MM/DD"]
"""A way of writing dates."""


class UnitColumns(Declared):
    """Which columns name the unit that a row belongs to."""

    id: Title
    """The column that tells units apart; ids are made of it."""
    name: Title | None = None
    """The column with the unit's full name."""


class FieldColumns(Declared):
    """Which columns hold a use case's own fields."""

    name: Title
    """The column of what people call it."""
    problem: Title | None = None
    """The column of what is wrong today, and for whom."""
    purpose: Title | None = None
    """The column of what gets better, and for whom."""
    outputs: Title | None = None
    """The column of what answers are used for."""
    owner: Title | None = None
    """The column of its owner's mail address."""
    risk_owner: Title | None = None
    """The column of its risk owner's mail address."""
    data_class: Title | None = None
    """The column of its data class, in the words of `data_classes`."""
    personal_data: Title | None = None
    """The column of whether it handles data about people, in the words of `truths`."""
    impact: Title | None = None
    """The column of whether it touches people's rights or safety, in the words of `impacts`."""
    stage: Title | None = None
    """The column of its stage, in the words of `stages`."""


class DateReading(Declared):
    """How dates are written, and between which days one can be true."""

    formats: tuple[DateFormat, ...] = ("YYYY-MM-DD",)
    """How dates are written; the first that fits is taken."""
    earliest: Day
    """The first day that can be true."""
    latest: Day
    """The last day that can be true."""


class Profile(Declared):
    """How to read one organisation's inventory of use cases. A new inventory needs a profile, no code."""

    name: Title
    """What the inventory is called; it stands in every adoption's basis."""
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = "utf-8"
    """The spreadsheet's encoding."""
    delimiter: Literal["comma", "semicolon", "tab"] = "comma"
    """What stands between its cells."""
    organisation: Organisation
    """The organisation that the result declares."""
    unit: UnitColumns
    """Which columns name the unit."""
    fields: FieldColumns
    """Which columns hold a use case's own fields."""
    told_apart_by: tuple[Title, ...] = ()
    """Columns that tell use cases of one unit and name apart."""
    history: dict[Moment, Title] = Field(default_factory=dict)
    """Which columns hold the dates of a use case's life."""
    labels: dict[Word, Title] = Field(default_factory=dict)
    """Which columns become labels."""
    kept: tuple[Title, ...] = ()
    """Columns that stay in the source and are read there."""
    stages: dict[Title, StageName] = Field(default_factory=dict)
    """The inventory's words for stages."""
    stage_otherwise: StageName = "envision"
    """The stage of a row that gives none of these words."""
    since: dict[StageName, Moment] = Field(default_factory=dict)
    """By which moment a use case entered a stage."""
    truths: dict[Title, Truth] = Field(default_factory=dict)
    """The inventory's words for yes and no."""
    data_classes: dict[Title, DataClass] = Field(default_factory=dict)
    """The inventory's words for data classes."""
    impacts: dict[Title, Impact] = Field(default_factory=dict)
    """The inventory's words for what it can touch."""
    dates: DateReading | None = None
    """How dates are read; needed where `history` is given."""
    blanks: tuple[Title, ...] = ()
    """Words that mean an empty cell."""

    def mapped(self) -> Iterator[tuple[Path, str]]:
        """List the columns that become part of the operating model, with where the profile says so."""
        yield ("unit", "id"), self.unit.id
        if self.unit.name is not None:
            yield ("unit", "name"), self.unit.name
        for field in FieldColumns.model_fields:
            if (column := getattr(self.fields, field)) is not None:
                yield ("fields", field), column
        yield from ((("history", moment), column) for moment, column in self.history.items())
        yield from ((("labels", label), column) for label, column in self.labels.items())


def folded(text: str) -> str:
    """Write a word so that spelling it with other capitals or spaces makes no difference."""
    return " ".join(text.split()).casefold()


def read_profile(text: str, file: str) -> tuple[Profile | None, tuple[Diagnostic, ...]]:
    """Read a profile, or find every fault in it at once."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return None, in_order(diagnostics)
    if not isinstance(tree, dict) or "profile" not in tree:
        help = "begin with `profile:` and indent its fields below it"
        faults = [Fault(file, (), "not-a-profile", "the file declares no profile", help)]
        return None, in_order(in_place(faults, {file: text}))
    faults = [_unknown_section(file, section) for section in tree if section != "profile"]
    profile = None
    try:
        profile = Profile.model_validate(tree["profile"])
        faults += _faults(profile, file)
    except ValidationError as error:
        faults += faults_in(error, file, ("profile",), kind=Profile)
    return None if faults else profile, in_order(in_place(faults, {file: text}))


def _unknown_section(file: str, section: str) -> Fault:
    help = did_you_mean(section, ["profile"], otherwise="keep only `profile:` in this file")
    return Fault(file, (section,), "unknown-field", f"unknown section `{section[:80]}`", help, at="key")


def _faults(profile: Profile, file: str) -> Iterator[Fault]:
    """Find what would make a profile read a row in two ways."""
    kept: Iterable[tuple[Path, str]] = ((("kept", index), name) for index, name in enumerate(profile.kept))
    yield from _repeated_columns([*profile.mapped(), *kept], file)
    for field in ("stages", "truths", "data_classes", "impacts"):
        yield from _repeated_words(getattr(profile, field), field, file)
    if profile.dates is None:
        if profile.history:
            summary, help = "the profile maps dates and does not say how to read them", "add `dates:`"
            yield Fault(file, ("profile", "history"), "dates-without-format", summary, help, at="key")
        return
    if profile.dates.earliest > profile.dates.latest:
        summary = f"no date lies between {profile.dates.earliest} and {profile.dates.latest}"
        help = "write `earliest` before `latest`"
        yield Fault(file, ("profile", "dates", "latest"), "empty-range", summary, help)
    if {"M/D/YYYY", "D/M/YYYY"} <= set(profile.dates.formats):
        summary = "`M/D/YYYY` and `D/M/YYYY` read the same text as two dates"
        path: Path = ("profile", "dates", "formats")
        yield Fault(file, path, "ambiguous-date", summary, "keep one of the two")


def _repeated_columns(columns: Iterable[tuple[Path, str]], file: str) -> Iterator[Fault]:
    first: dict[str, Path] = {}
    for path, column in columns:
        if column in first:
            summary = f"column `{column[:80]}` is given twice"
            help = f"keep one; the other is `{'.'.join(str(part) for part in first[column])}`"
            yield Fault(file, ("profile", *path), "repeated-column", summary, help)
        first.setdefault(column, path)


def _repeated_words(words: Mapping[str, object], field: str, file: str) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for word in words:
        if folded(word) in first:
            summary = f"`{word[:80]}` reads the same as `{first[folded(word)][:80]}`"
            help = "keep one; capitals and spaces make no difference"
            yield Fault(file, ("profile", field, word), "repeated-word", summary, help, at="key")
        first.setdefault(folded(word), word)
