"""Find every code that Remit can say, where it is written in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src/remit"

DIAGNOSTIC, REFUSAL, MALFORMED, FAULT = "diagnostic", "refusal", "malformed", "fault"

# What is called with a code, what kind of code that is, and at which position it stands if it has no name.
_EMITTERS = {
    "Fault": (DIAGNOSTIC, 2),
    "Diagnostic": (DIAGNOSTIC, 1),
    "fault": (DIAGNOSTIC, 1),
    "undeclared": (DIAGNOSTIC, None),
    "deny": (REFUSAL, 0),
    "refuse": (REFUSAL, 2),
    "_refuse": (REFUSAL, 2),
    "_ask": (REFUSAL, None),
    "_denied": (REFUSAL, None),
    "ToolDecision": (REFUSAL, 1),
    "said": (REFUSAL, None),
    "malformed": (MALFORMED, 0),
    "_turn_away": (MALFORMED, 0),
    "turn_away": (MALFORMED, 0),
    "_stop": (MALFORMED, 0),
}
_NAMED = ("code", "fault")
_SAID = re.compile(r"\berror\[([a-z-]+)\]")
_CODE = re.compile(r"[a-z]+(-[a-z]+)*")


def codes() -> dict[str, set[str]]:
    """Return every code with its kinds: one word can be a refusal at one door and a fault at another."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for kind, code in _in(node):
                assert _CODE.fullmatch(code), f"{path}: `{code}` is not a code in kebab case"
                found.setdefault(code, set()).add(kind)
    return dict(sorted(found.items()))


def _in(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Call):
        yield from _called(node)
    elif isinstance(node, ast.ClassDef):
        for statement in node.body:
            if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "code":
                yield FAULT, _text(statement.value)
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "code" and isinstance(value, ast.Constant):
                yield FAULT, _text(value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        for code in _SAID.findall(node.value):
            yield FAULT, code


def _called(node: ast.Call) -> Iterator[tuple[str, str]]:
    name = ast.unparse(node.func).rpartition(".")[2]
    kind, position = _EMITTERS.get(name, (FAULT, None))
    given = [keyword.value for keyword in node.keywords if keyword.arg in _NAMED]
    if not given and position is not None and len(node.args) > position:
        given = [node.args[position]]
    for value in given:
        # A variable or attribute passes on a code that is written out elsewhere.
        if not isinstance(value, ast.Name | ast.Attribute) and ast.unparse(value) != "None":
            yield kind, _text(value)


def _text(value: ast.expr) -> str:
    assert isinstance(value, ast.Constant), f"write this code out whole, not as `{ast.unparse(value)}`"
    return str(value.value)
