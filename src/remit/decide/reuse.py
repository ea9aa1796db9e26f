"""Reuse: who uses a building block, by declaration and by the ledger, and which blocks were built twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec
from rapidfuzz import fuzz

from remit.decide.likeness import folded
from remit.decide.name_at_provider import BILLED_AS
from remit.declare.block import Block, ModelBlock, PromptBlock, RouteBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.simulated import counts_simulated
from remit.declare.use_case import UseCase
from remit.declare.version import family, number
from remit.enforce.remit import Remit, Resolver
from remit.enforce.route import asking, leads_to
from remit.record.projection import StageFact, UsageKey, UsageSum

TWIN_MIN = 0.90
"""From here on two texts are near-identical."""

SHARED_MIN = 2
"""A block is shared if so many use cases use it."""


@dataclass(frozen=True, slots=True)
class Use:
    """One use case that a block serves or may serve; simulated calls are counted apart.

    `pinned` says that the use case, its remit or a route that it lists names this version, so that it stays
    when a newer one comes. `through` are the listed routes that lead to it, which is use as well; by which
    route a call came is not counted.
    """

    use_case: str
    unit: str
    stage: StageName
    owner: str
    listed: bool
    allowed: bool
    pinned: bool
    calls: int
    simulated_calls: int
    through: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Say whether this is use: to be allowed a model is not yet to use it."""
        return self.listed or bool(self.through) or self.calls > 0 or self.simulated_calls > 0


@dataclass(frozen=True, slots=True)
class Twin:
    """A block of the same kind that seems to be the same thing, and why."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class BlockUse:
    """A block with everybody whom a change of it could touch."""

    address: str
    block: Block
    uses: tuple[Use, ...]
    twins: tuple[Twin, ...]
    newer: str | None
    """The newest approved version of the same name, if that is not this one or an older one."""
    targets: tuple[str, ...] = ()
    """For a route: the blocks that it leads to today, in its order."""
    routes: tuple[str, ...] = ()
    """The routes that lead to it today."""

    @property
    def behind(self) -> tuple[Use, ...]:
        """List who stays with this version though a newer one is approved."""
        return tuple(use for use in self.uses if use.pinned) if self.newer else ()

    @property
    def users(self) -> tuple[Use, ...]:
        return tuple(use for use in self.uses if use.counts)

    @property
    def shared(self) -> bool:
        return len(self.users) >= SHARED_MIN

    @property
    def orphan(self) -> bool:
        return not self.users and not self.routes

    @property
    def calls(self) -> int:
        return sum(use.calls for use in self.uses)

    @property
    def simulated_calls(self) -> int:
        return sum(use.simulated_calls for use in self.uses)


@dataclass(frozen=True, slots=True)
class Seen:
    """Calls of one model by one use case in the time that is looked at."""

    calls: int = 0
    simulated_calls: int = 0


def as_counted(
    model: OperatingModel, usage: Iterable[tuple[UsageKey, UsageSum]]
) -> Iterator[tuple[UsageKey, UsageSum]]:
    """Take simulated calls for real ones, where the organisation declares that figures count them."""
    counted = counts_simulated(model)
    for key, total in usage:
        yield (msgspec.structs.replace(key, simulated=False) if counted and key.simulated else key), total


def seen(usage: Iterable[tuple[UsageKey, UsageSum]]) -> dict[tuple[str, str], Seen]:
    """Sum calls by model address and use case."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for key, total in usage:
        sums[key.model, key.use_case][key.simulated] += total.calls
    return {key: Seen(*counts) for key, counts in sums.items()}


