"""Capture a call: gather what is given out of its answer, and hand it over with what was asked.

That happens once the call's entry is written. The call itself only passes references on.
"""

from __future__ import annotations

from remit.enforce.capture import capture_of
from remit.enforce.guardrail.guards import NO_GUARDS
from remit.enforce.request import Media, ModelRequest, Request, ToolResult
from remit.operations.admitted import Admitted
from remit.operations.capture_queue import Gathering, Handed
from remit.operations.screen_answer import may_see

_TOKEN_BYTES = 4


def gather(admitted: Admitted) -> None:
    """Begin to gather the answer of a call that is kept; most are not.

    What judges another call's text is part of that call. An answer that is there already is gathered at once.
    """
    hold, view = admitted.target.hold, admitted.worker.view
    use_case = hold.purpose.use_case
    # It may have been taken out while the call was on its way.
    if hold.judges or use_case not in view.model.use_cases:
        return
    capture = capture_of(view.remit(use_case))
    if capture is None:
        return
    gathering = Gathering(capture)
    if admitted.kept is None:
        admitted.gathering = gathering
    else:
        gathering.add(admitted.kept)
        hand_over(admitted, gathering)


def hand_over(admitted: Admitted, gathering: Gathering) -> None:
    """Hand over what was asked and given of a call whose entry is written."""
    assert admitted.settled is not None, "a call is kept once it is settled"
    capture, seen, request, vault = gathering.capture, admitted.seen, admitted.target.request, None
    if seen is not None and capture.mode == "raw":
        request = seen.came or request
        if may_see(seen.screen, seen.vault, agent=admitted.caller.key.agent):
            vault = seen.vault
    admitted.worker.captures.hand(
        Handed(
            admitted.settled.call,
            gathering,
            request,
            _weight(admitted, request, gathering),
            NO_GUARDS if seen is None else seen.guards,
            {} if seen is None else seen.told,
            vault,
        )
    )


def _weight(admitted: Admitted, request: Request, gathering: Gathering) -> int:
    """Say about how many bytes are kept waiting: by tokens, what was weighed of the answer, and media."""
    tokens = admitted.target.hold.input_tokens_estimate + admitted.received
    size = _TOKEN_BYTES * tokens + gathering.size
    if isinstance(request, ModelRequest):
        for message in request.messages:
            for part in message.parts:
                if isinstance(part, Media):
                    size += len(part.data)
                elif isinstance(part, ToolResult):
                    size += sum(len(each.data) for each in part.parts if isinstance(each, Media))
    return size
