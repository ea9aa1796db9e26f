"""Building blocks: what is shared, by kind; a model block carries its dated prices."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import PlainSerializer, StringConstraints, field_validator
from pydantic import PlainValidator as Reads

from remit.declare.book import BookName
from remit.declare.declared import (
    Amount,
    BlockAddress,
    Contact,
    Count,
    DataClass,
    Day,
    Declared,
    Effort,
    Id,
    Prose,
    Rate,
    Region,
    Seconds,
    Title,
    Truth,
    Visible,
    Word,
    rate,
    whole,
)
from remit.declare.guardrail import GuardrailPolicies
from remit.declare.guardrail_price import GuardrailPrice
from remit.declare.knowledge import KnowledgeTraits
from remit.declare.organisation import StageName
from remit.declare.price import Price
from remit.declare.remit_layer import Limit
from remit.declare.shared import SharedBy
from remit.declare.tool import ToolTraits
from remit.kernel.money import canonical


def _between(most: Decimal) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        number = rate(value)
        if number > most:
            raise ValueError(f"write a decimal number from 0 to {most}")
        return number

    return read


def _schema(value: Any) -> str:
    """Read a JSON Schema as text; it is handed to the provider as it stands."""
    if not isinstance(value, str) or len(value) > 20_000:
        raise ValueError("write the text of a JSON object, at most 20,000 characters")
    try:
        sound = isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        sound = False
    if not sound:
        raise ValueError("write the text of a JSON object, under `output_schema: |`")
    return value


Temperature = Annotated[Decimal, Reads(_between(Decimal(2))), PlainSerializer(canonical, return_type=str)]
"""A decimal number from 0 to 2, such as `0.2`."""

Portion = Annotated[Decimal, Reads(_between(Decimal(1))), PlainSerializer(canonical, return_type=str)]
"""A decimal number from 0 to 1, such as `0.9`."""

StopText = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=False), Visible]
"""A text of 1 to 400 characters, white space included."""

SchemaText = Annotated[str, Reads(_schema)]
"""A JSON Schema, as the text of a JSON object of at most 20,000 characters."""


def _retries(value: Any) -> int:
    number = int(whole(value))
    if number > RETRIES_MAX:
        raise ValueError(f"write a whole number from 0 to {RETRIES_MAX}")
    return number


RETRIES_MAX = 5

Retries = Annotated[int, Reads(_retries)]
"""A whole number from 0 to 5."""

Status = Literal["draft", "pending_approval", "approved", "rejected", "deprecated"]
"""Where a block is in its life; only approved ones are used, and deprecated ones until their last day."""


class Block(Declared):
    """What blocks of every kind say."""

    name: Title
    """What people call it."""
    owner: Contact | None = None
    """Who answers for it."""
    description: Prose | None = None
    """What it is good for, and what not."""
    status: Status = "approved"
    """Where it is in its life. Applying a declaration is a reviewed act, so it stands for approval."""
    reason: Prose | None = None
    """Why it was rejected or deprecated, and what to use in its place."""
    last_day: Day | None = None
    """For a deprecated block: the last day on which it may be used."""
    contract: Title | None = None
    """The contract or price list that it falls under."""
    cost_to_build: Amount | None = None
    """What it cost to build, once; use cases that stand on it share it."""
    days_to_build: Count | None = None
    """How many days it took to build."""
    cost_per_month: Amount | None = None
    """What it costs to keep, beside calls; use cases that stand on it share it."""
    built: Day | None = None
    """The day from which what it cost to build is spread over the horizon of the portfolio; left out, no
    period has a part of it."""
    cost_shared_by: SharedBy = "calls"
    """By what its costs are split among the use cases that stand on it. Where none called it, into equal
    parts."""
    cost_weights: dict[Id, Rate] = {}
    """For `weighted`: the weight of each use case; one that is not named has none."""

    @property
    def state(self) -> str:
        """Say in words why it may not be used."""
        if self.status == "deprecated":
            return f"was deprecated, and {self.last_day} was its last day"
        return f"is {self.status.replace('_', ' ')}"

    def is_usable(self, day: date) -> bool:
        """Say whether it may be used on a day."""
        if self.status == "deprecated":
            return self.last_day is None or day <= self.last_day
        return self.status == "approved"


class Maker(Declared):
    """Who made a model and how they name it, as cost exports say it."""

    developer: Title | None = None
    """Who made it; left out, who offers it."""
    family: Title | None = None
    """The family that it belongs to, such as `Claude`."""
    version: Title | None = None
    """Its version, by its maker's count."""


