"""A month is closed once, in its turn, and stays as it was stated, whatever becomes known later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace as changed
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from completed_call import completed
from remit.bootstrap import open_system
from remit.decide.bill_sum import Span
from remit.declare.guardrail_price import UnitRate
from remit.declare.price import Rates
from remit.kernel.errors import RemitError
from remit.kernel.money import Money
from remit.kernel.usage import Usage
from remit.operations.adjust import adjust
from remit.operations.apply_model import apply_model
from remit.operations.close_period import close_period
from remit.operations.export_focus import FocusWanted, export_focus
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_allocation import closings, read_allocation
from remit.operations.read_cost import read_cost
from remit.operations.read_showback import read_showback
from remit.operations.read_unit_cost import read_unit_cost
from remit.operations.reconcile_bill import month_of
from remit.operations.system import GATEWAY, System
from remit.operations.verify_ledger import verify_ledger
from remit.record.call_entry import Call, Hold, Purpose
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.outcome_entry import Outcome
from remit.report.focus_shape import FocusMonth
from remit.settings import read_settings
from strategies import operating_model, utc

RATES = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
SEPTEMBER, OCTOBER, NOVEMBER = (month_of(2026, number) for number in (9, 10, 11))
NUMBERS = count()
AUTHOR = "finance@example.com"
ADOPTION = {"stage": "launch", "basis": "It ran.", "since": "2026-01-01"}
CASES = {
    "triage": {
        "name": "Triage",
        "unit": "motor",
        "purpose": "Sort claims.",
        "adoption": ADOPTION,
        "outcomes": {"solved": {"name": "Solved", "unit": "case", "direction": "up"}},
    },
    "letters": {"name": "Letters", "unit": "claims", "purpose": "Write letters.", "adoption": ADOPTION},
}
UNITS = {
    "claims": {"name": "Claims", "lead": "claims@example.com", "charging": "chargeback"},
    "motor": {"name": "Motor", "parent": "claims", "charging": "showback"},
}
GATEWAY_COST = {
    "name": "Gateway",
    "kind": "tools",
    "amount": "30.00 EUR",
    "every": "month",
    "since": "2026-10-01",
}


class At:
    """A clock that stands at an instant."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = operating_model(
        use_cases=CASES, units=UNITS, portfolio={"economics": {"platform": {"gateway": GATEWAY_COST}}}
    )
    with open_system(read_settings({"REMIT_HOME": str(tmp_path)})) as opened:
        here = changed(opened, clock=At(utc(2026, 11, 10, 9)))
        apply_model(here, made, author="a@b.example", reason="")
        yield here


def call(at: datetime, tokens: int, use_case: str = "triage", **fields: Any) -> Any:
    unit = CASES[use_case]["unit"]
    purpose = Purpose(
        key="k",
        use_case=use_case,
        unit=str(unit),
        stage="s",
        model="model/a",
        model_version=1,
        remit="r",
        user="u",
    )
    made = completed(f"c{next(NUMBERS):025d}", at, Usage(input_tokens=tokens), RATES, purpose=purpose)
    return replace(made, **fields)


def held_by(of: Call) -> Hold:
    return Hold(
        id=of.id,
        at=of.at,
        purpose=of.purpose,
        provider="p",
        simulated=False,
        accounts=(),
        amount=Decimal(1),
        currency="EUR",
        rates=RATES,
        input_tokens_estimate=1,
        output_tokens_max=1,
    )


def write(system: System, *entries: Any) -> None:
    with system.journals.exclusive(GATEWAY) as journal:
        journal.append(entries)
    fold_ledger(system)


def correct(system: System, amount: str, first: date, last: date, **about: Any) -> None:
    adjust(
        system,
        Money(Decimal(amount), "EUR"),
        reason="discount",
        note="late",
        since=first,
        until=last,
        author=AUTHOR,
        **about,
    )


def refused(system: System, month: Any, **more: Any) -> tuple[str, str]:
    with pytest.raises(RemitError) as raised:
        close_period(system, month, author=AUTHOR, **more)
    return raised.value.code, raised.value.summary


