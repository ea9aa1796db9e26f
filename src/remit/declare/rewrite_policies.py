"""Rewrite policies: Cedar text that says other policies, with everything else in it kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.declare.cedar import SUFFIX, Statement, statements
from remit.declare.editor import Rewritten
from remit.declare.plan import Change
from remit.declare.policy import ANNOTATIONS


def rewrite_policies(
    texts: Mapping[str, str], changes: list[Change], after: Mapping[str, Mapping[str, Any]]
) -> dict[str, Rewritten]:
    """Write changed policies where they stand and new ones at the end of the first file of policies."""
    found: dict[str, Rewritten] = {}
    for file in sorted(texts):
        here = {change.name for change in changes}.intersection(each.id for each in statements(texts[file]))
        if here:
            found[file] = _edited(texts[file], {name: after.get(name) for name in here})
    created = [change.name for change in changes if change.action == "create"]
    if created:
        home = min(texts, default=f"policies{SUFFIX}")
        before = found.get(home, Rewritten(texts.get(home, ""), 0))
        found[home] = _appended(before, [written_policy(name, after[name]) for name in created])
    return found


def _edited(text: str, bodies: Mapping[str, Mapping[str, Any] | None]) -> Rewritten:
    lines = 0
    for statement in reversed(statements(text)):
        if statement.id in bodies:
            body = bodies[statement.id]
            start, end = statement.start, statement.end
            if body is None:
                start, end = _with_its_lines(text, statement)
            new = "" if body is None else written_policy(statement.id, body)
            new = new.replace("\n", _newline(text))
            lines += max(text.count("\n", start, end), new.count("\n"), 1)
            text = text[:start] + new + text[end:]
    return Rewritten(text, lines)


def _with_its_lines(text: str, statement: Statement) -> tuple[int, int]:
    """Take in the comment above a policy, one beside it, and the empty line that set it apart."""
    start = text.rfind("\n", 0, statement.start) + 1
    if text[start : statement.start].strip():
        return statement.start, statement.end
    while start and (above := text.rfind("\n", 0, start - 1) + 1) < start:
        if not text[above:start].lstrip().startswith("//"):
            break
        start = above
    after = text.find("\n", statement.end) + 1 or len(text)
    if text[statement.end : after].strip().partition("//")[0]:
        return start, statement.end
    following = text.find("\n", after) + 1
    return start, following if following and not text[after:following].strip() else after


def _appended(before: Rewritten, policies: list[str]) -> Rewritten:
    newline = _newline(before.text)
    added = "\n\n".join(policies).replace("\n", newline) + newline
    gap = "" if not before.text else newline if before.text.endswith("\n") else 2 * newline
    return Rewritten(before.text + gap + added, before.lines + added.count("\n"))


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def written_policy(name: str, body: Mapping[str, Any]) -> str:
    """Write one policy with its annotations, from `@id` to its semicolon."""
    given = {"id": name, **body}
    lines = [f'@{each}("{_escaped(given[each])}")' for each in ANNOTATIONS if each in given]
    return "\n".join([*lines, body["text"]])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
