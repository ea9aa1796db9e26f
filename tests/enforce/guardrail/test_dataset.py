"""Rows of data sets: what can be written in them, and what is said of a line that is none."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.guardrail.dataset import BadRow, Gold, Row, read_row
from strategies import trees


def read(**fields: object) -> Row | BadRow:
    return read_row(7, msgspec.json.encode(fields))


def row(**fields: object) -> Row:
    found = read(**fields)
    assert isinstance(found, Row)
    return found


def test_a_label_says_whether_something_is_in_a_text_or_what() -> None:
    assert row(text="a", label=1).positive is True
    assert row(text="a", label=0).positive is False
    assert row(text="a", label=True).positive is True
    assert row(text="a", label="HATE").positive is None
    assert row(text="a", label="HATE").types == {"HATE"}
    assert row(text="a", label=["HATE", "EMAIL"]).types == {"HATE", "EMAIL"}
    assert row(text="a", label=[]).types == frozenset()


def test_spans_say_where_and_their_types_are_labels() -> None:
    found = row(text="ask ann", spans=[{"type": "NAME", "start": 4, "end": 7}])
    assert found.spans == (Gold("NAME", 4, 7),)
    assert found.types == {"NAME"}
    assert (found.positive, found.side, found.trust) == (None, "input", "person")
    assert row(text="ask ann", spans=[]).spans == ()
    assert row(text="ask ann", label=0).spans is None


def test_who_speaks_says_on_which_side_it_is() -> None:
    assert (row(text="a", label=0, trust="answer").side, row(text="a", label=0, trust="tool").side) == (
        "output",
        "input",
    )
    assert row(text="a", label=0, side="output").trust == "answer"


def test_an_answer_that_does_not_rest_on_its_source_is_what_should_be_found() -> None:
    good = row(answer="a", source="b", query="q", label=1)
    assert (good.positive, good.sources, good.query, good.side, good.trust) == (
        False,
        ("b",),
        "q",
        "output",
        "answer",
    )
    assert row(answer="a", source=["b", "c"], label="unsupported").positive is True
    assert row(answer="a", source="b", label="supported").positive is False


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "it is not JSON"),
        (b'{"text": "a", ', "it is not JSON"),
        (b'"a"', "it is not an object"),
        (b"{}", "it has neither `text` nor `answer`, or both"),
        (b'{"text": "a", "answer": "b", "label": 0}', "it has neither `text` nor `answer`, or both"),
        (b'{"text": "a"}', "it has neither `label` nor `spans`"),
        (b'{"text": "a", "label": 2}', "a `label` that is a number is 0 or 1"),
        (b'{"text": "a", "label": 0.5}', "`label` is of the wrong kind"),
        (b'{"text": "a", "label": 0, "trust": "private words"}', "`trust` is of the wrong kind"),
        (
            b'{"text": "a", "spans": [{"type": "T", "start": 0, "end": 2}]}',
            "`spans` do not lie within the text",
        ),
        (
            b'{"text": "a", "spans": [{"type": "T", "start": 1, "end": 1}]}',
            "`spans` do not lie within the text",
        ),
        (b'{"answer": "a", "label": 0}', "an `answer` needs a `source`"),
        (b'{"answer": "a", "source": [], "label": 0}', "an `answer` needs a `source`"),
        (
            b'{"answer": "a", "source": "b", "label": "HATE"}',
            "the `label` of an answer is 1 or `supported`, 0 or `unsupported`",
        ),
        (b'{"answer": "a", "source": "b", "spans": []}', "an `answer` needs a `label`"),
    ],
)
def test_what_is_no_row_is_told_why_and_never_quoted(line: bytes, reason: str) -> None:
    assert read_row(3, line) == BadRow(3, reason)


@given(trees | st.fixed_dictionaries({"text": trees, "label": trees, "spans": trees}))
def test_any_json_is_a_row_or_told_why(value: object) -> None:
    assert read_row(1, msgspec.json.encode(value)).number == 1


@given(st.binary(max_size=60))
def test_any_bytes_are_a_row_or_told_why(line: bytes) -> None:
    assert read_row(1, line).number == 1
