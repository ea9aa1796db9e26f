"""Write docs/reference and the index of error pages from the code; `--check` says what is out of date."""

from __future__ import annotations

import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Set
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from declarations import declarations_page, formats_page, profiles_page, schema
from error_codes import DIAGNOSTIC, FAULT, MALFORMED, REFUSAL, codes
from markdown import page, rows, words
from remit import settings
from remit.cli.main import remit
from remit.declare.policy import SCHEMA
from remit.enforce.decision import Decision
from remit.gateway import (
    answer,
    anthropic_messages,
    anthropic_shapes,
    bedrock,
    bedrock_converse,
    bedrock_invoke,
    openai_chat,
    openai_embeddings,
    openai_responses,
)
from remit.gateway import app as gateway
from remit.gateway.http import STATUS
from remit.gateway.prompt_call import HEADER_CHARACTERS_MAX, NAME, VARIABLES
from remit.kernel import errors
from remit.kernel.usage import Usage
from remit.operations.refused import Refused
from remit.portal import app as portal
from remit.record import entry
from remit.report.own_remit import OwnBudget, OwnField, OwnRemit

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


def _members(noun: type) -> str:
    """Lay out the fields of a value as they are in its JSON."""
    hints = typing.get_type_hints(noun)
    return rows(["field", "type"], ((f"`{name}`", _member_type(hint)) for name, hint in hints.items()))


_MEMBERS = {
    object: "as it is declared",
    Mapping[str, OwnField]: "mapping from fields of the remit to [OwnField](#ownfield)",
    tuple[OwnBudget, ...]: "list of [OwnBudget](#ownbudget)",
    datetime: "instant, ISO 8601",
}


def _member_type(hint: Any) -> str:
    given = [each for each in typing.get_args(hint) if each is not type(None)]
    if type(None) in typing.get_args(hint):
        return f"{_member_type(given[0])}, or null"
    return _MEMBERS[hint] if hint in _MEMBERS else _entry_type(hint)


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
    "/v1/responses": "The same in the OpenAI Responses format.",
    "/v1/embeddings": "Vectors of texts, in the OpenAI format.",
    "/v1/messages": "The same call in Anthropic's Messages format.",
    "/v1/messages/count_tokens": "How many tokens an input is, free of charge.",
    "/model/{model}/converse": "The same in Amazon Bedrock's Converse format.",
    "/model/{model}/converse-stream": "The same, streamed.",
    "/model/{model}/invoke": "The same with a body of the model family's own; Anthropic's is served.",
    "/model/{model}/invoke-with-response-stream": "The same, streamed.",
    "/model/{model}/count-tokens": "How many tokens an input is, free of charge.",
    "/v1/models": "The models that the key's remit allows.",
    "/v1/remit": "What the key may do and what is left, see below.",
    "/": "The overview.",
    "/portfolio": "Use cases by stage; `unit`, `stage` and `text` narrow the list.",
    "/use-cases/{id}": "One use case: its remit, who decided each field, and its last entries.",
    "/ledger": "Entries, the newest first.",
    "/ledger/{id}": "One entry, whole.",
    "/sign-in": "Takes the administrator token; each token signs in once.",
}
_SERVED = {
    "model": "a model block's name without `model/`",
    "messages": "at most 2,000, and at least one unless a prompt is called; roles `system`, `developer`,"
    " `user`, `assistant`, `tool`; text, images, files, tool calls and their results",
    "stream": "yes",
    "stream_options": "`include_usage`; `include_obfuscation` is taken and does nothing",
    "max_tokens": "yes; left out, the most that remit and model allow",
    "max_completion_tokens": "as `max_tokens`, and stands before it",
    "temperature": "0 to 2",
    "top_p": "0 to 1",
    "stop": "at most 4 texts",
    "seed": "passed on; whether it helps depends on the provider",
    "n": "1 only",
    "user": "an opaque name of who asked; counted, and never kept as it is",
    "safety_identifier": "as `user`, and stands before it",
    "tools": "functions, at most 512",
    "tool_choice": "`none`, `auto`, `required` or one function",
    "parallel_tool_calls": "yes",
    "response_format": "`text`, `json_object` or `json_schema`",
    "reasoning_effort": "yes",
    "verbosity": "yes",
    "frequency_penalty": "-2 to 2",
    "presence_penalty": "-2 to 2",
    "service_tier": "passed on",
    "prompt_cache_key": "passed on",
    "store": "`false` only",
    "metadata": "empty only",
}


_FIELDS: tuple[tuple[str, Set[str], Set[str]], ...] = (
    ("OpenAI chat", openai_chat.SERVED, openai_chat.NOT_SERVED),
    (
        "OpenAI Responses",
        openai_responses.SERVED - openai_responses.REFUSED.keys(),
        openai_responses.NOT_SERVED | openai_responses.REFUSED.keys(),
    ),
    ("OpenAI embeddings", openai_embeddings.SERVED, frozenset()),
    ("Anthropic Messages", anthropic_messages.SERVED, anthropic_shapes.NOT_SERVED),
    ("Bedrock Converse", bedrock_converse.SERVED, bedrock_converse.NOT_SERVED),
    ("Bedrock invoke (headers)", frozenset(), bedrock_invoke.HEADERS_NOT_SERVED),
)
_HEADERS = (
    ("x-remit-reference", "an opaque reference, at most 200 characters, that is kept in the call's entry"),
    (
        gateway.USER,
        f"an opaque id of the person that the call is for, at most {gateway.USER_MAX} characters; it"
        " stands before the format's own field, and only a keyed hash of it is kept",
    ),
    (
        NAME,
        "the [prompt block](../concepts/prompts.md) that is called, such as `letter` or `letter@4`",
    ),
    (VARIABLES, f"its variables, as a JSON object of texts of at most {HEADER_CHARACTERS_MAX:,} characters"),
)

