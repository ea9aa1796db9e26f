"""An answer's pieces as the texts that they are, and with other texts in their places."""

from __future__ import annotations

from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart
from remit.enforce.guardrail.run import rewritten, runs_of

PIECES: list[Piece] = [
    Thought("let me ", 2),
    Thought("see", 1),
    Thought(signature="signed"),
    Delta("Hello ", 1),
    Delta("Ann", 2),
    ToolStart("1", "write", 3),
    ToolDelta('{"to": "Ann", ', 2),
    ToolDelta('"n": 1, "cc": ["Bo"]}', 4),
    Delta("done", 1, refusal=True),
]


def test_what_was_said_in_one_go_is_one_text() -> None:
    spans = [[(span.text, span.trust) for span in run.spans] for run in runs_of(PIECES)]
    assert spans == [
        [("let me see", "answer")],
        [("Hello Ann", "answer")],
        [("Ann", "arguments"), ("Bo", "arguments")],
        [("done", "answer")],
    ]


def test_what_is_not_changed_stays_as_it_came() -> None:
    out = [piece for run in runs_of(PIECES) for piece in rewritten(run, [span.text for span in run.spans])]
    assert out == PIECES


def test_other_texts_take_the_places_of_the_old_and_no_token_is_lost() -> None:
    runs = runs_of(PIECES)
    texts = [["hm"], ["Hello {NAME_1}"], ["{NAME_1}", "{NAME_2}"], ["no"]]
    out = [piece for run, new in zip(runs, texts, strict=True) for piece in rewritten(run, new)]
    assert out == [
        Thought("hm", 3),
        Thought(signature="signed"),
        Delta("Hello {NAME_1}", 3),
        ToolStart("1", "write", 3),
        ToolDelta('{"to":"{NAME_1}","n":1,"cc":["{NAME_2}"]}', 6),
        Delta("no", 1, refusal=True),
    ]


def test_a_run_without_text_is_no_text() -> None:
    [run] = runs_of([Thought(sealed="closed")])
    assert run.spans == ()
    assert rewritten(run, []) == [Thought(sealed="closed")]
