"""Block requests: what has to change for a use case to stand on a block, and who must agree to it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from remit.decide.block_request import BlockRequest, block_request, with_block
from remit.decide.roles import holder
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import Remit, resolve
from remit.kernel.errors import Conflict
from strategies import model_block, operating_model

DAY = date(2026, 11, 30)
OWNER = "one-owner@example.com"


def house(**remit: Any) -> OperatingModel:
    return operating_model(
        organisation={
            "name": "Harbour",
            "contact": "centre@example.com",
            "currency": "EUR",
            "remit": {"models": "any", "guardrails": {}},
        },
        blocks={
            "model/a": model_block(owner="platform@example.com"),
            "model/b": model_block(owner="platform@example.com"),
            "model/c": model_block(owner="platform@example.com", status="draft"),
            "prompt/p": {"name": "P", "text": "Write."},
            "tool/t": {"name": "T", "effect": "reads", "owner": "tools@example.com"},
            "guardrail/g": {"name": "G", "owner": "risk@example.com", "sensitive": {"EMAIL": "anonymize"}},
        },
        use_cases={"one": {"name": "One", "unit": "claims", "owner": OWNER, "purpose": "P.", "remit": remit}},
    )


def now(model: OperatingModel) -> Remit:
    return resolve(model, "one", "experiment")


def asked(model: OperatingModel, address: str, author: str = OWNER) -> BlockRequest:
    return block_request(model, now(model), address, author=author, day=DAY)


def test_a_prompt_is_listed_and_the_centre_answers_where_it_has_no_owner() -> None:
    model = house()
    found = asked(model, "prompt/p")
    assert (found.lists, found.layers, found.roles) == (True, (), ("centre",))
    assert with_block(model, found).use_cases["one"].blocks == ("prompt/p",)


def test_a_model_is_allowed_by_each_layer_that_leaves_it_out() -> None:
    model = house(models=["model/a"])
    found = asked(model, "model/b")
    assert found.layers == ("use-case/one",)
    assert found.roles == ("block-owner/model/b",)
    after = with_block(model, found)
    assert now(after).models == frozenset({"model/a", "model/b"})
    assert after.use_cases["one"].blocks == ("model/b",)


@pytest.mark.parametrize(("address", "field"), [("tool/t", "tools"), ("guardrail/g", "guardrails")])
def test_tools_and_guardrails_come_into_the_remit(address: str, field: str) -> None:
    model = house(tools={"tool/other": {}}) if field == "tools" else house()
    found = asked(model, address)
    assert found.layers == ("use-case/one",)
    assert address in getattr(now(with_block(model, found)), field)


def test_whoever_asks_for_anothers_use_case_needs_the_lead_of_its_unit() -> None:
    model = house()
    assert asked(model, "model/a").roles == ("block-owner/model/a",)
    assert asked(model, "model/a", "visitor@example.com").roles == ("block-owner/model/a", "unit-lead/one")
    assert holder(model, "block-owner/model/a") == "platform@example.com"
    assert holder(model, "block-owner/model/none") == ""


def test_what_is_granted_is_not_asked_again_and_what_nobody_may_use_not_at_all() -> None:
    model = house()
    granted = with_block(model, asked(model, "guardrail/g"))
    with pytest.raises(Conflict, match="already"):
        asked(granted, "guardrail/g")
    with pytest.raises(Conflict, match="draft"):
        asked(model, "model/c")


def test_a_name_takes_the_place_of_the_versions_that_it_covers() -> None:
    model = house(models=["model/a@1"])
    found = BlockRequest("model/a", "one", lists=True, layers=("use-case/one",), roles=())
    remit = with_block(model, found).use_cases["one"].remit
    assert remit is not None
    assert remit.models == ("model/a",)