class ModelBlock(Block):
    """A model as the organisation offers it. A model without a price cannot be called."""

    provider: Id
    """The declared provider that serves it."""
    options: dict[Word, Title] = {}
    """The provider's own settings for this model, such as its name there."""
    context_tokens: Count
    """The most tokens that input and output may be together; of the input, no more is held money for."""
    output_tokens_max: Count
    """The most tokens that one answer may have."""
    data_class_max: DataClass = "internal"
    """The most sensitive data that it is approved for."""
    regions: tuple[Region, ...] = ()
    """Where it handles data; a remit that names regions wants all of these among them."""
    private_connection: Truth = False
    """Whether it is reached by a private connection."""
    maker: Maker = Maker()
    """Who made it and how they name it; exports of costs say so."""
    prices: tuple[Price, ...] = ()
    """Its rates, in the order of their dates."""
    book: BookName | None = None
    """Its name in the price book, such as `openai/gpt-4o-mini`; `remit price update` looks there. Calls never
    do."""
    requests_per_minute: Limit | None = None
    """The most calls of it in a minute, by all callers together."""
    tokens_per_minute: Limit | None = None
    """The most tokens that it reads and writes in a minute, for all callers together."""
    concurrency_max: Limit | None = None
    """The most calls of it at the same time, by all callers together."""
    downgrade_to: BlockAddress | None = None
    """The model that serves in its place what a budget with `on_breach: downgrade` cannot cover."""
    first_byte_seconds: Seconds = 120
    """How long an attempt may take to begin its answer. An answer in one piece begins when it ends, so it is
    held to `total_seconds` alone."""
    total_seconds: Seconds = 600
    """How long an attempt may take in all."""
    hedge_after_seconds: Seconds | None = None
    """After so long without the beginning of an answer it is asked once more, the answer that begins first is
    taken, and both are paid for; left out, never. An answer in one piece begins when it ends."""
    batch: Literal["provider"] | None = None
    """How lines of a batch are asked. With `provider` they go together to the provider's own batch service,
    at the rates of the tier `batch`; left out, one by one like other calls, when there is room."""
    retries: Retries = 1
    """How often it is asked again after a fault that may pass, before the next target of a route is."""

    def price_at(self, day: date) -> Price | None:
        """Find the rates in force on a day, or None where none is known."""
        current = [price for price in self.prices if price.starts <= day]
        return max(current, key=lambda price: price.starts, default=None)


class PromptMessage(Declared):
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    """Who says it: `system` tells the model what it is for, `assistant` shows how it would answer."""
    text: Prose
    """What it says, with `{{name}}` where a variable's value stands."""


class PromptVariable(Declared):
    """A place in a prompt that the caller fills. Its value is text: nothing in it is read or carried out."""

    description: Prose | None = None
    """What belongs there."""
    required: Truth = True
    """Whether a call must give it; where it need not and has no default, nothing stands there."""
    default: Prose | None = None
    """What stands there where a call does not give it."""


class PromptParameters(Declared):
    """How a prompt's answers are made. A call cannot set otherwise what is set here."""

    temperature: Temperature | None = None
    """How freely the model chooses its words."""
    top_p: Portion | None = None
    """From which share of the likeliest words it chooses."""
    output_tokens_max: Count | None = None
    """The most tokens that an answer may have; a call may ask for fewer."""
    stop: tuple[StopText, ...] = ()
    """Texts at which the answer ends."""
    effort: Effort | None = None
    """How much the model shall think first."""
    output_schema: SchemaText | None = None
    """A JSON Schema that the answer shall fit, as the text of a JSON object."""


class PromptBlock(Block):
    """Words, a model and parameters that are called together by one name, and take effect together.

    It has a `text`, or `messages`.
    """

    text: Prose | None = None
    """The short form: what the model is told first, as one system message; the caller's messages follow."""
    messages: tuple[PromptMessage, ...] = ()
    """The messages that a call begins with; the caller's own follow them."""
    variables: dict[Word, PromptVariable] = {}
    """What callers fill in, by the name that stands in the text as `{{name}}`."""
    model: BlockAddress | None = None
    """The model that it was written for and is called with; left out, the caller chooses."""
    parameters: PromptParameters = PromptParameters()
    """How its answers are made."""

    @property
    def turns(self) -> tuple[PromptMessage, ...]:
        """Its messages, in whichever form they are declared."""
        if self.text is None:
            return self.messages
        return PromptMessage.model_construct(role="system", text=self.text), *self.messages


