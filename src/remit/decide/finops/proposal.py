"""Proposals: what leaders can decide, each with its money, whose it is, and what it rests on.

What two of them are about both is never added: of those that overlap the one with more money stands, and it
says in whose place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal, get_args

from remit.decide.worth.cost import total
from remit.kernel.money import EXACT, ZERO, plain

MoneyKind = Literal["saves", "idle", "uncovered", "unpriced", "value"]
"""What money a proposal is about: what is not spent any more; what is paid and serves nobody; what calls will
ask for beyond a budget; what was charged without a rate of its own; value that waits to be confirmed."""

MONEY_KINDS: tuple[MoneyKind, ...] = get_args(MoneyKind)

ProposalKind = Literal[
    "saving", "stop", "park", "merge", "capacity", "commitment", "budget", "unpriced", "value"
]

ENDS: frozenset[ProposalKind] = frozenset({"stop", "park", "merge"})
"""What ends calls, so that no saving on them is left."""

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to decide. `says` begins with a verb, and `run` is the command that does it or begins it.

    `a_month` is money of a month, within `low` to `high` where that is known, which is so with probability
    `sure` where that is. `basis` says how well it is known, of value by its evidence grade; `why` is what it
    rests on, and `instead` names what overlaps with it and is not counted.
    """

    kind: ProposalKind
    money: MoneyKind
    says: str
    a_month: Decimal
    whose: str
    run: str
    why: str
    basis: str
    use_cases: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    sure: Decimal | None = None
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """The proposals that stand, the most money first; `further` are left.

    `sums` adds those of one kind of money, but for value, which `values` adds by evidence grade.

    INVARIANT: no two of `top` overlap, so those of one kind of money may be added; kinds and grades never
    are.
    """

    top: tuple[Proposal, ...] = ()
    further: int = 0
    sums: Mapping[MoneyKind, Decimal] = field(default_factory=dict)
    values: Mapping[str, Decimal] = field(default_factory=dict)


def overlap(one: Proposal, other: Proposal) -> bool:
    """Say whether two proposals are partly about the same money."""
    if one.money != other.money or not set(one.use_cases) & set(other.use_cases):
        return False
    if one.money == "saves":
        return bool(ENDS & {one.kind, other.kind})
    return one.money == "uncovered"


def propose(found: Iterable[Proposal], *, limit: int = SHOWN) -> Proposed:
    """Choose what to put before leaders: by money, and nothing that overlaps with what was chosen."""
    worth = [each for each in found if each.a_month > 0]
    chosen: list[Proposal] = []
    for each in sorted(worth, key=lambda each: (-each.a_month, MONEY_KINDS.index(each.money), each.says)):
        place = next((at for at, other in enumerate(chosen) if overlap(each, other)), None)
        if place is None:
            chosen.append(each)
        else:
            chosen[place] = replace(chosen[place], instead=(*chosen[place].instead, each.says))
    top = tuple(chosen[:limit])
    sums, values = dict[MoneyKind, Decimal](), dict[str, Decimal]()
    for each in top:
        if each.money == "value":
            values[each.basis] = EXACT.add(values.get(each.basis, ZERO), each.a_month)
    for kind in MONEY_KINDS:
        amounts = [each.a_month for each in top if each.money == kind != "value"]
        if amounts:
            sums[kind] = plain(total(amounts))
    return Proposed(top, len(chosen) - len(top), sums, values)


_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_ABOUT: dict[MoneyKind, str] = {
    "idle": "that lie idle",
    "uncovered": "that no budget covers",
    "unpriced": "charged without a rate",
}


def title(found: Proposed, currency: str) -> str:
    """Say in a sentence what the proposals are worth; different kinds of money stand beside each other."""
    if not found.top:
        return "No decision is about money now: nothing was found to save, to cover or to confirm"

    def money(amount: Decimal) -> str:
        return f"{amount:,.0f} {currency}" if amount >= 100 else f"{amount:,.2f} {currency}"

    saving = sum(each.money == "saves" for each in found.top)
    pace = "" if saving else " a month"
    rest = [f"{money(found.sums[kind])}{pace} {says}" for kind, says in _ABOUT.items() if kind in found.sums]
    if found.values:
        graded = [f"{money(amount)} ({grade})" for grade, amount in found.values.items()]
        rest.append(f"{' beside '.join(graded)} of value{pace} to confirm")
    about = f"{', '.join(rest[:-1])} and {rest[-1]}" if len(rest) > 1 else "".join(rest)
    others = len(found.top) - saving
    if not saving:
        return f"{_decisions(others)} about {about}"
    said = f"{_decisions(saving)} worth {money(found.sums['saves'])} a month"
    return f"{said}; {_more(others)} about {about}" if others else said


def _decisions(number: int) -> str:
    return "One decision is" if number == 1 else f"{_word(number)} decisions are"


def _more(number: int) -> str:
    return "one more is" if number == 1 else f"{_word(number).lower()} more are"


def _word(number: int) -> str:
    return _COUNTS[number] if number < len(_COUNTS) else f"{number:,}"


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "call"), counted(2133, "use case")
    ('1 call', '2,133 use cases')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
