"""The paths of Amazon Bedrock: `/model/<id>/<what is asked>`, each with the format that it speaks."""

from __future__ import annotations

from urllib.parse import unquote

from remit.gateway import bedrock_converse, bedrock_count, bedrock_invoke
from remit.gateway.aws_event_stream import STREAM_TYPE
from remit.gateway.bedrock_answer import ConverseWriter
from remit.gateway.bedrock_error import error, error_headers, status
from remit.gateway.wire import Format

FORMATS: dict[str, Format] = {
    "converse": Format(
        "bedrock-converse",
        bedrock_converse.decode,
        ConverseWriter,
        error,
        error_headers=error_headers,
        status=status,
    ),
    "converse-stream": Format(
        "bedrock-converse",
        bedrock_converse.decode_streamed,
        ConverseWriter,
        error,
        stream_type=STREAM_TYPE,
        error_headers=error_headers,
        status=status,
    ),
    "invoke": Format(
        "bedrock-invoke",
        bedrock_invoke.decode,
        bedrock_invoke.InvokeWriter,
        error,
        error_headers=error_headers,
        status=status,
        headers_not_served=bedrock_invoke.HEADERS_NOT_SERVED,
        with_headers=bedrock_invoke.with_headers,
    ),
    "invoke-with-response-stream": Format(
        "bedrock-invoke",
        bedrock_invoke.decode_streamed,
        bedrock_invoke.InvokeWriter,
        error,
        stream_type=STREAM_TYPE,
        error_headers=error_headers,
        status=status,
        headers_not_served=bedrock_invoke.HEADERS_NOT_SERVED,
        with_headers=bedrock_invoke.with_headers,
    ),
    "count-tokens": Format(
        "bedrock-count-tokens",
        bedrock_count.decode,
        ConverseWriter,
        error,
        error_headers=error_headers,
        status=status,
        counted=bedrock_count.counted,
    ),
}
"""The format that each last part of a path speaks."""


def route(path: str) -> tuple[Format, str] | None:
    """Find the format that a path speaks, and the model that stands in it; a `/` within it is `%2F`.

    >>> found = route("/model/anthropic.claude%3A0/converse")
    >>> found and (found[0].name, found[1])
    ('bedrock-converse', 'anthropic.claude:0')
    """
    parts = path.split("/")
    if len(parts) != 4 or parts[0] or parts[1] != "model" or not parts[2]:
        return None
    format = FORMATS.get(parts[3])
    return None if format is None else (format, unquote(parts[2]))
