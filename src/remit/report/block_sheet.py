"""Blocks as a catalogue: each with who uses it, how it works, what it costs and what it saved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from remit.decide.worth.reuse import Avoided
from remit.kernel.money import EXACT, ZERO
from remit.record.dossier_entry import Evaluation, Guarded, Scored
from remit.record.found import FindingRow
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import RefusalKey, UsageKey, UsageSum
from remit.report.blocks import BlockLine, Blocks

Outdated = Callable[[str, Scored], str]
"""Says of what was tried for a use case why it is not what calls would get; empty if it is."""

Weaker = Callable[[str, tuple[Guarded, ...]], str]
"""Says of guardrails that attacks met why calls of a use case would not meet them so; empty if they would."""


@dataclass(slots=True)
class Work:
    """What calls of a block came to. Of a guardrail, calls are the times that one by others was asked."""

    calls: int = 0
    failed: int = 0
    blocked: int = 0
    latency_ms: int = 0
    charge: Decimal = ZERO

    def add(self, other: UsageSum) -> None:
        self.calls += other.calls
        self.failed += other.failed
        self.blocked += other.blocked
        self.latency_ms += other.latency_ms
        self.charge = EXACT.add(self.charge, other.charge)

    @property
    def mean_ms(self) -> int | None:
        return self.latency_ms // self.calls if self.calls else None

    @property
    def failed_permille(self) -> int | None:
        """How many of a thousand calls failed, rounded up, so that none of them reads as none."""
        return -(-self.failed * 1_000 // self.calls) if self.calls else None


@dataclass(frozen=True, slots=True)
class Tried:
    """The last evaluation of a block for one use case on one data set; `outdated` says why it shows no more.

    `passed` of `cases` is what `measure` counts; of attacks, those that succeeded are the others.
    """

    use_case: str
    dataset: str
    measure: str
    cases: int
    passed: int
    at: datetime
    entry: str
    simulated: bool
    outdated: str


@dataclass(frozen=True, slots=True)
class BlockSheet:
    """One block of the catalogue. What it saved is claimed.

    Of a guardrail, `passed_by` counts the use cases whose calls must pass it, `found` the calls in which it
    found something, and `waiting` its findings that wait for a person's word.
    """

    line: BlockLine
    real: Work
    simulated: Work
    refused: int
    passed_by: int
    found: int
    waiting: int
    tried: tuple[Tried, ...]
    saved: Avoided | None

    @property
    def shown(self) -> Work:
        """What is shown of it: its real calls, or the simulated ones where there are no others."""
        return self.real if self.real.calls or not self.simulated.calls else self.simulated

    @property
    def users(self) -> int:
        """Count the use cases that name it, called it, or must pass it, whichever are most."""
        return max(self.line.listed, self.line.called, self.passed_by)

    @property
    def idle(self) -> bool:
        """Say whether it serves nobody, and no calls pass it."""
        return self.line.orphan and not self.passed_by

    @property
    def only_simulated(self) -> bool:
        return not self.real.calls and self.simulated.calls > 0

    @property
    def outdated(self) -> int:
        return sum(bool(each.outdated) for each in self.tried)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All blocks with how they work, as far as calls since a day show it."""

    since: date
    today: date
    currency: str
    blocks: Blocks
    sheets: tuple[BlockSheet, ...]
    avoided: Decimal
    days_saved: int
    unstated: tuple[str, ...]

    @property
    def kinds(self) -> Mapping[str, int]:
        return Counter(each.line.kind for each in self.sheets)

    @property
    def unused(self) -> tuple[BlockSheet, ...]:
        return tuple(each for each in self.sheets if each.idle)

    @property
    def twins(self) -> tuple[BlockSheet, ...]:
        return tuple(each for each in self.sheets if each.line.twins)

    @property
    def left_behind(self) -> tuple[BlockSheet, ...]:
        return tuple(each for each in self.sheets if each.line.left_behind)

    @property
    def behind(self) -> tuple[BlockSheet, ...]:
        return tuple(each for each in self.sheets if each.line.behind)

    @property
    def ownerless(self) -> tuple[BlockSheet, ...]:
        return tuple(each for each in self.sheets if not each.line.owner)


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """What was recorded of blocks since a day, and how many use cases must pass each guardrail now."""

    usage: Iterable[tuple[UsageKey, UsageSum]]
    guarded: Iterable[tuple[GuardrailKey, GuardrailSum]]
    refusals: Iterable[tuple[RefusalKey, int]]
    passed_by: Mapping[str, int]
    findings: Iterable[FindingRow]
    evaluations: Iterable[Evaluation]


