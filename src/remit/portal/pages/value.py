"""Value: what use cases bring, how well that is supported, and what finance confirmed."""

from __future__ import annotations

from types import MappingProxyType

import msgspec
from starlette.responses import Response

from remit.decide.study import StudyView
from remit.decide.worth.figure import State
from remit.declare.grade import GRADES, Grade
from remit.operations.confirm_value import confirm_value
from remit.operations.read_studies import read_studies, read_study
from remit.operations.read_value import read_blocks_value, read_portfolio_value, read_value
from remit.portal.asked import Asked, Page, having
from remit.portal.drawn import Drawn
from remit.portal.said import Said
from remit.record.outcome_entry import StudyResult
from remit.report.chart.intervals import Effect, interval_plot
from remit.report.chart.theme import Frame
from remit.report.study import MARKS, NEEDS, figure, interval

TABS = (("/value", "Portfolio"), ("/value/studies", "Studies"), ("/value/blocks", "Reuse"))
STRONGEST: tuple[Grade, ...] = tuple(reversed(GRADES))
SAID: MappingProxyType[State, str] = MappingProxyType(
    {
        "claimed": "claimed",
        "evidenced": "evidenced",
        "confirmed": "confirmed by finance",
        "refused": "refused by a check",
        "unstated": "no value declared",
    }
)
ROWS = 100
CHARTED = 20


def show(asked: Asked) -> Response:
    """Show what the portfolio is worth by evidence grade, and every use case beside what it costs."""
    unit = asked.text("unit")
    seen = asked.kept.get(("value", unit), lambda: read_portfolio_value(asked.system, unit))
    found = seen.value
    return asked.page(
        "value.html",
        seen=seen,
        tabs=TABS,
        found=found,
        lines=found.lines[:ROWS],
        best=next((each for each in found.by_grade if each.grade != "claimed"), None),
        claimed=next((each for each in found.by_grade if each.grade == "claimed"), None),
        grades=[each for each in STRONGEST if any(sum.grade == each for sum in found.by_grade)],
        SAID=SAID,
    )


def show_case(asked: Asked) -> Response:
    """Show one use case's chain, its figures from claimed to confirmed, its full cost and what comes back."""
    name = asked.names["id"]
    seen = asked.kept.get(("value of", name), lambda: read_value(asked.system, name))
    studies = [each for each in read_studies(asked.system, name) if each.result is not None]
    return asked.page(
        "value_case.html",
        seen=seen,
        tabs=TABS,
        found=seen.value,
        drawn=drawn_effects(asked, studies),
        chart_rows=effect_rows(studies),
        firm=any(each.state == "evidenced" for each in seen.value.figures),
        SAID=SAID,
    )


def drawn_effects(asked: Asked, studies: list[StudyView]) -> Drawn | None:
    """Draw effects as shares of the way from the baseline to the target, which all metrics have alike."""
    found = [each.result for each in studies if each.result is not None and each.result.progress is not None]
    if not found:
        return None
    effects = [_effect(each) for each in found[:CHARTED]]
    frame = Frame(
        "Effects, in percent of the way to the target",
        "A point for each study and the interval that holds it; refused ones are hollow",
        width=620,
        height=40 + 26 * len(effects),
    )
    return asked.draw(interval_plot(frame, effects))


def _effect(result: StudyResult) -> Effect:
    def percent(share: float | None) -> float | None:
        return None if share is None else 100 * share

    simulated = ", simulated" if result.simulated else ""
    return Effect(
        f"{result.metric} ({result.study})",
        100 * (result.progress or 0.0),
        percent(result.progress_low),
        percent(result.progress_high),
        firm=not result.refused and not result.simulated,
        says=f"{'refused' if result.refused else result.grade.replace('_', ' ')}{simulated}",
    )


def effect_rows(studies: list[StudyView]) -> list[tuple[str, ...]]:
    return [
        (
            each.study,
            each.result.metric,
            f"{figure(each.result.effect)} {each.result.unit}",
            interval(each.result),
        )
        for each in studies
        if each.result is not None
    ]


def take_confirm(asked: Asked) -> Response:
    """Ask finance to confirm what studies of a use case support."""
    name = asked.names["id"]
    asked_for = confirm_value(
        asked.system,
        name,
        metric=asked.form.get("metric", ""),
        author=asked.reader.person,
        reason=asked.form.get("reason", ""),
    )
    ids = ", ".join(standing.request.id for _, standing in asked_for)
    return asked.back(f"/value/use-cases/{name}", Said(f"finance is asked to confirm, as request {ids}"))


def show_studies(asked: Asked) -> Response:
    """List every study: how it is made, how it stands, and what it found."""
    seen = asked.kept.get("studies", lambda: read_studies(asked.system))
    running = [each for each in seen.value if each.state == "running"]
    return asked.page(
        "studies.html",
        seen=seen,
        tabs=TABS,
        found=seen.value,
        running=running,
        drawn=drawn_effects(asked, seen.value),
        chart_rows=effect_rows(seen.value),
        figure=figure,
        interval=interval,
    )


def show_study(asked: Asked) -> Response:
    """Show one study: what was registered before it began, every look, and its checks."""
    view, body = read_study(asked.system, asked.names["id"])
    return asked.page(
        "study.html",
        tabs=TABS,
        view=view,
        registered=msgspec.json.format(body, indent=2).decode(),
        figure=figure,
        interval=interval,
        MARKS=MARKS,
        NEEDS=NEEDS,
    )


def show_blocks(asked: Asked) -> Response:
    """Show what shared blocks saved: what each further use case would have built again."""
    seen = asked.kept.get("reuse", lambda: read_blocks_value(asked.system))
    return asked.page("value_blocks.html", seen=seen, tabs=TABS, found=seen.value)


PAGES = (
    Page("/value", show, label="Value", letter="v"),
    Page("/value/studies", show_studies),
    Page("/value/studies/{id}", show_study),
    Page("/value/blocks", show_blocks),
    Page("/value/use-cases/{id}", show_case, send={"confirm": having("study", take_confirm)}),
)
