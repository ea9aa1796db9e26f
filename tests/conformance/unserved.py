"""What formats have and the gateway does not serve, whoever the provider is: each is refused by name."""

from __future__ import annotations

from typing import Any, NamedTuple

from conformance.caller import Caller
from conformance.caller_anthropic import MESSAGES
from conformance.caller_bedrock import CONVERSE
from conformance.caller_chat import CHAT
from conformance.caller_responses import RESPONSES


class Unserved(NamedTuple):
    """One thing that a format knows: the fields that ask for it, beside those of a small question."""

    caller: Caller
    name: str
    fields: dict[str, Any]


_CITED = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}}
_FETCHED = {"type": "web_search_20250305", "name": "web_search"}
_BUCKET = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://a/b"}}}}

UNSERVED = (
    Unserved(CHAT, "several answers", {"n": 2}),
    Unserved(CHAT, "likelihoods of tokens", {"logprobs": True}),
    Unserved(CHAT, "an answer in sound", {"modalities": ["text", "audio"], "audio": {"voice": "a"}}),
    Unserved(CHAT, "search by the provider", {"web_search_options": {}}),
    Unserved(CHAT, "to be kept by the provider", {"store": True}),
    Unserved(RESPONSES, "to go on from an answer before", {"previous_response_id": "resp_1"}),
    Unserved(RESPONSES, "to run in the background", {"background": True}),
    Unserved(RESPONSES, "a tool that the provider runs", {"tools": [{"type": "web_search"}]}),
    Unserved(RESPONSES, "to be kept by the provider", {"store": True}),
    Unserved(MESSAGES, "a tool that the provider runs", {"tools": [_FETCHED]}),
    Unserved(
        MESSAGES, "servers of tools", {"mcp_servers": [{"type": "url", "url": "https://a", "name": "a"}]}
    ),
    Unserved(
        MESSAGES,
        "citations",
        {"messages": [{"role": "user", "content": [{**_CITED, "citations": {"enabled": True}}]}]},
    ),
    Unserved(MESSAGES, "a container", {"container": "container_1"}),
    Unserved(CONVERSE, "a project of Bedrock's", {"projectIdentifier": "a"}),
    Unserved(CONVERSE, "what lies in a bucket", {"messages": [{"role": "user", "content": [_BUCKET]}]}),
    Unserved(CONVERSE, "other fields of the answer", {"additionalModelResponseFieldPaths": ["/a"]}),
)
