"""Measures: what a criterion of a gate can look at, and which kind of evidence shows each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

EvidenceKind = Literal["ledger", "evaluation", "value_study", "attestation", "approval"]
"""Where what is shown comes from; the first three are measured by machine."""

Unit = Literal["share", "count", "money", "milliseconds", "ratio", "presence"]
"""What a measure is counted in."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a criterion can look at. `counted` is set for a share of things that were counted, of which it can
    be said how sure one is; any other measure has an interval only if its evidence brings one."""

    evidence: EvidenceKind
    unit: Unit
    meaning: str
    counted: bool = False

    @property
    def can_be_sure(self) -> bool:
        """Say whether a criterion may ask how sure one is; only a study brings an interval of its own."""
        return self.counted or self.evidence == "value_study"


MEASURES: Mapping[str, Measure] = {
    # What is declared, as of now.
    "declared_outcomes": Measure(
        "ledger", "count", "Outcome metrics with a baseline and a target, if the chain is declared"
    ),
    "declared_owners": Measure(
        "ledger", "count", "Different persons who answer for the use case and for its risk"
    ),
    "declared_guardrails": Measure("ledger", "count", "Guardrails that every call passes at the next stage"),
    "pinned_guardrails": Measure(
        "ledger", "share", "Of the guardrails that calls pass at the next stage, those fixed to a version"
    ),
    "declared_budgets": Measure("ledger", "count", "Budgets that calls must fit into at the next stage"),
    "unbounded_agency": Measure(
        "ledger", "count", "Ways in which agents may act without a list or a limit at the next stage"
    ),
    "days_at_stage": Measure(
        "ledger", "count", "Days since it entered its present stage, as far as is known"
    ),
    "prohibited_practices": Measure(
        "ledger", "count", "Practices that Article 5 of the EU AI Act prohibits, as somebody sees them in it"
    ),
    "live_keys": Measure("ledger", "count", "Keys that open the use case and have not ended"),
    # What calls left behind in the last 30 days.
    "calls": Measure("ledger", "count", "Calls that were answered"),
    "users": Measure("ledger", "count", "Different end users whom calls named this month"),
    "failure_rate": Measure("ledger", "share", "Of the calls, those that failed", counted=True),
    "refusal_rate": Measure("ledger", "share", "Of all attempts, those that were refused", counted=True),
    "blocked_rate": Measure("ledger", "share", "Of the calls, those that a guardrail stopped", counted=True),
    "guardrail_coverage": Measure(
        "ledger", "share", "Of the calls, those that passed at least one guardrail", counted=True
    ),
    "share_on_shared_blocks": Measure(
        "ledger",
        "share",
        "Of the calls, those on models or prompts that other units use as well",
        counted=True,
    ),
    "latency_ms_p95": Measure("ledger", "milliseconds", "The time within which 95 of 100 calls ended"),
    "cost_per_call": Measure(
        "ledger", "money", "What a call cost on average, in the organisation's currency"
    ),
    "cost_per_outcome": Measure("ledger", "money", "What calls cost for each outcome that was recorded"),
    "share_of_budget": Measure(
        "ledger",
        "ratio",
        "The largest part that is spent of a budget of its own, or else of one that it shares",
    ),
    # What a data set shows.
    "pass_rate": Measure(
        "evaluation", "share", "Of the cases of an evaluation, those that were passed", counted=True
    ),
    "attack_success_rate": Measure(
        "evaluation",
        "share",
        "Of the attacks of an adversarial evaluation, those that were not fended off",
        counted=True,
    ),
    # What a study of value shows.
    "share_of_target": Measure(
        "value_study", "ratio", "How far the outcome moved from its baseline to its target"
    ),
    "return_on_cost": Measure("value_study", "ratio", "What it brought for each unit of money that it cost"),
    # What somebody says.
    "attestation": Measure("attestation", "presence", "Somebody's word, with a date and where it is written"),
    "approval": Measure("approval", "presence", "The consent of the use case's risk owner"),
}
"""Every measure by its name."""

WINDOW_DAYS = 30
"""Over how many days what calls left behind is summed up."""
