"""Targets: the models that may serve a call, in the order in which they are tried."""

from __future__ import annotations

from datetime import datetime

import msgspec

from remit.declare.block import Fallback
from remit.enforce.decision import Decision
from remit.enforce.key import Key
from remit.enforce.model_rules import may_use
from remit.enforce.remit import Remit
from remit.enforce.route import asking, nowhere, rests, routed
from remit.operations.asked import Asked, Understood
from remit.operations.worker import Worker


class Targets(msgspec.Struct, frozen=True):
    """What is asked of each model in turn, and after which faults the next one is."""

    asked: tuple[Asked, ...]
    fallback_on: tuple[Fallback, ...] = ()


def targets_of(
    worker: Worker, key: Key, remit: Remit, found: Understood, *, at: datetime, now: float
) -> Targets | Decision:
    """Say which models a request is led to: the one that it names, or those of the route that it names.

    `at` is the time of day, `now` that of the clock by which breakers go.
    """
    view = worker.view
    route = view.model.route(found.model) if found.model.startswith("route/") else None
    if route is None:
        return Targets((found.asked,))
    day = view.day(at)
    administrator = view.model.organisation.contact
    usable = may_use(found.model, route, day, administrator=administrator)
    if usable.effect == "deny":
        return usable
    request = found.asked.request
    facts = asking(
        view.model,
        remit,
        input_tokens=request.input_tokens_bound,
        key=key.id,
        user=found.asked.user,
    )
    led = routed(
        found.model,
        route,
        facts,
        names=view.names(key, day),
        resting=worker.resting(now),
        draw=worker.system.ids.draw(),
        secret=worker.system.lots,
    )
    if led.targets:
        asked = found.asked
        return Targets(
            tuple(
                msgspec.structs.replace(asked, request=msgspec.structs.replace(request, model=each))
                for each in led.targets
            ),
            route.falls_back_on,
        )
    if led.resting:
        wakes_in = min(worker.breakers[each].wakes_in(now) for each in led.resting)
        return rests(found.model, route, wakes_in, administrator=administrator)
    return nowhere(found.model, route, led, administrator=administrator)
