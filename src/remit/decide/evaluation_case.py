"""Data sets of evaluations: cases, each with what is asked and how its answer is scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BeforeValidator, StringConstraints

from remit.declare.block import Portion, PromptParameters
from remit.declare.declared import BlockAddress, Declared, Id, Prose, Rate, Title, Truth, Word

CASES_MAX = 10_000
TURNS_MAX = 200
SOURCES_MAX = 50
SCORERS_MAX = 20
WORDS_MAX = 100_000
"""How many characters a text of a case may have."""

ScorerKind = Literal[
    "exact",
    "contains",
    "excludes",
    "regex",
    "json_schema",
    "numeric",
    "similarity",
    "grounding",
    "judge",
    "python",
    "refusal",
]
"""How an answer is scored."""

CASE_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"

Words = Annotated[str, StringConstraints(max_length=WORDS_MAX, strip_whitespace=False)]
"""A text as it stands, at most 100,000 characters; attacks may hold characters that nobody sees."""

CaseId = Annotated[str, StringConstraints(pattern=CASE_ID_PATTERN, strip_whitespace=False)]
"""Letters, digits, dots, hyphens and underscores, at most 80."""


class Scorer(Declared):
    """One way to score an answer; which fields it takes depends on what it is."""

    scorer: ScorerKind
    """What it is."""
    name: Id | None = None
    """What its result is called; left out, as what it is."""
    value: Words | None = None
    """What the answer is held against, if not the case's `expected`: a text, a number, a pattern of RE2 or a
    JSON Schema."""
    at_least: Portion | None = None
    """The least score that passes, from 0 to 1."""
    tolerance: Rate | None = None
    """How far a number may be off."""
    relative: Truth = False
    """Whether the tolerance is a part of what is expected."""
    ignore_case: Truth = False
    """Whether capital letters are small ones."""
    model: BlockAddress | None = None
    """The model that judges."""
    rubric: Prose | None = None
    """What the judge is asked; yes passes."""
    entry_point: Title | None = None
    """The name of an evaluator that is installed, in the group `remit.evaluators`."""

    @property
    def label(self) -> str:
        return self.name or self.scorer


def scorer_list(value: Any) -> Any:
    """Read scorers of which some, or the only one, are only named."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list):
        return items
    return [{"scorer": each} if isinstance(each, str) else each for each in items]


def _turns(value: Any) -> Any:
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Turn(Declared):
    """One message of what is asked."""

    role: Literal["system", "user", "assistant"]
    """Who says it."""
    content: Words
    """What it says."""


Turns = Annotated[tuple[Turn, ...], BeforeValidator(_turns)]
"""A text, which the person says, or a list of messages, each with its `role` and `content`."""

Scorers = Annotated[tuple[Scorer, ...], BeforeValidator(scorer_list)]
"""A list of scorers, of which one that needs nothing more may be only its name, or one name alone."""

Texts = Annotated[tuple[Words, ...], BeforeValidator(_list)]
"""A list of texts, or one text."""


class WrittenCase(Declared):
    """A case as it is written down."""

    id: CaseId | None = None
    """What results call it; left out, a keyed digest of what it says."""
    input: Turns = ()
    """What is asked: a text, or messages with `role` and `content`."""
    variables: dict[Word, Words] = {}
    """Values of the prompt's variables."""
    expected: Words | None = None
    """What the answer should be or hold."""
    sources: Texts = ()
    """What the answer must rest on. It is not sent; what the model shall read stands in `input`."""
    attack: Truth = False
    """Whether it tries to have the model do what it must not."""
    must_not: Texts = ()
    """Texts that no answer may hold."""
    scorers: Scorers = ()
    """How its answer is scored; they stand in the place of the set's."""
    answer: Words | None = None
    """An answer that was given before; then nothing is called, and it is only scored."""


class Header(Declared):
    """What a data set says of all its cases."""

    name: Id | None = None
    """What it is called; left out, as its file."""
    adversarial: Truth = False
    """Whether all of its cases are attacks."""
    parameters: PromptParameters = PromptParameters()
    """How answers are made, where a prompt does not say it."""
    scorers: Scorers = ()
    """How answers are scored whose case does not say it."""


class Case(msgspec.Struct, frozen=True, omit_defaults=True):
    """One case of a data set.

    Its `answer` is there if it was given before; then nothing is called. It is passed if all of its `scorers`
    pass, no two of which have the same label.
    """

    id: str
    line: int
    messages: tuple[Turn, ...] = ()
    variables: Mapping[str, str] = {}
    expected: str | None = None
    sources: tuple[str, ...] = ()
    attack: bool = False
    must_not: tuple[str, ...] = ()
    scorers: tuple[Scorer, ...] = ()
    answer: str | None = None

    @property
    def question(self) -> str:
        """What the person last asked."""
        return next((turn.content for turn in reversed(self.messages) if turn.role == "user"), "")


class DataSet(msgspec.Struct, frozen=True):
    """Cases in their order, under a name; `digest` is the SHA-256 of the file that they stand in.

    An adversarial one is made of attacks alone, and any other of none.
    """

    name: str
    digest: str
    cases: tuple[Case, ...]
    adversarial: bool = False
    parameters: PromptParameters = PromptParameters()
