"""FOCUS conformance: check a file's header and each of its rows by the rules of the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from typing import Any, Literal

from remit.report.focus_cells import CUSTOM, cell_checks, is_pascal
from remit.report.focus_row_checks import Row, Test, row_test
from remit.report.focus_rules import Check, Column, Rule, Rulebook, Ruled

Version = Literal["1.2", "1.4"]

FINDINGS_KEPT = 1_000
_MEMORY_MAX = 2_000
_PARENTS_MAX = 100_000
_NAME_MAX = 50


@dataclass(frozen=True, slots=True)
class FocusFinding:
    """That a rule does not hold; row 0 is the header. `must` tells what must be from what should be."""

    row: int
    rule: str
    column: str
    says: str
    must: bool
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Conformance:
    """What was found in a file, and how many of the model's rules could be decided on it.

    `counts` has each rule that was broken, also beyond the findings that are kept. `decided` are rules that
    were checked, `absent` those about columns that are not there or no longer part of the version, and
    `conditional` those on columns that must be there only if the provider offers something the file does not
    tell. `own` are checks beside the model: what version 1.4 says of its columns.
    """

    version: Version
    rows: int
    findings: tuple[FocusFinding, ...]
    counts: Mapping[str, int]
    broken_musts: int
    decided: tuple[str, ...]
    absent: tuple[str, ...]
    conditional: tuple[str, ...]
    own: int


@dataclass(slots=True)
class _Group:
    """Checks that look at the same columns; what was found for the same cells is found again at once."""

    cells: Callable[[Row], Any]
    checks: list[tuple[Test, Ruled, int]] = field(default_factory=list)
    known: dict[Any, tuple[tuple[Ruled, int], ...]] = field(default_factory=dict)


class FocusChecker:
    """Checks rows one after another; what it remembers does not grow with their number.

    `applies` are the model's criteria that are known to hold for whoever wrote the file.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        header: Sequence[str],
        *,
        version: Version,
        draft: bool = False,
        applies: frozenset[str] = frozenset(),
    ) -> None:
        self._book, self._header, self._version = rulebook, tuple(header), version
        self._at = {name: index for index, name in enumerate(header)}
        self._known = {column.id: column for column in rulebook.columns.known(draft=True)}
        self._cells = cell_checks(rulebook.currencies, rulebook.columns.keys(draft=draft))
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._parents: list[tuple[Ruled, int, int, tuple[Test, ...], dict[str, str], set[str]]] = []
        self._rows = self._musts = self._own = 0
        self._findings: list[FocusFinding] = []
        self._counts: dict[str, int] = {}
        self._decided: list[str] = []
        self._absent: list[str] = []
        self._conditional: list[str] = []
        removed = rulebook.removed if version == "1.4" else frozenset()
        for ruled in rulebook.rules:
            self._take(ruled, removed, applies)
        if version == "1.4":
            self._take_columns(draft=draft)
        # A format counts as checked where some column has it.
        formats = {name for check in self._taken() for name in check.functions()}
        self._decided += [each.id for each in rulebook.rules if each.how == "format" and each.note in formats]
        self._absent += [
            each.id for each in rulebook.rules if each.how == "format" and each.note not in formats
        ]
        self._check_header()

    # ── what there is to check ──

    def _taken(self) -> Iterator[Check]:
        for group in self._groups.values():
            yield from (ruled.check for _, ruled, _ in group.checks if ruled.check is not None)

    def _take(self, ruled: Ruled, removed: frozenset[str], applies: frozenset[str]) -> None:
        if ruled.how not in ("present", "row", "rows"):
            return
        assert ruled.check is not None, "these have one"
        names = set(ruled.check.columns())
        if names & removed:
            self._absent.append(ruled.id)
        elif not applies.issuperset(ruled.rule.criteria):
            self._conditional.append(ruled.id)
        elif ruled.how == "present":
            self._decided.append(ruled.id)
            if ruled.check.column not in self._at:
                self._find(0, ruled.id, ruled.check.column, ruled.rule.says, must=ruled.must)
        elif names == {"*"}:
            self._decided.append(ruled.id)
            for name, column in self._known.items():
                if column.type == "String" and name in self._at:
                    self._add(ruled, Check(ruled.check.function, column=name), ())
        elif not names <= self._at.keys():
            self._absent.append(ruled.id)
        else:
            self._decided.append(ruled.id)
            self._add(ruled, ruled.check, ruled.when)

    def _add(self, ruled: Ruled, check: Check, when: tuple[Check, ...]) -> None:
        conditions = tuple(row_test(each, self._at, self._cells) for each in when)
        if check.function == "CheckDistinctCount":
            first, second = self._at[check.first], self._at[check.second]
            self._parents.append((ruled, first, second, conditions, {}, set()))
            return
        names = [name for each in (check, *when) for name in each.columns() if name in self._at]
        at = tuple(sorted({self._at[name] for name in names}))
        group = self._groups.setdefault(at, _Group(itemgetter(*at)))
        group.checks.append(
            (partial(_broken, conditions, row_test(check, self._at, self._cells)), ruled, self._shown(check))
        )

    def _shown(self, check: Check) -> int:
        """Which column a finding names: the first that the check looks at, or the result of a product."""
        return self._at[check.result or next(check.columns())]

    def _take_columns(self, *, draft: bool) -> None:
        """Take what version 1.4 says of its columns: which are mandatory, and of which type each is."""
        spoken = {ruled.rule.about for ruled in self._book.rules if ruled.rule.entity == "Column"}
        for column in self._book.columns.known(draft=draft):
            if column.level == "Mandatory" and column.since > self._book.focus_version:
                self._own += 1
                if column.id not in self._at:
                    says = f"{column.id} is mandatory in version {self._version}."
                    self._find(0, f"{self._version}-{column.id}-present", column.id, says, must=True)
            if column.id in self._at and column.id not in spoken:
                self._own += 1
                self._add(*_typed(column, self._version))

    # ── header ──

    def _check_header(self) -> None:
        rules = {each.id: each for each in self._book.rules if each.how == "header"}
        self._decided += rules
        custom_seen = False
        for name in self._header:
            if name in self._known or name in self._book.removed or self._is_spoken_of(name):
                if custom_seen:
                    self._break(rules, "ColumnHandling-A-012-O", name)
                    self._break(rules, "ColumnHandling-A-013-O", name)
                continue
            custom_seen = True
            bare = name.removeprefix(CUSTOM)
            if bare == name:
                self._break(rules, "ColumnHandling-A-010-M", name)
            if not bare.isascii() or not bare.isalnum():
                self._break(rules, "ColumnHandling-A-003-M", name)
            elif not is_pascal(bare):
                self._break(rules, "ColumnHandling-A-011-O", name)
            if len(name) > _NAME_MAX:
                self._break(rules, "ColumnHandling-A-005-O", name)

    def _is_spoken_of(self, name: str) -> bool:
        return any(ruled.rule.about == name for ruled in self._book.rules)

    def _break(self, rules: Mapping[str, Ruled], id: str, name: str) -> None:
        if id in rules:
            self._find(0, id, name, rules[id].rule.says, must=rules[id].must)

    # ── rows ──

    def add(self, row: Row) -> int:
        """Check a row; returns how many rules that must hold it breaks."""
        self._rows += 1
        before = self._musts
        for group in self._groups.values():
            cells = group.cells(row)
            found = group.known.get(cells)
            if found is None:
                found = tuple((ruled, at) for broken, ruled, at in group.checks if broken(row))
                if len(group.known) >= _MEMORY_MAX:
                    group.known.clear()
                group.known[cells] = found
            for ruled, at in found:
                self._find(
                    self._rows, ruled.id, self._header[at], ruled.rule.says, must=ruled.must, value=row[at]
                )
        for ruled, first, second, conditions, parents, told in self._parents:
            child, parent = row[first], row[second]
            if child is None or parent is None or not all(test(row) for test in conditions):
                continue
            if len(parents) < _PARENTS_MAX:
                parents.setdefault(child, parent)
            if parents.get(child, parent) != parent and child not in told:
                told.add(child)
                self._find(
                    self._rows, ruled.id, self._header[first], ruled.rule.says, must=ruled.must, value=child
                )
        return self._musts - before

    def add_unreadable(self, reason: str) -> None:
        """Count a row that is no row of this file."""
        self._rows += 1
        self._find(self._rows, "row-unreadable", "", reason, must=True)

    def _find(
        self, row: int, id: str, column: str, says: str, *, must: bool, value: str | None = None
    ) -> None:
        self._counts[id] = self._counts.get(id, 0) + 1
        self._musts += must
        if len(self._findings) < FINDINGS_KEPT:
            self._findings.append(FocusFinding(row, id, column, says, must, value))

    def result(self) -> Conformance:
        return Conformance(
            self._version,
            self._rows,
            tuple(self._findings),
            dict(sorted(self._counts.items())),
            self._musts,
            tuple(sorted(self._decided)),
            tuple(sorted(self._absent)),
            tuple(sorted(self._conditional)),
            self._own,
        )


def _broken(conditions: tuple[Test, ...], holds: Test, row: Row) -> bool:
    return all(condition(row) for condition in conditions) and not holds(row)


def _typed(column: Column, version: str) -> tuple[Ruled, Check, tuple[Check, ...]]:
    """State the type of a column that the model does not know as a rule of its own."""
    says = f"{column.id} holds {column.type} in version {version}."
    check = Check(_TYPES[column.type], column=column.id)
    rule = Rule("Type", "Column", column.id, "MUST", says, check=check)
    return Ruled(f"{version}-{column.id}-type", rule, "row", check), check, ()


_TYPES = {
    "String": "FormatString",
    "Decimal": "FormatNumeric",
    "Date/Time": "FormatDateTime",
    "JSON": "JsonObject",
}
