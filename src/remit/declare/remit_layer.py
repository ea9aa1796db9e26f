"""A layer of a remit, as one owner declares it: what this owner narrows, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic import PlainValidator as Reads

from remit.declare.autonomy import AutonomyEvidence
from remit.declare.declared import (
    Agency,
    Amount,
    Autonomy,
    BlockAddress,
    Capture,
    Count,
    DataClass,
    Day,
    Declared,
    Region,
    Truth,
    whole,
)
from remit.kernel.period import Per

Unlimited = Literal["unlimited"]
UNLIMITED: Unlimited = "unlimited"


def _limit(value: Any) -> int | Unlimited:
    if value == UNLIMITED:
        return UNLIMITED
    try:
        return int(whole(value))
    except ValueError:
        raise ValueError("write a whole number, or `unlimited`") from None


Limit = Annotated[int | Unlimited, Reads(_limit)]
"""A whole number, or `unlimited`: this layer sets no limit of its own."""

LIST, WORD, MAPPING = "[list]", "[word]", "[mapping]"
"""How the readings of such a field are told apart; none is part of a path that a person sees."""


def _reading(value: Any) -> str:
    return WORD if isinstance(value, str) else LIST


def _one(value: Any) -> str:
    """Tell a limit that says whose it is from one that is only a number."""
    return MAPPING if isinstance(value, Mapping | PoolLimit) else WORD


def _one_or_several(value: Any) -> str:
    return LIST if isinstance(value, list | tuple) else _one(value)


def _not_empty(value: Any) -> Any:
    """Refuse an empty list: it would mean `unlimited`, and could be read as nothing at all."""
    if value in ([], ()):
        raise ValueError("write at least one, or `unlimited`")
    return value


Breach = Literal["deny", "downgrade", "warn"]
"""What becomes of a call that a budget cannot cover: it is refused, served by a cheaper model, or goes on."""

BREACHES: tuple[Breach, ...] = ("deny", "downgrade", "warn")
"""From the strictest to the one that refuses nothing."""

Share = Literal["key", "agent", "use_case"]
"""Who has a limit for itself within the pool."""


class Budget(Declared):
    """So much money in each period; a call must fit into every budget that covers it."""

    limit: Amount
    """The most that may be spent in one period."""
    per: Per
    """The period: it begins at midnight in the organisation's time zone."""
    each: Share | None = None
    """Who has this much for itself: every key, every agent, or every use case, as a stage's budget always has
    it. One for each agent does not cover keys without an agent."""
    on_breach: Breach = "deny"
    """What becomes of a call that it cannot cover. With `downgrade` it is refused only if no model down the
    line of `downgrade_to` fits."""


class PoolLimit(Declared):
    """A limit that says who has it for itself; a call must keep to every limit that covers it."""

    limit: Count
    """The most that is let through."""
    each: Share | None = None
    """Who has this much for itself: every key, every agent, or every use case, as a stage's limit always has
    it. One for each agent does not cover keys without an agent."""


class ToolLimits(Declared):
    """How often one tool may be used; limits that are left out are not set here."""

    calls_per_run: Limit | None = None
    """Calls in one run of an agent; the lowest holds."""
    calls_per_day: Limit | None = None
    """Calls in a day, over all runs of the use case; the lowest holds."""
    targets_per_run: Limit | None = None
    """Different targets (accounts, recipients, files) in one run; the lowest holds."""
    records_per_run: Limit | None = None
    """Records touched in one run; the lowest holds."""
    targets_per_call: Limit | None = None
    """Different targets in one call; the lowest holds."""
    targets_per_day: Limit | None = None
    """Different targets in a day, over all runs of the use case; the lowest holds."""
    records_per_call: Limit | None = None
    """Records touched in one call; the lowest holds."""
    records_per_day: Limit | None = None
    """Records touched in a day, over all runs of the use case; the lowest holds."""
    money_per_call: Limit | None = None
    """Money that one call moves, in whole units of the tool's own currency; the lowest holds."""
    money_per_run: Limit | None = None
    """Money moved in one run, in whole units of the tool's own currency; the lowest holds."""
    money_per_day: Limit | None = None
    """Money moved in a day, over all runs of the use case, in those units; the lowest holds."""


Strength = Literal["none", "low", "medium", "high"]
"""How much a guardrail's policy stops, from nothing to even what it is unsure of."""

STRENGTHS: tuple[Strength, ...] = ("none", "low", "medium", "high")

ContentFilter = Literal["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT", "PROMPT_ATTACK"]
"""What a content filter of a guardrail stops."""

CONTENT_FILTERS: tuple[ContentFilter, ...] = get_args(ContentFilter)

Approval = Literal["answers", "tool_reads", "tool_writes"]
"""What waits for a person's answer."""


Models = Annotated[
    Annotated[tuple[BlockAddress, ...], Tag(LIST)] | Annotated[Literal["any"], Tag(WORD)],
    Discriminator(_reading),
]
"""A list of model blocks' addresses, or `any`: this layer leaves out no model."""

Spend = Annotated[
    Annotated[tuple[Budget, ...], BeforeValidator(_not_empty), Tag(LIST)] | Annotated[Unlimited, Tag(WORD)],
    Discriminator(_reading),
]
"""A list of budgets, one for each period, or `unlimited`: this layer sets no budget of its own."""


