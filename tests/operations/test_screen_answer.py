"""A long answer is read without keeping everybody else waiting."""

from __future__ import annotations

import asyncio
from typing import Any

from remit.declare.guardrail import GuardrailPolicies
from remit.enforce.answer import Delta
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Guard, Looking, Screen, Word
from remit.enforce.guardrail.slice import SLICE_CHARACTERS
from remit.enforce.guardrail.watch import Watch
from remit.operations.screen_answer import fed

NOTHING = Looking({}, None, None, {}, None)


def watch_for(word: str) -> Watch:
    def find(text: str) -> list[Found]:
        return [Found("HATE", 0, len(text))] if word in text else []

    guard = Guard("guardrail/one", "organisation", "a@example.com", GuardrailPolicies())
    output = Looking({("content", "HATE"): (Word(0, "block"),)}, None, find, {}, None)
    kit: Any = None
    return Watch(Screen((guard,), NOTHING, output, kit), Vault(), lambda type, text: "a-mark")


def turns_while_read(text: str, watch: Watch) -> tuple[int, str]:
    """Count how often others had their turn while an answer of one piece was read."""

    async def main() -> tuple[int, str]:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(others())
        out = await fed(watch, [Delta(text)])
        beside.cancel()
        return turns, "".join(piece.text for piece in out if isinstance(piece, Delta))

    return asyncio.run(main())


def test_between_the_slices_of_a_long_answer_others_have_their_turn() -> None:
    text = "a" * (4 * SLICE_CHARACTERS + 1)
    turns, out = turns_while_read(text, watch_for("hateful"))
    assert turns == 4
    assert out == text


def test_what_follows_a_slice_that_stops_the_answer_is_not_read() -> None:
    text = "b" * SLICE_CHARACTERS + "hateful" + "c" * (9 * SLICE_CHARACTERS)
    watch = watch_for("hateful")
    turns, out = turns_while_read(text, watch)
    assert watch.stopped
    assert turns == 1
    assert "hateful" not in out
