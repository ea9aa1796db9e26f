"""Screens are compiled once, and those that calls name take no place of those that have to be passed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

import pytest

from conftest import CASE, House
from remit.declare.guardrail import GuardrailPolicies
from remit.enforce.guardrail.guards import Guards
from remit.enforce.guardrail.kit import Kit, Spotter
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard
from remit.enforce.guardrail.trust import Span
from remit.kernel.errors import RemitError
from remit.operations import screens
from remit.operations.screens import Screens
from remit.operations.view import read_view

NAMED = """
blocks:
  guardrail/house@1: {name: House, words: {listed: [darn]}}
organisation:
  name: Test house
  contact: administrator@example.com
  currency: EUR
  remit: {models: any, guardrails: {guardrail/house@1: {}}}
"""
REST = """
units:
  desk: {name: Desk, lead: desk-lead@example.com}
stages:
  experiment: {description: A pilot., remit: {calls: true}}
"""


def guards(word: str) -> Guards:
    policies = GuardrailPolicies.model_validate({"words": {"listed": [word]}})
    return Guards((Guard(f"guardrail/{word}", "request", "a@example.com", policies),), word)


class Counted:
    """A kit that counts what it makes."""

    def __init__(self, kit: Kit, made: list[str]) -> None:
        self._kit, self._made = kit, made

    def spotter(self, types: Any, patterns: Any, words: Mapping[str, str], **more: Any) -> Spotter:
        self._made += words
        return self._kit.spotter(types, patterns, words, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kit, name)


Work = Callable[[Screens, list[str]], Coroutine[Any, Any, None]]


def run(house: House, work: Work) -> None:
    house.apply(NAMED, REST, CASE)
    with house.system() as opened:
        made: list[str] = []
        kit: Any = lambda: Counted(opened.make_kit(), made)  # noqa: E731 (a kit for each thread)
        found = Screens(replace(opened, make_kit=kit))

        async def within() -> None:
            try:
                await work(found, made)
            finally:
                found.close()

        asyncio.run(within())


def test_calls_that_come_together_have_a_screen_compiled_once(house: House) -> None:
    async def work(found: Screens, made: list[str]) -> None:
        each = await asyncio.gather(*(found.obtain(guards("one")) for _ in range(10)))
        assert all(screen is each[0] for screen in each)
        assert made == ["one"] * 2
        assert found.ready(guards("one")) is each[0]

    run(house, work)


def test_what_use_cases_pass_stays_however_many_others_are_named(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "KEPT_MAX", 3)

    async def work(found: Screens, made: list[str]) -> None:
        with house.system() as system:
            view = read_view(system)
            day = view.day(system.clock.now())
        [prepared] = await found.prepare(view, day)
        for number in range(10):
            await found.obtain(guards(f"word{number}"))
        needed = view.guards("pilot", day)
        assert isinstance(needed, Guards)
        assert found.ready(needed) is prepared
        kept = [number for number in range(10) if found.ready(guards(f"word{number}")) is not None]
        assert kept == [7, 8, 9]

    run(house, work)


def test_the_thread_keeps_the_screens_of_several_guardrails(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "APART_MAX", 2)

    async def work(found: Screens, made: list[str]) -> None:
        for word in ("one", "two", "one", "two", "three", "two", "one"):
            spans = [Span(f"say {word}", "person")]
            seen = await found.look_apart(guards(word), "input", spans, Vault(), lambda type, text: "")
            assert seen.action == "block"
        # The third took the place of the one that was asked for longest ago.
        assert made == [word for word in ("one", "two", "three", "one") for _ in range(2)]

    run(house, work)


def test_guardrails_of_which_no_detector_can_be_made_are_a_fault_that_says_so(house: House) -> None:
    class Unable:
        def spotter(self, *given: Any, **more: Any) -> Spotter:
            raise ValueError("pattern `site` cannot be used")

    async def work(found: Screens, made: list[str]) -> None:
        found._system = replace(found._system, make_kit=Unable)  # type: ignore[arg-type]
        for _ in range(2):
            with pytest.raises(RemitError, match="pattern `site` cannot be used"):
                await found.obtain(guards("one"))
        with house.system() as system:
            view = read_view(system)
        with pytest.raises(RemitError):
            await found.prepare(view, view.day(system.clock.now()))

    run(house, work)