# Faults with a status of their own, and those that only commands meet.
_STATUS_OF_FAULT = {
    "not-found": "404 or 405",
    "input-too-large": "413",
    "provider-timeout": "504",
    "provider-filtered": "400",
    "provider-key-refused": "400",
    "conflict": "",
    "directory-in-use": "",
    "internal-fault": "",
}


def _status_of_fault(name: str) -> int | None:
    """Find the status of a fault by its code; faults of commands have none."""
    for fault in vars(errors).values():
        if isinstance(fault, type) and issubclass(fault, errors.RemitError) and fault.code == name:
            made = fault("", help="", retry_after_s=1) if fault is errors.ProviderBusy else fault("", help="")
            return answer.of_error(made).status
    return None


def status_of(code: str, kind: str) -> str:
    """Give the HTTP status with which a code of a kind leaves the gateway; empty if it does not."""
    if kind == REFUSAL:
        return str(answer.of_refusal(Refused("", Decision("deny", code))).status)
    if kind == MALFORMED:
        return str(STATUS.get(code, 400))
    if kind == FAULT and code in _STATUS_OF_FAULT:
        return _STATUS_OF_FAULT[code]
    if kind == FAULT and (status := _status_of_fault(code)):
        return str(status)
    return ""


def http_page() -> str:
    served = [
        (f"`{path}`", method, _ADDRESSES[path])
        for path, method in (
            *((path, "GET") for path in gateway.GETS),
            *((path, "POST") for path in gateway.FORMATS),
            *((f"/model/{{model}}/{verb}", "POST") for verb in bedrock.FORMATS),
        )
    ]
    pages = []
    for route in portal.routes(cast(Any, None)):
        meaning = "A file of the pages." if route.path.startswith("/static/") else _ADDRESSES[route.path]
        methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
        pages.append((f"`{route.path}`", methods, meaning))
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
        "## The gateway",
        rows(["address", "method", "what it serves"], served),
        "`/v1/…` and `/model/…` want `Authorization: Bearer KEY`, `x-api-key: KEY` or a signature of AWS's"
        " (version 4) with a key of `remit key issue --aws`; or a token or certificate of a declared issuer,"
        " see [identity](../concepts/identity.md). A body may have 24 MiB.",
        rows(["header of a request", "what it says"], ((f"`{name}`", said) for name, said in _HEADERS)),
        "Answers carry `x-remit-call`, and where they are not streamed `x-remit-cost`, `x-remit-currency` and"
        " `x-remit-budget-left`. The body has the same under `remit` (Bedrock's Converse under"
        " `additionalModelResponseFields`); in a stream, the event with the finish reason has it."
        " `x-remit-model` and the format's `model` name the model that served; where a budget had a cheaper"
        " one serve, `remit` says `downgraded_from`, the one that was asked for.",
        "## `GET /v1/remit`",
        "What the key may do now, as JSON. It costs nothing, asks no model and is no entry. Instants have a"
        " zone, amounts are text in `currency`. A field that no layer states is not among `fields`.",
        *(
            part
            for noun in (OwnRemit, OwnField, OwnBudget)
            for part in (f"### {noun.__name__}", _text_of(noun), _members(noun))
        ),
        "## The portal",
        rows(["address", "methods", "what it serves"], pages),
        "Pages want a session, which `/sign-in` gives. The portal is a server of its own and listens apart.",
        "## Status codes",
        "An error body is the format's own; that of OpenAI's is `error` with `message`, `type`, `param` and"
        " `code`. A refusal adds `remit`: the entry's id (`decision`), the `rule`, the `layer` that set it,"
        " its `owner`, and `help`. Once a stream has begun, a fault comes as an event in it. Bedrock's paths"
        " have AWS's own status where it has another for the same: 403 for 401, 424 for 502, 408 for 504.",
        rows(["code", "what it is", "status"], emitted),
        "## What is served of the OpenAI chat format",
        rows(["field", "served"], fields),
        "## What is served of the other formats",
        rows(
            ["format", "fields served"],
            (
                (name, words(sorted(served)))
                for name, served, _ in _FIELDS
                if served and name != "OpenAI chat"
            ),
        ),
        "## What is refused by name",
        "These fields are known and refused with [`unsupported-field`](../errors/unsupported-field.md),"
        " because the gateway cannot serve what they ask for; nothing is dropped in silence.",
        rows(
            ["format", "fields refused"],
            ((name, words(sorted(refused))) for name, _, refused in _FIELDS if refused),
        ),
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
