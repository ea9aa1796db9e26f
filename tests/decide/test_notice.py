"""What people are told of: from entries, in their order, each thing once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.notice import Notice, Spent, concerns, message_id, seeds
from remit.decide.watch import GRACE, TYPES_MAX, Watch
from remit.declare.guardrail_price import UnitRate
from remit.declare.price import Rates
from remit.declare.webhook import EVENTS, Webhook
from remit.enforce.decision import Decision
from remit.enforce.guardrail.noted import Noted
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, Purpose, Refusal
from remit.record.decided import Adjustment, Apply, Changed, FindingReview, KeyChange, StageChange
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import Recovery
from strategies import operating_model, utc

NOW = utc(2026, 11, 30, 12, 20)
OWN = "use-case/triage:month:2026-11-01"
UNIT = "unit/claims:month:2026-11-01"
KEYED = "organisation:each-key:day:k1:2026-11-30"


def model(own: str = "10.00 EUR", **sections: Any) -> Any:
    """A use case with a budget of its own, one of the unit above its own, and one for each key."""
    case = {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", "owner": "triage@example.com"}
    organisation = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR"}
    declared = {
        "organisation": organisation
        | {"remit": {"spend": [{"limit": "3.00 EUR", "per": "day", "each": "key"}]}},
        "units": {
            "claims": {
                "name": "Claims",
                "lead": "claims@example.com",
                "remit": {"spend": [{"limit": "100.00 EUR", "per": "month"}]},
            },
            "motor": {"name": "Motor", "parent": "claims"},
            "fleet": {"name": "Fleet"},
        },
        "use_cases": {"triage": case | {"remit": {"spend": [{"limit": own, "per": "month"}]}}},
    }
    return operating_model(**(declared | sections))


PURPOSE = Purpose(
    key="k1",
    use_case="triage",
    unit="motor",
    stage="experiment",
    model="model/a",
    model_version=1,
    remit="r",
)


def call(id: str, charge: str, *accounts: str, at: datetime = NOW, **more: Any) -> Call:
    fields: dict[str, Any] = {
        "id": id,
        "at": at,
        "purpose": PURPOSE,
        "provider": "echo",
        "simulated": False,
        "served_model": "",
        "streamed": False,
        "status": "completed",
        "settlement": "post",
        "usage": Usage(),
        "accounts": accounts,
        "held": Decimal(charge),
        "charge": Decimal(charge),
        "currency": "EUR",
        "rates": Rates(starts=date(2020, 1, 1), input=Decimal(1), output=Decimal(1)),
        "began": at,
        "latency_ms": 1,
    }
    return Call(**(fields | more))


def guarded(id: str, charge: str, *accounts: str) -> GuardrailCharge:
    return GuardrailCharge(
        id=id, at=NOW, purpose=PURPOSE, guardrail="guardrail/a@1", custom="cloud", side="input",
        characters=5, units=1, rate=UnitRate(date(2026, 1, 1), Decimal(1)), charge=Decimal(charge),
        currency="EUR", judges="c", accounts=accounts,
    )  # fmt: skip


def refusal(id: str, rule: str = "budget-exhausted", *, at: datetime = NOW, **more: Any) -> Refusal:
    decision = Decision(
        "deny", rule, "budget `x` has 0 EUR available", "ask", "use-case/triage", "t@example.com"
    )
    fields: dict[str, Any] = {"id": id, "at": at, "decision": decision, "purpose": PURPOSE}
    return Refusal(**(fields | more))


def noted(*guardrails: str, type: str = "EMAIL", action: Any = "block", count: int = 1) -> Noted:
    return Noted(
        side="input",
        policy="sensitive",
        type=type,
        trust="person",
        action=action,
        count=count,
        guardrails=dict.fromkeys(guardrails, "block"),
    )


def told(watch: Watch, *entries: Any) -> list[Notice]:
    return [notice for entry in entries for notice in watch.take(entry)]


def percents(notices: Iterable[Notice]) -> list[tuple[str, int]]:
    return [(each.data["budget"], each.data["percent"]) for each in notices]


def test_each_part_of_a_budget_is_told_once_when_it_is_reached() -> None:
    watch = Watch.over(model(), {})
    assert told(watch, call("1", "4.99", OWN)) == []
    assert percents(told(watch, call("2", "0.01", OWN))) == [("use-case/triage:month", 50)]
    assert told(watch, call("3", "2.99", OWN)) == []
    assert percents(told(watch, call("4", "1.00", OWN))) == [("use-case/triage:month", 80)]
    assert percents(told(watch, call("5", "1.50", OWN))) == [("use-case/triage:month", 100)]
    assert told(watch, call("6", "5.00", OWN)) == []


def test_what_guardrails_cost_counts_towards_a_budget_and_is_told() -> None:
    watch = Watch.over(model(), {})
    assert told(watch, call("1", "4.99", OWN)) == []
    [notice] = told(watch, guarded("2", "0.01", OWN))
    assert (notice.entry, notice.data["percent"], notice.data["posted"]) == ("2", 50, "5")


def test_one_call_can_reach_several_parts_of_several_budgets() -> None:
    watch = Watch.over(model(), {})
    notices = told(watch, call("1", "85", OWN, UNIT))
    assert percents(notices) == [
        *(("use-case/triage:month", percent) for percent in (50, 80, 100)),
        *(("unit/claims:month", percent) for percent in (50, 80)),
    ]
    own, unit = notices[2], notices[3]
    assert (own.use_case, own.unit, own.entry, own.at) == ("triage", "motor", "1", NOW)
    assert (unit.use_case, unit.unit) == ("", "claims")
    assert own.summary == (
        "budget `use-case/triage:month` has reached 100 %: 85.00 EUR of 10.00 EUR in the month from"
        " 2026-11-01; triage@example.com owns it"
    )
    assert own.data == {
        "percent": 100,
        "budget": "use-case/triage:month",
        "per": "month",
        "starts": "2026-11-01",
        "posted": "85",
        "limit": "10",
        "currency": "EUR",
        "on_breach": "deny",
        "owner": "triage@example.com",
    }
    assert len({message_id(each, "hook") for each in notices}) == 5


def test_what_is_remembered_is_enough_to_go_on_after_an_end_at_any_entry() -> None:
    entries = [call(str(number), "0.7", OWN, KEYED) for number in range(16)]
    whole = told(Watch.over(model(), {}), *entries)
    assert len(whole) == 6
    pieced: list[Notice] = []
    memory: dict[str, Any] = {}
    for entry in entries:
        watch = Watch.over(model(), memory)
        pieced += told(watch, entry)
        memory |= {key: value for key, value in watch.drain().items() if value is not None}
    assert pieced == whole


@given(st.lists(st.decimals("0.01", "9", places=2), max_size=30))
def test_no_order_of_charges_tells_a_part_twice_or_leaves_one_out(charges: list[Decimal]) -> None:
    watch = Watch.over(model(), {})
    notices = told(watch, *(call(str(number), str(each), OWN) for number, each in enumerate(charges)))
    reached = [percent for percent in (50, 80, 100) if sum(charges) >= Decimal(percent) / 10]
    assert [percent for _, percent in percents(notices)] == reached


def test_the_next_period_is_told_again() -> None:
    watch = Watch.over(model(), {})
    assert len(told(watch, call("1", "10", OWN))) == 3
    assert len(told(watch, call("2", "5", "use-case/triage:month:2026-12-01", at=utc(2026, 12, 1)))) == 1


def test_each_key_s_share_is_the_key_s() -> None:
    watch = Watch.over(model(), {})
    (notice,) = told(watch, call("1", "1.5", KEYED))
    assert (notice.data["key"], notice.use_case) == ("k1", "triage")
    assert "of key `k1` has reached 50 %" in notice.summary


def test_what_was_spent_before_anybody_was_to_be_told_is_not_told() -> None:
    memory = seeds({OWN: Decimal("8.50")}, NOW)
    assert memory == {f"budget:{OWN}": Spent(Decimal("8.50"), NOW)}
    watch = Watch.over(model(), memory)
    assert percents(told(watch, call("1", "1.50", OWN))) == [("use-case/triage:month", 100)]


def test_windows_that_are_long_over_are_not_remembered() -> None:
    day, month, year = ("x:day:2026-11-20", "x:month:2026-08-01", "x:year:2025-01-01")
    now = utc(2026, 11, 30)
    assert seeds(dict.fromkeys((day, month, year), Decimal(1)), now) == {}
    kept = ("x:day:2026-11-29", "x:month:2026-10-01", "x:year:2026-01-01")
    assert len(seeds(dict.fromkeys(kept, Decimal(1)), now)) == 3


def test_a_raised_limit_is_told_anew_and_a_lowered_one_at_the_next_call() -> None:
    watch = Watch.over(model(), {})
    told(watch, call("1", "8.50", OWN))
    watch.see(model("20.00 EUR"))
    assert told(watch, call("2", "1.00", OWN)) == []
    assert percents(told(watch, call("3", "1.00", OWN))) == [("use-case/triage:month", 50)]
    watch.see(model("10.00 EUR"))
    assert [percent for _, percent in percents(told(watch, call("4", "0.01", OWN)))] == [80, 100]
    assert told(watch, call("5", "0.01", OWN)) == []


def test_a_budget_that_is_no_longer_declared_is_counted_and_not_told() -> None:
    watch = Watch.over(model(), {})
    other = model(use_cases={"other": {"name": "Other", "unit": "motor", "purpose": "Another."}})
    watch.see(other)
    assert told(watch, call("1", "9", OWN)) == []
    watch.see(model())
    assert [percent for _, percent in percents(told(watch, call("2", "1", OWN)))] == [50, 80, 100]


def test_calls_that_cost_nothing_change_nothing() -> None:
    watch = Watch.over(model(), {})
    assert told(watch, call("1", "0", OWN)) == []
    assert watch.drain() == {}


def test_the_first_refusal_for_want_of_money_is_told_once_in_a_period() -> None:
    watch = Watch.over(model(), {})
    assert told(watch, refusal("0", "rate-limited"), refusal("00", judges="call")) == []
    (notice,) = told(watch, refusal("1"), refusal("2"))
    assert (notice.event, notice.entry, notice.use_case) == ("budget.refused", "1", "triage")
    assert notice.data["starts"] == "2026-11-01"
    assert notice.summary == (
        "a call of `triage` was refused, the first in the month from 2026-11-01: budget `x` has 0 EUR"
        " available; t@example.com owns it"
    )
    again = Watch.over(model(), watch.drain())  # type: ignore[arg-type]  # nothing was forgotten
    assert told(again, refusal("3")) == []
    assert len(told(again, refusal("4", at=utc(2026, 12, 1)))) == 1


def test_a_refusal_by_nobody_s_key_is_not_told() -> None:
    assert told(Watch.over(model(), {}), refusal("1", purpose=None)) == []


def stopped(id: str, *findings: Noted, at: datetime = NOW, **more: Any) -> Call:
    return call(id, "0", at=at, status="blocked", findings=findings, **more)


def test_what_guardrails_stop_is_told_after_the_hour_one_for_each_of_them() -> None:
    watch = Watch.over(model(), {})
    entries = (
        stopped("1", noted("guardrail/a", "guardrail/b"), noted("guardrail/a", type="NAME", count=3)),
        stopped("2", noted("guardrail/a")),
        refusal("3", "stopped-by-guardrail", findings=(noted("guardrail/a"),)),
        stopped("4", noted("guardrail/a"), at=NOW + timedelta(hours=1)),
    )
    assert told(watch, *entries) == []
    end = utc(2026, 11, 30, 13)
    assert list(watch.due(end + GRACE - timedelta(seconds=1))) == []
    first, second = watch.due(end + GRACE)
    assert (first.event, first.entry, first.at) == ("guardrail.stopped", "1", end)
    assert first.data == {
        "guardrail": "guardrail/a",
        "hour": "2026-11-30T12:00:00+00:00",
        "calls": 2,
        "refusals": 1,
        "found": {"EMAIL": 3, "NAME": 3},
    }
    assert first.summary == (
        "`guardrail/a` stopped 3 calls of `triage` in the hour from 2026-11-30 12:00 UTC: EMAIL 3, NAME 3"
    )
    assert (second.data["guardrail"], second.data["calls"]) == ("guardrail/b", 1)
    assert message_id(first, "hook") != message_id(second, "hook")
    assert list(watch.due(end + GRACE)) == []
    (later,) = watch.due(end + timedelta(hours=1) + GRACE)
    assert later.entry == "4"


def test_what_was_only_noted_or_is_of_a_call_beside_another_is_no_stop() -> None:
    watch = Watch.over(model(), {})
    told(
        watch,
        call("1", "0", findings=(noted("guardrail/a", action="none"),)),
        stopped("2", noted("guardrail/a", action="anonymize")),
        stopped("3", noted("guardrail/a"), judges="call"),
        stopped("4", noted("guardrail/a"), hedge_of="call"),
        refusal("5", "stopped-by-guardrail", findings=(noted("guardrail/a"),), judges="call"),
    )
    assert list(watch.due(NOW + timedelta(days=1))) == []


def test_types_that_are_told_are_bounded() -> None:
    watch = Watch.over(model(), {})
    told(watch, stopped("1", *(noted("guardrail/a", type=f"TYPE_{n}") for n in range(TYPES_MAX + 5))))
    (notice,) = watch.due(NOW + timedelta(hours=2))
    assert len(notice.data["found"]) == TYPES_MAX


def test_an_hour_that_gets_a_late_entry_is_told_under_another_name() -> None:
    watch = Watch.over(model(), {})
    told(watch, stopped("1", noted("guardrail/a")))
    (first,) = watch.due(NOW + timedelta(hours=2))
    told(watch, stopped("2", noted("guardrail/a")))
    (second,) = watch.due(NOW + timedelta(hours=2))
    assert message_id(first, "hook") != message_id(second, "hook")


def test_what_is_long_past_is_forgotten() -> None:
    watch = Watch.over(model(), {})
    told(watch, call("1", "1", OWN, KEYED), refusal("2"))
    list(watch.halt("why", NOW))
    watch.drain()
    list(watch.due(NOW + timedelta(days=8)))
    assert watch.drain() == {f"budget:{KEYED}": None}
    list(watch.due(NOW + timedelta(days=62)))
    assert set(watch.drain()) == {f"budget:{OWN}", "refused:triage:use-case/triage:month:2026-11-01"}
    assert set(watch.known) == {"halted"}


def test_a_halt_is_told_once_and_again_after_it_was_lifted() -> None:
    watch = Watch.over(model(), {})
    (notice,) = watch.halt("line 3 does not follow", NOW)
    assert notice.event == "ledger.halted"
    assert notice.summary.endswith("is not what was written: line 3 does not follow")
    assert list(watch.halt("line 3 does not follow", NOW)) == []
    later = NOW + timedelta(minutes=1)
    assert list(watch.halt(None, later)) == []
    assert list(watch.halt(None, later)) == []
    (again,) = watch.halt("line 3 does not follow", later)
    assert message_id(again, "hook") != message_id(notice, "hook")


DECIDED = [
    (
        Apply(
            id="1",
            at=NOW,
            model_version=4,
            digest="d",
            author="a@example.com",
            reason="SECRET",
            created=1,
            changed=2,
            removed=0,
            restores=2,
            changes=(Changed("change", "use-case/triage"),),
        ),
        "model.applied",
        "version 4 of the operating model is in force; it restores version 2: 1 new, 2 changed, 0 removed",
        {
            "model_version": 4,
            "created": 1,
            "changed": 2,
            "removed": 0,
            "changes": [{"action": "change", "address": "use-case/triage"}],
            "restores": 2,
        },
    ),
    (
        StageChange(
            id="1",
            at=NOW,
            use_case="triage",
            stage="launch",
            since=date(2026, 11, 30),
            basis="adopted",
            author="a@example.com",
        ),
        "stage.changed",
        "`triage` entered the stage `launch`",
        {"stage": "launch", "since": "2026-11-30", "basis": "adopted"},
    ),
    (
        KeyChange(
            id="1",
            at=NOW,
            change="rotated",
            key="k1",
            use_case="triage",
            author="a@example.com",
            hash="HASH",
            expires=utc(2026, 12, 1),
            agent="settler",
            successor="k2",
        ),
        "key.changed",
        "key `k1` of `triage`, agent `settler`, was rotated and ends on 2026-12-01",
        {
            "key": "k1",
            "change": "rotated",
            "agent": "settler",
            "successor": "k2",
            "expires": "2026-12-01T00:00:00+00:00",
        },
    ),
    (
        FindingReview(
            id="1",
            at=NOW,
            mark="MARK",
            use_case="triage",
            type="EMAIL",
            guardrails=("guardrail/a",),
            verdict="false_positive",
            author="a@example.com",
            reason="SECRET",
        ),
        "finding.reviewed",
        "a finding of `EMAIL` in `triage` was looked at, and is none",
        {"type": "EMAIL", "guardrails": ["guardrail/a"], "verdict": "false_positive"},
    ),
    (
        Adjustment(
            id="1",
            at=NOW,
            reason="discount",
            note="SECRET",
            since=date(2026, 11, 1),
            until=date(2026, 11, 30),
            amount=Decimal("-12.5"),
            currency="EUR",
            use_case="triage",
            model="model/a",
            author="a@example.com",
        ),
        "cost.adjusted",
        "past cost was corrected by -12.50 EUR (discount), for 2026-11-01 to 2026-11-30",
        {
            "reason": "discount",
            "amount": "-12.5",
            "currency": "EUR",
            "since": "2026-11-01",
            "until": "2026-11-30",
            "cost": "both",
            "model": "model/a",
        },
    ),
]


@pytest.mark.parametrize(("entry", "event", "summary", "data"), DECIDED)
def test_a_decision_is_told_without_who_took_it_or_what_was_written(
    entry: Any, event: str, summary: str, data: dict[str, Any]
) -> None:
    (notice,) = told(Watch.over(model(), {}), entry)
    assert (notice.event, notice.summary, notice.data, notice.entry) == (event, summary, data, "1")
    assert notice.use_case == ("" if event == "model.applied" else "triage")
    assert notice.unit == ("" if event == "model.applied" else "motor")
    text = msgspec.json.encode(notice).decode()
    assert not any(word in text for word in ("SECRET", "a@example.com", "HASH", "MARK"))


def test_entries_of_other_kinds_tell_nothing() -> None:
    assert told(Watch.over(model(), {}), Recovery(id="1", at=NOW, bytes_set_aside=3)) == []


def hook(**fields: Any) -> Webhook:
    return Webhook.model_validate(
        {"url": "https://example.com", "owner": "o@example.com", "events": list(EVENTS), **fields}
    )


@pytest.mark.parametrize(
    ("fields", "use_case", "unit", "is_told"),
    [
        ({}, "", "", True),
        ({"events": ["key.changed"]}, "", "", False),
        ({"use_cases": ["triage"]}, "triage", "motor", True),
        ({"use_cases": ["other"]}, "triage", "motor", False),
        ({"use_cases": ["triage"]}, "", "motor", False),
        ({"units": ["claims"]}, "triage", "motor", True),
        ({"units": ["motor"]}, "", "motor", True),
        ({"units": ["motor"]}, "", "claims", False),
        ({"units": ["gone"]}, "", "gone", True),
        ({"units": ["motor"]}, "", "", False),
        ({"use_cases": ["other"], "units": ["motor"]}, "triage", "motor", True),
    ],
)
def test_a_web_hook_is_told_of_whose_events_it_names(
    fields: dict[str, Any], use_case: str, unit: str, is_told: bool
) -> None:
    notice = Notice(event="budget.reached", at=NOW, summary="", use_case=use_case, unit=unit)
    assert concerns(hook(**fields), notice, model()) is is_told


def test_a_message_has_the_same_name_whenever_it_is_made_and_another_for_each_web_hook() -> None:
    one = Notice(event="budget.reached", at=NOW, summary="a", entry="1", subject="s")
    assert message_id(one, "a") == message_id(msgspec.structs.replace(one, summary="b"), "a")
    others = [
        msgspec.structs.replace(one, **more)
        for more in ({"entry": "2"}, {"subject": "t"}, {"event": "budget.refused"})
    ]
    assert len({message_id(one, "a"), message_id(one, "b"), *(message_id(each, "a") for each in others)}) == 5
    assert message_id(one, "a").startswith("msg_")
