"""Judges: the guardrails by others that one worker asks, each made when it is first needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, NamedTuple

from remit.declare.guardrail import CustomRule
from remit.declare.provider import Provider
from remit.enforce.guardrail.screen import Question, Screen
from remit.kernel.errors import RemitError
from remit.operations.system import System
from remit.operations.view import View
from remit.ports import Judge

_LOG = logging.getLogger("remit.gateway")


class Whose(NamedTuple):
    """What a judge is made from: what is done about its word, and how long it may take, are no part of it."""

    name: str
    webhook: str | None
    bedrock: str | None
    python: str | None
    onnx: str | None
    provider: Provider | None


class Judges:
    """The judges of one worker. One that cannot be made is tried again by the next call that needs it."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._made: dict[Whose, asyncio.Task[Judge]] = {}
        self._silent: set[tuple[str, str]] = set()
        self._apart: set[asyncio.Task[Any]] = set()

    async def obtain(self, question: Question, view: View) -> Judge:
        """Return the judge that a guardrail asks; raises RemitError if it cannot be made."""
        rule = question.rule
        provider = None if rule.provider is None else view.model.providers.get(rule.provider)
        whose = Whose(question.name, rule.webhook, rule.bedrock, rule.python, rule.onnx, provider)
        making = self._made.get(whose)
        if making is None or (making.done() and (making.cancelled() or making.exception() is not None)):
            making = self._made[whose] = asyncio.create_task(self._make(question, rule, provider))
        # One who gives up does not take what the others wait for with it.
        return await asyncio.shield(making)

    async def _make(self, question: Question, rule: CustomRule, provider: Provider | None) -> Judge:
        # A model's file is read, and code of others is loaded.
        return await asyncio.to_thread(self._system.make_judge, question.name, rule, provider)

    def heard(self, question: Question, fault: RemitError | TimeoutError | None) -> None:
        """Say in the log that a judge says nothing, once until it does again."""
        whose = question.address, question.name
        if fault is None:
            self._silent.discard(whose)
        elif whose not in self._silent:
            self._silent.add(whose)
            why = fault.summary if isinstance(fault, RemitError) else "it took too long"
            _LOG.warning("`%s` has no word from `%s`: %s", *whose, why)

    async def prepare(self, screen: Screen, view: View) -> None:
        """Make what a screen asks before any call does; what cannot be made is said in the log."""
        for question in (*screen.input.questions, *screen.output.questions):
            if question.rule.model is not None:
                continue
            try:
                await self.obtain(question, view)
            except RemitError as fault:
                self.heard(question, fault)

    @property
    def asked_apart(self) -> int:
        """Count what is asked that no call waits for."""
        return len(self._apart)

    def apart(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let something be asked that no call waits for."""
        task = asyncio.create_task(work)
        self._apart.add(task)
        task.add_done_callback(self._apart.discard)
        return task

    async def close(self) -> None:
        for task in list(self._apart):
            task.cancel()
        if self._apart:
            # What asks a model settles its own call, and its journal is still there for that.
            await asyncio.wait(self._apart)
        for making in self._made.values():
            making.cancel()
            if making.done() and not making.cancelled() and making.exception() is None:
                await making.result().close()
