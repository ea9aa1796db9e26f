"""Read risks: the register with the live status of its controls, and what one use case's facts make of it."""

from __future__ import annotations

from functools import cache
from importlib import resources

from remit.decide.ai_act import act_on
from remit.decide.ai_act_law import Law, read_law
from remit.decide.controls import Assessed, assessed
from remit.decide.register import concerned, register
from remit.decide.risk import tiered
from remit.declare.operating_model import OperatingModel
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import controls_of
from remit.operations.read_dossiers import read_dossier, read_dossiers
from remit.operations.system import System
from remit.report.risks import RiskLine, UseCaseRisk, risk_lines


@cache
def eu_ai_act() -> Law:
    """Read the EU AI Act as it ships."""
    file = resources.files("remit.decide").joinpath("law/eu-ai-act.yaml")
    return read_law(file.read_text("utf-8"), file.name)


def read_register(system: System, *, use_case: str = "") -> tuple[RiskLine, ...]:
    """List the risks, the gravest first; of one use case, those that concern it. Raises NotFound."""
    fold_ledger(system)
    _, model = model_in_force(system)
    if use_case:
        require_use_case(model, use_case)
    return _register(system, model, use_case)


def read_use_case_risk(system: System, use_case: str) -> UseCaseRisk:
    """Say a use case's tier and class with their reasons, its obligations and its risks; raises NotFound."""
    fold_ledger(system)
    _, model = model_in_force(system)
    dossier = read_dossier(system, model, use_case)
    case = model.use_cases[use_case]
    return UseCaseRisk(
        use_case=use_case,
        stage=dossier.stage.stage,
        tier=tiered(case),
        ai_act=act_on(case, eu_ai_act(), dossier.today),
        risks=_register(system, model, use_case),
    )


def _register(system: System, model: OperatingModel, use_case: str) -> tuple[RiskLine, ...]:
    if not model.risks:
        return ()
    today = system.clock.now().astimezone(model.organisation.zone).date()
    wanted = {name for risk in model.risks.values() for name in concerned(model, risk)}
    dossiers = (each for name, each in read_dossiers(system, model).items() if name in wanted)
    cases: dict[str, Assessed] = {one.ground.name: one for one in assessed(model, dossiers)}
    found = register(model, cases, controls_of(model), today=today, use_case=use_case)
    return risk_lines(found)
