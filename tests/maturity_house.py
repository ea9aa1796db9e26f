"""A small house of three units and two use cases, and what is filed of them, to profile maturity on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from remit.decide.maturity import profile
from remit.decide.maturity_answer import Answer
from remit.decide.maturity_known import Past, known
from remit.declare.operating_model import OperatingModel
from remit.operations.maturity_catalogue import maturity_catalogue
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Scored
from remit.record.projection import StageFact, UsageKey, UsageSum
from strategies import MOMENT, operating_model

CATALOGUE = maturity_catalogue()
ITEMS = {item.id: item for item in CATALOGUE.items}
TODAY = MOMENT.date()
NEXT = MOMENT + timedelta(microseconds=1)
RANK = {"no": 0, "unknown": 0, "partly": 1, "yes": 2}

CASE: dict[str, Any] = {"name": "A case", "purpose": "Help.", "owner": "owner@example.com"}
SAID = {"measure": "attestation", "present": "true", "evidence": "attestation", "help": "Say so."}
GATES = {
    "launch": {
        "description": "Good enough.",
        "criteria": {
            "loop": {**SAID, "name": "People look", "pillar": "people"},
            "book": {**SAID, "name": "A run book", "pillar": "operations"},
        },
    }
}


def house(**sections: Any) -> OperatingModel:
    """Make units `claims`, with `motor` below it, and `desk`; one use case in each of the last two."""
    declared: dict[str, Any] = {
        "units": {
            "claims": {"name": "Claims", "lead": "claims@example.com"},
            "motor": {"name": "Motor", "parent": "claims"},
            "desk": {"name": "Desk"},
        },
        "use_cases": {
            "triage": {**CASE, "unit": "motor", "risk_owner": "risk@example.com"},
            "answers": {**CASE, "unit": "desk"},
        },
        "gates": GATES,
    }
    return operating_model(**{**declared, **sections})


def past(model: OperatingModel | None = None, **more: Any) -> Past:
    stages = {name: StageFact(stage, TODAY, "reviewed") for name, stage in more.pop("stages", {}).items()}
    return Past(at=NEXT, model=model or house(), applied=MOMENT, stages=stages, **more)


def said(about: str, *, unit: str = "", use_case: str = "", id: str = "e1", **more: Any) -> Evidence:
    stated: dict[str, Any] = {"shown": TODAY, "source": "attestation", "statement": "It is so."}
    return Evidence(
        id=id,
        at=MOMENT,
        about=(about,) if about else (),
        unit=unit,
        use_case=use_case,
        owner="head@example.com",
        author="head@example.com",
        **{**stated, **more},
    )


def evaluation(use_case: str, *models: str, id: str = "v1", **more: Any) -> Evaluation:
    simulated = more.pop("simulated", False)
    stated: dict[str, Any] = {"measure": "pass_rate", "dataset": "d", "at": MOMENT}
    return Evaluation(
        id=id,
        use_case=use_case,
        dataset_digest="0",
        stage="experiment",
        model_version=1,
        began=MOMENT,
        results=tuple(Scored(release=name, model=name, simulated=simulated) for name in models),
        currency="EUR",
        author="t@example.com",
        **{**stated, **more},
    )


def review(use_case: str, into: str = "launch", *, id: str = "r1", **more: Any) -> GateReview:
    stated: dict[str, Any] = {"outcome": "proceed", "at": MOMENT}
    return GateReview(
        id=id,
        use_case=use_case,
        stage="experiment",
        into=into,
        tier="low",
        gate="0",
        model_version=1,
        shown=(),
        reason="It is so.",
        author="lead@example.com",
        **{**stated, **more},
    )


def calls(
    use_case: str, unit: str, count: int = 1, *, simulated: bool = False, model: str = "model/a"
) -> Any:
    key = UsageKey("2026-11-23T11:00:00Z", use_case, unit, "s", model, "", "EUR", simulated)
    return key, UsageSum(calls=count)


def answered(asked: Past, unit: str = "") -> dict[str, Answer]:
    found = profile(CATALOGUE, known(asked), unit=unit)
    return {item.id: each for cell in found.asked.cells for item, each in cell.items}


def statuses(asked: Past, unit: str = "", *, evidence: str) -> set[str]:
    return {each.status for id, each in answered(asked, unit).items() if ITEMS[id].evidence == evidence}
