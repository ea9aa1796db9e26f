"""The OpenAI batch format: what is asked for, the lines of its files, and what is said of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from remit.enforce.answer import Finish, Piece
from remit.enforce.batch import KEPT, Batch, LineFault
from remit.gateway import answer, openai_chat, openai_embeddings, openai_responses
from remit.gateway.account import account_of, head_of
from remit.gateway.openai_error import error_fields
from remit.gateway.openai_files import kept_for
from remit.gateway.origin import operation_of
from remit.gateway.prompt_call import with_prompt
from remit.gateway.reading import USER_MAX, invalid, read_object, unsupported
from remit.gateway.wire import Ask, Failure, Format
from remit.kernel.errors import RemitError
from remit.kernel.money import canonical
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.batch_line import BatchLine
from remit.operations.keep_files import Order
from remit.operations.refused import Refused
from remit.record.call_entry import Origin

ENDPOINTS: dict[str, Format] = {
    "/v1/chat/completions": openai_chat.FORMAT,
    "/v1/embeddings": openai_embeddings.FORMAT,
    "/v1/responses": openai_responses.FORMAT,
}
"""What the lines of a batch can be, by the address that each would be sent to."""

CUSTOM_ID_MAX = 512
METADATA_MAX, NAME_MAX, VALUE_MAX = 16, 64, 512


class _Expiry(msgspec.Struct, forbid_unknown_fields=True):
    anchor: str
    seconds: int


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: _Expiry | None = None


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    custom_id: str
    method: str
    url: str
    body: msgspec.Raw


class _Named(msgspec.Struct):
    custom_id: str


SERVED = frozenset(_Body.__struct_fields__)
_BODY = msgspec.json.Decoder(_Body)
_LINE = msgspec.json.Decoder(_Line)
_LINE_FIELDS = frozenset(_Line.__struct_fields__)
_NAMED = msgspec.json.Decoder(_Named)
_ENCODER = msgspec.json.Encoder()


def read_order(body: bytes) -> Order | Failure:
    """Read what a batch is to be made of."""
    given = read_object(body, _BODY, served=SERVED, not_served=frozenset())
    if isinstance(given, Failure):
        return given
    if given.endpoint not in ENDPOINTS:
        help = f"send one of {', '.join(ENDPOINTS)}"
        return unsupported("endpoint", "`endpoint` is not one that is served in batches", help)
    if given.completion_window != "24h":
        return invalid(
            "completion_window", "`completion_window` is not `24h`, the one there is", "send `24h`"
        )
    metadata = given.metadata or {}
    if len(metadata) > METADATA_MAX or any(
        len(name) > NAME_MAX or len(value) > VALUE_MAX for name, value in metadata.items()
    ):
        help = f"send at most {METADATA_MAX} names of {NAME_MAX} characters, with {VALUE_MAX} each"
        return invalid("metadata", "`metadata` is too large", help)
    expiry = given.output_expires_after
    kept = KEPT if expiry is None else kept_for(expiry.anchor, expiry.seconds, "output_expires_after")
    if isinstance(kept, Failure):
        return kept
    return Order(given.input_file_id[:80], given.endpoint, given.metadata, kept)


def written(batch: Batch, currency: str) -> dict[str, Any]:
    """Say what is known of a batch; times are null until they have come."""
    usage = batch.usage
    files = {
        "output_file_id": batch.completed and batch.output_file,
        "error_file_id": batch.failed and batch.error_file,
    }
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": batch.endpoint,
        "status": batch.status,
        "input_file_id": batch.input_file,
        "completion_window": "24h",
        **{name: (id or None) if batch.ended else None for name, id in files.items()},
        "errors": _errors(batch.faults),
        "metadata": batch.metadata,
        "request_counts": {"total": batch.total, "completed": batch.completed, "failed": batch.failed},
        "created_at": int(batch.created.timestamp()),
        "expires_at": int(batch.deadline.timestamp()),
        **{
            f"{status}_at": int(batch.at[status].timestamp()) if status in batch.at else None
            for status in (
                "in_progress",
                "finalizing",
                "completed",
                "failed",
                "expired",
                "cancelling",
                "cancelled",
            )
        },
        "usage": {
            "input_tokens": usage.input_total,
            "input_tokens_details": {"cached_tokens": usage.cache_read_tokens},
            "output_tokens": usage.output_tokens,
            "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
            "total_tokens": usage.total,
        },
        "remit": {"cost": canonical(batch.charge), "currency": currency},
    }


def _errors(faults: Sequence[LineFault]) -> dict[str, Any] | None:
    if not faults:
        return None
    data = [
        {"code": each.code, "line": each.line or None, "message": each.summary, "param": each.param}
        for each in faults
    ]
    return {"object": "list", "data": data}


class OpenAILines:
    """Reads lines as OpenAI's clients write them, and writes results as they read them."""

    def read(self, text: bytes, *, endpoint: str, batch: str, number: int) -> BatchLine | LineFault:
        given = read_object(text, _LINE, served=_LINE_FIELDS, not_served=frozenset())
        wrong = given if isinstance(given, Failure) else _checked(given, endpoint)
        if wrong is not None:
            return _fault(number, wrong)
        assert isinstance(given, _Line), "what is not a line was refused"
        ask = ENDPOINTS[endpoint].decode(bytes(given.body), "")
        if isinstance(ask, Ask):
            ask = with_prompt(ask, {})
        if isinstance(ask, Failure):
            return _fault(number, ask, within="body")
        if ask.streamed:
            return _fault(number, unsupported("stream", "`stream` must be false in a batch", "leave it out"))
        if len(ask.request.end_user or "") > USER_MAX:
            summary = f"`user` has more than {USER_MAX} characters"
            return _fault(number, invalid("user", summary, "shorten it"), within="body")
        origin = Origin("openai-batch", operation_of(ask))
        asked = Asked(ask.request, False, prompt=ask.prompt, batch=batch, batch_line=number, origin=origin)
        return BatchLine(given.custom_id, asked, (endpoint, ask))

    def answered(self, line: BatchLine, pieces: Sequence[Piece], finish: Finish, admitted: Admitted) -> bytes:
        endpoint, ask = line.ask
        writer = ENDPOINTS[endpoint].writer(ask, head_of(admitted))
        body = writer.whole(pieces, finish, account_of(admitted))
        return _result(line, 200, admitted.hold.id, msgspec.Raw(body))

    def refused(self, line: BatchLine, refused: Refused) -> bytes:
        return _failed(line, answer.of_refusal(refused), refused.id)

    def failed(self, line: BatchLine, error: RemitError, *, call: str) -> bytes:
        return _failed(line, answer.of_error(error), call)

    def without_answer(self, text: bytes, *, batch: str, number: int, why: RemitError) -> bytes:
        error = {"code": why.code, "message": f"{why.summary} — {why.help}"}
        return _written(batch, number, _name_of(text), response=None, error=error)


