"""Policies: what the fields cannot say, in the Cedar language, with who answers for it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from remit.declare.declared import Contact, Declared, Title, Visible

POLICIES_MAX = 100
"""Every policy is evaluated on every call, and the cost of that is in proportion to their number."""

TEXT_MAX = 10_000

PolicyText = Annotated[str, StringConstraints(min_length=1, max_length=TEXT_MAX), Visible]
"""One policy in the Cedar language, from `permit` or `forbid` to its semicolon, at most 10,000 characters."""

PolicyMode = Literal["enforce", "log_only"]
"""Whether calls are held to a policy, or it is only evaluated and noted in the ledger."""


class Policy(Declared):
    """What no field can say, in the Cedar language. The fields decide first; a policy only forbids more."""

    text: PolicyText
    """The policy itself, without its annotations."""
    owner: Contact | None = None
    """Who answers for it; without one, the organisation's contact does."""
    summary: Title | None = None
    """What it forbids, as a refusal shall say it."""
    help: Title | None = None
    """What would make a refused call pass."""
    mode: PolicyMode = "enforce"
    """Whether it is held to."""


ANNOTATIONS = ("id", *(name for name in Policy.model_fields if name != "text"))

# A word that is one of a few is an entity of an enumerated type, so that a misspelt one is refused: compared
# as texts, `"confidental"` would be sound and never be met. What is the same on every call of a key stands
# on the key, because a context is read anew for each call.
SCHEMA = """\
// What a policy of Remit can ask about, in the Cedar language.

// How sensitive data is, from the least to the most.
entity DataClass enum ["public", "internal", "confidential", "restricted"];

// A stage of a use case's life.
entity Stage enum ["envision", "experiment", "launch", "scale", "retired"];

// Where a building block is in its life.
entity BlockStatus enum ["draft", "pending_approval", "approved", "rejected", "deprecated"];

// A business unit, within the unit above it.
entity Unit in [Unit];

// A use case, within the unit that owns it.
entity UseCase in [Unit];

// Who calls: a key, within its use case.
entity Key in [UseCase] = {
  "id": String,
  "use_case": String,
  "unit": String,
  // The stage that the use case is at.
  "stage": Stage,
  // The most sensitive data that the use case handles.
  "data_class": DataClass,
  // Whether the use case handles data about people; one that does not say so counts as if it did.
  "personal_data": Bool,
};

// What is called: a model block, by its address.
entity Model = {
  "address": String,
  "provider": String,
  // The most sensitive data that it is approved for.
  "data_class_max": DataClass,
  // Where it handles data; empty if its declaration does not say.
  "regions": Set<String>,
  "private_connection": Bool,
  "status": BlockStatus,
};

// A call of a model, after the fields of the remit allowed it.
action "call_model" appliesTo {
  principal: [Key],
  resource: [Model],
  context: {
    // The most tokens that the input can be: a byte counts as one.
    "input_tokens_bound": Long,
    // The most tokens that the answer can be.
    "output_tokens": Long,
    // The most that the call can cost, in the organisation's currency, rounded up to four decimals.
    "amount": decimal,
    // The hour of the day, 0 to 23, in the organisation's time zone.
    "hour": Long,
    // The day of the week there, from 1 for Monday to 7 for Sunday.
    "weekday": Long,
    // Whether the answer is wanted as a stream.
    "streamed": Bool,
  },
};
"""
