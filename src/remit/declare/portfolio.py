"""How the organisation chooses: what counts for a use case's rank, and what there is to share out."""

from __future__ import annotations

from decimal import Decimal

from remit.declare.block import Portion
from remit.declare.cost import Economics
from remit.declare.declared import Amount, BlockAddress, Count, Declared, Id, Rate
from remit.declare.gate import RiskTier
from remit.declare.grade import Grade
from remit.declare.needs import Needs
from remit.declare.organisation import StageName
from remit.declare.ranking import Method, Objective


class Weights(Declared):
    """How much each criterion counts; only their proportions matter. The first four are of value, the others
    of feasibility."""

    value: Rate = Decimal("0.20")
    """The judgement of how much it would bring."""
    money: Rate = Decimal("0.10")
    """What its outcomes are declared to be worth in a year."""
    strategic_fit: Rate = Decimal("0.15")
    """How well it serves what the organisation wants."""
    reuse: Rate = Decimal("0.05")
    """How many other use cases share what it stands on."""
    feasibility: Rate = Decimal("0.15")
    """How likely it is to work."""
    data_maturity: Rate = Decimal("0.20")
    """How good and ready the data is."""
    readiness: Rate = Decimal("0.08")
    """How ready the people and the sponsor are."""
    process_disruption: Rate = Decimal("0.07")
    """How little it upsets the way people work."""


class Confidences(Declared):
    """Which part of a value counts, by how well it is supported."""

    claimed: Portion = Decimal("0.5")
    """Nobody has measured it."""
    before_after: Portion = Decimal("0.7")
    """It was measured before and after, which other causes can explain."""
    quasi_experiment: Portion = Decimal("0.9")
    """It was held against others that it was not given to."""
    experiment: Portion = Decimal("1")
    """Chance decided who got it."""

    def of(self, grade: Grade) -> Decimal:
        found: Decimal = getattr(self, grade)
        return found


class RiskAppetite(Declared):
    """How much of what is chosen may be in one risk tier."""

    count_max: Count | None = None
    """At most so many use cases."""
    value_share_max: Portion | None = None
    """At most this share of the value that is chosen, from 0 to 1."""


class Portfolio(Declared):
    """By what use cases are ranked, and what there is of money, time and risk to choose within."""

    method: Method = "weighted"
    """How the rank is worked out."""
    objective: Objective = "score"
    """What a selection makes the most of: the score, or the money that outcomes are declared to be worth."""
    weights: Weights = Weights()
    """How much each criterion counts."""
    confidences: Confidences = Confidences()
    """Which part of a value counts, by how well it is supported."""
    concentration: Count = 50
    """How near other weights lie to these where the firmness of ranks is tried; more is nearer."""
    stated_min: Portion = Decimal("0.6")
    """The share of the weights whose criteria must be stated for a use case to be ranked among the others."""
    money_at_five: Amount | None = None
    """The worth of a year that counts as 5 of 5; left out, the largest that any use case declares."""
    budgets: tuple[Amount, ...] = ()
    """The money of each period, from the next one on; with none, money is not limited."""
    capacity: dict[Id, tuple[Rate, ...]] = {}
    """By skill, the capacity of each period, in a unit of your own, such as weeks of one person."""
    work_in_progress_max: dict[StageName, Count] = {}
    """By stage, how many use cases may be worked on at once."""
    risk_appetite: dict[RiskTier, RiskAppetite] = {}
    """By risk tier, how much of what is chosen may be in it."""
    shared: dict[BlockAddress, Needs] = {}
    """Blocks that are still to be built, and what that takes; it is paid once, however many stand on them."""
    economics: Economics = Economics()
    """Over how long and at what rate money is counted, and what all use cases share."""
