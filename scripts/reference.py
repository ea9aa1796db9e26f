"""Write docs/reference and the index of error pages from the code; `--check` says what is out of date."""

from __future__ import annotations

import json
import sys
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import click
import msgspec
from starlette.routing import Route

from declarations import declarations_page, formats_page, profiles_page, schema
from error_codes import DIAGNOSTIC, FAULT, MALFORMED, REFUSAL, codes
from markdown import page, rows, words
from remit import bootstrap, settings
from remit.cli.main import remit
from remit.declare.policy import SCHEMA
from remit.enforce.decision import Decision
from remit.gateway import answer, openai_chat
from remit.gateway.openai_chat import Malformed
from remit.kernel import errors
from remit.kernel.usage import Usage
from remit.operations.call_model import Refused
from remit.record import entry

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs/reference"
ERRORS = ROOT / "docs/errors"


# ── settings ──


def settings_page() -> str:
    body = [
        (f"`{name}`", f"`{default}`" if default else "", meaning[:1].upper() + meaning[1:] + ".")
        for name, (default, meaning) in settings.VARIABLES.items()
    ]
    body.append(("`REMIT_PROVIDER_<NAME>_API_KEY`", "", "The credential of the declared provider `<name>`."))
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


# ── commands ──


def commands(group: click.Group, before: str = "remit") -> Iterator[tuple[str, click.Command]]:
    """List every command under a group with the words that call it."""
    for name, command in sorted(group.commands.items()):
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
        parts += [f"## {line}", command.help or "", f"```\n{usage}\n```"]
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

_PLAIN = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    Decimal: "decimal number, as text",
    datetime: "instant, ISO 8601 in UTC",
    date: "day, ISO 8601",
}
PARTS = (entry.Purpose, entry.Rates, entry.Changed, entry.ChangedField, Usage, Decision)


def _entry_type(annotation: Any) -> str:
    origin, given = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation in PARTS:
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if origin is tuple:
        return f"list of {_entry_type(given[0])}"
    if origin is typing.Literal:
        return "one of " + words(given)
    if origin in (typing.Union, types.UnionType):
        return ", or ".join(_entry_type(each) for each in given if each is not type(None))
    raise AssertionError(f"teach scripts/reference.py to name the type {annotation}")


def _struct(struct: type[msgspec.Struct]) -> str:
    hints = typing.get_type_hints(struct)
    body = [
        (
            f"`{field.name}`",
            _entry_type(hints[field.name]),
            "" if field.default is msgspec.NODEFAULT else _shown(field.default),
        )
        for field in msgspec.structs.fields(struct)
    ]
    return rows(["field", "type", "left out if"], body)


def _shown(default: Any) -> str:
    return "there is none" if default in (None, "", ()) else f"`{json.dumps(default)}`"


def _text_of(struct: type) -> str:
    lines = (struct.__doc__ or "").strip().splitlines()
    return "\n".join(line.removeprefix("    ") for line in lines)


def entries_page() -> str:
    parts = [
        "An entry is one line of a journal: 64 hexadecimal digits that bind it to every line before it, a"
        " space, and the entry as JSON. The schema only grows; `v` is its version. No entry holds prompt or"
        " answer text, a secret, or personal data.",
    ]
    for kind in sorted(typing.get_args(entry.Ledgered), key=_tag):
        parts += [f"## `{_tag(kind)}`", _text_of(kind), f'`kind` is `"{_tag(kind)}"`.', _struct(kind)]
    parts += ["## Parts of entries"]
    for part in PARTS:
        parts += [f"### {part.__name__}", _text_of(part), _struct(part)]
    return page("Ledger entries", *parts)


def _tag(kind: Any) -> str:
    return str(kind.__struct_config__.tag)


# ── HTTP ──

_ADDRESSES = {
    "/healthz": "Says whether the server can serve calls: 200, or 503 with what is wrong.",
    "/v1/chat/completions": "One governed call of a model, in the OpenAI chat format.",
    "/v1/models": "The models that the key's remit allows.",
    "/": "The overview.",
    "/portfolio": "Use cases by stage; `unit`, `stage` and `text` narrow the list.",
    "/use-cases/{id}": "One use case: its remit, who decided each field, and its last entries.",
    "/ledger": "Entries, the newest first.",
    "/ledger/{id}": "One entry, whole.",
    "/sign-in": "Takes the administrator token; each token signs in once.",
}
_SERVED = {
    "model": "a model block's name without `model/`",
    "messages": "1 to 2,000; roles `system`, `developer`, `user`, `assistant`; text, or parts of type `text`",
    "stream": "yes",
    "stream_options": "`include_usage`; `include_obfuscation` is taken and does nothing",
    "max_tokens": "yes; left out, the most that remit and model allow",
    "max_completion_tokens": "as `max_tokens`, and stands before it",
    "temperature": "0 to 2",
    "top_p": "0 to 1",
    "stop": "at most 4 texts",
    "seed": "passed on; whether it helps depends on the provider",
    "n": "1 only",
    "user": "taken, and not used",
}


