"""What the control API tells: the values that pages and commands show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.portfolio import Item, Wanted
from remit.enforce.model_name import names_under
from remit.enforce.remit import resolve
from remit.enforce.stop import Stop
from remit.operations.find_entries import find_entry, list_entries
from remit.operations.fold_ledger import fold_ledger
from remit.operations.kill_switch import read_stops
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_gates import read_gate
from remit.operations.read_inbox import read_inbox, read_requests
from remit.operations.read_overview import read_overview, read_portfolio
from remit.operations.read_risks import read_register, read_use_case_risk
from remit.operations.read_spend import read_budget_forecasts
from remit.operations.read_value import read_portfolio_value, read_value
from remit.portal.api.route import ApiRoute, Call, Optional
from remit.record.projection import EntryFilter, Row
from remit.report.approvals import RequestView
from remit.report.explanation import Explanation, explanation
from remit.report.gate import GateView
from remit.report.overview import Overview
from remit.report.policies import policies_of
from remit.report.risks import RiskLine, UseCaseRisk
from remit.report.value import PortfolioValue, UseCaseValue

ROWS_MAX = 200

Limit = Annotated[int, msgspec.Meta(ge=1, le=ROWS_MAX)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Portfolio(msgspec.Struct, frozen=True):
    """Which use cases: of a unit and those below it, at a stage, with words; so many from one on."""

    unit: Optional = ""
    stage: Optional = ""
    text: Optional = ""
    limit: Limit = 100
    offset: Offset = 0


class Chosen(msgspec.Struct, frozen=True):
    """Of a unit and those below it, or of all."""

    unit: Optional = ""


class Requests(msgspec.Struct, frozen=True):
    """Of one use case, and also those that are settled."""

    use_case: Optional = ""
    closed: bool = False


class OfUseCase(msgspec.Struct, frozen=True):
    """Of one use case, or of all."""

    use_case: Optional = ""


class Entries(msgspec.Struct, frozen=True):
    """Which entries, the newest first; `before` is the id of the last one that was read."""

    kind: Optional = ""
    use_case: Optional = ""
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    before: Optional = ""
    limit: Limit = 100


@dataclass(frozen=True, slots=True)
class UseCaseAnswer:
    """A use case: what is declared of it, at which stage it is since when, and its remit with who decided."""

    id: str
    name: str
    unit: str
    owner: str
    purpose: str
    stage: str
    since: date
    model_version: int
    remit: Explanation


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """A request whole, and the code that an answer to it must bring."""

    request: RequestView
    seen: str


@dataclass(frozen=True, slots=True)
class EntryAnswer:
    """An entry, where it stands, and all that it says."""

    id: str
    at: datetime
    kind: str
    use_case: str
    journal: str
    line: int
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KeyAnswer:
    """A key as far as it is kept."""

    id: str
    use_case: str
    agent: str
    models: tuple[str, ...]
    networks: tuple[str, ...]
    expires: datetime | None
    revoked: bool


def overview(call: Call) -> Overview:
    """Tell where the portfolio stands, what it spends, and what was refused."""
    return read_overview(call.system)


def portfolio(call: Call) -> tuple[Item, ...]:
    """List use cases."""
    wanted: Portfolio = call.given
    items = read_portfolio(call.system, Wanted(wanted.unit, wanted.stage, wanted.text))
    return items[wanted.offset : wanted.offset + wanted.limit]


def use_case(call: Call) -> UseCaseAnswer:
    """Tell what a use case may do, and who decided it."""
    system, name = call.system, call.names["use_case"]
    version, model = model_in_force(system)
    require_use_case(model, name)
    now = system.clock.now()
    fact, case = system.store.stages(now, name)[name], model.use_cases[name]
    remit = resolve(model, name, fact.stage)
    names = names_under(model, remit, now.astimezone(model.organisation.zone).date())
    return UseCaseAnswer(
        id=name,
        name=case.name,
        unit=case.unit,
        owner=model.owner_of(name),
        purpose=case.purpose,
        stage=fact.stage,
        since=fact.since,
        model_version=version,
        remit=explanation(model, remit, names=names, policies=policies_of(model, remit)),
    )


def gate(call: Call) -> GateView:
    """Tell how a use case stands at its next gate."""
    return read_gate(call.system, call.names["use_case"])


def use_case_value(call: Call) -> UseCaseValue:
    """Tell what a use case brings, what it costs, and on what evidence."""
    return read_value(call.system, call.names["use_case"])


def use_case_risk(call: Call) -> UseCaseRisk:
    """Tell a use case's risk tier and class with their reasons, its obligations and its risks."""
    return read_use_case_risk(call.system, call.names["use_case"])


