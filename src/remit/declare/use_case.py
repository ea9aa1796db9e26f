"""The use case: one purpose, owned by one unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer
from pydantic import PlainValidator as Reads

from remit.declare.cost import Cost
from remit.declare.declared import (
    Agency,
    Amount,
    Autonomy,
    BlockAddress,
    Contact,
    Count,
    DataClass,
    Day,
    Declared,
    Id,
    Prose,
    Region,
    RiskTier,
    Title,
    Truth,
    Word,
    whole,
)
from remit.declare.economy import Economy
from remit.declare.needs import UseCaseNeeds
from remit.declare.organisation import CallKind, RetentionDays, StageName
from remit.declare.prompt_cache import CachePoints
from remit.declare.remit_layer import RemitLayer
from remit.declare.sunset import SunsetRule
from remit.kernel.money import canonical


def _score(value: Any) -> int:
    score = int(whole(value))
    if score > 5:
        raise ValueError("write a whole number from 0 to 5")
    return score


def _decimal(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", value):
        raise ValueError("write a decimal number, such as `42` or `0.85`")
    return Decimal(value)


Score = Annotated[int, Reads(_score)]
"""A whole number from 0 to 5."""

Figure = Annotated[Decimal, Reads(_decimal), PlainSerializer(canonical, return_type=str)]
"""A decimal number, such as `42` or `-0.85`."""

AiActArea = Literal[
    "biometrics",
    "critical_infrastructure",
    "education",
    "employment",
    "essential_services",
    "law_enforcement",
    "migration",
    "justice",
    "none",
]
"""An area of Annex III of the EU AI Act; `none` says that it is in none of them."""

Practice = Literal[
    "manipulation",
    "exploiting_vulnerability",
    "social_scoring",
    "predicting_crime_by_profile",
    "scraping_faces",
    "emotions_at_work_or_school",
    "sorting_by_biometrics",
    "live_biometric_identification",
    "intimate_images_without_consent",
    "child_abuse_images",
]
"""A practice of Article 5 of the EU AI Act that somebody sees in it; whether it is one, counsel says."""

Exemption = Literal[
    "narrow_task", "improves_finished_work", "detects_deviations_without_deciding", "prepares_an_assessment"
]
"""A ground of Article 6(3) of the EU AI Act on which a system in an area of Annex III may be exempt."""

Link = Literal["technical", "operational", "business"]
"""Where a metric stands in the chain: how the model does, how work goes, or what it is worth."""

OutcomeKind = Literal[
    "operational_efficiency", "productivity", "customer_experience", "revenue", "risk_reduced"
]
"""Of which kind a result is."""

ServedIn = Literal["flex", "priority"]
"""A slower service that is cheaper, or a faster one that is dearer."""

Impact = Literal["neither", "rights", "safety", "both"]
"""Whether what it does can touch people's rights or safety."""


class Adoption(Declared):
    """That a use case already ran before it was declared here, and at which stage.

    It counts once, when the use case is applied for the first time; from then on only a gate review moves
    the stage. The ledger marks the stage as adopted, not reviewed.
    """

    stage: StageName
    """The stage that it was at."""
    basis: Prose
    """Why it may be at that stage: who allowed it, and where that is written."""
    since: Day | None = None
    """Since when it was; left out, since the day on which it is first applied."""


Moment = Literal["initiated", "developed", "implemented", "retired"]
"""A moment of a use case's life, as in its `history`."""


class History(Declared):
    """Dates of a use case's life before it was declared here."""

    initiated: Day | None = None
    """When work on it began."""
    developed: Day | None = None
    """When it was built."""
    implemented: Day | None = None
    """When it went into use."""
    retired: Day | None = None
    """When it was ended."""
    doubtful: dict[Moment, Day] = {}
    """Of these, what was reported and cannot be true, such as a year typed into a cell for dates. It counts
    only in cycle times as reported."""


class Origin(Declared):
    """Where an imported use case was read, so that nothing of the source is lost."""

    file: Title
    """The name of the file it was read from."""
    row: Count
    """The row of that file, counted from 1."""


class Chain(Declared):
    """From what the organisation wants to what is measured, one sentence each."""

    objective: Prose
    """What the organisation wants to become or reach."""
    goal: Prose
    """What shall be true, and by when."""
    strategy: Prose
    """How this use case brings it about."""
    measure: Prose
    """How it will show; the outcome metrics say it in figures."""


class OutcomeMetric(Declared):
    """A business result that is measured, and what it is worth."""

    name: Title
    """What is measured."""
    unit: Title
    """What it is counted in, such as `minute` or `percent`."""
    direction: Literal["up", "down"]
    """Whether more or less of it is better."""
    baseline: Figure | None = None
    """What it was before, measured."""
    target: Figure | None = None
    """What it shall become."""
    value_of_one: Amount | None = None
    """What one unit of improvement is worth, once."""
    volume_per_year: Count | None = None
    """How often it happens in a year."""
    lowest: Figure | None = None
    """The lowest value that one outcome can have; what lies below is refused as a mistake."""
    highest: Figure | None = None
    """The highest value that one outcome can have; what lies above is refused as a mistake."""
    since: Day | None = None
    """The first day of which outcomes are taken; left out, 2000-01-01."""
    low_case: Figure | None = None
    """What it may become if things go badly; between the baseline and the target, or worse than both."""
    high_case: Figure | None = None
    """What it may become if things go well."""
    kind: OutcomeKind | None = None
    """Of which kind it is."""
    link: Link | None = None
    """Where it stands in the chain from the model to the business."""
    drives: Id | None = None
    """The metric of the same use case that moves with it, the next in the chain."""
    moves: Figure | None = None
    """By how much what it drives moves where it moves by one, which nobody measured: an assumption."""


