"""The formats that callers speak."""

from __future__ import annotations

from conformance.caller_anthropic import MESSAGES
from conformance.caller_bedrock import CONVERSE, INVOKE
from conformance.caller_chat import CHAT
from conformance.caller_responses import RESPONSES

CALLERS = (CHAT, RESPONSES, MESSAGES, CONVERSE, INVOKE)
