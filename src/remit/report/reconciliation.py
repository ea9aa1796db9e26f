"""The report on a bill: what was billed, what was charged, and why they differ, to the last digit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from remit.decide.adjusting import SAID, Proposal
from remit.decide.bill_sum import Span
from remit.decide.reconcile import Cause, Line, summed
from remit.kernel.money import EXACT, ZERO, Money, plain
from remit.record.decided import Adjustment
from remit.report.sprawl import RowFault

MEANINGS: Mapping[Cause, str] = {
    "discount": "billed at a lower rate than ours, by a discount",
    "price": "billed at another price than ours",
    "cached_tokens": "input that the bill counts as cached and we do not, or the other way round",
    "unattributed": "billed, and no call of ours stands for it",
    "not_billed": "calls of ours that are not billed, or not yet",
    "guardrail": "guardrails of the provider",
    "rounding": "rounded by the provider, row by row",
    "purchase": "bought ahead, less what was drawn from it",
    "credit": "credits and refunds",
    "tax": "taxes",
    "support": "support",
    "other": "other services of the provider",
    "unexplained": "not explained",
}
"""What each cause of a difference means, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class CauseLine:
    """What one cause makes of the difference; earlier adjustments are taken off."""

    cause: Cause
    meaning: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BillLine:
    """One model on one day, or some, whose it is if the bill says so. Tokens are by kind."""

    model: str
    kind: str
    since: date
    until: date
    use_case: str
    key: str
    rows: int
    calls: int
    billed: Money
    charged: Money
    gap: Money
    tokens_billed: Mapping[str, Decimal]
    tokens_called: Mapping[str, Decimal]
    causes: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what was billed for tokens is attributed to calls of ours. Without a bill there is none."""

    attributed: Decimal
    of: Decimal

    @property
    def percent(self) -> Decimal | None:
        if not self.of:
            return None
        return (self.attributed * 100 / self.of).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A bill held against the ledger; `gap` is what was billed less what was charged and adjusted.

    `proposals` would settle what can be settled. `adjusted_by` are the adjustments that were read from this
    very bill, and `earlier` all that there are for its days.

    INVARIANT: the amounts of `causes` sum to `gap`, to the last digit.
    """

    format: str
    files: tuple[str, ...]
    digest: str
    since: date
    until: date
    providers: tuple[str, ...]
    currency: str
    rows: int
    billed: Money
    charged: Money
    adjusted: Money
    gap: Money
    causes: tuple[CauseLine, ...]
    cost_share: Share
    token_share: Share
    lines: tuple[BillLine, ...]
    unmatched: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    adjusted_by: tuple[str, ...]
    earlier: tuple[str, ...]
    unreadable: Mapping[str, int]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What reading a bill came to, apart from its sums."""

    format: str
    files: tuple[str, ...]
    digest: str
    rows: int
    unreadable: Mapping[str, int]
    faults: tuple[RowFault, ...]


def reconciliation(
    read: Read,
    found: tuple[Line, ...],
    *,
    period: Span,
    providers: Iterable[str],
    currency: str,
    unmatched: Iterable[str],
    earlier: Iterable[tuple[Adjustment, Decimal]],
    proposed: tuple[Proposal, ...],
    adjusted_by: tuple[str, ...],
    known: tuple[str, ...],
) -> Reconciliation:
    """Put together what was found; of adjustments, those that change what is billed count."""
    said = list(earlier)
    billed, charged = _sum(line.billed for line in found), _sum(line.charged for line in found)
    adjusted = _sum(amount for _, amount in said)
    gap = EXACT.subtract(EXACT.subtract(billed, charged), adjusted)
    return Reconciliation(
        format=read.format,
        files=read.files,
        digest=read.digest,
        since=period.first,
        until=period.last,
        providers=tuple(sorted(providers)),
        currency=currency,
        rows=read.rows,
        billed=Money(billed, currency),
        charged=Money(charged, currency),
        adjusted=Money(adjusted, currency),
        gap=Money(plain(gap), currency),
        causes=_causes(found, said, currency),
        cost_share=Share(_sum(line.attributed for line in found), _sum(line.used for line in found)),
        token_share=Share(
            _sum(line.tokens_attributed for line in found),
            _sum(count for line in found for count in line.tokens_billed.values()),
        ),
        lines=tuple(_line(line, currency) for line in found),
        unmatched=tuple(sorted(unmatched)),
        proposals=proposed,
        adjusted_by=adjusted_by,
        earlier=known,
        unreadable=read.unreadable,
        faults=read.faults,
    )


def _causes(
    found: tuple[Line, ...], earlier: Iterable[tuple[Adjustment, Decimal]], currency: str
) -> tuple[CauseLine, ...]:
    """Sum the causes of all lines, and take off what earlier adjustments have settled of each."""
    causes = summed(found)
    for each, amount in earlier:
        cause = SAID[each.reason]
        causes[cause] = EXACT.subtract(causes.get(cause, ZERO), amount)
    return tuple(
        CauseLine(cause, meaning, Money(plain(causes[cause]), currency))
        for cause, meaning in MEANINGS.items()
        if causes.get(cause)
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for each in amounts:
        total = EXACT.add(total, each)
    return plain(total)


def _line(line: Line, currency: str) -> BillLine:
    return BillLine(
        model=line.model,
        kind=line.kind,
        since=line.span.first,
        until=line.span.last,
        use_case=line.use_case,
        key=line.key,
        rows=line.rows,
        calls=line.calls,
        billed=Money(plain(line.billed), currency),
        charged=Money(plain(line.charged), currency),
        gap=Money(plain(line.gap), currency),
        tokens_billed={kind: plain(count) for kind, count in line.tokens_billed.items() if count},
        tokens_called={kind: plain(count) for kind, count in line.tokens_called.items() if count},
        causes={cause: plain(amount) for cause, amount in line.causes.items()},
    )
