"""Admission: the one place where it is decided whether a call may go ahead, and what is held for it.

`RULES` are asked in order and the first refusal stands. Everything they need comes in as values, so that a
decision can be made again from the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from remit.declare.block import ModelBlock, Price
from remit.declare.declared import DATA_CLASSES
from remit.enforce.account import Account
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.remit import Layer, Remit, Spend
from remit.enforce.request import Request
from remit.kernel.diagnostic import quoted
from remit.kernel.money import EXACT, ZERO, Money, canonical
from remit.kernel.period import window
from remit.kernel.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Key:
    """A credential bound to one use case. Only its hash is kept."""

    id: str
    use_case: str
    expires: datetime | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """One budget's window that a call draws from."""

    account: str
    spend: Spend


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at: what is asked, under which remit, when, and what is left."""

    key: str
    remit: Remit
    stage_since: date
    request: Request
    block: ModelBlock | None
    now: datetime
    zone: ZoneInfo
    year_starts: int
    accounts: Mapping[str, Account]
    administrator: str


@dataclass(frozen=True, slots=True)
class Admission:
    """A permitted call: its bounds, its price, and the worst case that is held in each account."""

    output_tokens_max: int
    input_tokens_max: int
    price: Price
    amount: Decimal
    held: tuple[Held, ...]


def accounts_of(
    remit: Remit, *, key: str, now: datetime, zone: ZoneInfo, year_starts: int
) -> tuple[Held, ...]:
    """Name the windows that a key's call draws from now, one for each budget."""
    return tuple(
        Held(
            spend.account(window(spend.per, at=now, zone=zone, year_starts=year_starts).label, key=key),
            spend,
        )
        for spend in remit.spend or ()
    )


def admit(facts: Facts) -> Admission | Decision:
    """Decide on one call: what may be held for it, or the first rule that refuses it."""
    for rule in RULES:
        decision = rule(facts)
        if decision.effect == "deny":
            return decision
    assert facts.block is not None
    day = facts.now.astimezone(facts.zone).date()
    price = facts.block.price_at(day)
    if price is None:
        return _no_price(facts, facts.block)
    asked = facts.request.output_tokens_max
    output = _output_tokens_max(facts, facts.block) if asked is None else asked
    amount = price.most(input_tokens=_input_tokens_max(facts), output_tokens=output)
    held = accounts_of(
        facts.remit, key=facts.key, now=facts.now, zone=facts.zone, year_starts=facts.year_starts
    )
    refused = _not_covered(facts, held, price, amount)
    if refused is not None:
        return refused
    return Admission(output, _input_tokens_max(facts), price, amount, held)


def reaches(facts: Facts) -> Decision:
    """Decide whether a model may be called at all, however large the call and whatever is left to spend."""
    decisions = (rule(facts) for rule in _REACH)
    return next((decision for decision in decisions if decision.effect == "deny"), ALLOW)


def _from(facts: Facts, field: str) -> tuple[str, str]:
    """Name the layer and the owner that a refusal on a field points to."""
    layer: Layer | None = facts.remit.decider(field)
    return (layer.address, layer.owner) if layer else ("organisation", facts.administrator)


def _refuse(facts: Facts, field: str, rule: str, summary: str, help: str) -> Decision:
    layer, owner = _from(facts, field)
    return deny(rule, summary, help=help, layer=layer, owner=owner)


def live(key: Key, *, now: datetime, administrator: str) -> Decision:
    """Decide whether a known key still opens anything."""
    layer, help = f"use-case/{key.use_case}", f"issue another with `remit key issue {key.use_case}`"
    if key.revoked:
        summary = f"key `{key.id}` was revoked"
        return deny("revoked-key", summary, help=help, layer=layer, owner=administrator)
    if key.expires is not None and now >= key.expires:
        summary = f"key `{key.id}` expired on {key.expires.date()}"
        return deny("expired-key", summary, help=help, layer=layer, owner=administrator)
    return ALLOW


