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
    basis: Prose
    since: Day | None = None


class History(Declared):
    """Dates of a use case's life before it was declared here."""

    initiated: Day | None = None
    developed: Day | None = None
    implemented: Day | None = None
    retired: Day | None = None


class Origin(Declared):
    """Where an imported use case was read, so that nothing of the source is lost."""

    file: Title
    row: Count


class UseCase(Declared):
    """What is wanted of a model, by whom, and who bears the risk."""

    name: Title
    unit: Id
    purpose: Prose
    outputs: Prose | None = None
    owner: Contact | None = None
    risk_owner: Contact | None = None
    data_class: DataClass = "internal"
    personal_data: Truth | None = None
    blocks: tuple[BlockAddress, ...] = ()
    labels: dict[Word, Title] = {}
    adoption: Adoption | None = None
    history: History = History()
    origin: Origin | None = None
    remit: RemitLayer = RemitLayer()
