"""Customisation: which level of it a use case warrants: prompting, retrieval, a customised or an own model.

Each level is dearer to have than the one before. So the lowest stands unless answers fall short of what the
next gate asks, or a higher one pays for itself with answers that are shown not to be worse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from remit.decide.confidence import wilson
from remit.decide.finops.draft import money
from remit.decide.finops.pace import a_month_of, pace
from remit.decide.finops.ranked import standing
from remit.decide.finops.saving import Saving, SavingKind
from remit.decide.finops.tariff import Tokens, as_charged, cost_by_day, near, tokens_of, total
from remit.decide.finops.workload import Workload
from remit.decide.risk import tier_of
from remit.decide.sample import GateAsks, gate_asks
from remit.kernel.money import EXACT, ZERO

LevelName = Literal["prompting", "retrieval", "customised-model", "own-model"]

CONTEXT_TOKENS = 1_000
"""What retrieval costs is said for so many tokens more in each call; how many it takes is the design's."""

Verdict = Literal["in-use", "warranted", "to-show", "not-warranted", "not-offered"]
"""Whether a level is in use, pays and is shown to be good enough, pays and is not shown to be, does not pay
or is not needed, or has no price to be worked out with."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level: what 30 days of it cost where that is known, and how it stands, with the reason.

    `saving` is the best that was found for it.
    """

    name: LevelName
    a_month: Decimal | None
    verdict: Verdict
    why: str
    saving: Saving | None = None


@dataclass(frozen=True, slots=True)
class Customisation:
    """The levels from the lowest to the highest, which is in use, which is warranted, and why.

    `asked` is the pass rate that the next gate asks for and `share` the newest measured one, within `low` to
    `high`; each is None where there is none.
    """

    use_case: str
    now: LevelName
    warranted: LevelName
    levels: tuple[Level, ...]
    says: str
    asked: float | None = None
    share: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def falls_short(self) -> bool:
        """Say whether answers are surely not as good as the gate asks."""
        return self.asked is not None and self.high is not None and self.high < self.asked


def customisation(work: Workload, savings: Sequence[Saving]) -> Customisation:
    """Answer for one use case which level of customisation is warranted, from what was saved or lost.

    `savings` are those that were found for the workload.
    """
    now: LevelName = "retrieval" if _retrieves(work) else "prompting"
    start = Customisation(work.use_case, now, now, (), "")
    shown = _quality_of_now(work, start)
    levels = (
        _prompting(work, shown),
        _retrieval(work, shown),
        _offered(savings, "customised-model", ("fine-tune", "distil")),
        _offered(savings, "own-model", ("self-host",)),
    )
    return _answer(replace(shown, levels=levels))


def _retrieves(work: Workload) -> bool:
    case = work.model.use_cases.get(work.use_case)
    return case is not None and any(each.startswith("knowledge/") for each in case.blocks)


def _quality_of_now(work: Workload, start: Customisation) -> Customisation:
    """Add what the next gate asks and what the newest evaluation of a model that is called shows."""
    case, remit = work.model.use_cases.get(work.use_case), work.remit
    asks: tuple[GateAsks, ...] = ()
    if case is not None and remit is not None:
        asks = gate_asks(work.model, remit.stage, "pass_rate", tier=tier_of(case))
    asked = max((each.asked.threshold for each in asks), default=None)
    called = set(work.found("model"))
    shown = [
        (tried.evaluation.at, tried.evaluation.id, scored)
        for tried in work.tried
        for scored in tried.evaluation.results
        if tried.evaluation.measure == "pass_rate" and scored.model in called and scored.cases
        if work.simulated or not scored.simulated
    ]
    if not shown:
        return replace(start, asked=asked)
    scored = max(shown, key=lambda each: each[:2])[2]
    low, high = wilson(scored.passed, scored.cases)
    return replace(start, asked=asked, share=scored.passed / scored.cases, low=low, high=high)


def _prompting(work: Workload, shown: Customisation) -> Level:
    charged = cost_by_day(work, work.rows, as_charged(work, work.rows))
    a_month = a_month_of(total(charged), work.days)
    if shown.now != "prompting":
        return Level("prompting", None, "not-warranted", "a knowledge base is declared among its blocks")
    if shown.falls_short:
        why = f"a pass rate of {shown.asked:g} is asked and at most {shown.high:.3f} is likely"
        return Level("prompting", a_month, "in-use", why)
    return Level("prompting", a_month, "in-use", "nothing shows that its answers fall short")


def _retrieval(work: Workload, shown: Customisation) -> Level:
    """Price so many tokens of context in each call, at the input rates that each was charged."""
    rows, tokens = work.rows, tokens_of(work, work.rows)
    more = Tokens(
        tokens.input + CONTEXT_TOKENS,
        tokens.cache_read,
        tokens.cache_write,
        tokens.cache_write_1h,
        tokens.output,
    )
    tariff = as_charged(work, rows)
    extra = near(
        EXACT.minus(pace(cost_by_day(work, rows, tariff), cost_by_day(work, rows, tariff, more)).a_month)
    )
    said = f"{CONTEXT_TOKENS:,} tokens of context in each call cost {money(work, extra)} in 30 days"
    if shown.now == "retrieval":
        return Level("retrieval", extra, "in-use", said)
    if shown.falls_short:
        return Level("retrieval", extra, "to-show", f"answers fall short; {said}; evaluate it first")
    return Level("retrieval", extra, "not-warranted", f"answers are not shown to fall short; {said}")


def _offered(savings: Sequence[Saving], name: LevelName, kinds: tuple[SavingKind, ...]) -> Level:
    found = [each for each in savings if each.kind in kinds]
    if not found:
        return Level(
            name, None, "not-offered", "no capacity for it is declared, so nothing can be worked out"
        )
    best = max(found, key=lambda each: (standing(each)[0] == "recommended", each.a_month, each.id))
    how, why = standing(best)
    verdicts: dict[str, Verdict] = {"recommended": "warranted", "to-show": "to-show", "simulated": "to-show"}
    days = (best.until - best.since).days + 1
    a_month = a_month_of(best.would, days)
    return Level(name, a_month, verdicts.get(how, "not-warranted"), _with_break_even(best, why), best)


def _with_break_even(saving: Saving, why: str) -> str:
    even = saving.break_even
    if even is None:
        return f"{why}; at no volume would it pay"
    back = "" if even.months is None else f", and what is paid once is back after {even.months} months"
    return f"{why}; it pays from {even.at:,.0f} {even.of} on, and there are {even.now:,.0f}{back}"


def _answer(found: Customisation) -> Customisation:
    """Choose the level: the highest that is warranted, else the one in use, else what is to be shown next."""
    warranted = [each for each in found.levels if each.verdict == "warranted"]
    to_show = [each for each in found.levels if each.verdict == "to-show"]
    if warranted:
        best = max(warranted, key=lambda each: ZERO if each.saving is None else each.saving.a_month)
        return replace(found, warranted=best.name, says=f"{_SAID[best.name]} is warranted: {best.why}")
    at = next(each for each in found.levels if each.name == found.now)
    if to_show and (found.falls_short or any(each.saving is not None for each in to_show)):
        then = f"; {_SAID[to_show[0].name]} would have to be shown first: {to_show[0].why}"
        return replace(found, says=f"{_SAID[found.now]} stays{then}")
    return replace(found, says=f"{_SAID[found.now]} is enough: {at.why}")


_SAID: dict[LevelName, str] = {
    "prompting": "prompting",
    "retrieval": "retrieval",
    "customised-model": "a customised model",
    "own-model": "a model on machines of your own",
}
