"""Say in tables what telemetry holds: the attributes of spans and events, and the metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown import page, rows, words
from remit.kernel import genai
from remit.report.attributes import CALL, CHECK, FINDING, REFUSAL, Attribute
from remit.report.measures import INSTRUMENTS
from remit.report.metrics import METRICS


def telemetry_page() -> str:
    return page(
        "Telemetry",
        f"Names that begin with `gen_ai.` are those of OpenTelemetry's GenAI conventions, `{genai.VERSION}`;"
        " they are in development there. `remit.` is what they have no word for. What is empty or does not"
        " apply is left out. How it is sent: [watch calls](../guides/telemetry.md).",
        "## Span of a call",
        "Named `{operation} {model}`, of the kind `CLIENT`, from when the call began until it was settled."
        " Its events are `remit.attempt` for each try that failed before, and `remit.guardrail.finding`.",
        _table(
            CALL, (f"`{genai.PROVIDER_NAME}`", "The provider's word in the conventions, or its technology.")
        ),
        "## Span of a refusal",
        "Named `refuse {rule}`, of the kind `INTERNAL`, without length.",
        _table(REFUSAL),
        "## Span of a check by guardrails alone",
        "Named `check {side}`, of the kind `INTERNAL`.",
        _table(CHECK),
        "## Event `remit.guardrail.finding`",
        _table(FINDING),
        "## Metrics that are sent",
        "All are deltas. Labels of calls: operation, provider, model, `remit.use_case`, `remit.unit`,"
        " `remit.stage`, `remit.simulated`; and what a metric is by.",
        rows(
            ["metric", "unit", "what it is", "buckets end at"],
            (
                (f"`{each.name}`", each.unit, each.says, ", ".join(f"{bound:.15g}" for bound in each.bounds))
                for each in INSTRUMENTS
            ),
        ),
        "## `/metrics` of the portal",
        "Counters are written with `_total`, histograms with `_bucket`, `_sum` and `_count`. Buckets end"
        " where those of the metrics above do.",
        rows(
            ["metric", "kind", "labels", "what it is"],
            ((f"`{family.name}`", family.kind, words(family.labels), family.says) for family, _ in METRICS),
        ),
    )


def _table(attributes: Sequence[Attribute[Any]], *more: tuple[str, str]) -> str:
    return rows(
        ["attribute", "what it says"], [*((f"`{each.name}`", each.says) for each in attributes), *more]
    )
