"""A door into the gateway of a simulated past, through which its evaluations ask."""

from __future__ import annotations

from remit.enforce.answer import Delta
from remit.enforce.key import Key
from remit.kernel.errors import ProviderError
from remit.operations.admitted import Admitted, Unseen
from remit.operations.asked import Asked, pseudonym_of
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import whole
from remit.operations.follow_ledger import catch_up
from remit.operations.refused import Refused
from remit.operations.screen_input import see
from remit.operations.worker import Worker
from remit.ports_evaluation import Heard, Knock
from remit.record.call_entry import Origin

_STOPPED = ("content_filter", "guardrail")


class PastDoor:
    """Knocks with one key at the worker that serves the calls of a simulated past."""

    def __init__(self, worker: Worker, secret: str) -> None:
        self._worker, self._secret = worker, secret

    async def ask(self, knock: Knock) -> Heard:
        worker = self._worker
        await catch_up(worker)
        key = authenticate(worker, self._secret)
        if not isinstance(key, Key):
            return _refused(key)
        asked = Asked(
            knock.request,
            streamed=False,
            reference=knock.reference,
            prompt=knock.prompt,
            user=pseudonym_of(worker.system, key, knock.user),
            origin=Origin(run=knock.run),
        )
        found = authorize(worker, key, asked)
        while isinstance(found, Unseen):
            found = authorize(worker, key, await see(worker, key, found))
        if isinstance(found, Refused):
            return _refused(found)
        if not isinstance(found, Admitted):
            return Heard(code="rate-limited", summary="there was no place for the call")
        try:
            pieces, finish = await whole(found)
        except ProviderError as error:
            return Heard(code=error.code, summary=error.summary, help=error.help)
        return Heard(
            text="".join(each.text for each in pieces if isinstance(each, Delta)),
            stopped=finish.stop_reason in _STOPPED,
            call=found.hold.id,
        )

    def close(self) -> None: ...


def _refused(found: Refused) -> Heard:
    decision = found.decision
    return Heard(code=decision.rule, summary=decision.summary, help=decision.help, decision=found.id)