def test_a_month_is_closed_in_its_turn_and_once(system: System) -> None:
    write(system, call(utc(2026, 9, 5), 1_000_000), call(utc(2026, 10, 5), 2_000_000, "letters"))
    assert refused(system, NOVEMBER) == ("period-not-closable", "2026-11 is not over")
    assert refused(system, OCTOBER) == ("period-not-closable", "2026-09 has costs and is open")
    assert close_period(system, SEPTEMBER, author=AUTHOR).total == 1
    assert refused(system, SEPTEMBER)[0] == "period-closed"
    assert refused(system, month_of(2026, 8))[1] == "2026-10 is open"
    entry = close_period(system, OCTOBER, author=AUTHOR)
    assert (entry.total, entry.units, entry.booked, entry.rest) == (
        Decimal(32),
        {"claims": Decimal(32)},
        {"claims": Decimal(32)},
        Decimal(0),
    )
    assert [each.period for each in closings(system)] == ["2026-09", "2026-10"]
    assert verify_ledger(system).faults == ()


def test_calls_that_have_not_ended_and_those_without_a_price_keep_a_month_open(system: System) -> None:
    ended = call(utc(2026, 10, 5), 1_000_000)
    write(system, ended, call(utc(2026, 10, 6), 9, currency="USD"))
    assert refused(system, OCTOBER)[1] == "1 of its calls have no price in EUR"
    assert refused(system, OCTOBER, despite="x" * 2_001)[1].startswith("the reason has 2,001 characters")
    lacking = call(utc(2026, 10, 7), 9, unpriced=("audio",))
    write(system, lacking)
    assert refused(system, OCTOBER)[1] == "2 of its calls have no price in EUR"
    correct(system, "0.10", date(2026, 10, 7), date(2026, 10, 7), use_case="triage", corrects=lacking.id)
    held = held_by(call(utc(2026, 10, 31), 9))
    write(system, held)
    assert refused(system, OCTOBER)[1] == f"1 of its calls have not ended, `{held.id}` among them"
    write(system, replace(call(utc(2026, 11, 1), 9), id=held.id))
    entry = close_period(system, OCTOBER, author=AUTHOR, despite="The rate comes in December.")
    assert (entry.unpriced, entry.despite) == (1, "The rate comes in December.")


def test_what_was_charged_in_another_currency_counts_from_when_its_rate_is_declared(system: System) -> None:
    dear = call(utc(2026, 10, 6), 1_000_000, currency="USD")
    write(system, dear)
    left = close_period(system, OCTOBER, author=AUTHOR, despite="The rate comes in November.")
    rate = {"source": "the central bank", "rates": [{"starts": "2026-10-01", "rate": "0.5"}]}
    _, declared = model_in_force(system)
    rated = declared.model_dump(mode="json", exclude_unset=True) | {"exchange_rates": {"USD": rate}}
    apply_model(system, type(declared).model_validate(rated), author="a@b.example", reason="")
    assert read_allocation(system, OCTOBER).allocation.total == left.total, "what was closed stays"
    [late] = [each for each in read_allocation(system, NOVEMBER).allocation.lines if each.prior]
    assert (late.amount, late.use_case) == (dear.charge / 2, "triage")
    write(system, call(utc(2026, 11, 6), 1_000_000, currency="USD"))
    november = read_allocation(system, NOVEMBER).allocation
    assert not november.foreign
    assert sum(each.amount for each in november.lines if each.part == "calls") == dear.charge
    later = changed(system, clock=At(utc(2026, 12, 2)))
    assert close_period(later, NOVEMBER, author=AUTHOR).unpriced == 0


def test_a_closed_month_stays_as_it_was_and_what_comes_later_is_in_the_first_open_one(system: System) -> None:
    write(system, call(utc(2026, 9, 5), 1_000_000), call(utc(2026, 10, 5), 2_000_000))
    close_period(system, SEPTEMBER, author=AUTHOR)
    before = read_allocation(system, SEPTEMBER)
    correct(system, "-3.00", date(2026, 9, 16), date(2026, 10, 15))
    write(system, call(utc(2026, 9, 30, 20), 500_000))
    assert read_allocation(system, SEPTEMBER) == before
    october = read_allocation(system, OCTOBER).allocation
    assert [(each.name, each.amount) for each in october.lines if each.prior] == [
        ("late", Decimal("0.5")),
        (october.lines[-2].name, Decimal("-1.5")),
    ]
    close_period(system, OCTOBER, author=AUTHOR)
    november = read_allocation(system, NOVEMBER)
    assert not any(each.prior for each in november.allocation.lines), "it is carried once"
    stated = [read_allocation(system, month).allocation.total for month in (SEPTEMBER, OCTOBER, NOVEMBER)]
    # Gateway: the whole of October, and ten of the thirty days of November.
    assert sum(stated) == Decimal("3.5") - 3 + 30 + 10
    assert verify_ledger(system).faults == ()