PLACEHOLDER = re.compile(r"\{\{[ \t]*([^{}\n]{1,80}?)[ \t]*\}\}")
"""Where a variable stands in a text. There is no other syntax: no conditions, no loops, no code."""


class GuardrailBlock(Block, GuardrailPolicies):
    """What content may pass, for all whose remit names it; one without a number is a draft."""

    prices: tuple[GuardrailPrice, ...] = ()
    """What its `custom` guardrails cost whoever pays for them, each in the order of their dates."""

    def price_at(self, custom: str, day: date) -> GuardrailPrice | None:
        """Find what a guardrail by somebody else costs on a day, or None where that is not declared."""
        current = [price for price in self.prices if price.custom == custom and price.starts <= day]
        return max(current, key=lambda price: price.starts, default=None)


class ToolBlock(Block, ToolTraits):
    """A tool that use cases name; agents call it through the tool gate alone."""


class KnowledgeBlock(Block, KnowledgeTraits):
    """A knowledge base that use cases name among their `blocks`, and that their runs search."""


class EvaluatorBlock(Block):
    """A way to judge answers that use cases name."""


class PatternBlock(Block):
    """A way to build something that others can follow."""


class RouteCondition(Declared):
    """Which calls a target is for: all that is said must hold, and what is left out holds for every call."""

    use_cases: tuple[Id, ...] | None = None
    """Calls of these use cases."""
    units: tuple[Id, ...] | None = None
    """Calls of these units and of all below them."""
    stages: tuple[StageName, ...] | None = None
    """Calls of use cases at these stages."""
    data_classes: tuple[DataClass, ...] | None = None
    """Calls of use cases that handle data of these classes."""
    regions: tuple[Region, ...] | None = None
    """Calls whose remit keeps data within these regions; a remit that names no region does not."""
    input_tokens_max: Count | None = None
    """Calls with no more input than this, a byte counting as one token."""

    @cached_property
    def stated(self) -> tuple[tuple[str, Any], ...]:
        """What is said, by name; it is asked on every call."""
        named = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple((name, value) for name, value in named if value is not None)


class RouteTarget(Declared):
    """A model that a route leads to, and for which calls."""

    to: BlockAddress
    """The model, with a version or without; a name means what it means under the caller's remit."""
    weight: Count | None = None
    """Its share of the calls for which it is tried first, against the other targets' weights. With 0 it only
    steps in for others. Without weights, targets are tried in their order."""
    when: RouteCondition | None = None
    """Which calls it is for; left out, all."""


Fallback = Literal["unreachable", "busy", "timeout", "failed", "broken_stream", "key_refused", "too_large"]
"""What goes wrong at one model and may go well at another."""

FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)
TARGETS_MAX = 16


class RouteBlock(Block):
    """A name that callers use like a model's and that leads to models, at most 16.

    It gives no access of its own: each target is admitted by itself, under the remit of whoever calls.
    """

    targets: tuple[RouteTarget, ...]
    """Where it leads, in the order in which targets are tried. With weights the first is drawn by weight, and
    the others follow in their order."""
    sticky: Literal["use_case", "key", "user"] | None = None
    """Who always draws the same target, as an experiment needs it; left out, each call draws. With `user`, a
    call that names none draws."""
    fallback_on: tuple[Fallback, ...] | None = None
    """After which faults the next target is tried; left out, after all of these. A mistake of the caller's is
    never tried elsewhere, nor what a provider's own filter stopped."""

    @field_validator("targets", mode="before")
    @classmethod
    def _some(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and not 1 <= len(value) <= TARGETS_MAX:
            raise ValueError(f"write 1 to {TARGETS_MAX} targets")
        return value

    @property
    def falls_back_on(self) -> tuple[Fallback, ...]:
        return FALLBACKS if self.fallback_on is None else self.fallback_on

    @cached_property
    def is_weighted(self) -> bool:
        return any(target.weight for target in self.targets)


KINDS: dict[str, type[Block]] = {
    "model": ModelBlock,
    "route": RouteBlock,
    "prompt": PromptBlock,
    "guardrail": GuardrailBlock,
    "knowledge": KnowledgeBlock,
    "tool": ToolBlock,
    "evaluator": EvaluatorBlock,
    "pattern": PatternBlock,
}
