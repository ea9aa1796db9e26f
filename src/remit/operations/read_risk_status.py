"""Read the status of risk: controls by framework and use case, the register, the law's dates, exceptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from remit.decide.ai_act import act_on
from remit.decide.ai_act_law import Law
from remit.decide.controls import assessed
from remit.decide.dossier import Dossier
from remit.decide.filed_facts import standing_waivers
from remit.decide.framework import Framework, framework_of, panorama
from remit.decide.register import register
from remit.decide.risk import tiered
from remit.declare.control import Control
from remit.declare.operating_model import OperatingModel
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import controls_of, shipped_frameworks
from remit.operations.read_dossiers import read_dossiers
from remit.operations.read_risks import eu_ai_act
from remit.operations.system import System
from remit.record.dossier_entry import Waiver
from remit.record.filed import FiledFilter
from remit.report.risk_status import CaseFacts, LawDates, RiskStatus, law_dates, risk_status
from remit.report.risks import risk_lines


def read_risk_status(system: System) -> RiskStatus:
    """Say how risk and controls stand over all use cases, as of now; the law is read for those in use."""
    fold_ledger(system)
    _, model = model_in_force(system)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    controls, law = controls_of(model), eu_ai_act()
    frameworks = known_frameworks(controls)
    dossiers = read_dossiers(system, model)
    cases = {one.ground.name: one for one in assessed(model, dossiers.values())}
    facts = _facts(model, dossiers, law, today)
    return risk_status(
        model,
        panorama(cases.values(), controls, frameworks),
        facts,
        frameworks=frameworks,
        controls=controls,
        law=law,
        risks=risk_lines(register(model, cases, controls, today=today)),
        waivers=read_waivers(system, model, today),
        stops=system.store.stops().values(),
        today=today,
    )


def read_law_dates(system: System, dossiers: Mapping[str, Dossier]) -> LawDates:
    """Lay out the law's dates for use cases that are not retired, whose dossiers were read already."""
    _, model = model_in_force(system)
    today = system.clock.now().astimezone(model.organisation.zone).date()
    law = eu_ai_act()
    living = {name: each for name, each in dossiers.items() if each.stage.stage != "retired"}
    return law_dates(law, _facts(model, living, law, today), today)


def _facts(model: OperatingModel, dossiers: Mapping[str, Dossier], law: Law, today: date) -> list[CaseFacts]:
    return [
        CaseFacts(name, each.stage, tiered(model.use_cases[name]), act_on(model.use_cases[name], law, today))
        for name, each in dossiers.items()
    ]


def known_frameworks(controls: Mapping[str, Control]) -> dict[str, Framework]:
    """Return the frameworks that ship, and those of one's own to which declared controls are mapped."""
    shipped = shipped_frameworks()
    named = dict.fromkeys((*shipped, *(name for each in controls.values() for name in each.maps)))
    found = {name: framework_of(name, shipped, controls) for name in named}
    return {name: each for name, each in found.items() if each is not None}


def read_waivers(system: System, model: OperatingModel, today: date) -> Iterator[Waiver]:
    """List the waivers that count today, of all use cases."""
    by_case: dict[str, list[Waiver]] = {}
    for each in system.store.filed(FiledFilter(kinds=(Waiver,))):
        if isinstance(each, Waiver) and each.use_case in model.use_cases:
            by_case.setdefault(each.use_case, []).append(each)
    for entries in by_case.values():
        yield from (each for each in standing_waivers(entries).values() if today <= each.expires)
