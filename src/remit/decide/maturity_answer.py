"""Answers to the criteria and activities of maturity: how each stands, on which basis, and since when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from remit.decide.maturity_known import Case, Known

Status = Literal["yes", "partly", "no", "unknown"]
"""Shown, shown for some, not shown, or nothing to judge it by."""

ENTRIES_MAX = 20
"""Of how many entries behind an answer the ids are given, the newest."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked about: a unit with all units below it, or with an empty `unit` the organisation.

    `units` are those of them that own use cases, and `cases` their use cases.
    """

    unit: str
    units: frozenset[str]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """How an item stands. Of `of` things that were looked at, `shown` show it; `basis` says which things.

    `at` is the day that the newest evidence is from. One that is `inherited` is the organisation's, or that
    of a unit above. `simulated` is set where it rests on nothing but simulated calls or evaluations.
    """

    status: Status
    basis: str
    shown: int = 0
    of: int = 0
    at: date | None = None
    entries: tuple[str, ...] = ()
    inherited: bool = False
    simulated: bool = False


def several(number: int, noun: str) -> str:
    """Write a number of things.

    >>> several(1, "unit"), several(2, "use case of")
    ('1 unit', '2 use cases of')
    """
    first, _, rest = noun.partition(" of")
    plural = first if number == 1 else f"{first}s"
    return f"{number:,} {plural}{' of' if _ else ''}{rest}"


def share(shown: int, of: int) -> Status:
    """Say how it stands that so many of so many show something; of nothing, nothing can be said."""
    if of == 0:
        return "unknown"
    return "yes" if shown == of else "partly" if shown else "no"


def some(shown: int) -> Status:
    return "yes" if shown else "no"


def ids(entries: Iterable[str]) -> tuple[str, ...]:
    """Give the newest ids of entries, which sort by time."""
    return tuple(sorted(set(entries), reverse=True)[:ENTRIES_MAX])


def scopes(known: Known) -> dict[str, Scope]:
    """Say for the organisation and for every declared unit what is asked about."""
    under: dict[str, list[Case]] = {unit: [] for unit in known.model.units}
    lineages = {unit: known.model.lineage(unit) for unit in known.model.units}
    for case in known.cases:
        for unit in lineages[case.unit]:
            under[unit].append(case)
    found = {"": Scope("", known.units, known.cases)}
    for unit, cases in under.items():
        found[unit] = Scope(unit, frozenset(case.unit for case in cases), tuple(cases))
    return found
