"""Commands on risk: risks, and risk show."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import click

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.controls import status_said
from remit.cli.table import shorten, table
from remit.decide.ai_act import ActView, Due
from remit.decide.ai_act_law import ActClass
from remit.decide.risk import OpenFact, Tiered
from remit.operations.read_risks import read_register, read_use_case_risk
from remit.report.risks import LevelLine, RiskLine, UseCaseRisk
from remit.settings import Settings

WIDTH = 110
VALUES_MAX = 4


@click.command()
@click.argument("use_case", required=False, default="")
@json_option
@click.pass_obj
def risks(settings: Settings, use_case: str, as_json: bool) -> None:
    """List the register of risks, the gravest first; with USE_CASE, those that concern it."""
    with open_system(settings) as system:
        found = read_register(system, use_case=use_case)
    if as_json:
        say_json(found)
        return
    if not found:
        note(
            f"no risk that concerns {use_case} is declared"
            if use_case
            else "no risk is declared; add `risks:` to the operating model"
        )
        return
    rows = [
        (
            each.id,
            _number(each.now),
            _number(each.inherent),
            _number(each.residual),
            each.treatment,
            _kept(each),
            f"{each.review}{' late' if each.overdue_days else ''}",
            each.owner,
            shorten(each.title, 60),
        )
        for each in found
    ]
    headings = ["risk", "now", "inherent", "residual", "treatment", "controls", "review", "owner", "what"]
    say(table(headings, rows, right=frozenset({1, 2, 3})))
    late = [each for each in found if each.overdue_days]
    loose = [each for each in found if each.controls and not each.kept]
    if loose:
        note(f"{count(len(loose), 'risk')} at the inherent level, because not all controls hold")
    for each in late:
        note(f"the review of {each.id} is {count(each.overdue_days, 'day')} late; ask {each.owner}")


def _number(level: LevelLine) -> str:
    return f"{level.score} ({level.likelihood}×{level.impact})"


def _kept(line: RiskLine) -> str:
    if not line.controls:
        return "none"
    return f"{sum(each.holds for each in line.controls)} of {len(line.controls)} hold"


@click.group(cls=CommandGroup)
def risk() -> None:
    """What can go wrong with a use case, and what the law asks."""


@risk.command()
@click.argument("use_case")
@json_option
@click.pass_obj
def show(settings: Settings, use_case: str, as_json: bool) -> None:
    """Show USE_CASE's risk tier and EU AI Act class with reasons, its obligations and its risks."""
    with open_system(settings) as system:
        found = read_use_case_risk(system, use_case)
    if as_json:
        say_json(found)
        return
    say(render(found))
    note(f"{found.ai_act.says}; verified on {found.ai_act.verified_on}, {found.ai_act.verified_how}")


def render(found: UseCaseRisk) -> str:
    """Lay out one use case's risk: tier, class, duties with their dates, and risks."""
    parts = [
        f"{found.use_case} is at {found.stage}, risk tier {found.tier.tier}",
        *_tier(found.tier),
        *_act(found.ai_act),
        *(["", "risks"] if found.risks else ["", "no risk that concerns it is declared"]),
    ]
    for each in found.risks:
        parts += _risk(each)
    return "\n".join(parts)


def _tier(found: Tiered) -> list[str]:
    parts = ["", f"risk tier: {found.tier}"]
    if not found.decided:
        parts.append("  nothing that is stated raises it")
    parts += [f"  because {each.says} ({'; '.join(each.facts)})" for each in found.decided]
    parts += [f"  also {each.tier}: {each.says} ({'; '.join(each.facts)})" for each in found.also]
    for each in found.open:
        parts.append(_wrapped(f"not stated: {each.fact}; stated as {_or(each)} it would be {each.tier}"))
    return parts


def _or(fact: OpenFact) -> str:
    *first, last = fact.values
    if len(fact.values) > VALUES_MAX:
        return f"{', '.join(fact.values[: VALUES_MAX - 1])} or {len(fact.values) - VALUES_MAX + 1} others"
    return f"{', '.join(first)} or {last}" if first else last


def _act(found: ActView) -> list[str]:
    parts = ["", f"EU AI Act: {found.title[:1].lower() + found.title[1:]}"]
    for each in found.reasons:
        facts = f" ({'; '.join(each.facts)})" if each.facts else ""
        moved = f" ({each.before} before {each.moved_by})" if each.before else ""
        applies = f"its rules apply from {each.applies_from}{moved}"
        parts.append(_wrapped(f"{each.basis}: {each.says}{facts}; {applies}"))
    for open_class in found.open:
        would = _WOULD_BE.get(open_class.would_be, open_class.would_be)
        parts.append(
            _wrapped(
                f"not stated: ai_act.{open_class.fact}; stated as {open_class.value} it would be {would}"
            )
        )
    parts += _dues("asked today", found.in_force)
    parts += _dues("coming", found.coming)
    return parts


_WOULD_BE: Mapping[ActClass, str] = {
    "high_risk_product": "high-risk as what a product's safety rests on",
    "high_risk_area": "high-risk by its area",
    "gpai_systemic": "a general-purpose model of systemic risk",
    "transparency": "asked to say what it is",
    "outside": "outside the act",
}


def _dues(title: str, dues: tuple[Due, ...]) -> list[str]:
    if not dues:
        return [f"  {title}: nothing"]
    parts = [f"  {title}"]
    for each in dues:
        parts.append(
            textwrap.fill(
                f"{each.applies_from}  {each.article}, {' and '.join(each.roles)}: {each.title}",
                WIDTH,
                initial_indent="    ",
                subsequent_indent="                ",
                break_long_words=False,
            )
        )
        more = [
            *([f"put off by {each.spared_by}"] if each.spared_by else []),
            *([each.before] if each.before else []),
            *([each.changed] if each.changed else []),
            *([f"if {', '.join(each.unstated)}, which nobody stated"] if each.unstated else []),
        ]
        parts += [
            textwrap.fill(
                text, WIDTH, initial_indent=" " * 16, subsequent_indent=" " * 16, break_on_hyphens=False
            )
            for text in more
        ]
    return parts


def _risk(each: RiskLine) -> list[str]:
    late = f"; its review is {count(each.overdue_days, 'day')} late" if each.overdue_days else ""
    parts = [
        f"  {each.id}: {each.title}",
        f"    now {_number(each.now)}, {each.now.words}; inherent {_number(each.inherent)},"
        f" residual {_number(each.residual)}",
        f"    {each.treatment}, {each.owner}; review by {each.review}{late}",
    ]
    for link in each.controls:
        failing = f" for {shorten(', '.join(link.failing), 70)}" if link.failing else ""
        parts.append(f"    {link.id}: {status_said(link.worst)}{failing}")
    return parts


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent="  ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
