"""Watch: read an answer as it comes, and let go of it in one of three ways.

`hold_back` keeps back what a later piece could still make part of a finding, some dozen characters, so that
what is to be masked never leaves. `windowed` keeps back whole windows until every policy has found them good.
`audit` lets go at once, masks nothing, and stops what it finds later.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from remit.declare.guardrail import STREAMINGS, Handling, Streaming
from remit.enforce.answer import Delta, Piece, Thought, ToolDelta, ToolStart, Vectors
from remit.enforce.guardrail.finding import Found
from remit.enforce.guardrail.kit import Hold
from remit.enforce.guardrail.look import Mark, judged, look, policy_of, said_of, shown
from remit.enforce.guardrail.mask import Vault
from remit.enforce.guardrail.screen import Finding, Screen
from remit.enforce.guardrail.spans import arguments_of, strings_of, with_strings, written
from remit.enforce.guardrail.trust import LOOKED_FOR, Span

OVERLAP_CHARACTERS = 200
"""How much of what was read is read again with the next window: what it says may have begun there."""


class Watch:
    """One answer under way. After `stopped`, nothing more of it is let go."""

    def __init__(
        self,
        screen: Screen,
        vault: Vault,
        mark: Mark,
        *,
        sources: Sequence[str] = (),
        query: str = "",
        least: Streaming = "audit",
    ) -> None:
        """Begin to read an answer.

        `least` is a way of streaming that the caller asks for; a less strict one than the guardrails' is not.
        """
        self._screen, self._vault, self._mark = screen, vault, mark
        self._sources, self._query = sources, query
        self.streaming = max(screen.streaming, least, key=STREAMINGS.index)
        # An answer that must be supported by its sources is known to be only when it is whole.
        self._whole = any(
            action == "block" and screen.guards[guard].acts for _, guard, _, action in screen.output.scores
        )
        self.findings: list[Finding] = []
        self.stopped = False
        self._run: Delta | Thought | None = None
        self._hold: Hold | None = None
        self._tokens = 0
        self._read = ""
        # How much was read since a window was weighed, and whether all that came was found good.
        self._since, self._good = 0, True
        self._answer: list[str] = []
        self._kept: list[Piece] = []
        self._tool: ToolStart | None = None
        self._arguments: list[str] = []

    def feed(self, pieces: Iterable[Piece]) -> list[Piece]:
        """Take pieces as they came, and give those that may go on."""
        out: list[Piece] = []
        for piece in pieces:
            if self.stopped:
                break
            out += self._one(piece)
        return self._let_go(out)

    def close(self) -> list[Piece]:
        """Give what is left when the answer has ended."""
        out = [*self._end_run(), *self._end_tool()]
        if not self.stopped:
            self._weigh(last=True)
            self._judge()
        return self._let_go(out, last=True)

    def _one(self, piece: Piece) -> list[Piece]:
        if isinstance(piece, ToolDelta):
            self._arguments.append(piece.arguments)
            self._tokens += piece.tokens
            return []
        before = self._end_tool()
        if isinstance(piece, ToolStart):
            before += self._end_run()
            self._tool = piece
            return before
        if isinstance(piece, Thought) and piece.text and (piece.signature or piece.sealed):
            # One that is given whole has both; what signs it goes on by itself.
            signed = Thought(signature=piece.signature, sealed=piece.sealed, id=piece.id)
            return [*before, *self._one(Thought(piece.text, piece.tokens, id=piece.id)), *self._one(signed)]
        if isinstance(piece, Vectors) or (isinstance(piece, Thought) and not piece.text):
            return [*before, *self._end_run(), piece]
        return [*before, *self._text(piece)]

    def _text(self, piece: Delta | Thought) -> list[Piece]:
        out: list[Piece] = []
        if self._run is not None and not _goes_on(self._run, piece):
            out = self._end_run()
        if self._run is None:
            self._run, self._hold = piece, self._begin()
        self._tokens += piece.tokens
        self._read += piece.text
        if isinstance(piece, Delta):
            self._answer.append(piece.text)
        self._since, self._good = self._since + len(piece.text), False
        free = piece.text if self._hold is None else self._hold.feed(piece.text)
        if self._since >= self._screen.window:
            self._weigh()
        return out + self._piece(piece.text if self.streaming == "audit" else free)

    def _piece(self, text: str, *, last: bool = False) -> list[Piece]:
        """Write text as a piece of the run that is under way; with the last go the tokens that are left."""
        if self._run is None or self.stopped or not (text or (last and self._tokens)):
            return []
        tokens, self._tokens = self._tokens, 0
        if isinstance(self._run, Thought):
            # A signature comes in a piece of its own, after the text.
            return [Thought(text, tokens, id=self._run.id)]
        return [Delta(text, tokens, self._run.refusal)]

    def _begin(self) -> Hold | None:
        spotter = self._screen.output.spotter
        return None if spotter is None else spotter.hold(self._replaced)

    def _end_run(self) -> list[Piece]:
        """Let go of the rest of a run of text; what comes next is another part of the answer."""
        out: list[Piece] = []
        if self._run is not None:
            rest = "" if self._hold is None else self._hold.close()
            out = self._piece("" if self.streaming == "audit" else rest, last=True)
            self._weigh(last=True)
        self._run = self._hold = None
        return out

    def _replaced(self, type: str, text: str) -> str:
        """Say what stands in the place of what was found, and remember it."""
        policy = policy_of(type)
        if policy not in LOOKED_FOR["answer"]:
            return text
        found, span = Found(type, 0, len(text)), Span(text, "answer")
        finding = said_of(self._screen, self._screen.output, policy, found, span, number=0, mark=self._mark)
        if finding is None:
            return text
        self._note([finding])
        masks = finding.action == "anonymize" and self.streaming != "audit"
        return self._vault.token(shown(type), text) if masks else text

    def _weigh(self, *, last: bool = False) -> None:
        """Have what was read since the last time weighed as a whole: what it is about, and how it is said."""
        text, self._read = self._read, "" if last else self._read[-OVERLAP_CHARACTERS:]
        self._since, self._good = 0, True
        output = self._screen.output
        if text and (output.content is not None or output.topics is not None):
            self._note(judged(self._screen, "output", Span(text, "answer"), mark=self._mark))

    def _end_tool(self) -> list[Piece]:
        """Read what the model writes to a tool when it is whole; until then it is of no use to anybody."""
        tool, self._tool = self._tool, None
        if tool is None:
            return []
        value = arguments_of(arguments := "".join(self._arguments))
        self._arguments = []
        spans = [Span(text, "arguments") for text in strings_of(value)]
        seen = look(self._screen, "output", spans, self._vault, mark=self._mark)
        self._note(seen.findings)
        if seen.action == "anonymize" and self.streaming != "audit":
            texts = iter(seen.texts)
            arguments = written(with_strings(value, lambda _: next(texts)))
        tokens, self._tokens = self._tokens, 0
        return [] if self.stopped else [tool, ToolDelta(arguments, tokens)]

    def _judge(self) -> None:
        """Have the whole answer weighed against its sources and its question."""
        answer = "".join(self._answer)
        self._note(
            ungrounded(self._screen, answer, scores_of(self._screen, answer, self._sources, self._query))
        )

    def _note(self, findings: Iterable[Finding]) -> None:
        for each in findings:
            self.findings.append(each)
            self.stopped = self.stopped or each.action == "block"

    def _let_go(self, pieces: list[Piece], *, last: bool = False) -> list[Piece]:
        """Keep pieces back as long as the way of streaming asks for."""
        if self.stopped:
            self._kept = []
            return pieces if self.streaming == "audit" else []
        if not self._whole and self.streaming != "windowed":
            return pieces
        self._kept += pieces
        if not last and (self._whole or not self._good):
            return []
        out, self._kept = self._kept, []
        return out


def _goes_on(run: Delta | Thought, piece: Delta | Thought) -> bool:
    if isinstance(run, Delta):
        return isinstance(piece, Delta) and piece.refusal == run.refusal
    return isinstance(piece, Thought)


class Score(msgspec.Struct, frozen=True):
    """How an answer does by one guardrail's measure, and what becomes of it if that is too little."""

    guard: int
    type: str
    score: float
    threshold: float
    action: Handling

    @property
    def passes(self) -> bool:
        return self.score >= self.threshold


def scores_of(screen: Screen, answer: str, sources: Sequence[str], query: str) -> list[Score]:
    """Weigh an answer against its sources and its question; without sources nothing can be."""
    asked = screen.output.scores
    if not asked or not answer.strip() or not sources:
        return []
    found = screen.kit.ground(answer, sources, query)
    by_name = {"GROUNDING": found.grounding, "RELEVANCE": found.relevance}
    return [Score(guard, name, by_name[name], threshold, action) for name, guard, threshold, action in asked]


def ungrounded(screen: Screen, answer: str, scores: Sequence[Score]) -> list[Finding]:
    """Say which guardrails find an answer unsupported or beside the point."""
    return [
        Finding(
            policy="grounding",
            type=each.type,
            trust="answer",
            span=0,
            start=0,
            end=len(answer),
            confidence="high",
            action=each.action if screen.guards[each.guard].acts else "none",
            said=((each.guard, each.action),) if screen.guards[each.guard].acts else (),
            shadowed=() if screen.guards[each.guard].acts else ((each.guard, each.action),),
            score=round(each.score, 3),
            threshold=each.threshold,
        )
        for each in scores
        if not each.passes
    ]
