"""A view: what people decided, as a worker keeps it in memory and replaces it whole when it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.version import family
from remit.enforce.arm import Trial, trials
from remit.enforce.decision import Decision
from remit.enforce.facts import Facts
from remit.enforce.grant import grant
from remit.enforce.guardrail.guards import Guards, guards_of
from remit.enforce.key import Key
from remit.enforce.model_name import names_under
from remit.enforce.policy import Parties, Policies, compile_policies, parties
from remit.enforce.rate import Meter, meters_of
from remit.enforce.remit import Remit, resolve
from remit.enforce.request import ModelRequest, Request
from remit.enforce.stop import Stop, Stops, of_caller, of_model, stopped
from remit.kernel.period import window
from remit.operations.model_in_force import model_in_force
from remit.operations.system import CONTROL, System
from remit.record.projection import StageFact

PROVED_MAX = 10_000
"""How many callers are remembered whom issuers have proved."""


Unsaid = Callable[[ModelBlock, Request], str]
"""Says what a model's provider cannot be told of a request."""

KEPT_MAX = 100_000
"""How many of each kind a view keeps before it begins anew: tokens of an issuer can be as many keys."""


_K = TypeVar("_K")
_V = TypeVar("_V")


def _keep(kept: dict[_K, _V], name: _K, value: _V) -> None:
    if len(kept) >= KEPT_MAX:
        kept.clear()
    kept[name] = value


