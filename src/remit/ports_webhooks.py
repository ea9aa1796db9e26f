"""Web hooks as protocols: the messages that wait, and whoever takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from remit.decide.hook_delivery import Delivery, HookState, Reply, Settled
from remit.decide.notice import Notice, Watched
from remit.record.chain import Position


class Watching(NamedTuple):
    """How far what people are told of was derived, and what is remembered of it."""

    step: int
    positions: dict[str, Position]
    memory: dict[str, Watched]


class Outbox(Protocol):
    """Messages to web hooks, and what they are derived from: durable, each step all or nothing."""

    def begin(self, *, now: datetime) -> Watching:
        """Return how far it was derived; what was never begun begins where the ledger is folded to."""
        ...

    def end(self) -> None:
        """Forget what was derived, where nobody is to be told any more; the next one begins anew."""
        ...

    def put(
        self,
        step: int,
        *,
        positions: Mapping[str, Position],
        changed: Mapping[str, Watched | None],
        messages: Sequence[tuple[str, str, Notice]],
        now: datetime,
    ) -> bool:
        """Take the step after one: new positions, what changed in the memory, and messages.

        A message is the name of a web hook, an id and a notice; of one that is there already, or whose
        receiver wants no more, there is none. Where too many wait, it has failed. False if somebody else has
        taken that step.
        """
        ...

    def declare(self, webhooks: Mapping[str, str], *, now: datetime) -> None:
        """Know these web hooks from now on, each with the digest of its declaration.

        One whose declaration is another begins afresh. What waits for one that is not among them has failed.
        """
        ...

    def claim(self, webhook: str, *, now: datetime, until: datetime, oldest: datetime) -> Delivery | None:
        """Take the next message to send, if its receiver may be asked now; nobody else takes one until then.

        Where the receiver fails, what was created before `oldest` has failed as well.
        """
        ...

    def settle(self, delivery: Delivery, settled: Settled, *, now: datetime) -> None:
        """Keep what became of a message."""
        ...

    def hooks(self) -> dict[str, HookState]: ...

    def deliveries(self, webhook: str = "", *, limit: int) -> list[Delivery]:
        """List messages, of one web hook or of all, the newest first."""
        ...

    def close(self) -> None: ...


class Receiver(Protocol):
    """Who is told of what happens."""

    async def send(self, id: str, notice: Notice, *, at: datetime) -> Reply:
        """Send a message once, signed as sent at a time. Whatever goes wrong is in the reply."""
        ...

    async def close(self) -> None: ...
