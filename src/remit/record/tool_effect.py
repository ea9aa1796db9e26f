"""An effect: one call of a tool as it is begun, known or unknown; and the run that it belongs to.

They lie beside the ledger: what was begun must be on disk before the target is asked, and what is counted
must be counted in the same step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

EffectState = Literal["begun", "completed", "failed", "unknown"]
"""How an effect stands. `begun`: its target may be working on it, or whoever asked has ended. `unknown`:
nobody can say whether it was done, and a person has to find out."""

Ended = Literal["completed", "failed", "unknown"]

BEGUN: tuple[EffectState, ...] = ("begun",)
UNKNOWN: tuple[EffectState, ...] = ("unknown",)
OPEN: tuple[EffectState, ...] = (*BEGUN, *UNKNOWN)


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run of an agent, of one use case and one key. `learned` is how many steps it has learned from."""

    id: str
    use_case: str
    key: str
    began: datetime
    agent: str = ""
    parent: str = ""
    reference: str = ""
    ended: datetime | None = None
    learned: int = 0
    actor: str = ""
    """Whom it works for, as a keyed hash; empty where nobody is named."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One call of a tool that its target is asked for under a claim.

    `step` is the caller's name for it, `meant` the digest of what an approval would cover, and `same` one of
    the tool and its arguments alone, by which doing it again is known, in a run or for a `reference`.
    `approval` is the request whose consent it uses up. `holder` is the worker that began it. `entry` is the
    ledger's entry for it as far as it is known, of which `is_told` says whether it was written. `durable`
    says whether it must be on disk before its target is asked, as all that changes something must. `times`
    is how often the deed was done when it was decided on, where that decides; it is not kept.
    """

    claim: str
    run: str
    use_case: str
    key: str
    tool: str
    holder: str
    began: datetime
    meant: str
    same: str
    entry: bytes
    step: str = ""
    reference: str = ""
    approval: str = ""
    state: EffectState = "begun"
    ended: datetime | None = None
    is_told: bool = False
    durable: bool = True
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a call counts for: of one tool, in scopes, with marks in the place of targets and records."""

    tool: str
    scopes: tuple[str, ...]
    money: Decimal
    targets: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


class Brought(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a tool gave, as the run got it; kept so that the same step gives the same."""

    text: str = ""
    fields: Any = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits for a person: the request, and what it would be given, as JSON."""

    request: str
    run: str
    meant: str
    tool: str
    arguments: bytes
    at: datetime
