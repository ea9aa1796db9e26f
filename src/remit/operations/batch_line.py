"""One line of a batch: a governed call like any other, but nobody waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from remit.enforce.answer import Finish, Piece
from remit.enforce.batch import LineFault, waits
from remit.kernel.errors import ProviderBusy, RemitError
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.call_model import abandon, whole
from remit.operations.refused import Refused
from remit.record.call_entry import Call


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A line as it was read: its name among the others, and what it asks. `ask` is the format's own."""

    name: str
    asked: Asked
    ask: Any = None


class LineFormat(Protocol):
    """How lines are read and their results written; all of it is pure."""

    def read(self, text: bytes, *, endpoint: str, batch: str, number: int) -> BatchLine | LineFault:
        """Read a line, or say why it cannot be read."""
        ...

    def answered(
        self, line: BatchLine, pieces: Sequence[Piece], finish: Finish, admitted: Admitted
    ) -> bytes: ...

    def refused(self, line: BatchLine, refused: Refused) -> bytes: ...

    def failed(self, line: BatchLine, error: RemitError, *, call: str) -> bytes: ...

    def without_answer(self, text: bytes, *, batch: str, number: int, why: RemitError) -> bytes:
        """Write the result of a line that was not asked, or whose answer is lost."""
        ...


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """That a line found no place and may be asked again, after so many seconds at the least."""

    after_s: float


@dataclass(frozen=True, slots=True)
class Result:
    """The end of a line: what is written of it, the entry of its call if there was one, and its fault."""

    text: bytes
    well: bool = False
    call: Call | None = None
    why: RemitError | None = None


async def answer_line(admitted: Admitted, line: BatchLine, format: LineFormat) -> Result | TurnedAway:
    """Take the answer to a line that was let through."""
    try:
        pieces, finish = await whole(admitted)
    except RemitError as error:
        call = _call(admitted)
        if isinstance(error, ProviderBusy) and call is not None and waits(call.fault, call.charge):
            return TurnedAway(error.retry_after_s)
        return Result(format.failed(line, error, call=admitted.hold.id), call=call, why=error)
    finally:
        abandon(admitted)
    return Result(format.answered(line, pieces, finish, admitted), well=True, call=_call(admitted))


def _call(admitted: Admitted) -> Call | None:
    return admitted.settled.call if admitted.settled else None
