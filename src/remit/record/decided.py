"""Entries of what people decide: models, stages, keys, findings, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from remit.kernel.money import ZERO
from remit.record.entry import Entry


class ChangedField(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of a changed declaration: its values as JSON, null where unset, `…` where too long."""

    path: str
    before: str | None = None
    after: str | None = None


class Changed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One declaration that was created, changed or retired; `more_fields` were too many to stand here."""

    action: Literal["create", "change", "retire"]
    address: str
    fields: tuple[ChangedField, ...] = ()
    more_fields: int = 0


class Apply(Entry, frozen=True, kw_only=True, tag="apply"):
    """That an operating model took effect. `digest` names the stored text, `previous` the one before it.

    `changes` says what is different, within bounds. Where that is not all, `plan` names a stored text with
    every change whole. `restores` is the version that a rollback went back to. Where it let use cases do more
    than anybody may alone, `request` is the id of what was asked, and `approvals` are those of the consents.
    """

    model_version: int
    digest: str
    author: str
    reason: str
    created: int
    changed: int
    removed: int
    previous: str = ""
    changes: tuple[Changed, ...] = ()
    plan: str = ""
    restores: int = 0
    request: str = ""
    approvals: tuple[str, ...] = ()


class StageChange(Entry, frozen=True, kw_only=True, tag="stage_change"):
    """That a use case entered a stage, and on what ground.

    `basis` is `declared` for a new use case (always `envision`), `adopted` for one that already ran, and
    `reviewed` where the gate review of the id `review` moved it. It is `narrowed` where it went back:
    somebody took it back for a `reason`, or what it stood on ended. Where nobody knows since when, `since` is
    the day of this entry and `since_known` is false.

    Where it stands on waivers, it lasts until `until`, and then it is at the stage `falls_to`, by itself and
    without another entry. An end waits for nothing: `left_open` are the criteria of the gate into `retired`
    that were not met then, and as `park/ID` those that spoke for waiting.
    """

    use_case: str
    stage: str
    since: date
    since_known: bool = True
    basis: Literal["declared", "adopted", "reviewed", "narrowed"]
    review: str = ""
    until: datetime | None = None
    falls_to: str = ""
    left_open: tuple[str, ...] = ()
    reason: str = ""
    author: str


class KeyChange(Entry, frozen=True, kw_only=True, tag="key_change"):
    """That a key was issued, revoked or rotated. `hash` is keyed; the key itself is nowhere.

    A key that an agent works with is bound to it: what `agent` says is the identity of every call. `models`
    and `networks` are what the key is for, where that is not all. One that was rotated ends when `expires`
    says, and `successor` is the key that takes its place.
    """

    change: Literal["issued", "revoked", "rotated"]
    key: str
    use_case: str
    author: str
    hash: str = ""
    expires: datetime | None = None
    agent: str = ""
    models: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    successor: str = ""


Verdict = Literal["false_positive", "confirmed"]
"""What a person says of a finding: that it is none, or that it is one."""


class FindingReview(Entry, frozen=True, kw_only=True, tag="finding_review"):
    """What a person said of a finding. Of one mark the last verdict holds, whoever's guardrail found it.

    `mark` is the keyed hash of the words that were found, by which calls from then on know them again;
    `guardrails` are those that had found them.
    """

    mark: str
    use_case: str
    type: str
    guardrails: tuple[str, ...]
    verdict: Verdict
    author: str
    reason: str


class KillSwitch(Entry, frozen=True, kw_only=True, tag="kill_switch"):
    """That calls are stopped at once, or may go on.

    `address` says whose: `all`, or a unit with all below it, a use case, an agent, a key, a model, or a
    provider. Of several entries for one address the last holds.
    """

    address: str
    on: bool
    author: str
    reason: str

    @property
    def use_case(self) -> str:
        """The use case that it is about; empty where it is about more, or less, than one."""
        kind, _, name = self.address.partition("/")
        return name if kind == "use-case" else ""


class Adjustment(Entry, frozen=True, kw_only=True, tag="adjustment"):
    """That past cost is corrected, or a cost that no call makes is added, without rewriting the past.

    It is known since `at` and holds for the days from `since` to `until`, both included. `amount` is added
    to what was charged, and is below zero where it lowers that. `use_case`, `unit`, `model`, `provider` and
    `key` are empty where it is not of one alone. `corrects` is an entry that it corrects, and `source` the
    digest of the bill that it was read from.

    `cost` says which of the FOCUS costs it changes: `billed` what is to be paid, `effective` what was used up
    of what was paid before, `both` where they are the same. `commitment` is the provider's id of the
    commitment that a purchase buys.
    """

    reason: Literal["discount", "price", "usage", "purchase", "credit", "tax", "rounding", "other"]
    note: str
    since: date
    until: date
    amount: Decimal
    currency: str
    cost: Literal["billed", "effective", "both"] = "both"
    use_case: str = ""
    unit: str = ""
    model: str = ""
    provider: str = ""
    key: str = ""
    corrects: str = ""
    source: str = ""
    commitment: str = ""
    author: str


class PeriodClosed(Entry, frozen=True, kw_only=True, tag="period_closed"):
    """That the costs of a period are as they were stated, and are not stated anew.

    `digest` is the SHA-256 of the statement, which a stored text of that name has whole. Of its `total`,
    `units` have what their own use cases cost and what stands idle with them, and `rest` belongs to none.
    `booked` is what units that pay for it are charged. It was closed `despite` what had no price where a
    reason is given, and `unpriced` counts that.
    """

    period: str
    since: date
    until: date
    digest: str
    total: Decimal
    currency: str
    units: Mapping[str, Decimal] = {}
    rest: Decimal = ZERO
    booked: Mapping[str, Decimal] = {}
    unpriced: int = 0
    despite: str = ""
    model_version: int
    author: str


@dataclass(frozen=True, slots=True)
class AdjustmentFilter:
    """Which adjustments to list: of any of the days from `since` to `until`, both included.

    Those `known` before an instant were written before it; `source` is the digest of a bill.
    """

    since: date = date.min
    until: date = date.max
    known: datetime | None = None
    source: str | None = None
