"""How a receiver does, in a few words."""

from __future__ import annotations

import pytest

from remit.cli.webhook import _does
from remit.decide.hook_delivery import HookState
from strategies import utc

NOW = utc(2026, 11, 30, 12)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "not seen by a portal yet"),
        (HookState(failures=0, resume=NOW, stopped="", waiting=3), "sound"),
        (
            HookState(failures=1_200, resume=NOW, stopped="", waiting=3),
            "failing, 1,200 on end; asked again at 2026-11-30 12:00:00 UTC",
        ),
        (
            HookState(failures=1, resume=NOW, stopped="2026-11-30T12:00:07.000000+00:00", waiting=0),
            "wants no more since 2026-11-30 12:00 UTC",
        ),
    ],
)
def test_a_state_is_said_in_words(state: HookState | None, said: str) -> None:
    assert _does(state) == said
