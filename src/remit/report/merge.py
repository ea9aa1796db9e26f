"""What merging use cases that seem to do one job would mean: who stays, who ends, and what that spares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from remit.decide.duplicate import Group, Member
from remit.decide.worth.cost import total
from remit.report.portfolio_table import Case

Fate = Literal["stays", "ends", "apart", "retired"]
"""What becomes of a member: it takes the others in, ends in favour of one, goes on by itself, or is over."""


@dataclass(frozen=True, slots=True)
class MergeLine:
    """One member of a group. `case` is None where it is not declared any more; `into` takes it in."""

    member: Member
    fate: Fate
    into: str
    calls: int
    cost: Decimal
    cost_known: bool
    case: Case | None


@dataclass(frozen=True, slots=True)
class Merge:
    """A group, and what merging it would mean: `spared` is the full cost of a year of those that end.

    Their work goes on in the one that stays, whose calls will then cost more: what is spared is the most.
    """

    group: Group
    lines: tuple[MergeLine, ...]
    spared: Decimal
    unknown: int
    units: frozenset[str]

    @property
    def stays(self) -> Member | None:
        return next((each.member for each in self.lines if each.fate == "stays"), None)

    @property
    def ends(self) -> int:
        return sum(each.fate == "ends" for each in self.lines)

    @property
    def owners(self) -> tuple[str, ...]:
        """Name who has to agree."""
        return tuple(dict.fromkeys(each.member.owner for each in self.lines if each.fate != "retired"))


def merges(groups: Iterable[Group], cases: Mapping[str, Case]) -> tuple[Merge, ...]:
    """Say of every group what merging it would mean; those that spare most come first, then the largest."""
    found = [_merge(each, cases) for each in groups]
    found.sort(
        key=lambda each: (
            *(-each.spared, -each.ends, -each.group.score),
            each.lines[0].member.id,
        )
    )
    return tuple(found)


def _merge(group: Group, cases: Mapping[str, Case]) -> Merge:
    ids = {each.id for each in group.members}
    twins = {name: cases[name].twin for name in ids if name in cases and cases[name].twin in ids}
    into = Counter(twins.values()).most_common(1)[0][0] if twins else ""
    lines = tuple(
        sorted(
            (_line(each, cases.get(each.id), twins, into) for each in group.members),
            key=lambda line: (line.fate != "stays", line.fate != "ends", line.member.id),
        )
    )
    ending = [each for each in lines if each.fate == "ends"]
    units = {each.unit for each in group.members}
    for each in lines:
        units |= each.case.lineage if each.case else set()
    return Merge(
        group,
        lines,
        total(each.cost for each in ending),
        sum(not each.cost_known for each in ending),
        frozenset(units),
    )


def _line(member: Member, case: Case | None, twins: Mapping[str, str], into: str) -> MergeLine:
    fate: Fate = "apart"
    if member.stage == "retired":
        fate = "retired"
    elif member.id in twins:
        fate = "ends"
    elif member.id == into:
        fate = "stays"
    return MergeLine(
        member=member,
        fate=fate,
        into=twins.get(member.id, ""),
        calls=sum(case.weeks.calls) if case else 0,
        cost=case.cost if case else Decimal(0),
        cost_known=case is not None and case.cost_known,
        case=case,
    )