def guarded(at: datetime, units: int) -> GuardrailCharge:
    rate = UnitRate(date(2026, 1, 1), Decimal("0.85"))
    return GuardrailCharge(
        id=f"g{next(NUMBERS):025d}",
        at=at,
        purpose=call(at, 1).purpose,
        guardrail="guardrail/inputs@1",
        custom="cloud",
        side="input",
        characters=units * 1_000,
        units=units,
        rate=rate,
        charge=rate.cost(units),
        currency="EUR",
        judges="c",
    )


def test_what_guards_calls_is_stated_with_its_month_and_what_is_written_later_is_carried(
    system: System,
) -> None:
    write(system, guarded(utc(2026, 9, 5), 3))
    assert refused(system, OCTOBER) == ("period-not-closable", "2026-09 has costs and is open")
    close_period(system, SEPTEMBER, author=AUTHOR)
    write(system, guarded(utc(2026, 9, 30), 1), guarded(utc(2026, 10, 5), 10))
    september = read_allocation(system, SEPTEMBER).allocation
    assert [(each.part, each.amount) for each in september.lines] == [("guardrails", Decimal("0.00255"))]
    october = read_allocation(system, OCTOBER).allocation
    assert [(each.part, each.name, each.amount, each.prior) for each in october.lines[:2]] == [
        ("calls", "late", Decimal("0.00085"), True),
        ("guardrails", "guardrail/inputs@1/cloud", Decimal("0.0085"), False),
    ]
    close_period(system, OCTOBER, author=AUTHOR)
    stated = [read_allocation(system, month).allocation.total for month in (SEPTEMBER, OCTOBER, NOVEMBER)]
    assert sum(stated) == Decimal("0.0119") + 30 + 10
    assert verify_ledger(system).faults == ()
    [cost] = [each for each in read_cost(system, SEPTEMBER).lines if each.model.startswith("guardrail/")]
    assert (cost.model, cost.use_case, cost.calls) == ("guardrail/inputs@1/cloud", "triage", 0)
    assert cost.billed == cost.effective == cost.charged == Money(Decimal("0.0034"), "EUR")


def test_of_a_month_before_the_first_closed_one_everything_is_carried(system: System) -> None:
    write(system, call(utc(2026, 10, 5), 1_000_000))
    close_period(system, OCTOBER, author=AUTHOR)
    correct(system, "-3.00", date(2026, 9, 1), date(2026, 9, 30), use_case="triage")
    assert read_allocation(system, SEPTEMBER).allocation.total == 0
    prior = [each for each in read_allocation(system, NOVEMBER).allocation.lines if each.prior]
    assert [each.amount for each in prior] == [-3]
    assert refused(system, month_of(2026, 12))[1] == "2026-12 is not over"


def test_an_adjustment_of_before_keeps_a_month_from_being_the_first(system: System) -> None:
    correct(system, "-3.00", date(2026, 8, 31), date(2026, 9, 1))
    assert refused(system, OCTOBER)[1] == "2026-08 has costs and is open"


def test_a_statement_that_was_changed_is_named_and_not_shown(system: System, tmp_path: Path) -> None:
    write(system, call(utc(2026, 10, 5), 1_000_000))
    entry = close_period(system, OCTOBER, author=AUTHOR)
    with sqlite3.connect(tmp_path / "store.sqlite") as db:
        db.execute(
            "update text set body = cast(replace(cast(body as text), '31', '13') as blob) where digest = ?",
            (entry.digest,),
        )
    db.close()
    (fault,) = verify_ledger(system).faults
    assert fault.startswith("the statement of 2026-10")
    with sqlite3.connect(tmp_path / "store.sqlite") as db:
        db.execute("delete from text where digest = ?", (entry.digest,))
    db.close()
    assert verify_ledger(system).faults[0].endswith("is not there")
    with pytest.raises(RemitError) as raised:
        read_showback(system, OCTOBER)
    assert raised.value.code == "statement-changed"
    with pytest.raises(RemitError) as raised:
        read_showback(system, NOVEMBER)
    assert raised.value.code == "statement-changed", "what comes after it rests on it"


