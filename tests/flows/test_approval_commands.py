"""The inbox by its commands as machines read it: ask, look, answer, take back, delegate, measure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from approvals_house import TEXT

OWNER, LEAD, RISK = ({"REMIT_AUTHOR": f"{who}@example.com"} for who in ("owner", "lead", "risk"))


def declared(directory: Path, *, tokens: int) -> str:
    directory.mkdir(exist_ok=True)
    text = TEXT.replace("CLASS", "restricted").replace("TOKENS", str(tokens)).replace("MONEY", "5")
    (directory / "house.yaml").write_text(text, "utf-8")
    return str(directory)


def test_every_command_of_the_inbox_speaks_json(house: Any) -> None:
    def run(*arguments: str, author: dict[str, str] = OWNER, code: int = 0) -> Any:
        return json.loads(house.run(*arguments, "--json", code=code, **author))

    directory = house.root / "declared"
    house.run("apply", declared(directory, tokens=500), **OWNER)
    planned = run("plan", declared(directory, tokens=900), code=2)
    assert planned["must_agree"] == ["risk-owner", "unit-lead"]
    asked = run("apply", str(directory), "--yes", "--reason", "Longer letters.")
    assert (asked["changed"], asked["about"], asked["waits_for"]["persons"]) == (False, "apply", 2)
    id = asked["request"]
    (listed,) = run("approval", "list", "--mine", author=RISK)
    assert (listed["id"], listed["mine"], listed["said"]) == (id, ["risk-owner"], "Longer letters.")
    assert "seen" not in listed
    assert run("approval", "list", "--mine") == []
    seen = run("approval", "show", id, author=RISK)["seen"]
    given = ("approval", "approve", id, "--seen", seen, "--reason", "Read ten.")
    assert run(*given, author=RISK)[0]["waits_for"] == ["unit-lead"]
    assert run(*given, code=1)["error"]["code"] == "barred-from-answering"
    assert run(*given, author=LEAD)[0]["done"] == "version 2 is in force"
    (entry,) = [each for each in house.entries("apply") if each.get("request")]
    assert (entry["request"], len(entry["approvals"])) == (id, 2)

    again = run("apply", declared(directory, tokens=990), "--yes")["request"]
    assert run("approval", "withdraw", again)["state"] == "withdrawn"
    (made,) = run("approval", "delegate", "--to", "deputy@example.com", "--days", "7", author=LEAD)
    assert [each["id"] for each in run("approval", "delegate", "--list")] == [made["id"]]
    run("approval", "delegate", "--end", made["id"], author=LEAD)
    assert run("approval", "delegate", "--list") == []
    house.run("approval", "delegate", "--to", "deputy@example.com", code=2, **LEAD)
    (kind,) = run("approval", "stats")["by_kind"]
    assert (kind["requests"], kind["approved"], kind["withdrawn"], kind["answers"]) == (2, 1, 1, 2)
    assert house.verify() == ()
