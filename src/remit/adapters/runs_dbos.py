"""Durable runs by DBOS, on SQLite for one machine and by the same code on PostgreSQL.

What it keeps of a run is sealed. One process works on the runs: DBOS lets a second one with the same executor
take over what the first has under way, so whoever opens this holds a lease. The version is set by hand,
because the one that DBOS derives from the code leaves what an older one began lying without a word.
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from dbos import DBOS, DBOSConfig, SetWorkflowID, WorkflowStatus
from dbos._error import DBOSException
from dbos._serialization import Serializer

from remit.adapters.cipher import Cipher
from remit.kernel.errors import RemitError, StoreError
from remit.ports_agents import DurableRun, Json, RunState, Work

APP = "remit-agents"
"""What DBOS knows the application and its one executor as; it wants three characters at least."""

ATTEMPTS_MAX = 5
"""How often a run is taken up again; one that ends the process each time is given up after that."""

POLL_S = 0.05
"""How often it is looked whether somebody has answered."""

EVENTS_MAX = 10_000
"""How many events of a run are given out."""

LOOK_S = 1.0
"""How often it is looked what is told of a run, if nobody says that there is something."""

_EVENTS = "told"
_WORKFLOW = "remit_run"
_PLACE = b"agent-run"
_LIVE = ("PENDING", "ENQUEUED", "DELAYED")
_STATES: Mapping[str, RunState] = {
    "SUCCESS": "done",
    "ERROR": "failed",
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": "failed",
    "CANCELLED": "stopped",
}


class _Sealing(Serializer):
    """Writes what DBOS keeps as JSON, sealed; of a fault it keeps the name alone, never its words."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = Cipher(secret, purpose=b"remit-runs")

    def name(self) -> str:
        return "remit_sealed"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            data = {"fault": getattr(data, "code", None) or type(data).__name__}
        return b64encode(self._cipher.seal(msgspec.json.encode(data), _PLACE)).decode()

    def deserialize(self, serialized_data: str) -> Any:
        opened = self._cipher.open(b64decode(serialized_data), _PLACE)
        if opened is None:
            raise StoreError(
                "what is kept of a run cannot be opened",
                help="restore the data directory's own secret, or remove the runs",
            )
        found = msgspec.json.decode(opened)
        if isinstance(found, dict) and found.keys() == {"fault"}:
            return RemitError(f"the run ended by `{found['fault']}`", help="see its trace")
        return found


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


class _Steps:
    """The steps of the run that is being worked on."""

    def __init__(self, runs: DbosRuns, run: str) -> None:
        self._runs = runs
        self._run = run

    async def once(self, name: str, do: Callable[[], Awaitable[Json]]) -> Json:
        async def kept() -> dict[str, Any]:
            return dict(await self._runs.held(self._run, do))

        return await DBOS.run_step_async({"name": name, "preemptible": True}, kept)

    async def tell(self, event: Json) -> None:
        await DBOS.write_stream_async(_EVENTS, dict(event))
        self._runs.wake(self._run)

    async def wait(self, topic: str, *, seconds: float) -> Json | None:
        return await DBOS.recv_async(topic, timeout_seconds=seconds)  # type: ignore[no-any-return]  # as it was sent