def _checked(line: _Line, endpoint: str) -> Failure | None:
    if not 1 <= len(line.custom_id) <= CUSTOM_ID_MAX:
        summary = f"`custom_id` does not have 1 to {CUSTOM_ID_MAX} characters"
        return invalid("custom_id", summary, "name each line, by a word of its own")
    if line.method != "POST":
        return invalid("method", "`method` is not `POST`", "send `POST`")
    if line.url != endpoint:
        return invalid("url", f"`url` is not `{endpoint}`, that of the batch", "make a batch for each")
    return None


def _fault(number: int, wrong: Failure, *, within: str = "") -> LineFault:
    param = f"{within}.{wrong.param}" if within and wrong.param else wrong.param
    return LineFault(number, wrong.code, wrong.message, param)


def _name_of(text: bytes) -> str | None:
    """Read the name of a line that may not be readable in whole."""
    try:
        return _NAMED.decode(text).custom_id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _failed(line: BatchLine, failure: Failure, id: str) -> bytes:
    return _result(line, failure.status, id, {"error": error_fields(failure)})


def _result(line: BatchLine, status: int, id: str, body: Any) -> bytes:
    response = {"status_code": status, "request_id": id, "body": body}
    return _written(line.asked.batch, line.asked.batch_line, line.name, response=response, error=None)


def _written(batch: str, number: int, name: str | None, *, response: Any, error: Any) -> bytes:
    """Write the result of a line, under an id that is its place's: the same, however often it is written."""
    id = f"batch_req_{batch.removeprefix('batch_')}_{number}"
    return _ENCODER.encode({"id": id, "custom_id": name, "response": response, "error": error}) + b"\n"


LINES = OpenAILines()
