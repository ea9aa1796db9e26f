"""Read controls: how they stand for one use case, for all, and by framework."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from remit.decide.controls import Assessed, assessed, catalogue
from remit.decide.dossier import Dossier
from remit.decide.framework import Framework, framework_of, read_controls, read_frameworks, survey
from remit.declare.control import Control
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import NotFound
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_dossiers import read_dossier, read_dossiers
from remit.operations.system import System
from remit.report.controls import (
    ControlSummary,
    FrameworkControls,
    UseCaseControls,
    control_summary,
    framework_controls,
    use_case_controls,
)


@cache
def shipped_controls() -> Mapping[str, Control]:
    """Read the controls that ship."""
    found: dict[str, Control] = {}
    folder = resources.files("remit.declare").joinpath("shipped")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.startswith("controls-"):
            found |= read_controls(file.read_text("utf-8"), file.name)
    return found


@cache
def shipped_frameworks() -> Mapping[str, Framework]:
    """Read the frameworks that controls are mapped to."""
    file = resources.files("remit.decide").joinpath("frameworks.yaml")
    return read_frameworks(file.read_text("utf-8"), file.name)


def controls_of(model: OperatingModel) -> dict[str, Control]:
    """Return the whole catalogue: what ships, and what is declared in its place or beside it."""
    return catalogue(shipped_controls(), model.controls)


def assess_one(system: System, model: OperatingModel, use_case: str) -> Assessed:
    """Make one use case ready for controls; raises NotFound for one that is not declared."""
    [one] = assessed(model, [read_dossier(system, model, use_case)])
    return one


def read_use_case_controls(system: System, use_case: str) -> UseCaseControls:
    """Say how every control stands for one use case; raises NotFound for one that is not declared."""
    fold_ledger(system)
    _, model = model_in_force(system)
    return use_case_controls(assess_one(system, model, use_case), controls_of(model))


def read_control_summary(system: System, dossiers: Mapping[str, Dossier] | None = None) -> ControlSummary:
    """Say how every control stands over all use cases, by their dossiers where these were read already."""
    fold_ledger(system)
    _, model = model_in_force(system)
    cases = assessed(model, (dossiers or read_dossiers(system, model)).values())
    return control_summary(survey(cases, controls_of(model)))


def read_framework(system: System, name: str, *, use_case: str = "") -> FrameworkControls:
    """Say how much of a framework is covered, over all use cases or for one; raises NotFound."""
    fold_ledger(system)
    _, model = model_in_force(system)
    controls = controls_of(model)
    framework = framework_of(name, shipped_frameworks(), controls)
    if framework is None:
        known = {
            *shipped_frameworks(),
            *(each for control in model.controls.values() for each in control.maps),
        }
        raise NotFound(
            f"no control is mapped to a framework `{name[:80]}`",
            help=did_you_mean(name, known, otherwise=f"use one of {', '.join(sorted(known))}"),
            code="unknown-framework",
        )
    dossiers = [read_dossier(system, model, use_case)] if use_case else read_dossiers(system, model).values()
    surveyed = survey(assessed(model, dossiers), controls, name, framework.ids)
    return framework_controls(name, framework, surveyed, controls)
