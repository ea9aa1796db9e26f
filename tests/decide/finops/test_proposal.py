"""What leaders can decide: by money, and never the same money twice."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.finops.proposal import Proposal, overlap, propose, title

CASES = ("claims", "letters", "photos")


def proposal(kind: Any = "saving", money: Any = "saves", a_month: str = "10", **fields: Any) -> Proposal:
    stated: dict[str, Any] = {"says": "Do it", "whose": "owner@example.com", "run": "", "why": ""}
    stated |= {"basis": "charged", "use_cases": ("claims",)}
    return Proposal(**{"kind": kind, "money": money, "a_month": Decimal(a_month), **stated, **fields})


def test_what_has_most_money_comes_first_and_what_has_none_is_left_out() -> None:
    found = propose([proposal(a_month=each, says=each) for each in ("3", "0", "9", "-4", "5")], limit=2)
    assert [each.says for each in found.top] == ["9", "5"]
    assert found.further == 1
    assert found.sums == {"saves": Decimal(14)}


def test_to_end_a_use_case_takes_the_place_of_what_would_have_saved_on_its_calls() -> None:
    found = propose(
        [
            proposal("stop", says="Stop it", a_month="50"),
            proposal(says="Send batches", a_month="20"),
            proposal(says="Others' batches", a_month="8", use_cases=("letters",)),
        ]
    )
    assert [(each.says, each.instead) for each in found.top] == [
        ("Stop it", ("Send batches",)),
        ("Others' batches", ()),
    ]
    assert found.sums == {"saves": 58}


def test_of_budgets_one_within_the_other_one_is_put_forward() -> None:
    wide = proposal("budget", "uncovered", "30", says="Raise all", use_cases=CASES)
    narrow = proposal("budget", "uncovered", "20", says="Raise one")
    assert [each.instead for each in propose([narrow, wide]).top] == [("Raise one",)]


def test_kinds_of_money_and_grades_of_value_stand_beside_each_other() -> None:
    found = propose(
        [
            proposal("value", "value", "4000", basis="experiment"),
            proposal("value", "value", "700", basis="before after"),
            proposal("capacity", "idle", "267.4", use_cases=()),
            proposal("park", "saves", "600"),
        ]
    )
    assert found.sums == {"saves": 600, "idle": Decimal("267.4")}
    assert found.values == {"experiment": 4000, "before after": 700}
    assert title(found, "EUR") == (
        "One decision is worth 600 EUR a month; three more are about 267 EUR that lie idle and"
        " 4,000 EUR (experiment) beside 700 EUR (before after) of value to confirm"
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "No decision is about money now: nothing was found to save, to cover or to confirm"),
        ([proposal(a_month="12.5")], "One decision is worth 12.50 EUR a month"),
        (
            [proposal("unpriced", "unpriced", "7"), proposal("budget", "uncovered", "9")],
            "Two decisions are about 9.00 EUR a month that no budget covers and"
            " 7.00 EUR a month charged without a rate",
        ),
    ],
)
def test_the_title_is_the_decision(found: list[Proposal], said: str) -> None:
    assert title(propose(found), "EUR") == said


@given(
    st.lists(
        st.builds(
            proposal,
            st.sampled_from(("saving", "stop", "park", "merge", "budget")),
            st.sampled_from(("saves", "uncovered")),
            st.integers(-5, 50).map(str),
            use_cases=st.lists(st.sampled_from(CASES), unique=True).map(tuple),
        ),
        max_size=12,
    )
)
def test_no_two_of_what_is_added_are_about_the_same_money(found: list[Proposal]) -> None:
    chosen = propose(found)
    assert not any(overlap(one, other) for one, other in combinations(chosen.top, 2))
    assert [each.a_month for each in chosen.top] == sorted(
        (each.a_month for each in chosen.top), reverse=True
    )
    assert sum(chosen.sums.values()) == sum(each.a_month for each in chosen.top)
