"""A plan is read in few lines: the worst first, the same said once, and what is left out is counted."""

from __future__ import annotations

from remit.decide.duplicate import Member
from remit.decide.intake import Match, Newcomer
from remit.decide.likeness import Reason
from remit.enforce.standing import Effect
from remit.record.decided import Changed
from remit.report.plan_view import NEWCOMERS_MAX, PlanView, effect_lines, newcomer_lines, plan_lines

CREATED = Changed(action="create", address="use-case/n0", fields=())


def member(id: str) -> Member:
    return Member(id, id.upper(), "claims", "launch", "owner@example.com")


def newcomer(id: str, *others: str, more: int = 0) -> Newcomer:
    why = (Reason("wording", "nearly the same words"), Reason("outcomes", "both aim at `m` (minute, down)"))
    return Newcomer(member(id), tuple(Match(member(other), 0.93, why) for other in others), more)


def test_what_breaks_comes_first_and_what_is_only_otherwise_comes_last() -> None:
    effects = [
        Effect("a", "reach", "is served otherwise", widens=False, neutral=True),
        Effect("a", "models", "loses less", widens=False),
        Effect("b", "models", "gains", widens=True),
        Effect("b", "models", "loses", widens=False, breaks=True),
    ]
    assert list(effect_lines(effects, everything=False)) == [
        "! `b` loses", "↑ `b` gains", "↓ `a` loses less", "≈ `a` is served otherwise",
    ]  # fmt: skip
    assert PlanView(1, (CREATED,), tuple(effects)).summary[1] == (
        "1 use case may do more, 2 use cases may do less, 1 use case in use would break"
    )
    assert (
        PlanView(1, (CREATED,), (effects[0],)).summary[1].startswith("0 use cases may do more, 0 use cases")
    )


def test_a_newcomer_is_shown_with_reason_place_and_owner_and_what_to_do() -> None:
    view = PlanView(1, (CREATED,), (), (newcomer("n0", "old", more=4),))
    lines = list(plan_lines(view))
    assert (
        "  ? `n0` as `old` (0.93: nearly the same words; both aim at `m` (minute, down)),"
        " in `claims` at `launch`; ask owner@example.com; 4 more are like it"
    ) in lines
    assert any("`distinct_from`" in line for line in lines)
    assert lines[-1] == "1 use case that is new or reworded seems to do the job of another"


def test_two_newcomers_that_are_alike_are_said_once() -> None:
    lines = list(newcomer_lines((newcomer("n0", "n1"), newcomer("n1", "n0")), everything=False))
    assert [line.partition(" (")[0] for line in lines] == ["? `n0` as `n1`"]


def test_ten_likenesses_are_listed_and_the_others_counted() -> None:
    many = tuple(newcomer(f"n{n}", f"old{n}") for n in range(NEWCOMERS_MAX + 3))
    lines = list(newcomer_lines(many, everything=False))
    assert len(lines) == NEWCOMERS_MAX + 1
    assert lines[-1].startswith("... and 3 more")
    assert "`remit portfolio duplicates`" in lines[-1]
    assert len(list(newcomer_lines(many, everything=True))) == len(many)


def test_in_a_first_plan_newcomers_are_only_counted() -> None:
    lines = list(plan_lines(PlanView(0, (CREATED,), (), (newcomer("n0", "n1"), newcomer("n1", "n0")))))
    assert not any(line.startswith("  ?") for line in lines)
    assert lines[-1] == (
        "2 use cases that are new or reworded seem to do the job of another;"
        " once applied, `remit portfolio duplicates` lists them"
    )
