"""One use case: where it stands, what it may do and why, what shows it, and what can be done with it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from remit.decide.comparison import rate
from remit.decide.roles import holder
from remit.declare.organisation import STAGES
from remit.enforce.key import Key
from remit.enforce.model_name import names_under
from remit.enforce.remit import resolve
from remit.enforce.stop import of_caller, stopped
from remit.kernel.errors import NotFound, RemitError
from remit.operations.attest import read_evidence
from remit.operations.compare_evaluations import read_evaluations
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import controls_of, read_use_case_controls
from remit.operations.read_gates import read_gate
from remit.operations.read_risks import read_use_case_risk
from remit.operations.read_studies import read_studies
from remit.operations.read_timeline import read_declared, read_timeline
from remit.operations.read_unit_cost import read_unit_cost
from remit.operations.read_value import read_value
from remit.operations.system import RECORD
from remit.portal.asked import Asked, Page, having
from remit.portal.kept import Seen
from remit.portal.pages import use_case_acts as acts
from remit.portal.pages.value import drawn_effects, effect_rows
from remit.record.projection import EntryFilter, StageFact
from remit.report.controls import SAID, STATUSES
from remit.report.explanation import explanation
from remit.report.gate import GateView
from remit.report.policies import policies_of
from remit.report.use_case_answer import checklist, use_case_answer
from remit.report.who_answers import who_answers

LAST = 15
ROWS = 100
_PEOPLE = ("use-case-owner", "risk-owner", "unit-lead", "centre")
_TABS = (
    ("", "Gate"),
    ("remit", "Remit"),
    ("value", "Cost and value"),
    ("evidence", "Evidence and evaluations"),
    ("controls", "Controls and risk"),
    ("access", "Keys and agents"),
    ("history", "History"),
)


def _page(asked: Asked, tab: str, **values: Any) -> Response:
    """Render one of a use case's pages, with what all of them say on top."""
    system, name = asked.system, asked.names["id"]
    fold_ledger(system)
    version, model = model_in_force(system)
    case = model.use_cases[name]
    fact = _fact(asked)
    found = _gate(asked)
    gate = found.value
    stops = system.store.stops()
    stop = stopped(stops, of_caller(units=model.lineage(case.unit), use_case=name, agent="", key=""))
    return asked.page(
        f"use_case_{tab or 'gate'}.html",
        id=name,
        case=case,
        fact=fact,
        gate=gate,
        stop=stop,
        title=use_case_answer(case.name, fact, gate, stop=stop),
        people=[(role, holder(model, role, name)) for role in _PEOPLE],
        owner=model.owner_of(name),
        version=version,
        tabs=_TABS,
        tab=tab,
        here=f"/use-cases/{name}",
        **{"seen": found, **values},
    )


def _require(asked: Asked) -> str:
    """Return the id that the address names; raises NotFound for one that nobody declares."""
    name = asked.names["id"]
    if name not in model_in_force(asked.system)[1].use_cases:
        raise NotFound(f"no use case `{name[:80]}` is declared", help="the portfolio lists all")
    return name


def _gate(asked: Asked) -> Seen[GateView]:
    name = asked.names["id"]
    return asked.kept.get(("gate", name, _shown(asked)), lambda: read_gate(asked.system, name))


def _fact(asked: Asked) -> StageFact:
    """Say at which stage it is; all stages are read together, and kept."""
    system = asked.system
    return asked.kept.get("stages", lambda: system.store.stages(system.clock.now())).value[asked.names["id"]]


def _shown(asked: Asked) -> int:
    """Tell what was shown so far: evidence is no decision, and counts at once all the same."""
    return asked.system.journals.size(RECORD)


def show(asked: Asked) -> Response:
    """Show one use case: what stands between it and its next stage, and what can be done with it."""
    name = _require(asked)
    gate = _gate(asked).value
    fact = _fact(asked)
    at = STAGES.index(fact.stage)
    return _page(
        asked,
        "",
        criteria=checklist(gate),
        answering=who_answers(model_in_force(asked.system)[1], name, tier=gate.tier),
        earlier=STAGES[:at] if fact.stage != "retired" else (),
        rows=asked.system.store.entries(EntryFilter(use_case=name), limit=LAST),
    )


def show_remit(asked: Asked) -> Response:
    """Show what a use case may do: each field, which layer decided it, and what would widen it."""
    name, system = _require(asked), asked.system
    model = model_in_force(system)[1]
    now = system.clock.now()
    remit = resolve(model, name, _fact(asked).stage)
    today = now.astimezone(model.organisation.zone).date()
    names, policies = names_under(model, remit, today), policies_of(model, remit)
    return _page(
        asked, "remit", remit=remit, explained=explanation(model, remit, names=names, policies=policies)
    )


