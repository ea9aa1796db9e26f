"""Read autonomy: which level agents have earned, from sums by the day and what people answered.

A worker keeps what it has read of a use case for a moment, so that a call of a tool reads a few rows at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from remit.decide.autonomy import Attempts, Facts, Level, Shares, Thresholds, earned, thresholds
from remit.decide.tool_replay import score
from remit.declare.block import ToolBlock
from remit.declare.declared import Autonomy
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.declare.version import covers, family
from remit.enforce.remit import Remit, resolve
from remit.enforce.stop import EVERYTHING
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import current_model, model_in_force
from remit.operations.replay_tools import replay_tools
from remit.operations.system import System
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.dossier_entry import Evaluation
from remit.record.filed import FiledFilter
from remit.record.found import FindingFilter
from remit.record.tool_day import ToolDayKey, ToolDaySum
from remit.record.tool_entry import TargetClass
from remit.report.autonomy import ToolLevel, UseCaseAutonomy

FRESH = timedelta(seconds=2)
"""For how long a worker takes what it has read to be so."""

REPLAY_FRESH = timedelta(minutes=10)
REPLAYED = 500
"""How many recorded calls of a use case the policies in force are asked about again."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that levels of one use case are earned by, on one day."""

    remit: Remit
    needs: Thresholds
    day: date
    days: tuple[tuple[ToolDayKey, ToolDaySum], ...]
    refused: Mapping[str, frozenset[date]]
    """The days on which people refused calls, by the name of the tool."""
    evaluation: Shares | None
    replay: Shares | None
    open: tuple[str, ...]
    stopped: Mapping[str, str]
    """Kill switches on tools, by the name of the tool."""


def facts(known: Known, address: str, block: ToolBlock | None, *, target_class: TargetClass) -> Facts:
    """Say what is known of one tool and one kind of targets; versions of a tool are told apart."""
    approved, done = Counter[date](), Counter[date]()
    calls, denied = Counter[date](), Counter[date]()
    breached = set()
    for key, each in known.days:
        calls[key.day] += each.done + each.failed + each.unclear + each.denied
        denied[key.day] += each.denied
        if each.breached:
            breached.add(key.day)
        if (key.tool, key.target_class) == (address, target_class):
            approved[key.day] += each.approved
            done[key.day] += each.done
    stopped = [known.stopped[each] for each in (family(address), address) if each in known.stopped]
    return Facts(
        most=known.remit.autonomy_max or "none",
        writes=block is None or block.effect == "writes",
        target_class=target_class,
        approved=approved,
        done=done,
        refused=known.refused.get(address, frozenset()),
        breached=frozenset(breached),
        attempts={each: Attempts(calls[each], denied[each]) for each in calls},
        evaluation=known.evaluation,
        replay=known.replay,
        open=(*known.open, *dict.fromkeys(stopped)),
    )


def level_of(known: Known, address: str, block: ToolBlock | None, *, target_class: TargetClass) -> Level:
    found = facts(known, address, block, target_class=target_class)
    return earned(found, known.needs, stage=known.remit.stage, day=known.day)


def read_known(
    system: System, model: OperatingModel, use_case: str, *, stage: StageName, replay: Shares | None = None
) -> Known:
    """Read what levels of a use case are earned by: a few rows by day, and what people answered."""
    now = system.clock.now()
    day = now.astimezone(model.organisation.zone).date()
    remit = resolve(model, use_case, stage)
    needs = thresholds(remit)
    # Days of tools are those of UTC, which begin at another hour than the organisation's.
    since = day - timedelta(days=needs.days)
    stops = system.store.stops()
    return Known(
        remit=remit,
        needs=needs,
        day=day,
        days=tuple(system.store.tool_days(use_case, since=since)),
        refused=_refused(system, model, use_case, since),
        evaluation=_evaluation(system, model, use_case),
        replay=replay,
        open=tuple(_open(system, model, remit, now)),
        stopped={
            address: f"kill switch `{address}` is on" for address in stops if address.startswith("tool/")
        },
    )


def _refused(system: System, model: OperatingModel, use_case: str, since: date) -> dict[str, frozenset[date]]:
    zone = model.organisation.zone
    wanted = FiledFilter(
        kinds=(ApprovalRequest, Approval), use_case=use_case, since=datetime.combine(since, time(), zone)
    )
    tools: dict[str, str] = {}
    found: dict[str, set[date]] = {}
    for entry in system.store.filed(wanted):
        if isinstance(entry, ApprovalRequest) and entry.about == "tool":
            tools[entry.id] = entry.subject
        elif isinstance(entry, Approval) and entry.about == "tool" and entry.said == "denied":
            # A request from before the days that count: which tool it was about, is looked up.
            tool = tools.get(entry.request) or _subject(system, entry.request)
            found.setdefault(tool, set()).add(entry.at.astimezone(zone).date())
    return {tool: frozenset(days) for tool, days in found.items()}


def _subject(system: System, request: str) -> str:
    rows = system.store.filed(FiledFilter(kinds=(ApprovalRequest,)))
    return next(
        (each.subject for each in rows if isinstance(each, ApprovalRequest) and each.id == request), ""
    )


