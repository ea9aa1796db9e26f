"""Reconcile a bill: read it within bounds, hold it against our own calls, and say why they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256

from remit.decide.adjusting import concerns, portion, proposals
from remit.decide.bill_sum import BillSums, OwnSums, Span
from remit.decide.name_at_provider import NamesAtProvider, words_of
from remit.decide.reconcile import lines
from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.model_in_force import model_in_force
from remit.operations.read_entries import read_entries
from remit.operations.read_export import Export, digest_of, rows_of
from remit.operations.system import System
from remit.record.bill_format import BillFormat
from remit.record.billed import billed
from remit.record.call_entry import Call
from remit.record.decided import Adjustment, AdjustmentFilter
from remit.record.export_row import Unreadable
from remit.report.reconciliation import Read, Reconciliation, reconciliation
from remit.report.sprawl import RowFault

FAULTS_KEPT = 1_000


def reconcile_bill(
    system: System,
    exports: Sequence[Export],
    *,
    format: BillFormat,
    month: Span | None = None,
    as_of: date | None = None,
    providers: Sequence[str] = (),
    exchange: Mapping[str, Decimal] | None = None,
) -> Reconciliation:
    """Match a bill with our calls of its days and providers; a row that cannot be read is counted and said.

    The days are those of the month, else of the bill; the providers those named, else those that have a model
    which the bill has. With `as_of`, what was known at the end of that day counts.
    """
    _, model = model_in_force(system)
    names = NamesAtProvider(model, format.model_prefixes)
    keys = {key.id: key.use_case for key in system.store.keys().values()}
    words = words_of(model, keys, format.labels)
    sums = BillSums(
        names,
        words,
        currency=model.organisation.currency,
        exchange=exchange or {},
        declared=model.exchange_rates,
    )
    read = _read(exports, sums, format, month)
    days = _days_of(sums, read, model)
    period = month or days
    ours = frozenset(_known(model, providers)) or frozenset(sums.providers)
    known = _end_of(as_of) if as_of else None
    own = _called(system, OwnSums(names, ours), period, known)
    adjustments = system.store.adjustments(AdjustmentFilter(period.first, period.last, known))
    earlier = [(each, portion(each, period)) for each in _concerned(adjustments, model, ours)]
    found = lines(sums, own, period)
    return reconciliation(
        read,
        found,
        period=period,
        providers=ours,
        currency=model.organisation.currency,
        unmatched={line.model for line in found if line.tokens_billed and names.block(line.model) is None},
        earlier=earlier,
        proposed=proposals(found, earlier, ours, period=period),
        adjusted_by=_ids(system.store.adjustments(AdjustmentFilter(known=known, source=read.digest))),
        known=_ids(adjustments),
    )


def _ids(adjustments: Iterable[Adjustment]) -> tuple[str, ...]:
    return tuple(each.id for each in adjustments)


def _days_of(sums: BillSums, read: Read, model: OperatingModel) -> Span:
    """Say which days a bill is of; raises RemitError for one of which nothing could be read."""
    if sums.span is None:
        raise RemitError(
            f"no row of the bill could be read as `{read.format[:80]}`",
            help=_why(read, model),
            code="not-a-bill",
        )
    return sums.span


def _called(system: System, own: OwnSums, period: Span, known: datetime | None) -> OwnSums:
    until = _end_of(period.last) if known is None else min(_end_of(period.last), known)
    for entry in read_entries(system, since=_start_of(period.first), until=until, kinds=[Call]):
        assert isinstance(entry, Call), "no other kind was asked for"
        own.add(entry)
    return own


def _concerned(
    adjustments: Iterable[Adjustment], model: OperatingModel, providers: frozenset[str]
) -> Iterator[Adjustment]:
    """Choose the adjustments of these providers that change what is billed."""
    blocks = {
        address: block.provider for address, block in model.blocks.items() if isinstance(block, ModelBlock)
    }
    return (each for each in adjustments if each.cost != "effective" and concerns(each, providers, blocks))


def _known(model: OperatingModel, providers: Sequence[str]) -> Sequence[str]:
    for each in providers:
        if each not in model.providers:
            raise NotFound(
                f"no provider `{each[:80]}` is declared",
                help=did_you_mean(each, model.providers, otherwise="`remit provider list` shows them"),
            )
    return providers


def _read(exports: Sequence[Export], sums: BillSums, format: BillFormat, month: Span | None) -> Read:
    rows = 0
    reasons: Counter[str] = Counter()
    faults: list[RowFault] = []
    for export in exports:
        for number, row in rows_of(export, layout=format.layout):
            rows += 1
            try:
                if isinstance(row, Unreadable):
                    raise row
                found = billed(row, format)
                if found is None:
                    raise Unreadable(_ELSEWHERE)
                if month is not None and not month.first <= found.day <= month.last:
                    raise Unreadable(_ANOTHER_MONTH)
                sums.add(found)
            except Unreadable as fault:
                reason = str(fault)
                if reason == "too-many-sums":
                    raise RemitError(
                        f"`{export.name[:80]}` bills more models, days and keys than can be kept apart",
                        help="split it by day, and reconcile each part by itself",
                        code="source-too-large",
                    ) from None
                reasons[reason] += 1
                if reason not in _PASSED_OVER and len(faults) < FAULTS_KEPT:
                    faults.append(RowFault(export.name, number, reason))
    # The order in which the files are named makes no difference.
    digests = sorted(digest_of(export) for export in exports)
    digest = digests[0] if len(digests) == 1 else sha256("".join(digests).encode()).hexdigest()
    names = tuple(export.name for export in exports)
    return Read(format.name, names, digest, rows, dict(sorted(reasons.items())), tuple(faults))


_ELSEWHERE, _ANOTHER_MONTH = "another-service", "another-month"
_PASSED_OVER = (_ELSEWHERE, _ANOTHER_MONTH)


def _why(read: Read, model: OperatingModel) -> str:
    if "another-currency" in read.unreadable:
        currency = model.organisation.currency
        return (
            f"it is not in {currency}: say with `--rate`, such as `--rate USD=0.92`, what it is in {currency}"
        )
    if _ANOTHER_MONTH in read.unreadable:
        return "its rows are of other months: leave `--month` out, or name theirs"
    why = ", ".join(f"{reason} {number:,}" for reason, number in read.unreadable.items())
    return f"name the right format with `--format`; of {read.rows:,} rows, not read: {why or 'none'}"


def month_of(year: int, month: int) -> Span:
    """Name the days of a month."""
    first = date(year, month, 1)
    return Span(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))


def _end_of(day: date) -> datetime:
    return _start_of(day) + timedelta(days=1)
