"""Entries of calls: what was held and used for each, how it ended, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypedDict, Unpack

import msgspec

from remit.declare.guardrail import Handling
from remit.declare.price import Lacking, Rates
from remit.enforce.answer import StopReason
from remit.enforce.decision import Decision
from remit.enforce.guardrail.assess import Units
from remit.enforce.guardrail.noted import Noted
from remit.enforce.guardrail.trust import Side
from remit.kernel.money import ZERO
from remit.kernel.usage import Usage
from remit.record.entry import Entry

Settlement = Literal["post", "void"]
Status = Literal["completed", "hung_up", "failed", "interrupted", "blocked"]
"""How a call ended; `blocked` is that a guardrail stopped it, before its model was asked or after."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose call it was, and under which version of the operating model.

    `model` served it, or would have. `asked` is what was asked for where that is another one: a route, or a
    model in whose place a budget had this one serve.
    `user` is a keyed hash of whom the caller said it was for, different in each use case. `arm` is the arm of
    a study that its reference is in, as `STUDY:treated` or `STUDY:control`.
    """

    key: str
    use_case: str
    unit: str
    stage: str
    model: str
    model_version: int
    remit: str
    agent: str = ""
    asked: str = ""
    user: str = ""
    arm: str = ""


Operation = Literal["chat", "embeddings"]
"""What a model is asked to do, in the words of OpenTelemetry's `gen_ai.operation.name`."""


EVALUATION_RUN = "evaluation-"
"""What the runs of evaluations begin with; their calls are nobody's work."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a call came in: its wire format, what it asks for, and what its caller ties it to.

    `run` is the caller's name for the agent's run that the call belongs to, `trace` the caller's span as the
    header `traceparent` has it. `asked_digest` is one of what was asked, keyed for the use case: who has the
    text can show that it is the same, and nobody can guess it.

    `prefix` has digests of the beginnings of the prompt, 8 bytes each in base64url, keyed likewise: after its
    first 2,048 bytes, its first 4,096, and so on; `enforce/prefix.py` says which. `prompt_bytes` is how long
    the prompt is. A shorter prompt, and one of a model that judges, has neither.

    `place_digests` has digests of the prompt up to where a cache point may stand, likewise and in this order:
    up to the end of its tools, of its system message, of what was said before the last answer in it, and of
    all of it. `tools_bytes`, `system_bytes` and `before_bytes` say how long it is up to there; where one of
    them is 0 there is no such place, or it comes within the first 2,048 bytes, and its digest is left out.
    """

    wire: str = ""
    operation: Operation = "chat"
    run: str = ""
    trace: str = ""
    asked_digest: str = ""
    prefix: str = ""
    prompt_bytes: int = 0
    tools_bytes: int = 0
    system_bytes: int = 0
    before_bytes: int = 0
    place_digests: str = ""

    @property
    def evaluates(self) -> bool:
        """Say whether the call was made to evaluate."""
        return self.run.startswith(EVALUATION_RUN)


class Hold(Entry, frozen=True, kw_only=True, tag="hold"):
    """Money reserved before a call; `id` is the call's. It ends with the call's own entry.

    A call of a batch names the batch and the line of its input file. `hedge_of` is the call beside which this
    one asks the same, in case it answers sooner; `judges` is the call whose text this one's model judges.
    `guardrails` are those that it passes, each with who asks for it, and `findings` what they found in its
    input. `tier` is the service tier that is asked for, if not the default one; `rates` are all that the call
    may be priced with.
    """

    purpose: Purpose
    provider: str
    simulated: bool
    accounts: tuple[str, ...]
    amount: Decimal
    currency: str
    rates: Rates
    input_tokens_estimate: int
    output_tokens_max: int
    streamed: bool = False
    policies_noted: tuple[str, ...] = ()
    prompt_block: str = ""
    batch: str = ""
    batch_line: int = 0
    hedge_of: str = ""
    judges: str = ""
    guardrails: Mapping[str, str] = {}
    findings: tuple[Noted, ...] = ()
    origin: Origin = Origin()
    tier: str = ""


