"""Policy files: the policies of one file of Cedar text, or every fault in them with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from cedarpy import Schema, pst, validate_policies
from pydantic import TypeAdapter, ValidationError

from remit.declare.cedar import Statement, Stopped, is_too_deep, parse, statements, token_of
from remit.declare.declared import Id
from remit.declare.fault import Fault, faults_in
from remit.declare.policy import ANNOTATIONS, SCHEMA, TEXT_MAX, Policy
from remit.declare.tool_policy import TOOL_SCHEMA, is_about_tools
from remit.kernel.diagnostic import quoted
from remit.kernel.suggest import did_you_mean

FILE_MAX = 2_000_000

_ID: TypeAdapter[str] = TypeAdapter(Id)
_KNOWN = frozenset(re.findall(r"[A-Za-z_]\w+", re.sub(r"//[^\n]*", "", SCHEMA + TOOL_SCHEMA)))
_KEYWORDS = frozenset(
    "permit forbid when unless principal action resource context if then else in has like is true false"
    " contains containsAll containsAny isEmpty decimal lessThan lessThanOrEqual greaterThan"
    " greaterThanOrEqual".split()
)
_OF_POLICY = re.compile(r"^for policy `policy[0-9]+`[,:] ")
_ENUMERATED = re.compile(r'entity `(\w+)::"(.*?)"` is of an enumerated.*')
_CONSEQUENCE = "unable to find an applicable action"
_PAGE = "docs/concepts/policies.md lists what a policy can ask about"


def read_policies(text: str, file: str) -> Iterator[tuple[int, str, Policy | list[Fault]]]:
    """Read a file's policies in their order: a number, an id (empty if unknown), a policy or its faults."""
    if len(text) > FILE_MAX:
        summary = f"the file has {len(text):,} characters; at most {FILE_MAX:,} are read"
        help = f"split it, and keep each policy below {TEXT_MAX:,}"
        yield 0, "", [Fault(file, (), "file-too-large", summary, help)]
        return
    for index, statement in enumerate(statements(text)):
        found = _read(text, file, index, statement)
        yield index, statement.id, found


def _read(text: str, file: str, index: int, statement: Statement) -> Policy | list[Fault]:
    path = ("policies", index)
    size = statement.end - statement.start
    if size > TEXT_MAX:
        summary = f"a policy has {size:,} characters; at most {TEXT_MAX:,} are read"
        return [Fault(file, path, "policy-too-large", summary, "say it in several policies")]
    parsed = None if is_too_deep(statement) else parse(text, statement)
    if parsed is None or (isinstance(parsed, Stopped) and "nesting" in parsed.summary):
        summary = "brackets are nested or operators are chained too deep here"
        return [Fault(file, path, "nested-too-deep", summary, "say it in several policies")]
    if isinstance(parsed, Stopped):
        return [_syntax(file, index, statement, parsed)]
    faults = [
        *_annotations(file, index, parsed),
        *_invalid(text, file, index, statement, about_tools=is_about_tools(parsed)),
    ]
    written = text[statement.tokens[statement.body].start : statement.end].replace("\r\n", "\n")
    given = {name: value for name, value in parsed.annotations.items() if name in ANNOTATIONS[1:]}
    try:
        policy = Policy.model_validate({"text": written, **given})
    except ValidationError as error:
        return [*faults, *faults_in(error, file, path, kind=Policy)]
    return faults or policy


def _syntax(file: str, index: int, statement: Statement, stopped: Stopped) -> Fault:
    """Say in one sentence at which word the text stops being a policy, and what may have been meant."""
    word = statement.tokens[stopped.token].text
    help = "see what stands before it: quotes, brackets, `;`, a word"
    if word not in _KEYWORDS:
        help = did_you_mean(word, _KEYWORDS, otherwise=help)
    if not statement.is_ended:
        help = "end the policy with `;`"
    elif "effect" in stopped.summary:
        help = "begin a policy with `permit` or `forbid`"
    summary = _sentence(stopped.summary)
    if word not in summary and summary.startswith(("unexpected", "invalid token")):
        summary += f" at {quoted(word, at_most=40)}"
    return Fault(file, ("policies", index, stopped.token), "policy-syntax", summary, help)


def _annotations(file: str, index: int, parsed: pst.Template) -> Iterator[Fault]:
    for name in parsed.annotations:
        if name not in ANNOTATIONS:
            help = did_you_mean(name, ANNOTATIONS, otherwise=f"use one of {', '.join(ANNOTATIONS)}")
            summary = f"unknown annotation {quoted(name)}"
            yield Fault(file, ("policies", index, name), "unknown-field", summary, help)
    id = parsed.annotations.get("id")
    if id is None:
        help = 'write `@id("what-it-forbids")` before it'
        yield Fault(file, ("policies", index), "policy-without-id", "a policy has no `@id`", help)
        return
    try:
        _ID.validate_python(id)
    except ValidationError:
        help = "use lower-case letters, digits and hyphens, at most 80"
        yield Fault(file, ("policies", index, "id"), "invalid-id", f"{quoted(id)} is not an id", help)


@cache
def _schema(*, about_tools: bool) -> Schema:
    return Schema.from_str(TOOL_SCHEMA if about_tools else SCHEMA)


def _invalid(text: str, file: str, index: int, statement: Statement, *, about_tools: bool) -> Iterator[Fault]:
    """Hold a policy against the schema of what it can ask about."""
    errors = validate_policies(text[statement.start : statement.end], _schema(about_tools=about_tools)).errors
    messages = [_OF_POLICY.sub("", each.error) for each in errors]
    for message in messages:
        if len(messages) > 1 and message.startswith(_CONSEQUENCE):
            continue
        at = token_of(statement, message)
        word = statement.tokens[at].text.strip('"') if at is not None else ""
        help = _PAGE if word in _KNOWN else did_you_mean(word, _KNOWN, otherwise=_PAGE)
        if message.startswith(_CONSEQUENCE):
            help = 'the principal is a `Key`, the action `Action::"call_model"`, the resource a `Model`'
            if about_tools:
                help = help.replace("call_model", "call_tool").replace("Model", "Tool")
        place = ("policies", index) if at is None else ("policies", index, at)
        summary = _ENUMERATED.sub(r"`\2` is not a word of `\1`", _sentence(message))
        yield Fault(file, place, "policy-invalid", summary, help)


def _sentence(message: str) -> str:
    """Bring a message of the library into one line without a period."""
    line = " ".join(message.split()).rstrip(".")
    line = line[:1].lower() + line[1:]
    return line if len(line) <= 160 else line[:159] + "…"
