"""Projection: what a run of entries adds to the state that pages and decisions read.

Everything in the store but texts can be made again from the journals; this is the one place that says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from remit.declare.organisation import StageName
from remit.enforce.guardrail.noted import Noted
from remit.kernel.money import EXACT, ZERO
from remit.record.call_entry import Call, GuardrailCheck, Hold, Mark, Refusal
from remit.record.decided import Adjustment, Apply, FindingReview, KeyChange, KillSwitch, StageChange
from remit.record.entry import Entry
from remit.record.filed import FILED, Filed
from remit.record.found import FindingKey, FindingSum, finding_keys
from remit.record.guardrail_charge import GuardrailCharge, GuardrailKey, GuardrailSum
from remit.record.keeping import LetGo, Seal, SealKey
from remit.record.ledgered import Ledgered
from remit.record.outcome_entry import Outcome
from remit.record.referred import ReferenceKey, ReferenceSum
from remit.record.tally import Tally
from remit.record.tool_day import ToolDayKey, ToolDaySum
from remit.record.tool_entry import ToolCalled


class UsageKey(msgspec.Struct, frozen=True):
    """What calls are rolled up by. `hour` is the start of a UTC hour, written as ISO 8601.

    `block` is the exact address of the prompt block that was called. What is not told apart is empty.
    """

    hour: str
    use_case: str
    unit: str
    stage: str
    model: str
    key: str
    currency: str
    simulated: bool
    block: str = ""

    def in_day(self) -> UsageKey:
        """Name the row of its whole day, without key."""
        return msgspec.structs.replace(self, hour=day_of(self.hour), key="")


@dataclass(slots=True)
class UsageSum:
    """Sums over the calls of one roll-up row; `cached` of them were answered from what was kept.

    `unguarded` passed no guardrail; one that judges a text of another call is none of these.

    Kinds of tokens exclude each other as those of `Usage` do, but for `reasoning_tokens`, which are part of
    the output. One that a guardrail stopped is `blocked`, and has not failed.
    """

    calls: int = 0
    failed: int = 0
    blocked: int = 0
    cached: int = 0
    unguarded: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    latency_ms: int = 0
    charge: Decimal = ZERO
    list_charge: Decimal = ZERO
    committed: Decimal = ZERO
    saved: Decimal = ZERO

    @property
    def input_total(self) -> int:
        """All tokens read, whether from a cache or not."""
        return (
            self.input_tokens + self.cache_read_tokens + self.cache_write_tokens + self.cache_write_1h_tokens
        )

    def add(self, call: Call) -> None:
        usage = call.usage
        self.calls += 1
        self.failed += call.status not in ("completed", "blocked")
        self.blocked += call.status == "blocked"
        self.cached += bool(call.cached)
        self.unguarded += not call.guardrails and not call.judges
        self.input_tokens += usage.input_tokens
        self.cache_read_tokens += usage.cache_read_tokens
        self.cache_write_tokens += usage.cache_write_tokens
        self.cache_write_1h_tokens += usage.cache_write_1h_tokens
        self.output_tokens += usage.output_tokens
        self.reasoning_tokens += usage.reasoning_tokens
        self.latency_ms += call.latency_ms
        self.charge = EXACT.add(self.charge, call.charge)
        at_list = call.charge if call.list_charge is None else call.list_charge
        self.list_charge = EXACT.add(self.list_charge, at_list)
        if call.rates.commitment:
            self.committed = EXACT.add(self.committed, call.charge)
        self.saved = EXACT.add(self.saved, call.saved)

    def merge(self, other: UsageSum) -> None:
        """Add the sums of another row."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in AMOUNTS:
            setattr(self, name, EXACT.add(getattr(self, name), getattr(other, name)))


AMOUNTS = ("charge", "list_charge", "committed", "saved")
COUNTS = tuple(each.name for each in fields(UsageSum) if each.name not in AMOUNTS)
"""What a roll-up row sums up: amounts of money, and whole numbers."""


