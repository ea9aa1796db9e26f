"""Questions about a use case that its declarations and its resolved remit answer.

One table, `ANSWERS`, holds for every question of `declare.control.QUESTIONS` what is looked at and when the
answer is yes. A question of a field of the remit names the layer that decided it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from remit.decide.risk import stated
from remit.declare.block import Block, GuardrailBlock, KnowledgeBlock, ModelBlock, ToolBlock
from remit.declare.declared import DATA_CLASSES
from remit.declare.gate import next_stage
from remit.declare.guardrail import ContentRule, content_rule, entity_rule, score_rule
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import CONTENT_FILTERS
from remit.declare.use_case import UseCase
from remit.declare.version import number
from remit.enforce.pool import is_one_use_cases, layer_of
from remit.enforce.remit import Remit, show


@dataclass(frozen=True)
class Ground:
    """What questions are asked of: a use case, its remit at its present stage, and all that is declared."""

    model: OperatingModel
    name: str
    remit: Remit
    today: date

    @property
    def case(self) -> UseCase:
        return self.model.use_cases[self.name]

    def _meant(self, names: object) -> Iterator[Block]:
        for name in sorted(names) if isinstance(names, frozenset | Mapping) else ():
            found = self.model.meant(name, self.today)
            if found is not None:
                yield self.model.blocks[found]

    @cached_property
    def models(self) -> tuple[ModelBlock, ...]:
        """The models that it may call."""
        return tuple(each for each in self._meant(self.remit.models) if isinstance(each, ModelBlock))

    @cached_property
    def guardrails(self) -> tuple[GuardrailBlock, ...]:
        """The guardrails that every call passes, those that only note left out."""
        found = self._meant(self.remit.guardrails)
        return tuple(each for each in found if isinstance(each, GuardrailBlock) and each.mode == "enforce")

    @cached_property
    def tools(self) -> tuple[ToolBlock, ...]:
        return tuple(each for each in self._meant(self.remit.tools) if isinstance(each, ToolBlock))

    @cached_property
    def knowledge(self) -> tuple[KnowledgeBlock | None, ...]:
        """The knowledge bases that it names; None stands for one that is not declared."""
        found = []
        for address in self.case.blocks:
            if address.startswith("knowledge/"):
                meant = self.model.meant(address, self.today)
                block = self.model.blocks[meant] if meant else None
                found.append(block if isinstance(block, KnowledgeBlock) else None)
        return tuple(found)

    def content(self, *filters: str) -> bool:
        """Say whether guardrails look at what comes in or goes out for all of some kinds of content."""
        found: set[str] = set()
        for address, raised in (self.remit.guardrails or {}).items():
            block = self.model.blocks.get(self.model.meant(address, self.today) or "")
            if isinstance(block, GuardrailBlock) and block in self.guardrails:
                found |= {name for name in raised if raised[name] != "none"}
                found |= {name for name, setting in block.content.items() if _looks(content_rule(setting))}
        return set(filters) <= found

    def entities(self) -> frozenset[str]:
        """List the types of sensitive information that guardrails mask or stop."""
        return frozenset(
            name
            for block in self.guardrails
            for name, setting in block.sensitive.items()
            if not {entity_rule(setting).input_action, entity_rule(setting).output_action} <= {"none"}
        )

    def screens_answers(self) -> bool:
        """Say whether anything of a guardrail looks at what goes out."""
        return any(
            any(
                rule.output_enabled and rule.output_strength != "none"
                for rule in map(content_rule, block.content.values())
            )
            or any(rule.output_enabled for rule in map(entity_rule, block.sensitive.values()))
            or any(rule.output_enabled for rule in (*block.topics.values(), *block.patterns.values()))
            or (block.words is not None and block.words.output_enabled)
            or block.grounding is not None
            for block in self.guardrails
        )


def _looks(rule: ContentRule) -> bool:
    return (rule.input_enabled and rule.input_strength != "none") or (
        rule.output_enabled and rule.output_strength != "none"
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question is answered: what is looked at, and when the answer is yes.

    `looks_at` is a field of the remit, a path in the use case's declaration, or words: of something that is
    declared or not, or that are so by construction.
    """

    looks_at: str
    holds: Callable[[Ground], bool]


