"""A table fits on the screen: what is wide is wrapped or left out, and no figure is cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.cli.table import ANY_WIDTH, table

LONG = "in place of `policy-questions` it would leave 0.46 points less; beside all that is chosen it lacks 5"
WIDE = [["total-loss-photos", "2.26", LONG], ["broker-inbox", "2.16", "a tie"]]


def test_a_sentence_is_wrapped_beside_its_row() -> None:
    assert table(["not chosen", "worth", "why"], WIDE, right={1}, width=70).splitlines() == [
        "not chosen         worth  why",
        "total-loss-photos   2.26  in place of `policy-questions` it would",
        "                          leave 0.46 points less; beside all that is",
        "                          chosen it lacks 5",
        "broker-inbox        2.16  a tie",
    ]


def test_what_is_needed_least_is_left_out_only_where_there_is_no_room() -> None:
    rows = [["a", "b" * 40, "c" * 40]]
    assert "name" not in table(["id", "name", "owner"], rows, least=("name",), width=80)
    assert "name" in table(["id", "name", "owner"], rows, least=("name",), width=90)


def test_an_id_that_is_copied_stays_whole_unless_it_is_very_long() -> None:
    assert "route/peak-load" in table(["a", "b"], [["x " * 30, "led to by the route/peak-load"]], width=60)
    assert len(table(["id"], [["-".join(["eleven"] * 20)]], width=60).splitlines()) == 4


def test_what_a_program_reads_keeps_one_line_for_each_row() -> None:
    assert len(table(["a", "b"], [["x", LONG * 3]], width=ANY_WIDTH).splitlines()) == 2


words = st.lists(st.text("abc-é", min_size=1, max_size=30), max_size=12).map(" ".join)


@given(st.lists(st.tuples(words, words, st.integers(0, 10**9).map("{:,}".format)), max_size=4))
def test_no_line_is_wider_than_the_screen_and_nothing_is_lost(rows: list[tuple[str, str, str]]) -> None:
    laid_out = table(["one", "two", "three"], rows, right={2}, width=100)
    assert all(len(line) <= 100 for line in laid_out.splitlines())
    seen = sorted("".join(laid_out.split()))
    assert seen == sorted(
        "".join("".join(cell.split()) for row in [("one", "two", "three"), *rows] for cell in row)
    )
