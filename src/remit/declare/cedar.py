"""Cedar text: where each policy of a file begins and ends, and at which word its reader stopped.

The library that reads the language says what is wrong and not where, so the places are found here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cedarpy import policies_to_pst, pst

from remit.declare.text import DEPTH_MAX, Path, Place

SUFFIX = ".cedar"
"""What the names of files with policies end in."""

CHAINED_MAX = 500

_TOKEN = re.compile(r'//[^\n\r]*|\s+|"(?:\\.|[^"\\])*"|[A-Za-z_]\w*|[0-9]+|::|&&|\|\||[=!<>]=|.', re.DOTALL)
_QUOTED = re.compile(r"`([^`]+)`")
_CHAINED = frozenset((".", "[", "+", "-", "*", "&&", "||", "if", "has"))
_ENDED = "unexpected end of input"


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a sign of the text, with its offsets; blanks and comments are none."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy as it stands in a file, from its first annotation to its semicolon."""

    tokens: tuple[Token, ...]
    annotated: dict[str, Token]
    body: int
    """At which token the policy itself begins, after its annotations."""

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    @property
    def is_ended(self) -> bool:
        return self.tokens[-1].text == ";"

    @property
    def id(self) -> str:
        """What its `@id` says, read without unescaping; empty if there is none."""
        found = self.annotated.get("id")
        at = self.tokens.index(found) + 3 if found else len(self.tokens)
        return self.tokens[at].text.strip('"') if at < len(self.tokens) else ""


def statements(text: str) -> list[Statement]:
    """Cut a text into its policies; what follows the last semicolon is one that is not ended."""
    found: list[Statement] = []
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        if match[0].isspace() or match[0].startswith("//"):
            continue
        tokens.append(Token(match[0], match.start(), match.end()))
        if match[0] == ";":
            found.append(_statement(tokens))
            tokens = []
    return [*found, _statement(tokens)] if tokens else found


def _statement(tokens: Sequence[Token]) -> Statement:
    annotated: dict[str, Token] = {}
    at = 0
    while at + 1 < len(tokens) and tokens[at].text == "@":
        annotated.setdefault(tokens[at + 1].text, tokens[at])
        at += 5 if at + 2 < len(tokens) and tokens[at + 2].text == "(" else 2
    return Statement(tuple(tokens), annotated, min(at, len(tokens) - 1))


def is_too_deep(statement: Statement) -> bool:
    """Say whether brackets nest, or operators chain, so deep that reading it could end the process.

    The library goes down into both on the machine's stack, which it does not guard.
    """
    depth = chained = 0
    for token in statement.tokens:
        depth += (token.text in ("(", "[", "{")) - (token.text in (")", "]", "}"))
        chained += token.text in _CHAINED
        if depth > DEPTH_MAX or chained > CHAINED_MAX:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Stopped:
    """What the reader of the language says, and the token that it means."""

    summary: str
    token: int


def parse(text: str, statement: Statement) -> pst.Template | Stopped:
    """Read one policy; one with slots to be filled in is none."""
    try:
        read = policies_to_pst(text[statement.start : statement.end])
    except ValueError as error:
        return Stopped(str(error), _stopped_at(text, statement, str(error)))
    for template in read.static_policies.values():
        return template
    return Stopped("a template with slots decides nothing", token_named(statement, "?") or statement.body)


def parsed(text: str) -> pst.Template:
    """Read a policy that was found sound."""
    [template] = policies_to_pst(text).static_policies.values()
    return template


def _stopped_at(text: str, statement: Statement, summary: str) -> int:
    """Find the token that no further text could have mended, else the one that the message names."""
    low, high = 0, len(statement.tokens)
    while low + 1 < high:
        middle = (low + high) // 2
        if _begins_well(text[statement.start : statement.tokens[middle - 1].end]):
            low = middle
        else:
            high = middle
    if high == len(statement.tokens) and (named := token_of(statement, summary)) is not None:
        return named
    return high - 1 if summary.startswith("unexpected") or high < len(statement.tokens) else statement.body


def _begins_well(text: str) -> bool:
    try:
        policies_to_pst(text)
    except ValueError as error:
        return str(error) == _ENDED
    return True


def token_of(statement: Statement, message: str) -> int | None:
    """Find the first token that a message names, in backticks or after its last colon."""
    quoted = (word.rpartition("::")[2].strip('"') for word in _QUOTED.findall(message))
    named = [*quoted, message.rpartition(": ")[2].removeprefix("@")]
    return next((at for word in named if (at := token_named(statement, word)) is not None), None)


def token_named(statement: Statement, word: str) -> int | None:
    """Find a word in the policy itself, else anywhere in it; one in quotes counts without them."""
    order = [*range(statement.body, len(statement.tokens)), *range(statement.body)]
    return next((at for at in order if statement.tokens[at].text in (word, f'"{word}"')), None)


def locate_policies(text: str, paths: Iterable[Path]) -> dict[Path, Place]:
    """Find the places of some paths: a policy's number or id, then an annotation, a token, or a word."""
    found = statements(text)
    by_id = {statement.id: statement for statement in reversed(found)}
    places: dict[Path, Place] = {}
    for path in set(paths):
        statement = None
        if len(path) > 1:
            at = path[1]
            statement = found[at] if isinstance(at, int) else by_id.get(at)
        if statement is not None:
            place = _line_and_column(text, _offset(statement, path[2:]))
            places[path] = Place(place, place)
    return places


def _offset(statement: Statement, rest: Path) -> int:
    if not rest:
        return statement.start
    what = rest[0]
    if isinstance(what, str) and what in statement.annotated:
        return statement.annotated[what].start
    at = what if isinstance(what, int) else token_named(statement, what)
    return statement.start if at is None else statement.tokens[at].start


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
