"""A plan says where a change of routes leads those who call by their names, and what it takes from them."""

from __future__ import annotations

from datetime import date
from typing import Any

from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.enforce.effect import effects
from remit.enforce.standing import Standing, Use
from strategies import MOMENT, model_block, operating_model, route_block

SINCE = date(2026, 11, 1)
RUNNING = Standing("experiment", SINCE, keys=3, used={"model/a": Use(keys=2, calls=212)})
IDLE = Standing("experiment", SINCE, keys=3)
A, B = {"to": "model/a", "weight": 9}, {"to": "model/b", "weight": 1}


def model(
    blocks: dict[str, Any] | None = None, *, calls: str = "true", lists: tuple[str, ...] = ()
) -> OperatingModel:
    remit = {"calls": calls, "models": ["model/a", "model/b"], "spend": [{"limit": "10 EUR", "per": "day"}]}
    case = {"name": "T", "unit": "motor", "purpose": "p", "blocks": list(lists), "remit": remit}
    models = {"model/a": model_block(), "model/b": model_block(), "model/c": model_block()}
    return operating_model(use_cases={"triage": case}, blocks={**models, **(blocks or {})})


def found(
    before: OperatingModel, after: OperatingModel, standing: Standing = RUNNING
) -> list[tuple[str, bool, bool, bool]]:
    got = effects(
        before,
        after,
        plan(before, after),
        standings={"triage": standing},
        posted={},
        now=MOMENT,
    )
    return [(effect.summary, effect.widens, effect.neutral, effect.breaks) for effect in got]


WITH = model({"route/r": route_block(A, B)})
COMES = "`triage` can call `r`, which leads to model/a (90 %), model/b (10 %)"
GOES = "`triage` can no longer call `r`, which led to model/a (90 %), model/b (10 %)"


def test_a_route_that_comes_lets_nobody_do_more() -> None:
    assert found(model(), WITH) == [(COMES, False, True, False)]


def test_a_route_that_goes_breaks_those_who_may_have_called_by_it() -> None:
    assert found(WITH, model()) == [(GOES, False, False, True)]
    assert found(WITH, model(), IDLE) == [(GOES, False, False, False)]
    listing = model({"route/r": route_block(A, B)}, lists=("route/r",))
    assert (GOES, False, False, True) in found(listing, model(lists=("route/r",)), IDLE)
    assert found(WITH, model(), Standing("experiment", SINCE, used=RUNNING.used)) == [
        (GOES, False, False, False)
    ]


def test_a_route_that_may_no_longer_be_used_or_leads_only_outside_the_remit_is_gone() -> None:
    drafted = model({"route/r": route_block(A, B, status="draft")})
    outside = model({"route/r": route_block({"to": "model/c"})})
    elsewhere = model({"route/r": route_block({**A, "when": {"units": ["claims"], "stages": ["scale"]}})})
    for after in (drafted, outside, elsewhere):
        assert found(WITH, after) == [(GOES, False, False, True)]


def test_other_weights_and_another_order_are_said_and_ask_nobody() -> None:
    even = model({"route/r": route_block({**A, "weight": 1}, B)})
    said = (
        "`triage` is led by `r` to model/a (50 %), model/b (50 %),"
        " and no longer to model/a (90 %), model/b (10 %)"
    )
    assert found(WITH, even) == [(said, False, True, False)]
    one = model({"route/r": route_block({"to": "model/a"}, {"to": "model/b"})})
    other = model({"route/r": route_block({"to": "model/b"}, {"to": "model/a"})})
    [(summary, *_)] = found(one, other)
    assert summary == (
        "`triage` is led by `r` to model/b, then model/a, and no longer to model/a, then model/b"
    )


def test_what_is_not_where_it_leads_has_no_effect() -> None:
    renamed = model({"route/r": route_block(A, B, name="Another title")})
    assert found(WITH, renamed) == []
    silent = model({"route/r": route_block(A, B)}, calls="false")
    assert found(model(calls="false"), silent) == []


def test_a_version_concerns_those_who_call_the_name_once_the_name_means_it() -> None:
    first = model({"route/r@1": route_block(A)})
    draft = model({"route/r@1": route_block(A), "route/r@2": route_block(B, status="draft")})
    second = model({"route/r@1": route_block(A), "route/r@2": route_block(B)})
    assert found(first, draft) == []
    said = "`triage` is led by `r` to model/b (100 %), and no longer to model/a (100 %)"
    assert found(draft, second) == [(said, False, True, False)]
