"""Given: what a call's arguments say it reaches, changes and moves, and a digest of what it means."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from remit.declare.tool import ToolTraits
from remit.kernel.money import EXACT, ZERO, canonical

DEPTH_MAX = 16
VALUES_MAX = 2_000
TEXT_MAX = 200_000
NUMBER_MAX = Decimal(10) ** 15


class Unsound(Exception):
    """Arguments of which it cannot be said what they do; a call with such is refused."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a call is given, by what it is to the call. Texts are folded, so that spellings compare."""

    targets: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    """Each target with the argument that names it."""
    records: tuple[str, ...] = ()
    money: Decimal = ZERO
    content: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Bring a text into the form in which targets are compared.

    >>> fold(" HTTPS://WWW.Example.com/A ")
    'www.example.com/a'
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return folded.replace("https://", "").replace("http://", "")


def given(arguments: Mapping[str, Any], traits: ToolTraits) -> Given:
    """Sort a call's arguments by their role; raises `Unsound` where one cannot be what its role says."""
    found: dict[str, list[str]] = {"target": [], "record": [], "content": []}
    roles: list[tuple[str, str]] = []
    money = ZERO
    left = VALUES_MAX
    for name, value in arguments.items():
        role = traits.arguments.get(name, "content")
        for leaf in leaves(value):
            left -= 1
            if left < 0:
                raise Unsound(f"more than {VALUES_MAX:,} values are given")
            if role == "money":
                money = EXACT.add(money, _amount(leaf))
            elif role != "incidental" and (said := fold(_said(leaf))):
                found[role].append(said)
                roles += [(name, said)] if role == "target" else []
    return Given(
        targets=tuple(dict.fromkeys(found["target"])),
        roles=tuple(dict.fromkeys(roles)),
        records=tuple(dict.fromkeys(found["record"])),
        money=money,
        content=tuple(found["content"]),
    )


def leaves(value: Any, depth: int = 0) -> Iterator[Any]:
    """List the single values within a value, and the names that stand in it, which carry text as well."""
    if depth > DEPTH_MAX:
        raise Unsound(f"values are nested deeper than {DEPTH_MAX}")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield name
            yield from leaves(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, depth + 1)
    elif value is not None:
        yield value


def _said(leaf: Any) -> str:
    if not isinstance(leaf, str | int | float | Decimal):
        raise Unsound("a value is neither text, number nor truth")
    text = str(leaf)
    if len(text) > TEXT_MAX:
        raise Unsound(f"a text is longer than {TEXT_MAX:,} characters")
    return text


def _amount(leaf: Any) -> Decimal:
    try:
        amount = Decimal(str(leaf))
    except ArithmeticError:
        raise Unsound("what should be an amount of money is no number") from None
    # A negative amount would give back what was counted before.
    if isinstance(leaf, bool) or not amount.is_finite() or not ZERO <= amount <= NUMBER_MAX:
        raise Unsound("an amount of money is not a number from 0 to 10^15")
    return amount


@dataclass(frozen=True, slots=True)
class Ground:
    """What an approval of a tool's call stands on beside its arguments; if one changes, it covers nothing."""

    use_case: str
    stage: str
    run: str
    tool: str
    pin: str
    model_version: int
    policies: str


def digest(ground: Ground, arguments: Mapping[str, Any], traits: ToolTraits) -> str:
    """Name what a call means to do, so that one approval covers it and nothing else.

    Incidental arguments are left out, so that asking again for the same is the same; how numbers and keys are
    written makes no difference.
    """
    meant = {
        name: _plain(value)
        for name, value in arguments.items()
        if traits.arguments.get(name, "content") != "incidental"
    }
    parts = (ground.use_case, ground.stage, ground.run, ground.tool, ground.pin, ground.policies)
    said = json.dumps(["tool-call", *parts, ground.model_version, meant], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def deed(tool: str, arguments: Mapping[str, Any], traits: ToolTraits) -> str:
    """Name what a call does, however it is spelled and whatever else has changed.

    Two calls of a run that are one deed are most likely one that was planned twice.
    """
    said = {
        name: canonical(given({name: value}, traits).money)
        if traits.arguments.get(name) == "money"
        else [fold(_said(leaf)) for leaf in leaves(value)]
        for name, value in arguments.items()
        if traits.arguments.get(name) != "incidental"
    }
    return hashlib.sha256(json.dumps(["deed", tool, said], sort_keys=True).encode()).hexdigest()


def _plain(value: Any, depth: int = 0) -> Any:
    if depth > DEPTH_MAX:
        raise Unsound(f"values are nested deeper than {DEPTH_MAX}")
    if isinstance(value, Mapping):
        return {str(name): _plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner, depth + 1) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        if not number.is_finite():
            raise Unsound("a number is not finite")
        # Tagged, because the number 7 and the text `7` are not the same to a tool.
        return {"number": canonical(number)}
    return unicodedata.normalize("NFC", _said(value))


def pin_of(name: str, description: str, schema: Mapping[str, Any]) -> str:
    """Name a tool as a model reads it, by the SHA-256 of its name, description and schema."""
    said = json.dumps([name, description, schema], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
