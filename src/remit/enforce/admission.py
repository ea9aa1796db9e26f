"""Admission: the one place where it is decided whether a call may go ahead, and what is held for it.

`RULES` are asked in order, `MODEL_RULES` among them, and the first refusal stands; then rates, then budgets,
and last the policies. Where only budgets that downgrade cannot cover a call, the same is asked of the models
that may take its model's place. Everything comes in as values, so that a decision can be made again.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.price import ANY_TIER, DEFAULT_TIERS, Price
from remit.enforce.account import Account
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.facts import Facts, Grant, Held
from remit.enforce.grant import GRANT_RULES, Rule, first_refusal, grant, output_tokens_most
from remit.enforce.model_rules import refuse
from remit.enforce.policy import Ask, evaluate
from remit.enforce.pool import layer_of
from remit.enforce.rate import Meter, fullest, refusal, tokens_held
from remit.enforce.request import ModelRequest, Request
from remit.kernel.diagnostic import named
from remit.kernel.money import ZERO, Money, canonical


class Admission(msgspec.Struct, frozen=True):
    """A permitted call: the model that serves it, its bounds, its price, and the worst case that is held.

    INVARIANT: a model that takes the asked one's place holds less than that one would have, because it fits
    in a budget that the asked one did not fit in.
    """

    model: str
    output_tokens_max: int
    input_tokens_max: int
    amount: Decimal
    granted: Grant
    policies_noted: tuple[str, ...] = ()
    """Policies that are only noted, and that would have refused the call."""
    meters: tuple[Meter, ...] = ()
    tokens: int = 0
    """What counts towards the tokens a minute until the call ends."""

    tier: str = ""
    """The service tier that is asked for, if not the default one."""

    @property
    def price(self) -> Price:
        price = self.granted.price
        assert price is not None, "a model without a price is not granted"
        return price

    @property
    def held(self) -> tuple[Held, ...]:
        return self.granted.held


DOWNGRADES_MAX = 8
"""How many models are tried in the place of one."""

_UNUSED = Account()


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
        cheaper = msgspec.structs.replace(
            facts,
            request=msgspec.structs.replace(facts.request, model=name),
            block=block,
            granted=None,
            # It is declared for a model, and not for the one that takes its place.
            served_in="",
        )
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
    granted = _granted(facts)
    return _can_be_expressed(facts) if granted.decision.effect == "allow" else granted.decision


def _granted(facts: Facts) -> Grant:
    return grant(facts) if facts.granted is None else facts.granted


def _ask(facts: Facts) -> Admission | Decision:
    """Ask every rule but the budgets, and the rates, and work out the worst case."""
    granted = _granted(facts)
    if granted.decision.effect == "deny":
        return granted.decision
    decision = first_refusal(REQUEST_RULES, facts)
    if decision.effect == "deny":
        return decision
    request, price = facts.request, granted.price
    assert price is not None, "a model without a price is not granted"
    input_most, tokens = _input_tokens_max(facts), 0
    tier = request.service_tier if isinstance(request, ModelRequest) else None
    if facts.in_batch and _goes_apart(facts, price, tier):
        tier = "batch"
    elif tier in ANY_TIER and _served_in(facts, price):
        tier = facts.served_in
    if meters := facts.meters(request.model):
        if tier == "batch":
            # It may lie with its provider for hours, and keeps nobody out meanwhile.
            meters = tuple(each for each in meters if not each.at_once)
        tokens = tokens_held(request, input_tokens_max=input_most)
        full = fullest(meters, facts.counts, at=facts.now, tokens=tokens)
        if full is not None:
            return refusal(full)
    output = granted.output_tokens_max if request.output_tokens_max is None else request.output_tokens_max
    if tier is not None and tier not in DEFAULT_TIERS and (wrong := _tier_unpriced(facts, price, tier)):
        return wrong
    amount = price.most(input_tokens=input_most, output_tokens=output, tier=tier)
    named = "" if tier is None or tier in DEFAULT_TIERS else tier
    return Admission(
        request.model, output, input_most, amount, granted, meters=meters, tokens=tokens, tier=named
    )


def _served_in(facts: Facts, price: Price) -> bool:
    """Say whether a call goes into the tier that its use case declares: where the price of the day has it."""
    watched = facts.in_batch or (facts.streamed and facts.served_in == "flex")
    return isinstance(facts.request, ModelRequest) and facts.served_in in price.tiers and not watched


def _goes_apart(facts: Facts, price: Price, tier: str | None) -> bool:
    """Say whether a line goes to the provider's batch service: unless it asks for a tier of its own.

    As long as the price of the day has no rates for it, lines are asked one by one.
    """
    assert facts.block is not None
    default = tier in ANY_TIER or tier in DEFAULT_TIERS
    return default and facts.block.batch == "provider" and "batch" in price.tiers


def _tier_unpriced(facts: Facts, price: Price, tier: str) -> Decision | None:
    """Refuse a service tier that has no rates; a model that is always asked for in one has that one's."""
    block, model = facts.block, facts.request.model
    assert block is not None
    apart = facts.in_batch and block.batch == "provider"
    if (tier in price.tiers and (tier != "batch" or apart)) or tier == block.options.get("service_tier"):
        return None
    known = [each for each in price.tiers if each != "batch"]
    use = f"ask for `{'` or `'.join(known)}`, or leave it out" if known else "leave `service_tier` out"
    return deny(
        "tier-without-price",
        f"`{model}` has no price for the service tier {named(tier)}",
        help=f"{use}; or ask the block's owner for rates under `tiers:` in its price",
        layer=model,
        owner=block.owner or facts.administrator,
    )


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
    return msgspec.structs.replace(admission, policies_noted=evaluation.noted)


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


