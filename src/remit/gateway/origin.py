"""Where a call comes from: what its format and its headers say beside what is asked."""

from __future__ import annotations

from collections.abc import Mapping

from remit.enforce.request import EmbedRequest
from remit.gateway.reading import invalid
from remit.gateway.wire import Ask, Failure
from remit.kernel.traceparent import read_traceparent
from remit.record.call_entry import Operation, Origin

RUN = "x-remit-run"
RUN_MAX = 200
TRACE = "traceparent"


def operation_of(ask: Ask) -> Operation:
    return "embeddings" if isinstance(ask.request, EmbedRequest) else "chat"


def origin_of(wire: str, ask: Ask, headers: Mapping[str, str], asked_digest: str) -> Origin | Failure:
    """Put together how a call came in; a trace that cannot be read is none, as its standard wants."""
    run = headers.get(RUN, "")
    if len(run) > RUN_MAX or not run.isprintable():
        summary = f"`{RUN}` is not a name of at most {RUN_MAX} characters"
        return invalid(RUN, summary, "name the run in fewer letters, digits and dashes")
    return Origin(
        wire=wire,
        operation=operation_of(ask),
        run=run,
        trace=read_traceparent(headers[TRACE]) if TRACE in headers else "",
        asked_digest=asked_digest,
    )
