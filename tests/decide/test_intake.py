"""Who comes in is held against all by title and text; only who is explained is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.duplicate import SCORE_MIN, Vectors
from remit.decide.intake import NEAREST_MAX, Newcomer, newcomers
from remit.decide.likeness import CONTEXT_MAX, TITLE_SCORE, explained, score, subjects
from remit.declare.operating_model import OperatingModel
from strategies import operating_model

UNITS: dict[str, Any] = {
    "claims": {"name": "Claims", "lead": "claims@example.com"},
    "sales": {"name": "Sales", "lead": "sales@example.com"},
}


def case(name: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "unit": "claims", "purpose": purpose, **more}


def declared(**cases: dict[str, Any]) -> OperatingModel:
    return operating_model(units=UNITS, use_cases=cases)


def vectors_of(*rows: list[float]) -> Vectors:
    found = np.array(rows, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def found(model: OperatingModel, vectors: Vectors, *new: str) -> tuple[Newcomer, ...]:
    return newcomers(subjects(model, {}), vectors, new=frozenset(new))


NEAR = vectors_of([1, 0], [1, 0.1], [0, 1])
MAIL = declared(
    a=case("Mail desk", "Sort the mail.", owner="mail@example.com"),
    b=case("Post room", "Order what comes in.", unit="sales"),
    c=case("Photo notes", "Describe a wreck."),
)


def test_only_those_that_come_in_are_held_against_all() -> None:
    [newcomer] = found(MAIL, NEAR, "b")
    [match] = newcomer.nearest
    assert (newcomer.member.id, newcomer.more) == ("b", 0)
    assert (match.member.id, match.member.owner, match.score) == ("a", "mail@example.com", 1.0)
    assert [reason.words for reason in match.reasons] == ["near in meaning (1.00), in other words"]
    assert found(MAIL, NEAR, "c") == ()
    assert found(MAIL, NEAR) == ()


def test_two_that_come_in_together_find_each_other() -> None:
    both = found(MAIL, NEAR, "a", "b", "c")
    assert [(each.member.id, each.nearest[0].member.id) for each in both] == [("a", "b"), ("b", "a")]


def test_one_title_is_enough_and_is_then_the_reason() -> None:
    model = declared(
        a=case("Usage of AI", "Write mails."), b=case("Usage of A.I.", "Draw."), c=case("C", "D.")
    )
    assert found(model, vectors_of([1, 0, 0], [0, 1, 0], [0, 0, 1]), "b") == ()
    model = declared(a=case("Usage of AI", "Write mails."), b=case("Usage-of ai", "Draw."), c=case("C", "D."))
    [newcomer] = found(model, vectors_of([1, 0, 0], [0, 1, 0], [0, 0, 1]), "b")
    [match] = newcomer.nearest
    assert match.score == TITLE_SCORE
    assert [reason.kind for reason in match.reasons] == ["title", "unit"]


def test_an_explanation_on_either_side_is_enough() -> None:
    for id, other in (("a", "b"), ("b", "a")):
        cases = {name: case.model_dump(exclude_unset=True) for name, case in MAIL.use_cases.items()}
        cases[id]["distinct_from"] = {other: "It sorts mail for others."}
        assert found(declared(**cases), NEAR, "a", "b") == ()
    cases["b"]["distinct_from"] = {"c": "It describes nothing."}
    assert [each.member.id for each in found(declared(**cases), NEAR, "b")] == ["b"]


def test_the_three_nearest_are_named_and_the_others_counted() -> None:
    names = ("Aa", "Bb", "Cc", "Dd", "Ee", "Ff")
    model = declared(**{name.lower(): case(name, f"Purpose {name}.") for name in names})
    rows = vectors_of(*([1, step / 4] for step in range(len(names))))
    [newcomer] = found(model, rows, "ff")
    assert [match.member.id for match in newcomer.nearest] == ["ee", "dd", "cc"]
    assert newcomer.more == 1


names = st.text("ab ", min_size=1, max_size=3).filter(lambda text: text.strip())


@given(
    st.lists(st.tuples(names, st.sampled_from(sorted(UNITS)), st.booleans()), min_size=1, max_size=10),
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9))),
    st.integers(0, 2**32 - 1),
)
def test_newcomers_are_those_that_comparing_every_pair_finds(
    cases: list[tuple[str, str, bool]], said: set[tuple[int, int]], seed: int
) -> None:
    body = {
        f"u{n}": case(
            name, f"Purpose {n}.", unit=unit, distinct_from={f"u{b}": "w" for a, b in said if a == n}
        )
        for n, (name, unit, _) in enumerate(cases)
    }
    new = {f"u{n}" for n, (_, _, comes_in) in enumerate(cases) if comes_in}
    all_of_them = subjects(declared(**body), {})
    vectors = vectors_of(*np.random.default_rng(seed).normal(size=(len(body), 2)).tolist())
    expected: dict[str, int] = {}
    for one, here in enumerate(all_of_them):
        for other, there in enumerate(all_of_them):
            nearness = float(vectors[one] @ vectors[other])
            alike = nearness >= SCORE_MIN - CONTEXT_MAX and score(here, there, nearness=nearness) >= SCORE_MIN
            alike |= here.title == there.title
            if here.id in new and one != other and alike and not explained(here, there):
                expected[here.id] = expected.get(here.id, 0) + 1
    got = newcomers(all_of_them, vectors, new=new)
    assert {each.member.id: len(each.nearest) + each.more for each in got} == expected
    assert all(each.more == 0 or len(each.nearest) == NEAREST_MAX for each in got)
    assert [each.nearest[0].score for each in got] == sorted(
        (each.nearest[0].score for each in got), reverse=True
    )