def show_value(asked: Asked) -> Response:
    """Show what a use case costs by the call and the outcome, and what it is worth on which evidence."""
    name, system = _require(asked), asked.system
    cost = asked.kept.get(("unit cost", name), lambda: read_unit_cost(system, name)[0])
    try:
        worth, why = asked.kept.get(("value", name), lambda: read_value(system, name)).value, ""
    except RemitError as error:
        worth, why = None, f"{error.summary}: {error.help}"
    studies = read_studies(system, name)
    shown = [each for each in studies if each.result is not None]
    return _page(
        asked,
        "value",
        seen=cost,
        cost=cost.value,
        worth=worth,
        why=why,
        studies=studies,
        drawn=drawn_effects(asked, shown),
        chart_rows=effect_rows(shown),
    )


def show_evidence(asked: Asked) -> Response:
    """Show what was attested of a use case and what it was tried on, and take somebody's word."""
    name, system = _require(asked), asked.system
    model = model_in_force(system)[1]
    gates = [
        (f"gate/{stage}/{id}", each.name)
        for stage, gate in model.gates.items()
        for id, each in gate.criteria.items()
        if each.evidence == "attestation"
    ]
    controls = [
        (f"control/{id}", each.title)
        for id, each in controls_of(model).items()
        if each.check == "attestation"
    ]
    tried = read_evaluations(system, use_case=name, limit=ROWS)
    return _page(
        asked,
        "evidence",
        given=read_evidence(system, use_case=name)[::-1][:ROWS],
        attestable=[*gates, *controls],
        about=asked.text("about"),
        tried=[
            (each, rated)
            for each in tried
            for rated in rate(each.results, adverse=each.measure == "attack_success_rate")
        ],
    )


def show_controls(asked: Asked) -> Response:
    """Show the controls that are asked of a use case, its risk tier and class, and its risks."""
    name, system = _require(asked), asked.system
    shown = _shown(asked)
    controls = asked.kept.get(("controls", name, shown), lambda: read_use_case_controls(system, name))
    risk = asked.kept.get(("risk", name), lambda: read_use_case_risk(system, name))
    return _page(
        asked, "controls", seen=controls, controls=controls.value, risk=risk.value, said=SAID, order=STATUSES
    )


def show_access(asked: Asked) -> Response:
    """Show who calls for a use case: its keys and its agents, and what agents may do."""
    name, system = _require(asked), asked.system
    fold_ledger(system)
    model, now = model_in_force(system)[1], system.clock.now()
    remit = resolve(model, name, _fact(asked).stage)
    explained = explanation(model, remit, names=names_under(model, remit, now.date()))
    own = (each for each in system.store.keys().values() if each.use_case == name)
    keys = sorted(own, key=_id, reverse=True)
    keys.sort(key=lambda each: not acts.opens(each, now))
    agents = {each.agent: 0 for each in keys if each.agent}
    for each in keys:
        if each.agent:
            agents[each.agent] += acts.opens(each, now)
    fields = ("tools", "autonomy_max", "agency_max", "approvals")
    return _page(
        asked,
        "access",
        keys=[(each, acts.key_state(each, now)) for each in keys[:ROWS]],
        more=max(0, len(keys) - ROWS),
        agents=agents,
        stops=system.store.stops(),
        allowed=[each for each in explained.fields if each.field in fields],
    )


def _id(key: Key) -> str:
    return key.id


def show_history(asked: Asked) -> Response:
    """Show in one line of time what was decided, shown and changed of a use case."""
    name, system = _require(asked), asked.system
    declared = asked.kept.get("declared", lambda: read_declared(system))
    moments = read_timeline(system, name, declared=declared.value)
    topic = asked.text("topic")
    return _page(
        asked,
        "history",
        seen=declared,
        topics=sorted({each.topic for each in moments}),
        topic=topic,
        moments=[each for each in moments if topic in ("", each.topic)][: 3 * ROWS],
    )


PAGES = (
    Page(
        "/use-cases/{id}",
        show,
        send={
            "review": having("ask_gate", acts.review),
            "waive": having("ask_gate", acts.waive_it),
            "end-waiver": having("ask_gate", acts.end_waiver),
            "end-review": having("change_stage", acts.end_review),
            "stop": having("stop", acts.stop),
            "let-go-on": having("let_go_on", acts.let_go_on),
            "demote": having("change_stage", acts.take_back),
            "retire": having("change_stage", acts.end),
        },
    ),
    Page("/use-cases/{id}/remit", show_remit),
    Page("/use-cases/{id}/value", show_value),
    Page(
        "/use-cases/{id}/evidence",
        show_evidence,
        send={"": having("attest", acts.attest_it), "withdraw": having("attest", acts.withdraw)},
    ),
    Page("/use-cases/{id}/controls", show_controls),
    Page(
        "/use-cases/{id}/access",
        show_access,
        send={"": having("issue_key", acts.issue), "revoke": having("revoke_key", acts.revoke)},
    ),
    Page("/use-cases/{id}/history", show_history),
)
