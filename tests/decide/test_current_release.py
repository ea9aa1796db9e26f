"""What was tried counts only as long as it is what calls would get."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from remit.decide.current_release import Called, called
from remit.decide.release import Release, release_of
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import resolve
from remit.record.dossier_entry import Scored
from strategies import model_block, operating_model, route_block

TODAY = date(2026, 11, 23)
LETTER = {"name": "Letter", "text": "Write a letter.", "model": "model/a"}


def declared(
    *, blocks: dict[str, Any] | None = None, listed: tuple[str, ...] = ("prompt/letter",), **remit: Any
) -> OperatingModel:
    case = {"name": "Letters", "unit": "motor", "purpose": "P.", "blocks": list(listed)}
    return operating_model(
        blocks={
            "model/a": model_block(),
            "model/b": model_block(),
            "prompt/letter@2": LETTER,
            **(blocks or {}),
        },
        use_cases={"letters": {**case, "remit": {"models": ["model/a", "model/b"], **remit}}},
    )


def scored(release: Release) -> Scored:
    return Scored(release.digest, release.model, release.prompt, release.parameters)


def why(tried: OperatingModel, now: OperatingModel, *, of: str = "model/a", prompt: str = "") -> str:
    release = release_of(tried, of, day=TODAY, prompt=prompt)
    return at_launch(now).outdated(scored(release))


def at_launch(model: OperatingModel) -> Called:
    return called(model, resolve(model, "letters", "launch"), TODAY)


def test_what_was_tried_and_left_as_it_is_counts() -> None:
    assert why(declared(), declared(), prompt="prompt/letter@2") == ""
    assert why(declared(listed=()), declared(listed=())) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"prompt/letter@3": LETTER}, "`prompt/letter@3` is what would be called"),
        ({"prompt/letter@3": {**LETTER, "status": "draft"}}, ""),
        ({"prompt/letter@2": {**LETTER, "text": "Write two letters."}}, "says something else now"),
        ({"prompt/letter@2": {**LETTER, "parameters": {"temperature": "1"}}}, "says something else now"),
        ({"prompt/letter@2": {**LETTER, "model": "model/b"}}, "`model/b` is what would be called"),
        ({"model/a": model_block(options={"name": "another"})}, "says something else now"),
        ({"model/a": model_block(retries=3, owner="platform@example.com")}, ""),
        (
            {
                "prompt/letter@2": {
                    **LETTER,
                    "status": "deprecated",
                    "last_day": "2026-11-22",
                    "reason": "Old.",
                }
            },
            "which was deprecated, and 2026-11-22 was its last day",
        ),
    ],
)
def test_a_change_to_prompt_model_or_parameters_ends_what_the_evaluation_shows(
    change: dict[str, Any], said: str
) -> None:
    found = why(declared(), declared(blocks=change), prompt="prompt/letter@2")
    assert said in found
    assert bool(said) == bool(found)


def test_a_use_case_that_lists_a_version_is_not_moved_by_the_next_one() -> None:
    newer = declared(blocks={"prompt/letter@3": LETTER}, listed=("prompt/letter@2",))
    assert why(newer, newer, prompt="prompt/letter@2") == ""


def test_a_newer_version_of_the_model_is_another_release() -> None:
    blocks = {"model/c@1": model_block(), "prompt/letter@2": {**LETTER, "model": "model/c"}}
    tried = declared(blocks=blocks, models=["model/c"])
    newer = declared(blocks={**blocks, "model/c@2": model_block()}, models=["model/c"])
    pinned = declared(blocks={**blocks, "model/c@2": model_block()}, models=["model/c@1"])
    assert "`model/c@2` is what would be called" in why(
        tried, newer, of="model/c@1", prompt="prompt/letter@2"
    )
    assert why(tried, pinned, of="model/c@1", prompt="prompt/letter@2") == ""


def test_a_model_alone_is_a_release_of_its_own_whatever_prompts_are_listed() -> None:
    assert why(declared(), declared(blocks={"prompt/letter@3": LETTER})) == ""


def test_what_can_no_longer_be_called_counts_for_nothing() -> None:
    unlisted = declared(listed=("prompt/other",), blocks={"prompt/other": LETTER})
    assert "not among the blocks of `letters`" in why(declared(), unlisted, prompt="prompt/letter@2")
    narrowed = declared(models=["model/b"], listed=())
    assert "which `letters` cannot call at `launch`" in why(declared(listed=()), narrowed)


def test_a_route_that_leads_elsewhere_is_another_release() -> None:
    here = declared(blocks={"route/any": route_block({"to": "model/a"})}, listed=())
    there = declared(blocks={"route/any": route_block({"to": "model/b"})}, listed=())
    assert why(here, here, of="route/any") == ""
    assert "says something else now" in why(here, there, of="route/any")


def test_what_calls_would_get_is_listed_and_current() -> None:
    model = declared(
        blocks={"prompt/free": {"name": "Free", "text": "Say it."}}, listed=("prompt/letter", "prompt/free")
    )
    found = at_launch(model).releases
    assert [(each.prompt, each.model) for each in found] == [
        ("prompt/letter@2", "model/a"),
        ("prompt/free", "model/a"),
        ("prompt/free", "model/b"),
        ("", "model/a"),
        ("", "model/b"),
    ]
    for each in found:
        assert at_launch(model).outdated(scored(each)) == ""
    bare = at_launch(declared(listed=())).releases
    assert [(each.prompt, each.model) for each in bare] == [("", "model/a"), ("", "model/b")]


def test_a_block_that_nobody_declares_any_more_is_none_of_todays_releases() -> None:
    gone = release_of(declared(), "model/gone", day=TODAY)
    assert gone.model_digest == ""
    assert "cannot call" in at_launch(declared(listed=())).outdated(scored(gone))


GUARD = {"name": "Guard", "content": {"HATE": "medium"}}


def guarded(now: dict[str, Any] | None = None, *, remit: Any = None, **blocks: Any) -> Called:
    named = {"guardrail/guard": now or {}} if remit is None else remit
    return at_launch(declared(blocks={"guardrail/guard@1": GUARD, **blocks}, guardrails=named))


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (guarded(), ""),
        (guarded(remit={"guardrail/guard@1": {}}), ""),
        (guarded(remit={"guardrail/guard": {}, "guardrail/base": {}}), ""),
        (guarded({"HATE": "high"}), ""),
        (guarded(remit={}), "attacks met `guardrail/guard@1`, which calls would not pass"),
        (guarded(**{"guardrail/guard@2": GUARD}), "attacks met `guardrail/guard@1`, which"),
        (guarded(**{"guardrail/guard@1": {**GUARD, "content": {"HATE": "low"}}}), "says something else now"),
    ],
)
def test_attacks_that_were_fended_off_count_as_long_as_what_they_met_is_there(now: Called, said: str) -> None:
    found = now.weaker_guards(guarded().guardrails)
    assert said in found
    assert bool(found) == bool(said)


def test_a_guardrail_that_looks_less_strictly_is_not_what_attacks_met() -> None:
    tried = guarded({"HATE": "high"}).guardrails
    assert guarded({"HATE": "high"}).weaker_guards(tried) == ""
    for now in (guarded({"HATE": "low"}), guarded()):
        assert now.weaker_guards(tried).startswith("`guardrail/guard@1` looks for HATE less strictly")
    assert guarded().weaker_guards(()) == "", "an evaluation that says nothing of guardrails claims none"
