"""A decision: the answer to whether one call may go ahead, and everything that a refusal must say."""

from __future__ import annotations

from typing import Literal

import msgspec


class Decision(msgspec.Struct, frozen=True):
    """A refusal names the rule, the layer that set it, who owns that layer, and what would make it pass.

    `rule` is a permanent code with a page of its own. All fields but `effect` are empty when it allows.
    `retry_after` is how many seconds to wait where waiting alone may help.
    """

    effect: Literal["allow", "deny"]
    rule: str = ""
    summary: str = ""
    help: str = ""
    layer: str = ""
    owner: str = ""
    retry_after: int | None = None


ALLOW = Decision("allow")


def deny(
    rule: str, summary: str, *, help: str, layer: str, owner: str, retry_after: int | None = None
) -> Decision:
    return Decision("deny", rule, summary, help, layer, owner, retry_after)
