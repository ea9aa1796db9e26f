"""Controls: what keeps a risk small, how it is seen to hold, and whose standards ask for it, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from remit.declare.declared import Count, Declared, Id, Prose, RiskTier, Title, Word
from remit.declare.gate import Confidence, Pillar
from remit.declare.organisation import StageName
from remit.declare.use_case import Figure

CheckKind = Literal["remit", "ledger", "evaluation", "attestation"]
"""How it is seen whether a control holds: by what is declared and resolved, by what calls left behind, by an
evaluation, or by somebody's word."""

Concern = Literal["agents", "writing_agents", "personal_data", "people", "content", "knowledge", "impact"]
"""What a use case must have for a control to concern it."""

QUESTIONS: Mapping[str, str] = {
    # Of the use case's own declaration.
    "owner_named": "Somebody is named who answers for the use case",
    "risk_owner_named": "Somebody is named who answers for its risk",
    "owners_differ": "The two are not one",
    "chain_declared": "The chain from an objective to a measure is declared",
    "outcome_with_target": "An outcome metric has a baseline and a target",
    "outcome_with_worth": "An outcome metric says what one unit of it is worth",
    "problem_declared": "It is declared what is wrong today",
    "outputs_declared": "It is declared what answers are used for",
    "scores_given": "Value and feasibility are judged",
    "data_class_stated": "The data class is stated",
    "personal_data_stated": "It is stated whether data about people is handled",
    "impact_stated": "It is stated whether rights or safety can be touched",
    "ai_act_stated": "The facts that decide on the class of the EU AI Act are stated",
    "data_regions_stated": "It is stated where data comes from or must stay",
    "blocks_named": "The blocks that it uses are named",
    "prompt_declared": "It uses a prompt of the catalogue",
    "prompt_pinned": "Every prompt that it uses is fixed to a version",
    "knowledge_owned": "Every knowledge base that it uses is declared and has an owner",
    "knowledge_within_class": "No knowledge base that it uses is more sensitive than its data class",
    # Of its remit at its present stage.
    "guardrail_named": "Every call passes a guardrail",
    "guardrail_enforced": "A guardrail stops or masks, and does not only note",
    "guardrail_pinned": "Every guardrail is fixed to a version",
    "prompt_attacks_stopped": "A guardrail looks for attempts to turn the model against its task",
    "harm_stopped": "A guardrail looks for hate, insults, sexual content, violence and misconduct",
    "personal_data_masked": "A guardrail looks for personal data",
    "secrets_masked": "A guardrail looks for credentials",
    "topics_refused": "A guardrail keeps answers to the subject",
    "answers_grounded": "A guardrail holds answers against their sources",
    "answers_screened": "A guardrail looks at answers as well as at questions",
    "models_listed": "The models that it may call are listed one by one",
    "models_approved": "Every model that it may call is approved, and none is on its way out",
    "models_owned": "Every model that it may call has an owner",
    "model_versions_stated": "Every model that it may call says its version",
    "second_model": "There is a second model to go to, or a route",
    "regions_limited": "The regions where data is handled are listed",
    "connection_private": "Models are reached by private connections only",
    "data_class_capped": "The data class of calls has an upper limit",
    "spend_limited": "A budget limits what calls may cost",
    "spend_refused": "A call that a budget cannot cover is refused",
    "budget_of_its_own": "It has a budget of its own",
    "rate_limited": "Requests or tokens per minute are limited",
    "rate_limited_each": "No single key or agent can use a limit up",
    "input_limited": "The input of a call is limited",
    "output_limited": "The answer of a call is limited",
    "users_limited": "The number of end users is limited",
    "end_in_sight": "It has a last day, or its stage a time box",
    "tools_listed": "The tools that it may use are listed one by one",
    "tools_declared": "Every tool that it may use is declared and approved",
    "tool_calls_limited": "Calls of each tool are limited for each run or day",
    "tool_targets_limited": "What one run may touch by each writing tool is limited",
    "autonomy_capped": "How much agents do by themselves has an upper limit",
    "agency_capped": "What agents touch has an upper limit",
    "writes_approved": "A person answers before a tool writes",
    "answers_approved": "A person answers before an answer takes effect",
    "capture_masked": "What is kept of calls holds no personal data, or nothing is kept",
    "retention_limited": "What is kept of calls is kept for a limited time",
    "log_retention_stated": "It is stated for how long entries of calls are kept",
    # Of the organisation.
    "roles_declared": "Roles are declared with who holds each",
    "committee_declared": "A body that decides together is declared",
    "responsibilities_declared": "The responsibility matrix is declared",
    "lead_named": "The unit, or one above it, has a lead",
    "gate_ahead": "A gate stands before the next stage",
    "policy_declared": "A policy says who may do what under which conditions",
    "identities_declared": "Callers can prove who they are by an issuer's token",
    "alerts_declared": "A web hook tells people of budgets, refusals and what guardrails stopped",
    # Of the product, whatever is declared.
    "every_call_recorded": "Every call is recorded in the chained and sealed ledger before its answer leaves",
    "key_bound": "Every key belongs to exactly one use case, so that no call is anonymous",
    "held_before_call": "The most that a call can cost is held before it is made",
    "can_be_stopped": "Calls can be stopped within a second, and keys revoked",
    "inventory_kept": "The use case stands in the inventory with its stage",
    "calls_timed": "Every call ends within its model's time limit, and a failing provider is left alone",
    "refusals_explained": "A refusal names its rule, the owner of that rule and what would help",
}
"""What a declared model can be asked about a use case, by the name of the question."""


class Control(Declared):
    """Something that keeps a risk small, with how it is seen to hold.

    A control that ships is replaced by declaring one of its id, and is no part of the stored operating model.
    """

    title: Title
    """What is so when it holds."""
    pillar: Pillar
    """What it belongs to."""
    stage: StageName = "experiment"
    """From which stage on it is asked for."""
    tier: RiskTier = "low"
    """From which risk tier on it is asked for."""
    only: tuple[Concern, ...] = ()
    """What a use case must have, one of these, for it to be asked for; left out, all are."""
    check: CheckKind
    """How it is seen whether it holds."""
    question: Word | None = None
    """For `check: remit`: what the operating model is asked, such as `guardrail_named`."""
    measure: Word | None = None
    """For `check: ledger` and `check: evaluation`: what is looked at, such as `guardrail_coverage`."""
    at_least: Figure | None = None
    """The lowest value with which it holds."""
    at_most: Figure | None = None
    """The highest value with which it holds."""
    confidence: Confidence | None = None
    """How sure one must be that a measured value meets the threshold."""
    fresh_days: Count | None = None
    """After how many days what was measured or attested is too old to count."""
    whose: Id = "use-case-owner"
    """The role that answers for it."""
    help: Prose
    """What would make it hold."""
    maps: dict[Id, tuple[Title, ...]] = {}
    """What it covers: ids by framework, such as `nist-ai-rmf: [MAP 1.1]`."""
