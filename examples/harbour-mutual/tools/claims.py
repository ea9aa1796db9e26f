"""The claims system of Harbour Mutual, as a small MCP server: look up a claim, add a note, pay.

Run by the tool gate, which asks it over standard input and output. It needs nothing but Python, and keeps its
claims in the SQLite file that is named; all of them are made up. Every change is made once for each claim key
(`remit/claim`) that it is asked with.
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

CLAIMS = (
    ("C-1041", "motor", "hail damage, car cannot be driven", "Garage Zuid", 1840, "open"),
    ("C-1042", "motor", "broken mirror", "Garage Noord", 210, "open"),
    ("C-1043", "motor", "rear-end collision, one person hurt", "Garage Zuid", 6200, "open"),
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS claims
  (number TEXT PRIMARY KEY, line TEXT, what TEXT, payee TEXT, amount INT, state TEXT);
CREATE TABLE IF NOT EXISTS notes (number TEXT, note TEXT);
CREATE TABLE IF NOT EXISTS payments (number TEXT, payee TEXT, amount INT);
CREATE TABLE IF NOT EXISTS done (claim TEXT PRIMARY KEY, answer TEXT);
"""
NUMBER = {"type": "string", "description": "The claim's number, such as C-1041."}


class Refused(Exception):
    """What was asked for is not done."""


def look_up(world, number):
    found = world.execute("SELECT * FROM claims WHERE number = ?", (number,)).fetchone()
    if found is None:
        raise Refused(f"there is no claim {number}")
    paid = world.execute("SELECT total(amount) FROM payments WHERE number = ?", (number,)).fetchone()[0]
    notes = [note for (note,) in world.execute("SELECT note FROM notes WHERE number = ?", (number,))]
    names = ("number", "line", "what", "payee", "amount", "state")
    return {**dict(zip(names, found, strict=True)), "paid": int(paid), "notes": notes}


def add_note(world, number, note):
    look_up(world, number)
    world.execute("INSERT INTO notes VALUES (?, ?)", (number, note))
    return {"number": number, "noted": True}


def pay(world, number, payee, amount):
    claim = look_up(world, number)
    if not 0 < amount <= claim["amount"] - claim["paid"]:
        raise Refused(f"{amount} is more than is left to pay of claim {number}")
    world.execute("INSERT INTO payments VALUES (?, ?, ?)", (number, payee, amount))
    return {"number": number, "payee": payee, "amount": amount, "paid": claim["paid"] + amount}


def outcome(world, claim):
    return {"done": world.execute("SELECT 1 FROM done WHERE claim = ?", (claim,)).fetchone() is not None}


def described(name, description, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "inputSchema": schema}


TEXT, WHOLE = {"type": "string"}, {"type": "integer", "minimum": 1}
TOOLS = {
    "claim_lookup": (look_up, described("claim_lookup", "Look up a claim by its number.", number=NUMBER)),
    "claim_note": (add_note, described("claim_note", "Add a note to a claim.", number=NUMBER, note=TEXT)),
    "claim_pay": (
        pay,
        described("claim_pay", "Pay euros on a claim to a payee.", number=NUMBER, payee=TEXT, amount=WHOLE),
    ),
    "claim_outcome": (outcome, described("claim_outcome", "Say what came of a claim key.", claim=TEXT)),
}
CHANGES = ("claim_note", "claim_pay")


def call(world, name, arguments, claim):
    """Do one thing; what was done under the same claim key before is not done again."""
    tool, _ = TOOLS[name]
    with world:
        before = world.execute("SELECT answer FROM done WHERE claim = ?", (claim,)).fetchone()
        if before is not None and name in CHANGES:
            return json.loads(before[0])
        found = tool(world, **arguments)
        if name in CHANGES and claim:
            world.execute("INSERT INTO done VALUES (?, ?)", (claim, json.dumps(found)))
        return found


def answered(world, params):
    name, claim = params.get("name"), params.get("_meta", {}).get("remit/claim", "")
    try:
        found, wrong = call(world, name, params.get("arguments") or {}, claim), False
    except (Refused, KeyError, TypeError) as why:
        found, wrong = {"refused": str(why)}, True
    text = {"type": "text", "text": json.dumps(found)}
    return {"content": [text], "structuredContent": found, "isError": wrong}


def main(path):
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "harbour-claims", "version": "1"},
    }
    answers = {
        "initialize": lambda params: hello,
        "ping": lambda params: {},
        "tools/list": lambda params: {"tools": [each for _, each in TOOLS.values()]},
        "tools/call": lambda params: answered(world, params),
    }
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as world:
        world.executescript(SCHEMA)
        with world:
            world.executemany("INSERT OR IGNORE INTO claims VALUES (?, ?, ?, ?, ?, ?)", CLAIMS)
        for line in sys.stdin:
            asked = json.loads(line)
            if "id" not in asked:
                continue
            known = answers.get(asked.get("method"))
            fault = {"error": {"code": -32601, "message": "only tools are served here"}}
            said = {"result": known(asked.get("params") or {})} if known else fault
            sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