@dataclass(frozen=True, slots=True)
class View:
    """The decisions in force at one moment: all that the control journal holds before `control_offset`.

    Remits, the names of models under each, and for a key and a model what policies can ask and which rates
    they meet, are made on first use and kept with the view.
    """

    version: int
    model: OperatingModel
    zone: ZoneInfo
    keys: Mapping[str, Key]
    stages: Mapping[str, StageFact]
    control_offset: int
    policies: Policies | None = None
    cleared: frozenset[str] = frozenset()
    """Marks of findings that people have said are none."""
    stops: Stops = field(default_factory=dict)
    """Kill switches that are on."""
    retired: frozenset[str] = frozenset()
    """Use cases that have ended."""
    trials: Mapping[str, tuple[Trial, ...]] = field(default_factory=dict)
    """Studies that assign arms, by use case."""
    narrows_at: datetime | None = None
    """The first instant at which a use case goes back to an earlier stage by itself."""
    remits: dict[str, Remit] = field(default_factory=dict)
    named: dict[str, tuple[date, Mapping[str, str]]] = field(default_factory=dict)
    asked: dict[tuple[str, str], Parties] = field(default_factory=dict)
    metered: dict[tuple[str, str], tuple[Meter, ...]] = field(default_factory=dict)
    by_id: dict[str, Key] = field(default_factory=dict)
    days: list[tuple[datetime, datetime, date]] = field(default_factory=list)
    guarded: dict[tuple[str, tuple[str, ...]], tuple[date, Guards | Decision]] = field(default_factory=dict)
    standing: dict[tuple[str, str], tuple[date, Facts]] = field(default_factory=dict)
    proved: dict[str, Key] = field(default_factory=dict)

    def is_past(self, now: datetime) -> bool:
        """Say whether time alone has made it untrue."""
        return self.narrows_at is not None and now >= self.narrows_at

    def opened_by(self, hash: str) -> Key | None:
        """Find the key that a credential is, by its hash: one that was issued, or that an issuer proved."""
        return self.keys.get(hash) or self.proved.get(hash)

    def remember(self, hash: str, key: Key) -> None:
        """Keep what an issuer proved, for as long as these decisions are in force."""
        if len(self.proved) >= PROVED_MAX:
            del self.proved[next(iter(self.proved))]
        self.proved[hash] = key

    def key(self, id: str) -> Key | None:
        """Find a key by its id, which a signed request names."""
        if not self.by_id:
            self.by_id.update({key.id: key for key in self.keys.values()})
        return self.by_id.get(id)

    def remit(self, use_case: str) -> Remit:
        found = self.remits.get(use_case)
        if found is None:
            found = resolve(self.model, use_case, self.stages[use_case].stage)
            self.remits[use_case] = found
        return found

    def names(self, key: Key, day: date) -> Mapping[str, str]:
        """Say which model or route each name means that a key can call on a day; read off once a day."""
        whose = key.id if key.models else key.use_case
        found = self.named.get(whose)
        if found is None or found[0] != day:
            found = day, names_under(self.model, self.remit(key.use_case), day, key.models)
            _keep(self.named, whose, found)
        return found[1]

    def guards(self, use_case: str, day: date, asked: tuple[str, ...] = ()) -> Guards | Decision:
        """List the guardrails that a use case's call must pass, and those that it asks for beside them."""
        found = self.guarded.get((use_case, asked))
        if found is None or found[0] != day:
            found = day, guards_of(self.model, self.remit(use_case), day, asked)
            if not (asked and isinstance(found[1], Decision)):
                # There is no end to names of what is not there.
                _keep(self.guarded, (use_case, asked), found)
        return found[1]

    def day(self, now: datetime) -> date:
        """Say which day it is in the organisation's zone; worked out once a day."""
        for begins, ends, day in self.days:
            if begins <= now < ends:
                return day
        today = window("day", at=now, zone=self.zone)
        found = today.start.astimezone(UTC), today.end.astimezone(UTC), today.start.date()
        self.days[:] = [found]
        return found[2]

    def facts(self, key: Key, request: Request, now: datetime, unsaid: Unsaid) -> Facts:
        """Return what the rules look at in a key's calls of a model, with the grant that holds today.

        It is put together on the first call of the day; each call puts its own request and moment in it. What
        is kept holds nothing of what anybody asked.
        """
        address, day = request.model, self.day(now)
        found = self.standing.get((key.id, address))
        if found is None or found[0] != day:
            found = day, self._facts(key, ModelRequest(address, ()), now, unsaid)
            if found[1].block is not None:
                # A name that means nothing here could be anything, and there is no end to such names.
                _keep(self.standing, (key.id, address), found)
        return found[1]

    def _facts(self, key: Key, request: Request, now: datetime, unsaid: Unsaid) -> Facts:
        within = request.model in self.names(key, self.day(now))
        block = self.model.model(request.model) if within else None
        facts = self.bare(key, request, block, now=now, unsaid=unsaid)
        return msgspec.structs.replace(facts, granted=grant(facts))

    def bare(
        self, key: Key, request: Request, block: ModelBlock | None, *, now: datetime, unsaid: Unsaid
    ) -> Facts:
        """Say what the rules look at, without what they grant."""
        return Facts(
            key=key.id,
            agent=key.agent,
            remit=self.remit(key.use_case),
            stage_since=self.stages[key.use_case].since,
            request=request,
            block=block,
            now=now,
            zone=self.zone,
            year_starts=self.model.organisation.fiscal_year_starts,
            accounts={},
            administrator=self.model.organisation.contact,
            parties=partial(self.parties, key),
            unsaid=unsaid,
            meters=partial(self.meters, key),
            served_in=self._served_in(key.use_case, request.model),
            key_models=key.models,
            stops=self.stops,
            whose=self.whose(key),
        )

    def _served_in(self, use_case: str, address: str) -> str:
        declared = self.model.use_cases[use_case].service_tiers
        return declared.get(address) or declared.get(family(address)) or ""

    def whose(self, key: Key) -> tuple[str, ...]:
        """List the addresses by which a key's calls can be stopped, whatever model they ask for."""
        units = self.model.lineage(self.remit(key.use_case).unit)
        return of_caller(units=units, use_case=key.use_case, agent=key.agent, key=key.id)

    def stopped(self, key: Key, block: ModelBlock, address: str) -> Stop | None:
        """Find what stops a call that is under way, if anything does."""
        if not self.stops or key.use_case not in self.model.use_cases:
            return None
        return stopped(self.stops, self.whose(key) + of_model(address, block.provider))

    def parties(self, key: Key, address: str) -> Parties | None:
        """Return what the policies can ask of a key and a model; None where there is nothing to ask."""
        if self.policies is None or self.model.model(address) is None:
            return None
        found = self.asked.get((key.id, address))
        if found is None:
            remit = self.remit(key.use_case)
            if len(self.asked) >= PROVED_MAX:
                # Callers whom issuers prove are as many as people; what is left out is made again.
                self.asked.clear()
            found = parties(self.policies, self.model, remit, key=key.id, address=address)
            _keep(self.asked, (key.id, address), found)
        return found

    def meters(self, key: Key, address: str) -> tuple[Meter, ...]:
        """Return the limits on calls and tokens that a key's calls of a model must fit into."""
        found = self.metered.get((key.id, address))
        if found is None:
            block = self.model.model(address)
            assert block is not None, "rates are asked after the rules on the model"
            found = meters_of(
                self.remit(key.use_case),
                address,
                block,
                key=key.id,
                agent=key.agent,
                administrator=self.model.organisation.contact,
            )
            _keep(self.metered, (key.id, address), found)
        return found


def read_view(system: System) -> View:
    """Read the decisions in force; raises NotFound before the first apply."""
    # The position is read first: what is decided meanwhile is then read again, never missed.
    folded = system.store.positions().get(CONTROL)
    version, model = model_in_force(system)
    stages = system.store.stages(system.clock.now())
    return View(
        version=version,
        model=model,
        zone=model.organisation.zone,
        keys=system.store.keys(),
        stages=stages,
        control_offset=folded.offset if folded else 0,
        policies=compile_policies(model),
        cleared=system.store.cleared(),
        stops=system.store.stops(),
        retired=frozenset(name for name, fact in stages.items() if fact.stage == "retired"),
        trials=trials(model),
        narrows_at=min((fact.until for fact in stages.values() if fact.until), default=None),
    )
