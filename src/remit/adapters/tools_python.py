"""Tools that are functions somebody has installed: entry points of the group `remit.tools`.

A function takes its arguments by name, and `claim` if it wants the key by which it acts once. It gives text,
or what JSON can carry. A ValueError says that it did nothing; whatever else it raises leaves that open.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_type_hints

import msgspec
from pydantic import ConfigDict, create_model
from pydantic.errors import PydanticUserError

from remit.adapters.apart import Apart
from remit.adapters.installed_function import load_installed
from remit.adapters.tool_target import (
    ANSWER_BYTES_MAX,
    DESCRIPTION_MAX,
    OUTCOME_S,
    not_reached,
    outcome_in,
    unclear,
)
from remit.declare.tool import ToolServer
from remit.kernel.errors import JudgeFailed, RemitError
from remit.ports_tools import ToolAnswer, ToolAsk, ToolNotReached, ToolText

GROUP = "remit.tools"
CLAIM = "claim"

_CODE = "tool-not-reached"


class PythonTarget:
    """One installed function."""

    def __init__(self, declared: ToolServer) -> None:
        assert declared.python is not None, "checked by whoever makes it"
        self._name = declared.python
        self._text_name = declared.called
        self._loading = asyncio.Lock()
        self._loaded: tuple[Apart, Callable[..., Any], ToolText] | None = None
        self._asked: dict[str, tuple[Apart, Callable[..., Any]]] = {}

    async def texts(self) -> tuple[ToolText, ...]:
        return ((await self._function())[2],)

    async def call(self, ask: ToolAsk) -> ToolAnswer:
        apart, function, _ = await self._function()
        arguments = dict(ask.arguments)
        if CLAIM in arguments:
            return ToolAnswer("It was not called: `claim` is not given by whoever calls.", is_error=True)
        if takes_claim(function):
            arguments[CLAIM] = ask.claim
        return await _run(apart, function, arguments, within_s=ask.timeout_s)

    async def outcome(self, claim: str, *, by: str) -> ToolAnswer | None:
        if by not in self._asked:
            self._asked[by] = await asyncio.to_thread(_load, by)
        apart, function = self._asked[by]
        return outcome_in(await _run(apart, function, {CLAIM: claim}, within_s=OUTCOME_S))

    async def _function(self) -> tuple[Apart, Callable[..., Any], ToolText]:
        async with self._loading:
            if self._loaded is None:
                apart, function = await asyncio.to_thread(_load, self._name)
                self._loaded = apart, function, described(self._text_name or self._name, function)
        return self._loaded

    async def close(self) -> None:
        if self._loaded is not None:
            self._loaded[0].close()
        for apart, _ in self._asked.values():
            apart.close()


def _load(name: str) -> tuple[Apart, Callable[..., Any]]:
    try:
        return load_installed(GROUP, name, what="tool", code=_CODE)
    except RemitError as error:
        raise ToolNotReached(error.summary, help=error.help) from None


def takes_claim(function: Callable[..., Any]) -> bool:
    return CLAIM in inspect.signature(function).parameters


def described(name: str, function: Callable[..., Any]) -> ToolText:
    """Describe a function by its docstring and by what its parameters are said to be."""
    said = (inspect.getdoc(function) or "")[:DESCRIPTION_MAX]
    try:
        hints = get_type_hints(function)
        fields: dict[str, Any] = {
            each.name: (hints.get(each.name, Any), ... if each.default is each.empty else each.default)
            for each in inspect.signature(function).parameters.values()
            if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY) and each.name != CLAIM
        }
        model = create_model("arguments", __config__=ConfigDict(extra="forbid"), **fields)
        schema = model.model_json_schema()
    except (PydanticUserError, NameError, TypeError, ValueError) as fault:
        raise not_reached(
            f"cannot say what `{name[:80]}` takes (`{type(fault).__name__}`)",
            help="give its parameters types that JSON Schema has",
        ) from None
    return ToolText(name, said, schema)


async def _run(
    apart: Apart, function: Callable[..., Any], arguments: Mapping[str, Any], *, within_s: float
) -> ToolAnswer:
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError:
        return ToolAnswer("It was not called: its arguments are others.", is_error=True)
    try:
        doing = apart.submit(partial(function, **arguments))
    except JudgeFailed:
        raise not_reached("is asked more than it can answer") from None
    waiting = asyncio.wrap_future(doing)
    await asyncio.wait([waiting], timeout=within_s)
    if not waiting.done():
        # What nobody has begun with is left undone, and then it is certain that nothing was.
        if doing.cancel():
            raise not_reached("is asked more than it can answer")
        waiting.cancel()
        raise unclear("took too long")
    fault = waiting.exception()
    if isinstance(fault, ValueError):
        return ToolAnswer(str(fault), is_error=True)
    if fault is not None:
        raise unclear(f"failed with `{type(fault).__name__}`")
    return _answer(waiting.result())


def _answer(given: Any) -> ToolAnswer:
    try:
        body = given.encode() if isinstance(given, str) else msgspec.json.encode(given)
        fields = None if isinstance(given, str) else msgspec.json.decode(body)
    except (TypeError, ValueError, RecursionError):
        raise unclear("gave what cannot be handed on") from None
    if len(body) > ANSWER_BYTES_MAX:
        raise unclear("gave more than is taken from a tool")
    return ToolAnswer(body.decode(), fields)
