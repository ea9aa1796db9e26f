"""A training set fails closed: what cannot be masked, opened or shown to be consented is not in it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from completed_call import completed
from conftest import BASE, CASE, House
from remit.decide.training_set import Choice
from remit.declare.price import Rates
from remit.enforce.request import Message, Text
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.kernel.ids import ulid
from remit.kernel.usage import Usage
from remit.operations.erase_captures import erase_captures
from remit.operations.export_training_set import TrainingWanted, export_training_set
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import GATEWAY, System
from remit.record.call_entry import Origin, Purpose
from remit.record.captured import Captured, Spoken, captured, encode, masking
from remit.record.kept import Draft
from remit.report.training_set import TrainingSet

NOW = datetime.now(UTC)
RATES = Rates(date(2020, 1, 1), Decimal(1), Decimal(2))
ALLOWED = CASE.rstrip() + "\n    remit: {capture_max: raw, retention_days: 30, training: true}\n"
NAME = "Ada"


class WordMasker:
    """Masks one name, in this process; fails at calls that it is told to fail at, or at all."""

    def __init__(self, *fails: str) -> None:
        self.fails = fails

    def prepare(self, patterns: Mapping[str, str]) -> None:
        pass

    def mask(self, said: Spoken, *, patterns: Mapping[str, str], told: Mapping[str, str]) -> bytes:
        if said.call in self.fails or "all" in self.fails:
            raise RemitError("a call cannot be masked", help="try again", code="detectors-unavailable")
        return encode(captured(said, mode="masked", mask=masking(lambda text: (), {NAME: "NAME"})))

    def close(self) -> None:
        pass


class ErasingMasker(WordMasker):
    """Erases each call once it is masked, as somebody else may at that moment."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system

    def mask(self, said: Spoken, *, patterns: Mapping[str, str], told: Mapping[str, str]) -> bytes:
        body = super().mask(said, patterns=patterns, told=told)
        erase_captures(self.system, "pilot", call=said.call, author="ada", reason="art. 17")
        return body


class Desk:
    """A house where training is allowed, with calls that are made by hand."""

    def __init__(self, system: System) -> None:
        self.system = system

    def call(self, number: int, said: str = "", *, days: float = 1, version: int = 1, **more: Any) -> str:
        """Record a call and keep it raw, as long ago as is said; returns its id."""
        at = NOW - timedelta(days=days, seconds=-number)
        id = ulid(round(at.timestamp() * 1000), number)
        purpose = Purpose(
            key="k1",
            use_case="pilot",
            unit="desk",
            stage="experiment",
            model="model/echo",
            model_version=version,
            remit="r1",
        )
        stated: dict[str, Any] = {"stop_reason": "stop", "origin": Origin(asked_digest=f"d{number}")}
        made = completed(id, at, Usage(1_000, 500), RATES, purpose=purpose, **(stated | more))
        with self.system.journals.exclusive(GATEWAY) as journal:
            journal.append([made])
        asked = Message.of("user", said or f"May {NAME} know {number}?")
        body = Captured(
            call=id,
            use_case="pilot",
            at=at,
            mode="raw",
            messages=(asked,),
            answer=(Text(f"{NAME} may."),),
        )
        self.system.captures.keep([Draft(id, "pilot", at, 30, encode(body))])
        fold_ledger(self.system)
        return id

    def export(self, *fails: str, **more: Any) -> tuple[TrainingSet, str]:
        system = replace(self.system, make_masker=lambda: WordMasker(*fails))
        out, rest = io.BytesIO(), io.BytesIO()
        stated: dict[str, Any] = {"format": "openai-chat", "limit": 100, "choice": Choice()}
        wanted = TrainingWanted("pilot", **(stated | more))
        made = export_training_set(system, wanted, out, held_back=rest, author="anna@example.com")
        return made, out.getvalue().decode()


def test_what_cannot_be_masked_is_left_out_and_counted(house: House) -> None:
    house.apply(BASE, ALLOWED)
    with house.system() as system:
        desk = Desk(system)
        good, bad = desk.call(1), desk.call(2)
        made, text = desk.export(bad)
        assert made.main.calls == (good,)
        assert made.entry.left_out == {"not_masked": 1}
        assert NAME not in text
        assert json.loads(text)["messages"][0]["content"] == "May {NAME} know 1?"
        assert (made.main.input_tokens, made.main.output_tokens) == (1_000, 500)


def test_where_nothing_masks_there_is_no_set_and_no_entry(house: House) -> None:
    house.apply(BASE, ALLOWED)
    with house.system() as system:
        desk = Desk(system)
        for number in range(6):
            desk.call(number)
        with pytest.raises(RemitError) as raised:
            desk.export("all")
        assert raised.value.code == "detectors-unavailable"
    assert house.entries("training_set_exported") == []


def test_a_call_goes_out_only_if_its_version_allowed_it_and_its_time_is_not_over(house: House) -> None:
    house.apply(BASE, CASE.rstrip() + "\n    remit: {capture_max: raw, retention_days: 30}\n")
    house.apply(BASE, ALLOWED)
    with house.system() as system:
        desk = Desk(system)
        good = desk.call(1, version=2)
        desk.call(2, version=1)
        desk.call(3, version=9)
        desk.call(4, version=2, days=31)
        made, _ = desk.export()
        assert made.main.calls == (good,)
        assert made.entry.left_out == {"not_consented": 2, "over_age": 1}


def test_the_newest_answer_to_a_question_is_taken_and_no_more_than_are_wanted(house: House) -> None:
    house.apply(BASE, ALLOWED)
    with house.system() as system:
        desk = Desk(system)
        desk.call(1)
        desk.call(2, origin=Origin(asked_digest="same"))
        second = desk.call(3, origin=Origin(asked_digest="same"))
        third = desk.call(4)
        made, _ = desk.export(limit=2)
        assert made.main.calls == (third, second)
        assert made.entry.left_out == {"duplicate": 1, "over_limit": 1}
        assert made.entry.calls == tuple(sorted((second, third)))
        window = Choice(since=NOW - timedelta(days=3), until=NOW - timedelta(days=2))
        with pytest.raises(RemitError, match="0 were looked at") as raised:
            desk.export(choice=window)
        assert raised.value.code == "nothing-to-train-on"
        with pytest.raises(NotFound):
            desk.export(evaluations=("01K",))
        with pytest.raises(NotFound):
            desk.export(choice=Choice(model="model/larg"))


def test_what_is_erased_while_it_is_written_out_is_not_given_out(house: House) -> None:
    house.apply(BASE, ALLOWED)
    with house.system() as system:
        desk = Desk(system)
        desk.call(1)
        desk.system = replace(system, make_masker=lambda: ErasingMasker(system))
        wanted = TrainingWanted("pilot", "openai-chat", 100, Choice())
        with pytest.raises(Conflict, match="were erased"):
            export_training_set(
                desk.system, wanted, io.BytesIO(), held_back=io.BytesIO(), author="anna@example.com"
            )
    assert house.entries("training_set_exported") == []
