"""A route leads a call to models in an order: by weight, always alike where it is sticky, never twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.block import RouteBlock, RouteCondition
from remit.declare.declared import DATA_CLASSES
from remit.declare.organisation import STAGES
from remit.enforce.remit import resolve
from remit.enforce.route import CONDITIONS, Asking, Routed, asking, leads_to, nowhere, routed
from strategies import REGIONS, UNITS, maybe, operating_model, route_block

SECRET = b"of this installation"
NAMES = {f"model/{letter}": f"model/{letter}" for letter in "abcd"} | {"model/d": "model/d@2"}
ASKED = Asking("triage", ("claims", "motor"), "launch", "internal", frozenset({"nl"}), 900, "k1", "")


def find(block: RouteBlock, asked: Asking = ASKED, *, draw: float = 0.0, **more: Any) -> Routed:
    return routed("route/r", block, asked, **{"names": NAMES, "draw": draw, "secret": SECRET, **more})


TWO = route_block({"to": "model/a", "weight": 9}, {"to": "model/b", "weight": 1})


# ── order and weights ──


def test_without_weights_targets_are_tried_in_their_order() -> None:
    block = route_block({"to": "model/b"}, {"to": "model/a"})
    assert [find(block, draw=draw).targets for draw in (0.0, 0.99)] == [("model/b", "model/a")] * 2


def test_by_weight_the_first_is_drawn_and_the_others_follow_in_their_order() -> None:
    block = route_block(
        {"to": "model/a", "weight": 5}, {"to": "model/b", "weight": 0}, {"to": "model/c", "weight": 5}
    )
    assert find(block, draw=0.49).targets == ("model/a", "model/b", "model/c")
    assert find(block, draw=0.5).targets == ("model/c", "model/a", "model/b")


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_each_target_is_first_for_exactly_its_share_of_all_draws(weights: list[int]) -> None:
    block = route_block(
        *({"to": f"model/{'abcd'[at]}", "weight": weight} for at, weight in enumerate(weights))
    )
    total = sum(weights)
    if not total:
        return
    exact = [NAMES[target.to] for target in block.targets]
    drawn = Counter(find(block, draw=(at + 0.5) / total).targets[0] for at in range(total))
    assert drawn == Counter({exact[at]: weight for at, weight in enumerate(weights) if weight})


def test_the_largest_draw_finds_a_target_however_large_the_weights_are() -> None:
    block = route_block({"to": "model/a", "weight": 1}, {"to": "model/b", "weight": 999_999_999_999_999})
    assert find(block, draw=1 - 2**-53).targets[0] == "model/b"


conditions = st.fixed_dictionaries(
    {},
    optional={
        "use_cases": st.lists(st.sampled_from(("triage", "letters")), max_size=2),
        "units": st.lists(st.sampled_from(UNITS), max_size=2),
        "stages": st.lists(st.sampled_from(STAGES), max_size=2),
        "data_classes": st.lists(st.sampled_from(DATA_CLASSES), max_size=2),
        "regions": st.lists(st.sampled_from(REGIONS), max_size=2),
        "input_tokens_max": st.integers(0, 2000).map(str),
    },
)
addresses = st.sampled_from(("model/a", "model/b", "model/c", "model/d", "model/d@2", "model/gone"))
askings = st.builds(
    Asking,
    use_case=st.sampled_from(("triage", "letters")),
    units=st.lists(st.sampled_from(UNITS), min_size=1, max_size=3).map(tuple),
    stage=st.sampled_from(STAGES),
    data_class=st.sampled_from(DATA_CLASSES),
    regions=maybe(st.just("any") | st.frozensets(st.sampled_from(REGIONS))),
    input_tokens=st.integers(0, 3000),
    key=st.text(max_size=5),
    user=st.text(max_size=5),
)
draws = st.floats(0, 1, exclude_max=True)


@st.composite
def routes(draw: st.DrawFn) -> RouteBlock:
    weighted = draw(st.booleans())
    targets = []
    for _ in range(draw(st.integers(1, 6))):
        target: dict[str, Any] = {"to": draw(addresses)}
        if weighted:
            target["weight"] = draw(st.integers(0, 9))
        if (when := draw(maybe(conditions))) is not None:
            target["when"] = when
        targets.append(target)
    sticky = draw(maybe(st.sampled_from(("use_case", "key", "user"))))
    return route_block(*targets, **({"sticky": sticky} if sticky else {}))


@given(routes(), askings, draws, st.frozensets(st.sampled_from(("model/a", "model/b", "model/d@2"))))
def test_an_order_is_complete_and_names_no_model_twice_and_none_that_rests_or_is_not_for_the_call(
    block: RouteBlock, asked: Asking, draw: float, resting: frozenset[str]
) -> None:
    names = {**NAMES, "model/d@2": "model/d@2"}
    found = find(block, asked, draw=draw, resting=resting, names=names)
    everywhere = [names.get(target.to, target.to) for target in block.targets]
    assert len(set(found.targets)) == len(found.targets)
    assert {*found.targets, *found.left_out} == set(everywhere)
    assert not {*found.targets} & {*found.left_out}
    assert resting.isdisjoint(found.targets)
    assert resting.issuperset(found.resting)
    awake = leads_to(block, asked, {name: exact for name, exact in names.items() if exact not in resting})
    assert set(found.targets) == set(awake)
    first = found.targets[:1] if block.is_weighted else ()
    assert found.targets == (*first, *(each for each in awake if each not in first))


def test_a_target_steps_in_for_one_that_rests_and_weights_hold_among_those_awake() -> None:
    assert find(TWO, draw=0.1, resting={"model/a"}) == Routed(
        ("model/b",), {"model/a": "rests after faults"}, ("model/a",)
    )
    only = route_block({"to": "model/a", "weight": 1}, {"to": "model/b", "weight": 0})
    assert find(only, resting={"model/a"}).targets == ("model/b",)


# ── conditions ──


def test_every_condition_that_can_be_declared_is_held_against_calls() -> None:
    assert set(CONDITIONS) == set(RouteCondition.model_fields)


@pytest.mark.parametrize(
    ("when", "met", "unmet"),
    [
        ({"use_cases": ["triage"]}, {}, {"use_case": "letters"}),
        ({"units": ["claims"]}, {}, {"units": ("home",)}),
        ({"stages": ["launch", "scale"]}, {}, {"stage": "experiment"}),
        ({"data_classes": ["internal"]}, {}, {"data_class": "public"}),
        ({"regions": ["nl", "de"]}, {}, {"regions": frozenset({"nl", "us"})}),
        ({"regions": ["nl"]}, {}, {"regions": None}),
        ({"regions": ["nl"]}, {}, {"regions": "any"}),
        ({"regions": ["nl"]}, {}, {"regions": frozenset()}),
        ({"input_tokens_max": "900"}, {"input_tokens": 900}, {"input_tokens": 901}),
    ],
)
def test_a_target_is_tried_only_for_the_calls_that_it_is_for(when: Any, met: Any, unmet: Any) -> None:
    block = route_block({"to": "model/a", "when": when}, {"to": "model/b"})
    facts = {name: getattr(ASKED, name) for name in ASKED.__slots__}
    assert find(block, Asking(**{**facts, **met})).targets == ("model/a", "model/b")
    found = find(block, Asking(**{**facts, **unmet}))
    [condition] = when
    assert found == Routed(("model/b",), {"model/a": f"is not for such calls (`{condition}`)"})


def test_a_name_means_what_it_means_under_the_remit_and_what_lies_outside_is_left_out() -> None:
    found = find(route_block({"to": "model/d"}, {"to": "model/gone"}, {"to": "model/d@2"}))
    assert found == Routed(("model/d@2",), {"model/gone": "is outside the remit"})


def test_what_routes_look_at_is_read_off_the_remit() -> None:
    model = operating_model()
    found = asking(model, resolve(model, "triage", "launch"), input_tokens=7, key="k", user="u")
    assert found == Asking("triage", ("claims", "motor"), "launch", "internal", None, 7, "k", "u")


def test_a_call_that_is_led_nowhere_is_told_why_of_each_target() -> None:
    block = route_block({"to": "model/gone"}, {"to": "model/a", "when": {"stages": ["scale"]}})
    found = find(block)
    decision = nowhere("route/r", block, found, administrator="head@example.com")
    assert (decision.rule, decision.layer, decision.owner) == (
        "route-leads-nowhere",
        "route/r",
        "head@example.com",
    )
    assert decision.help.endswith("`gone` is outside the remit; `a` is not for such calls (`stages`)")


# ── sticky ──


def first(block: RouteBlock, key: str, *, address: str = "route/r", draw: float = 0.0) -> str:
    asked = Asking("triage", ("claims",), "launch", "internal", None, key=key)
    return routed(address, block, asked, names=NAMES, draw=draw, secret=SECRET).targets[0]


def sticky(*weights: int, order: str = "abcd") -> RouteBlock:
    targets = [{"to": f"model/{order[at]}", "weight": weight} for at, weight in enumerate(weights)]
    return route_block(*targets, sticky="key")


KEYS = [f"key-{number}" for number in range(4000)]


@given(st.text(min_size=1, max_size=20), draws, st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_who_draws_once_draws_the_same_again(key: str, draw: float, weights: list[int]) -> None:
    assert first(sticky(*weights), key, draw=draw) == first(sticky(*weights), key)


def test_sticky_targets_are_drawn_in_proportion_to_their_weights() -> None:
    drawn = Counter(first(sticky(6, 3, 1), key) for key in KEYS)
    for model, share in (("model/a", 0.6), ("model/b", 0.3), ("model/c", 0.1)):
        # Five standard deviations of a binomial; the keys and the secret are fixed.
        assert abs(drawn[model] - share * len(KEYS)) < 5 * (share * (1 - share) * len(KEYS)) ** 0.5


def test_a_change_of_one_weight_moves_names_only_to_that_target_and_few_of_them() -> None:
    moved = Counter(
        (before, after)
        for key in KEYS
        if (before := first(sticky(8, 1, 1), key)) != (after := first(sticky(8, 2, 1), key))
    )
    assert {after for _, after in moved} == {"model/b"}
    # From 1 in 10 to 2 in 11.
    assert 0.05 < sum(moved.values()) / len(KEYS) < 0.11


def test_a_target_that_goes_moves_only_those_who_drew_it() -> None:
    for key in KEYS[:500]:
        before = first(sticky(5, 3, 2), key)
        after = first(sticky(5, 3), key)
        assert before in (after, "model/c")


def test_who_draws_what_depends_on_the_route_and_on_the_secret_and_not_on_versions_or_order() -> None:
    half, swapped = sticky(1, 1), sticky(1, 1, order="ba")
    here = [first(half, key) for key in KEYS[:200]]
    assert here == [first(swapped, key) for key in KEYS[:200]]
    assert here == [first(half, key, address="route/r@2") for key in KEYS[:200]]
    assert here != [first(half, key, address="route/other") for key in KEYS[:200]]
    asked = [Asking("triage", (), "launch", "internal", None, key=key) for key in KEYS[:200]]
    other = [find(half, each, secret=b"another").targets[0] for each in asked]
    assert here != other


def test_a_call_that_names_no_user_draws() -> None:
    block = route_block({"to": "model/a", "weight": 1}, {"to": "model/b", "weight": 1}, sticky="user")
    assert [find(block, draw=draw).targets[0] for draw in (0.2, 0.7)] == ["model/a", "model/b"]
