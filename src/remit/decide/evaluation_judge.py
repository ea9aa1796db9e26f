"""A judge's word as a score: how a model is asked by a rubric, and what its answer comes to."""

from __future__ import annotations

from remit.decide.evaluation_case import Case, Scorer
from remit.decide.evaluation_score import Score, share, truth
from remit.enforce.guardrail.judge_prompt import judge_request, word
from remit.enforce.request import ModelRequest

ANSWER_MAX = 20_000
"""How many characters of an answer a judge reads."""


def judge_knock(scorer: Scorer, case: Case, answer: str, *, mark: str) -> ModelRequest:
    """Write what a judge is asked of an answer.

    It reads the question, the sources, and last among these what is expected, if it is. All of it stands
    between lines with a mark that none of it can know, so that nothing there can talk to the judge.
    """
    assert scorer.model is not None, "checked when it was read"
    assert scorer.rubric is not None, "as above"
    beside = (*case.sources, *((case.expected,) if case.expected else ()))
    return judge_request(
        scorer.model,
        scorer.rubric,
        [answer[:ANSWER_MAX]],
        mark=mark,
        sources=beside,
        query=case.question,
    )


def judged(scorer: Scorer, said: str) -> Score | None:
    """Read a judge's word: how sure it is that an answer passes; None if it says neither.

    A word that passes must also reach the least score, if there is one.

    >>> judged(Scorer(scorer="judge"), "PASS 90"), judged(Scorer(scorer="judge"), "FAIL 90")
    (Score(label='judge', value=0.9, passed=True), Score(label='judge', value=0.1, passed=False))
    """
    read = word(said)
    if read is None:
        return None
    passed, sure = read
    found = share(scorer, (sure if passed else 100 - sure) / 100)
    return found if passed else Score(found.label, found.value, False)


def unjudged(scorer: Scorer) -> Score:
    """Score an answer on which a judge has no word: it does not pass."""
    return truth(scorer, held=False)
