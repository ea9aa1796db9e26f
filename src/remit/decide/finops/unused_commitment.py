"""Unused commitments: what was paid beforehand and drawn by no call, a cost of the day it lapsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile

from remit.decide.bill_sum import Span
from remit.decide.finops.allocation import Spent
from remit.decide.finops.commitment_use import drawn_from, spans_of
from remit.decide.worth.sharing import Key, Served, sharers
from remit.declare.capacity import Commitment
from remit.declare.operating_model import OperatingModel
from remit.kernel.money import EXACT, ZERO, canonical, plain
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import UsageKey, UsageSum, hour_of


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A period of a commitment that is over: the last of `spans`, which are those that carry into it.

    `rows` are the roll-ups of calls by the hour, and `guards` those of guardrails by others, in the
    organisation's currency where a rate is known.
    """

    name: str
    commitment: Commitment
    spans: Sequence[Span]
    rows: Sequence[tuple[UsageKey, UsageSum]] = ()
    guards: Sequence[tuple[GuardrailKey, GuardrailSum]] = ()


def lapsing(model: OperatingModel, days: Span, *, today: date) -> Iterator[Lapsed]:
    """List periods of commitments that end within some days and before today, as yet without rows."""
    for name, commitment in model.commitments.items():
        spans = tuple(takewhile(lambda span: span.last < today, spans_of(commitment, model, today)))
        for place, span in enumerate(spans):
            lapses = not commitment.rolls_over or span.last == commitment.ends
            if lapses and days.first <= span.last <= days.last:
                yield Lapsed(name, commitment, spans[: place + 1] if commitment.rolls_over else (span,))


def unused(model: OperatingModel, lapsed: Lapsed, uncounted: list[str]) -> Iterator[Spent]:
    """Say what of a commitment was used by nobody, if all that was drawn from it can be counted."""
    commitment, own = lapsed.commitment, model.organisation.currency
    models = {name for name, id in drawn_from(model).items() if id == commitment.id}
    rows = [
        row for row in lapsed.rows if row[0].model in models and row[1].committed and not row[0].simulated
    ]
    asked = [row for row in lapsed.guards if row[0].commitment == commitment.id]
    carried = available = ZERO
    served: dict[str, Served] = {}
    for span in lapsed.spans:
        start, end = (_hour(model, day) for day in (span.first, span.last + timedelta(days=1)))
        mine = [row for row in rows if start <= row[0].hour < end]
        guards = [row for row in asked if start <= row[0].hour < end]
        paid = model.exchanged(commitment.amount, span.first)
        currencies = {key.currency for key, _ in mine} | {key.currency for key, _ in guards}
        if paid is None or currencies - {own}:
            uncounted.append(f"commitments/{lapsed.name}")
            return
        served = _drawn(mine, guards)
        used = ZERO
        for each in served.values():
            used = EXACT.add(used, each.charge)
        available = EXACT.add(paid.amount, carried)
        carried = max(ZERO, EXACT.subtract(available, used))
    if not carried:
        return
    key = Key(commitment.shared_by, commitment.weights)
    last = lapsed.spans[-1]
    yield Spent(
        "commitments",
        lapsed.name,
        plain(carried),
        "",
        unit=commitment.unit or "",
        among=sharers(key, served),
        key=key,
        served=served,
        idle=plain(carried),
        shares_idle=commitment.idle == "shared",
        why=f"{canonical(carried)} of {canonical(available)} {own} of {last.first} to {last.last} not used",
    )


def _hour(model: OperatingModel, day: date) -> str:
    return hour_of(datetime.combine(day, time(tzinfo=model.organisation.zone)))


def _drawn(
    rows: Sequence[tuple[UsageKey, UsageSum]], guards: Sequence[tuple[GuardrailKey, GuardrailSum]]
) -> dict[str, Served]:
    """Sum up what drew from a commitment, by use case; the charge is what was drawn.

    Each time that a guardrail was asked counts as a call.
    """
    found: dict[str, Served] = {}
    for key, sums in rows:
        of = found.setdefault(key.use_case, Served())
        of.add(sums.calls, sums.input_total + sums.output_tokens, sums.committed)
    for asked, each in guards:
        found.setdefault(asked.use_case, Served()).add(each.askings, 0, each.charge)
    return found
