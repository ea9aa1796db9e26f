"""Reconcile: hold a bill against our own calls, and explain each difference by its causes.

Every difference is shared out exactly: the parts of a line sum to its gap, and those of all lines to the gap
of the whole, to the last digit. What no cause explains is a part of its own and never left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from remit.decide.bill_sum import BilledSum, BillSums, OwnSum, OwnSums, Place, Span, rate_of
from remit.decide.name_at_provider import Whose
from remit.declare.price import MILLION, Rates
from remit.kernel.money import EXACT, ZERO
from remit.record.bill_format import TOKEN_KINDS, BilledKind, TokenKind

Cause = Literal[
    "discount",
    "price",
    "cached_tokens",
    "unattributed",
    "not_billed",
    "guardrail",
    "rounding",
    "purchase",
    "credit",
    "tax",
    "support",
    "other",
    "unexplained",
]

# A bill's own rate that is this many times ours, or ours its, is more likely of another unit or product.
PLAUSIBLE_TIMES = 4

QUANTUM = Decimal("0.000000000001")
_WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
_NOISE = Decimal("0.000000000001")
"""The part of an amount that is lost where somebody summed it in binary floats."""

# Of surplus input, which kinds it is taken from first.
_INPUTS: tuple[TokenKind, ...] = ("input", "cache_write", "cache_write_1h", "cache_read")

_APART: Mapping[BilledKind, Cause] = {
    "discount": "discount",
    "guardrail": "guardrail",
    "purchase": "purchase",
    "credit": "credit",
    "tax": "tax",
    "support": "support",
}


@dataclass(frozen=True, slots=True)
class Own:
    """What calls of one use case and key, of one block, have a part in a line with."""

    use_case: str
    key: str
    sum: OwnSum


@dataclass(frozen=True, slots=True)
class Line:
    """A model on some days, whose it is if the bill says so: billed, charged, and why they differ."""

    model: str
    span: Span
    use_case: str
    key: str
    kind: str
    rows: int
    calls: int
    tokens_billed: Mapping[TokenKind, Decimal]
    tokens_called: Mapping[TokenKind, Decimal]
    billed: Decimal
    charged: Decimal
    causes: Mapping[Cause, Decimal]
    own: tuple[Own, ...] = ()
    used: Decimal = ZERO
    attributed: Decimal = ZERO
    tokens_attributed: Decimal = ZERO

    @property
    def gap(self) -> Decimal:
        return EXACT.subtract(self.billed, self.charged)


@dataclass(slots=True)
class _Cell:
    span: Span
    whose: Whose
    billed: BilledSum = field(default_factory=BilledSum)
    own: list[Own] = field(default_factory=list)


def lines(bill: BillSums, own: OwnSums, period: Span) -> tuple[Line, ...]:
    """Match a bill with our calls, per model, day and key as far as the bill says them."""
    half = EXACT.multiply(Decimal((0, (5,), -bill.decimals - 1)), bill.exchanged_most)
    found: list[Line] = []
    for model, cells in sorted(_cells(bill, own, period).items()):
        found += (_line(model, cell, half) for cell in cells)
    for (kind, model, day), sums in sorted(bill.apart.items()):
        cause = _APART.get(kind, "other")
        causes = {cause: sums.billed} if sums.billed else {}
        line = Line(model, Span(day, day), "", "", kind, sums.rows, 0, {}, {}, sums.billed, ZERO, causes)
        found.append(line)
    return tuple(found)


def _cells(bill: BillSums, own: OwnSums, period: Span) -> dict[str, list[_Cell]]:
    """Put together what is of the same model, days and use case or key.

    A model of which the bill has a row for several days together is matched over the whole period.
    """
    coarse = {place.model for place in bill.usage if place.span.first != place.span.last}
    billed: dict[tuple[str, Span], dict[Whose, BilledSum]] = {}
    for place, sums in bill.usage.items():
        group = billed.setdefault(_where(place, coarse, period), {})
        group.setdefault(place.whose, BilledSum()).add(sums)
    called: dict[tuple[str, Span], list[Own]] = {}
    for (place, _), each in own.sums.items():
        where = _where(place, coarse, period)
        called.setdefault(where, []).append(Own(*place.whose, each))
    found: dict[str, list[_Cell]] = {}
    for where in sorted({*billed, *called}):
        cells = _matched(where[1], billed.get(where, {}), called.get(where, []))
        found.setdefault(where[0], []).extend(cells)
    return found


def _where(place: Place, coarse: set[str], period: Span) -> tuple[str, Span]:
    return place.model, period if place.model in coarse else place.span


def _matched(span: Span, billed: Mapping[Whose, BilledSum], called: Sequence[Own]) -> Iterator[_Cell]:
    """Give each billed sum our calls of its key, else of its use case; what names nobody gets the rest."""
    left: dict[Whose, list[Own]] = {}
    keys: dict[str, set[Whose]] = {}
    for each in called:
        left.setdefault((each.use_case, each.key), []).append(each)
        keys.setdefault(each.use_case, set()).add((each.use_case, each.key))
    # A key is more than a use case, and either more than nothing: the longest comes first.
    for whose in sorted(billed, key=lambda each: (not each[1], not each[0], each)):
        use_case, key = whose
        wanted = {whose} if key else keys.get(use_case, set()) if use_case else set(left)
        mine = [own for each in sorted(wanted) for own in left.pop(each, [])]
        yield _Cell(span, whose, billed[whose], mine)
    for whose, mine in sorted(left.items(), key=lambda pair: pair[0]):
        yield _Cell(span, whose, BilledSum(), mine)


def _line(model: str, cell: _Cell, half: Decimal) -> Line:
    billed = cell.billed
    called = _added(each.sum.tokens for each in cell.own)
    charged = _total(each.sum.charge for each in cell.own)
    tolerance = EXACT.multiply(half, Decimal(billed.rows))
    tolerance += _WIDE.multiply(abs(charged), _NOISE)
    causes = _explained(billed, [each.sum for each in cell.own], called, charged, tolerance)
    prepaid = EXACT.subtract(billed.billed, billed.effective)
    _put(causes, "purchase", prepaid)
    assert _total(causes.values()) == EXACT.subtract(billed.billed, charged), "the parts are the gap"
    shared = ZERO if billed.untold else _shared(billed.tokens, called)
    return Line(
        model=model,
        span=cell.span,
        use_case=cell.whose[0],
        key=cell.whose[1],
        kind="usage",
        rows=billed.rows,
        calls=sum(each.sum.calls for each in cell.own),
        tokens_billed=billed.tokens,
        tokens_called=called,
        billed=billed.billed,
        charged=charged,
        causes=causes,
        own=tuple(cell.own),
        used=billed.effective,
        attributed=EXACT.subtract(billed.effective, causes.get("unattributed", ZERO)),
        tokens_attributed=shared,
    )


def _explained(
    billed: BilledSum,
    own: Sequence[OwnSum],
    called: Mapping[TokenKind, Decimal],
    charged: Decimal,
    tolerance: Decimal,
) -> dict[Cause, Decimal]:
    """Share out what was used less what was charged."""
    causes: dict[Cause, Decimal] = {}
    used = billed.effective
    if not own:
        _put(causes, "unattributed", used)
    elif not billed.tokens and not billed.untold:
        _put(causes, "discount", used)
        _put(causes, "not_billed", EXACT.minus(charged))
    elif billed.untold:
        difference = EXACT.subtract(used, charged)
        _put(causes, "rounding" if abs(difference) <= tolerance else "unexplained", difference)
    else:
        _by_quantity(causes, billed, own, called, charged, tolerance)
    return causes


def _by_quantity(
    causes: dict[Cause, Decimal],
    billed: BilledSum,
    own: Sequence[OwnSum],
    called: Mapping[TokenKind, Decimal],
    charged: Decimal,
    tolerance: Decimal,
) -> None:
    """Tell apart how much, of which kind, and at what rate.

    Tokens that only one side has are unattributed or not billed. Input tokens that both have, but count as
    another kind, are cached differently. What is left is a difference of rates.
    """
    rates = max((each.rates for each in own), key=lambda each: each.starts)
    difference = {
        kind: EXACT.subtract(billed.tokens.get(kind, ZERO), called.get(kind, ZERO)) for kind in TOKEN_KINDS
    }
    excess = {**_excess(difference), "output": difference["output"]}
    more = {kind: count for kind, count in excess.items() if count > 0}
    fewer = {kind: count for kind, count in excess.items() if count < 0}
    worth = _worth(billed.tokens, rates)
    # A model that costs us nothing has no worth to share by; then its tokens count alike.
    unattributed = (
        _part(billed.effective, _worth(more, rates), worth)
        if worth
        else _part(billed.effective, _total(more.values()), _total(billed.tokens.values()))
    )
    moved = {kind: EXACT.subtract(difference[kind], excess.get(kind, ZERO)) for kind in _INPUTS}
    untold = _total(each.untold for each in own)
    _put(causes, "unattributed", unattributed)
    _put(causes, "not_billed", _worth(fewer, rates))
    _put(causes, "cached_tokens", _worth(moved, rates))
    _put(causes, "unexplained", EXACT.minus(untold))
    by_rate = EXACT.subtract(EXACT.subtract(billed.effective, charged), _total(causes.values()))
    both = EXACT.subtract(billed.effective, unattributed)
    _by_rate(causes, billed, own, by_rate, both, tolerance)


def _by_rate(
    causes: dict[Cause, Decimal],
    billed: BilledSum,
    own: Sequence[OwnSum],
    difference: Decimal,
    both: Decimal,
    tolerance: Decimal,
) -> None:
    """Say what makes a difference at one quantity; `both` is what was billed for what both sides have."""
    ours = EXACT.subtract(both, difference)
    if abs(difference) <= tolerance:
        _put(causes, "rounding", difference)
    elif not ours or not 1 <= PLAUSIBLE_TIMES * both / ours <= PLAUSIBLE_TIMES**2:
        _put(causes, "unexplained", difference)
    elif billed.unlisted:
        _put(causes, "discount" if difference < 0 else "price", difference)
    else:
        listed = _part(billed.list_cost, both, billed.effective) if billed.effective else billed.list_cost
        ours_off = _total(EXACT.subtract(each.charge, each.list_charge) for each in own)
        discount = EXACT.subtract(EXACT.subtract(both, listed), ours_off)
        price = EXACT.subtract(difference, discount)
        _put(causes, "discount", discount)
        _put(causes, "rounding" if abs(price) <= tolerance else "price", price)


def _excess(difference: Mapping[TokenKind, Decimal]) -> dict[TokenKind, Decimal]:
    """Say of which kinds the input tokens are that only one side has, all kinds of input together."""
    net = _total(difference[kind] for kind in _INPUTS)
    found: dict[TokenKind, Decimal] = {}
    for kind in _INPUTS:
        count = difference[kind]
        if net > 0 and count > 0:
            found[kind] = min(count, net)
        elif net < 0 and count < 0:
            found[kind] = max(count, net)
        else:
            continue
        net = EXACT.subtract(net, found[kind])
    return found


def _worth(tokens: Mapping[TokenKind, Decimal], rates: Rates) -> Decimal:
    """Price tokens at our own rates, exactly."""
    total = ZERO
    for kind, count in tokens.items():
        total = EXACT.fma(count, rate_of(rates, kind), total)
    return EXACT.divide(total, MILLION)


def _part(amount: Decimal, of: Decimal, whole: Decimal) -> Decimal:
    """Take a part of an amount: all of it to the last digit, less than all to a millionth of a millionth."""
    if not of:
        return ZERO
    if of == whole:
        return amount
    return _WIDE.quantize(_WIDE.divide(_WIDE.multiply(amount, of), whole), QUANTUM)


def _shared(billed: Mapping[TokenKind, Decimal], called: Mapping[TokenKind, Decimal]) -> Decimal:
    """Count the billed tokens that calls of ours stand for: input of all kinds together, and output."""
    inputs = [_total(side.get(kind, ZERO) for kind in _INPUTS) for side in (billed, called)]
    outputs = [side.get("output", ZERO) for side in (billed, called)]
    return EXACT.add(min(inputs), min(outputs))


def _put(causes: dict[Cause, Decimal], cause: Cause, amount: Decimal) -> None:
    total = EXACT.add(causes.get(cause, ZERO), amount)
    if total:
        causes[cause] = total
    else:
        causes.pop(cause, None)


def _added(sides: Iterable[Mapping[TokenKind, Decimal]]) -> dict[TokenKind, Decimal]:
    found: dict[TokenKind, Decimal] = {}
    for side in sides:
        for kind, count in side.items():
            found[kind] = EXACT.add(found.get(kind, ZERO), count)
    return found


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for each in amounts:
        total = EXACT.add(total, each)
    return total


def summed(found: Iterable[Line]) -> dict[Cause, Decimal]:
    """Sum the causes of lines."""
    causes: dict[Cause, Decimal] = {}
    for line in found:
        for cause, amount in line.causes.items():
            _put(causes, cause, amount)
    return causes
