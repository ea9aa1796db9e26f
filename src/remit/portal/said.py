"""Said: what a form did, carried to the next page in a cookie and shown there once."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import msgspec
from starlette.responses import Response

COOKIE = "remit_said"
SECONDS = 60
TEXT_MAX = 1_500


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sentence, and how it is undone: the path that a form with these fields is sent to."""

    text: str
    undo: str = ""
    fields: dict[str, str] = {}
    failed: bool = False


def say(response: Response, said: Said) -> None:
    """Have the next page show it."""
    cut = msgspec.structs.replace(said, text=said.text[:TEXT_MAX])
    value = urlsafe_b64encode(msgspec.json.encode(cut)).decode()
    response.set_cookie(COOKIE, value, max_age=SECONDS, httponly=True, samesite="strict", path="/")


def heard(cookies: Mapping[str, str]) -> Said | None:
    """Read what was said; whatever else is in the cookie is nothing."""
    value = cookies.get(COOKIE, "")
    if not value or len(value) > 4_000:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(value), type=Said)
    except (ValueError, msgspec.MsgspecError):
        return None
