"""Maturity is a profile: every item is answered in one way, evidence only helps, and nothing is a score."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maturity_house import (
    CATALOGUE,
    ITEMS,
    RANK,
    SAID,
    TODAY,
    answered,
    calls,
    evaluation,
    past,
    said,
)
from remit.decide.dossier import Attested
from remit.decide.gate import CriterionStanding, GateStanding
from remit.decide.maturity import Profile, UnitProfile, profile, waiting_at
from remit.decide.maturity_cases import COUNTED
from remit.decide.maturity_catalogue import LEVELS, PILLARS, Catalogue, Item, Move
from remit.decide.maturity_known import known
from remit.decide.maturity_wide import WIDE
from remit.declare.gate import Criterion, Gate
from remit.operations.maturity_catalogue import maturity_ids
from remit.record.filed import Filed
from strategies import MOMENT

# What is asked.


def test_the_criteria_are_those_of_the_source_by_level() -> None:
    counted = Counter(item.level for item in CATALOGUE.items if item.kind == "criterion")
    assert [counted[level] for level in LEVELS] == [5, 5, 5, 6]
    assert {item.id for item in CATALOGUE.items if item.kind == "criterion"} == {
        f"l{level}-c{number}"
        for level, most in ((1, 5), (2, 5), (3, 5), (4, 6))
        for number in range(1, most + 1)
    }


def test_every_pillar_has_something_at_every_level_and_no_id_is_there_twice() -> None:
    assert {(item.pillar, item.level) for item in CATALOGUE.items} == {
        (p, lv) for p in PILLARS for lv in LEVELS
    }
    assert len(ITEMS) == len(CATALOGUE.items)


def test_every_item_is_answered_in_exactly_one_way_by_a_move_that_is_there() -> None:
    assert not COUNTED.keys() & WIDE.keys()
    for item in CATALOGUE.items:
        assert bool(item.evidence) != bool(item.attested_by), item.id
        assert not item.evidence or item.evidence in COUNTED.keys() | WIDE.keys(), item.id
        assert item.move in CATALOGUE.moves, item.id
    assert {item.evidence for item in CATALOGUE.items} - {""} == COUNTED.keys() | WIDE.keys()
    assert {item.move for item in CATALOGUE.items} == CATALOGUE.moves.keys()


def test_only_what_no_evidence_answers_can_be_attested() -> None:
    assert maturity_ids() == {item.id for item in CATALOGUE.items if not item.evidence}
    assert "l1-c1" in maturity_ids()
    assert "l1-c4" not in maturity_ids()
    assert ITEMS["l1-c1"].address == "maturity/l1-c1"


# What is never computed.


@pytest.mark.parametrize("kind", [Profile, UnitProfile])
def test_there_is_no_figure_for_an_organisation_or_a_unit(kind: type) -> None:
    for name, hint in get_type_hints(kind).items():
        assert hint not in (int, float, Decimal), name
    assert not {each.name for each in fields(kind)} & {"score", "total", "average", "level", "grade", "rank"}


# Evidence only helps.

words = st.builds(
    said,
    st.sampled_from(
        (*sorted(item.address for item in CATALOGUE.items if item.attested_by)[:9], "gate/launch/loop")
    ),
    unit=st.sampled_from(("", "claims", "motor", "desk")),
    id=st.uuids().map(str),
    shown=st.dates(date(2025, 6, 1), date(2026, 12, 1)),
    expires=st.none() | st.dates(date(2026, 12, 1), date(2027, 12, 1)),
    use_case=st.sampled_from(("", "triage", "answers")),
)
tries = st.builds(
    evaluation,
    st.sampled_from(("triage", "answers")),
    st.sampled_from(("model/a", "model/b")),
    id=st.uuids().map(str),
    live=st.booleans(),
    measure=st.sampled_from(("pass_rate", "attack_success_rate")),
    at=st.integers(-10, 600).map(lambda days: MOMENT - timedelta(days=days)),
)
stage = st.sampled_from(("envision", "experiment", "launch", "scale", "retired"))


@given(
    st.lists(words | tries, max_size=8), words | tries, stage, stage, st.sampled_from(("", "claims", "desk"))
)
def test_more_evidence_never_lowers_an_answer(
    filed: list[Filed], more: Filed, one: str, other: str, unit: str
) -> None:
    asked = past(stages={"triage": one, "answers": other}, filed=filed, usage=(calls("triage", "motor"),))
    before, after = answered(asked, unit), answered(replace(asked, filed=(*filed, more)), unit)
    for id, answer in before.items():
        assert RANK[after[id].status] >= RANK[answer.status], id


@given(st.lists(words | tries, max_size=8), stage)
def test_answers_do_not_depend_on_the_order_of_entries(filed: list[Filed], at: str) -> None:
    one = answered(past(stages={"triage": at}, filed=filed))
    other = answered(past(stages={"triage": at}, filed=filed[::-1]))
    assert {id: each.status for id, each in one.items()} == {id: each.status for id, each in other.items()}


# The profile and what is next.


def test_levels_stand_side_by_side() -> None:
    asked = past(filed=(said("maturity/p1-training"), said("maturity/p4-mentors", id="e2")))
    found = profile(CATALOGUE, known(asked)).asked
    assert found.coexisting("people") == ("envision", "scale")
    cell = next(each for each in found.cells if (each.pillar, each.level) == ("people", "scale"))
    assert (cell.shown, cell.partly, len(cell.items)) == (1, 0, 4)
    assert "p4-mentors" not in cell.open
    assert len(cell.open) == 3


def item(id: str, level: Any, move: str) -> Item:
    return Item(id, "activity", level, "people", id, "", "centre", "Do it.", move)


def test_moves_are_in_the_order_of_their_effect_and_then_by_name() -> None:
    moves = {
        name: Move(title=name, by=by, waits=waits)
        for name, by, waits in (
            ("a", "centre", ()),
            ("b", "unit-lead", ("pass_rate", "said")),
            ("c", "centre", ()),
            ("done", "centre", ()),
        )
    }
    small = Catalogue(
        CATALOGUE.source,
        (
            item("a1", "launch", "a"),
            item("a2", "scale", "a"),
            item("b1", "experiment", "b"),
            item("c1", "envision", "c"),
            item("d1", "envision", "done"),
        ),
        moves,
    )
    asked = known(past(filed=(said("maturity/d1"), said("maturity/c1", unit="desk", id="e2"))))
    waiting = {"pass_rate": frozenset({"triage", "gone"}), "said": frozenset({"triage", "answers"})}
    found = profile(small, asked, waiting=waiting).moves
    assert [(each.id, each.level, each.effect) for each in found] == [
        ("b", "experiment", 6),
        ("a", "launch", 2),
        ("c", "envision", 1),
    ]
    assert [(each.units, each.waiting, each.contact) for each in found] == [
        (("desk", "motor"), 2, ""),
        (("desk", "motor"), 0, "head@example.com"),
        (("motor",), 0, "head@example.com"),
    ]
    of_claims = profile(small, asked, unit="claims", waiting=waiting).moves
    assert (of_claims[0].id, of_claims[0].effect, of_claims[0].contact) == ("b", 2, "claims@example.com")


def test_who_waits_at_a_gate_waits_for_a_measure_or_for_a_word() -> None:
    measured = {
        "name": "Good",
        "measure": "pass_rate",
        "evidence": "evaluation",
        "pillar": "platform",
        "help": "Run.",
    }
    good = Criterion.model_validate({**measured, "at_least": "0.9"})
    word = Criterion.model_validate({**SAID, "name": "Said", "pillar": "people"})
    gate = Gate(description="Good enough.", criteria={"good": good, "loop": word})

    def standing(use_case: str, *, met: bool) -> GateStanding:
        criteria = (
            CriterionStanding("good", good, "met" if met else "missing", "Run."),
            CriterionStanding(
                "loop", word, "stale", "Say so.", attested=Attested("loop", TODAY, None, "e", "o")
            ),
        )
        return GateStanding(use_case, "experiment", "launch", gate, "low", criteria)

    assert waiting_at([standing("triage", met=False), standing("answers", met=True)]) == {
        "pass_rate": frozenset({"triage"}),
        "loop": frozenset({"triage", "answers"}),
    }
