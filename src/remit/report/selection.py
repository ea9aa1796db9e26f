"""The selection as people read it: what is chosen, and of everything else in words why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from remit.decide.candidate import Candidate
from remit.decide.grade import Grade
from remit.decide.programme import Row
from remit.decide.rejection import Lacking, Rejection
from remit.decide.selection import Selection, Use
from remit.decide.what_if import Chosen, Comparison
from remit.declare.gate import RiskTier
from remit.declare.organisation import StageName
from remit.declare.portfolio import Portfolio
from remit.declare.ranking import METHODS
from remit.kernel.money import Money, canonical

NAMED_MAX = 6
_SHOWN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ChosenLine:
    """A use case that is chosen. `stays` is the share of drawn weights under which it is; None where no
    weight enters. `money` is what its outcomes are declared to be worth in a year."""

    id: str
    name: str
    unit: str
    stage: StageName
    tier: RiskTier
    worth: Decimal | None
    money: Money | None
    grade: Grade
    cost: Money
    mandatory: bool
    blocks: tuple[str, ...]
    stays: float | None


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A use case that is not chosen, the reason in words and in figures, and the share of drawn weights under
    which it would be."""

    id: str
    name: str
    worth: Decimal | None
    why: str
    reason: Rejection
    enters: float | None


@dataclass(frozen=True, slots=True)
class Apart:
    """A use case that cannot be chosen because it does not say what it needs."""

    id: str
    name: str
    stage: StageName


@dataclass(frozen=True, slots=True)
class SelectionView:
    """A selection, whole. `unit` is what worth is counted in; `unit_meaning` says what that is. What `total`
    says of money is split by evidence grade, and never added across."""

    status: str
    objective: str
    unit: str
    unit_meaning: str
    worth: Decimal
    bound: Decimal
    gap: Decimal
    currency: str
    total: Chosen
    chosen: tuple[ChosenLine, ...]
    rejected: tuple[RejectedLine, ...]
    apart: tuple[Apart, ...]
    blocks: tuple[str, ...]
    uses: tuple[Use, ...]
    clash: tuple[str, ...]
    draws: int
    drawn_relaxed: bool
    seed: int
    unlimited_money: bool
    later_cost: Money | None
    scenarios: tuple[Comparison, ...] = ()


def in_unit(portfolio: Portfolio, currency: str) -> tuple[str, str]:
    """Say what the worth of a selection is counted in, and what that means."""
    if portfolio.objective == "money":
        return currency, "a year's worth as declared, as far as its evidence supports it"
    formula = METHODS[portfolio.method]
    if not formula.factors:
        return "points", "the sum of scores from 0 to 5"
    product = " × ".join(name.replace("_", " ") for name in formula.above)
    return "points", f"the sum of {product}; the effort is a limit already"


def chosen_lines(found: Iterable[Candidate], selection: Selection, currency: str) -> tuple[ChosenLine, ...]:
    """List what is chosen, what is worth most first."""
    shares = selection.firmness.shares if selection.firmness else {}
    taken = [each for each in found if each.id in set(selection.chosen)]
    lines = (
        ChosenLine(
            id=each.id,
            name=each.judged.name,
            unit=each.judged.unit,
            stage=each.judged.stage,
            tier=each.tier,
            worth=each.worth,
            money=each.judged.money,
            grade=each.judged.grade,
            cost=Money(sum((amount.amount for amount in each.needs.cost), Decimal(0)), currency),
            mandatory=each.needs.mandatory,
            blocks=each.blocks,
            stays=shares.get(each.id),
        )
        for each in taken
    )
    return tuple(sorted(lines, key=lambda line: (-(line.worth or 0), line.id)))


def rejected_lines(
    found: Iterable[Candidate], selection: Selection, *, unit: str, currency: str
) -> tuple[RejectedLine, ...]:
    shares = selection.firmness.shares if selection.firmness else {}
    by_id = {each.id: each for each in found}
    return tuple(
        RejectedLine(
            id=each.id,
            name=by_id[each.id].judged.name,
            worth=by_id[each.id].worth,
            why=why(each, unit=unit, currency=currency),
            reason=each,
            enters=shares.get(each.id),
        )
        for each in selection.rejected
    )


