"""Maturity is read as of any day: what was known then stays what it was, whatever is written later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from completed_call import completed
from remit.declare.gate import Gate
from remit.declare.organisation import STAGES
from remit.declare.price import Rates
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.usage import Usage
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.maturity_catalogue import require_attestable
from remit.operations.read_maturity import read_maturity, read_maturity_history
from remit.operations.system import GATEWAY, RECORD, System
from remit.record.call_entry import Purpose
from remit.record.decided import StageChange
from remit.record.dossier_entry import Evidence
from remit.report.maturity import Maturity
from strategies import operating_model

MEASURED = {"measure": "pass_rate", "at_least": "0.9", "evidence": "evaluation", "pillar": "platform"}
GATE = Gate.model_validate(
    {"description": "Good.", "criteria": {"good": {**MEASURED, "name": "Good", "help": "Run."}}}
)
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Held:
    """A clock that a test holds in its hands."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 9, tzinfo=UTC)


def model(**more: Any) -> Any:
    pilot = {"name": "A pilot", "unit": "motor", "purpose": "Try.", "owner": "a@example.com", **more}
    stages = {"experiment": {"description": "A pilot.", "remit": {"calls": "true"}}}
    return operating_model(use_cases={"triage": pilot}, stages=stages)


def word(system: System, when: datetime, about: str, **more: Any) -> Evidence:
    return Evidence(
        id=system.ids.new(when),
        at=when,
        source="attestation",
        about=(about,),
        shown=when.date(),
        owner="head@example.com",
        author="head@example.com",
        **more,
    )


@pytest.fixture(scope="module")
def system(shared_house: Any) -> Any:
    """A year: applied in March, attested in April, a pilot from May on, with a problem stated in June."""
    with shared_house.system() as opened:
        system: System = replace(opened, clock=Held(at(3, 10)))
        apply_model(system, model(), author="a@example.com", reason="the first")
        changed = StageChange(
            id=system.ids.new(at(5, 4)),
            at=at(5, 4),
            use_case="triage",
            stage="experiment",
            since=date(2026, 5, 4),
            basis="reviewed",
            author="a@example.com",
        )
        purpose = Purpose(
            key="k",
            use_case="triage",
            unit="motor",
            stage=STAGES[1],
            model="model/a",
            model_version=1,
            remit="r",
        )
        with system.journals.exclusive(RECORD) as journal:
            journal.append(
                [
                    word(system, at(4, 5), "maturity/l1-c1"),
                    word(system, at(4, 5), "maturity/l1-c3", unit="motor", expires=date(2026, 7, 31)),
                    changed,
                ]
            )
        with system.journals.exclusive(GATEWAY) as journal:
            rates = Rates(date(2026, 1, 1), Decimal(1), Decimal(2))
            usage = Usage(input_tokens=1)
            journal.append([completed(system.ids.new(at(5, 5)), at(5, 5), usage, rates, purpose=purpose)])
        fold_ledger(system)
        system = replace(opened, clock=Held(at(6, 2)))
        second = model(problem="It is slow.").model_copy(update={"gates": {"launch": GATE}})
        apply_model(system, second, author="a@example.com", reason="the second")
        yield replace(opened, clock=Held(NOW))


def status(found: Maturity, id: str) -> str:
    return next(each.status for each in found.items if each.id == id)


def test_a_day_is_told_by_what_was_known_at_its_end(system: System) -> None:
    told = {
        day: [
            status(read_maturity(system, as_of=day), id) for id in ("l1-c1", "l1-c3", "l2-c1", "b1-problem")
        ]
        for day in (
            date(2026, 3, 10),
            date(2026, 4, 5),
            date(2026, 5, 5),
            date(2026, 6, 2),
            date(2026, 8, 1),
            date(2026, 11, 23),
        )
    }
    assert told == {
        date(2026, 3, 10): ["no", "no", "no", "no"],
        date(2026, 4, 5): ["yes", "yes", "no", "no"],
        date(2026, 5, 5): ["yes", "yes", "yes", "no"],
        date(2026, 6, 2): ["yes", "yes", "yes", "yes"],
        date(2026, 8, 1): ["yes", "no", "no", "yes"],
        date(2026, 11, 23): ["yes", "no", "no", "yes"],
    }


def test_what_is_written_later_changes_no_day_before(system: System) -> None:
    days = [date(2026, 4, 30), date(2026, 6, 15), date(2026, 11, 22)]
    before = [read_maturity(system, as_of=day) for day in days]
    with system.journals.exclusive(RECORD) as journal:
        journal.append([word(system, NOW, "maturity/l1-c2"), word(system, NOW, "maturity/l1-c1")])
    fold_ledger(system)
    assert [read_maturity(system, as_of=day) for day in days] == before
    assert status(read_maturity(system), "l1-c2") == "yes"


def test_the_months_are_those_of_the_profile_of_their_last_days(system: System) -> None:
    history = read_maturity_history(system)
    assert [each.month for each in history.months] == [f"2026-{month:02}" for month in range(3, 12)]
    assert [each.model_version for each in history.months] == [1, 1, 1, 2, 2, 2, 2, 2, 2]
    for month in history.months:
        assert read_maturity(system, as_of=month.day).profile.pillars == month.pillars
    assert history.notes == (
        "2025-12 to 2026-02: no operating model was in force then",
        "who followed the ledger then is not known any more; what rests on it is left open",
    )
    may = read_maturity_history(system, unit="motor", as_of=date(2026, 5, 20))
    assert [each.month for each in may.months] == ["2026-03", "2026-04", "2026-05"]
    assert may.months[-1].day == date(2026, 5, 20)


def test_a_day_to_come_is_refused(system: System) -> None:
    for read in (read_maturity, read_maturity_history):
        with pytest.raises(RemitError) as refused:
            read(system, as_of=NOW.date() + timedelta(days=1))
        assert refused.value.code == "day-to-come"


def test_what_was_not_there_then_is_said(system: System) -> None:
    with pytest.raises(NotFound, match="no operating model was in force then"):
        read_maturity(system, as_of=date(2026, 3, 9))
    with pytest.raises(NotFound, match="no unit `moto` is declared"):
        read_maturity(system, unit="moto")
    with pytest.raises(NotFound, match="no unit `moto` is declared"):
        read_maturity_history(system, unit="moto")
    assert read_maturity(system, as_of=date(2026, 4, 30)).notes
    assert not read_maturity(system).notes


def test_moves_count_who_waits_at_a_gate_now_and_not_then(system: System) -> None:
    now, then = read_maturity(system), read_maturity(system, as_of=date(2026, 11, 22))
    assert [each.waiting for found in (now, then) for each in found.moves if each.id == "evaluate"] == [1, 0]


def test_a_unit_is_shown_with_those_below_it(system: System) -> None:
    assert [each.unit for each in read_maturity(system).units] == ["claims", "motor"]
    assert [each.unit for each in read_maturity(system, unit="claims").units] == ["motor"]
    assert read_maturity(system, unit="motor").profile.name == "Motor"


def test_what_evidence_answers_is_nobody_s_word() -> None:
    require_attestable(("maturity/l1-c1", "gate/launch/quality", "maturity/nothing"))
    with pytest.raises(RemitError, match="`maturity/l1-c4` is not shown by somebody's word"):
        require_attestable(("maturity/l1-c1", "maturity/l1-c4"))
