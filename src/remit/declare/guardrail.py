"""Guardrails: what content may pass, in the words of Amazon Bedrock, as one block of policies."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, PlainSerializer, StringConstraints, Tag, field_validator
from pydantic import PlainValidator as Reads

from remit.declare.declared import BlockAddress, Declared, Id, Prose, Seconds, Truth, Visible, rate, whole
from remit.declare.remit_layer import MAPPING, WORD, ContentFilter, Strength
from remit.kernel.money import canonical

Stop = Literal["block", "none"]
"""What becomes of a text in which something is found: it is stopped, or only noted."""

Handling = Literal["block", "anonymize", "none"]
"""What becomes of a text in which personal data is found: it is stopped, masked, or only noted."""

HANDLINGS: tuple[Handling, ...] = ("none", "anonymize", "block")
"""From the one that changes nothing to the strictest."""

TOPICS_MAX, EXAMPLES_MAX, WORDS_MAX, PATTERNS_MAX, CUSTOM_MAX = 30, 20, 10_000, 30, 8

ENTITY_PATTERN = r"^[A-Z][A-Z0-9_]{1,59}$"
Entity = Annotated[str, StringConstraints(pattern=ENTITY_PATTERN, strip_whitespace=False)]
"""A type of personal data or secret, such as `EMAIL`; see [the types](sensitive-types.md)."""

Definition = Annotated[str, StringConstraints(min_length=1, max_length=1000), Visible]
"""A text of 1 to 1,000 characters."""

Example = Annotated[str, StringConstraints(min_length=1, max_length=200), Visible]
"""A text of 1 to 200 characters."""

FilteredWord = Annotated[str, StringConstraints(min_length=1, max_length=100), Visible]
"""A word or phrase of 1 to 100 characters; case makes no difference."""

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=False), Visible]
"""A regular expression of 1 to 500 characters in the syntax of RE2: no look-around, no back-references."""

Message = Annotated[str, StringConstraints(min_length=1, max_length=500), Visible]
"""A text of 1 to 500 characters."""


def _threshold(value: Any) -> Decimal:
    number = rate(value)
    if number > Decimal("0.99"):
        raise ValueError("write a decimal number from 0 to 0.99")
    return number


Threshold = Annotated[Decimal, Reads(_threshold), PlainSerializer(canonical, return_type=str)]
"""A decimal number from 0 to 0.99, such as `0.7`."""


def _window(value: Any) -> int:
    number = int(whole(value))
    if not 100 <= number <= 10_000:
        raise ValueError("write a whole number from 100 to 10,000")
    return number


Window = Annotated[int, Reads(_window)]
"""A whole number from 100 to 10,000."""


def _short(value: Any) -> str:
    return WORD if isinstance(value, str | Decimal) else MAPPING


class Sides(Declared):
    """On which side a policy looks, and what it does there; a side that is not enabled is not looked at."""

    input_enabled: Truth = True
    """Whether what goes to the model is looked at."""
    output_enabled: Truth = True
    """Whether what comes from the model is looked at."""


class Stops(Sides):
    """A policy that stops what it finds, or only notes it."""

    input_action: Stop = "block"
    """What becomes of an input in which something is found."""
    output_action: Stop = "block"
    """What becomes of an answer in which something is found."""


class ContentRule(Stops):
    """How much one content filter stops on each side: the stronger it is, the less sure it has to be."""

    input_strength: Strength = "none"
    """How much is stopped on the way to the model."""
    output_strength: Strength = "none"
    """How much is stopped on the way back."""


class TopicRule(Stops):
    """A topic that is not talked about."""

    definition: Definition
    """What it is about."""
    examples: tuple[Example, ...] = ()
    """What people say who talk about it; at most 20, and five serve well."""

    @field_validator("examples", mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        return _at_most(EXAMPLES_MAX, "examples")(value)


class EntityRule(Sides):
    """What becomes of one type of personal data or secret on each side."""

    input_action: Handling = "anonymize"
    """What becomes of an input in which it is found."""
    output_action: Handling = "anonymize"
    """What becomes of an answer in which it is found."""


class PatternRule(EntityRule):
    """A pattern of one's own."""

    pattern: Pattern
    """What is looked for; time and memory are bounded whatever it says."""
    description: Prose | None = None
    """What it finds."""


class WordRules(Stops):
    """Words that are not said."""

    listed: tuple[FilteredWord, ...] = ()
    """Words and phrases of one's own; at most 10,000."""
    profanity: Truth = False
    """Whether the list of profanity that comes with Remit is filtered as well."""

    @field_validator("listed", mode="before")
    @classmethod
    def _bounded(cls, value: Any) -> Any:
        return _at_most(WORDS_MAX, "words")(value)


class ScoreRule(Declared):
    """A score that an answer must reach."""

    threshold: Threshold
    """The least score that passes."""
    action: Stop = "block"
    """What becomes of an answer that scores less."""
    enabled: Truth = True
    """Whether it is looked at."""