def _available(facts: Facts, held: Held) -> Decimal:
    return facts.accounts.get(held.account, _UNUSED).room(held.spend.limit)


def _short(facts: Facts, admission: Admission) -> list[Held]:
    """List the budgets that cannot cover a call.

    Budgets that only warn are posted to like all others, and cover everything.
    """
    return [
        held
        for held in admission.granted.held
        if held.spend.on_breach != "warn" and _available(facts, held) < admission.amount
    ]


def _exhausted(facts: Facts, admission: Admission, short: list[Held]) -> Decision:
    """Name the budget with the least left; what fits there fits all."""
    price, amount = admission.price, admission.amount
    tightest = min(short, key=lambda held: _available(facts, held))
    spend, currency, left = tightest.spend, facts.remit.currency, max(_available(facts, tightest), ZERO)
    affordable = price.output_tokens_for(
        left, input_tokens=admission.input_tokens_max, tier=admission.tier or None
    )
    help = "ask the budget's owner to raise it"
    if affordable > 0:
        help = f"set `max_tokens` to {affordable} or less, or {help}"
    return deny(
        "budget-exhausted",
        f"budget `{spend.id}` has {canonical(left)} {currency} available and this call may cost "
        f"{Money(amount, currency)}",
        help=help,
        layer=layer_of(spend.pool),
        owner=spend.owner,
    )


REQUEST_RULES: tuple[Rule, ...] = (
    _can_be_expressed,
    _users_fit,
    _input_fits,
    _output_fits,
    _spend_is_stated,
)

RULES = (*GRANT_RULES, *REQUEST_RULES)


def bounded(request: Request, admission: Admission) -> Request:
    """Put the model that serves, its tier and the most that it may write into what the provider is asked."""
    if isinstance(request, ModelRequest):
        # A line that goes to a batch service asks for no tier of its own.
        tier = request.service_tier if admission.tier in ("", "batch") else admission.tier
        return msgspec.structs.replace(
            request,
            model=admission.model,
            output_tokens_max=admission.output_tokens_max,
            service_tier=tier,
        )
    return msgspec.structs.replace(request, model=admission.model)
