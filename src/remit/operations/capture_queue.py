"""The capture queue: what calls hand over to be kept is masked, sealed and written by a thread of its own.

No call waits for it. Where it is behind, what comes is not kept, and that is written down.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from queue import Empty, SimpleQueue

import msgspec

from remit.enforce.answer import Delta, Finish, ModelEvent, Piece, Thought, ToolDelta
from remit.enforce.capture import Capture
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.restore import in_place_of_tokens
from remit.enforce.request import Request
from remit.kernel.errors import RemitError, StoreError, where
from remit.operations.system import System
from remit.ports_capture import Masker
from remit.record.call_entry import Call
from remit.record.captured import CAPTURE_BYTES_MAX, captured, encode, spoken
from remit.record.kept import Draft, Missed

_LOG = logging.getLogger("remit.capture")

BACKLOG_MAX = 1_000
BACKLOG_BYTES_MAX = 64 << 20
"""How many calls may wait to be kept in one gateway's memory, and about how many bytes of them."""

WEIGHED_AT_ONCE = 256
"""How many batches of an answer are gathered before somebody looks how large they are."""

LOT_MAX = 64
"""How many are written at once."""

MISSED_MAX = 10_000
"""How many that were not kept are known one by one; of more, only how many there are."""

POLITE_S = 0.000_05
"""How long the thread lets others go ahead after each call that it has written down."""

RETRY_S = 1.0
CLOSE_S = 10.0
_EVENT_BYTES = 100
"""About what an event takes beside its text."""

BEHIND, UNMASKED, UNWRITTEN, FAULTY = "backlog-full", "not-masked", "not-written", "internal-fault"


class Gathering:
    """What is given out of one answer, batch by batch, as far as it is kept."""

    __slots__ = ("batches", "capture", "cut", "size", "weighed")

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self.batches: list[Sequence[ModelEvent]] = []
        self.size = 0
        self.cut = False
        self.weighed = 0

    def add(self, batch: Sequence[ModelEvent]) -> None:
        self.batches.append(batch)
        if len(self.batches) - self.weighed >= WEIGHED_AT_ONCE:
            self._weigh()

    def _weigh(self) -> None:
        """Weigh what came since the last time, and let go of what is more than is kept."""
        for number in range(self.weighed, len(self.batches)):
            if self.size > CAPTURE_BYTES_MAX:
                self.cut = True
                del self.batches[number:]
                break
            self.size += sum(map(_size, self.batches[number]))
        self.weighed = len(self.batches)


def _size(event: ModelEvent) -> int:
    if isinstance(event, Delta | Thought):
        return _EVENT_BYTES + len(event.text)
    return _EVENT_BYTES + (len(event.arguments) if isinstance(event, ToolDelta) else 0)


class Handed(msgspec.Struct, frozen=True):
    """What a call hands over: references to what was asked and given, and about how many bytes that is.

    `told` are words that guardrails of others found, by which type of personal data they are. With `vault`,
    the caller was given back what had been masked.
    """

    call: Call
    gathering: Gathering
    request: Request
    size: int
    guards: Guards
    told: Mapping[str, str]
    vault: Vault | None

    @property
    def use_case(self) -> str:
        return self.call.purpose.use_case

    def missed(self, reason: str) -> Missed:
        return Missed(self.call.id, self.use_case, self.call.began, reason)


def _pieces(handed: Handed) -> list[Piece]:
    """List the pieces of an answer as the caller had them, who may have been given back what was masked."""
    events = [event for batch in handed.gathering.batches for event in batch]
    if handed.vault is not None:
        events = in_place_of_tokens(handed.vault, events)
    return [event for event in events if not isinstance(event, Finish)]


def patterns_of(guards: Guards) -> dict[str, str]:
    """List the patterns of guardrails, which are masked beside all types of sensitive information."""
    return {
        f"{number}/{name}": rule.pattern
        for number, guard in enumerate(guards.each)
        for name, rule in guard.policies.patterns.items()
    }