def block_uses(
    model: OperatingModel,
    stages: Mapping[str, StageFact],
    calls: Mapping[tuple[str, str], Seen],
    *,
    today: date,
) -> tuple[BlockUse, ...]:
    """Say for each declared block who uses it; retired use cases count only by the calls they made.

    A name without a version is a use of the version that it means today.
    """
    uses: dict[str, list[Use]] = {address: [] for address in model.blocks}
    called: dict[str, set[str]] = defaultdict(set)
    for address, use_case in calls:
        called[use_case].add(address)
    resolver = Resolver(model)
    for name in sorted(model.use_cases):
        stage = stages[name].stage if name in stages else "envision"
        remit = resolver.remit(name, stage) if stage != "retired" else None
        named = _names(model, remit, today) if remit else _Named()
        for address in uses.keys() & (named.every | called[name]):
            counted = calls.get((address, name), Seen())
            uses[address].append(
                Use(
                    use_case=name,
                    unit=model.use_cases[name].unit,
                    stage=stage,
                    owner=model.owner_of(name),
                    listed=address in named.listed,
                    allowed=address in named.allowed,
                    pinned=address in named.pinned,
                    calls=counted.calls,
                    simulated_calls=counted.simulated_calls,
                    through=named.through.get(address, ()),
                )
            )
    return tuple(_with_links(model, uses, today))


def _with_links(model: OperatingModel, uses: Mapping[str, list[Use]], today: date) -> Iterator[BlockUse]:
    """Join each block's uses with what it leads to, what leads to it, and what seems to be the same."""
    leads = {
        address: tuple(dict.fromkeys(_meant(model, route, today).values()))
        for address, route in sorted(model.routes.items())
    }
    same, led = twins(model), _inverted(leads)
    return (
        BlockUse(
            address,
            block,
            tuple(uses[address]),
            same.get(address, ()),
            _newer(model, address),
            targets=leads.get(address, ()),
            routes=led.get(address, ()),
        )
        for address, block in sorted(model.blocks.items())
    )


@dataclass(frozen=True, slots=True)
class _Named:
    """The blocks that a use case names, by itself, by its remit and by the routes that it lists."""

    listed: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    through: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def every(self) -> frozenset[str]:
        return self.listed | self.allowed | self.pinned | self.through.keys()


def _names(model: OperatingModel, remit: Remit, today: date) -> _Named:
    case = model.use_cases[remit.use_case]
    listed = frozenset(model.meant(address, today) or address for address in case.blocks)
    models = {each for address in _listed_in(remit, "models") for each in model.versions(address)}
    asked = asking(model, remit) if model.routes else None
    leads = {
        address: list(leads_to(route, asked, _meant(model, route, today)))
        for address, route in sorted(model.routes.items())
        if asked is not None
    }
    routes = {address for address, targets in leads.items() if not models.isdisjoint(targets)}
    return _Named(
        listed=listed,
        allowed=frozenset(models | routes),
        pinned=_pinned(model, case, remit, listed),
        through=_inverted({address: leads[address] for address in sorted(listed & leads.keys())}),
    )


def _meant(model: OperatingModel, route: RouteBlock, today: date) -> dict[str, str]:
    """Say which declared block each target of a route means."""
    meant = {target.to: model.meant(target.to, today) for target in route.targets}
    return {name: address for name, address in meant.items() if address}


