"""What evaluations need of the outside world: a door to ask through, and evaluators by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from remit.decide.evaluation_case import Case
from remit.enforce.prompt import PromptCall
from remit.enforce.request import ModelRequest


class Knock(msgspec.Struct, frozen=True, kw_only=True):
    """One call through the door: what is asked, and what its entry shall say of it.

    With `prompt`, the request is what is added to a prompt block.
    """

    request: ModelRequest
    prompt: PromptCall | None = None
    run: str
    reference: str
    user: str = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: an answer with the id of its call, or a fault with its code.

    `stopped` is that a guardrail, or the provider's filter, answered in the model's place. A refusal has
    `decision`, the id of its entry; `retry_after_s` says when trying again makes sense.
    """

    text: str = ""
    stopped: bool = False
    call: str = ""
    code: str = ""
    summary: str = ""
    help: str = ""
    decision: str = ""
    retry_after_s: int | None = None


class Door(Protocol):
    """The gateway, as a caller with a key meets it."""

    async def ask(self, knock: Knock) -> Heard:
        """Make one governed call; raises ProviderError where no gateway answers."""
        ...

    def close(self) -> None: ...


class Evaluator(Protocol):
    """Somebody else's way to score an answer."""

    async def score(self, case: Case, answer: str) -> float:
        """Return a score from 0 to 1; raises JudgeFailed if there is none."""
        ...

    def close(self) -> None: ...


Evaluators = Mapping[str, Evaluator]