class CustomRule(Sides):
    """A guardrail by somebody else, that is asked for its word on every text. One of the five says whose."""

    webhook: Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]{1,400}$"), Visible] | None = None
    """The address that texts are posted to, under the credential `guardrail-NAME` if there is one."""
    bedrock: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9:/_-]{1,200}$"), Visible] | None = None
    """The identifier of a guardrail of Amazon Bedrock, with its version after a slash: `abc123/4`."""
    provider: Id | None = None
    """For a guardrail of Bedrock: the declared provider through which it is asked."""
    python: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w.-]{0,99}$"), Visible] | None = None
    """The name of an installed entry point of the group `remit.guardrails`."""
    onnx: Annotated[str, StringConstraints(pattern=r"^[\w./-]{1,200}\.onnx$"), Visible] | None = None
    """The path of a classifier, below the directory that `REMIT_GUARDRAIL_MODELS` names."""
    model: BlockAddress | None = None
    """A model that judges, by a call of its own through the gateway; what is asked is the `question`."""
    question: Definition | None = None
    """For a model that judges: what is asked about a text, so that yes lets it pass and no is a finding."""
    sources: Truth = False
    """For a model that judges: whether it is shown an answer's sources and the person's question as well; an
    answer that has no sources is not judged then."""
    private_connection: Truth = False
    """Whether a web hook, or Bedrock, is reached by a private connection."""
    action: Handling = "block"
    """What becomes of a text in which it finds something, at most: one of Bedrock that only masks, or notes,
    has nothing stopped."""
    timeout_seconds: Seconds = 2
    """How long it may take."""
    on_failure: Literal["block", "pass"] = "block"
    """What becomes of a text that it could not look at."""
    wait: Truth = True
    """Whether texts wait for its word. If not, it is asked beside the call, about an answer when it was
    given: then nothing is stopped or masked, and what it finds is an entry of its own."""


def _at_most(most: int, what: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, list | tuple | dict) and len(value) > most:
            raise ValueError(f"write at most {most:,} {what}")
        return value

    return read


ContentSetting = Annotated[
    Annotated[Strength, Tag(WORD)] | Annotated[ContentRule, Tag(MAPPING)], Discriminator(_short)
]
"""A strength for both sides, or a mapping that says more."""

EntitySetting = Annotated[
    Annotated[Handling, Tag(WORD)] | Annotated[EntityRule, Tag(MAPPING)], Discriminator(_short)
]
"""What becomes of it on both sides, or a mapping that says more."""

ScoreSetting = Annotated[
    Annotated[Threshold, Tag(WORD)] | Annotated[ScoreRule, Tag(MAPPING)], Discriminator(_short)
]
"""The least score that passes, or a mapping that says more."""

Streaming = Literal["hold_back", "windowed", "audit"]
"""How a streamed answer is looked at: with a few dozen characters held back, in windows that are let go of
when they are found good, or after it was let go of."""

STREAMINGS: tuple[Streaming, ...] = ("audit", "hold_back", "windowed")
"""From the quickest to the strictest."""

Masks = Literal["type", "number", "key"]
"""What stands in the place of what is masked: its type, its type and a number, or its type and a keyed mark
that is the same in all calls of a use case."""

Restores = Literal["nobody", "people", "everybody"]
"""Who gets back what was masked on the way to the model: nobody, callers that are no agents, or all."""


def content_rule(setting: Any) -> ContentRule:
    """Read a content filter's setting, whichever way it is written."""
    if isinstance(setting, ContentRule):
        return setting
    return ContentRule(input_strength=setting, output_strength=setting)


def entity_rule(setting: Any) -> EntityRule:
    if isinstance(setting, EntityRule):
        return setting
    return EntityRule(input_action=setting, output_action=setting)


def score_rule(setting: Any) -> ScoreRule:
    return setting if isinstance(setting, ScoreRule) else ScoreRule(threshold=setting)


class GuardrailPolicies(Declared):
    """What a guardrail looks for and what it does about it."""

    content: dict[ContentFilter, ContentSetting] = {}
    """Content filters, each with its strength."""
    topics: dict[Id, TopicRule] = {}
    """Topics that are not talked about, at most 30."""
    words: WordRules | None = None
    """Words that are not said."""
    sensitive: dict[Entity, EntitySetting] = {}
    """Personal data and secrets by type; `SECRET` is any kind of credential."""
    patterns: dict[Id, PatternRule] = {}
    """Patterns of one's own, at most 30."""
    grounding: ScoreSetting | None = None
    """How well an answer must be supported by the sources that the request names as such."""
    relevance: ScoreSetting | None = None
    """How much an answer must have to do with the question."""
    custom: dict[Id, CustomRule] = {}
    """Guardrails by somebody else, at most 8; they are asked after all others."""
    allowed: tuple[FilteredWord, ...] = ()
    """Texts that are never taken for personal data or a filtered word, such as one's own telephone number."""
    blocked_input: Message = "This request was stopped by a guardrail."
    """What a caller is told whose input was stopped."""
    blocked_output: Message = "This answer was stopped by a guardrail."
    """What a caller is told in the place of an answer that was stopped."""
    streaming: Streaming = "hold_back"
    """How a streamed answer is looked at; of several guardrails, the strictest way holds."""
    window_characters: Window = 400
    """How long a window is, with `streaming: windowed`."""
    masks: Masks = "number"
    """What stands in the place of what is masked."""
    restores: Restores = "nobody"
    """Who gets back what was masked; of several guardrails, the fewest."""
    unverified: Stop = "none"
    """What becomes of a text in a language that content filters were not made for: noted, or stopped."""
    mode: Literal["enforce", "shadow"] = "enforce"
    """With `shadow` everything is looked at and noted, and nothing is done about it."""

    @field_validator("topics", mode="before")
    @classmethod
    def _topics(cls, value: Any) -> Any:
        return _at_most(TOPICS_MAX, "topics")(value)

    @field_validator("patterns", mode="before")
    @classmethod
    def _patterns(cls, value: Any) -> Any:
        return _at_most(PATTERNS_MAX, "patterns")(value)

    @field_validator("custom", mode="before")
    @classmethod
    def _custom(cls, value: Any) -> Any:
        return _at_most(CUSTOM_MAX, "guardrails by others")(value)


def stricter(one: Handling, other: Handling) -> Handling:
    """Choose the stricter of two ways to handle something."""
    return max(one, other, key=HANDLINGS.index)