def _stage_allows_calls(facts: Facts) -> Decision:
    remit = facts.remit
    if remit.calls:
        return ALLOW
    summary = f"use case `{remit.use_case}` is at stage `{remit.stage}`, which allows no calls"
    if remit.calls is None:
        summary = f"no layer says that use case `{remit.use_case}` may call models"
    help = f"pass the gate to the next stage; `remit explain {remit.use_case}` shows what decides this"
    return _refuse(facts, "calls", "stage-allows-no-calls", summary, help)


def _remit_is_current(facts: Facts) -> Decision:
    remit, today = facts.remit, facts.now.astimezone(facts.zone).date()
    if remit.expires is not None and today > remit.expires:
        summary = f"the remit of `{remit.use_case}` ended on {remit.expires}"
        return _refuse(facts, "expires", "remit-expired", summary, "ask its owner for a later `expires`")
    box = remit.time_box_days
    if isinstance(box, int) and (today - facts.stage_since).days > box:
        last = facts.stage_since + timedelta(days=box)
        summary = f"`{remit.use_case}` has been at `{remit.stage}` longer than its time box; it ended {last}"
        help = "pass the gate to the next stage, or ask the owner for a longer `time_box_days`"
        return _refuse(facts, "time_box_days", "remit-expired", summary, help)
    return ALLOW


def _model_is_allowed(facts: Facts) -> Decision:
    remit, wanted = facts.remit, facts.request.model
    allowed = remit.models if isinstance(remit.models, frozenset) else frozenset()
    if wanted in allowed and facts.block is not None:
        return ALLOW
    names = ", ".join(f"`{address.partition('/')[2]}`" for address in sorted(allowed)) or "none"
    name = wanted.partition("/")[2]
    help = did_you_mean(
        name,
        (address.partition("/")[2] for address in allowed),
        otherwise=f"allowed are {names}; ask the owner to add it to `models`",
    )
    summary = f"model {quoted(name)} is outside the remit of `{remit.use_case}` at stage `{remit.stage}`"
    return _refuse(facts, "models", "model-outside-remit", summary, help)


def _block_is_usable(facts: Facts) -> Decision:
    block, address = facts.block, facts.request.model
    assert block is not None
    if block.is_usable(facts.now.astimezone(facts.zone).date()):
        return ALLOW
    owner = block.owner or facts.administrator
    return deny(
        "block-not-approved",
        f"`{address}` {block.state}",
        help="use another model of the remit, or ask the model's owner to have it approved",
        layer=address,
        owner=owner,
    )


def _place_is_allowed(facts: Facts) -> Decision:
    """Ask where the model handles data, and by which connection; what it does not say counts as wrong."""
    remit, block, address = facts.remit, facts.block, facts.request.model
    assert block is not None
    if isinstance(remit.regions, frozenset) and not (
        block.regions and remit.regions.issuperset(block.regions)
    ):
        where = ", ".join(block.regions) or "a place that its declaration does not name"
        allowed = ", ".join(sorted(remit.regions)) or "no region"
        summary = f"`{address}` handles data in {where}; the remit allows {allowed}"
        return _refuse(facts, "regions", "region-outside-remit", summary, "use a model within these regions")
    if remit.private_connection and not block.private_connection:
        summary = f"`{address}` is not reached by a private connection, which the remit asks for"
        help = "use a model with `private_connection: true`"
        return _refuse(facts, "private_connection", "connection-not-private", summary, help)
    return ALLOW


def _data_is_allowed(facts: Facts) -> Decision:
    remit, block = facts.remit, facts.block
    assert block is not None
    level = DATA_CLASSES.index(remit.data_class)
    if remit.data_class_max is not None and level > DATA_CLASSES.index(remit.data_class_max):
        summary = (
            f"`{remit.use_case}` handles {remit.data_class} data; its remit ends at {remit.data_class_max}"
        )
        help = "ask the owner to raise `data_class_max`, or keep such data out of the use case"
        return _refuse(facts, "data_class_max", "data-class-too-high", summary, help)
    if level > DATA_CLASSES.index(block.data_class_max):
        summary = (
            f"`{facts.request.model}` is approved for {block.data_class_max} data, not {remit.data_class}"
        )
        help = "use a model that is approved for it, or ask the model's owner"
        owner = block.owner or facts.administrator
        return deny("data-class-too-high", summary, help=help, layer=facts.request.model, owner=owner)
    return ALLOW


