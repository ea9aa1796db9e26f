"""A month leaves the ledger as a FOCUS file or not at all; any such file is read within bounds."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from completed_call import completed
from remit.bootstrap import open_system
from remit.declare.price import ListRates, Rates
from remit.kernel.errors import RemitError
from remit.kernel.usage import Usage
from remit.operations.apply_model import apply_model
from remit.operations.check_focus import LINE_MAX, check_focus
from remit.operations.export_focus import Exported, FocusWanted, export_focus
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import System
from remit.record.call_entry import Call, Purpose
from remit.record.decided import Adjustment
from remit.report.focus_shape import FocusMonth
from remit.settings import read_settings
from strategies import operating_model, utc

DATA = Path(__file__).parents[1] / "report/data/focus"
NOVEMBER = FocusWanted(FocusMonth.parse("2026-11"))
RATES = Rates(
    date(2026, 1, 1), Decimal("0.1"), Decimal("0.3"), list=ListRates(Decimal("0.2"), Decimal("0.4"))
)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    with open_system(read_settings({"REMIT_HOME": str(tmp_path)})) as opened:
        apply_model(opened, operating_model(), author="a@b.example", reason="")
        fold_ledger(opened)
        yield opened


def call(number: int) -> Call:
    at = utc(2026, 11, 3, number)
    usage = Usage(input_tokens=10, output_tokens=number)
    purpose = Purpose(
        key="k1", use_case="triage", unit="motor", stage="launch", model="model/a", model_version=1, remit="r"
    )
    simulated = number == 9
    return completed(f"c{number}", at, usage, RATES, purpose=purpose, provider="echo", simulated=simulated)


def adjustment(**fields: Any) -> Adjustment:
    stated: dict[str, Any] = {
        "id": "a1",
        "at": utc(2027, 3, 1),
        "reason": "discount",
        "note": 'A late discount,\n"agreed"',
        "since": date(2026, 11, 1),
        "until": date(2026, 11, 30),
        "amount": Decimal("-0.0000001"),
        "currency": "EUR",
        "author": "head@example.com",
        **fields,
    }
    return Adjustment(**stated)


def written(system: System, wanted: FocusWanted = NOVEMBER) -> tuple[Exported, list[dict[str, str]]]:
    out = io.StringIO(newline="")
    exported = export_focus(system, wanted, out)
    return exported, list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def record(system: System, journal: str, *entries: Any) -> None:
    with system.journals.exclusive(journal) as opened:
        opened.append(entries)


# ── export ──


def test_a_month_is_read_from_every_journal_and_adjustments_whenever_they_became_known(
    system: System,
) -> None:
    record(system, "gateway", call(1), call(2), call(9))
    record(system, "gateway-2", call(3))
    record(system, "control", adjustment())
    exported, rows = written(system)
    assert (exported.rows, exported.calls, exported.simulated_calls, exported.adjustments) == (7, 3, 1, 1)
    billed = sum(Decimal(row["BilledCost"]) for row in rows)
    assert billed == exported.sums["EUR"].billed == Decimal("0.0000048") - Decimal("0.0000001")
    assert rows[-1]["ChargeDescription"] == 'A late discount,\n"agreed"'
    assert rows[-1]["ChargeClass"] == "Correction"
    assert {row["ListUnitPrice"] for row in rows[:-1]} == {"0.2", "0.4"}
    assert exported.conformance.broken_musts == 0


def test_a_month_without_calls_is_a_header(system: System) -> None:
    exported, rows = written(system)
    assert (exported.rows, rows, exported.sums) == (0, [], {})


def test_what_breaks_a_rule_is_not_handed_out(system: System) -> None:
    record(system, "control", adjustment(currency="XYZ"))
    with pytest.raises(RemitError, match="row 1, BillingCurrency-C-006-M") as caught:
        written(system)
    assert caught.value.code == "focus-not-conformant"


def test_without_an_operating_model_there_are_no_names_to_write(tmp_path: Path) -> None:
    with (
        open_system(read_settings({"REMIT_HOME": str(tmp_path)})) as empty,
        pytest.raises(RemitError) as caught,
    ):
        written(empty)
    assert caught.value.code == "no-operating-model"


# ── check ──


def checked(body: bytes, **options: Any) -> Any:
    return check_focus(io.BytesIO(body), "bill.csv", **options)


def test_what_is_exported_passes_its_own_check_and_so_does_a_packed_copy(system: System) -> None:
    record(system, "gateway", call(1))
    out = io.StringIO(newline="")
    export_focus(system, NOVEMBER, out)
    body = out.getvalue().encode()
    for each in (body, gzip.compress(body), b"\xef\xbb\xbf" + body):
        found = checked(each)
        assert (found.version, found.rows, found.broken_musts) == ("1.4", 2, 0)


def test_columns_tell_the_version() -> None:
    assert checked(b"BilledCost,ProviderName\n1,P\n").version == "1.2"
    assert checked(b"BilledCost,HostProviderName\n1,P\n").version == "1.4"
    assert checked(b"BilledCost,HostProviderName\n1,P\n", version="1.2").version == "1.2"


def test_a_row_that_is_none_is_counted_and_the_others_are_read() -> None:
    found = checked(b'BilledCost,ChargeClass\n1\n"a"b,\n\n2,\nx,\n')
    assert found.rows == 4
    assert found.counts["row-unreadable"] == 2
    assert [each.row for each in found.findings if each.rule == "BilledCost-C-002-M"] == [4]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "names no column"),
        (b"a,b\n1,2\n", "names no column"),
        (b'"BilledCost', "names no column"),
        (b"BilledCost,BilledCost\n", "two columns"),
        (b"BilledCost\n\xff\n", "not UTF-8"),
        (b"\x1f\x8bnot gzip", "not a whole"),
        (gzip.compress(b"BilledCost\n1\n" * 1000, mtime=0)[:-12], "not a whole"),
        (b"BilledCost\n" + b"1" * (LINE_MAX + 1), "longer than"),
        (b"BilledCost" + b",x_A" * 500, "names no column"),
    ],
)
def test_what_is_no_focus_file_is_told_from_one(body: bytes, why: str) -> None:
    with pytest.raises(RemitError, match=why) as caught:
        checked(body)
    assert caught.value.code == "not-focus"