class DbosRuns:
    """Runs in a database of their own. There is one in a process, because DBOS itself is one."""

    def __init__(self, url: str, secret: bytes, *, version: str) -> None:
        self.version = version
        self._url = url
        self._work: Work | None = None
        self._dbos: DBOS | None = None
        self._under_way: dict[str, asyncio.Future[Any]] = {}
        self._woken: dict[str, asyncio.Event] = {}
        self._working: set[str] = set()
        self._sealing = _Sealing(secret)

        async def worked(run: str, given: dict[str, Any]) -> dict[str, Any]:
            return await self._worked(run, given)

        self._run = DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=ATTEMPTS_MAX)(worked)

    async def launch(self, work: Work) -> None:
        self._work = work
        logging.getLogger("dbos").setLevel(logging.ERROR)
        config = DBOSConfig(
            name=APP,
            system_database_url=self._url,
            application_version=self.version,
            executor_id=APP,
            serializer=self._sealing,
            enable_otlp=False,
            log_level="ERROR",
            notification_listener_polling_interval_sec=POLL_S,
        )
        self._dbos = DBOS(config=config)
        # Launched on this loop, so that every run works on it: what runs share is touched by one thread.
        DBOS.launch()

    async def _worked(self, run: str, given: dict[str, Any]) -> dict[str, Any]:
        assert self._work is not None, "launched"
        self._working.add(run)
        try:
            return dict(await self._work(run, given, _Steps(self, run)))
        finally:
            self._working.discard(run)
            self.wake(run)

    async def held(self, run: str, do: Callable[[], Awaitable[Json]]) -> Json:
        """Work on a step, so that it can be ended from elsewhere."""
        task = asyncio.ensure_future(do())
        self._under_way[run] = task
        try:
            return await task
        finally:
            self._under_way.pop(run, None)

    def wake(self, run: str) -> None:
        event = self._woken.pop(run, None)
        if event is not None:
            event.set()

    async def begin(self, run: str, given: Json) -> None:
        with SetWorkflowID(run):
            await DBOS.start_workflow_async(self._run, run, dict(given))

    async def answer(self, run: str, topic: str, word: Json, *, once: str) -> None:
        await DBOS.send_async(run, dict(word), topic=topic, idempotency_key=f"{run}/{topic}/{once}")

    async def stop(self, run: str) -> None:
        with suppress(DBOSException):
            await DBOS.cancel_workflow_async(run)
        task = self._under_way.get(run)
        if task is not None:
            task.cancel()
        self.wake(run)

    async def runs(self, *, live: bool = False, limit: int = 1000) -> Sequence[DurableRun]:
        found = await DBOS.list_workflows_async(
            status=list(_LIVE) if live else None,
            name=_WORKFLOW,
            sort_desc=True,
            limit=limit,
            load_input=False,
            load_output=not live,
        )
        return [self._read(each) for each in found]

    async def find(self, run: str) -> DurableRun | None:
        found = await DBOS.get_workflow_status_async(run)
        return None if found is None else self._read(found)

    def _read(self, found: WorkflowStatus) -> DurableRun:
        version = found.app_version or ""
        state = _STATES.get(found.status, "working")
        if state == "working" and version not in ("", self.version):
            state = "stranded"
        ended = found.output if state == "done" and isinstance(found.output, dict) else None
        return DurableRun(found.workflow_id, state, version, ended)

    async def told(self, run: str) -> AsyncGenerator[Json, None]:
        given = 0
        while True:
            woken = self._woken.setdefault(run, asyncio.Event())
            state = await self.find(run)
            heard = await self.heard(run)
            for event in heard[given:]:
                yield event
            given = len(heard)
            if state is None or state.state != "working":
                return
            with suppress(TimeoutError):
                # Once its work is done, only the note of that is awaited, which nobody is woken for.
                async with asyncio.timeout(LOOK_S if run in self._working else POLL_S / 5):
                    await woken.wait()

    async def heard(self, run: str) -> Sequence[Json]:
        assert self._dbos is not None, "launched"
        read = self._dbos._sys_db.read_stream_values
        _, values = await asyncio.to_thread(read, run, _EVENTS, 0, EVENTS_MAX)
        return [self._sealing.deserialize(value) for value, _ in values if value is not None]

    async def forget(self, run: str) -> None:
        await DBOS.delete_workflow_async(run)

    async def close(self) -> None:
        for task in list(self._under_way.values()):
            task.cancel()
        if self._dbos is not None:
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
            self._dbos = None
            # DBOS put its own threads in the place of the loop's, and has ended them.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())
