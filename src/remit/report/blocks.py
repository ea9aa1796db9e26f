"""Reports on building blocks: who uses each, and whom a change of one touches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from remit.decide.reuse import (
    BlockUse,
    Seen,
    Twin,
    Use,
    block_uses,
    seen,
    share_on_shared,
    undeclared_models,
)
from remit.declare.block import RouteCondition, Status
from remit.declare.operating_model import OperatingModel
from remit.declare.simulated import counts_simulated
from remit.declare.version import family, number
from remit.enforce.key import Key
from remit.enforce.remit import resolve
from remit.kernel.money import Money
from remit.kernel.period import Per
from remit.record.projection import StageFact, UsageKey, UsageSum


@dataclass(frozen=True, slots=True)
class BlockLine:
    """One block. `listed` and `allowed` count use cases that name it and that may call it; `called` those
    that did. Calls are real ones; simulated calls stand beside them."""

    address: str
    kind: str
    name: str
    owner: str | None
    listed: int
    allowed: int
    called: int
    calls: int
    simulated_calls: int
    status: Status
    last_day: date | None
    shared: bool
    orphan: bool
    twins: tuple[Twin, ...]
    newer: str | None
    behind: tuple[str, ...]
    """Use cases that stay with this version, though `newer` is approved."""
    targets: tuple[str, ...] = ()
    """For a route: the blocks that it leads to today, in its order."""
    routes: tuple[str, ...] = ()
    """The routes that lead to it today."""

    @property
    def left_behind(self) -> bool:
        """Say whether it is still used, though it is on its way out or never came in."""
        return self.status != "approved" and bool(self.listed or self.called)


@dataclass(frozen=True, slots=True)
class Family:
    """The versions of one block, the newest first, and how many use cases use any of them."""

    address: str
    newest_approved: str | None
    versions: tuple[str, ...]
    use_cases: int
    calls: int
    simulated_calls: int


@dataclass(frozen=True, slots=True)
class UndeclaredModel:
    address: str
    calls: int


@dataclass(frozen=True, slots=True)
class Blocks:
    """All blocks since a day. `share` is calls on shared blocks over all calls, in percent rounded down."""

    since: date
    blocks: tuple[BlockLine, ...]
    families: tuple[Family, ...]
    calls: int
    share: int | None
    undeclared: tuple[UndeclaredModel, ...]
    counts_simulated: bool = False


@dataclass(frozen=True, slots=True)
class BudgetTouched:
    pool: str
    each: str
    per: Per
    limit: Money
    owner: str
    use_cases: int


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One target of a route, what it means today, and the calls that it is for: all where that is empty."""

    to: str
    means: str
    weight: int | None
    when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """Whom and what a change of one block touches. `keys` are the live keys of its users.

    `leads` says of a route which targets it has, in its order and as they are declared.
    `versions` are all of its name, the newest first; it is empty where there is only this one.
    """

    block: BlockLine
    versions: tuple[BlockLine, ...]
    since: date
    uses: tuple[Use, ...]
    only_allowed: tuple[str, ...]
    units: tuple[str, ...]
    owners: tuple[str, ...]
    keys: tuple[str, ...]
    budgets: tuple[BudgetTouched, ...]
    leads: tuple[TargetLine, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """What the store holds that these reports are made of."""

    stages: Mapping[str, StageFact]
    usage: Iterable[tuple[UsageKey, UsageSum]]
    keys: Iterable[Key]
    since: date
    now: datetime
    today: date


def blocks_report(model: OperatingModel, facts: BlockFacts) -> Blocks:
    """List every block with its uses; models come first, and within a kind the most used.

    Versions of one block stand together, the newest first.
    """
    made = seen(facts.usage)
    uses = block_uses(model, facts.stages, made, today=facts.today)
    calls = sum(each.calls for each in made.values())
    called: Counter[str] = Counter()
    listed: Counter[str] = Counter()
    for each in (lines := [_line(each) for each in uses]):
        called[family(each.address)] += each.calls + each.simulated_calls
        listed[family(each.address)] += each.listed

    def order(line: BlockLine) -> tuple[bool, str, int, int, str, int]:
        name = family(line.address)
        return line.kind != "model", line.kind, -called[name], -listed[name], name, -number(line.address)

    lines.sort(key=order)
    return Blocks(
        since=facts.since,
        blocks=tuple(lines),
        families=tuple(_families(model, uses)),
        calls=calls,
        share=share_on_shared(uses, calls=calls),
        undeclared=tuple(UndeclaredModel(*each) for each in undeclared_models(model, made)),
        counts_simulated=counts_simulated(model),
    )


def _families(model: OperatingModel, uses: Iterable[BlockUse]) -> Iterator[Family]:
    by_address = {each.address: each for each in uses}
    for name, versions in sorted(model.families.items()):
        if versions == (name,):
            continue
        approved = (each for each in versions if model.blocks[each].status == "approved")
        found = [by_address[each] for each in versions]
        yield Family(
            address=name,
            newest_approved=next(approved, None),
            versions=versions,
            use_cases=len({use.use_case for each in found for use in each.users}),
            calls=sum(each.calls for each in found),
            simulated_calls=sum(each.simulated_calls for each in found),
        )


def _line(each: BlockUse) -> BlockLine:
    return BlockLine(
        address=each.address,
        kind=each.address.partition("/")[0],
        name=each.block.name,
        owner=each.block.owner,
        listed=sum(use.listed for use in each.uses),
        allowed=sum(use.allowed for use in each.uses),
        called=sum(use.calls + use.simulated_calls > 0 for use in each.uses),
        calls=each.calls,
        simulated_calls=each.simulated_calls,
        status=each.block.status,
        last_day=each.block.last_day,
        shared=each.shared,
        orphan=each.orphan,
        twins=each.twins,
        newer=each.newer,
        behind=tuple(use.use_case for use in each.behind),
        targets=each.targets,
        routes=each.routes,
    )


def blast_radius(model: OperatingModel, address: str, facts: BlockFacts) -> BlastRadius:
    """Say whom a change of a declared block touches: those who list it or called it."""
    made: dict[tuple[str, str], Seen] = seen(facts.usage)
    uses = {each.address: each for each in block_uses(model, facts.stages, made, today=facts.today)}
    found, versions = uses[address], model.families[family(address)]
    users = {use.use_case for use in found.users}
    live = (key for key in facts.keys if not key.revoked and (key.expires is None or key.expires > facts.now))
    order = sorted(found.users, key=lambda use: (-use.calls - use.simulated_calls, use.use_case))
    owners = {use.owner for use in found.users} | ({found.block.owner} if found.block.owner else set())
    return BlastRadius(
        block=_line(found),
        versions=tuple(_line(uses[each]) for each in versions) if len(versions) > 1 else (),
        since=facts.since,
        uses=tuple(order),
        only_allowed=tuple(use.use_case for use in found.uses if not use.counts),
        units=tuple(sorted({use.unit for use in found.users})),
        owners=tuple(sorted(owners)),
        keys=tuple(sorted(key.id for key in live if key.use_case in users)),
        budgets=_budgets(model, found.users),
        leads=_leads(model, address, facts.today),
    )


def _leads(model: OperatingModel, address: str, today: date) -> tuple[TargetLine, ...]:
    route = model.route(address)
    return tuple(
        TargetLine(
            target.to, model.meant(target.to, today) or target.to, target.weight, tuple(_when(target.when))
        )
        for target in (route.targets if route else ())
    )


def _when(condition: RouteCondition | None) -> Iterator[str]:
    for field, value in condition.stated if condition is not None else ():
        yield f"{field} {', '.join(value) if isinstance(value, tuple) else f'{value:,}'}"


def _budgets(model: OperatingModel, users: Iterable[Use]) -> tuple[BudgetTouched, ...]:
    """List the budgets that calls of these use cases draw from, the most shared first."""
    touched: dict[str, BudgetTouched] = {}
    for use in users:
        for spend in resolve(model, use.use_case, use.stage).spend or ():
            before = touched[spend.id].use_cases if spend.id in touched else 0
            limit = Money(spend.limit, model.organisation.currency)
            touched[spend.id] = BudgetTouched(
                spend.pool, spend.each, spend.per, limit, spend.owner, before + 1
            )
    return tuple(sorted(touched.values(), key=lambda each: (-each.use_cases, each.pool, each.per)))
