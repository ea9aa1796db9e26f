"""Bills through the door: what was billed against what was charged, and the ledger made to agree with it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from completed_call import completed
from conftest import BASE, House, living_in
from forked_command import Forks
from remit.declare.price import Rates
from remit.kernel.money import EXACT, ZERO
from remit.kernel.usage import Usage
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import GATEWAY
from remit.record.call_entry import Call, Purpose

BILLS = Path(__file__).parents[2] / "examples/bills"
DECLARED = """
providers:
  cloud: {technology: openai, base_url: "https://models.example.com/v1"}
blocks:
  model/large:
    name: Large
    provider: cloud
    options: {model: "eu.example.large-text-v1:0", billed_as: Example4.6Sonnet}
    context_tokens: 200_000
    output_tokens_max: 8_000
    prices: [{starts: 2026-01-01, input: 3.00, output: 15.00, cache_read: 0.30}]
  model/small:
    name: Small
    provider: cloud
    options: {model: example.small-v1}
    context_tokens: 200_000
    output_tokens_max: 8_000
    prices: [{starts: 2026-01-01, input: 0.20, output: 0.80}]
use_cases:
  claims-triage: {name: Triage, unit: desk, purpose: Sort claims.}
  letters: {name: Letters, unit: desk, purpose: Write letters.}
