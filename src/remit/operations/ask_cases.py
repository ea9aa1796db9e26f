"""Ask the cases of an evaluation: through the gateway, some at a time, and score each answer as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import msgspec

from remit.decide.evaluation_case import Case, Scorer
from remit.decide.evaluation_judge import judge_knock, judged, unjudged
from remit.decide.evaluation_score import Score, share
from remit.decide.evaluation_scorer import Means, score
from remit.decide.evaluation_sum import Ending
from remit.enforce.prompt import PromptCall
from remit.enforce.request import ModelRequest
from remit.kernel.errors import JudgeFailed, ProviderError
from remit.operations.plan_evaluation import Candidate, PlannedEvaluation, request_of
from remit.ports_evaluation import Door, Evaluators, Heard, Knock

TRIES_MAX = 10
WAIT_S_MAX = 60
"""How often, and how long each time, a call waits for a place beyond what it has waited in the gateway."""

USER = "evaluation"
"""For whom calls are where a remit wants to know."""

RETRIED = frozenset(("rate-limited", "too-many-at-once", "route-rests", "provider-busy"))
"""What passes by waiting."""

ENDS = frozenset(
    (
        "budget-exhausted",
        "no-budget",
        "unknown-key",
        "revoked-key",
        "expired-key",
        "kill-switch",
        "remit-expired",
        "stage-allows-no-calls",
        "too-many-users",
    )
)
"""What ends an evaluation: every call after it would be refused as well."""


class Asked(msgspec.Struct, frozen=True):
    """How the call of a case ended; `code` says why it has no answer.

    `unjudged` are how many of its scorers had no word on it.
    """

    ending: Ending
    scores: tuple[Score, ...] = ()
    call: str = ""
    decision: str = ""
    code: str = ""
    unjudged: int = 0


class _Ended(Exception):
    """The evaluation cannot go on."""


@dataclass(slots=True)
class Asking:
    """The cases under way. `done` holds what ended, by the place of the case and that of the release.

    `ended` says why it ended before the last one, if it did.
    """

    planned: PlannedEvaluation
    run: str
    door: Door | None
    means: Means
    evaluators: Evaluators
    mark: Callable[[str], str]
    progress: Callable[[int, int], None]
    done: dict[tuple[int, int], Asked] = field(default_factory=dict)
    ended: str = ""

    async def ask(self, *, at_once: int) -> None:
        """Ask until all is done or it cannot go on; what is under way then is waited for."""
        places = iter(self._places())
        total = len(self.planned.data_set.cases) * len(self.planned.candidates)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, total)):
                group.create_task(self._work(places, total))

    def _places(self) -> Iterator[tuple[int, int]]:
        """Go through the cases in order, each under every release, so that pairs lie close in time."""
        for case in range(len(self.planned.data_set.cases)):
            for candidate in range(len(self.planned.candidates)):
                yield case, candidate

    async def _work(self, places: Iterator[tuple[int, int]], total: int) -> None:
        for at, number in places:
            if self.ended:
                return
            case, candidate = self.planned.data_set.cases[at], self.planned.candidates[number]
            try:
                self.done[at, number] = await self._try(case, candidate, f"{at}.{number}")
            except _Ended as end:
                self.ended = self.ended or str(end)
                return
            self.progress(len(self.done), total)

    async def _try(self, case: Case, candidate: Candidate, reference: str) -> Asked:
        if case.answer is not None:
            scores, without = await self._scored(case, case.answer, reference)
            return Asked("answered", scores, unjudged=without)
        prompt = PromptCall(candidate.prompt, case.variables) if candidate.prompt else None
        heard = await self._call(request_of(candidate, case), reference, prompt)
        if heard.code:
            ending: Ending = "refused" if heard.decision else "failed"
            return Asked(ending, decision=heard.decision, code=heard.code)
        if heard.stopped:
            return Asked("stopped", call=heard.call)
        scores, without = await self._scored(case, heard.text, reference)
        return Asked("answered", scores, heard.call, unjudged=without)

    async def _call(self, request: ModelRequest, reference: str, prompt: PromptCall | None = None) -> Heard:
        """Make one call; what passes by waiting is waited for, and what would refuse all others ends all."""
        assert self.door is not None, "one is there if anything is to be called"
        user = USER if self.planned.names_user else ""
        knock = Knock(request=request, prompt=prompt, run=self.run, reference=reference, user=user)
        for left in reversed(range(TRIES_MAX)):
            try:
                heard = await self.door.ask(knock)
            except ProviderError:
                raise _Ended("the gateway does not answer any more") from None
            if heard.code not in RETRIED or not left or self.ended:
                break
            await asyncio.sleep(min(heard.retry_after_s or 1, WAIT_S_MAX))
        if heard.code in ENDS:
            raise _Ended(heard.summary)
        return heard

    async def _scored(self, case: Case, answer: str, reference: str) -> tuple[tuple[Score, ...], int]:
        """Score an answer by all scorers; says also how many judges had no word on it."""
        scores, without = [], 0
        for scorer in case.scorers:
            if scorer.scorer == "judge":
                found = await self._judged(scorer, case, answer, f"{reference}.{scorer.label}")
            elif scorer.scorer == "python":
                found = await self._evaluated(scorer, case, answer)
            else:
                found = score(scorer, case, answer, self.means)
            without += found is None
            scores.append(unjudged(scorer) if found is None else found)
        return tuple(scores), without

    async def _judged(self, scorer: Scorer, case: Case, answer: str, reference: str) -> Score | None:
        if not answer.strip():
            return unjudged(scorer)
        mark = self.mark(f"{self.run}:{reference}")
        heard = await self._call(judge_knock(scorer, case, answer, mark=mark), reference)
        return None if heard.code or heard.stopped else judged(scorer, heard.text)

    async def _evaluated(self, scorer: Scorer, case: Case, answer: str) -> Score | None:
        if not answer.strip():
            return unjudged(scorer)
        assert scorer.entry_point is not None, "checked when it was read"
        try:
            return share(scorer, await self.evaluators[scorer.entry_point].score(case, answer))
        except JudgeFailed:
            return None
