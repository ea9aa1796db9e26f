"""Every way to save: the table of what is looked for in one use case's calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from remit.decide.finops.capacity_saving import capacity_savings
from remit.decide.finops.other_model import candidates, model_savings
from remit.decide.finops.output_limit import output_limits
from remit.decide.finops.priority import priority
from remit.decide.finops.prompt_cache import prompt_caches
from remit.decide.finops.prompt_trim import prompt_trims
from remit.decide.finops.response_cache import response_caches
from remit.decide.finops.route_length import route_savings
from remit.decide.finops.saving import Saving
from remit.decide.finops.waiting import waiting
from remit.decide.finops.workload import Workload


def other_models(work: Workload) -> Iterator[Saving]:
    """Find what other models would have saved, for all calls of a model or for some of them."""
    for found in candidates(work):
        yield from model_savings(work, found)
        yield from route_savings(work, found)


Way = Callable[[Workload], Iterable[Saving]]

WAYS: tuple[Way, ...] = (
    other_models,
    output_limits,
    prompt_trims,
    prompt_caches,
    response_caches,
    waiting,
    priority,
    capacity_savings,
)
"""What is looked for in a use case's calls."""

SHARED_WAYS: tuple[Way, ...] = (capacity_savings,)
"""What is looked for in the calls of all use cases together: what is paid by the hour serves them all."""


def savings(work: Workload) -> tuple[Saving, ...]:
    """Find all that would have saved, in the order of the table; a workload without calls has none."""
    if not len(work.calls):
        return ()
    ways = WAYS if work.use_case else SHARED_WAYS
    return tuple(saving for way in ways for saving in way(work))
