"""Reading bodies: one way to find what is wrong in a request of any format, and to say it.

Messages name fields and types, never values: a value can be a prompt.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TypeVar

import msgspec

from remit.gateway.wire import Failure, malformed
from remit.kernel.suggest import did_you_mean

MESSAGES_MAX = 2_000
TOKENS_MAX = 10_000_000
TOOLS_MAX = 512
USER_MAX = 256

_T = TypeVar("_T")


def read_object(
    body: bytes,
    decoder: msgspec.json.Decoder[_T],
    *,
    served: AbstractSet[str],
    not_served: AbstractSet[str],
) -> _T | Failure:
    """Read a body as its type; only if that fails is it looked at again, to say what is wrong.

    Fields that are not served and null are left out: clients send them for nothing.
    """
    try:
        # The decoder passes raw parts over: what is no UTF-8 there would go on to the provider, or fail late.
        if not body.isascii():
            body.decode()
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        first = error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return malformed("invalid-json", "the body is not JSON", "send a JSON object as `application/json`")
    try:
        fields = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return malformed("invalid-json", "the body is not JSON", "send a JSON object as `application/json`")
    if not isinstance(fields, dict):
        return malformed("invalid-json", "the body is not a JSON object", "send an object of fields")
    for name in fields:
        if name not in served and fields[name] is not None:
            return _refused_field(str(name), served, not_served)
    if all(name in served for name in fields):
        return _invalid(first)
    kept = msgspec.json.encode({name: value for name, value in fields.items() if name in served})
    try:
        return decoder.decode(kept)
    except msgspec.ValidationError as error:
        return _invalid(error)


def _refused_field(name: str, served: AbstractSet[str], not_served: AbstractSet[str]) -> Failure:
    shown = name[:60]
    if name in not_served:
        help = f"leave out `{shown}`; the conformance table in the docs shows what is served"
        return unsupported(shown, f"`{shown}` is not served by this gateway", help)
    return malformed(
        "unknown-field",
        f"unknown field `{shown}`",
        did_you_mean(shown, served, otherwise="leave it out"),
        shown,
    )


def _invalid(error: msgspec.ValidationError) -> Failure:
    """Say which field is wrong; the decoder's sentence names types and paths."""
    what, _, path = str(error).partition(" - at `")
    param = path.rstrip("`").removeprefix("$").removeprefix(".") or None
    where = f"`{param}`" if param else "the body"
    # The decoder quotes a word that is not one of the words of a field; the word is the caller's text.
    what = "not one of its words" if what.startswith("Invalid enum value") else what
    sentence = what[:1].lower() + what[1:200]
    return malformed("invalid-field", f"{where}: {sentence}", "correct this field", param)


def model_address(name: str) -> str:
    """Write a model's name as an address; nothing stays nothing, and a prompt may then name the model."""
    return f"model/{name[:200]}" if name else ""


def invalid(param: str, summary: str, help: str) -> Failure:
    return malformed("invalid-field", summary, help, param)


def unsupported(param: str, summary: str, help: str) -> Failure:
    return malformed("unsupported-field", summary, help, param)


def within(value: float | None, least: float, most: float) -> bool:
    return value is None or least <= value <= most


def out_of_range(name: str, least: float, most: float) -> Failure:
    return invalid(name, f"`{name}` is out of range", f"send {least} to {most}")
