"""Which guardrails a call must pass: those of every layer, those that a request names, or none of it goes."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from remit.declare.operating_model import OperatingModel
from remit.enforce.decision import Decision
from remit.enforce.guardrail.guards import NO_GUARDS, Guards, guards_of
from remit.enforce.remit import resolve
from strategies import operating_model

TODAY = date(2026, 11, 23)
SAID: dict[str, dict[str, Any]] = {
    "base@1": {"content": {"HATE": "low"}},
    "base@2": {"content": {"HATE": "low"}},
    "base@3": {"content": {"HATE": "high"}, "status": "draft"},
    "draft": {"sensitive": {"EMAIL": "block"}},
    "other": {"words": {"listed": ["darn"]}},
    "gone": {"status": "rejected"},
}
BLOCKS = {
    f"guardrail/{name}": {"name": name, "owner": f"{name.partition('@')[0]}@example.com", **more}
    for name, more in SAID.items()
}


def model(
    *, organisation: Any = None, unit: Any = None, use_case: Any = None, stage: Any = None
) -> OperatingModel:
    """Make a model in which each layer names the guardrails that are given for it."""

    def named(guardrails: Any) -> dict[str, Any]:
        return {"guardrails": guardrails} if guardrails else {}

    return operating_model(
        organisation={
            "name": "House",
            "contact": "risk@example.com",
            "currency": "EUR",
            "remit": named(organisation),
        },
        units={"desk": {"name": "Desk", "lead": "desk@example.com", "remit": named(unit)}},
        stages={"launch": {"description": "In use.", "remit": named(stage)}},
        use_cases={"triage": {"name": "Triage", "unit": "desk", "purpose": "Try.", "remit": named(use_case)}},
        blocks=BLOCKS,
    )


def found(made: OperatingModel, *asked: str, stage: Any = "experiment") -> Guards | Decision:
    return guards_of(made, resolve(made, "triage", stage), TODAY, asked)


def guards(made: OperatingModel, *asked: str, **more: Any) -> Guards:
    seen = found(made, *asked, **more)
    assert isinstance(seen, Guards), seen
    return seen


def refusal(made: OperatingModel, *asked: str, **more: Any) -> Decision:
    seen = found(made, *asked, **more)
    assert isinstance(seen, Decision)
    assert seen.effect == "deny"
    return seen


def test_where_nobody_asks_for_one_there_is_none() -> None:
    assert guards(model()) is NO_GUARDS


def test_the_guardrails_of_all_layers_unite_and_the_topmost_that_asks_is_named() -> None:
    made = model(
        organisation={"guardrail/base@1": {}},
        unit={"guardrail/base@1": {}, "guardrail/draft": {}},
        use_case={"guardrail/other": {}},
    )
    assert guards(made).origins == {
        "guardrail/base@1": "organisation",
        "guardrail/draft": "unit/desk",
        "guardrail/other": "use-case/triage",
    }


def test_a_name_means_its_newest_version_that_may_be_used() -> None:
    assert set(guards(model(organisation={"guardrail/base": {}})).origins) == {"guardrail/base@2"}


def test_the_higher_strength_of_what_layers_ask_for_holds() -> None:
    made = model(
        organisation={"guardrail/base@1": {"HATE": "medium"}}, unit={"guardrail/base@1": {"HATE": "low"}}
    )
    [guard] = guards(made).each
    assert guard.strength("HATE", "input") == "medium"
    assert guard.strength("INSULTS", "input") == "none"


def test_a_request_adds_and_takes_nothing_away() -> None:
    made = model(organisation={"guardrail/base@1": {"HATE": "high"}})
    seen = guards(made, "guardrail/base@1", "guardrail/draft")
    assert seen.origins == {"guardrail/base@1": "organisation", "guardrail/draft": "request"}
    assert seen.each[0].strength("HATE", "input") == "high"


def test_the_order_in_which_a_request_names_them_makes_no_difference() -> None:
    names = ("guardrail/base@1", "guardrail/draft", "guardrail/other")
    assert len({guards(model(), *order).digest for order in permutations(names)}) == 1
    assert guards(model(), *names).digest != guards(model(), *names[1:]).digest


@pytest.mark.parametrize("name", ["nobody", "base@9", "base@3", "gone"])
def test_one_that_a_request_names_in_vain_ends_the_call(name: str) -> None:
    decision = refusal(model(), f"guardrail/{name}")
    assert (decision.rule, decision.layer) == ("unknown-guardrail", "request")


@pytest.mark.parametrize("name", ["base@3", "gone"])
def test_one_that_has_to_be_passed_and_cannot_be_ends_the_call(name: str) -> None:
    decision = refusal(model(unit={f"guardrail/{name}": {}}))
    assert (decision.rule, decision.layer) == ("guardrail-not-usable", "unit/desk")
    assert decision.owner == "desk@example.com"


@pytest.mark.parametrize("name", ["draft", "base"])
def test_at_launch_layers_name_versions_and_a_request_need_not(name: str) -> None:
    made = model(unit={f"guardrail/{name}": {}})
    assert refusal(made, stage="launch").rule == "guardrail-not-pinned"
    assert isinstance(found(made), Guards)
    assert isinstance(found(model(), f"guardrail/{name}", stage="launch"), Guards)
    assert isinstance(found(model(stage={"guardrail/base@1": {}}), stage="launch"), Guards)
