"""The reports on blocks count what a change of one touches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from remit.enforce.key import Key
from remit.record.projection import StageFact, UsageKey, UsageSum
from remit.report.blocks import BlockFacts, blast_radius, blocks_report
from strategies import model_block, operating_model, route_block

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
BUDGET = {"limit": "10.00 EUR", "per": "month"}
MODEL = operating_model(
    organisation={
        "name": "Harbour",
        "contact": "head@example.com",
        "currency": "EUR",
        "remit": {"models": "any", "spend": [BUDGET]},
    },
    blocks={
        "model/a": model_block(owner="platform@example.com"),
        "model/b": model_block(options={"words": "3"}),
        "prompt/p": {"name": "P", "text": "Write."},
    },
    use_cases={
        "one": {"name": "One", "unit": "motor", "purpose": "P.", "blocks": ["model/a"]},
        "two": {"name": "Two", "unit": "claims", "purpose": "P.", "remit": {"spend": [BUDGET]}},
        "idle": {"name": "Idle", "unit": "claims", "purpose": "P."},
    },
)


def facts(**changes: Any) -> BlockFacts:
    usage = [
        (UsageKey("h", "two", "claims", "launch", "model/a", "k2", "EUR", False), UsageSum(calls=3)),
        (UsageKey("h", "two", "claims", "launch", "model/gone", "k2", "EUR", True), UsageSum(calls=2)),
    ]
    keys = (
        Key("k1", "one"),
        Key("k2", "two", expires=NOW + timedelta(days=1)),
        Key("k3", "two", revoked=True),
        Key("k4", "two", expires=NOW - timedelta(days=1)),
        Key("k5", "idle"),
    )
    stages = {name: StageFact("launch", date(2026, 1, 1), "adopted") for name in MODEL.use_cases}
    return BlockFacts(
        **{
            "stages": stages,
            "usage": usage,
            "keys": keys,
            "since": date(2026, 10, 23),
            "now": NOW,
            "today": NOW.date(),
            **changes,
        }
    )


def test_models_stand_first_and_what_nobody_uses_is_said() -> None:
    found = blocks_report(MODEL, facts())
    assert [(line.address, line.listed, line.allowed, line.called, line.calls) for line in found.blocks] == [
        ("model/a", 1, 3, 1, 3),
        ("model/b", 0, 3, 0, 0),
        ("prompt/p", 0, 0, 0, 0),
    ]
    assert [line.orphan for line in found.blocks] == [False, True, True]
    assert (found.calls, found.share) == (3, 100)
    assert [(gone.address, gone.calls) for gone in found.undeclared] == [("model/gone", 2)]


def test_a_change_touches_users_their_live_keys_and_the_budgets_their_calls_draw_from() -> None:
    found = blast_radius(MODEL, "model/a", facts())
    assert [(use.use_case, use.listed, use.calls) for use in found.uses] == [
        ("two", False, 3),
        ("one", True, 0),
    ]
    assert found.only_allowed == ("idle",)
    assert (found.units, found.keys) == (("claims", "motor"), ("k1", "k2"))
    assert "platform@example.com" in found.owners
    assert [(each.pool, each.use_cases) for each in found.budgets] == [
        ("organisation", 2),
        ("use-case/two", 1),
    ]


def test_versions_stand_together_the_newest_first_and_are_summed() -> None:
    versions = {f"prompt/q@{number}": {"name": "Q", "text": f"Say {number}."} for number in (1, 2, 10)}
    case = {"name": "N", "unit": "motor", "purpose": "P."}
    declared = operating_model(
        blocks={"prompt/p": {"name": "P", "text": "Write."}, **versions},
        use_cases={
            "one": {**case, "blocks": ["prompt/q@2", "prompt/p"]},
            "two": {**case, "blocks": ["prompt/q"]},
        },
    )
    found = blocks_report(declared, facts(usage=()))
    assert [line.address for line in found.blocks] == [
        "prompt/q@10",
        "prompt/q@2",
        "prompt/q@1",
        "prompt/p",
    ]
    [family] = found.families
    assert (family.address, family.newest_approved, family.use_cases) == ("prompt/q", "prompt/q@10", 2)
    assert [line.behind for line in found.blocks] == [(), ("one",), (), ()]
    radius = blast_radius(declared, "prompt/q@2", facts(usage=()))
    assert [line.address for line in radius.versions] == list(family.versions)
    assert blast_radius(declared, "prompt/p", facts(usage=())).versions == ()


def test_a_block_that_nobody_uses_touches_nobody() -> None:
    found = blast_radius(MODEL, "prompt/p", facts())
    assert (found.uses, found.keys, found.budgets, found.owners) == ((), (), (), ())


def test_a_change_of_a_model_touches_those_who_are_led_to_it_and_a_route_shows_its_targets() -> None:
    when = {"stages": ["launch", "scale"], "input_tokens_max": "8000"}
    route = route_block({"to": "model/b", "weight": 9, "when": when}, {"to": "model/a", "weight": 1})
    declared = operating_model(
        organisation={
            "name": "Harbour",
            "contact": "head@example.com",
            "currency": "EUR",
            "remit": {"models": "any"},
        },
        blocks={"model/a": model_block(), "model/b@1": model_block(), "route/r": route},
        use_cases={
            "one": {"name": "One", "unit": "motor", "purpose": "P.", "blocks": ["route/r"]},
            "two": {"name": "Two", "unit": "motor", "purpose": "P."},
        },
    )
    touched = blast_radius(declared, "model/b@1", facts(usage=()))
    assert [(use.use_case, use.through) for use in touched.uses] == [("one", ("route/r",))]
    assert (touched.block.routes, touched.keys, touched.only_allowed) == (("route/r",), ("k1",), ("two",))
    shown = blast_radius(declared, "route/r", facts(usage=()))
    assert [(each.to, each.means, each.weight, each.when) for each in shown.leads] == [
        ("model/b", "model/b@1", 9, ("stages launch, scale", "input_tokens_max 8,000")),
        ("model/a", "model/a", 1, ()),
    ]
    assert (shown.block.targets, touched.leads) == (("model/b@1", "model/a"), ())