class CaptureQueue:
    """The queue of one gateway. The event loop puts in, one thread takes out."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._queue: SimpleQueue[Handed | Guards | None] = SimpleQueue()
        # Each is written by one side alone, so that neither waits for the other.
        self._bytes_in = self._bytes_out = 0
        self._lock = threading.Lock()
        self._missed: list[Missed] = []
        self._more: dict[tuple[str, str], Missed] = {}
        self._masker: Masker | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()
        self._kept = 0

    @property
    def kept(self) -> int:
        """How many were kept since the start."""
        return self._kept

    def hand(self, handed: Handed) -> bool:
        """Take what is to be kept, unless there is no room; never waits."""
        waiting = self._bytes_in - self._bytes_out
        # One that is larger than all room is kept where it has it for itself.
        full = waiting > 0 and waiting + handed.size > BACKLOG_BYTES_MAX
        if full or self._queue.qsize() >= BACKLOG_MAX:
            self._miss(handed.missed(BEHIND))
            return False
        self._bytes_in += handed.size
        self._queue.put(handed)
        if self._thread is None:
            self._start()
        return True

    def prepare(self, guards: Guards) -> None:
        """Have what masks a use case's calls made before the first one comes."""
        self._queue.put(guards)
        if self._thread is None:
            self._start()

    def close(self) -> None:
        """Keep what waits, as far as that goes within some seconds, and end."""
        if self._thread is not None:
            self._closing.set()
            self._queue.put(None)
            self._thread.join(CLOSE_S)

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="captures", daemon=True)
        self._thread.start()

    def _miss(self, missed: Missed) -> None:
        with self._lock:
            if len(self._missed) < MISSED_MAX:
                self._missed.append(missed)
                return
            key = missed.use_case, missed.reason
            known = self._more.get(key)
            count = 1 if known is None else known.count + 1
            self._more[key] = msgspec.structs.replace(missed, call="", count=count)

    def _run(self) -> None:
        ended = False
        try:
            while not ended:
                lot, ended = self._lot()
                drafts = []
                for each in lot:
                    if (draft := self._draft(each)) is not None:
                        drafts.append(draft)
                    # Without it, what is served on this processor would wait for the whole lot.
                    time.sleep(POLITE_S)
                if drafts:
                    self._keep(drafts)
                self._bytes_out += sum(each.size for each in lot)
                self._tell_missed()
        finally:
            if self._masker is not None:
                self._masker.close()

    def _lot(self) -> tuple[list[Handed], bool]:
        """Wait for the first, and take what else is there."""
        lot: list[Handed] = []
        wait = True
        while len(lot) < LOT_MAX:
            try:
                found = self._queue.get(block=wait)
            except Empty:
                break
            if found is None:
                return lot, True
            if isinstance(found, Handed):
                lot.append(found)
                wait = False
            else:
                self._prepare(found)
        return lot, False

    def _prepare(self, guards: Guards) -> None:
        try:
            self._made().prepare(patterns_of(guards))
        except RemitError as error:
            _LOG.error("%s", error.summary)

    def _made(self) -> Masker:
        if self._masker is None:
            self._masker = self._system.make_masker()
        return self._masker

    def _draft(self, handed: Handed) -> Draft | None:
        """Write down what is kept of a call; None where that cannot be done as its remit has it."""
        capture, call = handed.gathering.capture, handed.call
        try:
            said = spoken(
                handed.request,
                _pieces(handed),
                call=call.id,
                use_case=handed.use_case,
                at=call.began,
                cut=handed.gathering.cut,
            )
            if capture.mode == "masked":
                body = self._made().mask(said, patterns=patterns_of(handed.guards), told=handed.told)
            else:
                body = encode(captured(said, mode="raw", mask=None))
        except RemitError as error:
            self._unkept(handed, UNMASKED, error.summary)
            return None
        except Exception as error:  # noqa: BLE001 (the door of this thread: one call less must not end it)
            self._unkept(handed, FAULTY, where(error))
            return None
        return Draft(call.id, handed.use_case, call.began, capture.days, body)

    def _unkept(self, handed: Handed, reason: str, why: str) -> None:
        _LOG.error("a call was not kept (%s): %s", reason, why)
        self._miss(handed.missed(reason))

    def _keep(self, drafts: Sequence[Draft]) -> None:
        """Keep a lot, trying again as long as this gateway runs; what comes meanwhile waits, or is missed."""
        while True:
            try:
                self._system.captures.keep(drafts)
            except RemitError as error:
                if self._closing.is_set():
                    break
                _LOG.warning("calls wait to be kept: %s", error.summary)
                self._closing.wait(RETRY_S)
            except Exception as error:  # noqa: BLE001 (as above)
                _LOG.error("calls were not kept: %s", where(error))
                break
            else:
                self._kept += len(drafts)
                return
        for each in drafts:
            self._miss(Missed(each.call, each.use_case, each.at, UNWRITTEN))

    def _tell_missed(self) -> None:
        if not self._missed:
            return
        with self._lock:
            missed, self._missed = [*self._missed, *self._more.values()], []
            self._more = {}
        try:
            self._system.captures.miss(missed)
        except StoreError as error:
            _LOG.warning("%d calls were not kept, and that is not written: %s", len(missed), error.summary)
