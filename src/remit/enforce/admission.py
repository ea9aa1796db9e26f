"""Admission: the one place where it is decided whether a call may go ahead, and what is held for it.

`RULES` are asked in order, `MODEL_RULES` among them, and the first refusal stands; then budgets, and last the
policies. Where only budgets that downgrade cannot cover a call, the same is asked of the models that may take
its model's place. Everything comes in as values, so that a decision can be made again from the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.block import ModelBlock, Price
from remit.declare.version import covers
from remit.enforce.account import Account
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.model_rules import Reach, may_call, refuse
from remit.enforce.policy import Ask, Parties, evaluate
from remit.enforce.remit import Remit
from remit.enforce.request import Request
from remit.enforce.spend import Spend
from remit.kernel.diagnostic import quoted
from remit.kernel.money import EXACT, ZERO, Money, canonical
from remit.kernel.period import window


@dataclass(frozen=True, slots=True)
class Held:
    """One budget's window that a call draws from."""

    account: str
    spend: Spend


def _nothing_to_ask(model: str) -> None:
    """Where no policies are declared."""


def _nothing_unsaid(block: ModelBlock, request: Request) -> str:
    """Where every provider can be told everything."""
    return ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at: what is asked, under which remit, when, and what is left.

    `request` names the model by the address of `block`; where `block` is None, as the caller did.
    """

    key: str
    agent: str
    remit: Remit
    stage_since: date
    request: Request
    block: ModelBlock | None
    now: datetime
    zone: ZoneInfo
    year_starts: int
    accounts: Mapping[str, Account]
    administrator: str
    parties: Callable[[str], Parties | None] = _nothing_to_ask
    """Who calls what, for the policies; None where no policy is declared."""
    unsaid: Callable[[ModelBlock, Request], str] = _nothing_unsaid
    """What a model's provider cannot be told of a request; it is never left out in silence."""
    streamed: bool = False
    key_models: tuple[str, ...] = ()
    """The only models that the key is for, by their names in a remit; all if there is none."""
    user: str = ""
    users: AbstractSet[str] = frozenset()
    """Whom the call is for, and who called for the use case this month, as pseudonyms."""


@dataclass(frozen=True, slots=True)
class Admission:
    """A permitted call: the model that serves it, its bounds, its price, and the worst case that is held.

    INVARIANT: a model that takes the asked one's place holds less than that one would have, because it fits
    in a budget that the asked one did not fit in.
    """

    model: str
    output_tokens_max: int
    input_tokens_max: int
    price: Price
    amount: Decimal
    held: tuple[Held, ...]
    policies_noted: tuple[str, ...] = ()
    """Policies that are only noted, and that would have refused the call."""


DOWNGRADES_MAX = 8
"""How many models are tried in the place of one."""

_UNUSED = Account()


def accounts_of(
    remit: Remit, *, key: str, agent: str, now: datetime, zone: ZoneInfo, year_starts: int
) -> tuple[Held, ...]:
    """Name the windows that a key's call draws from now, one for each budget that covers it."""
    found = []
    for spend in remit.spend or ():
        starts = window(spend.per, at=now, zone=zone, year_starts=year_starts).label
        account = spend.account(starts, key=key, agent=agent)
        if account is not None:
            found.append(Held(account, spend))
    return tuple(found)


Rule = Callable[[Facts], Decision]

Models = Callable[[str], tuple[str, ModelBlock | None]]
"""Finds what a model's name means: the exact address, and the block if there is one."""


def admit(facts: Facts, models: Models) -> Admission | Decision:
    """Decide on one call: what may be held for it on which model, or the first rule that refuses it.

    `models` finds those that may take the place of the asked one.
    """
    asked = _ask(facts)
    if isinstance(asked, Decision):
        return asked
    short = _short(facts, asked)
    if not short:
        return _ask_policies(facts, asked)
    refused = _exhausted(facts, asked, short)
    # A budget that denies does so whatever others say, or a layer more could let through what it refuses.
    if any(held.spend.on_breach == "deny" for held in short):
        return refused
    return _downgraded(facts, refused, models)


def _downgraded(facts: Facts, refused: Decision, models: Models) -> Admission | Decision:
    """Find the first model down the line that passes every rule and budget, or say which were tried."""
    tried: list[str] = []
    block = facts.block
    while block is not None and block.downgrade_to is not None and len(tried) < DOWNGRADES_MAX:
        name, block = models(block.downgrade_to)
        cheaper = replace(facts, request=msgspec.structs.replace(facts.request, model=name), block=block)
        found = _ask(cheaper)
        if isinstance(found, Admission) and not _short(cheaper, found):
            found = _ask_policies(cheaper, found)
            if isinstance(found, Admission):
                return found
        rule = found.rule if isinstance(found, Decision) else refused.rule
        tried.append(f"`{name.partition('/')[2]}` ({rule})")
    if not tried:
        return refused
    return msgspec.structs.replace(refused, help=f"{refused.help}; tried in its place: {', '.join(tried)}")