class Scores(Declared):
    """Judgements from 0 to 5, for ranking; each is a claim until it is measured."""

    value: Score | None = None
    """How much it would bring."""
    feasibility: Score | None = None
    """How likely it is to work."""
    data_maturity: Score | None = None
    """How good and ready the data is."""
    process_disruption: Score | None = None
    """How much it upsets the way people work; 5 is most."""
    strategic_fit: Score | None = None
    """How well it serves what the organisation wants."""
    readiness: Score | None = None
    """How ready the people and the sponsor are."""


class AiActFacts(Declared):
    """Facts that the EU AI Act asks about; they are not a legal conclusion."""

    role: Literal["provider", "deployer"] | None = None
    """Whether the organisation offers the system to others or uses it itself."""
    people_interact: Truth | None = None
    """Whether people talk to it directly."""
    generates_content: Truth | None = None
    """Whether it makes text, images, sound or video that others see."""
    decides_on_people: Truth | None = None
    """Whether it decides on people, or prepares such decisions."""
    area: AiActArea | None = None
    """The area of Annex III that it falls in, or `none`."""
    profiles_people: Truth | None = None
    """Whether it makes profiles of people."""
    safety_component: Truth | None = None
    """Whether a product's safety depends on it."""
    in_union: Truth | None = None
    """Whether it, or what it answers, is used in the European Union."""
    practices: tuple[Practice, ...] = ()
    """Practices of Article 5 that somebody sees in it."""
    exemption: Exemption | None = None
    """The ground of Article 6(3) that somebody claims, if it falls in an area of Annex III."""
    public_body: Truth | None = None
    """Whether a public authority, or who provides a public service, uses it."""
    general_purpose: Literal["none", "model", "systemic"] | None = None
    """Whether the organisation itself offers the model to others as one of general purpose, and how large."""
    on_market_since: Day | None = None
    """Since when it has been on the market or in use, for rules that spare what was there before."""


class UseCase(Declared):
    """What is wanted of a model, by whom, and who bears the risk."""

    name: Title
    """What people call it."""
    unit: Id
    """The one unit that owns it."""
    problem: Prose | None = None
    """What is wrong today, and for whom."""
    purpose: Prose
    """What gets better, and for whom."""
    outputs: Prose | None = None
    """What the model's answers are used for."""
    owner: Contact | None = None
    """Who answers for it; without one, the nearest lead above it does."""
    risk_owner: Contact | None = None
    """Who answers for its risk."""
    data_class: DataClass = "internal"
    """The most sensitive data that it handles."""
    personal_data: Truth | None = None
    """Whether it handles data about people."""
    impact: Impact | None = None
    """Whether what it does can touch people's rights or safety."""
    risk_tier_min: RiskTier | None = None
    """The lowest risk tier that it may have; its facts can only raise it."""
    regions: tuple[Region, ...] = ()
    """Where its data comes from or must stay."""
    chain: Chain | None = None
    """From the organisation's objective to the measure."""
    outcomes: dict[Id, OutcomeMetric] = {}
    """The business results that it shall bring, by id."""
    costs: dict[Id, Cost] = {}
    """What it costs beside its calls, by id."""
    scores: Scores = Scores()
    """Judgements for ranking it."""
    needs: UseCaseNeeds | None = None
    """What it takes; without it, it is ranked and cannot be chosen in a selection."""
    agency: Agency = "none"
    """What its agents touch."""
    autonomy: Autonomy = "none"
    """How much its agents do by themselves."""
    ai_act: AiActFacts = AiActFacts()
    """Facts that the EU AI Act asks about."""
    blocks: tuple[BlockAddress, ...] = ()
    """The building blocks that it uses, for reading; what it may call stands in its remit."""
    distinct_from: dict[Id, Prose] = {}
    """Use cases that seem to do the same job, by id, and why this one does another."""
    labels: dict[Word, Title] = {}
    """Words of your own, to find it by."""
    ledger_retention_days: dict[CallKind, RetentionDays] = {}
    """For how many days the lake keeps what its entries say, in place of the organisation's number."""
    adoption: Adoption | None = None
    """For a use case that already ran: the stage that it begins at."""
    history: History = History()
    """Dates from before it was declared here."""
    origin: Origin | None = None
    """For an imported use case: where it was read."""
    sunset: dict[Id, SunsetRule] = {}
    """When it is due to be taken back or ended, beside the rules of its unit and the organisation."""
    economy: Economy = Economy()
    """How long its answers may take, and what may be given up for money."""
    prompt_cache: dict[BlockAddress, CachePoints] = {}
    """Where the gateway sets cache points for the provider's prompt cache, by model; one that is named
    without a version stands for its versions that are not named. Calls in batches get none."""
    service_tiers: dict[BlockAddress, ServedIn] = {}
    """In which service tier calls are made that ask for none, by model, named as under `prompt_cache`. Lines
    of batches are in none, and streams are not made in `flex`, since somebody watches them."""
    remit: RemitLayer = RemitLayer()
    """Its own layer: what it narrows for itself."""
