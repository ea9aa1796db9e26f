"""Duplicates are grouped alike in whatever order they were declared, and each group says why."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.duplicate import Group, Vectors, duplicates, near_pairs, similar
from remit.decide.likeness import STOCK_MIN, Reason, folded, score, subjects
from remit.declare.operating_model import OperatingModel
from remit.record.projection import StageFact
from strategies import operating_model

UNITS: dict[str, Any] = {
    "claims": {"name": "Claims", "lead": "claims@example.com"},
    "sales": {"name": "Sales", "lead": "sales@example.com"},
}
AXES = 8


def case(name: str, purpose: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "unit": "claims", "purpose": purpose, **more}


def declared(**cases: dict[str, Any]) -> OperatingModel:
    return operating_model(units=UNITS, use_cases=cases)


def unit_rows(rows: list[list[float]]) -> Vectors:
    found = np.array(rows, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def apart(count: int) -> Vectors:
    """Vectors of texts that have nothing to do with each other."""
    return np.eye(count, dtype=np.float32)


def grouped(model: OperatingModel, vectors: Vectors, **more: Any) -> tuple[Group, ...]:
    return duplicates(subjects(model, {}), vectors, **more)


def ids(group: Group) -> list[str]:
    return [member.id for member in group.members]


def words(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.words for reason in reasons]


def test_one_title_is_a_group_whatever_its_purposes_say() -> None:
    model = declared(
        a=case("Generative AI usage", "Write mails."),
        b=case("Generative-AI Usage ", "Draw pictures.", unit="sales"),
        c=case("Letters", "Draft letters."),
    )
    [group] = grouped(model, apart(3))
    assert (group.kind, ids(group), group.score) == ("title", ["a", "b"], 0.9)
    assert words(group.reasons) == ["one title: “Generative AI usage”"]


def test_texts_that_say_the_same_are_one_group_with_title_and_purpose_as_reasons() -> None:
    model = declared(
        a=case("Claims mail", "Sort the mail.", data_class="confidential"),
        b=case("Claims mail", "Sort the mail!", data_class="confidential"),
    )
    [group] = grouped(model, unit_rows([[1, 0], [1, 0]]))
    assert (group.kind, group.score) == ("text", 1.0)
    assert words(group.reasons) == [
        "one title: “Claims mail”",
        "word for word the same purpose",
        "in one unit: `claims`",
        "all handle confidential data",
    ]


def test_near_wording_and_near_meaning_are_told_apart() -> None:
    alike = declared(
        a=case("Summaries of the calls of the service desk", "Sum a call up after it has come to its end."),
        b=case("Summaries of calls of the service desk", "Sum a call up after it has come to its end.  Now."),
    )
    [group] = grouped(alike, unit_rows([[1, 0], [1, 0.1]]))
    assert words(group.reasons)[0] == "nearly the same words"
    otherwise = declared(a=case("Translation", "Render texts."), b=case("Interpreter", "Speak many tongues."))
    [group] = grouped(otherwise, unit_rows([[1, 0], [1, 0.5]]))
    assert words(group.reasons)[0] == "near in meaning (0.89), in other words"
    assert grouped(otherwise, unit_rows([[1, 0], [1, 0.5]]), score_min=0.95) == ()


def test_use_cases_that_share_blocks_and_unit_are_nearer_and_it_says_so() -> None:
    shared = ("prompt/letter",)
    model = declared(
        a=case("One", "First.", blocks=shared),
        b=case("Two", "Second.", blocks=shared),
        c=case("Three", "Third.", unit="sales"),
        d=case("Four", "Fourth.", unit="sales"),
        e=case("Five", "Fifth."),
    )
    found = subjects(model, {})
    a, b, c, _, e = found
    assert score(a, b, nearness=0.7) == pytest.approx(0.77)
    assert score(a, e, nearness=0.7) == pytest.approx(0.72)
    assert score(a, c, nearness=0.7) == pytest.approx(0.7)
    vectors = apart(5)
    vectors[1] = unit_rows([[0.75, 0.6614, 0, 0, 0]])[0]
    [group] = duplicates(found, vectors)
    assert "share `prompt/letter`" in words(group.reasons)


def aim(id: str = "minutes", unit: str = "minute", direction: str = "down", name: str = "Minutes") -> Any:
    return {id: {"name": name, "unit": unit, "direction": direction}}


def pair(one: Any, other: Any) -> OperatingModel:
    """Declare two use cases with outcomes, among others that have none."""
    rest = {f"z{n}": case(f"Rest {n}", f"Nothing {n}.", unit="sales") for n in range(3)}
    return declared(
        a=case("One", "First.", outcomes=one), b=case("Two", "Second.", unit="sales", outcomes=other), **rest
    )


@pytest.mark.parametrize(
    ("one", "other", "nearer"),
    [
        (aim(), aim(name="Time that a letter takes"), 0.05),
        (aim(unit="Minute"), aim(), 0.05),
        (aim(), aim(unit="hour", name="Time that a letter takes"), 0),
        (aim(), aim(direction="up"), 0),
        (aim(name="Minutes per claim"), aim("handling", "min", name="Minutes, per claims"), 0.05),
        (aim(name="Minutes per claim"), aim("handling", "min", "up", "Minutes per claim"), 0),
        (aim() | aim("solved", "percent", "up", "Solved at once"), aim(), 0.05 * 2 / 3),
        (aim(), {}, 0),
        ({}, {}, 0),
    ],
)
def test_use_cases_that_aim_at_one_outcome_are_nearer(one: Any, other: Any, nearer: float) -> None:
    a, b, *_ = subjects(pair(one, other), {})
    assert score(a, b, nearness=0.7) == pytest.approx(0.7 + nearer)
    assert score(b, a, nearness=0.7) == score(a, b, nearness=0.7)


def test_an_outcome_that_two_share_decides_what_the_texts_leave_open_and_it_says_so() -> None:
    vectors = apart(5)
    vectors[1] = unit_rows([[0.76, 0.65, 0, 0, 0]])[0]
    assert grouped(pair(aim(), {}), vectors) == ()
    [group] = grouped(pair(aim("handling-minutes"), aim("handling-minutes")), vectors)
    assert words(group.reasons)[1:] == ["both aim at `handling-minutes` (minute, down)"]
    [group] = grouped(pair(aim(), aim("handling", "min", name="minutes")), vectors)
    assert words(group.reasons)[1:] == ["both aim at `minutes` or `handling` (minute, down)"]


def test_a_group_aims_at_what_every_two_of_it_aim_at() -> None:
    same = [case("Mail desk", "Sort.", outcomes=aim(name=name)) for name in ("Minutes", "Time", "Duration")]
    rest = {f"z{n}": case(f"Rest {n}", f"Nothing {n}.") for n in range(3)}
    [group] = grouped(declared(a=same[0], b=same[1], c=same[2], **rest), apart(6), score_min=0.85)
    assert "all aim at `minutes` (minute, down)" in words(group.reasons)
    # Each name is near the next, and the first is not near the last.
    chain = ("aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaabb", "aaaaaaaaaaaaaaaabbbb")
    linked = [case("Mail desk", "Sort.", outcomes=aim(f"m{n}", name=name)) for n, name in enumerate(chain)]
    [group] = grouped(declared(a=linked[1], b=linked[0], c=linked[2], **rest), apart(6), score_min=0.85)
    assert not any(reason.kind == "outcomes" for reason in group.reasons)


def test_an_outcome_that_everybody_has_brings_nobody_nearer() -> None:
    cases = {f"c{n}": case(f"Name {n}", f"Purpose {n}.", outcomes=aim(name=f"M {n}")) for n in range(6)}
    assert all(subject.aims == () for subject in subjects(declared(**cases), {}))


def test_who_is_explained_against_all_others_of_a_group_is_left_out() -> None:
    why = {"distinct_from": {"b": "It is for the night."}}
    same = {id: case("Mail desk", "Sort the mail.") for id in ("a", "b", "c")}
    rows = unit_rows([[1, 0]] * 3)
    two = {id: same[id] for id in ("a", "b")}
    assert len(grouped(declared(**two), rows[:2])) == 1
    assert grouped(declared(**{**two, "a": {**two["a"], **why}}), rows[:2]) == ()
    [some] = grouped(declared(**{**same, "a": {**same["a"], **why}}), rows)
    assert (ids(some), some.score) == (["a", "b", "c"], 1.0)
    assert [(each.use_case, each.other, each.why) for each in some.explained] == [
        ("a", "b", "It is for the night.")
    ]
    both = {"distinct_from": {"b": "It is for the night.", "c": "It is for the night."}}
    [left] = grouped(declared(**{**same, "a": {**same["a"], **both}}), rows)
    assert (ids(left), left.explained) == (["b", "c"], ())


def test_a_title_is_explained_like_a_text() -> None:
    cases = {"a": case("Usage of AI", "Write mails."), "b": case("Usage of AI", "Draw pictures.")}
    assert [group.kind for group in grouped(declared(**cases), apart(2))] == ["title"]
    cases["b"]["distinct_from"] = {"a": "It draws."}
    assert grouped(declared(**cases), apart(2)) == ()


def test_a_block_that_everybody_uses_brings_nobody_nearer() -> None:
    cases = {f"c{n}": case(f"Name {n}", f"Purpose {n}.", blocks=("model/a",)) for n in range(6)}
    assert all(subject.blocks == frozenset() for subject in subjects(declared(**cases), {}))


def test_a_stock_purpose_makes_no_duplicates() -> None:
    """Fifty devices with one purpose, word for word, are fifty devices."""
    names = ("Dose monitor", "Heart rhythm", "Spine surgery", "Sleep study", "Eye scan", "Lung nodule")
    cases = {f"d{n}": case(name, "Cleared device to assist clinicians.") for n, name in enumerate(names)}
    assert len(cases) > STOCK_MIN
    found = subjects(declared(**cases), {})
    assert [subject.text for subject in found] == list(names)
    assert duplicates(found, apart(len(names))) == ()


def test_no_chain_of_likenesses_joins_two_that_are_not_alike() -> None:
    model = declared(a=case("Aa", "Xx."), b=case("Bb", "Yy."), c=case("Cc", "Zz."))
    angle = np.pi / 6  # neighbours are near (0.87), the ends are not (0.5)
    vectors = unit_rows([[1, 0], [np.cos(angle), np.sin(angle)], [np.cos(2 * angle), np.sin(2 * angle)]])
    groups = grouped(model, vectors)
    assert [len(group.members) for group in groups] == [2]


def test_each_row_keeps_its_fifty_nearest_so_that_pairs_stay_few() -> None:
    pairs = near_pairs(np.ones((3000, 1), dtype=np.float32), floor=0.9)
    assert 0 < len(pairs) <= 3000 * 50


@given(st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_near_pairs_are_those_that_comparing_every_pair_finds(count: int, seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(count, AXES)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    products = rows @ rows.T
    slowly = {(a, b) for a in range(count) for b in range(a + 1, count) if products[a, b] >= 0.6}
    surely = {pair for pair in slowly if products[pair] >= 0.6001}
    assert (
        surely
        <= near_pairs(rows, floor=0.6)
        <= slowly | {(a, b) for a in range(count) for b in range(a + 1, count) if products[a, b] >= 0.5999}
    )


names = st.text("abc ", min_size=1, max_size=6).filter(lambda text: text.strip())
portfolios = st.lists(st.tuples(names, names, st.sampled_from(sorted(UNITS))), min_size=1, max_size=12)


@given(portfolios, st.randoms(use_true_random=False), st.integers(0, 2**32 - 1))
def test_the_order_of_declarations_makes_no_difference(
    cases: list[tuple[str, str, str]], random: Any, seed: int
) -> None:
    body = {f"u{n:02}": case(name, text, unit=unit) for n, (name, text, unit) in enumerate(cases)}
    shuffled = list(body.items())
    random.shuffle(shuffled)
    rng = np.random.default_rng(seed)
    rows = dict(zip(sorted(body), rng.normal(size=(len(body), 3)), strict=True))
    results = []
    for sections in (body, dict(shuffled)):
        found = subjects(declared(**sections), {})
        results.append(duplicates(found, unit_rows([list(rows[each.id]) for each in found])))
    assert results[0] == results[1]


@given(portfolios, st.floats(0.5, 1), st.integers(0, 2**32 - 1))
def test_every_two_of_a_group_are_alike_both_ways(
    cases: list[tuple[str, str, str]], score_min: float, seed: int
) -> None:
    body = {f"u{n:02}": case(name, text, unit=unit) for n, (name, text, unit) in enumerate(cases)}
    found = subjects(declared(**body), {})
    rng = np.random.default_rng(seed)
    meant = {text: rng.normal(size=3) for text in sorted({each.text for each in found})}
    vectors = unit_rows([list(meant[each.text]) for each in found])
    by_id = {each.id: at for at, each in enumerate(found)}
    groups = duplicates(found, vectors, score_min=score_min)
    for kind in ("title", "text"):
        members = [each for group in groups if group.kind == kind for each in ids(group)]
        assert len(members) == len(set(members)), "within a kind a use case stands once"
    for group in groups:
        places = [by_id[each] for each in ids(group)]
        assert places == sorted(places)
        assert len(places) > 1
        for one in places:
            for other in places:
                if group.kind == "title":
                    assert found[one].title == found[other].title
                elif one != other:
                    nearness = float(vectors[one] @ vectors[other])
                    there = score(found[one], found[other], nearness=nearness)
                    assert there == score(found[other], found[one], nearness=nearness)
                    assert there >= score_min - 1e-6


def test_the_nearest_to_a_text_come_first_with_the_words_in_common() -> None:
    model = declared(
        a=case("Translation desk", "Translate letters of claimants."),
        b=case("Photo notes", "Describe a wreck."),
        c=case("Interpreter", "Speak tongues."),
    )
    found = subjects(model, {"a": StageFact("launch", None, "adopted")})  # type: ignore[arg-type]  # the day is not read
    vectors = unit_rows([[1, 0.1], [-0.1, 1], [1, 0.4]])
    near = similar("Translate letters", found, vectors, meaning=unit_rows([[1, 0]])[0], limit=2)
    assert [each.member.id for each in near] == ["a", "c"]
    assert near[0].member.stage == "launch"
    assert words(near[0].reasons) == ["words in common: translate, letters"]
    assert words(near[1].reasons) == ["near in meaning, with no word in common"]


def test_a_title_or_purpose_that_is_typed_as_it_stands_is_said_to_be_the_same() -> None:
    model = declared(a=case("Photo notes", "Describe a wreck."), b=case("Xylophone", "Play."))
    found = subjects(model, {})
    for text, reason in (("photo NOTES", "title"), ("describe a wreck", "purpose")):
        [first, *_] = similar(text, found, apart(2), meaning=unit_rows([[1, 0]])[0], limit=1)
        assert (first.member.id, first.reasons[0].kind) == ("a", reason)
    [titled] = similar("photo notes", found, apart(2), meaning=np.zeros(2, dtype=np.float32), limit=5)
    assert (titled.member.id, titled.score) == ("a", 1.0)


def test_the_judged_pairs_and_questions_are_well_formed() -> None:
    data = Path(__file__).parent / "data"
    with (data / "federal_pairs.csv").open() as file:
        pairs = list(csv.DictReader(file))
    keys = [frozenset((pair["row"], pair["other"])) for pair in pairs]
    assert len(set(keys)) == len(keys) > 100
    assert {pair["same"] for pair in pairs} == {"yes", "no"}
    with (data / "federal_questions.csv").open() as file:
        assert all(folded(row["question"]) and row["rows"].split() for row in csv.DictReader(file))
