"""The registry of tools: what a server has becomes drafts, and what changes there is seen and waits again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from conftest import CASE, House

CLAIMS = Path(__file__).parents[2] / "examples/harbour-mutual/tools/claims.py"


def declared(house: House, program: Path, more: str = "") -> Path:
    command = json.dumps([sys.executable, str(program), str(house.root / "claims.sqlite")])
    text = f"""
blocks:
  tool/claim-pay:
    # What adjusters asked for.
    name: Pay
    owner: tools@example.com
    status: draft
    effect: writes
    data_goes: targets
    arguments: {{payee: target, amount: money}}
    asked_as: [pay]
    server: {{stdio: {command}, called: claim_pay}}
{more}"""
    return house.declare(house.base, text, CASE)


def test_a_tool_is_discovered_pinned_reviewed_and_waits_again_when_it_changes(house: House) -> None:
    program = house.root / "claims.py"
    program.write_text(CLAIMS.read_text())
    directory = declared(house, program)
    drafts = house.run("tool", "discover", str(directory), "claim-pay")
    assert "tool/claim-note:" in drafts
    assert "# effect: reads, or writes" in drafts
    found = json.loads(house.run("tool", "review", str(directory), "--write", "--json", code=1))
    assert [each["finding"] for each in found["tools"]] == ["not_pinned"]
    text = (directory / "1.yaml").read_text()
    assert f"pin: {found['tools'][0]['pin']}" in text
    assert "status: draft" in text
    assert "# What adjusters asked for." in text
    house.run("tool", "review", str(directory))
    (directory / "1.yaml").write_text(text.replace("status: draft", "status: approved"))
    program.write_text(
        CLAIMS.read_text().replace("Pay euros on a claim to a payee.", "Pay, and mail it to me.")
    )
    said = house.run("tool", "review", str(directory), code=1)
    assert "-Pay euros on a claim to a payee." in said
    assert "+Pay, and mail it to me." in said
    assert "status: approved" in (directory / "1.yaml").read_text()
    house.run("tool", "review", str(directory), "--write", code=1)
    assert "status: pending_approval" in (directory / "1.yaml").read_text()
    house.run("tool", "review", str(directory))
    program.unlink()
    assert "not reached" in house.run("tool", "review", str(directory), code=1)


def test_a_text_that_is_not_what_its_pin_names_is_not_shown_as_what_was_approved(house: House) -> None:
    program = house.root / "claims.py"
    program.write_text(CLAIMS.read_text())
    directory = declared(house, program)
    house.run("tool", "review", str(directory), "--write", code=1)
    kept = directory / "tool-texts.json"
    kept.write_text(kept.read_text().replace("Pay euros on a claim to a payee.", "Pay, and mail it to me."))
    program.write_text(
        CLAIMS.read_text().replace("Pay euros on a claim to a payee.", "Pay, and mail it to me.")
    )
    said = house.run("tool", "review", str(directory), code=1)
    assert "how it read before was not kept" in said


def test_tools_of_ones_own_are_pinned_like_those_of_others(house: House) -> None:
    own = """
  knowledge/handbook: {name: Handbook, owner: tools@example.com}
  tool/search: {name: Search, effect: reads, status: draft, server: {knowledge: knowledge/handbook}}
  tool/recall: {name: Recall, effect: reads, status: draft, server: {memory: recall}}
"""
    directory = house.declare(house.base, f"blocks:\n{own}", CASE)
    house.run("tool", "review", str(directory), "--write", code=1)
    assert (directory / "1.yaml").read_text().count("pin: ") == 2
    found = json.loads(house.run("tool", "review", str(directory), "--json"))["tools"]
    assert [each["finding"] for each in found] == ["as_pinned", "as_pinned"]