def reaches(facts: Facts) -> Decision:
    """Decide whether a model may be asked at all, however large the call and whatever is left to spend."""
    return _first(REACH, facts)


def _first(rules: tuple[Rule, ...], facts: Facts) -> Decision:
    for rule in rules:
        decision = rule(facts)
        if decision.effect == "deny":
            return decision
    return ALLOW


def _ask(facts: Facts) -> Admission | Decision:
    """Ask every rule but the budgets, and work out the worst case."""
    decision = _first(RULES, facts)
    if decision.effect == "deny":
        return decision
    assert facts.block is not None
    price = facts.block.price_at(facts.now.astimezone(facts.zone).date())
    assert price is not None
    asked = facts.request.output_tokens_max
    output = output_tokens_most(facts.remit, facts.block) if asked is None else asked
    amount = price.most(input_tokens=_input_tokens_max(facts), output_tokens=output)
    held = accounts_of(
        facts.remit,
        key=facts.key,
        agent=facts.agent,
        now=facts.now,
        zone=facts.zone,
        year_starts=facts.year_starts,
    )
    return Admission(facts.request.model, output, _input_tokens_max(facts), price, amount, held)


def _ask_policies(facts: Facts, admission: Admission) -> Admission | Decision:
    """Let policies forbid what the fields allow; they come last, so none can allow what a field refuses."""
    parties = facts.parties(admission.model)
    if parties is None:
        return admission
    ask = Ask(
        input_tokens_bound=admission.input_tokens_max,
        output_tokens=admission.output_tokens_max,
        amount=admission.amount,
        local=facts.now.astimezone(facts.zone),
        streamed=facts.streamed,
    )
    evaluation = evaluate(parties, ask)
    if evaluation.decision.effect == "deny":
        return evaluation.decision
    return replace(admission, policies_noted=evaluation.noted)


def _stage_allows_calls(facts: Facts) -> Decision:
    remit = facts.remit
    if remit.calls:
        return ALLOW
    summary = f"use case `{remit.use_case}` is at stage `{remit.stage}`, which allows no calls"
    if remit.calls is None:
        summary = f"no layer says that use case `{remit.use_case}` may call models"
    help = f"pass the gate to the next stage; `remit explain {remit.use_case}` shows what decides this"
    return refuse(facts, "calls", "stage-allows-no-calls", summary, help)


def _remit_is_current(facts: Facts) -> Decision:
    remit, today = facts.remit, facts.now.astimezone(facts.zone).date()
    if remit.expires is not None and today > remit.expires:
        summary = f"the remit of `{remit.use_case}` ended on {remit.expires}"
        return refuse(facts, "expires", "remit-expired", summary, "ask its owner for a later `expires`")
    box = remit.time_box_days
    if isinstance(box, int) and (today - facts.stage_since).days > box:
        last = facts.stage_since + timedelta(days=box)
        summary = f"`{remit.use_case}` has been at `{remit.stage}` longer than its time box; it ended {last}"
        help = "pass the gate to the next stage, or ask the owner for a longer `time_box_days`"
        return refuse(facts, "time_box_days", "remit-expired", summary, help)
    return ALLOW


def _key_is_for_model(facts: Facts) -> Decision:
    if not facts.key_models or covers(facts.key_models, facts.request.model):
        return ALLOW
    names = ", ".join(f"`{address.partition('/')[2]}`" for address in facts.key_models)
    return deny(
        "key-outside-models",
        f"key `{facts.key}` is not for model {quoted(facts.request.model.partition('/')[2])}",
        help=f"it is for {names}; use one of them, or another key",
        layer=f"use-case/{facts.remit.use_case}",
        owner=facts.administrator,
    )


def _model_may_be_called(facts: Facts) -> Decision:
    day = facts.now.astimezone(facts.zone).date()
    return may_call(Reach(facts.remit, facts.request.model, facts.block, day, facts.administrator))


def _can_be_expressed(facts: Facts) -> Decision:
    block, model = facts.block, facts.request.model
    assert block is not None
    unsaid = facts.unsaid(block, facts.request)
    if not unsaid:
        return ALLOW
    return deny(
        "cannot-be-expressed",
        f"`{model}` cannot be told {unsaid}",
        help="leave it out, or use a model whose provider takes it",
        layer=model,
        owner=block.owner or facts.administrator,
    )


