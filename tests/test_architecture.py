"""The rooms stay as they are drawn: imports run with the flow, names mean something, files stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/remit"
CORE = ("kernel", "declare", "enforce", "record", "decide", "report")
DOORS = ("cli", "gateway", "portal", "agentgate", "toolgate", "__main__.py")

VAGUE = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "misc",
    "base",
    "manager",
    "handler",
    "service",
    "models",
}
FUNCTION_LINES_MAX = 50
FILE_LINES_MAX = 400

# These lists only shrink: an entry that is no longer needed fails its test.
LONGER_FUNCTIONS: dict[str, str] = {}
"""Function, as `file:name`, and why it is longer."""
LONGER_FILES: dict[str, str] = {}
"""File and why it is longer."""
LATE_IMPORTS: dict[str, str] = {
    "bootstrap.py": "an adapter or a server is loaded when something declared or asked for needs it",
    "serving.py": "a command that starts no server need not load one",
    "cli/past.py": "what plays a past loads what estimates effects, and only a first start plays one",
    "adapters/master_key_setting.py": "what signs for AWS is loaded where a key of KMS is set",
    "adapters/lake_archive.py": "what speaks to AWS is loaded where files lie in an object store",
    "adapters/lake_late.py": "DuckDB takes longer to load than most commands run",
    "adapters/embedding_wordllama.py": "what vectors need takes longer to load than most commands run",
}
"""File that imports inside of functions, and why."""
BROAD_CATCHES: dict[str, str] = {
    "adapters/masking_process.py": "a call that cannot be masked must not keep others from it",
    "operations/capture_queue.py": "a call that cannot be kept must not keep others from it",
    "operations/decide_tool.py": "what nobody foresaw must refuse a call of a tool, and not let it by",
    "operations/find_tool.py": "what a tool's server raises makes it one that cannot be asked",
    "operations/carry_out_tool.py": "what a tool's server raises leaves it unknown whether it was done",
    "operations/recover_effects.py": "what one tool's server raises must not keep others from being asked",
    "adapters/apart.py": "what code of others raises belongs to whoever waits for it",
    "operations/watch_agents.py": "whatever keeps one look from ending must not end the looking",
    "operations/group_commit.py": "whoever waits for the disk must hear of whatever kept it",
    "operations/keep_gates.py": "what keeps a lapse from being written once must not end the writing",
    "operations/keep_sealed.py": "what keeps the ledger from being sealed once must not end the sealing",
    "operations/deliver.py": "what one receiver does is kept from all that runs beside it",
    "operations/followers.py": "a follower tells others, so its fault is kept from all that runs beside it",
}
"""File outside of the doors that catches `Exception`, and why."""


@cache
def modules() -> dict[str, ast.Module]:
    return {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in SOURCE.rglob("*.py")
    }


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_keep_their_contract() -> None:
    # In a process of its own, because it silences the loggers of the one that it runs in.
    asked = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(ROOT / ".importlinter")]
    done = subprocess.run([*asked, "--no-cache"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_hide_inside_of_functions_only_where_it_is_said_why() -> None:
    hidden = {
        name
        for name, tree in modules().items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert hidden == LATE_IMPORTS.keys()


@pytest.mark.parametrize(
    "modules",
    [
        "remit.cli.key",
        "remit.cli.guardrail",
        "remit.cli.study",
        "remit.gateway.serve, remit.operations.worker",
    ],
)
def test_neither_a_command_nor_the_gateway_waits_for_what_it_does_not_need(modules: str) -> None:
    said = f"import sys, remit.serving, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout
    heavy = {"numpy", "botocore", "jwt", "starlette", "uvicorn", "tokenizers", "xllamacpp", "highspy"}
    assert not heavy & set(loaded.split())
    assert "remit.operations.system" in loaded.split()


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {part for path in SOURCE.rglob("*") for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert names & VAGUE == set()


def test_functions_are_short() -> None:
    long = {
        f"{name}:{function.name}"
        for name, tree in modules().items()
        for function in functions(tree)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert long == LONGER_FUNCTIONS.keys()


def test_files_are_short() -> None:
    lines = {
        str(path.relative_to(SOURCE)): path.read_text("utf-8").count("\n") for path in SOURCE.rglob("*.py")
    }
    assert {name for name, count in lines.items() if count > FILE_LINES_MAX} == LONGER_FILES.keys()


def catches_everything(node: ast.ExceptHandler) -> bool:
    """Say if a handler swallows any exception; one that cleans up and raises it again does not."""
    if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(
        each is None or (isinstance(each, ast.Name) and each.id in ("Exception", "BaseException"))
        for each in caught
    )


def test_only_doors_catch_every_exception() -> None:
    found = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert {name for name in found if not name.startswith(DOORS)} == BROAD_CATCHES.keys()


def test_the_core_asks_nobody_for_the_time_and_opens_nothing() -> None:
    asked = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        if name.startswith(CORE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in ("now", "utcnow", "today"))
            or (
                isinstance(node.func, ast.Name) and node.func.id in ("open", "print", "input", "eval", "exec")
            )
        )
    ]
    assert asked == []


def test_every_module_says_first_what_it_is_for() -> None:
    silent = [
        name for name, tree in modules().items() if not ast.get_docstring(tree) and name != "__init__.py"
    ]
    assert silent == []


ASKS_TOOLS = {"operations/carry_out_tool.py": "after its claim is on disk"}
"""Who asks a tool's server to do something, and when; nobody else does, whichever door is used."""


def test_a_tool_is_asked_for_in_one_place() -> None:
    asking = {
        name
        for name, tree in modules().items()
        if not name.startswith("adapters/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "ToolAsk"
    }
    assert asking == ASKS_TOOLS.keys()
