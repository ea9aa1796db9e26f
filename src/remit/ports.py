"""The outside world as protocols: what the shell needs from it, and nothing about how it is done."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import Protocol

from remit.enforce.request import ModelEvent, ModelRequest


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> str:
        """Return a new id of 26 characters that sorts after earlier ones, to the millisecond."""
        ...

    def secret(self) -> str:
        """Return 32 characters that cannot be guessed."""
        ...


class Provider(Protocol):
    """Who serves a model.

    Every adapter gives the same events for the same answer: any number of `Delta`, then exactly one
    `Finish`. What goes wrong is a `ProviderError`. Closing the generator early stops the work upstream.
    """

    name: str
    simulated: bool

    def stream(
        self, request: ModelRequest, *, options: Mapping[str, str]
    ) -> AsyncGenerator[ModelEvent, None]:
        """Ask the model. `options` are the model block's own settings for its provider, as declared."""
        ...

    async def close(self) -> None:
        """Give back what is held outside the process; afterwards `stream` fails."""
        ...