def test_showback_has_units_with_all_below_them_beside_the_month_before(system: System) -> None:
    write(
        system,
        call(utc(2026, 9, 5), 3_000_000, "letters"),
        call(utc(2026, 10, 5), 2_000_000, "letters"),
        call(utc(2026, 10, 5), 1_000_000),
    )
    days = Span(date(2026, 10, 5), date(2026, 10, 6))
    assert read_showback(system, days).report.before_period == "2026-10-03..2026-10-04"
    found = read_showback(system, OCTOBER).report
    assert [(each.kind, each.name, each.depth, each.amount, each.before) for each in found.rows] == [
        ("unit", "claims", 0, Decimal(33), Decimal(3)),
        ("use_case", "letters", 1, Decimal(17), Decimal(3)),
        ("unit", "motor", 1, Decimal(16), Decimal(0)),
        ("use_case", "triage", 2, Decimal(16), Decimal(0)),
    ]
    assert [(each.own, each.charging) for each in found.rows if each.kind == "unit"] == [
        (Decimal(17), "chargeback"),
        (Decimal(16), "showback"),
    ]
    assert [found.total, found.before, found.reached, found.closed] == [33, 3, 33, ""]
    of_motor = read_showback(system, OCTOBER, unit="motor")
    assert [each.name for each in of_motor.report.rows] == ["motor", "triage"]
    assert [of_motor.report.total, of_motor.report.rows[0].share] == [16, Decimal("0.4848")]
    assert [(row[3], row[5], row[10], row[12]) for row in of_motor.rows] == [
        ("motor", "calls", "1", "showback"),
        ("motor", "platform", "15", "showback"),
    ]
    assert read_showback(system).report.goes_on
    with pytest.raises(RemitError, match="no unit"):
        read_showback(system, OCTOBER, unit="motr")


def test_unit_cost_is_by_call_session_user_and_outcome(system: System) -> None:
    origin = replace(call(utc(2026, 10, 1), 1).origin, run="r1")
    first = call(utc(2026, 10, 5), 2_000_000, origin=origin, reference="case-1")
    asked_beside = call(utc(2026, 10, 5), 1_000_000, judges=first.id)
    outcome = Outcome(
        id="o1",
        at=utc(2026, 10, 7),
        use_case="triage",
        metric="solved",
        value=Decimal(1),
        happened=utc(2026, 10, 6),
        source="desk",
        key="1",
        reference="case-1",
        author=AUTHOR,
    )
    write(system, first, asked_beside, call(utc(2026, 10, 9), 1_000_000), outcome)
    write(system, replace(outcome, id="o2", key="2", reference="of-no-call"))
    write(system, replace(outcome, id="o3", key="3", simulated=True))
    found = {each.use_case: each for each in read_unit_cost(system, last=3)}
    triage = found["triage"]
    (october, november) = triage.periods
    assert (october.label, november.goes_on, triage.metric) == ("2026-10", True, "solved")
    # Four for the calls, one of them in which a judge read another; the gateway's 30 beside it is all theirs.
    each = {name: (of.count, of.marginal, of.full) for name, of in october.each.items()}
    assert each == {
        "call": (2, Decimal(2), Decimal("17")),
        "session": (1, Decimal(2), Decimal("17")),
        "outcome": (1, Decimal(4), Decimal("34")),
        "user": (1, Decimal(4), Decimal("34")),
    }
    weeks = read_unit_cost(system, "letters", by="week", last=2)
    assert [len(each.periods) for each in weeks] == [2], "half of the gateway, where nobody called"


def test_shares_are_rows_of_an_export_and_add_up(system: System, tmp_path: Path) -> None:
    write(system, call(utc(2026, 10, 5), 1_000_000), call(utc(2026, 10, 6), 2_000_000, "letters"))
    write(system, guarded(utc(2026, 10, 5), 10))
    with (tmp_path / "focus.csv").open("w+", newline="") as file:
        done = export_focus(system, FocusWanted(FocusMonth.parse("2026-10"), shared=True), file)
        file.seek(0)
        rows = file.read()
    assert done.sums["EUR"].billed == Decimal("33.0085")
    assert "guardrails/guardrail/inputs@1/cloud" in rows
    assert '"{""Elements"": [{""AllocatedRatio"": 0.5}]}",remit-by-calls,letters,Letters' in rows
    assert not done.conformance.broken_musts
