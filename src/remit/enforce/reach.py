"""Reach: which models a use case can call before and after a change, within which limits and at what price.

Whether a model can be called is asked of the rules that calls are held to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan
from remit.declare.price import Price
from remit.declare.remit_layer import RATE_FIELDS, UNLIMITED
from remit.declare.version import covers
from remit.enforce.grant import output_tokens_most
from remit.enforce.model_name import model_names, usable
from remit.enforce.model_rules import Reach, may_call
from remit.enforce.remit import Remit
from remit.enforce.standing import UNUSED, USED_DAYS, Effect, Moment, Standing, Use, count
from remit.kernel.money import EXACT, canonical

_MILLION = Decimal(1_000_000)


def changed_models(before: OperatingModel, after: OperatingModel, planned: Plan) -> frozenset[str]:
    """Name the models that are there before and after, and are others now or are served by others."""
    named = {(change.section, change.name) for change in planned.changes if change.action == "change"}
    return frozenset(
        address
        for address in before.blocks.keys() & after.blocks.keys()
        if (block := after.model(address)) is not None
        and (("blocks", address) in named or ("providers", block.provider) in named)
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """One model on both sides of a change: whether a remit lists it there, and why it cannot be called."""

    address: str
    listed: tuple[bool, bool]
    refused: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Turns:
    """What a change makes of models, found once for all remits that say the same about them."""

    before: OperatingModel
    after: OperatingModel
    changed: frozenset[str]
    today: date
    _known: dict[object, tuple[_Turn, ...]] = field(default_factory=dict)
    _meant: dict[object, tuple[str, ...]] = field(default_factory=dict)
    _prices: dict[str, tuple[_PriceChange, ...]] = field(default_factory=dict)

    def effects(self, before: Remit, after: Remit, standing: Standing, at: Moment) -> Iterator[Effect]:
        """Say what becomes of the reach of one use case, model by model.

        Where it may make no call before or after, what models are to it makes no difference.
        """
        calls = before.calls or after.calls
        for turn in self._turns(before, after):
            address = turn.address
            was, now = self.before.model(address), self.after.model(address)
            if turn.listed != (True, True):
                yield _listed_or_not(before, turn, standing)
            elif calls and turn.refused != ("", ""):
                yield _called_or_not(before, turn, standing)
            elif calls and was is not None and now is not None:
                yield from _last_day(after.use_case, address, was, now)
                yield from _limits((before, after), address, (was, now), standing)
                yield from _rates_shared(after.use_case, address, was, now, standing)
                use = standing.used.get(address, UNUSED)
                yield from (
                    each.effect(after.use_case, use, at) for each in self._prices_of(address, was, now)
                )
                yield from self._service(after.use_case, address, was, now)
        for what in self._renamed(before, after):
            yield Effect(after.use_case, "models", what, widens=False, neutral=True)
        for name in _beyond(after, before, _listed(self.before, before), self.after):
            yield Effect(after.use_case, "models", f"gains `{name}`", widens=True)
        for name in _beyond(before, after, _listed(self.after, after), self.before):
            yield Effect(after.use_case, "models", f"loses `{name}`", widens=False)

    def _renamed(self, before: Remit, after: Remit) -> tuple[str, ...]:
        """Say which names mean another model now, of those that can be called on both sides."""
        key = before.models, after.models
        if key not in self._meant:
            old, new = self._names(self.before, before), self._names(self.after, after)
            self._meant[key] = tuple(
                f"calls `{new[said]}` by the name `{said}`, and no longer `{old[said]}`"
                for said in sorted(old.keys() & new.keys())
                if old[said] != new[said]
            )
        return self._meant[key]

    def _names(self, model: OperatingModel, remit: Remit) -> dict[str, str]:
        return usable(model, model_names(model, remit.models, self.today), self.today)

    def _turns(self, before: Remit, after: Remit) -> tuple[_Turn, ...]:
        key = _on_models(before), _on_models(after)
        if key not in self._known:
            self._known[key] = tuple(self._find(before, after))
        return self._known[key]

    def _find(self, before: Remit, after: Remit) -> Iterator[_Turn]:
        """Look at the models that are others now; at all of either remit where the two differ."""
        old, new = _listed(self.before, before), _listed(self.after, after)
        alike = old == new and _on_models(before) == _on_models(after)
        for address in sorted(old & self.changed if alike else old | new):
            listed = address in old, address in new
            refused = self._refusal(self.before, before, address), self._refusal(self.after, after, address)
            if before.models == after.models and listed != (True, True) and refused[listed.index(True)]:
                # A version that is declared or gone and could not be called is no gain and no loss.
                continue
            if (
                listed != (True, True)
                or bool(refused[0]) != bool(refused[1])
                or (address in self.changed and not refused[0])
            ):
                yield _Turn(address, listed, refused)

    def _refusal(self, model: OperatingModel, remit: Remit, address: str) -> str:
        """Say why a model cannot be called, naming neither it nor the use case; empty if it can."""
        contact = model.organisation.contact
        decision = may_call(Reach(remit, address, model.model(address), self.today, contact))
        if decision.effect == "allow":
            return ""
        why = decision.summary.replace(f"`{address}`", "it").replace(f"`{remit.use_case}`", "it")
        return f"{why} ({decision.rule})"

    def _prices_of(self, address: str, was: ModelBlock, now: ModelBlock) -> tuple[_PriceChange, ...]:
        if address not in self._prices:
            currency = self.after.organisation.currency
            found = _price_changes(address, was, now, today=self.today, currency=currency)
            self._prices[address] = tuple(found)
        return self._prices[address]

    def _service(self, name: str, address: str, was: ModelBlock, now: ModelBlock) -> Iterator[Effect]:
        old, new = self._served(self.before, was), self._served(self.after, now)
        if old != new:
            # Data goes where it did not go before; that somebody allows this is for somebody to say.
            what = f"is served `{address}` by {new} instead of {old}"
            yield Effect(name, "reach", what, widens=True)
        for option in sorted(was.options.keys() | now.options.keys()):
            one, other = (block.options.get(option, "none") for block in (was, now))
            if one != other:
                what = f"is served `{address}` with `{option}` {other} instead of {one}"
                yield Effect(name, "reach", what, widens=False, neutral=True)

    @staticmethod
    def _served(model: OperatingModel, block: ModelBlock) -> str:
        provider = model.providers[block.provider]
        at = f" at {provider.base_url}" if provider.base_url else ""
        return f"`{block.provider}` ({provider.technology}{at})"


def _listed(model: OperatingModel, remit: Remit) -> frozenset[str]:
    """List every version that the names in a remit cover."""
    if not isinstance(remit.models, frozenset):
        return frozenset()
    return frozenset(version for name in remit.models for version in model.versions(name))


def _beyond(one: Remit, other: Remit, listed: frozenset[str], model: OperatingModel) -> Iterator[str]:
    """Name what one remit lists beyond another though all its versions are listed there: those to come."""
    if isinstance(one.models, frozenset) and isinstance(other.models, frozenset):
        for name in sorted(one.models - other.models):
            if not covers(other.models, name) and listed.issuperset(model.versions(name)):
                yield name


def _on_models(remit: Remit) -> object:
    """Gather all of a remit that the rules on a model look at."""
    return remit.models, remit.regions, remit.private_connection, remit.data_class_max, remit.data_class


def _listed_or_not(before: Remit, turn: _Turn, standing: Standing) -> Effect:
    """Say that the remit lists a model no longer, or now."""
    address, now = turn.address, turn.refused[1]
    if turn.listed[1]:
        yet = f", and cannot call it yet: {now}" if now else ""
        return Effect(before.use_case, "models", f"gains `{address}`{yet}", widens=True)
    what = f"loses `{address}`; {standing.used.get(address, UNUSED).words}"
    return Effect(before.use_case, "models", what, widens=False, breaks=_breaks(before, turn, standing))


def _called_or_not(before: Remit, turn: _Turn, standing: Standing) -> Effect:
    """Say that a model which the remit lists can be called no longer, or now."""
    address, (was, now) = turn.address, turn.refused
    if was:
        what = f"can call `{address}` now; it could not before: {was}"
        return Effect(before.use_case, "reach", what, widens=True)
    what = f"can no longer call `{address}`: {now}; {standing.used.get(address, UNUSED).words}"
    return Effect(before.use_case, "reach", what, widens=False, breaks=_breaks(before, turn, standing))


def _breaks(before: Remit, turn: _Turn, standing: Standing) -> bool:
    """Say whether a use case misses a model: nobody misses what they could not call any more."""
    return bool(before.calls) and not turn.refused[0] and standing.misses(turn.address)


def _last_day(name: str, address: str, was: ModelBlock, now: ModelBlock) -> Iterator[Effect]:
    old, new = (block.last_day if block.status == "deprecated" else None for block in (was, now))
    if old == new:
        return
    until = f"until {new}" if new else "without a last day"
    instead = f" instead of until {old}" if old else ""
    wider = old is not None and (new is None or new > old)
    yield Effect(name, "reach", f"can call `{address}` {until}{instead}", widens=wider)


def _limits(
    remits: tuple[Remit, Remit], address: str, blocks: tuple[ModelBlock, ModelBlock], standing: Standing
) -> Iterator[Effect]:
    """Say how the model's own limits changed, where they are what limits the use case."""
    was, now = blocks
    use, name = standing.used.get(address, UNUSED), remits[1].use_case
    if was.context_tokens != now.context_tokens:
        what = (
            f"has {now.context_tokens:,} tokens of context with `{address}` instead of {was.context_tokens:,}"
        )
        mean = _mean(use.input_tokens + use.output_tokens, use)
        yield _limit(name, what, (was.context_tokens, now.context_tokens), mean, standing)
    most = output_tokens_most(remits[0], was), output_tokens_most(remits[1], now)
    if was.output_tokens_max != now.output_tokens_max and most[0] != most[1]:
        what = f"gets at most {most[1]:,} output tokens from `{address}` instead of {most[0]:,}"
        yield _limit(name, what, most, _mean(use.output_tokens, use), standing)


