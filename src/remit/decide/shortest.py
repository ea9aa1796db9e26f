"""The shortest way: what is to be done until a criterion is met, in one sentence with figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from statistics import NormalDist

from remit.decide.confidence import SAMPLE_MAX, sample_for, sure_at_least, sure_at_most
from remit.decide.criterion import Asked, Found
from remit.decide.dossier import Fact
from remit.decide.roles import holder
from remit.decide.surety import Bound, bound_of, deviation, meets
from remit.declare.gate import Criterion
from remit.declare.measure import MEASURES, WINDOW_DAYS, EvidenceKind
from remit.kernel.money import canonical

_CALLS = f"no call was made in the last {WINDOW_DAYS} days"
_WHY: Mapping[str, str] = {
    "pinned_guardrails": "no guardrail is named in a layer above its calls",
    "users": "no call of this month named an end user",
    "cost_per_outcome": "no outcome is recorded yet",
    "share_of_budget": "it has no budget, which `spend:` in its remit gives it",
}
"""Why a measure of the ledger has no value though there were calls, or whether or not there were."""
_DECLARED = ("pinned_guardrails", "cost_per_outcome")

_THINGS: Mapping[str, tuple[str, str]] = {
    "pass_rate": ("case", "pass"),
    "attack_success_rate": ("attack", "succeed"),
    "failure_rate": ("call", "fail"),
    "refusal_rate": ("attempt", "be refused"),
    "blocked_rate": ("call", "be stopped"),
    "guardrail_coverage": ("call", "pass a guardrail"),
    "share_on_shared_blocks": ("call", "stand on shared blocks"),
}
"""What is counted of each measure, and what those do that count."""


def shortest(asked: Asked, found: Found) -> str:
    """Say what would meet a criterion that is not met."""
    if found.status == "waived" and found.waiver is not None:
        return f"waived until {found.waiver.expires} by {found.waiver.accepted_by}; then: " + _way(
            asked, found
        )
    if found.waiver is not None:
        return f"its waiver ran out on {found.waiver.expires}; {_way(asked, found)}"
    return _way(asked, found)


def _way(asked: Asked, found: Found) -> str:
    criterion = asked.criterion
    fact = found.fact
    if found.until is not None and found.until < asked.dossier.today:
        return f"what showed it ran out on {found.until}: {_again(asked)}"
    if fact is not None and fact.outdated:
        return f"{fact.outdated}: {_again(asked)}"
    if fact is None:
        return _FIRST[criterion.evidence](asked)
    if criterion.confidence is not None and found.sure is None:
        return (
            f"it is {_figure(fact.value)}, and nothing says how sure that is: "
            "bring an interval with it, or ask for no confidence"
        )
    bound = bound_of(criterion)
    if fact.passed is not None and fact.total:
        return _counted(asked, fact, bound, found.sure)
    return _valued(criterion, fact, bound, found.sure)


def _count(fact: Fact) -> tuple[int, int]:
    assert fact.passed is not None, "only what was counted comes here"
    assert fact.total is not None, "as above"
    return fact.passed, fact.total


def _counted(asked: Asked, fact: Fact, bound: Bound, sure: Decimal | None) -> str:
    """Say how many more cases would do, or how many of as many are too few or too many."""
    passed, total = _count(fact)
    thing, _ = _THINGS.get(fact.measure, ("case", "count"))
    share = f"{passed:,} of {total:,} {thing}s ({_percent(fact.value)})"
    confidence = asked.criterion.confidence
    if confidence is None or sure is None:
        return f"{share}: {_lacks(fact, bound, None)}"
    said = f"{share} make it {_percent(sure)} sure, and {_percent(confidence)} is asked for"
    if meets(fact, bound):
        wanted = _sample(bound, confidence, passed, total)
        if wanted is not None and wanted > total:
            more = wanted - total
            return f"{said}: at this rate {more:,} more {thing}{' is' if more == 1 else 's are'} enough"
    return f"{said}: {_lacks(fact, bound, confidence)}"


def _lacks(fact: Fact, bound: Bound, confidence: Decimal | None) -> str:
    """Say by how many of as many things a count falls short, or that there are too few of them."""
    passed, total = _count(fact)
    thing, does = _THINGS.get(fact.measure, ("case", "count"))
    wanted = _least_passed(total, bound, confidence)
    if wanted is None:
        fewest = confidence and _sample(bound, confidence, int(bound.at_least), 1)
        return f"it takes {fewest:,} {thing}s at the least" if fewest else "no number of them is enough"
    if bound.at_least:
        return f"of as many, {wanted:,} must {does}, {wanted - passed:,} more"
    return f"of as many, no more than {wanted:,} may {does}, {passed - wanted:,} fewer"


def _least_passed(total: int, bound: Bound, confidence: Decimal | None) -> int | None:
    """Return the count out of a total that is just enough; None where none is."""
    limit, at_least = float(bound.value), bound.at_least

    def enough(passed: int) -> bool:
        if not bound.holds(Decimal(passed) / total):
            return False
        if confidence is None:
            return True
        how = sure_at_least if at_least else sure_at_most
        return how(passed, total, limit) >= confidence

    # Sureness grows with each that passes, so the last or first that is enough is found by halving.
    low, high = 0, total
    if not enough(total if at_least else 0):
        return None
    while low < high:
        middle = (low + high) // 2 if at_least else (low + high + 1) // 2
        if at_least:
            low, high = (low, middle) if enough(middle) else (middle + 1, high)
        else:
            low, high = (middle, high) if enough(middle) else (low, middle - 1)
    return low


@lru_cache(maxsize=4_096)
def _sample(bound: Bound, confidence: Decimal, passed: int, total: int) -> int | None:
    """Return how many cases are enough if they turn out as those did; remembered, as many ask the same."""
    return sample_for(
        float(bound.value), sure=float(confidence), expected=passed / total, at_least=bound.at_least
    )


def _valued(criterion: Criterion, fact: Fact, bound: Bound, sure: Decimal | None) -> str:
    said = _figure(fact.value)
    if not meets(fact, bound):
        asked = "least" if bound.at_least else "most"
        return f"it is {said} and must be at {asked} {_figure(bound.value)}: {criterion.help}"
    assert criterion.confidence is not None, "or it would be met"
    assert sure is not None, "or it would be missing"
    spread = deviation(fact, bound)
    lead = abs(float(fact.value - bound.value))
    needed = NormalDist().inv_cdf(float(criterion.confidence))
    begun = f"it is {said} and {_percent(sure)} sure, and {_percent(criterion.confidence)} is asked for"
    if not spread or not lead or needed <= 0:
        return f"{begun}: {criterion.help}"
    times = Decimal(str((spread * needed / lead) ** 2)).quantize(Decimal("0.1"), ROUND_CEILING)
    return f"{begun}: about {times} times as many observations of the same spread are enough"


def _again(asked: Asked) -> str:
    return _AGAIN[asked.criterion.evidence](asked)


def _evaluate(asked: Asked) -> str:
    dataset = asked.criterion.dataset
    # A data set has its name inside its file, so that the name is no argument.
    of = f" with the file of `{dataset}`" if dataset else ""
    return f"`remit evaluate {asked.dossier.use_case} --dataset FILE --models MODEL`{of}"


def _first_evaluation(asked: Asked) -> str:
    """Say how many cases are the fewest that can be enough."""
    criterion = asked.criterion
    others = [
        fact
        for fact in asked.dossier.facts.get(criterion.measure, ())
        if criterion.dataset is None or fact.dataset == criterion.dataset
    ]
    begun = f"run {_evaluate(asked)}"
    if others and asked.release:
        begun += ", with the prompt and model of the other evaluations"
    if criterion.confidence is None:
        return begun
    bound = bound_of(criterion)
    thing, _ = _THINGS.get(criterion.measure, ("case", ""))
    best = _sample(bound, criterion.confidence, int(bound.at_least), 1)
    if best is None:
        return begun
    all_do = "that all pass" if bound.at_least else "that are all fended off"
    some = _near(bound, criterion.confidence)
    return f"{begun}: {best:,} {thing}s {all_do} are enough{some}"


def _near(bound: Bound, confidence: Decimal) -> str:
    """Say how many cases it takes if the share lies half-way between the threshold and all, or none."""
    half = (bound.value + int(bound.at_least)) / 2
    scaled = (half * 1000).to_integral_value()
    wanted = _sample(bound, confidence, int(scaled), 1000)
    does = "do" if bound.at_least else "succeed"
    return f", or {wanted:,} if {_percent(scaled / 1000)} {does}" if wanted and wanted <= SAMPLE_MAX else ""


def _attest(asked: Asked) -> str:
    return f"{asked.criterion.help} Then {_attests(asked)}"


def _attests(asked: Asked) -> str:
    use_case = asked.dossier.use_case
    owner = holder(asked.model, "use-case-owner", use_case)
    command = f"`remit attest {asked.address} --use-case {use_case} --statement WORDS`"
    return f"use-case-owner ({owner}) attests it: {command}"


def _consent(asked: Asked) -> str:
    owner = holder(asked.model, "risk-owner", asked.dossier.use_case)
    if not owner:
        return "name `risk_owner:`, who then consents when the gate's review is asked for"
    return f"risk-owner ({owner}) consents when the gate's review is asked for"


def _first_figure(asked: Asked) -> str:
    criterion = asked.criterion
    measure = MEASURES.get(criterion.measure)
    if measure is None or measure.evidence != criterion.evidence:
        return f"nothing shows `{criterion.measure}`: {criterion.help}"
    if criterion.measure in _DECLARED or "failure_rate" in asked.dossier.facts:
        return f"{_WHY.get(criterion.measure, 'nothing was recorded')}: {criterion.help}"
    if criterion.confidence is None:
        return f"{_CALLS}, and calls have to show it"
    bound = bound_of(criterion)
    fewest = _sample(bound, criterion.confidence, int(bound.at_least), 1)
    return f"{_CALLS}, and it takes {fewest:,} to show it at the least" if fewest else _CALLS


_STUDY_STEPS = "declare one under `studies:`, bring in outcomes with `remit outcome import`, and run it"


def _first_study(asked: Asked) -> str:
    """Say how a study comes about, with those that are declared for the use case by name."""
    model = asked.model
    declared = [name for name, each in model.studies.items() if each.use_case == asked.dossier.use_case]
    steps = f"run `remit study run {declared[0]}` once its outcomes are in" if declared else _STUDY_STEPS
    return f"no study of value shows it yet: {steps}. {asked.criterion.help}"


_FIRST: Mapping[EvidenceKind, Callable[[Asked], str]] = {
    "ledger": _first_figure,
    "evaluation": _first_evaluation,
    "value_study": _first_study,
    "attestation": _attest,
    "approval": _consent,
}
"""What shows a criterion of each kind of evidence that nothing shows yet."""

_AGAIN: Mapping[EvidenceKind, Callable[[Asked], str]] = {
    **_FIRST,
    "attestation": _attests,
    "evaluation": lambda asked: f"run {_evaluate(asked)} again",
    "value_study": lambda asked: f"repeat the study; {asked.criterion.help}",
}
"""What shows it again when that ran out."""


def _percent(share: Decimal) -> str:
    """Write a share in percent, cut off after one place, so that nothing looks like more than it is."""
    return f"{canonical(Decimal(int(share * 1000)) / 10)} %"


def _figure(value: Decimal) -> str:
    """Write a value with at most four places."""
    return canonical(value.quantize(Decimal("0.0001")).normalize()) if value % 1 else f"{value:,.0f}"
