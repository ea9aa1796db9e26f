"""Edits: an operating model with what advice says otherwise, and whether a model says it already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from remit.decide.finops.saving import Edit
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Tree, address, declarations
from remit.kernel.errors import RemitError
from remit.kernel.money import canonical


def edited(model: OperatingModel, edits: Iterable[Edit]) -> OperatingModel:
    """Say otherwise what edits say; raises RemitError where a declaration is not there, or would be wrong."""
    tree = deepcopy(dict(declarations(model)))
    for edit in edits:
        _set(tree, edit)
    sections = {section: {**named} for section, named in tree.items()}
    try:
        return OperatingModel.model_validate({name: _single(name, each) for name, each in sections.items()})
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RemitError(
            f"what is advised cannot be declared: {where}",
            help="nothing was written; look at `remit finops advise --json` and declare it by hand",
            code="advice-not-declared",
        ) from error


def _single(section: str, named: Mapping[str, Any]) -> Any:
    return named[""] if set(named) == {""} else dict(named)


def holds(model: OperatingModel, edits: Iterable[Edit]) -> bool:
    """Say whether a model says all that edits say."""
    tree = declarations(model)
    return all(_is_said(tree, edit) for edit in edits)


def said_otherwise(one: OperatingModel, other: OperatingModel, edits: Iterable[Edit]) -> str:
    """Name what two models say otherwise of a list that edits replace as a whole, if anything."""
    first, second = declarations(one), declarations(other)
    for edit in (each for each in edits if isinstance(each.value, list | tuple)):
        if as_json(_value(first, edit)) != as_json(_value(second, edit)):
            return f"{edit.address} {edit.path}"
    return ""


def _value(tree: Mapping[str, Mapping[str, Any]], edit: Edit) -> Any:
    found = _find(tree, edit.address)
    body: Any = tree[found[0]][found[1]] if found else None
    for part in edit.path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return body


def _is_said(tree: Mapping[str, Mapping[str, Any]], edit: Edit) -> bool:
    found = _find(tree, edit.address)
    if found is None:
        return False
    section, name = found
    body: Any = tree[section][name]
    for part in _parts(edit.path):
        if not isinstance(body, Mapping) or part not in body:
            return edit.value is None
        body = body[part]
    if isinstance(body, list | tuple) and isinstance(edit.value, list | tuple):
        # Prices are only added to: an edit of them holds for as long as all its rows stand there.
        return {as_json(each) for each in edit.value} <= {as_json(each) for each in body}
    return as_json(body) == as_json(edit.value)


def as_json(value: object) -> str:
    """Write a value so that equal ones are written alike, whatever they are typed as: YAML has texts."""
    return json.dumps(_texts(value), sort_keys=True)


def _texts(value: object) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _texts(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_texts(each) for each in value]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return canonical(value)
    return None if value is None else str(value)


def _set(tree: Tree, edit: Edit) -> None:
    found = _find(tree, edit.address)
    value = _texts(edit.value)
    if not edit.path:
        if found is not None and as_json(tree[found[0]][found[1]]) != as_json(edit.value):
            raise RemitError(
                f"`{edit.address}` is declared already, and says something else",
                help="nothing was written; declare what is advised under another name, or into what is there,"
                " and take the advice with `--by-hand`",
                code="advice-not-declared",
            )
        section, name = found or (_section(tree, edit.address), edit.address)
        tree.setdefault(section, {})[name] = value
        return
    if found is None:
        raise RemitError(
            f"`{edit.address}` is not declared any more",
            help="nothing was written; look at `remit finops advise` again",
            code="advice-not-declared",
        )
    body = tree[found[0]][found[1]]
    *outer, last = _parts(edit.path)
    for part in outer:
        body = body.setdefault(part, {})
    if value is None:
        body.pop(last, None)
    else:
        body[last] = value


def _parts(path: str) -> list[str]:
    """Take a path apart; an address in it, whose name may have dots, goes to its end.

    >>> _parts("remit.cache_minutes"), _parts("prompt_cache.model/gpt-4.1@2")
    (['remit', 'cache_minutes'], ['prompt_cache', 'model/gpt-4.1@2'])
    """
    if not path:
        return []
    fields, slash, name = path.partition("/")
    *outer, last = fields.split(".")
    return [*outer, f"{last}{slash}{name}"]


def _find(tree: Mapping[str, Mapping[str, Any]], wanted: str) -> tuple[str, str] | None:
    for section, named in tree.items():
        for name in named:
            if address(section, name) == wanted:
                return section, name
    return None


def _section(tree: Mapping[str, Mapping[str, Any]], wanted: str) -> str:
    """Name the section of a declaration that is not there yet; only blocks are advised."""
    assert wanted.partition("/")[0] in ("route", "model", "prompt"), "a block's address names its kind"
    return "blocks"
