"""The answer cache: give an answer again to exactly the same request of the same use case.

A call is admitted first, whatever is kept. Then what was kept is looked for, before anything is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from remit.enforce.answer import Finish, ModelEvent
from remit.enforce.cache import asked_alone, is_whole, joined, kept_s, repeats
from remit.enforce.rate import Meter
from remit.enforce.remit import Remit
from remit.enforce.request import Request
from remit.kernel.usage import Usage
from remit.operations.given import added
from remit.operations.stop_call import unasked
from remit.operations.worker import Worker
from remit.record.call_entry import Call, Hold, call_of, took_ms


class Kept(msgspec.Struct, frozen=True):
    """A whole answer: the call that it was given to first, when that ended, and its events."""

    call: str
    at: datetime
    events: list[ModelEvent]

    @property
    def finish(self) -> Finish:
        last = self.events[-1]
        assert isinstance(last, Finish), "only whole answers are kept"
        return last


def _listed(value: Any) -> Any:
    """Write an array of a vector's numbers as a list of them."""
    return value.tolist()


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_listed)
_DECODER: msgspec.msgpack.Decoder[Kept] = msgspec.msgpack.Decoder(Kept)


class Place(msgspec.Struct, frozen=True):
    """Where the answer to one request of one use case stands, from which model, and for how many seconds."""

    use_case: str
    model: str
    key: bytes
    kept_s: int


def place_of(worker: Worker, remit: Remit, hold: Hold, request: Request, guards: str) -> Place | None:
    """Say where the answer to an admitted call stands; None where none may be given again.

    The key is a hash of everything that determines an answer: whom is asked, how, and what, and which
    guardrails it has to pass, by their digest.
    """
    seconds = kept_s(remit)
    if not seconds or not repeats(request):
        return None
    declared, model = worker.view.model, hold.purpose.model
    block = declared.model(model)
    assert block is not None, "an admitted call has a model"
    provider = declared.providers[hold.provider].model_dump_json()
    asked = (model, hold.provider, provider, sorted(block.options.items()), guards, asked_alone(request))
    # As JSON, in which a number may be of any size.
    key = worker.system.answer_key(remit.use_case, msgspec.json.encode(asked))
    return Place(remit.use_case, model, key, seconds)


def find(worker: Worker, place: Place, now: datetime) -> Kept | None:
    """Find the answer that was given no longer ago than it may be given again."""
    found = worker.system.answers.find(place.use_case, place.key, now=now)
    if found is None:
        return None
    kept = _DECODER.decode(found)
    # A remit that was narrowed since holds at once, and a clock that was set back lengthens nothing.
    return kept if timedelta(0) <= now - kept.at < timedelta(seconds=place.kept_s) else None


def keep(worker: Worker, place: Place, call: Call, events: Sequence[ModelEvent]) -> None:
    """Keep the answer of a settled call, if it is whole, and of the model that the place is for."""
    last = events[-1]
    if call.status != "completed" or call.fault or call.purpose.model != place.model:
        return
    if isinstance(last, Finish) and is_whole(last):
        worker.system.answers.keep(
            place.use_case,
            place.key,
            _ENCODER.encode(Kept(call.id, call.at, joined(events))),
            now=call.at,
            until=call.at + timedelta(seconds=place.kept_s),
        )


def give(worker: Worker, hold: Hold, kept: Kept, meters: tuple[Meter, ...], reference: str | None) -> Call:
    """Write down that a call is given an answer again; it counts as a call, and costs nothing.

    Nothing is held. Raises JournalError, and then it is not given.
    """
    now, finish = worker.system.clock.now(), kept.finish
    rates, _ = hold.rates.settle(finish.usage, finish.tier, asked=hold.tier)
    hold = msgspec.structs.replace(hold, rates=rates)
    given = added(worker.system, hold.purpose.use_case, kept.events)
    call = call_of(
        hold,
        at=now,
        status="completed",
        usage=Usage(),
        served_model=finish.served_model,
        first_token_ms=took_ms(hold.at, now),
        stop_reason=finish.stop_reason,
        reference=reference,
        cached=kept.call,
        held=False,
        saved=rates.cost(finish.usage),
        given_digest=given.hexdigest() if given else "",
    )
    return unasked(worker, call, hold, meters)
