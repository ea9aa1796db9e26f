"""Confirm value: ask finance to agree to a figure, exactly as it stands."""

from __future__ import annotations

from remit.decide.approval import Standing
from remit.decide.risk import tier_of
from remit.decide.worth.confirmed import subject_of
from remit.decide.worth.figure import Figure, at_declared, body
from remit.decide.worth.span import Span
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.read_value import Weighed, require_worth, weigh
from remit.operations.reason import require_reason
from remit.operations.system import System
from remit.record.approval_entry import ApprovalRequest


def confirm_value(
    system: System, use_case: str, *, metric: str = "", author: str, reason: str
) -> tuple[tuple[Figure, Standing], ...]:
    """Ask finance to confirm the figures of a use case that studies support, or one of them.

    Whoever asks does not answer. Raises RemitError where nothing is supported: a claim is not confirmed.
    """
    require_reason(reason)
    found = weigh(system)
    figures = _wanted(require_worth(found, use_case).figures, metric, use_case)
    return tuple(
        (each, ask_approval(system, _asking(found, each), author=author, reason=reason)) for each in figures
    )


def conclude_value(system: System, request: ApprovalRequest, found: Standing) -> str:
    """Say that a figure is confirmed; raises Conflict where it is not that figure any more."""
    assert request.about == "value", "another row of the table concludes it"
    metric = request.subject.removeprefix("value/")
    figures = require_worth(weigh(system), request.use_case).figures
    figure = next((each for each in figures if each.metric == metric), None)
    if figure is None or figure.digest != request.digest or figure.state != "confirmed":
        raise Conflict(
            f"`{metric}` of `{request.use_case}` is not the figure any more that was agreed to",
            help="ask again for the figure as it is now, with `remit value confirm`",
            code="request-spent",
        )
    assert figure.value is not None, "what is confirmed has a value"
    return f"{figure.metric} of {figure.use_case} is confirmed"


def _wanted(figures: tuple[Figure, ...], metric: str, use_case: str) -> tuple[Figure, ...]:
    named = tuple(each for each in figures if not metric or each.metric == metric)
    if not named:
        raise NotFound(
            f"`{metric[:80]}` is no figure of `{use_case}`",
            help=did_you_mean(
                metric, [each.metric for each in figures], otherwise=f"`remit value {use_case}` lists them"
            ),
            code="undeclared-outcome",
        )
    firm = tuple(each for each in named if each.state in ("evidenced", "confirmed"))
    if not firm:
        whys = "; ".join(f"{each.metric} is {each.state}" for each in named)
        raise RemitError(
            f"nothing of `{use_case}` can be confirmed: {whys}",
            help="finance confirms what a study supports; register one under `studies:`",
            code="value-not-evidenced",
        )
    return firm


def _asking(found: Weighed, figure: Figure) -> Asking:
    model = found.model
    currency = model.organisation.currency
    value, gain = at_declared(figure), figure.gain
    assert gain is not None, "and an effect"
    grade = figure.grade.replace("_", " ")
    return Asking(
        about="value",
        subject=subject_of(figure.metric),
        body=body(figure, currency),
        summary=f"{figure.use_case}: {figure.metric} is worth {value.point:,.2f} {currency} a year ({grade})",
        tier=tier_of(model.use_cases[figure.use_case]),
        stakes=(
            f"effect: {_span(gain, 'f')} {figure.unit} better, by {figure.study} ({grade})",
            f"one is worth {figure.value_of_one} {currency},"
            f" and it happens {figure.declared_volume:,} times a year",
            f"value of a year: {_span(value, ',.2f')} {currency}",
            *_volume(figure),
            "cost is not part of it, and is counted anew each day",
        ),
        use_case=figure.use_case,
        stage=found.known.stages[figure.use_case].stage if figure.use_case in found.known.stages else "",
        evidence=(figure.result,) if figure.result else (),
    )


def _volume(figure: Figure) -> tuple[str, ...]:
    """Say how often it is counted, where the ledger has measured that."""
    if figure.volume_of == "declared":
        return ()
    return (f"it is counted as often as the ledger has it by {figure.volume_of}, now {figure.volume:,}",)


def _span(span: Span, form: str) -> str:
    low, high = ("open" if each is None else f"{each:{form}}" for each in (span.low, span.high))
    sure = f", {span.sure:.0%} sure" if span.sure is not None else ""
    return f"{span.point:{form}} ({low} to {high}{sure})"
