"""How a caller names a prompt block: in the fields of a format that has some, or in two headers."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from remit.declare.declared import NAME_PATTERN, VERSION_PATTERN
from remit.enforce.prompt import VARIABLES_MAX, PromptCall
from remit.enforce.request import ModelRequest
from remit.gateway.reading import invalid, unsupported
from remit.gateway.wire import Ask, Failure

NAME = "x-remit-prompt"
VARIABLES = "x-remit-prompt-variables"
HEADER_CHARACTERS_MAX = 16_000

_ADDRESS = re.compile(rf"(?:prompt/)?({NAME_PATTERN}{VERSION_PATTERN})")
_VARIABLES = msgspec.json.Decoder(dict[str, str])


def prompt_call(name: str, variables: Mapping[str, str], *, field: str) -> PromptCall | Failure:
    """Read a prompt's name, such as `letter` or `letter@4`; `field` is where it stood."""
    found = _ADDRESS.fullmatch(name)
    if found is None:
        return invalid(field, f"`{field}` is not the name of a prompt", "write `letter`, or `letter@4`")
    if len(variables) > VARIABLES_MAX:
        return invalid(field, f"`{field}` has more than {VARIABLES_MAX} variables", "send those that it has")
    return PromptCall(f"prompt/{found[1]}", variables)


def with_prompt(ask: Ask, headers: Mapping[str, str]) -> Ask | Failure:
    """Add the prompt that the headers name, and see that there is something to ask of some model."""
    name, variables = headers.get(NAME), headers.get(VARIABLES)
    if name is not None:
        named = _of_headers(ask, name, variables)
        if isinstance(named, Failure):
            return named
        ask = msgspec.structs.replace(ask, prompt=named)
    elif variables is not None:
        return invalid(VARIABLES, f"`{VARIABLES}` stands without `{NAME}`", f"add `{NAME}`")
    if ask.prompt is None:
        return _whole_without(ask) or ask
    return ask


def _of_headers(ask: Ask, name: str, variables: str | None) -> PromptCall | Failure:
    if ask.prompt is not None:
        return invalid(NAME, f"`prompt` and `{NAME}` both name a prompt", "name it once")
    if not isinstance(ask.request, ModelRequest):
        return unsupported(NAME, f"`{NAME}` is for models that write", "leave it out")
    if len(variables or "") > HEADER_CHARACTERS_MAX:
        summary = f"`{VARIABLES}` has more than {HEADER_CHARACTERS_MAX:,} characters"
        return invalid(VARIABLES, summary, "send long values in a message, or by a format that has a field")
    try:
        values = _VARIABLES.decode(variables or "{}")
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return invalid(VARIABLES, f"`{VARIABLES}` is not a JSON object of texts", 'write `{"name": "text"}`')
    return prompt_call(name, values, field=NAME)


def _whole_without(ask: Ask) -> Failure | None:
    """Say what is missing in a request that stands alone."""
    if not ask.request.model:
        return invalid("model", "the request names no model", "send `model`, or call a prompt that names one")
    if isinstance(ask.request, ModelRequest) and not ask.request.messages:
        return invalid("messages", "the request has no message", "send at least one, or call a prompt")
    return None
