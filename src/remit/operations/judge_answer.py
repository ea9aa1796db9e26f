"""Judge an answer: have guardrails by others say their word on what comes back from a model.

An answer that they may change goes on when they have seen all of it. Where they may only stop it, and the
guardrail streams in windows, each window goes on when it was seen; with `audit` everything goes on at once,
and what they find at the end stops what is left. Those that only watch are asked at the end as well.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Literal

from remit.declare.guardrail import STREAMINGS
from remit.enforce.answer import Delta, Finish, ModelEvent, Piece, Thought
from remit.enforce.guardrail.look import strictest
from remit.enforce.guardrail.noted import noted
from remit.enforce.guardrail.remark import masked_again, told_of
from remit.enforce.guardrail.run import rewritten, runs_of
from remit.enforce.guardrail.screen import Finding
from remit.enforce.guardrail.trust import Span
from remit.enforce.guardrail.watch import OVERLAP_CHARACTERS
from remit.operations.admitted import Admitted
from remit.operations.ask_judges import ask
from remit.operations.asked import Seen
from remit.operations.judged_call import JudgedCall, answered
from remit.operations.screen_answer import ending
from remit.operations.screen_input import mark_of

Keeping = Literal["all", "windows", "nothing"]
"""What of an answer is kept until judges have seen it."""


async def judged(
    admitted: Admitted, seen: Seen, events: AsyncGenerator[Sequence[ModelEvent], None]
) -> AsyncGenerator[Sequence[ModelEvent], None]:
    """Pass on what the judges let go of; where they stop an answer, their guardrail's message is its end."""
    hearing = _Hearing(admitted, seen)
    admitted.remarked = ()
    async with aclosing(events) as batches:
        async for batch in batches:
            last = batch[-1]
            finish = last if isinstance(last, Finish) else None
            if finish is not None and any(each.action == "block" for each in admitted.found):
                # Our own have stopped it: of what nobody judged, only their message goes on.
                yield batch if hearing.keeping == "nothing" else batch[-2:]
                return
            out = await hearing.take([each for each in batch if not isinstance(each, Finish)], finish)
            if hearing.stopped:
                message = seen.screen.message("output", hearing.findings)
                yield [*out, Delta(message, 0), ending(admitted, finish, admitted.written)]
                return
            if finish is not None:
                yield [*out, finish]
            elif out:
                yield out


class _Hearing:
    """One answer before its judges."""

    def __init__(self, admitted: Admitted, seen: Seen) -> None:
        self._admitted, self._seen = admitted, seen
        self.keeping = keeping(admitted, seen)
        self.findings: list[Finding] = []
        self.stopped = False
        self.written = 0
        self._pieces: list[Piece] = []
        self._characters = 0
        self._before = ""
        caller = admitted.caller
        asked = caller.found.asked
        self._call = JudgedCall(caller.key, admitted.hold.id, asked.user, origin=asked.origin)
        if any(each.rule.sources for each in seen.screen.output.waited):
            self._call = answered(self._call, admitted.target.request)

    async def take(self, pieces: Sequence[Piece], finish: Finish | None) -> list[ModelEvent]:
        """Take what comes next, and give what may go on."""
        self._pieces += pieces
        self.written += sum(getattr(piece, "tokens", 0) for piece in pieces)
        self._admitted.written = max(self._admitted.written, self.written)
        self._characters += sum(len(piece.text) for piece in pieces if isinstance(piece, Delta | Thought))
        if self.keeping == "nothing":
            if finish is not None:
                await self._ask()
            return list(pieces)
        full = self.keeping == "windows" and self._characters >= self._seen.screen.window
        return [*await self._ask()] if finish is not None or full else []

    async def _ask(self) -> Sequence[Piece]:
        """Ask about what nobody was asked about yet; gives it as it may go on."""
        runs = runs_of(self._pieces)
        spans = [span for run in runs for span in run.spans]
        shown, again = list(spans), 0
        if self.keeping == "windows" and spans and spans[0].trust == "answer":
            # What this window says may have begun in the one before.
            shown[0], again = Span(self._before + spans[0].text, "answer"), len(self._before)
            self._before = shown[-1].text[-OVERLAP_CHARACTERS:] if shown[-1].trust == "answer" else ""
        self._pieces, self._characters = [], 0
        worker, use_case = self._admitted.worker, self._admitted.hold.purpose.use_case
        questions = self._seen.screen.output.waited
        found = await ask(worker, self._call, questions, "output", shown, mark_of(worker, use_case))
        # What lies in the part that was shown twice was said of the window before.
        found = [each for each in found if each.span > 0 or not each.start < each.end <= again]
        self.findings += found
        self._seen.told.update(told_of(found, shown))
        self._admitted.remarked = noted(self._seen.screen.guards, "output", self.findings)
        action = strictest(found)
        self.stopped = action == "block"
        if self.stopped:
            return []
        texts: Sequence[str] | None = [span.text for span in spans]
        if action == "anonymize" and self.keeping == "all":
            texts = masked_again([span.text for span in spans], found, self._seen.vault)
        assert texts is not None, "an answer has no values in it"
        left = iter(texts)
        return [piece for run in runs for piece in rewritten(run, [next(left) for _ in run.spans])]


def keeping(admitted: Admitted, seen: Seen) -> Keeping:
    """Say what of an answer is kept until its judges have seen it: what they may still change, and stop."""
    questions = seen.screen.output.waited
    if not any(each.may_mask or each.may_stop for each in questions):
        return "nothing"
    if not admitted.streamed:
        return "all"
    streaming = max(seen.screen.streaming, admitted.caller.found.asked.streaming, key=STREAMINGS.index)
    if streaming == "audit":
        return "nothing"
    if streaming == "windowed" and not any(each.may_mask for each in questions):
        return "windows"
    return "all"