def says(answer: Answer, ground: Ground) -> str:
    """Say what was looked at, what it is, and by which layer; without anything but what is declared."""
    field = answer.looks_at
    if field in Remit.__dataclass_fields__ and field != "use_case":
        decider = ground.remit.decider(field)
        by = f", by {decider.address} ({decider.owner})" if decider else ""
        return f"`{field}` at {ground.remit.stage}: {_cut(show(getattr(ground.remit, field)))}{by}"
    value: object = ground.case
    for part in field.split("."):
        if not hasattr(value, part):
            return _in_words(answer, ground)
        value = getattr(value, part)
    if value is None or value == () or value == {}:
        return f"`{field}` is not stated"
    return f"`{field}`: {_cut(stated(value) if isinstance(value, bool | str | tuple) else 'stated')}"


def _in_words(answer: Answer, ground: Ground) -> str:
    if answer.looks_at == ACT_FACTS:
        missing = [each for each in _ACT_WANTED if getattr(ground.case.ai_act, each) is None]
        return f"not stated: {', '.join(f'ai_act.{each}' for each in missing)}" if missing else "all stated"
    if answer.holds is _always:
        return answer.looks_at
    return f"{answer.looks_at}: {'declared' if answer.holds(ground) else 'none declared'}"


ACT_FACTS = "the facts that the EU AI Act asks about"
_ACT_WANTED = ("role", "area", "people_interact", "generates_content", "safety_component")

_SAID_MAX = 120


def _cut(text: str) -> str:
    return text if len(text) <= _SAID_MAX else text[: _SAID_MAX - 1] + "…"


def _stated(*fields: str) -> Callable[[Ground], bool]:
    """Say whether all of some fields of the use case are stated."""
    return lambda g: all(
        field in g.case.model_fields_set and getattr(g.case, field) is not None for field in fields
    )


def _act_stated(ground: Ground) -> bool:
    facts = ground.case.ai_act
    return facts.in_union is False or all(getattr(facts, each) is not None for each in _ACT_WANTED)


def _limited(field: str) -> Callable[[Ground], bool]:
    """Say whether a limit of the remit is a number."""
    return lambda g: isinstance(getattr(g.remit, field), int)


def _is_of_its_own(ground: Ground, pool: str) -> bool:
    return is_one_use_cases(pool) or layer_of(pool) == f"use-case/{ground.name}"


def _models_listed(ground: Ground) -> bool:
    layers = ground.remit.decided.get("models", ())
    return bool(ground.remit.models) and any(isinstance(each.declared.models, tuple) for each in layers)


def _prompts(ground: Ground) -> tuple[str, ...]:
    return tuple(
        each
        for each in ground.case.blocks
        if each.startswith("prompt/") and ground.model.meant(each, ground.today)
    )


def _tool_limits(ground: Ground, *names: str, writing: bool = False) -> bool:
    """Say whether every tool, or every writing one, has one of some limits."""
    tools = ground.remit.tools
    if not isinstance(tools, Mapping) or not tools:
        return False
    writes = {
        name
        for name in tools
        if isinstance(
            block := ground.model.blocks.get(ground.model.meant(name, ground.today) or ""), ToolBlock
        )
        and block.effect == "writes"
    }
    wanted = writes if writing else set(tools)
    return all(any(isinstance(tools[each].get(name), int) for name in names) for each in wanted)


def _knowledge_within(ground: Ground) -> bool:
    order = DATA_CLASSES.index
    return all(
        each is not None and order(each.data_class) <= order(ground.case.data_class)
        for each in ground.knowledge
    )


def _retained_shortly(ground: Ground) -> bool:
    return ground.remit.capture_max in (None, "off") or isinstance(ground.remit.retention_days, int)


def _always(_: Ground) -> bool:
    return True


_PEOPLE = frozenset({"SECRET"})

