"""Ask a line: make out what it asks, admit it, and take its answer, now or after a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from time import monotonic
from typing import Any

import msgspec

from remit.enforce.batch import LineFault, wait_of
from remit.enforce.bundle import POLL_S_MAX, UNSERVED
from remit.enforce.key import Key
from remit.enforce.sender import Sender
from remit.kernel.errors import RemitError
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked, pseudonym_of
from remit.operations.authenticate import opens
from remit.operations.batch_life import Life, Running
from remit.operations.batch_line import BatchLine, LineFormat, Result, TurnedAway, answer_line
from remit.operations.recover import interrupted
from remit.operations.refused import Refused
from remit.operations.take_back import taken_back
from remit.operations.wait_for_lease import authorize_or_wait
from remit.operations.worker import Worker
from remit.ports_batches import Line
from remit.record.call_entry import Hold


class Asking:
    """The lines under way, each in a task of its own."""

    def __init__(self, worker: Worker, format: LineFormat, life: Life) -> None:
        self._worker = worker
        self._format = format
        self._life = life
        self._under_way: dict[asyncio.Task[Any], Admitted] = {}

    async def ask(self, running: Running, line: Line) -> Result | TurnedAway | None:
        """Ask one line; None if it is not its time any more, because another of the batch was turned away."""
        key = self._key(running)
        if key is None or running.rests_until > monotonic():
            return None
        number, text = line
        batch = running.batch
        read = self._format.read(text, endpoint=batch.endpoint, batch=batch.id, number=number)
        if isinstance(read, LineFault):
            why = RemitError(read.summary, help="correct the line", code=read.code)
            return Result(self._life.without_answer(batch, line, why))
        admitted = await authorize_or_wait(self._worker, key, self._made_out(key, read, line))
        if isinstance(admitted, Refused):
            wait_s = wait_of(admitted.decision, others=running.held)
            if wait_s is None:
                return Result(self._format.refused(read, admitted))
            # What lies with a provider takes its time to give its money back.
            return TurnedAway(max(wait_s, POLL_S_MAX) if self.apart(batch.id) else wait_s)
        return await self._answer(running, admitted, read, line)

    def _made_out(self, key: Key, read: BatchLine, line: Line) -> Asked:
        """Say what a line asks, for whom, and by which words it can be told again."""
        system = self._worker.system
        user = pseudonym_of(system, key, read.asked.request.end_user)
        said = system.content_hash(key.use_case, line[1]).hexdigest()
        origin = msgspec.structs.replace(read.asked.origin, asked_digest=said)
        asked = msgspec.structs.replace(read.asked, user=user, origin=origin)
        if key.use_case in self._worker.view.trials:
            # A line has no header to name its case in; its own name is what its maker knows it by.
            asked = msgspec.structs.replace(asked, reference=asked.reference or read.name)
        return asked

    async def _answer(
        self, running: Running, admitted: Admitted, read: BatchLine, line: Line
    ) -> Result | TurnedAway:
        task = asyncio.current_task()
        assert task is not None, "lines are tasks"
        running.held += 1
        self._under_way[task] = admitted
        try:
            result = await answer_line(admitted, read, self._format)
        finally:
            running.held -= 1
            del self._under_way[task]
        if isinstance(result, Result) and result.why is not None and result.why.code in UNSERVED:
            # Its provider did not come to it; for its maker it is a line that was not asked.
            return replace(result, text=self._life.without_answer(running.batch, line, result.why))
        return result

    async def wait_on(self, running: Running, number: int, hold: Hold) -> bool:
        """Wait for the answer to a line that another process sent, and keep its result.

        False if it was not waited for: what it may have cost is charged.
        """
        line, batch = await asyncio.to_thread(self._life.line, running.batch, number), running.batch
        key = self._worker.view.key(batch.key)
        read = self._format.read(line[1], endpoint=batch.endpoint, batch=batch.id, number=number)
        if key is not None and isinstance(read, BatchLine):
            admitted = await taken_back(self._worker, key, self._made_out(key, read, line), hold)
            if admitted is not None:
                result = await self._answer(running, admitted, read, line)
                assert isinstance(result, Result), "what was sent is not turned away"
                await self._life.end_line(running, number, result)
                return True
        call = interrupted(hold, hold.output_tokens_max, self._worker.system, sent=True)
        self._worker.settle(call)
        text = await asyncio.to_thread(self._life.lost, batch, call)
        await self._life.end_line(running, number, Result(text, call=call))
        return False

    def _key(self, running: Running) -> Key | None:
        """Return the key that the batch was made with, if it still opens anything."""
        if running.refused is None:
            batch, worker = running.batch, self._worker
            found = opens(worker, worker.view.key(batch.key), Sender(batch.sender))
            if isinstance(found, Key):
                return found
            running.refused = found
        return None

    def apart(self, batch: str) -> int:
        """Count the lines of a batch that go by their provider's batch service."""
        return sum(
            each.hold.batch == batch and each.hold.tier == "batch" for each in self._under_way.values()
        )

    async def park(self) -> None:
        """Leave the lines that wait for their provider's batch service to the next process."""
        parked = [task for task, each in self._under_way.items() if each.hold.tier == "batch"]
        for task in parked:
            self._under_way[task].parked = True
            task.cancel()
        await asyncio.gather(*parked, return_exceptions=True)