def _rates_shared(
    name: str, address: str, was: ModelBlock, now: ModelBlock, standing: Standing
) -> Iterator[Effect]:
    """Say how much of a model all who call it share, where that changed."""
    for each in RATE_FIELDS:
        old, new = (UNLIMITED if (rate := getattr(of, each)) is None else rate for of in (was, now))
        if old != new:
            wider = old != UNLIMITED and (new == UNLIMITED or new > old)
            what = f"shares `{each}` {new} of `{address}` with all its callers instead of {old}"
            yield Effect(name, "reach", what, widens=wider, breaks=new == 0 and standing.misses(address))


def _limit(name: str, what: str, limits: tuple[int, int], mean: int, standing: Standing) -> Effect:
    """Say what a limit does; it breaks what runs if calls were larger than it on average."""
    wider = limits[1] > limits[0]
    over = not wider and mean > limits[1]
    if over:
        what += f"; its calls had {mean:,} on average in the last {USED_DAYS} days"
    return Effect(name, "reach", what, widens=wider, breaks=over and standing.keys > 0)


def _mean(tokens: int, use: Use) -> int:
    """Divide tokens by calls, rounded up: a mean above a whole limit stays above it."""
    return -(-tokens // use.calls) if use.calls else 0


@dataclass(frozen=True, slots=True)
class _PriceChange:
    """Other rates from one day on: in words, by how much input and output rise, and if any rate falls."""

    what: str
    input: Decimal
    output: Decimal
    falls: bool

    def effect(self, name: str, use: Use, at: Moment) -> Effect:
        # The roll-ups count tokens of a cache as input, so this is about what it would have been.
        more = EXACT.add(
            EXACT.multiply(self.input, use.input_tokens), EXACT.multiply(self.output, use.output_tokens)
        )
        what = self.what
        if more:
            amount, word = at.money(EXACT.divide(abs(more), _MILLION)), "more" if more > 0 else "less"
            calls = count(use.calls, "call")
            what += f"; its {calls} of the last {USED_DAYS} days would have cost about {amount} {word}"
        # A budget of the same size buys more at a lower rate, and at none it holds nothing back.
        return Effect(name, "reach", what, widens=self.falls)


def _price_changes(
    address: str, was: ModelBlock, now: ModelBlock, *, today: date, currency: str
) -> Iterator[_PriceChange]:
    """Say from which day on other rates hold; what is past was charged, and stays as it is."""
    begin = {price.starts for block in (was, now) for price in block.prices if price.starts > today}
    said: tuple[Rates, Rates] | None = None
    for day in (today, *sorted(begin)):
        before, after = was.price_at(day), now.price_at(day)
        assert before is not None
        assert after is not None
        old, new = _rates(before), _rates(after)
        if old != new and (old, new) != said:
            when = f" from {day} on" if day > today else ""
            differ = [kind for kind in {**old, **new} if old.get(kind) != new.get(kind)]
            kinds = ", ".join(_said(kind, old.get(kind), new.get(kind), currency) for kind in differ)
            yield _PriceChange(
                f"pays for a million tokens of `{address}`{when}: {kinds}",
                EXACT.subtract(after.input, before.input),
                EXACT.subtract(after.output, before.output),
                falls=any(kind in new and new[kind] < old.get(kind, new[kind] + 1) for kind in differ),
            )
        said = old, new


Rates = dict[str, Decimal]


def _rates(price: Price) -> Rates:
    """Read off what a million tokens of each kind cost, in each tier and at each length."""
    found = {}
    for each in (price.rates, *price.rates.becomes):
        tier = f" in tier `{each.tier}`" if each.tier else ""
        which = f"{tier} above {each.above:,} input tokens" if each.above else tier
        found[f"input{which}"] = each.input
        found[f"output{which}"] = each.output
        found[f"read from a cache{which}"] = each.input if each.cache_read is None else each.cache_read
        found[f"written to a cache{which}"] = each.input if each.cache_write is None else each.cache_write
    return found


def _said(kind: str, old: Decimal | None, new: Decimal | None, currency: str) -> str:
    if new is None:
        return f"{kind} has no rate of its own any more"
    was = "" if old is None else f" instead of {canonical(old)}"
    return f"{kind} {canonical(new)} {currency}{was}"
