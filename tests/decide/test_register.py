"""The risk register: a risk stands at its residual level only while all of its controls hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.controls import assessed
from remit.decide.dossier import Attested, Dossier
from remit.decide.register import RiskStanding, concerned, register
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import Organisation, Unit
from remit.declare.risk import Risk
from remit.declare.use_case import UseCase
from remit.record.projection import StageFact
from remit.report.risks import risk_lines
from shipped_data import shipped_controls

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
TODAY = NOW.date()


def risk(**fields: Any) -> Risk:
    given: dict[str, Any] = {
        "title": "It goes wrong",
        "owner": "risk@example.com",
        "likelihood": 4,
        "impact": 5,
        "treatment": "reduce",
        "residual_likelihood": 1,
        "residual_impact": 2,
        "review": date(2027, 1, 1),
    }
    return Risk(**{**given, **fields})


def model_of(**risks: Risk) -> OperatingModel:
    case = {"unit": "below", "purpose": "Try it."}
    return OperatingModel(
        organisation=Organisation(name="E", contact="c@example.com", currency="EUR"),
        units={"above": Unit(name="Above"), "below": Unit(name="Below", parent="above"), "x": Unit(name="X")},
        use_cases={
            "one": UseCase(name="One", owner="o@example.com", **case),
            "two": UseCase(name="Two", **case),
            "far": UseCase(name="Far", **{**case, "unit": "x"}),
        },
        risks=risks,
    )


def found(
    model: OperatingModel, use_case: str = "", today: date = TODAY, attested: tuple[str, ...] = ()
) -> dict[str, RiskStanding]:
    words = {
        f"control/{id}": Attested(f"control/{id}", TODAY, None, "01W", "o@example.com") for id in attested
    }
    stage = StageFact("launch", date(2026, 1, 1), "adopted")
    dossiers = [Dossier(name, NOW, TODAY, stage, attested=words) for name in model.use_cases]
    cases = {each.ground.name: each for each in assessed(model, dossiers)}
    standings = register(model, cases, shipped_controls(), today=today, use_case=use_case)
    return {each.id: each for each in standings}


def test_a_risk_is_at_its_residual_level_only_while_every_control_holds_for_every_use_case() -> None:
    model = model_of(a=risk(controls=("owner-named",), use_cases=("one",)), b=risk(controls=("owner-named",)))
    standings = found(model)
    assert (standings["a"].level, standings["a"].kept) == ((1, 2), True)
    assert (standings["b"].level, standings["b"].kept) == ((4, 5), False)
    [link] = standings["b"].controls
    assert (link.failing, link.worst, link.asked) == (("two", "far"), "does_not_hold", 3)


def test_what_is_attested_brings_a_risk_down_and_losing_it_brings_it_back() -> None:
    model = model_of(a=risk(controls=("run-book", "in-inventory")))
    assert found(model)["a"].level == (4, 5)
    assert found(model)["a"].controls[0].worst == "not_shown"
    assert found(model, attested=("run-book",))["a"].level == (1, 2)


def test_a_control_that_is_asked_of_no_use_case_keeps_nothing_small() -> None:
    standing = found(model_of(a=risk(controls=("tools-listed",))))["a"]
    assert (standing.level, standing.controls[0].worst) == ((4, 5), "not_yet")


def test_without_controls_only_what_is_accepted_or_moved_is_at_its_residual_level() -> None:
    model = model_of(
        a=risk(treatment="accept", reason="It is cheap."),
        b=risk(treatment="transfer"),
        c=risk(treatment="reduce"),
        d=risk(treatment="avoid"),
    )
    assert {id: each.level for id, each in found(model).items()} == {
        "a": (1, 2),
        "b": (1, 2),
        "c": (4, 5),
        "d": (4, 5),
    }


def test_a_risk_of_a_unit_concerns_the_use_cases_below_it_and_one_of_nothing_all() -> None:
    model = model_of(
        a=risk(units=("above",)),
        b=risk(use_cases=("far",)),
        c=risk(),
        d=risk(units=("x",), use_cases=("one",)),
    )
    assert {id: concerned(model, each) for id, each in model.risks.items()} == {
        "a": ("one", "two"),
        "b": ("far",),
        "c": ("one", "two", "far"),
        "d": ("one", "far"),
    }
    assert found(model, "far").keys() == {"b", "c", "d"}


def test_the_gravest_risk_stands_first_and_a_late_review_says_by_how_much() -> None:
    model = model_of(small=risk(impact=1), big=risk(review=date(2026, 11, 20)), middle=risk(impact=2))
    standings = found(model)
    assert list(standings) == ["big", "middle", "small"]
    assert standings["big"].overdue == 10
    assert standings["small"].overdue == 0
    assert found(model, today=date(2026, 11, 20))["big"].overdue == 0


def test_levels_are_written_in_numbers_and_words() -> None:
    [line] = risk_lines(found(model_of(a=risk())).values())
    assert (line.now.score, line.now.words) == (20, "likely, severe")
    assert (line.residual.score, line.residual.words) == (2, "rare, minor")


@given(
    controls=st.lists(st.sampled_from(sorted(shipped_controls())), max_size=4, unique=True),
    attested=st.lists(st.sampled_from(sorted(shipped_controls())), max_size=4),
    treatment=st.sampled_from(["avoid", "reduce", "transfer", "accept"]),
)
def test_a_risk_with_a_control_that_does_not_hold_is_never_shown_below_its_inherent_level(
    controls: list[str], attested: list[str], treatment: str
) -> None:
    model = model_of(a=risk(controls=tuple(controls), treatment=treatment, reason="So it is."))
    standing = found(model, attested=tuple(attested))["a"]
    if any(not link.holds for link in standing.controls):
        assert standing.level == (4, 5)
        assert not standing.kept
    assert standing.score <= 20
