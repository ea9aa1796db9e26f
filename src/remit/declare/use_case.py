"""The use case: one purpose, owned by one unit."""

from __future__ import annotations

from remit.declare.declared import (
    BlockAddress,
    Contact,
    Count,
    DataClass,
    Day,
    Declared,
    Id,
    Prose,
    Title,
    Truth,
    Word,
)
from remit.declare.organisation import StageName
from remit.declare.remit_layer import RemitLayer


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


class Origin(Declared):
    """Where an imported use case was read, so that nothing of the source is lost."""

    file: Title
    """The name of the file it was read from."""
    row: Count
    """The row of that file, counted from 1."""


class UseCase(Declared):
    """What is wanted of a model, by whom, and who bears the risk."""

    name: Title
    """What people call it."""
    unit: Id
    """The one unit that owns it."""
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
    blocks: tuple[BlockAddress, ...] = ()
    """The building blocks that it uses, for reading; what it may call stands in its remit."""
    labels: dict[Word, Title] = {}
    """Words of your own, to find it by."""
    adoption: Adoption | None = None
    """For a use case that already ran: the stage that it begins at."""
    history: History = History()
    """Dates from before it was declared here."""
    origin: Origin | None = None
    """For an imported use case: where it was read."""
    remit: RemitLayer = RemitLayer()
    """Its own layer: what it narrows for itself."""
