"""A scenario: what if there were more or less to choose within, or other use cases to choose from."""

from __future__ import annotations

from pydantic import ValidationError

from remit.declare.declared import Amount, Count, Declared, Id, Rate, Title
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.gate import RiskTier
from remit.declare.organisation import StageName
from remit.declare.portfolio import RiskAppetite, Weights
from remit.declare.text import read
from remit.kernel.diagnostic import Diagnostic, in_order


class Scenario(Declared):
    """What is otherwise than declared. What is left out stays as it is."""

    name: Title
    """What it is called."""
    budgets: tuple[Amount, ...] | None = None
    """The money of each period, in place of what is declared."""
    capacity: dict[Id, tuple[Rate, ...]] = {}
    """By skill, the capacity of each period, in place of what is declared for that skill."""
    work_in_progress_max: dict[StageName, Count] = {}
    """By stage, how many may be worked on at once, in place of what is declared for that stage."""
    risk_appetite: dict[RiskTier, RiskAppetite] = {}
    """By risk tier, how much may be in it, in place of what is declared for that tier."""
    weights: Weights | None = None
    """How much each criterion counts."""
    mandatory: tuple[Id, ...] = ()
    """Use cases that must be done."""
    without: tuple[Id, ...] = ()
    """Use cases that are not there to choose."""
    cost_factor: Rate | None = None
    """How much of its declared cost everything costs, such as `1.2`."""


def read_scenario(text: str, file: str) -> tuple[Scenario | None, tuple[Diagnostic, ...]]:
    """Read a scenario, or find every fault in it at once."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return None, in_order(diagnostics)
    if not isinstance(tree, dict) or set(tree) != {"scenario"}:
        help = "begin with `scenario:`, indent its fields below it, and write nothing else"
        faults = [Fault(file, (), "not-a-scenario", "the file is not a scenario", help)]
        return None, in_order(in_place(faults, {file: text}))
    try:
        return Scenario.model_validate(tree["scenario"]), ()
    except ValidationError as error:
        faults = list(faults_in(error, file, ("scenario",), kind=Scenario))
        return None, in_order(in_place(faults, {file: text}))