_PoolLimit = Annotated[Annotated[Count, Tag(WORD)] | Annotated[PoolLimit, Tag(MAPPING)], Discriminator(_one)]

PoolLimits = Annotated[
    Annotated[Limit, Tag(WORD)]
    | Annotated[PoolLimit, Tag(MAPPING)]
    | Annotated[tuple[_PoolLimit, ...], BeforeValidator(_not_empty), Tag(LIST)],
    Discriminator(_one_or_several),
]
"""A whole number for all together, a limit such as `{limit: 60, each: key}`, a list of these, or `unlimited`:
this layer sets no limit of its own."""


def listed(limits: PoolLimits) -> tuple[PoolLimit, ...]:
    """List what a layer limits, whichever way it is written; nothing stands for `unlimited`."""
    if limits == UNLIMITED:
        return ()
    many = limits if isinstance(limits, tuple) else (limits,)
    return tuple(each if isinstance(each, PoolLimit) else PoolLimit(limit=each) for each in many)


Regions = Annotated[
    Annotated[tuple[Region, ...], Tag(LIST)] | Annotated[Literal["any"], Tag(WORD)],
    Discriminator(_reading),
]
"""A list of regions, or `any`: this layer leaves out no region."""

Tools = Annotated[
    Annotated[dict[BlockAddress, ToolLimits], Tag(LIST)] | Annotated[Literal["any"], Tag(WORD)],
    Discriminator(_reading),
]
"""A mapping from tool blocks' addresses to limits, or `any`: this layer leaves out no tool."""

Guardrails = dict[BlockAddress, dict[ContentFilter, Strength]]
"""A mapping from guardrail blocks' addresses to the least strengths of content filters, which may be none."""


class RemitLayer(Declared):
    """Fields left out say nothing. `unlimited` and `any` say that this layer sets no limit of its own.

    If no layer at all says which models or what spend, no call is allowed: freedom must be stated.
    """

    calls: Truth | None = None
    """Whether models may be called at all."""
    models: Models | None = None
    """Which models may be called; lists of several layers intersect."""
    regions: Regions | None = None
    """Where data may be handled; a model that handles it elsewhere, or does not say, is not called."""
    private_connection: Truth | None = None
    """With `true`, only models that are reached by a private connection are called."""
    data_class_max: DataClass | None = None
    """The most sensitive data that may be handled; the lowest of all layers holds."""
    spend: Spend | None = None
    """Budgets; every budget of every layer must cover a call."""
    requests_per_minute: PoolLimits | None = None
    """The most calls in a minute; every limit of every layer holds."""
    tokens_per_minute: PoolLimits | None = None
    """The most tokens in a minute, input and output together; every limit of every layer holds."""
    concurrency_max: PoolLimits | None = None
    """The most calls at the same time; every limit of every layer holds."""
    users_max: Limit | None = None
    """The most different end users in a calendar month, with whom every call must name; the lowest holds."""
    guardrails: Guardrails | None = None
    """Guardrails that every call passes; those of all layers apply, and what the strictest of them says. A
    strength here raises that of the guardrail's own content filter, on both sides."""
    tools: Tools | None = None
    """Tools that agents may use, with limits; mappings of several layers intersect."""
    autonomy_max: Autonomy | None = None
    """The most that agents may do by themselves; the lowest holds."""
    agency_max: Agency | None = None
    """The most that agents may touch; the lowest holds."""
    autonomy_evidence: AutonomyEvidence | None = None
    """By what evidence agents earn more autonomy, and what takes it back; the strictest holds."""
    approvals: tuple[Approval, ...] | None = None
    """What needs a person's answer first; the lists of all layers unite."""
    capture_max: Capture | None = None
    """The most of prompts and answers that may be kept, encrypted: nothing, with personal data masked, or as
    they are; the lowest holds. Unset keeps none."""
    retention_days: Limit | None = None
    """For how many days what is kept may be kept; the lowest holds. Unset and `0` keep no prompt or answer,
    `unlimited` keeps them until they are erased."""
    training: Truth | None = None
    """Whether kept calls may be given out, masked, to train models with; every layer that says something has
    to say `true`. Unset does not allow it."""
    cache_minutes: Count | None = None
    """For how many minutes an answer may be given again to exactly the same request of the same use case; the
    lowest holds. Unset and `0` give none again."""
    input_tokens_max: Limit | None = None
    """The most tokens that one input may be, a byte counting as one; the lowest holds."""
    output_tokens_max: Limit | None = None
    """The most tokens that one answer may be; the lowest holds."""
    time_box_days: Limit | None = None
    """How many days a use case may stay at its stage and still make calls; the lowest holds."""
    expires: Day | None = None
    """The last day on which calls are allowed; the earliest holds."""


RateField = Literal["requests_per_minute", "tokens_per_minute", "concurrency_max"]
RATE_FIELDS: tuple[RateField, ...] = get_args(RateField)
"""Fields that limit how much goes through at a time; layers state them, and models of their own."""


def is_enforced(field: str, value: object) -> bool:
    """Say whether this version holds calls to a field of a layer or a remit.

    `approvals` of answers are resolved, shown and recorded, and no answer waits for them yet. `remit check`
    and `remit explain` say so, because a rule that looks enforced and is not is worse than none.
    """
    return not (field == "approvals" and isinstance(value, Collection) and "answers" in value)
