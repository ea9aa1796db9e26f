"""Levels are read from sums by the day, and recorded calls are asked about again under changed policies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from approvals_house import SetClock
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.enforce.tool.decision import ToolDecision
from remit.operations.answer_approval import answer_approval
from remit.operations.apply_model import apply_model
from remit.operations.ask_approval import Asking, ask_approval
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_autonomy import Autonomies, read_autonomy
from remit.operations.replay_tools import replay_tools
from remit.operations.system import CONTROL
from remit.record.call_entry import Purpose
from remit.record.tool_entry import Before, ToolCalled
from remit.report.tool_replay import tool_replay

MODEL = """
organisation: {name: Harbour, contact: head@example.com, currency: EUR}
units:
  desk: {name: Desk, lead: lead@example.com}
use_cases:
  letters:
    name: Letters
    unit: desk
    owner: letters@example.com
    risk_owner: risk@example.com
    purpose: Answer letters.
    adoption: {stage: launch, basis: It ran before.}
    remit:
      autonomy_max: act_within_limits
      autonomy_evidence: {approvals: 3}
      tools:
        tool/mail: {calls_per_run: 5}
        tool/look: {}
blocks:
  tool/mail:
    name: Send mail
    effect: writes
    data_goes: targets
    arguments: {to: target}
    asked_as: [mail]
    pin: PIN
    status: approved
    owner: mail@example.com
  tool/look:
    {name: Look, effect: reads, data_goes: stays, pin: PIN, status: approved, owner: mail@example.com}
""".replace("PIN", "a" * 64)
LATE = '@id("late")\nforbid (principal, action == Action::"call_tool", resource) when { context.tainted };'


def model(*more: str) -> OperatingModel:
    files = {"model.yaml": MODEL, **{f"{number}.cedar": each for number, each in enumerate(more)}}
    found = load(files)
    assert found.operating_model is not None, [each.render() for each in found.diagnostics]
    return found.operating_model


@pytest.fixture
def system(house: Any) -> Iterator[Any]:
    with house.system() as opened:
        apply_model(opened, model(), author="head@example.com", reason="The first one.")
        yield replace(opened, clock=SetClock(opened.clock))


def called(system: Any, number: int, *, ago: int = 1, tainted: bool = False, **more: Any) -> None:
    at = system.clock.now() - timedelta(days=ago)
    purpose = Purpose(
        use_case="letters", unit="desk", stage="launch", key="key-1", model="", remit="", model_version=1
    )
    fields: dict[str, Any] = {
        "tool": "tool/mail",
        "level": "act_within_limits",
        "decision": ToolDecision("allow"),
        "status": "completed",
        "approval": f"request-{number}",
        "target_class": "known",
        "targets": 1,
        "before": Before(tainted=tainted, asked=True, targets_known=True),
    }
    entry = ToolCalled(
        id=system.ids.new(at),
        at=at,
        purpose=purpose,
        pin="a" * 64,
        run=f"run-{number}",
        meant_digest="",
        currency="EUR",
        began=at,
        **(fields | more),
    )
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([entry])
    fold_ledger(system)


def levels(system: Any) -> dict[tuple[str, str], str]:
    found = read_autonomy(system, "letters")
    return {(each.tool, each.target_class): each.level.autonomy for each in found.tools}


def test_calls_that_people_approved_raise_the_level_of_just_that_tool_and_kind(system: Any) -> None:
    asks = {
        ("tool/mail", "known"): "act_with_approval",
        ("tool/mail", "unknown"): "act_with_approval",
        ("tool/look", "none"): "act_within_limits",
    }
    assert levels(system) == asks
    for number in range(3):
        called(system, number)
    assert levels(system) == asks | {("tool/mail", "known"): "act_within_limits"}
    assert Autonomies(system).level("letters", "tool/mail", "known") == "act_within_limits"
    assert Autonomies(system).level("nobody", "tool/mail", "known") == "none"


def test_a_limit_that_was_come_up_against_takes_it_back(system: Any) -> None:
    for number in range(3):
        called(system, number)
    refusal = ToolDecision("deny", "tool-limit-reached")
    called(system, 9, ago=0, status="refused", decision=refusal, approval="")
    line = next(each for each in read_autonomy(system, "letters").tools if each.target_class == "known")
    assert line.level.autonomy == "act_with_approval"
    assert "a budget or limit was come up against" in line.level.fell[0]


def test_a_person_who_refuses_one_call_takes_it_back(system: Any) -> None:
    for number in range(3):
        called(system, number)
    asking = Asking(
        about="tool", subject="tool/mail", body=b"{}", summary="send mail", tier="low", use_case="letters"
    )
    asked = ask_approval(system, asking, author="key/key-1")
    answer_approval(system, [asked.request.id], said="denied", author="risk@example.com", reason="No.")
    assert levels(system)["tool/mail", "known"] == "act_with_approval"


def test_recorded_calls_are_asked_about_again_under_changed_policies(system: Any) -> None:
    called(system, 0)
    called(system, 1, tainted=True)
    called(system, 2, approval="", tainted=True)
    called(system, 3, status="refused", decision=ToolDecision("deny", "run-over"), approval="", before=None)
    same = tool_replay(replay_tools(system, model(), use_case="letters"))
    assert (same.calls, same.unknown, same.answered, same.agreed) == (4, 1, 2, 2)
    changed = tool_replay(replay_tools(system, model(LATE), use_case="letters"))
    assert [each.now.rule for each in changed.differing if each.now.effect == "deny"] == [
        "forbidden-by-policy",
        "forbidden-by-policy",
    ]
    assert (changed.answered, changed.agreed) == (2, 1)
    assert json.dumps(changed.values, default=str)
