"""Commands on what would be cheaper: advise, apply, realised."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from remit.bootstrap import open_system
from remit.cli.change import directory, plan_values, sound_model
from remit.cli.context import count, json_option, note, say, say_json, say_stamp
from remit.cli.directory import read_texts, write_text
from remit.cli.leaders_answers import answers_text, wrapped
from remit.cli.table import shorten, table
from remit.decide.finops.cache_served import CacheServed
from remit.decide.finops.draft import share
from remit.decide.finops.ranked import Ranked, Standing
from remit.decide.finops.realised import Realised
from remit.kernel.money import ZERO
from remit.operations.advise_finops import DAYS, Advised, advise
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_spend import chosen
from remit.operations.take_advice import read_realised, take_advice, write_advice
from remit.record.apply_diff import every_change
from remit.report.plan_view import change_lines
from remit.report.written import short, signed
from remit.settings import Settings

DAYS_MAX = 366
SHOWN = 25

SAID: dict[Standing, str] = {
    "recommended": "do it",
    "to-show": "show quality first",
    "no-gain": "no gain",
    "worse": "worse answers",
    "simulated": "simulated",
}

PROMISING: tuple[Standing, ...] = ("recommended", "to-show")
TAKEN = (
    *("id", "advice", "way", "use_case", "unit", "author"),
    *("a_month", "low", "high", "currency", "by_hand"),
)

days_option = click.option(
    "--days",
    default=DAYS,
    show_default=True,
    type=click.IntRange(1, DAYS_MAX),
    help="Replay the calls of so many whole days.",
)


@click.command("advise")
@click.argument("use_case", default="")
@click.option("--unit", default="", help="Only this unit and those below it.")
@days_option
@click.option("--all", "everything", is_flag=True, help="Show also what would save nothing.")
@json_option
@click.pass_obj
def advise_command(
    settings: Settings, use_case: str, unit: str, days: int, everything: bool, as_json: bool
) -> None:
    """Replay real calls under alternatives, and rank what would save money, with its risk.

    With a USE_CASE each piece of advice is told in full, with what level of customisation is warranted, and
    speed against economy. `remit finops apply` writes advice into a directory.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        cases = chosen(model, unit=unit, use_case=use_case) if unit or use_case else None
        found = advise(system, use_cases=cases, days=days, answers=bool(use_case))
    if as_json:
        say_json(found)
        return
    note(
        f"replayed {count(found.calls, 'call')} of {found.since} to {found.until}"
        + (f", and {found.simulated:,} simulated" if found.simulated else "")
    )
    say_stamp(counted=found.counts_simulated)
    rows = [
        each for each in found.ranking.ranked if everything or each.standing in ("recommended", "to-show")
    ]
    if not rows:
        say("nothing was found that would have been cheaper")
    elif use_case:
        say("\n\n".join("\n".join(_told(each, found.currency)) for each in rows[:SHOWN]))
    else:
        say(_listed(rows[:SHOWN], found.currency))
    if found.caches:
        say("\n" + _served(found.caches[:SHOWN], found.currency))
    if found.answers is not None:
        say("\n" + "\n".join(answers_text(found.answers, found.currency)))
    _say_rest(found, rows, everything=everything)


def _listed(rows: list[Ranked], currency: str) -> str:
    return table(
        ["advice", f"a month, {currency}", "within", "quality", "pays from", "so"],
        [
            [
                shorten(each.saving.id, 52),
                signed(each.saving.a_month),
                f"{short(each.saving.low)}–{short(each.saving.high)}",
                each.saving.quality.verdict.replace("-", " "),
                _break_even(each),
                SAID[each.standing] + (" *" if each.in_total else ""),
            ]
            for each in rows
        ],
        right=frozenset({1, 2}),
    )


def _served(caches: Sequence[CacheServed], currency: str) -> str:
    """List what providers' prompt caches served; nothing of it is advice."""
    return table(
        ["what caches served", "calls", "tokens in", "from a cache", "at the most", f"saved, {currency}"],
        [
            [
                shorten(f"{each.use_case}: {each.model.partition('/')[2]}", 52),
                f"{each.calls:,}",
                f"{each.input_tokens:,}",
                share(each.read, each.input_tokens),
                "" if each.most is None else share(each.most, each.input_tokens),
                signed(each.saved),
            ]
            for each in caches
        ],
        right=frozenset({1, 2, 3, 4, 5}),
    )


def _break_even(each: Ranked) -> str:
    even = each.saving.break_even
    if even is None:
        return "at once"
    return f"{even.at:,} {even.of}" if even.months is None else f"{even.months:,} months"


def _say_rest(found: Advised, rows: list[Ranked], *, everything: bool) -> None:
    together = found.ranking.together
    if any(together.values()):
        total = sum(together.values(), ZERO)
        note(f"* together {short(total)} {found.currency} a month: no two of these are about the same calls")
    hidden = Counter(each.standing for each in found.ranking.ranked if each not in rows)
    if hidden and not everything:
        said = ", ".join(f"{number:,} {SAID[standing]}" for standing, number in sorted(hidden.items()))
        note(f"not shown: {said}; `--all` shows them")


