"""Exactly how value looks where it is evidenced, confirmed and refused; `make golden` rewrites it."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from remit.cli.context import plain
from remit.cli.value_text import blocks_text, portfolio_text, use_case_text
from remit.decide.called_facts import Rolled
from remit.decide.dossier import Fact
from remit.decide.worth.broken_link import Known, diagnose
from remit.decide.worth.cost import full_costs
from remit.decide.worth.worth import Worth, results_of, together, worths
from remit.record.projection import StageFact, UsageKey, UsageSum
from remit.report.value import blocks_value, portfolio_value, use_case_value
from worth_house import MINUTES, NOW, START, TEAM, case, model, naive, result

HERE = Path(__file__).parent
TODAY = NOW.date()
DEAR = TEAM | {"amount": "4000.00 EUR"}
MODEL = model(
    economics={"discount_rate": "0.08"},
    letters=case(
        costs={"team": DEAR, "start": START},
        outcomes={
            "right": {**MINUTES, "name": "Right", "unit": "percent", "direction": "up", "link": "technical",
                      "value_of_one": None, "drives": "minutes"},
            "minutes": {**MINUTES, "link": "business", "kind": "productivity"},
            "calls-back": {**MINUTES, "name": "Calls back", "value_of_one": "1.00 EUR"},
        },
    ),
    training=case(costs={"team": TEAM}),
    answers=case(costs={"team": TEAM}),
    wait=case(outcomes={"minutes": {**MINUTES, "target": None}}),
)  # fmt: skip
STAGES = {name: StageFact("launch", date(2026, 8, 1), "declared") for name in MODEL.use_cases}
RESULTS = results_of(
    [
        result(),
        result(
            "r2", study="calls", metric="calls-back", grade="before_after", effect=-0.5, low=-1.0, high=0.2
        ),
        result("r3", study="trial-run", simulated=True),
        result("r4", study="answers-2026", use_case="answers", effect=-4.0, low=None, high=-1.0),
        naive().__class__(
            **{name: getattr(naive(), name) for name in naive().__struct_fields__} | {"use_case": "training"}
        ),
    ]
)  # fmt: skip


def weighed() -> dict[str, Worth]:
    day = "2026-11-20T00:00:00Z"
    at = UsageKey(day, "letters", "motor", "launch", "model/large", "", "EUR", simulated=False)
    rolled = Rolled(totals=[(at, UsageSum(calls=90, charge=Decimal("1.25")))])
    found = {
        each.use_case: each for each in worths(MODEL, RESULTS, full_costs(MODEL, STAGES, rolled, now=NOW), {})
    }
    letters = found["letters"]
    first, *others = letters.figures
    firm = replace(
        first,
        state="confirmed",
        confirmed_by=("finance@example.com",),
        confirmed_at=NOW - timedelta(days=3),
        request="01KBCCKVG00000000000000001",
    )
    changed = [
        replace(each, lapsed_at=NOW - timedelta(days=40), request="01KBCCKVG00000000000000002")
        for each in others
    ]
    return found | {"letters": replace(letters, figures=(firm, *changed))}


def test_value_looks_exactly_like_this() -> None:
    found = weighed()
    facts = {"pass_rate": (Fact("pass_rate", Decimal("0.96"), NOW, "evaluation", "", total=200),)}
    diagnoses = {}
    for name, each in found.items():
        known = Known(
            case=MODEL.use_cases[name],
            facts=facts,
            cost=each.cost,
            figures=each.figures,
            results=RESULTS.get(name, ()),
            economics=MODEL.portfolio.economics,
            year=each.year,
        )
        if (diagnosis := diagnose(each.returns, known)) is not None:
            diagnoses[name] = diagnosis
    one, refused = (
        use_case_value(MODEL, found[name], STAGES, diagnosis=diagnoses.get(name), today=TODAY)
        for name in ("letters", "training")
    )
    listed = [*found.values()]
    whole = together(listed, MODEL.portfolio.economics)
    many = portfolio_value(
        MODEL, listed, whole, stages=STAGES, diagnoses=diagnoses, unit="motor", today=TODAY
    )
    none = blocks_value(MODEL, (), shared=(), today=TODAY)
    parts = [
        use_case_text(one),
        use_case_text(refused),
        portfolio_text(many, everything=False),
        blocks_text(none),
    ]
    text = ("\n\n" + "─" * 40 + "\n\n").join(parts) + "\n"
    expected = HERE / "value-shown.txt"
    if os.environ.get("REMIT_GOLDEN") == "write":
        expected.write_text(text)
    assert text == expected.read_text()


def test_data_has_a_line_for_each_grade_and_nowhere_a_total() -> None:
    listed = [*weighed().values()]
    whole = together(listed, MODEL.portfolio.economics)
    many = portfolio_value(MODEL, listed, whole, stages=STAGES, diagnoses={}, unit="", today=TODAY)
    said = plain(many)
    assert [each["grade"] for each in said["by_grade"]] == ["experiment", "before_after"]
    assert not [key for key in _keys(said) if "total" in key or key == "value_of_all"]
    assert {key for key in said if key.startswith("value")} == set()


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {*value, *(key for each in value.values() for key in _keys(each))}
    return {key for each in value for key in _keys(each)} if isinstance(value, list) else set()
