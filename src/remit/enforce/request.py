"""The canonical request and the events that answer it, whatever the wire format and the provider."""

from __future__ import annotations

from typing import Literal

import msgspec

from remit.kernel.usage import Usage

Role = Literal["system", "user", "assistant"]
StopReason = Literal["stop", "length"]


class Message(msgspec.Struct, frozen=True):
    role: Role
    text: str


class ModelRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is asked of a model. `model` is the block's address, such as `model/smollm2`.

    `output_tokens_max` is None until the remit has set it; a provider always receives a number.
    """

    model: str
    messages: tuple[Message, ...]
    output_tokens_max: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None

    @property
    def input_tokens_bound(self) -> int:
        """The most tokens this input can become: no tokenizer makes more than one token of a byte.

        Chat templates add role marks for each message and some models a default system message; 16 tokens a
        message and 64 a request are more than any template that we serve adds (a test counts them).
        """
        return 64 + sum(16 + len(message.text.encode()) for message in self.messages)

    @property
    def input_tokens_estimate(self) -> int:
        """What the input probably is, for calls that end before their provider says what it was."""
        return sum(4 + estimated_tokens(message.text) for message in self.messages)


class Delta(msgspec.Struct, frozen=True):
    """A piece of the answer. `tokens` is how many output tokens it stands for, exact or estimated."""

    text: str
    tokens: int = 1


class Finish(msgspec.Struct, frozen=True):
    """The last event of every answer that was not cut off."""

    stop_reason: StopReason
    usage: Usage
    served_model: str


ModelEvent = Delta | Finish


def estimated_tokens(text: str) -> int:
    """Estimate from above how many tokens a text is, where nobody counted them.

    Three bytes a token: tokenizers average four on English, and bytes rise with the scripts that take more
    tokens a character. It is an estimate; what holds always is one token a byte, see `input_tokens_bound`.

    >>> estimated_tokens("a claim"), estimated_tokens("保険"), estimated_tokens("")
    (3, 2, 1)
    """
    return max(1, -(-len(text.encode()) // 3))
