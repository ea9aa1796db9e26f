"""A name means one declared block, under a remit and on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.version import covers
from remit.enforce.model_name import model_names, names_under, usable
from remit.enforce.remit import resolve
from strategies import MODELS, NAMES, days, model_block, operating_model, route_block

DAY = date(2026, 11, 23)
GONE = {"status": "deprecated", "reason": "Use the next.", "last_day": "2026-11-22"}
LEAVING = {"status": "deprecated", "reason": "Use the next.", "last_day": "2026-11-23"}
DRAFT = {"status": "draft"}


def names(*versions: dict[str, Any], allowed: set[str], day: date = DAY) -> dict[str, str]:
    blocks = {f"model/l@{number}": model_block(**each) for number, each in enumerate(versions, 1)}
    model = operating_model(blocks={**blocks, "model/s": model_block()})
    return model_names(model, frozenset(allowed), day)


@pytest.mark.parametrize(
    ("versions", "meant"),
    [
        (({}, {}), "model/l@2"),
        (({}, DRAFT), "model/l@1"),
        (({}, LEAVING), "model/l@2"),
        (({}, GONE), "model/l@1"),
        ((DRAFT, GONE), "model/l@2"),
        (({}, *[DRAFT] * 9), "model/l@1"),
        ([{}] * 10, "model/l@10"),
    ],
)
def test_a_name_means_its_newest_version_that_may_be_used(versions: Any, meant: str) -> None:
    found = names(*versions, allowed={"model/l"})
    assert found["model/l"] == meant
    assert found.keys() == {"model/l", *(f"model/l@{number}" for number in range(1, len(versions) + 1))}


def test_a_version_that_is_pinned_in_the_remit_stays_what_the_name_means() -> None:
    assert names({}, {}, {}, allowed={"model/l@2"}) == {"model/l": "model/l@2", "model/l@2": "model/l@2"}


def test_the_day_after_its_last_a_version_gives_its_name_to_the_one_before() -> None:
    assert names({}, LEAVING, allowed={"model/l"})["model/l"] == "model/l@2"
    assert names({}, LEAVING, allowed={"model/l"}, day=DAY + timedelta(days=1))["model/l"] == "model/l@1"


def test_a_block_without_versions_is_what_its_name_means_and_what_is_not_declared_is_nothing() -> None:
    assert names(allowed={"model/s", "model/gone"}) == {"model/s": "model/s"}
    assert model_names(operating_model(), None, DAY) == {}


def test_names_whose_block_may_not_be_used_are_left_out_where_that_is_asked() -> None:
    model = operating_model(blocks={"model/l@1": model_block(**DRAFT), "model/s": model_block()})
    found = model_names(model, frozenset({"model/l", "model/s"}), DAY)
    assert usable(model, found, DAY) == {"model/s": "model/s"}


@given(st.frozensets(st.sampled_from(NAMES)), days)
def test_no_name_leads_out_of_the_remit_and_a_declared_address_means_itself(
    allowed: frozenset[str], day: date
) -> None:
    for name, address in model_names(operating_model(), allowed, day).items():
        assert covers(allowed, address)
        assert address in MODELS
        assert name not in MODELS or name == address


@given(st.sampled_from(NAMES), days)
def test_a_reference_means_the_same_to_the_operating_model_as_to_a_remit_that_allows_it_all(
    name: str, day: date
) -> None:
    model = operating_model()
    assert model_names(model, frozenset({name}), day)[name] == model.meant(name, day)


# ── routes ──

BOTH = ({"to": "model/l", "weight": 1}, {"to": "model/s", "weight": 1})
"""Where a route leads unless it says something else."""


def under(routes: dict[str, Any], allowed: list[str] | str = "any", *, unit: str = "motor") -> dict[str, str]:
    model = operating_model(
        blocks={"model/l@1": model_block(), "model/s": model_block(), **routes},
        use_cases={"triage": {"name": "T", "unit": unit, "purpose": "Sort.", "remit": {"models": allowed}}},
    )
    found = names_under(model, resolve(model, "triage", "launch"), DAY)
    return {name: address for name, address in found.items() if address.startswith("route/")}


def test_a_route_is_called_like_a_model_where_one_of_its_targets_can_be() -> None:
    route = route_block(*BOTH)
    assert under({"route/r": route}) == {"model/r": "route/r"}
    assert under({"route/r": route}, ["model/s"]) == {"model/r": "route/r"}
    assert under({"route/r": route}, []) == {}


def test_a_route_is_not_there_for_those_whom_it_leads_nowhere() -> None:
    route = route_block(
        {"to": "model/s", "when": {"units": ["claims"]}}, {"to": "model/l", "when": {"stages": []}}
    )
    assert under({"route/r": route}, unit="motor") == {"model/r": "route/r"}
    assert under({"route/r": route}, ["model/l@1"]) == {}
    other = route_block({"to": "model/s", "when": {"units": ["motor"]}})
    assert under({"route/r": other}, unit="claims") == {}
    assert under({"route/r": route_block({"to": "model/s"}), "model/s": model_block(**GONE)}) == {}


def test_a_route_s_name_means_its_newest_version_that_may_be_used_whatever_leads_where() -> None:
    versions = {"route/r@1": route_block(*BOTH), "route/r@2": route_block({"to": "model/l"})}
    every = {"model/r@1": "route/r@1", "model/r@2": "route/r@2", "model/r": "route/r@2"}
    assert under(versions) == every
    assert under({**versions, "route/r@2": route_block(*BOTH, **DRAFT)}) == {
        **every,
        "model/r": "route/r@1",
    }
    # Who cannot be led by the newest is not led by an older one in silence.
    assert under(versions, ["model/s"]) == {"model/r@1": "route/r@1"}


def test_a_route_that_may_not_be_used_is_left_out_where_that_is_asked() -> None:
    model = operating_model(
        blocks={"model/s": model_block(), "route/r": route_block({"to": "model/s"}, **DRAFT)}
    )
    names = {"model/s": "model/s", "model/r": "route/r"}
    assert usable(model, names, DAY) == {"model/s": "model/s"}


def test_a_key_for_some_models_narrows_names_as_a_layer_would_and_routes_with_them() -> None:
    model = operating_model(
        blocks={
            "model/l@1": model_block(),
            "model/l@2": model_block(),
            "model/s": model_block(),
            "route/r": route_block(*BOTH),
            "route/t": route_block({"to": "model/s"}),
        }
    )
    remit = replace(resolve(model, "triage", "launch"), models=frozenset({"model/l", "model/s"}))
    assert names_under(model, remit, DAY, ()) == names_under(model, remit, DAY)
    assert names_under(model, remit, DAY, ("model/l@1",)) == {
        "model/l": "model/l@1",
        "model/l@1": "model/l@1",
        "model/r": "route/r",
    }
    assert names_under(model, remit, DAY, ("model/x",)) == {}
