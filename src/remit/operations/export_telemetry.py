"""Export telemetry: a follower of the ledger that hands traces and metrics to a collector."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from remit import __version__
from remit.kernel.errors import TelemetryFailed
from remit.operations.model_in_force import current_model
from remit.operations.system import System
from remit.ports_record import Collector
from remit.record.ledgered import Ledgered
from remit.report import otlp
from remit.report.measures import measures
from remit.report.spans import Json, spans

INTERVAL_S = 5.0
_LOG = logging.getLogger("remit.followers")


class _Made(NamedTuple):
    spans: list[Json]
    measures: list[Json]
    organisation: str


class TelemetryFollower:
    """Sends a span for each entry that tells of work, and what a run of entries adds to metrics.

    Spans go first: they are the same when they are sent again, and figures would be added twice. The time of
    figures is that of sending them, one stretch after the other, as collectors want it.
    """

    name = "telemetry"
    interval_s = INTERVAL_S

    def __init__(self, system: System, collector: Collector) -> None:
        self._system = system
        self._collector = collector
        self._until = system.clock.now()

    async def take(self, entries: Sequence[Ledgered]) -> None:
        now = max(self._system.clock.now(), self._until + timedelta(microseconds=1))
        made = await asyncio.to_thread(self._make, entries, now)
        await self._send(otlp.TRACES, otlp.traces, made.spans, made.organisation)
        await self._send(otlp.METRICS, otlp.metrics, made.measures, made.organisation)
        self._until = now

    async def close(self) -> None:
        await self._collector.close()

    def _make(self, entries: Sequence[Ledgered], now: datetime) -> _Made:
        current = current_model(self._system)
        declared = current[1].providers if current else {}
        providers = {name: provider.technology for name, provider in declared.items()}
        return _Made(
            spans(entries, providers=providers, seed=self._system.spans),
            measures(entries, providers=providers, since=self._until, until=now),
            current[1].organisation.name if current else "",
        )

    async def _send(
        self, path: str, wrap: Callable[..., Json], parts: Sequence[Json], organisation: str
    ) -> None:
        if not parts:
            return
        body = await asyncio.to_thread(
            lambda: msgspec.json.encode(wrap(parts, version=__version__, organisation=organisation))
        )
        try:
            rejected = await self._collector.send(path, body)
        except TelemetryFailed as fault:
            if not fault.too_large or len(parts) == 1:
                raise
            half = len(parts) // 2
            await self._send(path, wrap, parts[:half], organisation)
            await self._send(path, wrap, parts[half:], organisation)
            return
        if rejected:
            _LOG.warning("the collector turned down %d of what was sent to %s, for good", rejected, path)