class RefusalKey(msgspec.Struct, frozen=True):
    """What refusals are counted by; what is not told apart is empty. Of a tool, `model` is its address."""

    hour: str
    use_case: str
    rule: str
    model: str = ""
    key: str = ""

    def in_day(self) -> RefusalKey:
        """Name the row of its whole day, without model and key."""
        return RefusalKey(day_of(self.hour), self.use_case, self.rule)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as lists of entries find it; `body` is its JSON, and `line` counts from 1 in its journal."""

    id: str
    at: datetime
    kind: str
    use_case: str
    rule: str
    stage: str
    body: bytes
    journal: str
    line: int


@dataclass(frozen=True, slots=True)
class StageFact:
    """The stage that a use case is at, since when (at the latest, if that is not known), and why.

    With `until` it lasts up to that instant, and from then on the use case is at `falls_to`.
    """

    stage: StageName
    since: date
    basis: str
    since_known: bool = True
    until: datetime | None = None
    falls_to: StageName | None = None

    def on(self, now: datetime) -> StageFact:
        """Say how it stands at an instant."""
        if self.until is None or now < self.until:
            return self
        assert self.falls_to is not None, "what ends falls to a stage"
        return StageFact(self.falls_to, self.until.date(), "narrowed")


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries to list; empty fields do not filter.

    `account` finds calls that drew from one budget's window, `about` what judges one call. `before` is an id,
    for the page after it, and `since_id` the first id of all. Who was blocked did not complete either.
    """

    kind: str = ""
    use_case: str = ""
    rule: str = ""
    stage: str = ""
    account: str = ""
    batch: str = ""
    unit: str = ""
    model: str = ""
    key: str = ""
    about: str = ""
    simulated: bool | None = None
    completed: bool | None = None
    blocked: bool | None = None
    since: datetime | None = None
    before: str = ""
    since_id: str = ""


@dataclass(slots=True)
class Changes:
    """What to add to, put into and take out of the store, in one transaction."""

    rows: list[Row] = field(default_factory=list)
    usage: dict[UsageKey, UsageSum] = field(default_factory=dict)
    refusals: dict[RefusalKey, int] = field(default_factory=dict)
    guarded: dict[GuardrailKey, GuardrailSum] = field(default_factory=dict)
    tool_days: dict[ToolDayKey, ToolDaySum] = field(default_factory=dict)
    posted: dict[str, Decimal] = field(default_factory=dict)
    users: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """When somebody's last call for a use case began, by use case and user."""
    opened: dict[str, Hold] = field(default_factory=dict)
    marked: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    keys: list[KeyChange] = field(default_factory=list)
    stages: list[StageChange] = field(default_factory=list)
    findings: dict[FindingKey, FindingSum] = field(default_factory=dict)
    reviews: list[FindingReview] = field(default_factory=list)
    applied: list[Apply] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    referred: dict[ReferenceKey, ReferenceSum] = field(default_factory=dict)
    dossier: list[Filed] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    switches: list[KillSwitch] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    seal_keys: list[SealKey] = field(default_factory=list)
    let_go: list[LetGo] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def hour_of(at: datetime) -> str:
    """Name the UTC hour that an instant lies in."""
    return at.astimezone(UTC).isoformat()[:13] + ":00:00Z"


def day_of(hour: str) -> str:
    """Name the UTC day that an hour lies in, by its first hour.

    >>> day_of("2026-11-23T14:00:00Z")
    '2026-11-23T00:00:00Z'
    """
    return hour[:10] + "T00:00:00Z"


def project(
    entries: Iterable[tuple[Ledgered, bytes]],
    *,
    journal: str = "gateway",
    first: int = 1,
    listed: bool = True,
) -> Changes:
    """Sum up entries, each with its JSON, as they stand in a journal from its line `first` on.

    Unless they are `listed`, they only change sums and facts, and lists of entries find none of them.
    """
    changes = Changes()
    for line, (entry, body) in enumerate(entries, first):
        _project(changes, entry, body, journal, line)
        if not listed:
            changes.rows.clear()
    return changes


def row_of(entry: Ledgered, body: bytes, journal: str, line: int) -> Row:
    """Say how lists find an entry."""
    purpose = getattr(entry, "purpose", None)
    use_case = getattr(entry, "use_case", "") if purpose is None else purpose.use_case
    stage = purpose.stage if purpose is not None else entry.stage if isinstance(entry, StageChange) else ""
    rule = entry.decision.rule if isinstance(entry, Refusal | ToolCalled) else ""
    kind = str(type(entry).__struct_config__.tag)
    return Row(entry.id, entry.at, kind, use_case, rule, stage, body, journal, line)


def _project(changes: Changes, entry: Ledgered, body: bytes, journal: str, line: int) -> None:
    if (take := _TAKE.get(type(entry))) is not None:
        take(changes, entry)
    if isinstance(entry, Call | GuardrailCharge | ToolCalled):
        for account in entry.accounts:
            changes.posted[account] = EXACT.add(changes.posted.get(account, ZERO), entry.charge)
    if not isinstance(entry, Hold | Mark):
        changes.rows.append(row_of(entry, body, journal, line))


def _mark(changes: Changes, mark: Mark) -> None:
    changes.marked[mark.id] = mark.output_tokens


def _hold(changes: Changes, hold: Hold) -> None:
    changes.opened[hold.id] = hold


