"""The catalogue of blocks joins what is declared of each with what was recorded of it, simulated apart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from remit.record.dossier_entry import Evaluation, Guarded, Scored
from remit.record.found import FindingKey, FindingRow, FindingSum
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import RefusalKey, UsageKey, UsageSum
from remit.report.block_sheet import BlockRecord, BlockSheet, block_sheets
from remit.report.blocks import BlockFacts, blocks_report
from strategies import model_block, operating_model

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
MODEL = operating_model(
    blocks={
        "model/a": model_block(owner="platform@example.com"),
        "prompt/p": {"name": "P", "text": "Write."},
        "guardrail/g": {"name": "G", "sensitive": {"EMAIL": "anonymize"}},
    },
    use_cases={"one": {"name": "One", "unit": "claims", "purpose": "P.", "blocks": ["model/a"]}},
)
BLOCKS = blocks_report(MODEL, BlockFacts({}, (), (), date(2026, 10, 23), NOW, NOW.date()))


def key(*, simulated: bool = False, block: str = "") -> UsageKey:
    return UsageKey("h", "one", "claims", "launch", "model/a", "k", "EUR", simulated, block)


def sheets(**record: Any) -> dict[str, BlockSheet]:
    nothing: dict[str, Any] = dict.fromkeys(("usage", "guarded", "refusals", "findings", "evaluations"), ())
    nothing["passed_by"] = {"guardrail/g": 2}
    found = block_sheets(
        BLOCKS,
        BlockRecord(**{**nothing, **record}),
        saved=(),
        outdated=lambda use_case, scored: "it says something else now" if scored.release == "old" else "",
        weaker=lambda use_case, guards: "",
    )
    return {each.line.address: each for each in found}


def test_calls_count_for_the_model_and_for_the_prompt_that_they_named() -> None:
    calls = UsageSum(calls=4, failed=1, blocked=1, latency_ms=4_002, charge=Decimal("0.30"))
    found = sheets(usage=[(key(), calls), (key(block="prompt/p"), UsageSum(calls=2, charge=Decimal("0.05")))])
    model, prompt = found["model/a"].real, found["prompt/p"].real
    assert (model.calls, model.failed, model.blocked, model.charge) == (6, 1, 1, Decimal("0.35"))
    assert (prompt.calls, prompt.charge) == (2, Decimal("0.05"))
    assert model.mean_ms == 667
    assert model.failed_permille == 167


def test_simulated_calls_stand_apart_and_are_shown_only_where_there_are_no_others() -> None:
    both = sheets(usage=[(key(), UsageSum(calls=1)), (key(simulated=True), UsageSum(calls=9))])["model/a"]
    assert (both.shown.calls, both.simulated.calls, both.only_simulated) == (1, 9, False)
    alone = sheets(usage=[(key(simulated=True), UsageSum(calls=9))])["model/a"]
    assert (alone.shown.calls, alone.only_simulated) == (9, True)
    assert sheets()["model/a"].real.mean_ms is None


def test_refusals_are_the_models_and_findings_and_charges_the_guardrails() -> None:
    seen = FindingSum(3, NOW, NOW, "c", "c")
    of = FindingKey("one", "input", "sensitive", "EMAIL", "", "guardrail/g", False, "anonymize", "m1")
    guard = GuardrailKey("h", "one", "claims", "guardrail/g", "", "EUR")
    found = sheets(
        refusals=[(RefusalKey("h", "one", "budget", "model/a"), 5), (RefusalKey("h", "one", "stage"), 2)],
        findings=[FindingRow(of, seen), FindingRow(of, seen, "confirmed")],
        guarded=[(guard, GuardrailSum(askings=7, charge=Decimal("0.02")))],
    )
    assert found["model/a"].refused == 5
    guardrail = found["guardrail/g"]
    assert (guardrail.found, guardrail.waiting) == (6, 1)
    assert (guardrail.line.orphan, guardrail.idle, guardrail.users) == (True, False, 2)
    assert (guardrail.real.calls, guardrail.real.charge) == (7, Decimal("0.02"))


def evaluation(id: str, release: str, **more: Any) -> Evaluation:
    scored = Scored(release=release, model="model/a", prompt_block="prompt/p", cases=10, passed=9)
    return Evaluation(
        id=id,
        at=NOW,
        use_case="one",
        dataset="d",
        dataset_digest="",
        stage="launch",
        model_version=1,
        began=NOW,
        results=(scored,),
        currency="EUR",
        author="a",
        **{"measure": "pass_rate", **more},
    )


def test_of_evaluations_the_last_counts_and_says_whether_it_still_shows_something() -> None:
    found = sheets(evaluations=[evaluation("01", "new"), evaluation("02", "old")])
    for address in ("model/a", "prompt/p"):
        [tried] = found[address].tried
        assert (tried.entry, tried.outdated) == ("02", "it says something else now")
        assert found[address].outdated == 1
    assert found["guardrail/g"].tried == ()


def test_attacks_are_evidence_for_the_guardrails_that_they_met() -> None:
    attack = evaluation("03", "new", measure="attack_success_rate", guardrails=(Guarded("guardrail/g", "d"),))
    [tried] = sheets(evaluations=[attack])["guardrail/g"].tried
    assert (tried.measure, tried.passed, tried.cases) == ("attack_success_rate", 9, 10)