# Faults with a status of their own, and those that only commands meet.
_STATUS_OF_FAULT = {
    "not-found": "404 or 405",
    "input-too-large": "400",
    "conflict": "",
    "directory-in-use": "",
    "internal-fault": "",
}


def _status_of_fault(name: str) -> int | None:
    """Find the status of a fault by its code; faults of commands have none."""
    for fault in vars(errors).values():
        if isinstance(fault, type) and issubclass(fault, errors.RemitError) and fault.code == name:
            made = fault("", help="", retry_after_s=1) if fault is errors.ProviderBusy else fault("", help="")
            return answer.of_fault(made)[0]
    return None


def status_of(code: str, kind: str) -> str:
    """Give the HTTP status with which a code of a kind leaves the gateway; empty if it does not."""
    if kind == REFUSAL:
        return str(answer.of_refusal(Refused("", Decision("deny", code)))[0])
    if kind == MALFORMED:
        return str(answer.of_malformed(Malformed(code, "", ""))[0])
    if kind == FAULT and code in _STATUS_OF_FAULT:
        return _STATUS_OF_FAULT[code]
    if kind == FAULT and (status := _status_of_fault(code)):
        return str(status)
    return ""


def http_page() -> str:
    routes = bootstrap.make_app(cast(Any, None), cast(Any, None)).routes
    served = []
    for route in routes:
        assert isinstance(route, Route)
        meaning = "A file of the pages." if route.path.startswith("/static/") else _ADDRESSES[route.path]
        methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
        served.append((f"`{route.path}`", methods, meaning))
    emitted = [
        (f"[`{code}`](../errors/{code}.md)", kind, status)
        for code, kinds in codes().items()
        for kind in sorted(kinds)
        if (status := status_of(code, kind))
    ]
    fields = [(f"`{name}`", note) for name, note in _SERVED.items()]
    assert set(_SERVED) == openai_chat.SERVED, "describe each served field in scripts/reference.py"
    return page(
        "HTTP",
        "## Addresses",
        rows(["address", "methods", "what it serves"], served),
        "Pages want a session, which `/sign-in` gives. `/v1/…` wants `Authorization: Bearer KEY`; a key"
        " belongs to one use case. A body may have 4 MiB. `x-remit-reference`, at most 200 characters, is"
        " kept in the call's entry.",
        "Answers carry `x-remit-call`, and where they are not streamed `x-remit-cost`, `x-remit-currency` and"
        " `x-remit-budget-left`. The body has the same under `remit`; in a stream, the event with the finish"
        " reason has it. `x-remit-model` and the format's `model` name the model that served; where a budget"
        " had a cheaper one serve, `remit` says `downgraded_from`, the one that was asked for.",
        "## Status codes",
        "An error body is the format's own: `error` with `message`, `type`, `param` and `code`. A refusal"
        " adds `remit`: the entry's id (`decision`), the `rule`, the `layer` that set it, its `owner`, and"
        " `help`. With 429 the header `retry-after` says how many whole seconds to wait. Once a stream has"
        " begun, a fault comes as an event in it.",
        rows(["code", "what it is", "status"], emitted),
        "## What is served of the OpenAI chat format",
        rows(["field", "served"], fields),
        "Refused with [`unsupported-field`](../errors/unsupported-field.md), because the gateway cannot"
        f" express them yet: {words(sorted(openai_chat.NOT_SERVED))}.",
        "Refused with [`unknown-field`](../errors/unknown-field.md): every other field. A field that is"
        " `null` counts as left out.",
    )


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
    REFERENCE / "commands.md": commands_page,
    REFERENCE / "declarations.md": declarations_page,
    REFERENCE / "profiles.md": profiles_page,
    REFERENCE / "formats.md": formats_page,
    REFERENCE / "operating-model.schema.json": schema,
    REFERENCE / "policies.cedarschema": lambda: SCHEMA,
    REFERENCE / "entries.md": entries_page,
    REFERENCE / "http.md": http_page,
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