def _told(each: Ranked, currency: str) -> Iterator[str]:
    saving = each.saving
    yield f"{saving.id}  [{SAID[each.standing]}]"
    yield from wrapped(saving.summary)
    yield from wrapped(
        f"{signed(saving.a_month)} {currency} a month ({short(saving.low)} to {short(saving.high)}):"
        f" {count(saving.calls, 'call')} were charged {short(saving.charged)} and would have cost"
        f" {short(saving.would)}; {saving.basis}"
    )
    if saving.once:
        yield from wrapped(f"paid once: {short(saving.once)} {currency}")
    if saving.break_even is not None:
        even = saving.break_even
        months = "" if even.months is None else f", back after {even.months:,} months"
        yield from wrapped(f"pays from {even.at:,} {even.of}, and there are {even.now:,}{months}")
    yield from wrapped(f"quality: {saving.quality.verdict.replace('-', ' ')}; {saving.quality.says}")
    for name, figure in saving.figures.items():
        yield from wrapped(f"{name}: {figure}")
    for risk in saving.risks:
        yield from wrapped(f"risk: {risk}")
    if saving.edits:
        for edit in saving.edits:
            value = json.dumps(edit.value, default=str)
            yield from wrapped(f"change: {edit.address} {edit.path} = {value}".replace("  ", " "))
        yield from wrapped(f"run `remit finops apply {saving.id} DIR`")
    elif saving.by_hand:
        yield from wrapped(f"by hand: {saving.by_hand}")


@click.command("apply")
@click.argument("advice")
@directory
@days_option
@click.option("--by-hand", is_flag=True, help="It was done and is nothing to declare: only remember it.")
@json_option
@click.pass_obj
def apply_command(
    settings: Settings, advice: str, directory: Path, days: int, by_hand: bool, as_json: bool
) -> None:
    """Write ADVICE into the files of DIRECTORY, to be planned and applied, and remember what it is to save.

    Comments and order stay. `remit finops realised` says later what it has saved.
    """
    declared = sound_model(directory, otherwise="nothing was written")
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
        parts = advice.split(":")
        cases = frozenset(parts[1:2]) & model.use_cases.keys()
        found = advise(system, use_cases=cases or None, days=days).find(advice)
        taking = (
            None if by_hand else write_advice(read_texts(directory), declared, found.saving, in_force=model)
        )
        # Whoever is cut off in between runs the command again.
        for name, file in (taking.files if taking else {}).items():
            write_text(directory / name, file.text)
        taken = take_advice(system, found, taking=taking, author=settings.author)
    if as_json:
        say_json({"taken": taken.id, "advice": found} | (plan_values(taking.plan) if taking else {}))
        return
    if taking is not None:
        say("\n".join(change_lines(every_change(taking.plan), everything=True)))
        if not taking.files:
            say("the files say it already")
        for name, file in sorted(taking.files.items()):
            say(f"wrote {name}: {count(file.lines, 'line')}")
    if found.standing != "recommended":
        note(f"this is not recommended: {found.why}")
    note(
        f"look at it with `remit plan {directory}`, and put it in force with `remit apply {directory}`;"
        " `remit finops realised` says afterwards what it has saved"
    )


@click.command()
@json_option
@click.pass_obj
def realised(settings: Settings, as_json: bool) -> None:
    """Hold advice that was taken against what it has saved since."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_realised(system)
    if as_json:
        say_json([_realised_fields(each) for each in found])
        return
    if not found:
        say("no advice was taken yet; `remit finops apply ADVICE DIR` takes some")
        return
    say(
        table(
            ["advice", "in force", "predicted a month", "saved a month", "so far", "days", "verdict"],
            [_realised(each) for each in found],
            right=frozenset({2, 3, 4, 5}),
        )
    )
    note(
        "calls are priced as they would have been, or (per call) taken to cost what one did before; within:"
        " 95 % intervals of 30 days; as predicted: the intervals overlap"
    )


def _realised_fields(each: Realised) -> dict[str, object]:
    found = {name: getattr(each, name) for name in Realised.__dataclass_fields__ if name != "taken"}
    taken = {name: getattr(each.taken, name) for name in TAKEN}
    return {"taken": taken, **found}


def _realised(each: Realised) -> list[str]:
    taken = each.taken
    looked = each.until is not None and each.since is not None
    return [
        shorten(taken.advice, 48),
        str(each.since or "not yet"),
        f"{short(taken.a_month)} ({short(taken.low)}–{short(taken.high)})",
        f"{short(each.a_month)} ({short(each.low)}–{short(each.high)})" if looked else "",
        short(each.saved) if looked else "",
        f"{(each.until - each.since).days}" if each.until and each.since else "",
        each.verdict.replace("-", " ") + (", per call" if looked and each.by == "per-call" else ""),
    ]
