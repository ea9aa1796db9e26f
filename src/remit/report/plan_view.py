"""A plan as people read it: its changes with a symbol each, its effects in sentences, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from remit.decide.intake import Match, Newcomer
from remit.declare.plan import SYMBOLS
from remit.enforce.standing import Effect
from remit.record.apply_diff import value_of
from remit.record.decided import Changed, ChangedField

VALUE_MAX = 100
LISTED_MAX = 40
"""How many changes or effects are listed where nobody asked for all."""
NEWCOMERS_MAX = 10
"""How many likenesses of newcomers are listed where nobody asked for all."""
MARKS = "!↑↓≈"
"""What stands before an effect: it breaks, lets do more, lets do less, or lets do otherwise."""
ALIKE_MAX = 3
"""From how many use cases on the same effect is said once."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """What would change from `version` on (0 is none), and what comes of it."""

    version: int
    changes: tuple[Changed, ...]
    effects: tuple[Effect, ...]
    newcomers: tuple[Newcomer, ...] = ()

    @property
    def summary(self) -> tuple[str, ...]:
        """Sum the plan up in one or two sentences."""
        if not self.changes:
            return (f"nothing to change: version {self.version} says the same",)
        counts = {
            word: sum(change.action == action for change in self.changes)
            for action, word in (("create", "new"), ("change", "changed"), ("retire", "retired"))
        }
        first = ", ".join(f"{count:,} {word}" for word, count in counts.items())
        return (f"plan: {first}", *self._reach(), *self._alike())

    def _reach(self) -> Iterator[str]:
        """Say how many use cases may do more, may do less, and would miss something they use."""
        if not self.version:
            return
        wider = {effect.use_case for effect in self.effects if effect.widens}
        narrower = {effect.use_case for effect in self.effects if effect.narrows}
        broken = {effect.use_case for effect in self.effects if effect.breaks}
        if not self.effects:
            yield "no use case that is there may do more or less than before"
            return
        yield (
            f"{_cases(len(wider))} may do more, {_cases(len(narrower))} may do less,"
            f" {_cases(len(broken))} in use would break"
        )

    def _alike(self) -> Iterator[str]:
        """Say how many use cases come in that seem to do the job of another."""
        if not self.newcomers:
            return
        number = len(self.newcomers)
        says = "seems to do the job of another" if number == 1 else "seem to do the job of another"
        later = "" if self.version else "; once applied, `remit portfolio duplicates` lists them"
        yield f"{_cases(number)} that {'is' if number == 1 else 'are'} new or reworded {says}{later}"


def _cases(number: int) -> str:
    return f"{number:,} use case{'' if number == 1 else 's'}"


def change_lines(changes: Sequence[Changed], *, everything: bool) -> Iterator[str]:
    """Write each change with its symbol and address; a new declaration is only named."""
    shown = changes if everything else changes[:LISTED_MAX]
    for change in shown:
        yield f"{SYMBOLS[change.action]} {change.address}"
        if change.action == "change":
            yield from (f"    {_field(field)}" for field in change.fields)
            if change.more_fields:
                yield f"    and {change.more_fields:,} more fields"
    if len(changes) > len(shown):
        yield f"... and {len(changes) - len(shown):,} more; `--all` shows them"


def _field(field: ChangedField) -> str:
    return f"{field.path}: {_shown(field.before)} → {_shown(field.after)}"


def _shown(text: str | None) -> str:
    if text is None:
        return "unset"
    shown = " ".join(_flow(value_of(text)).split())
    return shown if len(shown) <= VALUE_MAX else shown[: VALUE_MAX - 1] + "…"


def _flow(value: Any) -> str:
    """Write a value in one line, much as YAML does."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _mark(effect: Effect) -> str:
    return MARKS[0] if effect.breaks else MARKS[1] if effect.widens else MARKS[2 + effect.neutral]


def effect_lines(effects: Iterable[Effect], *, everything: bool) -> Iterator[str]:
    """Write each effect as a sentence, what breaks first; the same for many use cases is said once."""
    alike: dict[tuple[str, str], list[str]] = {}
    for effect in effects:
        alike.setdefault((_mark(effect), effect.what), []).append(effect.use_case)
    lines: list[str] = []
    for (mark, what), names in sorted(alike.items(), key=lambda item: MARKS.index(item[0][0])):
        if len(names) > ALIKE_MAX and not everything:
            subjects = [f"each of {len(names):,} use cases (`{names[0]}`, `{names[1]}`, …)"]
        else:
            subjects = [f"`{name}`" for name in names]
        lines += [f"{mark} {subject} {what}" for subject in subjects]
    shown = lines if everything else lines[:LISTED_MAX]
    yield from shown
    if len(lines) > len(shown):
        yield f"... and {len(lines) - len(shown):,} more; `--all` shows them"


def newcomer_lines(newcomers: Sequence[Newcomer], *, everything: bool) -> Iterator[str]:
    """Write who comes in and resembles whom, why, and whom to ask; a pair of newcomers is said once."""
    ids = {each.member.id for each in newcomers}
    lines = []
    for each in newcomers:
        said = ids if each.more == 0 else frozenset()
        shown = [
            f"? `{each.member.id}` as {_match(match)}"
            for match in each.nearest
            if match.member.id not in said or match.member.id > each.member.id
        ]
        if each.more:
            shown[-1] += f"; {each.more:,} more are like it"
        lines += shown
    listed = lines if everything else lines[:NEWCOMERS_MAX]
    yield from listed
    if len(lines) > len(listed):
        more = f"{len(lines) - len(listed):,} more"
        yield f"... and {more}; `--all` shows them, and once applied, `remit portfolio duplicates`"


def _match(match: Match) -> str:
    member = match.member
    why = "; ".join(reason.words for reason in match.reasons)
    where = f"in `{member.unit}` at `{member.stage}`"
    return f"`{member.id}` ({match.score:.2f}: {why}), {where}; ask {member.owner}"


def plan_lines(view: PlanView, *, everything: bool = False) -> Iterator[str]:
    """Write a plan: changes, effects, summary. A first plan, where all is new, only names the changes."""
    if view.changes:
        yield from change_lines(view.changes, everything=everything)
        yield ""
    if view.effects:
        yield "effects (! breaks, ↑ may do more, ↓ may do less, ≈ other):"
        yield from (f"  {line}" for line in effect_lines(view.effects, everything=everything))
        yield ""
    if view.newcomers and view.version:
        yield "join or explain (? seems to do the same job):"
        yield from (f"  {line}" for line in newcomer_lines(view.newcomers, everything=everything))
        yield "  join the other one, or say under `distinct_from` in the new one why it does another job"
        yield ""
    yield from view.summary
