"""Effects say what use cases gain and lose, and are found without looking at those that a change spares."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.declare.plan import plan
from remit.enforce.effect import MUST_BE_STATED, concerned, effects, widens
from remit.enforce.remit import FIELDS, resolve
from remit.enforce.standing import Effect, Standing, Use
from strategies import COSTLY, MODELS, MOMENT, model_block, operating_model, operating_models, stated_fields

SINCE = date(2026, 11, 1)
RUNNING = Standing("experiment", SINCE, keys=3, used={"model/a": Use(keys=2, calls=212)})


def model(*, case: dict[str, Any] | None = None, **sections: Any) -> OperatingModel:
    remit = {"calls": "true", "models": ["model/a", "model/b"], "spend": [{"limit": "10 EUR", "per": "day"}]}
    cases = {"triage": {"name": "T", "unit": "motor", "purpose": "p", "remit": {**remit, **(case or {})}}}
    return operating_model(**{"use_cases": cases, **sections})


def found(
    before: OperatingModel, after: OperatingModel, standing: Standing = RUNNING, **posted: str
) -> list[tuple[str, bool, bool]]:
    accounts = {name.replace("__", "/").replace("_", "-"): Decimal(value) for name, value in posted.items()}
    got = effects(
        before,
        after,
        plan(before, after),
        standings={"triage": standing},
        posted={f"{name}:day:2026-11-23": value for name, value in accounts.items()},
        now=MOMENT,
    )
    return [(effect.summary, effect.widens, effect.breaks) for effect in got]


def test_a_model_that_was_used_is_missed_and_one_that_is_new_widens() -> None:
    assert found(model(), model(case={"models": ["model/b", "model/c"]})) == [
        ("`triage` loses `model/a`; 2 keys and 212 calls used it in the last 31 days", False, True),
        ("`triage` gains `model/c`", True, False),
    ]


def test_where_cache_points_are_set_neither_widens_nor_narrows() -> None:
    points = {"model/a": {"at": ["end"], "keep": "1h"}}
    case = {"name": "T", "unit": "motor", "purpose": "p"}
    plain, pointed = (
        operating_model(use_cases={"triage": case | more}) for more in ({}, {"prompt_cache": points})
    )
    assert len(plan(plain, pointed).changes) == 1
    assert found(plain, pointed) == found(pointed, plain) == []


def test_nothing_breaks_for_a_use_case_without_live_keys() -> None:
    idle = Standing("experiment", SINCE, used=RUNNING.used)
    assert found(model(), model(case={"models": ["model/b"]}), idle) == [
        ("`triage` loses `model/a`; 2 keys and 212 calls used it in the last 31 days", False, False)
    ]
    assert found(model(), model(case={"models": ["model/a"]})) == [
        ("`triage` loses `model/b`; no call used it in the last 31 days", False, False)
    ]


@pytest.mark.parametrize(
    ("case", "what", "wider", "broken"),
    [
        ({"calls": "false"}, "may no longer call models; 3 keys and 212 calls used it", False, True),
        ({"output_tokens_max": "9"}, "has `output_tokens_max` 9 instead of not stated", False, False),
        ({"expires": "2026-11-22"}, "has `expires` 2026-11-22 instead of not stated; 3 keys", False, True),
        ({"expires": "2026-11-23"}, "has `expires` 2026-11-23 instead of not stated", False, False),
        ({"time_box_days": "21"}, "has `time_box_days` 21 instead of not stated; 3 keys", False, True),
        ({"time_box_days": "22"}, "has `time_box_days` 22 instead of not stated", False, False),
        (
            {"requests_per_minute": {"limit": "9", "each": "key"}},
            "has `requests_per_minute` 9 for each key (use-case/triage) instead of not stated",
            *(False, False),
        ),
        ({"concurrency_max": "0"}, "has `concurrency_max` 0 (use-case/triage)", False, True),
    ],
)
def test_a_field_that_narrows_and_its_way_back(case: Any, what: str, wider: bool, broken: bool) -> None:
    [(summary, widening, breaking)] = found(model(), model(case=case))
    assert summary.startswith(f"`triage` {what}")
    assert (widening, breaking) == (wider, broken)
    [(_, widening, breaking)] = found(model(case=case), model())
    assert (widening, breaking) == (True, False)


def spend(limit: str, per: str = "day") -> dict[str, Any]:
    return {"spend": [{"limit": f"{limit} EUR", "per": per}]}


def test_a_budget_below_what_is_spent_breaks() -> None:
    pool = "(use-case/triage)"
    assert found(model(), model(case=spend("5")), use_case__triage="7.5") == [
        (f"`triage` may spend 5.00 EUR instead of 10.00 EUR per day {pool}; 7.50 EUR is spent already",
         False, True)
    ]  # fmt: skip
    assert found(model(), model(case=spend("8")), use_case__triage="7.5") == [
        (f"`triage` may spend 8.00 EUR instead of 10.00 EUR per day {pool}", False, False)
    ]
    assert found(model(), model(case=spend("20")), use_case__triage="30") == [
        (f"`triage` may spend 20.00 EUR instead of 10.00 EUR per day {pool}", True, False)
    ]
    assert found(model(), model(case=spend("10", "month"))) == [
        (f"`triage` may spend 10.00 EUR per month {pool}", False, False),
        (f"`triage` is no longer held to 10.00 EUR per day {pool}", True, False),
    ]


def test_what_becomes_of_a_call_beyond_a_budget_is_an_effect() -> None:
    deny, warn = ({"spend": [{**spend("10")["spend"][0], "on_breach": word}]} for word in ("deny", "warn"))
    lower = {"spend": [{**spend("5")["spend"][0], "on_breach": "warn"}]}
    may, pool = "`triage` may spend", "per day (use-case/triage)"
    assert found(model(case=deny), model(case=warn)) == [
        (f"{may} 10.00 EUR {pool}; beyond it a call goes on", True, False)
    ]
    assert found(model(case=warn), model(case=deny)) == [
        (f"{may} 10.00 EUR {pool}; beyond it a call is refused", False, False)
    ]
    # A lower limit that refuses nothing lets more through than a higher one that does.
    [(_, wider, _)] = found(model(case=deny), model(case=lower))
    assert wider
    spent = "7.50 EUR is spent already"
    assert found(model(case=warn), model(case=lower), use_case__triage="7.5") == [
        (f"{may} 5.00 EUR instead of 10.00 EUR {pool}; {spent}", False, False)
    ]


@pytest.mark.parametrize("each", ["key", "agent"])
def test_a_budget_for_each_key_or_agent_breaks_where_one_has_spent_more(each: str) -> None:
    before, after = (
        model(case={"spend": [{"limit": f"{limit} EUR", "per": "day", "each": each}]}) for limit in (10, 5)
    )
    name = f"use-case/triage:each-{each}:day"
    posted = {f"{name}:{who}:2026-11-23": Decimal(amount) for who, amount in (("a", 1), ("b", 7), ("c", 2))}
    posted[f"{name}:d:2026-11-22"] = Decimal(9)
    [effect] = effects(
        before, after, plan(before, after), standings={"triage": RUNNING}, posted=posted, now=MOMENT
    )
    assert effect.breaks
    assert effect.what == (
        f"may spend 5.00 EUR instead of 10.00 EUR per day for each {each} (use-case/triage);"
        " 7.00 EUR is spent already"
    )


def test_a_rate_that_rises_widens_and_one_that_is_not_limited_any_more_does() -> None:
    rates = [{"requests_per_minute": each} for each in ("5", "6", "unlimited")]
    for lower, higher in pairwise(rates):
        assert [widening for _, widening, _ in found(model(case=lower), model(case=higher))] == [True]
        assert [widening for _, widening, _ in found(model(case=higher), model(case=lower))] == [False]
    # No limit of its own is as much as no word on it.
    assert [widening for _, widening, _ in found(model(case=rates[-1]), model())] == [False]


def test_another_order_of_limits_is_no_effect() -> None:
    each = {"limit": "9", "each": "key"}
    one, other = ({"requests_per_minute": limits} for limits in (["60", each], [each, {"limit": "60"}]))
    assert found(model(case=one), model(case=other)) == []


def test_another_order_of_budgets_is_no_effect() -> None:
    month, day = {"limit": "9 EUR", "per": "month"}, {"limit": "1 EUR", "per": "day"}
    assert found(model(case={"spend": [month, day]}), model(case={"spend": [day, month]})) == []


def test_another_owner_of_a_budget_is_no_effect() -> None:
    units = {"motor": {"name": "M", "remit": {"spend": [{"limit": "9 EUR", "per": "day"}]}}}
    led = {"motor": {**units["motor"], "lead": "new@example.com"}}
    assert found(model(units=units), model(units=led)) == []


def test_a_use_case_that_is_retired_breaks_if_it_has_keys_and_one_that_comes_back_widens() -> None:
    gone = model(use_cases={})
    assert found(model(), gone) == [
        ("`triage` is retired and loses 3 live keys; 212 calls in the last 31 days", False, True)
    ]
    assert found(model(), gone, Standing("envision", SINCE)) == [
        ("`triage` is retired; no call used it in the last 31 days", False, False)
    ]
    assert found(gone, model()) == [
        ("`triage` is declared again, at `experiment`; 3 keys open it again", True, False)
    ]
    assert found(gone, model(), Standing("envision", SINCE)) == []


def test_a_new_model_widens_what_says_any() -> None:
    blocks = {address: model_block() for address in (*MODELS, "model/e")}
    before, after = model(case={"models": "any"}), model(case={"models": "any"}, blocks=blocks)
    assert found(before, after) == [("`triage` gains `model/e`", True, False)]
    assert found(model(), model(blocks=blocks)) == []


def large(*versions: str, models: Any = "any", **fields: Any) -> OperatingModel:
    blocks = {
        f"model/l@{number}": model_block(status=status, reason="r", **fields)
        for number, status in enumerate(versions, 1)
    }
    return model(case={"models": models}, blocks={**blocks, "model/a": model_block()})


def test_approving_a_version_says_who_may_call_it_and_that_its_name_now_means_it() -> None:
    assert found(large("approved", "draft"), large("approved", "approved")) == [
        (
            "`triage` can call `model/l@2` now; it could not before: it is draft (block-not-approved)",
            True,
            False,
        ),
        ("`triage` calls `model/l@2` by the name `model/l`, and no longer `model/l@1`", False, False),
    ]
    assert found(large("approved"), large("approved", "draft")) == []
    assert found(large("approved"), large("approved", description="d")) == []


def test_a_version_that_may_no_longer_be_used_is_missed_by_who_used_it() -> None:
    used = Standing("experiment", SINCE, keys=3, used={"model/l@2": Use(keys=1, calls=7)})
    use = "1 key and 7 calls used it in the last 31 days"
    rejected = f"`triage` can no longer call `model/l@2`: it is rejected (block-not-approved); {use}"
    gone = f"`triage` loses `model/l@2`; {use}"
    back = "`triage` calls `model/l@1` by the name `model/l`, and no longer `model/l@2`"
    both = large("approved", "approved")
    for after, lost in ((large("approved", "rejected"), rejected), (large("approved"), gone)):
        assert found(both, after, used) == [(lost, False, True), (back, False, False)]


def test_a_remit_that_pins_a_version_takes_no_notice_of_newer_ones() -> None:
    pinned = ["model/l@1"]
    assert found(large("approved", models=pinned), large("approved", "approved", models=pinned)) == []
    both = ["approved", "approved"]
    unused = "no call used it in the last 31 days"
    assert found(large(*both, models=["model/l"]), large(*both, models=pinned)) == [
        (f"`triage` loses `model/l@2`; {unused}", False, False),
        ("`triage` calls `model/l@1` by the name `model/l`, and no longer `model/l@2`", False, False),
    ]


def test_a_name_in_place_of_all_its_versions_widens_to_those_that_will_come() -> None:
    assert found(large("approved", models=["model/l@1"]), large("approved", models=["model/l"])) == [
        ("`triage` gains `model/l`", True, False)
    ]


def must_be_stated(name: str) -> bool:
    return name in MUST_BE_STATED or name == "training"


@given(stated_fields(), stated_fields())
def test_a_field_widens_unless_after_is_the_meet_and_the_meet_itself_never_does(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    for name in FIELDS:
        before, after = one.get(name), other.get(name)
        if before is not None and after is not None:
            assert not widens(name, before, FIELDS[name].meet(before, after))
        assert not widens(name, before, before)
        if name == "cache_minutes":
            # Unset keeps nothing, as zero does; see test_cache.py.
            continue
        if before is None and after is not None:
            allows = must_be_stated(name) and after is not False and after != frozenset()
            assert widens(name, before, after) is allows
        if before is not None and after is None:
            assert widens(name, before, after) is (
                not must_be_stated(name) and before not in ("unlimited", ())
            )


def standing_of(stage: str) -> dict[str, Standing]:
    return {name: Standing(stage, SINCE, 1) for name in ("triage", "letters")}  # type: ignore[arg-type]


@COSTLY
@given(operating_models(), operating_models(), st.sampled_from(STAGES))
def test_effects_say_that_something_widens_exactly_if_a_field_does(
    one: OperatingModel, other: OperatingModel, stage: str
) -> None:
    standings = standing_of(stage)
    got = effects(one, other, plan(one, other), standings=standings, posted={}, now=MOMENT)
    for name in standings:
        before, after = (resolve(each, name, stage) for each in (one, other))  # type: ignore[arg-type]
        for field in FIELDS:
            wider = any(effect.widens for effect in got if (effect.use_case, effect.field) == (name, field))
            assert wider is widens(field, getattr(before, field), getattr(after, field)), field


@COSTLY
@given(operating_models(), operating_models(), st.sampled_from(STAGES), st.data())
def test_no_use_case_is_spared_whose_remit_is_another(
    one: OperatingModel, other: OperatingModel, stage: str, data: st.DataObject
) -> None:
    section = data.draw(st.sampled_from(("units", "stages", "use_cases", "organisation")))
    after = one.model_copy(update={section: getattr(other, section)})
    if {case.unit for case in after.use_cases.values()} <= after.units.keys():
        standings = standing_of(stage)
        spared = standings.keys() - concerned(one, after, plan(one, after), standings)
        for name in spared:
            assert (
                resolve(one, name, stage).digest == resolve(after, name, stage).digest  # type: ignore[arg-type]
            )


def test_a_change_that_concerns_one_unit_looks_at_no_other() -> None:
    cases = {
        name: {"name": name, "unit": unit, "purpose": "p"}
        for name, unit in (("a", "claims"), ("b", "motor"), ("c", "home"))
    }
    units = {"claims": {"name": "C"}, "motor": {"name": "M", "parent": "claims"}, "home": {"name": "H"}}
    standings = {name: Standing("envision", SINCE) for name in cases}

    def touched(**changed: Any) -> set[str]:
        one = operating_model(units=units, use_cases=cases)
        other = operating_model(**{"units": units, "use_cases": cases, **changed})
        return concerned(one, other, plan(one, other), standings)

    assert touched(units={**units, "motor": {**units["motor"], "name": "N"}}) == {"b"}
    assert touched(units={**units, "claims": {"name": "N"}}) == {"a", "b"}
    assert touched(use_cases={**cases, "c": {**cases["c"], "purpose": "q"}}) == {"c"}
    assert touched(stages={"launch": {"description": "d"}}) == set()
    assert touched(stages={"envision": {"description": "d"}}) == {"a", "b", "c"}
    assert touched(providers={}) == set()
    assert touched(blocks={}) == {"a", "b", "c"}


def test_an_effect_reads_as_a_sentence() -> None:
    assert Effect("triage", "models", "gains `model/a`", widens=True).summary == "`triage` gains `model/a`"
