"""Releases beside each other, as one value."""

from __future__ import annotations

from typing import Any

from remit.decide.comparison import Earlier
from remit.decide.sample import Asked, GateAsks
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details, Outcome
from remit.report.comparison import comparison
from strategies import MOMENT

PASSED, MISSED = Outcome("passed"), Outcome("not_passed")
QUALITY = GateAsks("launch", "quality", Asked(0.9, 0.95))
FENDED = GateAsks("launch", "red-team", Asked(0.05, 0.95, at_least=False))


def evaluation(id: str, *results: Scored, **fields: Any) -> Evaluation:
    stated: dict[str, Any] = {
        "measure": "pass_rate",
        "dataset": "claims",
        "dataset_digest": "d1",
        "stage": "experiment",
        "model_version": 1,
        "currency": "EUR",
        "author": "a@example.com",
    }
    return Evaluation(id=id, at=MOMENT, began=MOMENT, use_case="triage", results=results, **(stated | fields))


def scored(release: str, passed: int, cases: int) -> Scored:
    return Scored(release, "model/a", cases=cases, passed=passed)


def test_every_release_stands_beside_every_other_the_gate_and_what_it_was() -> None:
    now = evaluation("e2", scored("a", 2, 3), scored("b", 0, 3))
    then = evaluation("e1", scored("a", 1, 3))
    details = Details(("c1", "c2", "c3"), {"a": (PASSED, PASSED, MISSED), "b": (MISSED,) * 3})
    before = Details(("c1", "c2", "c3"), {"a": (PASSED, MISSED, MISSED)})
    found = comparison(
        now,
        details,
        earlier=(Earlier("a", then, then.results[0]),),
        earlier_details={"e1": before},
        asks=(QUALITY,),
        outdated={"b": "it changed"},
    )
    assert [each.share for each in found.rated] == [2 / 3, 0]
    assert [(each.first, each.second) for each in found.contrasts] == [("a", "b")]
    assert [each.mended for each in found.regressions] == [("c2",)]
    assert found.new == ("b",)
    assert [(each.release, each.needed.more) for each in found.towards] == [("a", None), ("b", None)]
    assert found.outdated == {"b": "it changed"}


def test_of_attacks_those_that_succeeded_are_counted() -> None:
    found = comparison(
        evaluation("e1", scored("a", 59, 59), measure="attack_success_rate"), None, asks=(FENDED,)
    )
    assert found.rated[0].share == 0
    assert found.towards[0].needed.words == "95.1 % sure, and 95 % is asked"
    assert (found.contrasts, found.regressions, found.outdated) == ((), (), {})
