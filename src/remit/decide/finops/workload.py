"""A workload: one use case's calls over a span of days, and what is declared around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.decide.finops.cache_rule import CacheRules
from remit.decide.finops.call_columns import PLACES, CallColumns, Named, runs_of
from remit.decide.finops.tier_rule import TierRules
from remit.declare.block import ModelBlock
from remit.declare.capacity import Capacity
from remit.declare.economy import Economy
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts_simulated
from remit.enforce.model_name import model_names
from remit.enforce.model_rules import Reach, may_call
from remit.enforce.remit import Remit
from remit.record.dossier_entry import Evaluation
from remit.record.evaluation_detail import Details

Rows = NDArray[np.int64]
"""Places of calls in their columns, rising."""

DAYS_MAX = 3_700
"""A longer span is a slip of the pen."""

_SIMULATED = "echo"
"""The technology of providers that only act as if."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An evaluation that was recorded, with what became of each case."""

    evaluation: Evaluation
    details: Details


@dataclass(frozen=True, slots=True)
class Workload:
    """The calls of one use case from `since` to `until`, both included, in the organisation's days.

    With an empty `use_case` they are those of all use cases, which share what is paid by the hour; then
    there is no `remit`. Calls are all real or all `simulated`, and no kept answer is among them. `day` says
    for each call on which day it began, counted from `since`. `offers` are capacities without a first day,
    by id. `allowed` are the models that the remit lets it call on the last day, by exact address; beside real
    calls, those that only act as if are left out.
    """

    use_case: str
    calls: CallColumns
    day: NDArray[np.int32]
    model: OperatingModel
    since: date
    until: date
    remit: Remit | None = None
    tried: tuple[Tried, ...] = ()
    offers: Mapping[str, Capacity] = field(default_factory=dict)
    tiers: TierRules = field(default_factory=TierRules)
    allowed: Mapping[str, ModelBlock] = field(default_factory=dict)
    caches: CacheRules = field(default_factory=CacheRules)
    simulated: bool = False

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def dates(self) -> tuple[date, ...]:
        return tuple(self.since + timedelta(days=each) for each in range(self.days))

    @property
    def currency(self) -> str:
        return self.model.organisation.currency

    @property
    def unit(self) -> str:
        case = self.model.use_cases.get(self.use_case)
        return "" if case is None else case.unit

    @property
    def economy(self) -> Economy:
        case = self.model.use_cases.get(self.use_case)
        return Economy() if case is None else case.economy

    @property
    def rows(self) -> Rows:
        """The places of all calls."""
        return np.arange(len(self.calls), dtype=np.int64)

    def where(self, column: Named, name: str) -> Rows:
        """Find the calls that have a name in a column."""
        if name not in self.calls.names[column]:
            return np.empty(0, np.int64)
        return np.flatnonzero(self.calls.codes[column] == self.calls.names[column].index(name))

    def found(self, column: Named) -> tuple[str, ...]:
        """Name what stands in a column, in the order of names, without the empty name."""
        codes = np.flatnonzero(np.bincount(self.calls.codes[column], minlength=1))
        return tuple(sorted(name for each in codes if (name := self.calls.names[column][each])))

    def read(self, rows: Rows) -> NDArray[np.int64]:
        """Count all tokens that each call read, whatever they were charged as."""
        calls = self.calls
        kinds = (calls.cache_read_tokens, calls.cache_write_tokens, calls.cache_write_1h_tokens)
        return reduce(np.add, (each[rows] for each in kinds), calls.input_tokens[rows])

    def fitting(self, rows: Rows, block: ModelBlock) -> Rows:
        """Keep the calls that another model could have served: within its context and its longest answer."""
        wrote = self.calls.output_tokens[rows]
        fits = (self.read(rows) + wrote <= block.context_tokens) & (wrote <= block.output_tokens_max)
        return rows[fits]