def _users_fit(facts: Facts) -> Decision:
    limit, use_case = facts.remit.users_max, facts.remit.use_case
    if not isinstance(limit, int) or facts.user in facts.users:
        return ALLOW
    if not facts.user:
        summary = (
            f"`{use_case}` may have {limit:,} users in a month, and this call does not say whom it is for"
        )
        help = "send your own opaque id of the person as `x-remit-user`, or in the format's field for it"
        return refuse(facts, "users_max", "user-missing", summary, help)
    if len(facts.users) < limit:
        return ALLOW
    summary = f"`{use_case}` may have {limit:,} users in a month, and had as many before this one"
    help = "ask the owner to raise `users_max`, or wait for the next month"
    return refuse(facts, "users_max", "too-many-users", summary, help)


def _input_fits(facts: Facts) -> Decision:
    limit = facts.remit.input_tokens_max
    bound = _input_tokens_max(facts)
    if isinstance(limit, int) and bound > limit:
        summary = f"the input may be {bound} tokens and the remit allows {limit}"
        return refuse(facts, "input_tokens_max", "input-too-large", summary, "shorten the messages")
    return ALLOW


def _output_fits(facts: Facts) -> Decision:
    wanted, limit, block = facts.request.output_tokens_max, facts.remit.output_tokens_max, facts.block
    assert block is not None
    most = output_tokens_most(facts.remit, block)
    least = 1 if wanted is None else wanted
    if least <= most:
        return ALLOW
    summary = f"{least} output tokens were asked for and at most {most} are allowed"
    help = f"set `max_tokens` to {most} or less"
    if most == 0:
        summary = f"no output is allowed for `{facts.remit.use_case}` from `{facts.request.model}`"
        help = "ask the owner to raise `output_tokens_max`"
    if limit == most:
        return refuse(facts, "output_tokens_max", "output-too-large", summary, help)
    owner = block.owner or facts.administrator
    return deny("output-too-large", summary, help=help, layer=facts.request.model, owner=owner)


def _spend_is_stated(facts: Facts) -> Decision:
    if facts.remit.spend is not None:
        return ALLOW
    summary = f"no layer says what `{facts.remit.use_case}` may spend"
    help = "add `spend:` to the use case's or its unit's remit; no limit is written `unlimited`"
    return refuse(facts, "spend", "no-budget", summary, help)


def _input_tokens_max(facts: Facts) -> int:
    """The most tokens that the input can be: no model reads more than its context holds."""
    assert facts.block is not None
    return min(facts.request.input_tokens_bound, facts.block.context_tokens)


def output_tokens_most(remit: Remit, block: ModelBlock) -> int:
    """Find the most output that remit and model allow."""
    limit = remit.output_tokens_max
    return min(limit, block.output_tokens_max) if isinstance(limit, int) else block.output_tokens_max


def _available(facts: Facts, held: Held) -> Decimal:
    return facts.accounts.get(held.account, _UNUSED).available(held.spend.limit)


def _short(facts: Facts, admission: Admission) -> list[Held]:
    """List the budgets that cannot cover a call.

    Budgets that only warn are posted to like all others, and cover everything.
    """
    return [
        held
        for held in admission.held
        if held.spend.on_breach != "warn" and _available(facts, held) < admission.amount
    ]


def _exhausted(facts: Facts, admission: Admission, short: list[Held]) -> Decision:
    """Name the budget with the least left; what fits there fits all."""
    price, amount = admission.price, admission.amount
    tightest = min(short, key=lambda held: _available(facts, held))
    spend, currency, left = tightest.spend, facts.remit.currency, max(_available(facts, tightest), ZERO)
    input_most = price.most(input_tokens=admission.input_tokens_max, output_tokens=0)
    affordable = price.output_tokens_for(EXACT.subtract(left, input_most))
    help = "ask the budget's owner to raise it"
    if affordable > 0:
        help = f"set `max_tokens` to {affordable} or less, or {help}"
    layer = spend.pool.partition(":")[0]
    return deny(
        "budget-exhausted",
        f"budget `{spend.id}` has {canonical(left)} {currency} available and this call may cost "
        f"{Money(amount, currency)}",
        help=help,
        layer=layer,
        owner=spend.owner,
    )


REACH: tuple[Rule, ...] = (
    _stage_allows_calls,
    _remit_is_current,
    _key_is_for_model,
    _model_may_be_called,
    _can_be_expressed,
)
"""Whether a model may be asked at all, however large the call and whatever is left to spend."""

RULES = (*REACH, _users_fit, _input_fits, _output_fits, _spend_is_stated)
