"""Declared text is read without guessing, within bounds, and everything in it can be found again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from remit.declare import text as declared_text
from remit.declare.text import DEPTH_MAX, SCALAR_MAX, SIZE_MAX, Path, Place, locate, read
from strategies import trees

styles = st.sampled_from((True, False, None))


def tree_of(text: str) -> Any:
    tree, faults = read(text, "f.yaml")
    assert faults == []
    return tree


def codes(text: str) -> list[tuple[str, int, int]]:
    return [(fault.code, fault.span.line, fault.span.column) for fault in read(text, "f.yaml")[1]]


@pytest.mark.parametrize(
    "word",
    [
        "NO",
        "no",
        "on",
        "1.10",
        "12:30",
        "0x10",
        "0o7",
        "~",
        "null",
        "1_000",
        "2026-11-23",
        ".inf",
        "<<",
        "=",
        "1e3",
    ],
)
def test_every_word_stays_as_it_is_written(word: str) -> None:
    assert tree_of(f"a: {word}\n{word}: b") == {"a": word, word: "b"}


def test_an_empty_text_that_is_quoted_is_a_text_and_one_that_is_not_is_missing() -> None:
    assert tree_of("a: ''\nb: \"\"") == {"a": "", "b": ""}
    assert codes("a:\nb: 1\nc:\n  -\n  - x") == [("empty-value", 1, 3), ("empty-value", 4, 4)]


def test_an_empty_item_of_a_list_has_no_name_to_report() -> None:
    (fault,) = read("- ", "f.yaml")[1]
    assert fault.summary == "a value is missing here"


def test_nothing_at_all_is_not_a_fault() -> None:
    assert read("", "f.yaml") == (None, [])
    assert read("# nothing yet\n", "f.yaml") == (None, [])


def test_of_two_equal_fields_the_first_stays_and_the_second_is_reported() -> None:
    tree, faults = read("a: 1\nb: 2\na: 3", "f.yaml")
    assert tree == {"a": "1", "b": "2"}
    assert [(fault.code, fault.span.line, fault.help) for fault in faults] == [
        ("repeated-field", 3, "keep one; the first is at line 1")
    ]


def test_of_two_equal_fields_with_mappings_nothing_of_the_second_is_mixed_in() -> None:
    tree, _ = read("a: {x: 1}\na: {y: 2, x: 3}", "f.yaml")
    assert tree == {"a": {"x": "1"}}


def test_equal_fields_in_different_mappings_are_not_repeated() -> None:
    assert tree_of("a: {x: 1}\nb: {x: 1}") == {"a": {"x": "1"}, "b": {"x": "1"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: &x 1\nb: *x", [("yaml-anchor", 1, 4), ("yaml-alias", 2, 4)]),
        ("a: &x {b: 1}\nc: {<<: *x}", [("yaml-anchor", 1, 4), ("yaml-alias", 2, 9)]),
        ("- *x\n- b", [("yaml-alias", 1, 3)]),
        ("*x : 1", [("yaml-alias", 1, 1)]),
        ("*x", [("yaml-alias", 1, 1)]),
        ("a: !!python/object/apply:os.system [ls]", [("yaml-tag", 1, 4)]),
        ("a: !!int '3'", [("yaml-tag", 1, 4)]),
        ("a: ! b", [("yaml-tag", 1, 4)]),
        ("!!map {a: b}", [("yaml-tag", 1, 1)]),
        ("a: 1\n---\nb: 2", [("yaml-document", 2, 1)]),
        ("? {a: b}\n: c", [("yaml-key", 1, 3)]),
        ("? [a]\n: c", [("yaml-key", 1, 3)]),
        ("a:\n\t- b", [("yaml-syntax", 2, 1)]),
        ("a: b: c", [("yaml-syntax", 1, 5)]),
        ("a: %x", [("yaml-syntax", 1, 4)]),
        ("]", [("yaml-syntax", 1, 1)]),
    ],
)
def test_the_part_of_yaml_that_hides_things_is_refused(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    assert codes(text) == expected


def test_a_single_document_may_have_its_marks() -> None:
    assert tree_of("%YAML 1.1\n---\na: b\n...\n") == {"a": "b"}


@pytest.mark.parametrize(
    "character",
    "\0\a\x1b\x7f\x85\x9f\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff\ufffe\ud800\r",
)
@pytest.mark.parametrize("around", ["a: ä😀b{}c", "# ä😀b{}c", "a: 'ä😀b{}c'", "ä: |\n  ä😀 {}c"])
def test_a_character_that_hides_something_is_refused_at_its_place(character: str, around: str) -> None:
    text = "first: 1\n" + around.format(character)
    line, column = (3, 6) if "\n" in around else (2, around.index("{") + 1)
    tree, (fault,) = read(text, "f.yaml")
    assert tree is None
    assert (fault.code, fault.span.line, fault.span.column) == ("invalid-character", line, column)
    assert f"U+{ord(character):04X}" in fault.summary


def test_a_line_break_that_reviewers_do_not_see_cannot_end_a_comment() -> None:
    for hidden in ("\u2028", "\u2029", "\x85", "\r"):
        assert read(f"a: 1 # harmless{hidden}calls: true", "f.yaml")[0] is None


@pytest.mark.parametrize(
    "text", ["a: Zoë\nb: 保険", "a: 'tab\there'", "a: no\u00a0break", "a: 👩\u200d🚒 # joined"]
)
def test_ordinary_text_of_any_language_is_read(text: str) -> None:
    assert codes(text) == []


def test_windows_line_ends_and_a_byte_order_mark_change_no_place() -> None:
    plain = "a: 1\nb:\n  - x\n  - y\n"
    windows = "\ufeff" + plain.replace("\n", "\r\n")
    assert tree_of(windows) == tree_of(plain)
    paths: list[Path] = [(), ("a",), ("b",), ("b", 1)]
    assert locate(windows, paths) == locate(plain, paths)
    assert codes("\ufeffa: \u202e") == [("invalid-character", 1, 4)]


def steps(text: str) -> int:
    """Count the events that reading takes from the parser: a bound that no clock is needed for."""
    reader, taken = declared_text._Reader("f.yaml"), 0
    with suppress(declared_text._Stop):
        for event in declared_text.events(text):
            taken += 1
            reader.feed(event)
    return taken


@pytest.mark.parametrize("bomb", ["[" * 1_000_000, "{a: " * 250_000, "- " * 500_000])
def test_a_text_that_is_nested_deeply_is_given_up_at_once(bomb: str) -> None:
    assert [code for code, _, _ in codes(bomb)] == ["nested-too-deep"]
    assert steps(bomb) <= 2 * DEPTH_MAX + 4


def test_the_deepest_allowed_text_is_read() -> None:
    assert codes("[" * DEPTH_MAX + "]" * DEPTH_MAX) == []
    assert codes("[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1)) == [("nested-too-deep", 1, DEPTH_MAX + 1)]


def test_a_billion_laughs_take_as_many_steps_as_they_have_words() -> None:
    lines = ["l0: &l0 lol", *(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10))]
    text = "\n".join(lines)
    tree, faults = read(text, "f.yaml")
    assert steps(text) < 200
    assert {fault.code for fault in faults} == {"yaml-alias", "yaml-anchor"}
    assert len(str(tree)) < 2_000


def test_a_huge_value_is_not_kept() -> None:
    assert tree_of("a: " + "x" * SCALAR_MAX)["a"] == "x" * SCALAR_MAX
    tree, (fault,) = read("a: " + "x" * (SCALAR_MAX + 1), "f.yaml")
    assert tree == {"a": ""}
    assert fault.code == "value-too-long"


def test_a_huge_field_name_is_not_repeated_in_messages() -> None:
    name = "k" * 1_000_000
    _, faults = read(f"? {name}\n: 1\n? {name}\n:\n? &{name} {name}\n: *{name}", "f.yaml")
    assert [fault.code for fault in faults] == [
        "repeated-field",
        "empty-value",
        "yaml-anchor",
        "repeated-field",
        "yaml-alias",
    ]
    assert all(len(fault.summary) < 130 for fault in faults)


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    assert codes("]" * (SIZE_MAX + 1)) == [("file-too-large", 1, 1)]


def test_a_message_holds_no_control_character_of_the_text() -> None:
    (fault,) = read('"\\e[31m": 1\n"\\e[31m": 2', "f.yaml")[1]
    assert fault.summary == "field `\\x1b[31m` is given twice"


def paths_in(tree: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield at, tree
    for name, inner in (
        tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    ):
        yield from paths_in(inner, (*at, name))


def scalar_at(text: str, place: tuple[int, int]) -> str:
    """Read again from a place: the first text that stands there."""
    line, column = place
    rest = text.split("\n", line - 1)[-1][column - 1 :]
    try:
        for event in yaml.parse(" " * (column - 1) + rest, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.ScalarEvent):
                return str(event.value)
    except yaml.YAMLError:
        pass
    return rest


@given(trees, styles)
def test_what_was_written_is_read_back_as_text(tree: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, default_style='"')
    assert tree_of(text) == tree


@given(trees, styles)
def test_everything_that_was_read_is_found_where_it_stands(tree: Any, flow: bool | None) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, default_style='"', width=10**6)
    everything = dict(paths_in(tree))
    places = locate(text, everything)
    assert places.keys() == everything.keys()
    for path, value in everything.items():
        if isinstance(value, str):
            assert scalar_at(text, places[path].value) == value
        if path and isinstance(path[-1], str):
            assert scalar_at(text, places[path].key) == path[-1]
        if path and isinstance(path[-1], int):
            assert places[path].key == places[path].value
        if isinstance(value, list | dict):
            inside = [places[inner].value for inner in everything if inner[: len(path)] == path]
            assert places[path].value == min(inside)


def test_places_after_an_alias_are_not_shifted() -> None:
    text = "a: *x\nb: [*x, {c: 1}]\nd: 2"
    assert locate(text, [("a",), ("b", 0), ("b", 1, "c"), ("d",)]) == {
        ("a",): Place((1, 1), (1, 4)),
        ("b", 0): Place((2, 5), (2, 5)),
        ("b", 1, "c"): Place((2, 10), (2, 13)),
        ("d",): Place((3, 1), (3, 4)),
    }


def test_a_path_that_is_not_there_is_left_out() -> None:
    assert locate("a: 1", [("b",), ("a", 0)]) == {}
    assert locate("1", [()]) == {(): Place((1, 1), (1, 1))}


def test_a_text_is_not_walked_when_nothing_is_wanted() -> None:
    assert locate("] this would not even parse", []) == {}


@given(st.text(max_size=60) | st.text("[]{}:,-&*!?#%'\" \n\tab", max_size=30))
def test_no_text_at_all_makes_reading_fail(text: str) -> None:
    tree, faults = read(text, "f.yaml")
    assert all(fault.span.line >= 1 and fault.span.column >= 1 and fault.help for fault in faults)
    if tree is not None:
        assert () in locate(text, [()])