"""
LARGE = Rates(date(2026, 1, 1), Decimal(3), Decimal(15), Decimal("0.3"))
SMALL = Rates(date(2026, 1, 1), Decimal("0.2"), Decimal("0.8"))
CALLS = (
    ("claims-triage", "model/large", 3, Usage(1_200_000, 200_000, 800_000), LARGE),
    ("letters", "model/large", 4, Usage(300_000, 66_667), LARGE),
    ("claims-triage", "model/large", 4, Usage(33_333, 0), LARGE),
    ("claims-triage", "model/small", 4, Usage(1_999_000, 100_000), SMALL),
)


def call(number: int, use_case: str, model: str, day: int, usage: Usage, rates: Rates) -> Call:
    at = datetime(2026, 11, day, 9, number, tzinfo=UTC)
    purpose = Purpose(
        key=f"k-{use_case}",
        use_case=use_case,
        unit="desk",
        stage="launch",
        model=model,
        model_version=1,
        remit="r",
    )
    served = "example.large-text-v1:0"
    return completed(
        f"{number:026d}", at, usage, rates, purpose=purpose, provider="cloud", served_model=served
    )


@pytest.fixture
def called(tmp_path: Path, commands: Forks) -> Iterator[House]:
    with living_in(tmp_path, commands) as house:
        house.apply(BASE, DECLARED)
        with house.system() as system:
            with system.journals.exclusive(GATEWAY) as journal:
                journal.append([call(number, *each) for number, each in enumerate(CALLS)])
            fold_ledger(system)
        yield house


def bill(house: House, name: str, *more: str) -> Any:
    return json.loads(house.run("reconcile", "--bill", str(BILLS / name), "--json", *more))


def amounts(found: Any) -> dict[str, str]:
    return {each["cause"]: each["amount"]["amount"] for each in found["causes"]}


def sums_up(found: Any) -> bool:
    total = ZERO
    for each in found["causes"]:
        total = EXACT.add(total, Decimal(each["amount"]["amount"]))
    parts = [Decimal(found[each]["amount"]) for each in ("billed", "charged", "adjusted")]
    gap = EXACT.subtract(EXACT.subtract(parts[0], parts[1]), parts[2])
    return total == gap == Decimal(found["gap"]["amount"])


def test_a_focus_bill_is_explained_and_the_ledger_made_to_agree_with_it_once(called: House) -> None:
    before = bill(called, "focus-1.4.csv", "--month", "2026-11")
    assert sums_up(before)
    assert before["providers"] == ["cloud"]
    assert before["unmatched"] == ["example.trial-v1:0"]
    causes = amounts(before)
    assert {each for each in causes if Decimal(causes[each])} == {
        *("discount", "unattributed", "not_billed", "guardrail", "purchase", "tax", "rounding"),
    }
    assert (causes["guardrail"], causes["tax"], causes["purchase"]) == ("0.18", "2.1", "500")
    assert (causes["unattributed"], causes["not_billed"]) == ("2.5", "-0.4798")
    assert before["cost_share"] == {"attributed": "8.4", "of": "10.9"}

    refused = called.try_run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--adjust")
    assert "error[not-confirmed]" in refused.stderr
    shown = called.try_run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--adjust", "--yes")
    assert shown.returncode == 0, shown.stderr
    assert "adjustments written" in shown.stderr
    written = called.entries("adjustment")
    assert {each["source"] for each in written} == {before["digest"]}
    assert {each["reason"] for each in written} == {"discount", "price", "purchase", "rounding"} - (
        {"price"} - set(causes)
    )
    assert {each.get("use_case") for each in written} == {"claims-triage", "letters", None}

    assert all(each["since"] >= "2026-11-01" and each["until"] <= "2026-11-04" for each in written)
    assert bill(called, "focus-1.4.csv")["proposals"] == []
    after = bill(called, "focus-1.4.csv", "--month", "2026-11")
    assert sums_up(after)
    assert set(amounts(after)) == {"unattributed", "not_billed", "guardrail", "tax"}
    assert after["proposals"] == []
    again = called.try_run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--adjust", "--yes")
    assert "no bill is adjusted by twice" in again.stderr
    packed = called.root / "bill.csv.gz"
    packed.write_bytes(gzip.compress((BILLS / "focus-1.4.csv").read_bytes()))
    called.run("reconcile", "--bill", str(packed), "--adjust", "--yes")
    assert called.entries("adjustment") == written
    assert called.verify() == ()


def test_cost_is_charges_and_adjustments_as_they_are_known_or_were_known_before(called: House) -> None:
    def cost(*more: str) -> Any:
        return json.loads(called.run("cost", "--month", "2026-11", "--json", *more))

    at_first = cost()
    assert at_first["total"]["charged"] == at_first["total"]["billed"] == at_first["total"]["effective"]
    called.run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--month", "2026-11", "--adjust", "--yes")
    called.run(
        *("ledger", "adjust", "--amount", "-1.50 EUR", "--reason", "credit", "--note", "A late credit."),
        *(
            "--since",
            "2026-10-17",
            "--until",
            "2026-11-15",
            "--use-case",
            "letters",
            "--model",
            "model/large",
        ),
        *("--cost", "effective"),
    )
    now = cost()
    letters = next(each for each in now["lines"] if each["use_case"] == "letters")
    adjusted = [each for each in called.entries("adjustment") if each.get("use_case") == "letters"]
    from_bill = sum(Decimal(each["amount"]) for each in adjusted if each.get("source"))
    charged = Decimal(letters["charged"]["amount"])
    assert Decimal(letters["billed"]["amount"]) == charged + from_bill
    assert Decimal(letters["effective"]["amount"]) == charged + from_bill - Decimal("0.75")
    assert Decimal(now["total"]["billed"]["amount"]) > 500
    first = datetime.fromisoformat(called.entries("adjustment")[0]["at"]).date()
    then = cost("--as-of", str(first - timedelta(days=1)))
    assert (then["lines"], then["total"]) == (at_first["lines"], at_first["total"])
    assert cost("--as-of", "2026-11-03")["total"]["calls"] == 1
    assert cost("--as-of", "2026-11-02")["lines"] == []
    table = called.run("cost", "--month", "2026-11")
    assert "claims-triage" in table
    assert "none" in table


def test_a_reconciliation_as_of_the_past_knows_no_later_adjustment(called: House) -> None:
    before = bill(called, "focus-1.4.csv")
    called.run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--adjust", "--yes")
    first = datetime.fromisoformat(called.entries("adjustment")[0]["at"]).date()
    then = bill(called, "focus-1.4.csv", "--as-of", str(first - timedelta(days=1)))
    assert {**then, "earlier": []} == {**before, "earlier": []}


def test_an_aws_bill_is_read_by_its_usage_types_and_exchanged(called: House) -> None:
    found = bill(called, "aws-cur-2.csv", "--format", "aws-cur-2", "--rate", "USD=1")
    assert sums_up(found)
    assert found["unreadable"] == {"another-service": 1}
    lines = {
        (line["model"], line["since"][-2:], line["use_case"]): line
        for line in found["lines"]
        if line["kind"] == "usage"
    }
    triage = lines["example.large-text-v1:0", "03", "claims-triage"]
    assert triage["tokens_billed"] == {"input": "1200000", "output": "200000", "cache_read": "800000"}
    assert triage["causes"] == {"discount": "-0.342"}
    assert lines["example.large-text-v1:0", "03", ""]["causes"] == {"unattributed": "1.432125"}
    dearer = lines["example.large-text-v1:0", "04", "claims-triage"]["causes"]
    assert set(dearer) == {"unattributed", "discount", "price"}
    assert lines["example.small-v1", "04", "claims-triage"]["causes"] == {"unattributed": "0.0002"}
    assert found["unmatched"] == ["Other Large 2"]
    assert {line["kind"] for line in found["lines"]} == {"usage", "guardrail", "tax"}
    refused = called.try_run("reconcile", "--bill", str(BILLS / "aws-cur-2.csv"), "--format", "aws-cur-2")
    assert "error[not-a-bill]" in refused.stderr
    assert "`--rate USD=0.92`" in refused.stderr


def test_openai_s_costs_and_litellm_s_logs_are_bills_too(called: House) -> None:
    costs = bill(called, "openai-costs.json", "--format", "openai-costs", "--rate", "USD=0.9")
    assert sums_up(costs)
    assert amounts(costs) == {"unattributed": "0.27135", "other": "0.099"}
    assert costs["cost_share"] == {"attributed": "0", "of": "0.27135"}
    logs = bill(called, "litellm-spend-logs.jsonl", "--format", "litellm-spend-logs", "--rate", "USD=1")
    assert sums_up(logs)
    [triage] = [
        line
        for line in logs["lines"]
        if line["use_case"] == "claims-triage" and line["rows"] and line["tokens_billed"]
    ]
    assert triage["tokens_billed"] == {"input": "400000", "output": "200000", "cache_read": "800000"}
    assert triage["calls"] == 1


def test_what_no_bill_can_be_is_said(called: House) -> None:
    odd = called.root / "odd.csv"
    odd.write_text("a,b\n1,SECRET\n")
    for bill_words in (
        ["--bill", str(odd)],
        ["--bill", str(BILLS / "focus-1.4.csv"), "--month", "2026-09"],
    ):
        said = called.try_run("reconcile", *bill_words)
        assert "error[not-a-bill]" in said.stderr
        assert "SECRET" not in said.stdout + said.stderr
    unknown = called.try_run("reconcile", "--bill", str(odd), "--format", "fokus")
    assert "did you mean `focus`?" in unknown.stderr
    wrong = called.try_run("reconcile", "--bill", str(BILLS / "focus-1.4.csv"), "--provider", "clod")
    assert "did you mean `cloud`?" in wrong.stderr
    for words, code in (
        (("--month", "2026-13"), 2),
        (("--rate", "USD=0"), 2),
        (("--as-of", "2026-02-30"), 2),
        (("--adjust", "--as-of", "2026-11-30"), 2),
    ):
        assert called.try_run("reconcile", "--bill", str(odd), *words).returncode == code


def test_an_adjustment_by_hand_is_checked(called: House) -> None:
    def adjust(*more: str) -> Any:
        given = {"--amount": "1 EUR", "--reason": "other", "--note": "n", "--since": "2026-11-03"}
        given |= dict(zip(more[::2], more[1::2], strict=True))
        return called.try_run("ledger", "adjust", *(word for pair in given.items() for word in pair))

    for more, code in (
        (("--use-case", "lettres"), "undeclared-use-case"),
        (("--model", "model/lagre"), "undeclared-block"),
        (("--provider", "clod"), "not-found"),
        (("--corrects", "nothing"), "not-found"),
        (("--amount", "1 USD"), "adjustment-unsound"),
        (("--amount", "0.00 EUR"), "adjustment-unsound"),
        (("--until", "2026-11-02"), "adjustment-unsound"),
        (("--note", " "), "adjustment-unsound"),
    ):
        assert f"error[{code}]" in adjust(*more).stderr, more
    assert adjust("--amount", "much").returncode == 2
    done = adjust("--amount", "-0.25 EUR", "--corrects", f"{0:026d}")
    assert (done.returncode, done.stdout) == (0, "other of -0.25 EUR for 2026-11-03 to 2026-11-03\n")
    [entry] = called.entries("adjustment")
    assert (entry["amount"], entry["corrects"], entry["author"]) == ("-0.25", f"{0:026d}", entry["author"])