def _inverted(leads: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """List for each target the routes that lead to it."""
    found: dict[str, list[str]] = defaultdict(list)
    for route, targets in leads.items():
        for target in targets:
            found[target].append(route)
    return {target: tuple(routes) for target, routes in found.items()}


def _listed_in(remit: Remit, field: str) -> Iterable[str]:
    """List the addresses in a field of a remit; `any` names none."""
    value = getattr(remit, field, None)
    return () if value is None or isinstance(value, str) else value


def _pinned(model: OperatingModel, case: UseCase, remit: Remit, listed: Iterable[str]) -> frozenset[str]:
    named = (address for field in ("models", "tools", "guardrails") for address in _listed_in(remit, field))
    routes = (route for address in listed if (route := model.route(address)))
    led = (target.to for route in routes for target in route.targets)
    return frozenset(address for address in (*case.blocks, *named, *led) if number(address))


def _newer(model: OperatingModel, address: str) -> str | None:
    versions = model.families[family(address)]
    approved = next((each for each in versions if model.blocks[each].status == "approved"), address)
    return approved if number(approved) > number(address) else None


def share_on_shared(blocks: Iterable[BlockUse], *, calls: int) -> int | None:
    """Say how much of all calls went to shared blocks, in percent rounded down; None without calls.

    A block with versions is one: it is shared if several use cases use any of them.
    """
    users: dict[str, set[str]] = defaultdict(set)
    counted: Counter[str] = Counter()
    for each in blocks:
        users[family(each.address)] |= {use.use_case for use in each.users}
        counted[family(each.address)] += each.calls
    shared = sum(made for name, made in counted.items() if len(users[name]) >= SHARED_MIN)
    return shared * 100 // calls if calls else None


def twins(model: OperatingModel) -> dict[str, tuple[Twin, ...]]:
    """Find blocks that were built twice: one kind, and one endpoint or near-identical text. Symmetric.

    Versions of one block are meant to be alike, and are none.
    """
    found: dict[str, list[Twin]] = defaultdict(list)
    for one, other, reason in _pairs(model):
        if family(one) == family(other):
            continue
        found[one].append(Twin(other, reason))
        found[other].append(Twin(one, reason))
    return {address: tuple(sorted(each, key=lambda twin: twin.address)) for address, each in found.items()}


def _pairs(model: OperatingModel) -> Iterator[tuple[str, str, str]]:
    endpoints: dict[tuple[object, ...], list[str]] = defaultdict(list)
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for address, block in sorted(model.blocks.items()):
        if isinstance(block, ModelBlock):
            endpoints[endpoint(model, address, block)].append(address)
        elif text := _text(block):
            texts[address.partition("/")[0]].append((address, text))
    for same in endpoints.values():
        provider = f"one model at provider `{model.model(same[0]).provider}`"  # type: ignore[union-attr]  # only models have endpoints
        yield from ((one, other, provider) for at, one in enumerate(same) for other in same[at + 1 :])
    for group in texts.values():
        yield from _near_texts(group)


def endpoint(model: OperatingModel, address: str, block: ModelBlock) -> tuple[object, ...]:
    """Name what answers in the end: the provider, its name for the model, and the other options.

    A provider that is no web service has one model, whatever blocks call it.
    """
    options = dict(block.options)
    named = options.pop("model", None)
    # What bills call it changes nothing of what answers.
    options.pop(BILLED_AS, None)
    if model.providers[block.provider].base_url is not None:
        named = named or family(address).partition("/")[2]
    return block.provider, named, tuple(sorted(options.items()))


def _text(block: Block) -> str:
    """Take what a block says that makes it what it is: a prompt its text, others their name and use."""
    if isinstance(block, PromptBlock):
        return _sorted_words(" ".join(turn.text for turn in block.turns))
    return _sorted_words(f"{block.name} {block.description}") if block.description else ""


def _sorted_words(text: str) -> str:
    return " ".join(sorted(folded(text).split()))


def _near_texts(group: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Compare texts only where their lengths allow them to be near."""
    by_length = sorted(group, key=lambda each: (len(each[1]), each[0]))
    for at, (one, text) in enumerate(by_length):
        longest = len(text) * (2 - TWIN_MIN) / TWIN_MIN
        for other, longer in by_length[at + 1 :]:
            if len(longer) > longest:
                break
            nearness = fuzz.ratio(text, longer, score_cutoff=100 * TWIN_MIN)
            if nearness:
                first, second = sorted((one, other))
                words = "the same words" if nearness == 100 else f"nearly the same words ({nearness:.0f} %)"
                yield first, second, words


def undeclared_models(
    model: OperatingModel, calls: Mapping[tuple[str, str], Seen]
) -> tuple[tuple[str, int], ...]:
    """List models that were called and are no longer declared, with their calls, simulated ones included."""
    counted: Counter[str] = Counter()
    for (address, _), each in calls.items():
        if address not in model.blocks:
            counted[address] += each.calls + each.simulated_calls
    return tuple(sorted(counted.items()))
