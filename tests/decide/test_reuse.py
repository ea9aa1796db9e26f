"""Reuse: a block knows who uses it, and its twins."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.reuse import (
    BlockUse,
    Seen,
    block_uses,
    seen,
    share_on_shared,
    twins,
    undeclared_models,
)
from remit.declare.use_case import UseCase
from remit.record.projection import StageFact, UsageKey, UsageSum
from strategies import model_block, operating_model, route_block

PROVIDERS = {
    "echo": {"technology": "echo"},
    "cloud": {"technology": "openai", "base_url": "https://cloud.example.com/v1"},
}
LETTER = "Write a letter to the claimant in plain words and name the next step."


def model(**blocks: Any) -> Any:
    return operating_model(
        providers=PROVIDERS,
        blocks={
            "model/a": model_block(),
            "model/b": model_block(provider="cloud"),
            "prompt/letter": {"name": "Letter", "text": LETTER},
            "tool/lookup": {"name": "Look up", "effect": "reads"},
            **blocks,
        },
        use_cases={
            "one": {
                "name": "One",
                "unit": "motor",
                "purpose": "P.",
                "blocks": ["model/a", "prompt/letter"],
                "remit": {"models": ["model/a", "model/b"]},
            },
            "two": {"name": "Two", "unit": "claims", "purpose": "P.", "blocks": ["model/a"]},
            "old": {"name": "Old", "unit": "claims", "purpose": "P.", "blocks": ["tool/lookup"]},
        },
    )


STAGES = {
    "one": StageFact("launch", date(2026, 1, 1), "adopted"),
    "two": StageFact("experiment", date(2026, 1, 1), "adopted"),
    "old": StageFact("retired", date(2026, 1, 1), "adopted"),
}

TODAY = date(2026, 11, 23)


def uses(calls: dict[tuple[str, str], Seen] | None = None) -> dict[str, BlockUse]:
    return {each.address: each for each in block_uses(model(), STAGES, calls or {}, today=TODAY)}


def key(address: str, use_case: str, *, simulated: bool = False, hour: str = "h") -> UsageKey:
    return UsageKey(hour, use_case, "claims", "launch", address, "k", "EUR", simulated)


def test_listing_is_use_and_being_allowed_is_not() -> None:
    found = uses()
    assert [use.use_case for use in found["model/a"].users] == ["one", "two"]
    assert found["model/a"].shared
    assert found["model/b"].orphan
    [allowed] = found["model/b"].uses
    assert (allowed.use_case, allowed.allowed, allowed.counts) == ("one", True, False)
    assert not found["prompt/letter"].shared


def test_a_retired_use_case_uses_a_block_only_by_the_calls_it_made() -> None:
    assert uses()["tool/lookup"].orphan
    found = uses({("model/b", "old"): Seen(3, 1)})["model/b"]
    assert [(use.use_case, use.calls) for use in found.users] == [("old", 3)]
    assert (found.calls, found.simulated_calls) == (3, 1)


def test_calls_are_summed_by_model_and_use_case_simulated_ones_apart() -> None:
    usage = [
        (key("model/a", "one"), UsageSum(calls=2)),
        (key("model/a", "one", hour="later"), UsageSum(calls=3)),
        (key("model/a", "one", simulated=True), UsageSum(calls=7)),
        (key("model/gone", "two"), UsageSum(calls=4)),
    ]
    calls = seen(usage)
    assert calls == {("model/a", "one"): Seen(5, 7), ("model/gone", "two"): Seen(4, 0)}
    assert undeclared_models(model(), calls) == (("model/gone", 4),)
    assert share_on_shared(block_uses(model(), STAGES, calls, today=TODAY), calls=9) == 55
    assert share_on_shared((), calls=0) is None


def test_prompts_with_nearly_the_same_words_were_built_twice() -> None:
    again = {"name": "Mail", "text": LETTER.replace("next step", "next  steps").upper()}
    other = {"name": "Other", "text": "Sum the claim up in three sentences for an adjuster, without blame."}
    found = twins(
        model(**{"prompt/mail": again, "prompt/other": other, "prompt/short": {"name": "S", "text": "Hi"}})
    )
    assert {address: [twin.address for twin in each] for address, each in found.items()} == {
        "prompt/letter": ["prompt/mail"],
        "prompt/mail": ["prompt/letter"],
    }
    assert found["prompt/mail"][0].reason.startswith("nearly the same words (9")


def test_guardrails_and_tools_are_compared_by_what_they_are_for() -> None:
    guard = {"name": "Baseline", "description": "Prompt attacks and personal data for customers."}
    found = twins(
        model(
            **{
                "guardrail/a": guard,
                "guardrail/b": guard,
                "tool/other": {"name": "Look up", "effect": "reads"},
            }
        )
    )
    assert {address: each[0].reason for address, each in found.items()} == {
        "guardrail/a": "the same words",
        "guardrail/b": "the same words",
    }


def test_models_are_one_if_the_same_answers_in_the_end() -> None:
    found = twins(
        model(
            **{
                "model/c": model_block(),
                "model/d": model_block(provider="cloud", options={"model": "large"}),
                "model/e": model_block(provider="cloud", options={"model": "large", "billed_as": "L4"}),
                "model/large": model_block(provider="cloud"),
                "model/f": model_block(options={"words": "3"}),
            }
        )
    )
    assert {address: [twin.address for twin in each] for address, each in found.items()} == {
        "model/a": ["model/c"],
        "model/c": ["model/a"],
        "model/d": ["model/e", "model/large"],
        "model/e": ["model/d", "model/large"],
        "model/large": ["model/d", "model/e"],
    }
    assert found["model/a"][0].reason == "one model at provider `echo`"


def test_versions_of_one_block_are_not_built_twice_and_are_shared_as_one() -> None:
    prompt = {"name": "P", "text": LETTER}
    versions = {"prompt/p@1": prompt, "prompt/p@2": prompt, "model/l@1": model_block(provider="cloud")}
    blocks = {**versions, "model/l@2": model_block(provider="cloud")}
    found = twins(model(**blocks))
    assert found.keys() == {"prompt/letter", "prompt/p@1", "prompt/p@2"}
    assert [twin.address for twin in found["prompt/p@1"]] == ["prompt/letter"]
    calls = {
        ("model/l@1", "one"): Seen(3, 0),
        ("model/l@2", "two"): Seen(2, 0),
        ("model/b", "one"): Seen(5, 0),
    }
    used = block_uses(model(**blocks), STAGES, calls, today=TODAY)
    assert [each.shared for each in used if each.address.startswith("model/l")] == [False, False]
    assert share_on_shared(used, calls=10) == 50


def test_who_names_an_old_version_is_behind_and_who_names_none_uses_the_newest() -> None:
    versions = {
        f"prompt/p@{number}": {"name": "P", "text": f"Text {number}.", "status": status}
        for number, status in enumerate(("approved", "approved", "draft"), 1)
    }
    case = {"name": "N", "unit": "motor", "purpose": "P."}
    declared = model(**versions, **{"model/l@1": model_block(), "model/l@2": model_block()}).model_copy(
        update={
            "use_cases": {
                "one": UseCase.model_validate({**case, "blocks": ["prompt/p@1"]}),
                "two": UseCase.model_validate({**case, "blocks": ["prompt/p"]}),
                "old": UseCase.model_validate({**case, "blocks": ["prompt/p@1"]}),
                "new": UseCase.model_validate(
                    {**case, "blocks": ["prompt/p@3"], "remit": {"models": ["model/l@1"]}}
                ),
            }
        }
    )
    found = {each.address: each for each in block_uses(declared, STAGES, {}, today=TODAY)}
    assert [use.use_case for use in found["prompt/p@1"].behind] == ["one"]
    assert [use.use_case for use in found["prompt/p@2"].users] == ["two"]
    assert [use.use_case for use in found["model/l@1"].behind] == ["new"]
    assert {address: each.newer for address, each in found.items() if "@" in address} == {
        "prompt/p@1": "prompt/p@2",
        "prompt/p@2": None,
        "prompt/p@3": None,
        "model/l@1": "model/l@2",
        "model/l@2": None,
    }
    assert found["prompt/p@3"].behind == ()


@given(st.lists(st.text("ab ", min_size=1, max_size=30).filter(str.strip), max_size=8))
def test_to_be_a_twin_is_symmetric(texts: list[str]) -> None:
    found = twins(model(**{f"prompt/p{n}": {"name": "P", "text": text} for n, text in enumerate(texts)}))
    for address, each in found.items():
        for twin in each:
            assert address in [back.address for back in found[twin.address]]
            assert twin.address != address


# ── routes ──

ROUTES = {
    "model/a@1": model_block(),
    "model/a@2": model_block(),
    "route/r": route_block({"to": "model/a", "weight": 9}, {"to": "model/b", "weight": 1}),
    "route/pinned": route_block({"to": "model/a@1"}),
    "route/idle": route_block({"to": "model/b"}),
}


def routed() -> dict[str, BlockUse]:
    blocks = {"model/b": model_block(provider="cloud"), **ROUTES}
    cases: dict[str, Any] = {
        "one": {"blocks": ["route/r"], "remit": {"models": ["model/a"]}},
        "two": {"blocks": ["route/pinned", "model/b"], "remit": {"models": ["model/b"]}},
    }
    case = {"name": "N", "unit": "motor", "purpose": "P."}
    declared = operating_model(
        providers=PROVIDERS,
        blocks=blocks,
        use_cases={name: {**case, **each} for name, each in cases.items()},
    )
    return {each.address: each for each in block_uses(declared, STAGES, {}, today=TODAY)}


def test_who_lists_a_route_uses_the_models_that_it_leads_to() -> None:
    found = routed()
    assert {use.use_case: (use.listed, use.through) for use in found["model/a@2"].users} == {
        "one": (False, ("route/r",))
    }
    assert {use.use_case: (use.listed, use.through) for use in found["model/b"].users} == {
        "one": (False, ("route/r",)),
        "two": (True, ()),
    }
    assert found["model/b"].shared


def test_a_route_knows_where_it_leads_today_and_a_model_what_leads_to_it() -> None:
    found = routed()
    assert found["route/r"].targets == ("model/a@2", "model/b")
    assert found["model/b"].routes == ("route/idle", "route/r")
    assert found["model/a@1"].routes == ("route/pinned",)
    assert found["route/idle"].orphan
    assert not found["model/a@1"].orphan


def test_a_route_is_allowed_to_whom_one_of_its_models_is() -> None:
    found = routed()
    allowed = {address: [use.use_case for use in each.uses if use.allowed] for address, each in found.items()}
    assert allowed["route/r"] == ["one", "two"]
    assert allowed["route/pinned"] == ["one"]
    assert allowed["route/idle"] == ["two"]


def test_a_version_that_a_listed_route_names_is_stayed_with() -> None:
    assert [use.use_case for use in routed()["model/a@1"].behind] == ["two"]


def test_a_route_leads_nobody_to_a_target_that_is_not_for_them() -> None:
    only = {"units": ["claims"]}
    routes = {"route/some": route_block({"to": "model/a"}, {"to": "model/b", "when": only})}
    case = {"name": "N", "purpose": "P.", "blocks": ["route/some"], "remit": {"models": ["model/b"]}}
    declared = operating_model(
        providers=PROVIDERS,
        blocks={"model/a": model_block(), "model/b": model_block(provider="cloud"), **routes},
        use_cases={"one": {**case, "unit": "claims"}, "two": {**case, "unit": "home"}},
        units={"claims": {"name": "Claims"}, "home": {"name": "Home"}},
    )
    found = {each.address: each for each in block_uses(declared, STAGES, {}, today=TODAY)}
    assert [use.use_case for use in found["model/b"].users] == ["one"]
    assert [use.use_case for use in found["model/a"].users] == ["one", "two"]
    assert [use.use_case for use in found["route/some"].uses if use.allowed] == ["one"]
