"""A house whose models have prompt caches of several kinds, and workloads of its calls."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import remit.decide.finops
from finops_columns import MadeCall, columns
from remit.decide.finops.cache_rule import read_cache_rules
from remit.decide.finops.workload import Around, Workload
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import Resolver

DAY = date(2026, 6, 1)
START_S = datetime(2026, 6, 1, 8, tzinfo=UTC).timestamp()
RULES = read_cache_rules(
    (Path(remit.decide.finops.__file__).parent / "prompt_caches.yaml").read_text("utf-8")
)


def _model(name: str, provider: str) -> dict[str, Any]:
    return {
        "name": name,
        "provider": provider,
        "context_tokens": 200_000,
        "output_tokens_max": 8_192,
        "options": {"model": name},
        "prices": [{"starts": "2026-01-01", "input": "3", "output": "15"}],
    }


def house(**case: Any) -> OperatingModel:
    return OperatingModel.model_validate(
        {
            "organisation": {"name": "House", "contact": "head@example.com", "currency": "USD"},
            "units": {"insurance": {"name": "Insurance", "lead": "lead@example.com"}},
            "providers": {
                "there": {"technology": "anthropic"},
                "elsewhere": {"technology": "openai"},
                "here": {"technology": "local"},
            },
            "stages": {
                "launch": {
                    "description": "In use.",
                    "remit": {"calls": "true", "models": "any", "spend": "unlimited"},
                }
            },
            "use_cases": {
                "claims": {"name": "Claims", "unit": "insurance", "purpose": "Sort claims.", **case}
            },
            "blocks": {
                "model/large@1": _model("claude-sonnet-5", "there"),
                "model/other@1": _model("gpt-5", "elsewhere"),
                "model/own@1": _model("smollm2", "here"),
            },
        }
    )


def work(calls: Iterable[MadeCall], *, of: OperatingModel | None = None) -> Workload:
    """Take the calls of one day, whose times count from eight in the morning."""
    declared = house() if of is None else of
    around = Around(declared, DAY, DAY, caches=RULES)
    remit = Resolver(declared).remit("claims", "launch")
    return around.workload(columns(calls), use_case="claims", remit=remit)


def call(at_s: float, **more: Any) -> MadeCall:
    return MadeCall(START_S + at_s, **more)
