"""What a use case's page says first, and what its history says of the text that declares it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from approvals_house import model as approvals_model
from remit.enforce.stop import Stop
from remit.record.decided import Apply, Changed, ChangedField, StageChange
from remit.record.ledgered import encode
from remit.record.projection import Row, StageFact
from remit.report.gate import Approver, CriterionLine, GateView, Pending
from remit.report.timeline import Declared, timeline
from remit.report.use_case_answer import checklist, use_case_answer
from remit.report.who_answers import who_answers
from strategies import utc

NOW = utc(2026, 12, 1, 9)
AT = StageFact("experiment", date(2026, 11, 3), "adopted")


def line(id: str, status: Any) -> CriterionLine:
    return CriterionLine(
        *(id, f"The {id}", status, "pass_rate", "≥ 0.9", "evaluation", None, "platform", "run it", "Run it.")
    )


GATE = GateView(
    *("triage", "experiment", "launch"),
    declared=True,
    tier="low",
    criteria=(line("said", "met"), line("quality", "missing"), line("cost", "not_met")),
    kill=(line("bad", "met"),),
    nearest="quality",
)
READY = replace(GATE, criteria=GATE.criteria[:1], ready=True)
WAITS = Pending("r1", "gate", "triage enters launch", NOW, (Approver("risk-owner", "risk@example.com"),))


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (GATE, "is at experiment; 2 of 3 criteria stand between it and launch"),
        (READY, "has shown all that launch asks for: ask for its review"),
        (replace(READY, fast_lane=True), "can enter launch now: the fast lane is open"),
        (replace(READY, pending=(WAITS,)), "waits for risk-owner to let it enter launch"),
        (replace(GATE, killed=("bad",)), "should end: the bad"),
        (
            GateView("triage", "scale", None, declared=False, tier="low"),
            "is at experiment, and no",
        ),
        (replace(GATE, into="experiment"), "is at experiment, the last stage; 2 of 3 criteria are not met"),
    ],
)
def test_the_title_is_what_stands_between_a_use_case_and_its_next_stage(gate: GateView, said: str) -> None:
    assert use_case_answer("Triage", AT, gate, stop=None).startswith(f"Triage {said}")


def test_what_stops_or_ends_it_is_said_before_all_else() -> None:
    stop = Stop("use-case/triage", NOW, "a@example.com", "it answers nonsense")
    assert use_case_answer("Triage", AT, GATE, stop=stop) == "Triage is stopped: it answers nonsense"
    gone = replace(AT, stage="retired")
    assert use_case_answer("Triage", gone, GATE, stop=None) == "Triage is retired since 2026-11-03"
    until = replace(AT, until=utc(2026, 12, 31), falls_to="envision")
    assert use_case_answer("Triage", until, GATE, stop=None).endswith(
        "on waivers until 2026-12-30, and falls to envision then"
    )


def test_what_is_shown_not_to_be_so_comes_first_and_what_is_met_last() -> None:
    assert [each.id for each in checklist(GATE)] == ["cost", "quality", "said"]


def test_one_line_of_time_has_entries_and_changes_of_the_text() -> None:
    moved = StageChange(
        id="02", at=utc(2026, 11, 20), use_case="triage", stage="launch", since=date(2026, 11, 20),
        basis="reviewed", author="lead@example.com",
    )  # fmt: skip
    row = Row("02", moved.at, "stage_change", "triage", "", "", encode(moved), "control", 1)
    applied = Apply(
        id="03", at=NOW, model_version=7, digest="d", author="owner@example.com", reason="More.", created=0,
        changed=1, removed=0,
    )  # fmt: skip
    fields = tuple(ChangedField(f"remit.field{at}") for at in range(8))
    found = timeline([row], [Declared(applied, Changed("change", "use-case/triage", fields, 2))])
    assert [(each.topic, each.entry) for each in found] == [("declaration", "03"), ("stage", "02")]
    assert "changed in version 7: remit.field0," in found[0].says
    assert found[0].says.endswith("remit.field5 and 4 more, by owner@example.com (More.)")
    assert found[1].says == "entered launch (reviewed), by lead@example.com"


def test_who_answers_is_said_of_every_kind_of_request() -> None:
    found = {each.about: each for each in who_answers(approvals_model(), "letters", tier="high")}
    assert set(found) == {"gate", "waiver", "apply", "budget", "tool", "value"}
    assert found["apply"].roles == (("risk-owner", "risk@example.com"), ("unit-lead", "lead@example.com"))
    assert (found["apply"].people, found["apply"].escalates_to) == (2, ("centre", "centre@example.com"))
    assert found["apply"].hours > 0
