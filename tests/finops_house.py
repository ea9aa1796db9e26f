"""A house with models of several prices, what is on offer to it, and workloads of its calls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from finops_columns import MadeCall, columns, rates
from remit.decide.finops.tier_rule import TierRules
from remit.decide.finops.workload import Around, Tried, Workload
from remit.declare.capacity import Capacity
from remit.declare.operating_model import OperatingModel
from remit.declare.price import Rates
from remit.enforce.remit import Resolver
from remit.record.dossier_entry import Evaluation, Scored
from remit.record.evaluation_detail import Details, Outcome

DAY = date(2026, 6, 1)
START_S = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
LARGE, SMALL, OTHER = "model/large", "model/small", "model/other"
DEAR: Rates = rates(input="3", output="15")


def model(name: str, input: str, output: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "provider": "there",
        "context_tokens": 200_000,
        "output_tokens_max": 8_192,
        "data_class_max": "confidential",
        "prices": [{"starts": "2026-01-01", "input": input, "output": output}],
        **more,
    }


def house(*, blocks: dict[str, Any] | None = None, uses: Sequence[str] = (), **case: Any) -> OperatingModel:
    """Declare a house with a use case, `claims`, that may call every model and `uses` other blocks."""
    return OperatingModel.model_validate(
        {
            "organisation": {"name": "House", "contact": "head@example.com", "currency": "EUR"},
            "units": {"insurance": {"name": "Insurance", "lead": "lead@example.com"}},
            "providers": {
                "there": {"technology": "openai"},
                "elsewhere": {"technology": "anthropic"},
                "pretend": {"technology": "echo"},
            },
            "stages": {
                "launch": {
                    "description": "In use.",
                    "remit": {"calls": "true", "models": "any", "spend": "unlimited"},
                }
            },
            "use_cases": {
                "claims": {
                    "name": "Claims",
                    "unit": "insurance",
                    "purpose": "Sort claims.",
                    "blocks": uses,
                    **case,
                },
                "letters": {"name": "Letters", "unit": "insurance", "purpose": "Draft letters."},
            },
            "blocks": {
                LARGE: model("Large", "3", "15"),
                SMALL: model("Small", "0.5", "2"),
                OTHER: model("Other", "1", "5", provider="elsewhere"),
                **(blocks or {}),
            },
        }
    )


def call(at_s: float = 0.0, **fields: Any) -> MadeCall:
    """One call of the large model, so many seconds after the first day began."""
    return MadeCall(**{"at_s": START_S + at_s, "model": LARGE, "rates": DEAR, **fields})


def work(
    calls: Iterable[MadeCall],
    *,
    days: int = 1,
    of: OperatingModel | None = None,
    tried: Sequence[Tried] = (),
    offers: dict[str, Capacity] | None = None,
    tiers: TierRules | None = None,
    use_case: str = "claims",
    simulated: bool = False,
) -> Workload:
    declared = house() if of is None else of
    until = date.fromordinal(DAY.toordinal() + days - 1)
    if offers is not None:
        declared = declared.model_copy(update={"capacity": offers})
    around = Around(declared, DAY, until, tiers=tiers or TierRules())
    remit = Resolver(declared).remit(use_case, "launch") if use_case else None
    return around.workload(
        columns(calls), use_case=use_case, remit=remit, tried=tuple(tried), simulated=simulated
    )


def capacity(kind: str = "provisioned", of: str = LARGE, **fields: Any) -> Capacity:
    return Capacity.model_validate(
        {"name": "Units", "kind": kind, "model": of, "per_hour": "1.00 EUR", **fields}
    )


def tried(first: str, second: str, *, now: str = LARGE, other: str = SMALL, **fields: Any) -> Tried:
    """An evaluation of two models, in signs: `+` for a case that passed; charges grow from case to case."""
    marks = {"a": first, "b": second}
    outcomes = {
        release: tuple(
            Outcome("passed" if sign == "+" else "not_passed", charge=Decimal(place + 1) / 1000)
            for place, sign in enumerate(signs)
        )
        for release, signs in marks.items()
    }
    results = tuple(
        Scored(
            release=release,
            model=address,
            cases=len(marks[release]),
            passed=marks[release].count("+"),
            **fields.get(release, {}),
        )
        for release, address in (("a", now), ("b", other))
    )
    evaluation = Evaluation(
        id=fields.get("id", "e1"),
        at=datetime(2026, 5, 1, tzinfo=UTC),
        use_case="claims",
        measure=fields.get("measure", "pass_rate"),
        dataset="claims-cases",
        dataset_digest="d1",
        live=fields.get("live", False),
        stage="launch",
        model_version=1,
        began=datetime(2026, 5, 1, tzinfo=UTC),
        results=results,
        currency="EUR",
        author="evaluator@example.com",
    )
    return Tried(evaluation, Details(tuple(f"c{place}" for place in range(len(first))), outcomes))
