"""Rewrite: declared texts that say another model, with everything left as it is that says the same.

Only the ranges of changed values are touched, so that comments, order and style stay. What is found between
texts and model is checked by reading the result again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from remit.declare.cedar import SUFFIX
from remit.declare.editor import Editor, Rewritten, typed
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Change, declarations, plan
from remit.declare.rewrite_policies import rewrite_policies
from remit.declare.scope import SHIPPED, SINGLE
from remit.declare.text import read
from remit.declare.version import family
from remit.declare.written import written


def rewrite(
    files: Mapping[str, str], before: OperatingModel, after: OperatingModel
) -> dict[str, Rewritten] | None:
    """Write into the texts that say `before` what they must say to say `after`; files that stay are left out.

    None if no text of a directory can say it, as where what ships would have to be taken away.
    """
    planned = plan(before, after)
    texts = {name: text for name, text in files.items() if not name.startswith(SHIPPED)}
    cedar = {name: text for name, text in texts.items() if name.endswith(SUFFIX)}
    yaml = {name: text for name, text in texts.items() if name not in cedar}
    policies = [change for change in planned.changes if change.section == "policies"]
    others = [change for change in planned.changes if change.section != "policies"]
    found = _rewrite(yaml, before, after, others)
    found |= rewrite_policies(cedar, policies, declarations(after).get("policies", {}))
    loaded = load({**files, **{name: each.text for name, each in found.items()}}).operating_model
    return found if loaded is not None and not plan(loaded, after).changes else None


def _rewrite(
    texts: Mapping[str, str], before: OperatingModel, after: OperatingModel, changes: Iterable[Change]
) -> dict[str, Rewritten]:
    old, new = declarations(before), declarations(after)
    places = _places(texts)
    editors: dict[str, Editor] = {}
    fresh: dict[str, dict[str, dict[str, Any]]] = {}
    for change in sorted(changes, key=lambda each: each.action == "create"):
        file = places.get((change.section, change.name))
        body = new.get(change.section, {}).get(change.name)
        if file is not None:
            editor = editors.setdefault(file, Editor(texts[file]))
            editor.change(change.section, change.name, old[change.section][change.name], body)
        elif body is not None:
            home = _home(change, body, places, old)
            if home is None:
                fresh.setdefault(change.section, {})[change.name] = body
            else:
                editors.setdefault(home, Editor(texts[home])).add(change.section, change.name, body)
    found = {file: editor.result() for file, editor in editors.items()}
    for section, bodies in fresh.items():
        file = f"{section.replace('_', '-')}.yaml"
        found[file] = _with_section(found.get(file), texts.get(file), section, bodies)
    return found


def _places(texts: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Say in which file each declaration stands."""
    found: dict[tuple[str, str], str] = {}
    for file in sorted(texts):
        tree, _ = read(texts[file], file)
        for section, body in tree.items() if isinstance(tree, dict) else ():
            names = [""] if section in SINGLE or not isinstance(body, dict) else body
            found |= {(section, name): file for name in names}
    return found


def _home(
    change: Change,
    body: Mapping[str, Any],
    places: Mapping[tuple[str, str], str],
    old: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> str | None:
    """Choose the file for a new declaration: where most of its like stand, else the section's first.

    A new version goes where the others of its name are.
    """
    alike: dict[str, int] = {}
    same_name = {
        file
        for (section, name), file in places.items()
        if section == change.section and family(name) == family(change.name)
    }
    for (section, name), file in places.items():
        if section == change.section and name:
            other = old.get(section, {}).get(name, {})
            same = name.partition("/")[0] == change.name.partition("/")[0]
            same |= other.get("unit") is not None and other.get("unit") == body.get("unit")
            alike[file] = alike.get(file, 0) + same
    return max(sorted(alike), key=lambda file: (file in same_name, alike[file]), default=None)


def _with_section(
    edited: Rewritten | None, text: str | None, section: str, bodies: Mapping[str, Any]
) -> Rewritten:
    """Append a section that no file has yet to the file that is called after it."""
    body = bodies[""] if section in SINGLE else bodies
    what = f"the {section} was" if section in SINGLE else f"{section.replace('_', ' ')} that were"
    added = written({section: typed(body)}, comment=f"{what} taken in by `remit pull`")
    before = edited.text if edited else text or ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    return Rewritten(before + gap + added, (edited.lines if edited else 0) + added.count("\n"))