@dataclass(frozen=True, slots=True)
class Around:
    """What all workloads of one replay share."""

    model: OperatingModel
    since: date
    until: date
    tiers: TierRules = field(default_factory=TierRules)
    caches: CacheRules = field(default_factory=CacheRules)

    def workload(
        self,
        calls: CallColumns,
        *,
        use_case: str = "",
        remit: Remit | None = None,
        tried: tuple[Tried, ...] = (),
        simulated: bool = False,
    ) -> Workload:
        """Take the calls of a use case, or of all, that a provider served within the span of days."""
        assert 0 <= (self.until - self.since).days < DAYS_MAX
        bounds = day_bounds(self.model, self.since, self.until)
        taken = (calls.began_ms >= bounds[0]) & (calls.began_ms < bounds[-1])
        taken &= ~calls.cached & (calls.simulated == simulated)
        if use_case:
            names = calls.names["use_case"]
            place = names.index(use_case) if use_case in names else -1
            taken &= calls.codes["use_case"] == place
        kept = take(calls, np.flatnonzero(taken), beginnings=bool(use_case))
        day = (np.searchsorted(bounds, kept.began_ms, side="right") - 1).astype(np.int32)
        # Where simulated calls are counted, a simulator is no more an alternative to a model than elsewhere.
        simulators = simulated and not counts_simulated(self.model)
        return Workload(
            use_case,
            kept,
            day,
            self.model,
            self.since,
            self.until,
            remit=remit,
            tried=tried,
            offers=offers_of(self.model, self.until),
            tiers=self.tiers,
            allowed={} if remit is None else _allowed(self, remit, simulated=simulators),
            caches=self.caches,
            simulated=simulated,
        )


def offers_of(model: OperatingModel, day: date) -> dict[str, Capacity]:
    """List capacities on offer, at what they cost in the organisation's currency on a day.

    One in a currency that has no rate on that day cannot be held against calls, and is left out.
    """
    found: dict[str, Capacity] = {}
    for id, each in model.capacity.items():
        per_hour = model.exchanged(each.per_hour, day)
        once = None if each.once is None else model.exchanged(each.once, day)
        known = per_hour is not None and (once is not None or each.once is None)
        if each.starts is None and known:
            found[id] = each.model_copy(update={"per_hour": per_hour, "once": once})
    return found


def _allowed(around: Around, remit: Remit, *, simulated: bool) -> dict[str, ModelBlock]:
    """Ask the rules that calls are held to which models a use case may call."""
    if not remit.calls:
        return {}
    model, found = around.model, {}
    for address in sorted(set(model_names(model, remit.models, around.until).values())):
        block = model.model(address)
        reach = Reach(remit, address, block, around.until, model.organisation.contact)
        if block is None or may_call(reach).effect != "allow":
            continue
        if simulated or model.providers[block.provider].technology != _SIMULATED:
            found[address] = block
    return found


def by_use_case(calls: CallColumns) -> Iterator[tuple[str, CallColumns]]:
    """Split columns by use case in one pass; those of one come in the order in which they began."""
    codes = calls.codes["use_case"]
    order = np.argsort(codes, kind="stable")
    bounds = np.cumsum(np.bincount(codes, minlength=len(calls.names["use_case"])))
    for name, start, end in zip(calls.names["use_case"], (0, *bounds[:-1]), bounds, strict=False):
        if end > start:
            yield name, take(calls, order[start:end], beginnings=True)


def day_bounds(model: OperatingModel, since: date, until: date) -> NDArray[np.int64]:
    """Give the midnights of a span of days in the organisation's zone, in milliseconds since 1970.

    There is one more of them than days, and a day has 23 or 25 hours where the clock is changed.
    """
    midnight = time(tzinfo=model.organisation.zone)
    days = range((until - since).days + 2)
    instants = (datetime.combine(since + timedelta(days=each), midnight).astimezone(UTC) for each in days)
    return np.array([int(each.timestamp()) * 1_000 for each in instants], np.int64)


def take(calls: CallColumns, rows: Rows, *, beginnings: bool = False) -> CallColumns:
    """Take some calls out of columns, in the same order, with or without how their prompts begin."""
    if len(rows) == len(calls) and (beginnings or not len(calls.prefix)):
        return calls
    codes = {name: column[rows] for name, column in calls.codes.items()}
    columns: dict[str, Any] = {name: getattr(calls, name)[rows] for name in _COLUMNS}
    starts, prefix = np.zeros(len(rows) + 1, np.int64), np.empty(0, np.uint64)
    places = np.broadcast_to(np.uint64(0), (len(rows), len(PLACES)))
    if beginnings:
        starts, prefix = runs_of(calls.prefix_starts, calls.prefix, rows)
        places = calls.place_digests[rows]
    begun: dict[str, Any] = {"prefix": prefix, "prefix_starts": starts, "place_digests": places}
    return replace(calls, codes=codes, **begun, **columns)


def _columns() -> Iterator[str]:
    apart = {"codes", "names", "rate_list", "prefix", "prefix_starts", "place_digests"}
    yield from (each.name for each in fields(CallColumns) if each.name not in apart)


_COLUMNS = tuple(_columns())