def inbox(call: Call) -> list[RequestView]:
    """List what waits for consent, what is due first at the top."""
    wanted: Requests = call.given
    use_case = wanted.use_case or None
    return read_inbox(call.system, reader=call.person, use_case=use_case, closed=wanted.closed)[:ROWS_MAX]


def request(call: Call) -> RequestAnswer:
    """Tell all of one request, with the code that an answer to it must bring."""
    views, seen = read_requests(call.system, [call.names["id"]], reader=call.person)
    return RequestAnswer(views[0], seen)


def spend(call: Call) -> list[BudgetForecast]:
    """Tell what each budget has spent, and what it comes to by its end."""
    return read_budget_forecasts(call.system, unit=call.given.unit)[:ROWS_MAX]


def value(call: Call) -> PortfolioValue:
    """Tell what the use cases bring and cost, by evidence grade."""
    return read_portfolio_value(call.system, call.given.unit)


def risks(call: Call) -> tuple[RiskLine, ...]:
    """List the register of risks, the gravest first."""
    return read_register(call.system, use_case=call.given.use_case)[:ROWS_MAX]


def kill_switches(call: Call) -> list[Stop]:
    """List the kill switches in force."""
    return read_stops(call.system)


def keys(call: Call) -> list[KeyAnswer]:
    """List the keys of a use case, or of all; no secret is kept."""
    fold_ledger(call.system)
    wanted = call.given.use_case
    found = sorted(call.system.store.keys().values(), key=lambda each: (each.use_case, each.id))
    return [
        KeyAnswer(each.id, each.use_case, each.agent, each.models, each.networks, each.expires, each.revoked)
        for each in found
        if wanted in ("", each.use_case)
    ][:ROWS_MAX]


def entries(call: Call) -> list[EntryAnswer]:
    """List entries of the ledger, the newest first."""
    wanted: Entries = call.given
    filter = EntryFilter(kind=wanted.kind, use_case=wanted.use_case, since=wanted.since, before=wanted.before)
    return [_entry(each) for each in list_entries(call.system, filter, limit=wanted.limit)]


def entry(call: Call) -> EntryAnswer:
    """Tell all of one entry."""
    return _entry(find_entry(call.system, call.names["id"]))


def _entry(row: Row) -> EntryAnswer:
    return EntryAnswer(
        row.id, row.at, row.kind, row.use_case, row.journal, row.line, msgspec.json.decode(row.body)
    )


_ONE = "/api/use-cases/{use_case}"

READS = (
    ApiRoute("GET", "/api/overview", overview, Overview),
    ApiRoute("GET", "/api/portfolio", portfolio, tuple[Item, ...], Portfolio),
    ApiRoute("GET", _ONE, use_case, UseCaseAnswer),
    ApiRoute("GET", f"{_ONE}/gate", gate, GateView),
    ApiRoute("GET", f"{_ONE}/value", use_case_value, UseCaseValue),
    ApiRoute("GET", f"{_ONE}/risk", use_case_risk, UseCaseRisk),
    ApiRoute("GET", "/api/inbox", inbox, list[RequestView], Requests),
    ApiRoute("GET", "/api/inbox/{id}", request, RequestAnswer),
    ApiRoute("GET", "/api/spend", spend, list[BudgetForecast], Chosen),
    ApiRoute("GET", "/api/value", value, PortfolioValue, Chosen),
    ApiRoute("GET", "/api/risks", risks, tuple[RiskLine, ...], OfUseCase),
    ApiRoute("GET", "/api/kill-switches", kill_switches, list[Stop]),
    ApiRoute("GET", "/api/keys", keys, list[KeyAnswer], OfUseCase),
    ApiRoute("GET", "/api/entries", entries, list[EntryAnswer], Entries),
    ApiRoute("GET", "/api/entries/{id}", entry, EntryAnswer),
)
