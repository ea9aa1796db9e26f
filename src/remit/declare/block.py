"""Building blocks: what is shared, by kind; a model block carries its dated prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import StringConstraints

from remit.declare.declared import Contact, Count, DataClass, Declared, Id, Prose, Rate, Title
from remit.kernel.money import EXACT, ZERO, plain
from remit.kernel.usage import Usage

_MILLION = Decimal(1_000_000)


class Price(Declared):
    """Rates from a date on, in the organisation's currency for a million tokens of each kind.

    Rates are added, never changed, so that a past charge can always be computed again. Reading from or
    writing to a cache costs the input rate where no other is given.
    """

    starts: date
    input: Rate
    output: Rate
    cache_read: Rate | None = None
    cache_write: Rate | None = None

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
        return max(0, int(amount * _MILLION // self.output))


def _for_tokens(*kinds: tuple[int, Decimal]) -> Decimal:
    total = ZERO
    for tokens, rate in kinds:
        total = EXACT.add(total, EXACT.multiply(tokens, rate))
    return plain(EXACT.divide(total, _MILLION))


class Block(Declared):
    """What blocks of every kind say."""

    name: Title
    owner: Contact | None = None
    description: Prose | None = None


class ModelBlock(Block):
    """A model as the organisation offers it. A model without a price cannot be called."""

    provider: Id
    options: dict[str, Title] = {}
    context_tokens: Count
    output_tokens_max: Count
    data_class_max: DataClass = "internal"
    prices: tuple[Price, ...] = ()

    def price_at(self, day: date) -> Price | None:
        """Find the rates in force on a day, or None where none is known."""
        current = [price for price in self.prices if price.starts <= day]
        return max(current, key=lambda price: price.starts, default=None)


class PromptBlock(Block):
    text: Prose


class GuardrailBlock(Block):
    pass


class ToolBlock(Block):
    effect: Literal["reads", "writes"]


KINDS: dict[str, type[Block]] = {
    "model": ModelBlock,
    "prompt": PromptBlock,
    "guardrail": GuardrailBlock,
    "tool": ToolBlock,
}


class Provider(Declared):
    """Who serves models. A remote one is reached only because it is declared here.

    Its credential is never declared: the setting `REMIT_PROVIDER_<NAME>_API_KEY` holds it.
    """

    technology: Literal["local", "echo", "openai"]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]{1,400}$")] | None = None
