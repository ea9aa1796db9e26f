"""What callers send under `additionalModelRequestFields`: each family of models has words of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from remit.enforce.request import Effort, Think


class _Field(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    pass


class _Thinking(_Field, frozen=True):
    """How Claude is told to think."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: int | None = None


class _Reasoning(_Field, frozen=True, rename="camel"):
    """How Nova is told to think."""

    type: Literal["enabled", "disabled"]
    max_reasoning_effort: Literal["low", "medium", "high"] | None = None


class _Sampling(_Field, frozen=True, rename="camel"):
    top_k: int | None = None


class _Effort(_Field, frozen=True):
    effort: Effort | None = None


class Fields(_Field, frozen=True):
    """The fields that are known, whichever family they belong to."""

    top_k: int | None = None
    thinking: _Thinking | None = None
    reasoning_config: _Thinking | None = None
    output_config: _Effort | None = None
    reasoning_effort: Effort | None = None
    reasoning: _Reasoning | None = msgspec.field(default=None, name="reasoningConfig")
    sampling: _Sampling | None = msgspec.field(default=None, name="inferenceConfig")

    @property
    def top_k_asked(self) -> int | None:
        return self.top_k if self.sampling is None else self.sampling.top_k

    def think(self, effort: Effort | None) -> Think | None:
        """Say how much is to be thought, with the effort that the whole answer takes, if that was said."""
        if self.output_config is not None:
            effort = effort or self.output_config.effort
        asked = self.thinking or self.reasoning_config
        if asked is not None:
            if asked.type == "disabled":
                return Think(effort, tokens_max=0) if effort else Think("none")
            return Think(effort, asked.budget_tokens)
        if self.reasoning is not None:
            off = self.reasoning.type == "disabled"
            return Think("none") if off else Think(self.reasoning.max_reasoning_effort)
        if self.reasoning_effort is not None:
            return Think(self.reasoning_effort)
        return Think(effort, by_default=True) if effort else None


NONE = Fields()