def _refusal(changes: Changes, refusal: Refusal) -> None:
    use_case = refusal.purpose.use_case if refusal.purpose else ""
    if not refusal.judges:
        model, holder = (refusal.purpose.model, refusal.purpose.key) if refusal.purpose else ("", "")
        key = RefusalKey(hour_of(refusal.at), use_case, refusal.decision.rule, model, holder)
        changes.refusals[key] = changes.refusals.get(key, 0) + 1 + refusal.repeated
    _find(changes, refusal, use_case, refusal.findings)
    changes.tally.add(refusal, "")


def _guardrail_check(changes: Changes, check: GuardrailCheck) -> None:
    _find(changes, check, check.purpose.use_case, check.findings)
    changes.tally.add(check, "")


def _guardrail_charge(changes: Changes, entry: GuardrailCharge) -> None:
    key = GuardrailKey.of(entry, hour_of(entry.at))
    changes.guarded.setdefault(key, GuardrailSum()).add(1, entry.units, entry.charge)


def _tool_call(changes: Changes, entry: ToolCalled) -> None:
    whose, rule = entry.purpose, entry.decision.rule
    if entry.status == "refused":
        key = RefusalKey(hour_of(entry.at), whose.use_case, rule, entry.tool, whose.key)
        changes.refusals[key] = changes.refusals.get(key, 0) + 1
    changes.tool_days.setdefault(ToolDayKey.of(entry), ToolDaySum()).add(entry)
    if entry.charge:
        charged = GuardrailKey.of_tool(entry, hour_of(entry.at))
        changes.guarded.setdefault(charged, GuardrailSum()).add(1, 0, entry.charge)
    _find(changes, entry, whose.use_case, entry.findings)


def _listed(where: str) -> Callable[[Changes, Entry], None]:
    """Take an entry as it is, for whoever keeps what it says."""

    def take(changes: Changes, entry: Entry) -> None:
        getattr(changes, where).append(entry)

    return take


def _close(changes: Changes, call: Call) -> None:
    purpose = call.purpose
    key = UsageKey(
        hour=hour_of(call.at),
        use_case=purpose.use_case,
        unit=purpose.unit,
        stage=purpose.stage,
        model=purpose.model,
        key=purpose.key,
        currency=call.currency,
        simulated=call.simulated,
        block=call.prompt_block,
    )
    changes.usage.setdefault(key, UsageSum()).add(call)
    changes.tally.add(call, day_of(key.hour))
    if purpose.user:
        who = purpose.use_case, purpose.user
        changes.users[who] = max(call.began, changes.users.get(who, call.began))
    # What an evaluation numbers its cases by is no reference of a caller's.
    if call.reference and not call.origin.evaluates:
        carried = ReferenceKey(purpose.use_case, call.reference, purpose.model, call.currency, call.simulated)
        referred = changes.referred.setdefault(carried, ReferenceSum(call.at))
        referred.last = max(referred.last, call.at)
        referred.calls += 1
        referred.charge = EXACT.add(referred.charge, call.charge)
    if changes.opened.pop(call.id, None) is None:
        changes.closed.add(call.id)
    changes.marked.pop(call.id, None)
    if not (call.hedge_of or call.judges):
        # What was found in the text of the call that it stands beside is that call's.
        _find(changes, call, purpose.use_case, call.findings)


_TAKE: Mapping[type, Callable[[Changes, Any], None]] = {
    Hold: _hold,
    Mark: _mark,
    Call: _close,
    Refusal: _refusal,
    GuardrailCheck: _guardrail_check,
    GuardrailCharge: _guardrail_charge,
    ToolCalled: _tool_call,
    StageChange: _listed("stages"),
    KeyChange: _listed("keys"),
    FindingReview: _listed("reviews"),
    Adjustment: _listed("adjustments"),
    KillSwitch: _listed("switches"),
    Outcome: _listed("outcomes"),
    **dict.fromkeys(FILED, _listed("dossier")),
    Apply: _listed("applied"),
    Seal: _listed("seals"),
    SealKey: _listed("seal_keys"),
    LetGo: _listed("let_go"),
}
"""What each kind of entry changes; other kinds are only listed."""


_Read = Call | Refusal | GuardrailCheck | ToolCalled


def _find(changes: Changes, entry: _Read, use_case: str, findings: Iterable[Noted]) -> None:
    """Count an entry once for each guardrail's word on each of the words that were found."""
    for key in {key for each in findings for key in finding_keys(use_case, each)}:
        found = FindingSum(1, entry.at, entry.at, entry.id, entry.id)
        known = changes.findings.setdefault(key, found)
        if known is not found:
            known.add(found)
