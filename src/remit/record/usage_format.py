"""The format of a usage export: where a provider's log says who called which model, and how much."""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from remit.declare.declared import Declared, Title, Truth, Word
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.text import read
from remit.kernel.diagnostic import Diagnostic, in_order


class UsageFormat(Declared):
    """Where a row of an export holds what; a path names a field inside a field by a dot.

    A new export needs such a file, no code. No path may lead to prompts or answers.
    """

    name: Title
    """What the export is called."""
    source: Title
    """Where its shape is documented."""
    layout: Literal["lines", "rows", "buckets"]
    """`lines`: one JSON object on each line. `rows`: these, a JSON list of them, or CSV. `buckets`: pages of
    buckets of results, or CSV."""
    marker: Title | None = None
    """A field that says what kind of row it is."""
    marked: Title | None = None
    """What it says in rows that are read."""
    at: Title
    """When: a time as text, or seconds since 1970."""
    model: Title
    """Which model answered."""
    account: Title | None = None
    """The account that pays."""
    project: Title | None = None
    """The provider's own project."""
    identity: Title | None = None
    """Who called."""
    key: Title | None = None
    """The credential, by the provider's id for it."""
    calls: Title | None = None
    """How many calls a row stands for; without it, one."""
    input_tokens: Title
    """Tokens read."""
    output_tokens: Title
    """Tokens written."""
    cache_read_tokens: Title | None = None
    """Tokens read from a cache."""
    cache_write_tokens: Title | None = None
    """Tokens written to a cache."""
    input_includes_cache: Truth = False
    """Whether tokens read from a cache are counted among the tokens read, too."""
    input_includes_cache_writes: Truth = False
    """Whether tokens written to a cache are counted among the tokens read, too."""
    names: tuple[Title, ...] = ()
    """Fields whose words can name a use case or a key; of a mapping, its values."""
    labels: tuple[Word, ...] = ()
    """Labels by which a use case says which of these words are its own."""
    model_prefixes: tuple[Title, ...] = ()
    """What may stand before a model's name."""


def read_format(text: str, file: str) -> tuple[UsageFormat | None, tuple[Diagnostic, ...]]:
    """Read a format, or find every fault in it at once."""
    tree, diagnostics = read(text, file)
    if tree is None or diagnostics:
        return None, in_order(diagnostics)
    if not isinstance(tree, dict) or set(tree) != {"format"}:
        help = "begin with `format:`, indent its fields below it, and write nothing else"
        faults = [Fault(file, (), "not-a-format", "the file is not the format of a usage export", help)]
        return None, in_order(in_place(faults, {file: text}))
    try:
        return UsageFormat.model_validate(tree["format"]), ()
    except ValidationError as error:
        faults = list(faults_in(error, file, ("format",), kind=UsageFormat))
        return None, in_order(in_place(faults, {file: text}))
