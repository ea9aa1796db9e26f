"""Authenticate whoever gives outcomes: the use case's own key, which opens nothing but its own outcomes."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision, deny
from remit.enforce.grant import retired
from remit.enforce.key import Key, live
from remit.enforce.sender import Sender
from remit.enforce.stop import Stops, of_caller, refusal, stopped
from remit.kernel.errors import JournalTampered
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import CONTROL, System


@dataclass(frozen=True, slots=True)
class _View:
    """The decisions in force that say who may give outcomes, and up to where they were read."""

    offset: int
    model: OperatingModel
    keys: Mapping[str, Key]
    stops: Stops


class Givers:
    """Knows the keys that are live; decisions are read again only when there are new ones."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._view: _View | None = None
        self._lock = threading.Lock()

    def authenticate(self, secret: str, sender: Sender) -> tuple[Key, OperatingModel] | Decision:
        """Find the live key that a secret belongs to, whose use case is declared and not stopped.

        Raises JournalTampered where the ledger does not hold: nothing is built on it then.
        """
        halt = self._system.store.halted()
        if halt is not None:
            raise JournalTampered(halt, help="run `remit ledger verify`, and restore the journal from a copy")
        view, now = self._seen(), self._system.clock.now()
        administrator = view.model.organisation.contact
        key = view.keys.get(self._system.hash_secret(secret)) if secret else None
        if key is None:
            return deny(
                "unknown-key",
                "the key is not known here",
                help="send `Authorization: Bearer <key>`; `remit key issue USE_CASE` makes one",
                layer="organisation",
                owner=administrator,
            )
        if key.use_case not in view.model.use_cases:
            return deny(
                "undeclared-use-case",
                f"use case `{key.use_case}` is no longer declared",
                help="declare it again, or use the key of another use case",
                layer="organisation",
                owner=administrator,
            )
        decision = live(key, now=now, administrator=administrator, sender=sender)
        if decision.effect == "deny":
            return decision
        stage = self._system.store.stages(now, key.use_case).get(key.use_case)
        if stage is not None and stage.stage == "retired":
            return retired(key.use_case, owner=administrator)
        units = view.model.lineage(view.model.use_cases[key.use_case].unit)
        stop = stopped(view.stops, of_caller(units=units, use_case=key.use_case, agent=key.agent, key=key.id))
        return refusal(stop) if stop else (key, view.model)

    def _seen(self) -> _View:
        """Return the decisions in force; what was decided a moment ago counts."""
        system = self._system
        with self._lock:
            if self._view is None or system.journals.size(CONTROL) > self._view.offset:
                fold_ledger(system, (CONTROL,))
                # The position is read first: what is decided meanwhile is then read again, never missed.
                folded = system.store.positions().get(CONTROL)
                _, model = model_in_force(system)
                offset = folded.offset if folded else 0
                self._view = _View(offset, model, system.store.keys(), system.store.stops())
            return self._view