@dataclass(slots=True)
class _Seen:
    real: defaultdict[str, Work] = field(default_factory=lambda: defaultdict(Work))
    simulated: defaultdict[str, Work] = field(default_factory=lambda: defaultdict(Work))

    def add(self, key: UsageKey, total: UsageSum) -> None:
        works = self.simulated if key.simulated else self.real
        for address in (key.model, key.block):
            if address:
                works[address].add(total)

    def ask(self, key: GuardrailKey, total: GuardrailSum) -> None:
        work = self.real[key.guardrail]
        work.calls += total.askings
        work.charge = EXACT.add(work.charge, total.charge)


def block_sheets(
    blocks: Blocks, record: BlockRecord, *, saved: Iterable[Avoided], outdated: Outdated, weaker: Weaker
) -> tuple[BlockSheet, ...]:
    """Join what is declared of every block with what was recorded of it."""
    seen = _Seen()
    for key, total in record.usage:
        seen.add(key, total)
    for guard, asked in record.guarded:
        seen.ask(guard, asked)
    refused: Counter[str] = Counter()
    for refusal, count in record.refusals:
        refused[refusal.model] += count
    found: Counter[str] = Counter()
    waiting: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in record.findings:
        found[row.key.guardrail] += row.sum.calls
        if row.key.mark and not row.verdict:
            waiting[row.key.guardrail].add((row.key.mark, row.key.use_case))
    tried = _tried(record.evaluations, outdated, weaker)
    by_block = {each.address: each for each in saved}
    return tuple(
        BlockSheet(
            line=line,
            real=seen.real[line.address],
            simulated=seen.simulated[line.address],
            refused=refused[line.address],
            passed_by=record.passed_by.get(line.address, 0),
            found=found[line.address],
            waiting=len(waiting[line.address]),
            tried=tuple(tried.get(line.address, ())),
            saved=by_block.get(line.address),
        )
        for line in blocks.blocks
    )


def _tried(evaluations: Iterable[Evaluation], outdated: Outdated, weaker: Weaker) -> dict[str, list[Tried]]:
    """Keep of every block the newest evaluation for each use case and data set, the newest first."""
    newest: dict[tuple[str, str, str], Tried] = {}
    for each in sorted(evaluations, key=lambda entry: entry.id, reverse=True):
        for scored in each.results:
            for address in filter(None, (scored.model, scored.prompt_block)):
                if (address, each.use_case, each.dataset) not in newest:
                    why = outdated(each.use_case, scored)
                    newest[address, each.use_case, each.dataset] = _one(each, scored, why)
        if each.measure == "attack_success_rate" and each.results:
            for guard in each.guardrails:
                if (guard.address, each.use_case, each.dataset) not in newest:
                    why = weaker(each.use_case, (guard,))
                    newest[guard.address, each.use_case, each.dataset] = _one(each, each.results[0], why)
    found: dict[str, list[Tried]] = defaultdict(list)
    for (address, *_), one in newest.items():
        found[address].append(one)
    return found


def _one(each: Evaluation, scored: Scored, why: str) -> Tried:
    return Tried(
        use_case=each.use_case,
        dataset=each.dataset,
        measure=each.measure,
        cases=scored.cases,
        passed=scored.passed,
        at=each.at,
        entry=each.id,
        simulated=scored.simulated,
        outdated=why,
    )
