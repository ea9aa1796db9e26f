"""Usage: what one call consumed, each kind of token counted once."""

from __future__ import annotations

import msgspec


class Usage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Token kinds that exclude each other, as FOCUS prices them.

    `input_tokens` are those read at full price; providers that report cached tokens inside their input
    total have them subtracted by the adapter. `output_tokens` include reasoning tokens, which
    `reasoning_tokens` states again for information; they are not added twice. `cache_write_tokens` are kept
    for minutes, `cache_write_1h_tokens` for an hour; they cost differently. Where a provider tells
    tokens of sound and images apart, they are stated again likewise.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    cache_write_1h_tokens: int = 0
    audio_input_tokens: int = 0
    audio_output_tokens: int = 0
    image_input_tokens: int = 0

    @property
    def input_total(self) -> int:
        """All tokens read, the figure that OpenAI calls `prompt_tokens`."""
        return (
            self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_1h_tokens
        )

    @property
    def total(self) -> int:
        return self.input_total + self.output_tokens
