"""Write docs/reference and the index of error pages from the code; `--check` says what is out of date."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from api_reference import api_page
from controls_reference import controls_page
from declarations import data_sets_page, declarations_page, formats_page, profiles_page, schema
from error_codes import DIAGNOSTIC, FAULT, MALFORMED, REFUSAL, codes
from http_reference import http_page, status_of
from markdown import page, rows
from remit import settings
from remit.cli.main import remit
from remit.declare.policy import SCHEMA
from remit.declare.sensitive_type import SECRET_KINDS, TYPES
from remit.declare.tool_policy import TOOL_SCHEMA
from remit.record.ledgered import Ledgered
from structs import PARTS, struct, text_of
from telemetry_reference import telemetry_page

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs/reference"
ERRORS = ROOT / "docs/errors"


# ── settings ──


def settings_page() -> str:
    body = [
        (f"`{name}`", f"`{default}`" if default else "", meaning[:1].upper() + meaning[1:] + ".")
        for name, (default, meaning) in settings.VARIABLES.items()
    ]
    body.append(
        (
            "`REMIT_PROVIDER_<NAME>_API_KEY`",
            "",
            "The credential of the declared provider `<name>`; it stands before a sealed one.",
        )
    )
    return page(
        "Settings",
        "Settings are environment variables. They say where things are; what is allowed is declared, never"
        " set. A setting that cannot be used stops every command with"
        " [`invalid-setting`](../errors/invalid-setting.md).",
        rows(["variable", "default", "what it says"], body),
        "In a credential's name, write the provider's id in capital letters, with `_` for `-`: the key of"
        " provider `my-cloud` stands in `REMIT_PROVIDER_MY_CLOUD_API_KEY`. Paths are relative to the"
        " directory that a command is run in.",
    )


# ── types of sensitive information ──


def sensitive_types_page() -> str:
    groups = dict.fromkeys(each.group for each in TYPES)
    parts = [
        f"A guardrail finds {len(TYPES)} types of personal data and secrets, named under `sensitive`. Names"
        " that Amazon Bedrock has are the same here; other countries' are named in the same way. What a check"
        " digit or a form of its own proves is found wherever it stands, and the rest needs a word before it"
        " that says what it is.",
    ]
    for group in groups:
        own = [(f"`{each.identifier}`", each.description) for each in TYPES if each.group == group]
        parts += [f"## {group}", rows(["type", "what is found"], own)]
    kinds = "\n".join(f"- {kind}" for kind in SECRET_KINDS)
    parts += ["## Kinds of secrets", f"`SECRET` finds all of these:\n\n{kinds}"]
    return page("Types of sensitive information", *parts)


# ── commands ──


def commands(group: click.Group, before: str = "remit") -> Iterator[tuple[str, click.Command]]:
    """List every command under a group with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, "a group has what it lists"
        if isinstance(command, click.Group):
            yield from commands(command, f"{before} {name}")
        else:
            yield f"{before} {name}", command


def commands_page() -> str:
    parts = [
        "Data goes to standard output and everything else to standard error."
        " Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 a fault of Remit itself, 130 interrupted.",
        "`remit --version` prints the version. `-h` and `--help` work on every command.",
    ]
    for line, command in commands(remit):
        context = click.Context(command, info_name=line)
        usage = " ".join([line, *command.collect_usage_pieces(context)])
        parts += [f"## {line}", inspect.cleandoc(command.help or ""), f"```\n{usage}\n```"]
        options = [each for each in command.params if isinstance(each, click.Option)]
        if options:
            parts.append(
                rows(["option", "default", "what it does"], (_option(each, context) for each in options))
            )
    return page("Commands", *parts)


def _option(option: click.Option, context: click.Context) -> tuple[str, str, str]:
    name = ", ".join(f"`{each}`" for each in option.opts)
    if not option.is_flag:
        # A choice that may be left empty lists the empty word first, which says nothing.
        name += f" {option.make_metavar(context).replace('[|', '[')}"
        if isinstance(option.type, click.IntRange):
            name += f" ({option.type.min} to {option.type.max:,})"
    default = option.get_default(context)
    shown = f"`{default}`" if isinstance(default, str | int) and default and not option.is_flag else ""
    return name, shown, option.help or ""


# ── entries ──


def entries_page() -> str:
    parts = [
        "An entry is one line of a journal: 64 hexadecimal digits that bind it to every line before it, a"
        " space, and the entry as JSON. The schema only grows; `v` is its version. No entry holds prompt or"
        " answer text, a secret, or personal data.",
    ]
    for kind in sorted(typing.get_args(Ledgered), key=_tag):
        parts += [f"## `{_tag(kind)}`", text_of(kind), f'`kind` is `"{_tag(kind)}"`.', struct(kind)]
    parts += ["## Parts of entries"]
    for part in PARTS:
        parts += [f"### {part.__name__}", text_of(part), struct(part)]
    return page("Ledger entries", *parts)


def _tag(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


# ── errors ──

_GROUPS = {
    DIAGNOSTIC: ("Declared text that is wrong", "`remit check` prints these with file, line and column."),
    REFUSAL: ("Calls that are refused", "The answer names the rule, the layer and its owner."),
    MALFORMED: ("Requests that cannot be served", "Nothing was asked of any model."),
    FAULT: ("What failed", "A command prints these and ends with exit code 1; the gateway sends a status."),
}


def errors_page() -> str:
    parts = [
        "Every code has a page: what it means, why it comes, a wrong and a right example, who can change it."
        " Codes are permanent.",
    ]
    every = codes()
    for kind, (title, meaning) in _GROUPS.items():
        chosen = [code for code, kinds in every.items() if kind in kinds]
        with_status = kind != DIAGNOSTIC
        table = rows(
            ["code", "meaning", "HTTP status"] if with_status else ["code", "meaning"],
            (
                [f"[`{code}`]({code}.md)", meaning_of(code), *([status_of(code, kind)] * with_status)]
                for code in chosen
            ),
        )
        parts += [f"## {title}", meaning, table]
    return page("Error codes", *parts)


def meaning_of(code: str) -> str:
    """Read a page's sentence: the first line after its title."""
    path = ERRORS / f"{code}.md"
    if not path.exists():
        return "**no page yet**"
    return path.read_text("utf-8").split("\n\n")[1].replace("\n", " ")


PAGES = {
    REFERENCE / "settings.md": settings_page,
    REFERENCE / "sensitive-types.md": sensitive_types_page,
    REFERENCE / "commands.md": commands_page,
    REFERENCE / "declarations.md": declarations_page,
    REFERENCE / "controls.md": controls_page,
    REFERENCE / "profiles.md": profiles_page,
    REFERENCE / "formats.md": formats_page,
    REFERENCE / "data-sets.md": data_sets_page,
    REFERENCE / "operating-model.schema.json": schema,
    REFERENCE / "policies.cedarschema": lambda: SCHEMA,
    REFERENCE / "tool-policies.cedarschema": lambda: TOOL_SCHEMA,
    REFERENCE / "entries.md": entries_page,
    REFERENCE / "http.md": http_page,
    REFERENCE / "api.md": api_page,
    REFERENCE / "telemetry.md": telemetry_page,
    ERRORS / "README.md": errors_page,
}


def main() -> int:
    stale = 0
    for path, make in PAGES.items():
        text = make()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        if "--check" in sys.argv:
            print(f"{path.relative_to(ROOT)} is not what the code says; run `make format`", file=sys.stderr)
            stale = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main())
