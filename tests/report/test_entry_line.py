"""Every kind of entry can be told in one line."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given

from remit.declare.guardrail_price import UnitRate
from remit.declare.price import Rates
from remit.enforce.decision import Decision
from remit.enforce.guardrail.assess import Units
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.usage import Usage
from remit.record.call_entry import Call, GuardrailCheck, Mark, Purpose, Refusal
from remit.record.decided import Apply, FindingReview, KeyChange, StageChange
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import Recovery
from remit.record.ledgered import encode
from remit.record.projection import Row
from remit.record.tool_entry import ToolCalled
from remit.report.entry_line import describe
from strategies import MOMENT, entries

PURPOSE = Purpose(
    key="k1", use_case="triage", unit="motor", stage="launch", model="model/small", model_version=1, remit="r"
)
DENIED = Decision("deny", "no-budget", "no layer says what `triage` may spend")


def call(*, simulated: bool) -> Call:
    return Call(
        id="c",
        at=MOMENT,
        purpose=PURPOSE,
        provider="local",
        simulated=simulated,
        served_model="s",
        streamed=True,
        status="completed",
        settlement="post",
        usage=Usage(input_tokens=1200, output_tokens=34, cache_read_tokens=5),
        accounts=(),
        held=Decimal(1),
        charge=Decimal("0.00042"),
        currency="EUR",
        rates=Rates(date(2026, 1, 1), Decimal(1), Decimal(2)),
        began=MOMENT,
        latency_ms=1500,
    )


LINES: list[tuple[Any, str]] = [
    (call(simulated=False), "completed: small, 1,205 in, 34 out, 0.00042 EUR, 1,500 ms"),
    (call(simulated=True), "completed: small, simulated, 1,205 in, 34 out, 0.00042 EUR, 1,500 ms"),
    (
        msgspec.structs.replace(call(simulated=False), fault="usage-above-hold"),
        "completed (usage-above-hold): small, 1,205 in, 34 out, 0.00042 EUR, 1,500 ms",
    ),
    (
        msgspec.structs.replace(call(simulated=False), status="failed", fault="provider-timeout"),
        "failed (provider-timeout): small, 1,205 in, 34 out, 0.00042 EUR, 1,500 ms",
    ),
    (Refusal(id="r", at=MOMENT, decision=DENIED), "no-budget: no layer says what `triage` may spend"),
    (
        Refusal(id="r", at=MOMENT, decision=DENIED, repeated=1200),
        "no-budget: no layer says what `triage` may spend (and 1,200 like it)",
    ),
    (
        GuardrailCheck(
            id="g",
            at=MOMENT,
            purpose=call(simulated=False).purpose,
            side="output",
            action="anonymize",
            guardrails={"guardrail/b": "request", "guardrail/a@2": "organisation"},
            units=Units(sensitive=2),
            characters=1205,
            latency_ms=3,
        ),
        "masked: output of 1,205 characters, guardrail/a@2, guardrail/b, 3 ms",
    ),
    (
        GuardrailCharge(
            id="h",
            at=MOMENT,
            purpose=PURPOSE,
            guardrail="guardrail/a@2",
            custom="cloud",
            side="input",
            characters=1205,
            units=2,
            rate=UnitRate(date(2026, 1, 1), Decimal("0.85")),
            charge=Decimal("0.0017"),
            currency="EUR",
            judges="c",
        ),
        "guardrail/a@2/cloud read 2 text units of input, 0.0017 EUR, of c",
    ),
    (
        ToolCalled(
            id="t",
            at=MOMENT,
            purpose=PURPOSE,
            tool="tool/pay@2",
            pin="0" * 64,
            run="r1",
            level="act_within_limits",
            decision=ToolDecision("deny", "target-not-known"),
            status="refused",
            meant_digest="d",
            targets=1,
            records=2,
            currency="EUR",
            began=MOMENT,
        ),
        "tool/pay@2 refused, target-not-known, 1 target, 2 records, run r1",
    ),
    (
        Apply(
            id="a",
            at=MOMENT,
            model_version=3,
            digest="d",
            author="ada",
            reason="",
            created=1000,
            changed=2,
            removed=0,
        ),
        "version 3: 1,000 new, 2 changed, 0 removed, by ada",
    ),
    (
        StageChange(
            id="s",
            at=MOMENT,
            use_case="triage",
            stage="launch",
            since=date(2026, 1, 1),
            basis="adopted",
            author="ada",
        ),
        "entered launch (adopted), by ada",
    ),
    (
        KeyChange(id="k", at=MOMENT, change="issued", key="k1", use_case="triage", author="ada"),
        "key k1 issued, by ada",
    ),
    (
        KeyChange(
            id="k", at=MOMENT, change="issued", key="k1", use_case="triage", author="ada", agent="settler"
        ),
        "key k1 issued for agent settler, by ada",
    ),
    (
        msgspec.structs.replace(
            call(simulated=False), purpose=msgspec.structs.replace(PURPOSE, asked="model/large")
        ),
        "completed: small in place of large, 1,205 in, 34 out, 0.00042 EUR, 1,500 ms",
    ),
    *(
        (
            FindingReview(
                id="f",
                at=MOMENT,
                mark="77aa",
                use_case="triage",
                type="EMAIL",
                guardrails=("guardrail/a",),
                verdict=verdict,  # type: ignore[arg-type]  # one of the two
                author="ada",
                reason="ours",
            ),
            f"EMAIL 77aa {said}, says ada",
        )
        for verdict, said in (("false_positive", "is no finding"), ("confirmed", "is one"))
    ),
    (Recovery(id="v", at=MOMENT, bytes_set_aside=4096), "4,096 bytes of a torn write were set aside"),
    (Mark(id="m", at=MOMENT, output_tokens=8), ""),
]


def row(entry: Any) -> Row:
    return Row(entry.id, entry.at, "", "", "", "", encode(entry), "gateway", 1)


@pytest.mark.parametrize(("entry", "line"), LINES, ids=lambda value: type(value).__name__)
def test_an_entry_is_told_in_the_words_of_the_product(entry: Any, line: str) -> None:
    assert describe(row(entry)) == line


@given(entries)
def test_every_entry_can_be_told(entry: Any) -> None:
    assert isinstance(describe(row(entry)), str)