def why(reason: Rejection, *, unit: str, currency: str) -> str:
    """Say in words why a use case is not chosen, what it would need, and what it would displace.

    >>> said = Rejection("a", "displaces", displaced=("b",), lost=Decimal("1.5"), proved=True)
    >>> why(said, unit="points", currency="EUR")
    'in place of `b` it would leave 1.50 points less'
    """
    parts = []
    if reason.kind == "unstated":
        parts.append(f"nobody says what it would bring: {_listed(reason.missing)} missing")
    elif reason.kind == "impossible":
        clash = (
            f"; it clashes with: {_clashing(reason.clash)}"
            if reason.clash
            else ", with all that is mandatory"
        )
        parts.append(f"cannot be had at all{clash}")
    elif reason.kind == "displaces":
        parts.append(_displaced(reason, unit))
    else:
        parts.append(_bounded(reason, unit))
    if reason.blocked_by:
        parts.append(f"{_quoted(reason.blocked_by)} {_is(reason.blocked_by)} chosen and excluded by it")
    if reason.lacking:
        needs = ", ".join(lacking(each, currency) for each in reason.lacking)
        more = f" and {_quoted(reason.joining)}" if reason.joining and reason.kind != "displaces" else ""
        parts.append(f"beside all that is chosen it{more} {'lack' if more else 'lacks'} {needs}")
    return "; ".join(parts)


def _displaced(reason: Rejection, unit: str) -> str:
    place = f"in place of {_quoted(reason.displaced)}" if reason.displaced else "chosen"
    beside = f" and with {_quoted(reason.joining)}" if reason.joining else ""
    lost = reason.lost or Decimal(0)
    if lost == 0:
        return f"{place}{beside} it would be worth as much: a tie"
    if lost < 0:
        return f"{place}{beside} it would be worth {amount(-lost, unit)} more: the choice was stopped early"
    return f"{place}{beside} it would leave {amount(lost, unit)} less"


def _bounded(reason: Rejection, unit: str) -> str:
    """Say what could give way, what that costs at most, and what the best choice with it costs at least."""
    least = f"would leave at least {amount(reason.lost, unit)} less" if reason.lost else ""
    if reason.lost_at_most is None:
        unknown = "what it would displace was not worked out in time"
        return f"{least}; {unknown}" if least else unknown
    place = f"in place of {_quoted(reason.displaced)}" if reason.displaced else "chosen"
    beside = f" and with {_quoted(reason.joining)}" if reason.joining else ""
    most = f"{place}{beside} it would leave {amount(reason.lost_at_most, unit)} less"
    if reason.lost == reason.lost_at_most:
        return f"{most}, and no other choice with it leaves more"
    return f"{most}; the best choice with it {least or 'may leave more'}"


def lacking(each: Lacking, currency: str) -> str:
    if each.kind == "money":
        return f"{Money(each.amount, currency).display()} in period {each.period}"
    words = limit(each.kind, each.about, period=each.period)
    return f"{canonical(each.amount)} of {words}"


def amount(value: Decimal, unit: str) -> str:
    """Write a worth in its unit, with two decimals; of points, more where a smaller number needs them."""
    written = f"{value:,.2f}" if unit != "points" or abs(value) >= _SHOWN else canonical(value)
    return f"{written} {unit}"


def limit(kind: str, about: Sequence[str], *, period: int = 0, tag: str = "") -> str:
    """Name a limit.

    >>> limit("capacity", ("data",), period=2), limit("risk", ("high",), tag="value_share")
    ('data in period 2', 'the share of value at risk tier high')
    """
    if kind == "money":
        return f"the budget of period {period}"
    if kind == "capacity":
        return f"{about[0]} in period {period}"
    if kind == "work_in_progress":
        return f"places at {about[0]}"
    if kind == "risk":
        return f"{'the share of value' if tag == 'value_share' else 'use cases'} at risk tier {about[0]}"
    if kind == "mandatory":
        return f"`{about[0]}` is mandatory"
    if kind == "exclusive":
        return f"at most one of {_quoted(about)}"
    return f"`{about[0]}` stands on `{about[1]}`"


def clashing(rows: Iterable[Row]) -> tuple[str, ...]:
    """Name the limits that cannot be kept together."""
    return tuple(limit(row.kind, row.about, period=row.period, tag=row.tag) for row in rows)


def _clashing(rows: Iterable[Row]) -> str:
    return _listed(clashing(rows))


def _listed(words: Sequence[str]) -> str:
    flat = [each.replace("_", " ") for each in words[:NAMED_MAX]]
    more = len(words) - NAMED_MAX
    return ", ".join([*flat, *([f"{more} more"] if more > 0 else [])])


def _quoted(names: Sequence[str]) -> str:
    shown = [f"`{each}`" for each in names[:NAMED_MAX]]
    more = len(names) - NAMED_MAX
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
