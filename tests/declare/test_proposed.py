"""A use case that is proposed is held to what a directory is held to, and to nothing of others."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import BASE, CASE
from remit.cli.directory import shipped_files
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import plan
from remit.declare.proposed import id_from, with_use_case

BODY = {"name": "Letters", "unit": "desk", "purpose": "Draft letters."}


@pytest.fixture(scope="module")
def model() -> OperatingModel:
    loaded = load(shipped_files() | {"base.yaml": BASE, "case.yaml": CASE})
    assert loaded.operating_model is not None
    return loaded.operating_model


def test_what_is_proposed_says_the_same_as_a_file_would(model: OperatingModel) -> None:
    after = with_use_case(model, "letters", BODY)
    assert isinstance(after, OperatingModel)
    text = "use_cases: {letters: {name: Letters, unit: desk, purpose: Draft letters.}}"
    loaded = load(shipped_files() | {"base.yaml": BASE, "case.yaml": CASE, "letters.yaml": text})
    assert loaded.operating_model is not None
    assert plan(after, loaded.operating_model).changes == ()
    assert list(after.use_cases) == ["letters", "pilot"]


@pytest.mark.parametrize(
    ("name", "fields", "code", "path"),
    [
        ("Letters!", {}, "invalid-id", ()),
        ("", {}, "invalid-id", ()),
        ("pilot", {}, "repeated-declaration", ()),
        ("letters", {"unit": "nowhere"}, "undeclared-unit", ("unit",)),
        ("letters", {"owner": "nobody"}, "invalid-value", ("owner",)),
        ("letters", {"purpose": "x\u202ey"}, "invalid-value", ("purpose",)),
        ("letters", {"name": "x" * 10_000}, "value-too-long", ("name",)),
    ],
)
def test_a_fault_is_told_at_its_field(
    model: OperatingModel, name: str, fields: dict[str, Any], code: str, path: tuple[str, ...]
) -> None:
    found = with_use_case(model, name, BODY | fields)
    assert isinstance(found, tuple)
    assert [each.path[2:] for each in found] == [path]
    assert path or found[0].code == code


def test_all_faults_are_told_at_once(model: OperatingModel) -> None:
    found = with_use_case(model, "pilot", {"name": "x", "owner": "nobody"})
    assert isinstance(found, tuple)
    assert len(found) == 4


@pytest.mark.parametrize(("name", "id"), [("Ärzte & Co.", "arzte-co"), ("...", ""), ("a" * 99, "a" * 60)])
def test_a_name_becomes_an_id(name: str, id: str) -> None:
    assert id_from(name) == id
