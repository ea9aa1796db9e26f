"""Entries of a use case's dossier: what was shown of it, what it was tried on, and what came of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from remit.record.entry import Entry


class Evidence(Entry, frozen=True, kw_only=True, tag="evidence"):
    """A fact that somebody gives: an attestation, or what a study of value found.

    It is about a use case, or about a unit or the whole organisation where `use_case` is empty. `about` are
    the addresses that it speaks to: `gate/STAGE/CRITERION`, `control/ID` or `maturity/ID`. A measured fact
    has a `measure` and a `value`, with the interval `low` to `high` that holds it with the probability
    `sure`.

    It is from the day `shown` and counts until the end of `expires`. `link` says where it is written, and
    `digest` is the SHA-256 of a file whose name is `file`. `withdraws` is the id of evidence that it takes
    back; then it shows nothing itself. `owner` answers for it.
    """

    use_case: str = ""
    unit: str = ""
    source: Literal["attestation", "value_study"]
    about: tuple[str, ...] = ()
    measure: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    sure: Decimal | None = None
    shown: date
    expires: date | None = None
    statement: str = ""
    link: str = ""
    file: str = ""
    digest: str = ""
    simulated: bool = False
    withdraws: str = ""
    owner: str
    author: str


class Scored(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one release did on the cases of an evaluation.

    A release is a prompt, a model and parameters as one; `release` is the digest of the three. Of `cases`,
    `passed` were passed; `refused` were not let through and `failed` ended without an answer, and neither is
    passed. `scorers` counts the cases passed by each scorer. `charge` is what its calls cost. Of
    `given` cases the data set brought the answer, and no call made it.
    """

    release: str
    model: str
    prompt_block: str = ""
    parameters: Mapping[str, str] = {}
    cases: int = 0
    passed: int = 0
    refused: int = 0
    failed: int = 0
    scorers: Mapping[str, int] = {}
    charge: Decimal = Decimal(0)
    latency_ms_p50: int = 0
    latency_ms_p95: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    given: int = 0
    simulated: bool = False


class Guarded(msgspec.Struct, frozen=True, omit_defaults=True):
    """A guardrail that calls passed: the exact block, the SHA-256 of what it says, the least strengths."""

    address: str
    digest: str
    floors: Mapping[str, str] = {}


class Evaluation(Entry, frozen=True, kw_only=True, tag="evaluation"):
    """That releases were tried on a data set, or on a sample of live calls, and how they did.

    `measure` is what the share of passed cases means: `pass_rate`, or for an adversarial set
    `attack_success_rate`, where a case that is not passed is an attack that succeeded. `dataset_digest` is
    the SHA-256 of the data set, and `details` names a stored text with the outcome of every case, by the
    case's own id and without a word of it. `guardrails` are those that its calls passed. `judges` are the
    blocks of the models that judged, and `judge_charge` is what they cost. `run` is what the calls carry, so
    that they are found. `left_out` cases of the data set had not ended when it did.
    """

    use_case: str
    measure: Literal["pass_rate", "attack_success_rate"]
    dataset: str
    dataset_digest: str
    live: bool = False
    stage: str
    model_version: int
    run: str = ""
    began: datetime
    results: tuple[Scored, ...]
    guardrails: tuple[Guarded, ...] = ()
    judges: tuple[str, ...] = ()
    judge_charge: Decimal = Decimal(0)
    details: str = ""
    left_out: int = 0
    currency: str
    author: str


CriterionStatus = Literal["met", "not_met", "stale", "missing", "waived"]
"""How a criterion stands: shown, shown not to be so, shown too long ago, not shown, or waived for a time."""


class Shown(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one criterion stood at a review, and by which entries.

    `value` and `sure` are what was measured, and how sure one could be that it meets the threshold. `at` is
    when the evidence is from; what comes from roll-ups of calls has no entries of its own.
    """

    id: str
    status: CriterionStatus
    threshold: str
    value: Decimal | None = None
    sure: Decimal | None = None
    at: datetime | None = None
    entries: tuple[str, ...] = ()


class GateReview(Entry, frozen=True, kw_only=True, tag="gate_review"):
    """That a gate was reviewed, on which evidence, and what came of it.

    `stage` is where the use case was and `into` the stage that the gate leads to. `proceed` moves it there,
    `pivot` lets it try again from the stage where it is or an earlier one, and `halt` ends it; the stage
    change of the same write says which stage that is. `by_policy` is set where the fast lane passed it, or
    where what people had waived was met, and their consents stand.

    INVARIANT: `shown` is the whole gate as it stood: every criterion that it asks of this use case, and every
    kill criterion under `kill/ID`, and what parks it under `park/ID`. `gate` is the digest of the gate's
    declaration. `request`, `approvals` and `waivers` are ids. It is `simulated` where some of what
    was shown was.
    """

    use_case: str
    stage: str
    into: str
    outcome: Literal["proceed", "pivot", "halt"]
    by_policy: bool = False
    tier: str
    gate: str
    model_version: int
    shown: tuple[Shown, ...]
    request: str = ""
    approvals: tuple[str, ...] = ()
    waivers: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    simulated: bool = False
    reason: str
    author: str


class Waiver(Entry, frozen=True, kw_only=True, tag="waiver"):
    """That a criterion need not be met for a time, and who bears what remains of the risk.

    It counts until the end of the day `expires`; the stage that was entered with it ends then as well. With
    `revoked` it takes back the waiver of that id.
    """

    use_case: str
    into: str
    criterion: str
    residual_risk: str = ""
    accepted_by: str
    role: str
    tier: str
    expires: date
    request: str = ""
    revoked: str = ""
    author: str
