"""Nothing that is asked or answered is lost in silence, and the docs say what becomes of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import msgspec
import pytest

from conformance.caller_chat import CHAT
from conformance.feature import Feature
from conformance.installation import bench
from conformance.matrix import QUESTION, UNSERVED_KIND, Bench, Cells, measure
from conformance.outcome import ALLOWED, CARRIED, LEFT_OUT, LOST, NOT_IN_FORMAT, REFUSED
from conformance.page import PAGE, page
from conformance.provider_openai import OPENAI
from conformance.questions import HINTS, QUESTIONS
from conformance.replies import ANSWERS
from remit.adapters.provider_openai import OpenAIProvider
from remit.enforce.answer import Delta, ModelEvent
from remit.enforce.request import EmbedRequest, Request, Terms


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    return measure(tmp_path_factory.mktemp("matrix"))


def test_nothing_is_lost_in_silence(cells: Cells) -> None:
    assert {place: found for place, found in cells.items() if found.startswith(LOST)} == {}


def test_every_cell_is_carried_or_refused_by_name_or_no_part_of_a_format(cells: Cells) -> None:
    served = {found for (_, _, name, _), found in cells.items() if not name.startswith(UNSERVED_KIND)}
    assert served <= {CARRIED, ALLOWED, LEFT_OUT, NOT_IN_FORMAT, REFUSED}
    assert set(cells.values()) - served == {"unsupported-field"}


def test_only_hints_are_left_out_and_by_those_alone_of_whom_it_is_said(cells: Cells) -> None:
    left_out = {(name, provider) for (_, provider, name, _), found in cells.items() if found == LEFT_OUT}
    assert left_out == {(QUESTION + each.name, provider) for each in HINTS for provider in each.left_out}


def test_each_feature_is_carried_on_some_way_or_refused_on_all(cells: Cells) -> None:
    """A row that no format can write would test nothing."""
    by_name: dict[str, set[str]] = {}
    for (_, _, name, _), found in cells.items():
        by_name.setdefault(name, set()).add(found)
    assert [name for name, found in by_name.items() if found == {NOT_IN_FORMAT}] == []


def test_the_docs_say_what_becomes_of_each_feature(cells: Cells) -> None:
    text = page(cells)
    if os.environ.get("REMIT_CONFORMANCE") == "write":
        PAGE.write_text(text, "utf-8")
    assert PAGE.read_text("utf-8") == text, "run `make conformance`, and read the difference"


class Forgetful(OpenAIProvider):
    """Leaves out tools, and the first words of what it is answered."""

    async def stream(self, request: Request, terms: Terms) -> AsyncGenerator[Sequence[ModelEvent], None]:
        assert not isinstance(request, EmbedRequest)
        begun = False
        async for batch in super().stream(msgspec.structs.replace(request, tools=()), terms):
            for event in batch:
                if begun or not isinstance(event, Delta):
                    yield [event]
                begun = begun or isinstance(event, Delta)


@pytest.mark.parametrize(
    ("feature", "what"),
    [
        (next(each for each in QUESTIONS if each.name == "tools"), "what was asked"),
        (next(each for each in ANSWERS if each.name == "text"), "what was answered"),
    ],
)
def test_an_adapter_that_forgets_is_found_out(tmp_path: Path, feature: Feature, what: str) -> None:
    with bench(tmp_path, openai=Forgetful) as (key, worker, written, upstream):

        async def run() -> str:
            runner = await upstream.start()
            at = Bench(worker, written, upstream, key)
            found = await at.cell(CHAT, OPENAI, feature, streamed=True)
            await worker.close()
            await runner.cleanup()
            return found

        assert asyncio.run(run()) == f"{LOST}: {what}"
