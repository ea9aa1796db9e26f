"""The ranking of savings, and what can be saved together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.finops.draft import CALLS_OF
from remit.decide.finops.ranked import greatest_together, overlap, rank, standing
from remit.decide.finops.saving import BreakEven, QualityShown, Saving
from strategies import COSTLY


def saving(subject: str = "a", a_month: str = "10", *, of: str = "", **fields: Any) -> Saving:
    return Saving(
        **{
            "kind": "model",
            "use_case": "claims",
            "unit": "insurance",
            "subject": subject,
            "summary": "",
            "since": date(2026, 6, 1),
            "until": date(2026, 6, 30),
            "calls": 1,
            "charged": Decimal(20),
            "would": Decimal(10),
            "a_month": Decimal(a_month),
            "low": Decimal(a_month),
            "high": Decimal(a_month),
            "currency": "EUR",
            "basis": "",
            "quality": QualityShown("same"),
            "figures": {CALLS_OF: of} if of else {},
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "recommended"),
        ({"quality": QualityShown("not-worse")}, "recommended"),
        ({"low": Decimal(-1)}, "recommended"),
        ({"quality": QualityShown("unknown", says="nobody knows")}, "to-show"),
        ({"quality": QualityShown("worse", says="worse")}, "worse"),
        ({"a_month": Decimal(0)}, "no-gain"),
        ({"simulated": True}, "simulated"),
        ({"once": Decimal(100)}, "no-gain"),
        (
            {"once": Decimal(100), "break_even": BreakEven(Decimal(1), Decimal(2), "x", Decimal(10))},
            "recommended",
        ),
        (
            {"once": Decimal(999), "break_even": BreakEven(Decimal(1), Decimal(2), "x", Decimal(99))},
            "no-gain",
        ),
    ],
)
def test_how_a_saving_stands_follows_from_its_quality_and_its_money(
    fields: dict[str, Any], expected: str
) -> None:
    assert standing(saving(**fields))[0] == expected


def test_the_recommended_come_first_and_among_their_like_what_saves_most() -> None:
    found = rank(
        [
            saving("sim", "99", simulated=True),
            saving("bad", "50", quality=QualityShown("worse")),
            saving("none", "-1"),
            saving("show", "80", quality=QualityShown("unknown")),
            saving("less", "5"),
            saving("more", "7"),
        ]
    )
    assert [each.saving.subject for each in found.ranked] == ["more", "less", "show", "none", "bad", "sim"]
    assert [each.subject for each in found.recommended] == ["more", "less"]


def test_savings_of_the_same_calls_are_never_added() -> None:
    found = rank(
        [saving("a", "10", of="model/x"), saving("b", "7", of="model/x"), saving("c", "4", of="model/y")]
    )
    assert found.together == {"claims": 14}
    assert [each.in_total for each in found.ranked] == [True, False, True]
    whole = rank([saving("a", "10", of="model/x"), saving("all", "15"), saving("c", "4", of="model/y")])
    assert whole.together == {"claims": 15}


def test_what_is_simulated_or_not_shown_or_of_all_use_cases_is_in_no_total() -> None:
    found = rank(
        [saving("a", simulated=True), saving("b", quality=QualityShown("unknown")), saving("c", use_case="")]
    )
    assert found.together == {}
    assert not any(each.in_total for each in found.ranked)


def test_use_cases_do_not_overlap() -> None:
    assert not overlap(saving(), saving(use_case="letters"))
    assert overlap(saving(use_case=""), saving(use_case="letters"))
    assert overlap(saving(of="model/x"), saving())
    assert not overlap(saving(of="model/x"), saving(of="model/y"))


some_savings = st.lists(
    st.tuples(st.sampled_from(["", "model/x", "model/y", "model/z"]), st.integers(1, 50)), max_size=8
).map(lambda each: [saving(f"s{place}", str(amount), of=of) for place, (of, amount) in enumerate(each)])


@COSTLY
@given(some_savings)
def test_no_other_choice_without_an_overlap_saves_more(every: list[Saving]) -> None:
    chosen = greatest_together(every)
    assert not any(overlap(one, other) for one, other in combinations(chosen, 2))
    best = max(
        sum(each.a_month for each in some)
        for size in range(len(every) + 1)
        for some in combinations(every, size)
        if not any(overlap(one, other) for one, other in combinations(some, 2))
    )
    assert sum(each.a_month for each in chosen) == best
