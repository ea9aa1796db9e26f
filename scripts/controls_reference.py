"""Write the reference of controls: what ships, how each is seen to hold, and what it bears on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from markdown import page, rows, words
from remit.decide.controls import CONCERN_SAID
from remit.decide.framework import Framework
from remit.declare.control import QUESTIONS, Control
from remit.declare.gate import Pillar
from remit.kernel.money import canonical
from remit.operations.read_controls import shipped_controls, shipped_frameworks


def controls_page() -> str:
    """Lay out the catalogue that ships by pillar, its questions, and its frameworks."""
    controls, frameworks = shipped_controls(), shipped_frameworks()
    parts = [
        f"{len(controls)} controls ship. Each is asked for from a stage and a risk tier on, and some only"
        " where a use case has what they are for. One that is declared with the same id stands in its"
        " place; see [risk and controls](../concepts/risk-and-controls.md). Titles are our own words, and of"
        " standards only ids stand here. A control bears on an id: that it holds is no conformity with the"
        " framework.",
    ]
    for pillar in get_args(Pillar):
        own = [(id, each) for id, each in sorted(controls.items()) if each.pillar == pillar]
        parts += [f"## {pillar}", _table(own)]
    concerns = rows(["word", "asked for where"], ((f"`{each}`", said) for each, said in CONCERN_SAID.items()))
    questions = rows(["question", "yes, if"], ((f"`{id}`", f"{said}.") for id, said in QUESTIONS.items()))
    parts += [
        "## Whom a control concerns",
        concerns,
        "## Questions",
        "What a control that is seen by `remit` can ask of the operating model.",
        questions,
        "## Frameworks",
        "`remit controls --framework NAME` shows one with live figures.",
        *(_framework(name, each, controls) for name, each in frameworks.items()),
    ]
    return page("Controls", *parts)


def _table(controls: list[tuple[str, Control]]) -> str:
    return rows(
        ["control", "what is so", "from", "seen by", "whose", "bears on"],
        (
            (f"`{id}`", each.title, _from(each), _seen(each), each.whose, _bears(each))
            for id, each in controls
        ),
    )


def _from(control: Control) -> str:
    tier = "" if control.tier == "low" else f", tier {control.tier}"
    only = f"; {words(control.only)}" if control.only else ""
    return f"{control.stage}{tier}{only}"


def _seen(control: Control) -> str:
    fresh = f", within {control.fresh_days} days" if control.fresh_days else ""
    if control.check == "remit":
        return f"remit: `{control.question}`"
    if control.check == "attestation":
        return f"attestation{fresh}"
    sign, bound = ("≥", control.at_least) if control.at_least is not None else ("≤", control.at_most)
    assert bound is not None, "a measured control has a threshold"
    sure = f", {canonical(control.confidence * 100)} % sure" if control.confidence else ""
    return f"{control.check}: `{control.measure}` {sign} {canonical(bound)}{sure}{fresh}"


def _bears(control: Control) -> str:
    return "; ".join(f"{name}: {', '.join(ids)}" for name, ids in control.maps.items())


def _framework(name: str, framework: Framework, controls: Mapping[str, Control]) -> str:
    by_id = {
        id: [control for control, each in sorted(controls.items()) if id in each.maps.get(name, ())]
        for id in framework.ids
    }
    body = (
        (id, words(found) if found else f"none. {framework.not_here.get(id, '')}".strip())
        for id, found in by_id.items()
    )
    covered = sum(bool(found) for found in by_id.values())
    return "\n\n".join(
        [
            f"### {name}",
            f"{framework.name}: {framework.source}. Licence: {framework.licence}. {framework.says}"
            f" {covered} of {len(by_id)} ids have a control that bears on them.",
            rows(["id", "controls"], body),
        ]
    )
