"""Notify: derive from the ledger what people are told of, and put it into the outbox for each web hook."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from remit.decide.notice import Notice, concerns, message_id
from remit.decide.watch import Watch
from remit.declare.webhook import Webhook
from remit.kernel.errors import JournalTampered
from remit.operations.followers import behind, read_next
from remit.operations.model_in_force import current_model
from remit.operations.read_spend import read_anomalies, watched_budgets
from remit.operations.read_sunsets import read_sunsets
from remit.operations.system import System
from remit.ports_webhooks import Watching
from remit.record.chain import Position, start

SUNSETS_EVERY = timedelta(hours=1)
"""How often it is looked whether sunset rules fire: they count in days."""
SPEND_EVERY = timedelta(hours=1)
"""How often it is looked what budgets will come to, and which days were off."""


class Notifier:
    """What one process remembers between two looks at the ledger. Any number of processes may look."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._version = -1
        self._webhooks: Mapping[str, Webhook] = {}
        self._at: Watching | None = None
        self._watch: Watch | None = None
        self._sunsets_at: datetime | None = None
        self._spend_at: datetime | None = None

    def look(self) -> Mapping[str, Webhook]:
        """Derive whatever is new; returns the web hooks in force."""
        current = current_model(self._system)
        if current is None:
            return {}
        version, model = current
        now = self._system.clock.now()
        if model.webhooks and self._watch is None:
            self._at = self._system.outbox.begin(now=now)
            self._watch = Watch.over(model, self._at.memory)
            self._sunsets_at = self._spend_at = None
        if version != self._version:
            declared = {name: declared_as(each) for name, each in model.webhooks.items()}
            self._system.outbox.declare(declared, now=now)
            if not declared:
                self._system.outbox.end()
                self._watch = None
            elif self._watch is not None:
                self._watch.see(model)
            self._version, self._webhooks = version, model.webhooks
            self._sunsets_at = self._spend_at = None
        while self._watch is not None and self._step(self._watch):
            pass
        return self._webhooks

    def _step(self, watch: Watch) -> bool:
        """Take one step; False where nothing more is new, or somebody else has taken it."""
        assert self._at is not None, "a watch begins somewhere"
        positions: dict[str, Position] = {}
        now = self._system.clock.now()
        notices = list(self._read(watch, positions))
        if not positions:
            # An hour is not over for whoever has not read all of it.
            notices += watch.due(now)
            notices += self._sunsets(watch, now)
            notices += self._spend(watch, now)
        notices += watch.halt(self._system.store.halted(), now)
        changed = watch.drain()
        if not (positions or changed):
            return False
        step = self._at.step
        messages = list(self._messages(watch, notices))
        if not self._system.outbox.put(
            step, positions=positions, changed=changed, messages=messages, now=now
        ):
            self._watch = None
            return False
        self._at = Watching(step + 1, self._at.positions | positions, {})
        return True

    def _read(self, watch: Watch, positions: dict[str, Position]) -> Iterator[Notice]:
        """Read what is next in each journal; one that was tampered with stops where it was."""
        assert self._at is not None, "as above"
        for journal in behind(self._system, self._at.positions):
            at = self._at.positions.get(journal, start(journal))
            try:
                entries, after = read_next(self._system, journal, at)
            except JournalTampered as error:
                self._system.store.halt(error.summary)
                continue
            for entry in entries:
                yield from watch.take(entry)
            if after.offset > at.offset:
                positions[journal] = after

    def _sunsets(self, watch: Watch, now: datetime) -> Iterable[Notice]:
        """Look whether sunset rules fire, where somebody is told, if nobody did within the hour."""
        if self._sunsets_at is not None and now < self._sunsets_at + SUNSETS_EVERY:
            return ()
        self._sunsets_at = now
        if not any("sunset.due" in webhook.events for webhook in self._webhooks.values()):
            return ()
        return watch.fired(read_sunsets(self._system, watch.model), now)

    def _spend(self, watch: Watch, now: datetime) -> Iterable[Notice]:
        """Look ahead for budgets and back for days that were off, where somebody is told, once an hour."""
        if self._spend_at is not None and now < self._spend_at + SPEND_EVERY:
            return ()
        self._spend_at = now
        asked = {event for webhook in self._webhooks.values() for event in webhook.events}
        budgets = watched_budgets(self._system, watch.model) if "budget.forecast" in asked else ()
        anomalies = read_anomalies(self._system, watch.model) if "spend.anomaly" in asked else ()
        return list(watch.looked(budgets, anomalies, now))

    def _messages(self, watch: Watch, notices: Iterable[Notice]) -> Iterator[tuple[str, str, Notice]]:
        for notice in notices:
            for name, webhook in self._webhooks.items():
                if concerns(webhook, notice, watch.model):
                    yield name, message_id(notice, name), notice


def declared_as(webhook: Webhook) -> str:
    """Tell one declaration of a web hook from another."""
    return hashlib.sha256(webhook.model_dump_json().encode()).hexdigest()
