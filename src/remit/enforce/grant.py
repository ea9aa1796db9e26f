"""Grant: the rules on a call that do not look at what is asked, decided once a day for a key and a model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from remit.declare.block import ModelBlock
from remit.declare.price import Price, Rates, tier_named
from remit.declare.version import covers
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.facts import Facts, Grant, Held
from remit.enforce.model_rules import Reach, may_call, refuse
from remit.enforce.remit import Remit
from remit.enforce.stop import of_model, refusal, stopped
from remit.kernel.diagnostic import named
from remit.kernel.period import window

Rule = Callable[[Facts], Decision]


def grant(facts: Facts) -> Grant:
    """Work out what a key may do with a model today; no rule here looks at the request's content."""
    decision = first_refusal(GRANT_RULES, facts)
    block = facts.block
    if decision.effect == "deny" or block is None:
        return Grant(decision, None, 0, ())
    held = accounts_of(
        facts.remit,
        key=facts.key,
        agent=facts.agent,
        now=facts.now,
        zone=facts.zone,
        year_starts=facts.year_starts,
    )
    price = block.price_at(facts.now.astimezone(facts.zone).date())
    return Grant(
        decision,
        price,
        output_tokens_most(facts.remit, block),
        held,
        accounts=tuple(each.account for each in held),
        rates=None if price is None else _rates(block, price),
        limits={each.account: each.spend.limit for each in held if each.spend.on_breach != "warn"},
    )


def _rates(block: ModelBlock, price: Price) -> Rates:
    """A model that is always asked for in one tier has the rates of that tier."""
    tier, rates = tier_named(block.options.get("service_tier")), price.rates
    if not tier:
        return rates
    becomes = (each if each.tier else msgspec.structs.replace(each, tier=tier) for each in rates.becomes)
    return msgspec.structs.replace(rates, tier=tier, becomes=tuple(becomes))


def first_refusal(rules: tuple[Rule, ...], facts: Facts) -> Decision:
    """Ask rules in order; the first that refuses stands."""
    for rule in rules:
        decision = rule(facts)
        if decision.effect == "deny":
            return decision
    return ALLOW


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


def output_tokens_most(remit: Remit, block: ModelBlock) -> int:
    """Find the most output that remit and model allow."""
    limit = remit.output_tokens_max
    return min(limit, block.output_tokens_max) if isinstance(limit, int) else block.output_tokens_max


def retired(use_case: str, *, owner: str) -> Decision:
    """Refuse whatever a key of a retired use case asks for; no declaration of that stage lets it go on."""
    return deny(
        "use-case-retired",
        f"use case `{use_case}` is retired, and its keys open nothing any more",
        help="use the key of another use case; what it did stays in the ledger",
        layer="stage/retired",
        owner=owner,
    )


def _is_not_retired(facts: Facts) -> Decision:
    remit = facts.remit
    if remit.stage != "retired":
        return ALLOW
    return retired(remit.use_case, owner=facts.administrator)


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
        f"key `{facts.key}` is not for model {named(facts.request.model.partition('/')[2])}",
        help=f"it is for {names}; use one of them, or another key",
        layer=f"use-case/{facts.remit.use_case}",
        owner=facts.administrator,
    )


def _model_may_be_called(facts: Facts) -> Decision:
    day = facts.now.astimezone(facts.zone).date()
    return may_call(Reach(facts.remit, facts.request.model, facts.block, day, facts.administrator))


RUNNING_RULES: tuple[Rule, ...] = (_is_not_retired, _stage_allows_calls, _remit_is_current)
"""Whether a use case runs at all, whatever it asks for."""


def _nothing_is_stopped(facts: Facts) -> Decision:
    if not facts.stops:
        return ALLOW
    addresses = facts.whose
    if facts.block is not None:
        addresses += of_model(facts.request.model, facts.block.provider)
    stop = stopped(facts.stops, addresses)
    return ALLOW if stop is None else refusal(stop)


GRANT_RULES: tuple[Rule, ...] = (_nothing_is_stopped, *RUNNING_RULES, _key_is_for_model, _model_may_be_called)
