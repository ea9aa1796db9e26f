"""What to declare so that the gateway sets the cache points that a replay found to pay.

They are advised only where callers set none, as theirs go first.
"""

from __future__ import annotations

from remit.decide.finops.cache_rule import HOUR_S, CacheLifetime, CacheRule, with_cache
from remit.decide.finops.draft import further_price
from remit.decide.finops.saving import Edit
from remit.decide.finops.workload import Workload
from remit.declare.block import ModelBlock
from remit.declare.check_prompt_cache import TAKE_CACHE_POINTS
from remit.declare.prompt_cache import CachePlace, CachePoints
from remit.declare.version import family
from remit.kernel.money import canonical


def may_declare(work: Workload, name: str) -> bool:
    """Say whether points that are declared for a model would be set: it takes some, and callers set none."""
    block = work.model.model(name)
    if block is None or work.use_case not in work.model.use_cases:
        return False
    if work.model.providers[block.provider].technology not in TAKE_CACHE_POINTS:
        return False
    calls, rows = work.calls, work.where("model", name)
    written = calls.cache_write_tokens[rows].sum() + calls.cache_write_1h_tokens[rows].sum()
    return declared_for(work, name) is not None or not (written or calls.cache_read_tokens[rows].sum())


def declared_for(work: Workload, name: str) -> CachePoints | None:
    """Find the points that a use case declares for a model already."""
    declared = work.model.use_cases[work.use_case].prompt_cache
    return declared.get(name) or declared.get(family(name))


def edits_of(
    work: Workload, name: str, rule: CacheRule, *, at: tuple[CachePlace, ...], lifetime: CacheLifetime
) -> tuple[Edit, ...] | None:
    """Declare points in each prompt of a model, and what the cache costs where no price says it.

    Nothing where they are declared already; None where they cannot be, as the price is a discount on a list
    without such rates.
    """
    block = work.model.model(name)
    assert block is not None, "it is asked before whether points may be declared"
    keep = "1h" if lifetime.seconds >= HOUR_S else "5m"
    points = CachePoints(at=at, keep=keep)
    declared = declared_for(work, name)
    if declared is not None and (set(declared.at), declared.keep) == (set(at), keep):
        return ()
    rates = _missing_rates(block, rule)
    price = block.price_at(work.until)
    if rates and (price is None or price.discount is not None):
        return None
    edit = Edit(f"use-case/{work.use_case}", f"prompt_cache.{name}", points.model_dump(mode="json"))
    if not rates:
        return (edit,)
    # What a price to come says of the cache itself stands.
    return edit, further_price(work, name, block, lambda row: {**rates, **row})


def _missing_rates(block: ModelBlock, rule: CacheRule) -> dict[str, str]:
    """Say what the provider usually asks for the cache, of what the newest price does not say."""
    if not block.prices:
        return {}
    newest = max(block.prices, key=lambda price: price.starts)
    usual = with_cache(newest.rates, rule)
    return {
        kind: canonical(rate)
        for kind in ("cache_read", "cache_write", "cache_write_1h")
        if getattr(newest, kind) is None and (rate := getattr(usual, kind)) is not None
    }