def _evaluation(system: System, model: OperatingModel, use_case: str) -> Shares | None:
    """Find the newest evaluation, by its weakest release."""
    found = [
        each
        for each in system.store.filed(FiledFilter(kinds=(Evaluation,), use_case=use_case))
        if isinstance(each, Evaluation) and any(result.cases for result in each.results)
    ]
    if not found:
        return None
    newest = max(found, key=lambda each: each.at)
    weakest = min(
        (each for each in newest.results if each.cases), key=lambda each: Decimal(each.passed) / each.cases
    )
    day = newest.at.astimezone(model.organisation.zone).date()
    return Shares(Decimal(weakest.passed) / weakest.cases, day, weakest.cases)


def _open(system: System, model: OperatingModel, remit: Remit, now: datetime) -> Iterator[str]:
    """List what somebody has to see to before agents of a use case do anything by themselves."""
    above = {
        EVERYTHING,
        f"use-case/{remit.use_case}",
        *(f"unit/{each}" for each in model.lineage(remit.unit)),
    }
    agents = {f"agent/{key.agent}" for key in system.store.keys().values() if key.use_case == remit.use_case}
    for address in system.store.stops():
        if address in above or address in agents:
            yield f"kill switch `{address}` is on"
    wanted = FindingFilter(use_case=remit.use_case, type="PROMPT_ATTACK", shadow=False, waiting=True)
    if system.store.findings(wanted, limit=1):
        yield "an attack was found that nobody has looked at"


def tools_of(model: OperatingModel, remit: Remit) -> Iterator[tuple[str, ToolBlock]]:
    """List the tools that a remit has, by address."""
    tools = remit.tools
    for address, block in sorted(model.blocks.items()):
        listed = tools is not None and (isinstance(tools, str) or covers(tools, address))
        if listed and isinstance(block, ToolBlock):
            yield address, block


def target_classes(block: ToolBlock) -> tuple[TargetClass, ...]:
    """List the kinds of targets that calls of a tool can have."""
    return ("known", "unknown") if block.named("target") else ("none",)


def read_autonomy(system: System, use_case: str) -> UseCaseAutonomy:
    """Say which level agents of a use case have earned with each of their tools; raises NotFound."""
    fold_ledger(system)
    _, model = model_in_force(system)
    require_use_case(model, use_case)
    stage = system.store.stages(system.clock.now())[use_case].stage
    return autonomy_of(system, model, use_case, stage=stage)


def autonomy_of(system: System, model: OperatingModel, use_case: str, *, stage: StageName) -> UseCaseAutonomy:
    known = read_known(system, model, use_case, stage=stage)
    if needs_replay(known):
        known = replace(known, replay=read_replay(system, model, use_case))
    return UseCaseAutonomy(
        use_case=use_case,
        name=model.use_cases[use_case].name,
        owner=model.owner_of(use_case),
        stage=stage,
        most=known.remit.autonomy_max or "none",
        day=known.day,
        tools=tuple(
            _line(known, address, block, target_class)
            for address, block in tools_of(model, known.remit)
            for target_class in target_classes(block)
        ),
    )


def _line(known: Known, address: str, block: ToolBlock, target_class: TargetClass) -> ToolLevel:
    sums = [each for key, each in known.days if (key.tool, key.target_class) == (address, target_class)]
    return ToolLevel(
        tool=address,
        name=block.name,
        effect=block.effect,
        target_class=target_class,
        level=level_of(known, address, block, target_class=target_class),
        done=sum(each.done for each in sums),
        approved=sum(each.approved for each in sums),
        denied=sum(each.denied for each in sums),
    )


def needs_replay(known: Known) -> bool:
    """Say whether any level can depend on a replay."""
    return known.remit.stage == "scale" and known.remit.autonomy_max == "autonomous"


def read_replay(system: System, model: OperatingModel, use_case: str) -> Shares | None:
    """Ask the policies in force again about the calls that people answered last."""
    found = score(replay_tools(system, model, use_case=use_case, limit=REPLAYED))
    if not found.answered:
        return None
    day = system.clock.now().astimezone(model.organisation.zone).date()
    return Shares(Decimal(found.agreed) / found.answered, day, found.answered)


@dataclass(slots=True)
class Autonomies:
    """The levels of all use cases as one worker has read them, each no older than a moment."""

    system: System
    known: dict[str, tuple[int, datetime, Known]] = field(default_factory=dict)
    replays: dict[str, tuple[int, datetime, Shares | None]] = field(default_factory=dict)

    def level(self, use_case: str, address: str, target_class: TargetClass) -> Autonomy:
        """Say what was earned with one tool and one kind of targets; `none` where nothing is in force."""
        current = current_model(self.system)
        if current is None or use_case not in current[1].use_cases:
            return "none"
        version, model = current
        known = self._known(version, model, use_case)
        block = model.blocks.get(address)
        tool = block if isinstance(block, ToolBlock) else None
        return level_of(known, address, tool, target_class=target_class).autonomy

    def _known(self, version: int, model: OperatingModel, use_case: str) -> Known:
        now = self.system.clock.now()
        kept = self.known.get(use_case)
        if kept is not None and kept[0] == version and now - FRESH < kept[1] <= now:
            return kept[2]
        stage = self.system.store.stages(now)[use_case].stage
        known = read_known(self.system, model, use_case, stage=stage)
        if needs_replay(known):
            known = replace(known, replay=self._replay(version, model, use_case, now))
        self.known[use_case] = (version, now, known)
        return known

    def _replay(self, version: int, model: OperatingModel, use_case: str, now: datetime) -> Shares | None:
        kept = self.replays.get(use_case)
        if kept is None or kept[0] != version or not now - REPLAY_FRESH < kept[1] <= now:
            kept = self.replays[use_case] = (version, now, read_replay(self.system, model, use_case))
        return kept[2]