class Mark(Entry, frozen=True, kw_only=True, tag="mark"):
    """That a stream may have released up to so many output tokens; `id` is the call's.

    Written before the tokens leave, at each doubling, so that after a crash a call is charged for at least
    what was released and for less than twice of it.
    """

    output_tokens: int


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at a model that failed before anything came back, so that it cost nothing that is known of."""

    model: str
    provider: str
    fault: str
    took_ms: int


class Call(Entry, frozen=True, kw_only=True, tag="call"):
    """One call through the gateway, settled: its usage, its charge, and how it ended.

    `policies_noted` are policies in `log_only` mode that would have refused it.
    `prompt_block` is the exact address of the prompt block that was called, if one was. `attempts` are the
    tries that failed before the one that counts, the earliest first. A call of a batch names the batch and
    the line of its input file. One with `hedge_of` asked the same beside that call, and was not needed.
    One that `judges` had a model judge a text of that call, and passed no guardrails itself.

    `cached` is the id of the call whose kept answer was given again; then no provider was asked, nothing was
    used, held or charged, and `saved` is what that call's usage costs at these rates.

    `guardrails` are those that it had to pass, each with the layer that asked for it, or `request`, and
    `findings` what they found on its way to the model and back.

    `charge` is what the contracted rates make it. `list_charge` is what the list rates do, where the price
    has some, else there is none. `given_digest` is one of the words that came back and passed the guardrails,
    before what they masked is put back, keyed as that of what was asked; `tier` is the service tier in which
    the provider says that it served. `unpriced` is what the call used that its price has no rates of its own
    for; it is charged at the dearest that is known, and listed until somebody adjusts it.
    `output_tokens_max` is how long the answer could have been; entries that do not say it have none.
    """

    purpose: Purpose
    provider: str
    simulated: bool
    served_model: str
    streamed: bool
    status: Status
    settlement: Settlement
    usage: Usage
    usage_estimated: bool = False
    accounts: tuple[str, ...]
    held: Decimal
    charge: Decimal
    currency: str
    rates: Rates
    began: datetime
    latency_ms: int
    first_token_ms: int | None = None
    stop_reason: StopReason | None = None
    fault: str | None = None
    reference: str | None = None
    policies_noted: tuple[str, ...] = ()
    prompt_block: str = ""
    attempts: tuple[Attempt, ...] = ()
    batch: str = ""
    batch_line: int = 0
    hedge_of: str = ""
    judges: str = ""
    cached: str = ""
    saved: Decimal = ZERO
    guardrails: Mapping[str, str] = {}
    findings: tuple[Noted, ...] = ()
    origin: Origin = Origin()
    list_charge: Decimal | None = None
    given_digest: str = ""
    tier: str = ""
    unpriced: tuple[Lacking, ...] = ()
    output_tokens_max: int = 0


_MILLISECOND = timedelta(milliseconds=1)


def took_ms(began: datetime, now: datetime) -> int:
    """Say how long something took in whole milliseconds; a clock that was set back makes it none."""
    return max(0, (now - began) // _MILLISECOND)


class Ending(TypedDict, total=False):
    """What is known only when a call has ended, as its entry has it."""

    served_model: str
    first_token_ms: int | None
    stop_reason: StopReason | None
    fault: str | None
    reference: str | None
    attempts: tuple[Attempt, ...]
    cached: str
    saved: Decimal
    given_digest: str


def call_of(
    hold: Hold,
    *,
    at: datetime,
    status: Status,
    usage: Usage,
    estimated: bool = False,
    found: tuple[Noted, ...] = (),
    held: bool = True,
    tier: str = "",
    **ending: Unpack[Ending],
) -> Call:
    """Write the entry that a hold ends in, however its call ended, with what was `found` in its answer.

    It is charged what its rates make of its usage. A call that never `held` anything was given a kept answer,
    or was stopped on its way to a model.
    """
    rates, unpriced = hold.rates.settle(usage, tier, asked=hold.tier)
    charge = rates.cost(usage)
    return Call(
        at=at,
        status=status,
        settlement="post" if charge else "void",
        usage=usage,
        usage_estimated=estimated,
        accounts=hold.accounts if held else (),
        held=hold.amount if held else ZERO,
        charge=charge,
        began=hold.at,
        latency_ms=took_ms(hold.at, at),
        rates=rates,
        list_charge=None if rates.list is None else rates.list_cost(usage),
        tier=tier,
        unpriced=unpriced,
        findings=(*hold.findings, *found) if found else hold.findings,
        **({"served_model": ""} | ending),
        **{name: getattr(hold, name) for name in _KEPT},
    )


_KEPT = (
    *("id", "purpose", "provider", "simulated", "streamed", "currency", "policies_noted"),
    *("prompt_block", "batch", "batch_line", "hedge_of", "judges", "guardrails", "origin"),
    "output_tokens_max",
)
"""What a call's entry says as its hold did."""


class Refusal(Entry, frozen=True, kw_only=True, tag="refusal"):
    """A call that was refused before it cost anything.

    Refusals of unknown keys have no purpose, and a burst of them is one entry: `repeated` counts those that
    came since the last one and were not written singly. `findings` are those of the guardrail that stopped
    what has no words for an answer. With `judges` it was no caller's: a model was not asked to judge a text
    of that call.
    """

    decision: Decision
    purpose: Purpose | None = None
    repeated: int = 0
    findings: tuple[Noted, ...] = ()
    judges: str = ""


class GuardrailCheck(Entry, frozen=True, kw_only=True, tag="guardrail_check"):
    """That guardrails read a text that no model was asked about, as an application asked them to.

    `purpose` names no model. `side` is what the application said the text was, `action` what became of it.
    `guardrails` are those that read it, each with the layer that asked for it, or `request`; `units` are the
    text units of all of them together, and `characters` how long it was. It is free of charge; what
    guardrails by others cost for it has entries of its own, which name it.

    With `judges` it was a text of that call, and guardrails of others that it does not wait for read it
    beside it; then there is an entry only if they found something.
    """

    purpose: Purpose
    side: Side
    action: Handling
    guardrails: Mapping[str, str]
    findings: tuple[Noted, ...] = ()
    units: Units
    characters: int
    latency_ms: int
    reference: str | None = None
    judges: str = ""