def _input_fits(facts: Facts) -> Decision:
    limit = facts.remit.input_tokens_max
    bound = _input_tokens_max(facts)
    if isinstance(limit, int) and bound > limit:
        summary = f"the input may be {bound} tokens and the remit allows {limit}"
        return _refuse(facts, "input_tokens_max", "input-too-large", summary, "shorten the messages")
    return ALLOW


def _output_fits(facts: Facts) -> Decision:
    wanted, limit, block = facts.request.output_tokens_max, facts.remit.output_tokens_max, facts.block
    assert block is not None
    most = _output_tokens_max(facts, block)
    least = 1 if wanted is None else wanted
    if least <= most:
        return ALLOW
    summary = f"{least} output tokens were asked for and at most {most} are allowed"
    help = f"set `max_tokens` to {most} or less"
    if most == 0:
        summary = f"no output is allowed for `{facts.remit.use_case}` from `{facts.request.model}`"
        help = "ask the owner to raise `output_tokens_max`"
    if limit == most:
        return _refuse(facts, "output_tokens_max", "output-too-large", summary, help)
    owner = block.owner or facts.administrator
    return deny("output-too-large", summary, help=help, layer=facts.request.model, owner=owner)


def _spend_is_stated(facts: Facts) -> Decision:
    if facts.remit.spend is not None:
        return ALLOW
    summary = f"no layer says what `{facts.remit.use_case}` may spend"
    help = "add `spend:` to the use case's or its unit's remit; no limit is written `unlimited`"
    return _refuse(facts, "spend", "no-budget", summary, help)


def _input_tokens_max(facts: Facts) -> int:
    """The most tokens that the input can be: no model reads more than its context holds."""
    assert facts.block is not None
    return min(facts.request.input_tokens_bound, facts.block.context_tokens)


def _output_tokens_max(facts: Facts, block: ModelBlock) -> int:
    """The most output that remit and model allow."""
    limit = facts.remit.output_tokens_max
    return min(limit, block.output_tokens_max) if isinstance(limit, int) else block.output_tokens_max


def _no_price(facts: Facts, block: ModelBlock) -> Decision:
    # An unknown price is never zero: a budget that cannot be charged cannot hold.
    return deny(
        "model-without-price",
        f"`{facts.request.model}` has no price in force today",
        help="declare one under the model's `prices`; a free model says so with rates of 0",
        layer=facts.request.model,
        owner=block.owner or facts.administrator,
    )


def _not_covered(facts: Facts, held: tuple[Held, ...], price: Price, amount: Decimal) -> Decision | None:
    """Name the budget with the least left of those that a call does not fit in; what fits there fits all.

    Budgets that only warn are posted to like all others, and cover everything.
    """

    def available(each: Held) -> Decimal:
        return facts.accounts.get(each.account, Account()).available(each.spend.limit)

    tightest = min((each for each in held if not each.spend.warns), key=available, default=None)
    if tightest is None or amount <= available(tightest):
        return None
    spend, currency, left = tightest.spend, facts.remit.currency, max(available(tightest), ZERO)
    input_most = price.most(input_tokens=_input_tokens_max(facts), output_tokens=0)
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


_REACH: tuple[Callable[[Facts], Decision], ...] = (
    _stage_allows_calls,
    _remit_is_current,
    _model_is_allowed,
    _block_is_usable,
    _place_is_allowed,
    _data_is_allowed,
)

RULES: tuple[Callable[[Facts], Decision], ...] = (
    *_REACH,
    _input_fits,
    _output_fits,
    _spend_is_stated,
)
