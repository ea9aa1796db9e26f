"""Building blocks: what is shared, by kind; a model block carries its dated prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import StringConstraints

from remit.declare.declared import (
    BlockAddress,
    Contact,
    Count,
    DataClass,
    Day,
    Declared,
    Id,
    Prose,
    Rate,
    Region,
    Title,
    Truth,
    Visible,
    Word,
)
from remit.declare.remit_layer import Limit
from remit.kernel.money import EXACT, ZERO, plain
from remit.kernel.usage import Usage

_MILLION = Decimal(1_000_000)


class Price(Declared):
    """Rates from a date on, in the organisation's currency for a million tokens of each kind.

    Rates are added, never changed, so that a past charge can always be computed again. Reading from or
    writing to a cache costs the input rate where no other is given.
    """

    starts: Day
    """The first day on which these rates hold."""
    input: Rate
    """For a million input tokens."""
    output: Rate
    """For a million output tokens, reasoning included."""
    cache_read: Rate | None = None
    """For a million input tokens read from a cache; left out, the input rate."""
    cache_write: Rate | None = None
    """For a million input tokens written to a cache; left out, the input rate."""

    def cost(self, usage: Usage) -> Decimal:
        """Price a call's usage exactly; the sum is over kinds that exclude each other."""
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        return _for_tokens(
            (usage.input_tokens, self.input),
            (usage.cache_read_tokens, read),
            (usage.cache_write_tokens, write),
            (usage.output_tokens, self.output),
        )

    def most(self, *, input_tokens: int, output_tokens: int) -> Decimal:
        """Price the worst case: every input token at the dearest of the input kinds."""
        dearest = max(rate for rate in (self.input, self.cache_read, self.cache_write) if rate is not None)
        return _for_tokens((input_tokens, dearest), (output_tokens, self.output))

    def output_tokens_for(self, amount: Decimal) -> int:
        """Find how many output tokens an amount buys, rounded down; a free model sets no limit (-1)."""
        if self.output == 0:
            return -1
        return max(0, int(EXACT.divide_int(EXACT.multiply(amount, _MILLION), self.output)))


def _for_tokens(*kinds: tuple[int, Decimal]) -> Decimal:
    total = ZERO
    for tokens, rate in kinds:
        total = EXACT.add(total, EXACT.multiply(tokens, rate))
    return plain(EXACT.divide(total, _MILLION))


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

    def is_usable(self, day: date) -> bool:
        """Say whether it may be used on a day."""
        if self.status == "deprecated":
            return self.last_day is None or day <= self.last_day
        return self.status == "approved"


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
    prices: tuple[Price, ...] = ()
    """Its rates, in the order of their dates."""
    requests_per_minute: Limit | None = None
    """The most calls of it in a minute, by all callers together."""
    tokens_per_minute: Limit | None = None
    """The most tokens that it reads and writes in a minute, for all callers together."""
    concurrency_max: Limit | None = None
    """The most calls of it at the same time, by all callers together."""
    downgrade_to: BlockAddress | None = None
    """The model that serves in its place what a budget with `on_breach: downgrade` cannot cover."""

    def price_at(self, day: date) -> Price | None:
        """Find the rates in force on a day, or None where none is known."""
        current = [price for price in self.prices if price.starts <= day]
        return max(current, key=lambda price: price.starts, default=None)


class PromptBlock(Block):
    """A text that use cases share."""

    text: Prose
    """The prompt."""


class GuardrailBlock(Block):
    """A guardrail that use cases name; it is declared, and not yet enforced on calls."""


class ToolBlock(Block):
    """A tool that use cases name; it is declared, and not yet called through Remit."""

    effect: Literal["reads", "writes"]
    """Whether it only reads, or also changes something."""


class KnowledgeBlock(Block):
    """A knowledge base that use cases name."""

    data_class: DataClass = "internal"
    """The most sensitive data that it holds."""


class EvaluatorBlock(Block):
    """A way to judge answers that use cases name."""


class PatternBlock(Block):
    """A way to build something that others can follow."""


KINDS: dict[str, type[Block]] = {
    "model": ModelBlock,
    "prompt": PromptBlock,
    "guardrail": GuardrailBlock,
    "knowledge": KnowledgeBlock,
    "tool": ToolBlock,
    "evaluator": EvaluatorBlock,
    "pattern": PatternBlock,
}


Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]{1,400}$"), Visible]
"""A web address, without credentials or query, such as `https://host/v1`."""


class Provider(Declared):
    """Who serves models. A remote one is reached only because it is declared here.

    Its credential is never declared: the setting `REMIT_PROVIDER_<NAME>_API_KEY` holds it.
    """

    technology: Literal["local", "echo", "openai"]
    """How it is reached: the model on this machine, a simulation, or the OpenAI format."""
    base_url: Address | None = None
    """Its address; needed for `openai`, and not used by the others."""