ANSWERS: Mapping[str, Answer] = {
    "owner_named": Answer("owner", lambda g: g.case.owner is not None),
    "risk_owner_named": Answer("risk_owner", lambda g: g.case.risk_owner is not None),
    "owners_differ": Answer(
        "risk_owner", lambda g: g.case.risk_owner not in (None, g.model.owner_of(g.name))
    ),
    "chain_declared": Answer("chain", lambda g: g.case.chain is not None),
    "outcome_with_target": Answer(
        "outcomes",
        lambda g: any(None not in (each.baseline, each.target) for each in g.case.outcomes.values()),
    ),
    "outcome_with_worth": Answer(
        "outcomes", lambda g: any(each.value_of_one for each in g.case.outcomes.values())
    ),
    "problem_declared": Answer("problem", lambda g: g.case.problem is not None),
    "outputs_declared": Answer("outputs", lambda g: g.case.outputs is not None),
    "scores_given": Answer("scores", lambda g: None not in (g.case.scores.value, g.case.scores.feasibility)),
    "data_class_stated": Answer("data_class", _stated("data_class")),
    "personal_data_stated": Answer("personal_data", _stated("personal_data")),
    "impact_stated": Answer("impact", _stated("impact")),
    "ai_act_stated": Answer(ACT_FACTS, _act_stated),
    "data_regions_stated": Answer("regions", lambda g: bool(g.case.regions)),
    "blocks_named": Answer("blocks", lambda g: bool(g.case.blocks)),
    "prompt_declared": Answer("blocks", lambda g: bool(_prompts(g))),
    "prompt_pinned": Answer(
        "blocks", lambda g: bool(_prompts(g)) and all(number(each) for each in _prompts(g))
    ),
    "knowledge_owned": Answer("blocks", lambda g: all(each and each.owner for each in g.knowledge)),
    "knowledge_within_class": Answer("blocks", _knowledge_within),
    "guardrail_named": Answer("guardrails", lambda g: bool(g.remit.guardrails)),
    "guardrail_enforced": Answer("guardrails", lambda g: bool(g.guardrails)),
    "guardrail_pinned": Answer(
        "guardrails", lambda g: bool(g.remit.guardrails) and all(map(number, g.remit.guardrails or {}))
    ),
    "prompt_attacks_stopped": Answer("guardrails", lambda g: g.content("PROMPT_ATTACK")),
    "harm_stopped": Answer(
        "guardrails", lambda g: g.content(*(each for each in CONTENT_FILTERS if each != "PROMPT_ATTACK"))
    ),
    "personal_data_masked": Answer("guardrails", lambda g: bool(g.entities() - _PEOPLE)),
    "secrets_masked": Answer("guardrails", lambda g: "SECRET" in g.entities()),
    "topics_refused": Answer("guardrails", lambda g: any(each.topics for each in g.guardrails)),
    "answers_grounded": Answer(
        "guardrails",
        lambda g: any(
            each.grounding is not None and score_rule(each.grounding).enabled for each in g.guardrails
        ),
    ),
    "answers_screened": Answer("guardrails", Ground.screens_answers),
    "models_listed": Answer("models", _models_listed),
    "models_approved": Answer(
        "models", lambda g: bool(g.models) and all(each.status == "approved" for each in g.models)
    ),
    "models_owned": Answer("models", lambda g: bool(g.models) and all(each.owner for each in g.models)),
    "model_versions_stated": Answer(
        "models", lambda g: bool(g.models) and all(each.maker.version for each in g.models)
    ),
    "second_model": Answer("models", lambda g: len(g.models) > 1),
    "regions_limited": Answer("regions", lambda g: bool(g.remit.regions) and g.remit.regions != "any"),
    "connection_private": Answer(
        "private_connection",
        lambda g: (
            g.remit.private_connection is True
            or (bool(g.models) and all(each.private_connection for each in g.models))
        ),
    ),
    "data_class_capped": Answer("data_class_max", lambda g: g.remit.data_class_max is not None),
    "spend_limited": Answer("spend", lambda g: bool(g.remit.spend)),
    "spend_refused": Answer("spend", lambda g: any(each.on_breach != "warn" for each in g.remit.spend or ())),
    "budget_of_its_own": Answer(
        "spend", lambda g: any(_is_of_its_own(g, each.pool) for each in g.remit.spend or ())
    ),
    "rate_limited": Answer(
        "requests_per_minute", lambda g: bool(g.remit.requests_per_minute or g.remit.tokens_per_minute)
    ),
    "rate_limited_each": Answer(
        "requests_per_minute",
        lambda g: any(
            each.each in ("key", "agent")
            for each in (*(g.remit.requests_per_minute or ()), *(g.remit.tokens_per_minute or ()))
        ),
    ),
    "input_limited": Answer("input_tokens_max", _limited("input_tokens_max")),
    "output_limited": Answer("output_tokens_max", _limited("output_tokens_max")),
    "users_limited": Answer("users_max", _limited("users_max")),
    "end_in_sight": Answer(
        "time_box_days", lambda g: g.remit.expires is not None or _limited("time_box_days")(g)
    ),
    "tools_listed": Answer("tools", lambda g: isinstance(g.remit.tools, Mapping)),
    "tools_declared": Answer(
        "tools",
        lambda g: (
            isinstance(g.remit.tools, Mapping)
            and len(g.tools) == len(g.remit.tools)
            and all(each.status == "approved" for each in g.tools)
        ),
    ),
    "tool_calls_limited": Answer("tools", lambda g: _tool_limits(g, "calls_per_run", "calls_per_day")),
    "tool_targets_limited": Answer(
        "tools", lambda g: _tool_limits(g, "targets_per_run", "records_per_run", writing=True)
    ),
    "autonomy_capped": Answer("autonomy_max", lambda g: g.remit.autonomy_max is not None),
    "agency_capped": Answer("agency_max", lambda g: g.remit.agency_max is not None),
    "writes_approved": Answer("approvals", lambda g: "tool_writes" in (g.remit.approvals or ())),
    "answers_approved": Answer("approvals", lambda g: "answers" in (g.remit.approvals or ())),
    "capture_masked": Answer("capture_max", lambda g: g.remit.capture_max in (None, "off", "masked")),
    "retention_limited": Answer("retention_days", _retained_shortly),
    "log_retention_stated": Answer(
        "ledger_retention_days",
        lambda g: "call" in {**g.model.organisation.ledger_retention_days, **g.case.ledger_retention_days},
    ),
    "roles_declared": Answer("the organisation's roles", lambda g: bool(g.model.organisation.roles)),
    "committee_declared": Answer(
        "the organisation's committees", lambda g: bool(g.model.organisation.committees)
    ),
    "responsibilities_declared": Answer("the responsibility matrix", lambda g: bool(g.model.governance)),
    "lead_named": Answer(
        "the leads of its unit and those above it",
        lambda g: any(g.model.units[name].lead for name in g.model.lineage(g.case.unit)),
    ),
    "gate_ahead": Answer(
        "the gate into the next stage",
        lambda g: (into := next_stage(g.remit.stage)) is None or into in g.model.gates,
    ),
    "policy_declared": Answer("policies in the Cedar language", lambda g: bool(g.model.policies)),
    "identities_declared": Answer("issuers of tokens", lambda g: bool(g.model.issuers)),
    "alerts_declared": Answer("web hooks", lambda g: bool(g.model.webhooks)),
    "every_call_recorded": Answer("calls through the gateway, by construction", _always),
    "key_bound": Answer("calls through the gateway, by construction", _always),
    "held_before_call": Answer("calls through the gateway, by construction", _always),
    "can_be_stopped": Answer("calls through the gateway, by construction", _always),
    "inventory_kept": Answer("that it is declared", _always),
    "calls_timed": Answer("calls through the gateway, by construction", _always),
    "refusals_explained": Answer("calls through the gateway, by construction", _always),
}
"""How each question is answered."""
