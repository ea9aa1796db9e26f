"""Tools: what one does, whom it reaches, what comes back from it, and which server it is asked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, field_validator

from remit.declare.declared import Amount, BlockAddress, DataClass, Declared, Id, Prose, Title, Truth, Visible

TOOL_URL_PATTERN = (
    r"^(?:https://[^\s@?#]{1,400}|http://(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/][^\s@?#]{0,400})?)$"
)
PIN_PATTERN = r"^[0-9a-f]{64}$"
ENTRY_POINT_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,79}$"
ARGUMENT_PATTERN = r"^[A-Za-z_][A-Za-z0-9_.-]{0,79}$"
WORDS_MAX = 64

ToolUrl = Annotated[str, StringConstraints(pattern=TOOL_URL_PATTERN), Visible]
"""`https://host/path` without credentials or query; `http` only on this machine."""

Pin = Annotated[str, StringConstraints(pattern=PIN_PATTERN)]
"""A SHA-256 as 64 hexadecimal digits."""

EntryPoint = Annotated[str, StringConstraints(pattern=ENTRY_POINT_PATTERN)]
"""The name of an installed function: letters, digits, underscores and hyphens, at most 80."""

Argument = Annotated[str, StringConstraints(pattern=ARGUMENT_PATTERN)]
"""The name of an argument or of a field of a result, as the tool's server spells it."""

ArgumentRole = Literal["target", "record", "money", "content", "incidental"]
"""What an argument is to the call: whom or what it reaches, or hands something over to; which record it
changes; how much money it moves; what it says; or something that makes no difference to what is done."""

DataGoes = Literal["stays", "organisation", "targets", "public"]
"""Where what a call is given goes: nowhere, to people of the organisation, to whom its targets name, or to
anybody."""

Trust = Literal["trusted", "untrusted"]
"""Whether only the organisation writes what comes back, or others can."""


MemoryDeed = Literal["remember", "recall", "forget"]
"""What an agent does with its memory."""

SOURCES = ("stdio", "url", "openapi", "python", "knowledge", "memory")


class ToolServer(Declared):
    """Whom a tool is asked at: one of `stdio`, `url`, `openapi`, `python`, `knowledge` and `memory`."""

    stdio: tuple[Title, ...] | None = None
    """The command of an MCP server that is started here, and its arguments. It can only be declared."""
    url: ToolUrl | None = None
    """The address of an MCP server that speaks streamable HTTP."""
    openapi: ToolUrl | None = None
    """The address of an OpenAPI document that has the tool as an operation."""
    python: EntryPoint | None = None
    """The entry point of an installed Python function."""
    knowledge: BlockAddress | None = None
    """The knowledge base of this operating model that is searched, as the use case that calls."""
    memory: MemoryDeed | None = None
    """What is done in the memory of the agent that calls, about whom it works for and nobody else."""
    called: Argument | None = None
    """What the tool is called there; left out, as its block is."""
    credential: Id | None = None
    """The sealed credential that calls of it are made with; whoever calls never has it."""
    credential_in: Argument | None = None
    """Where the credential goes, if not as a bearer token: the name of a header, or for `stdio` that of a
    variable of its environment."""
    token_url: ToolUrl | None = None
    """Where the credential, as `client:secret`, is exchanged for a token that lasts a while (OAuth client
    credentials)."""
    scope: Title | None = None
    """What that token shall be good for, in the words of whoever issues it."""
    outcome: Argument | None = None
    """What is asked there what came of a call: a tool, an operation or an entry point that takes `claim` and
    answers with `done`, true or false. It must change nothing."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Name which of these are said."""
        return tuple(each for each in SOURCES if getattr(self, each))


class ToolReturns(Declared):
    """What comes back from a tool; a run that has read it is labelled by it."""

    trust: Trust = "untrusted"
    """Who can write it. Left out, anybody: whoever only relays mail, pages or files cannot answer for it."""
    data_class: DataClass = "internal"
    """The most sensitive data that it holds."""
    registers: tuple[Argument, ...] = ()
    """Fields of its result that the system of record fills by itself and nobody else can write, such as the
    accounts that were paid before. What stands in them is known as a target from then on, in that run."""


class ToolTraits(Declared):
    """What calls of a tool are decided by. Whatever is left out is read as the more dangerous."""

    effect: Literal["reads", "writes"]
    """Whether it only reads, or also changes something."""
    reversible: Truth = False
    """Whether what it changes can be put back as it was."""
    data_goes: DataGoes = "public"
    """Where what it is given goes. One that reads sends out its arguments all the same."""
    data_class_max: DataClass = "internal"
    """The most sensitive data that a run may have read and still give something to it by itself."""
    arguments: dict[Argument, ArgumentRole] = {}
    """What its arguments are to a call; one that is not named here is `content`."""
    returns: ToolReturns = ToolReturns()
    """What comes back from it."""
    asked_as: tuple[Title, ...] = ()
    """In which words people ask for it, such as `pay` or `send money`, in any language. After a run has read
    what others wrote, it is only used if the person's own words hold one of these."""
    price_per_call: Amount | None = None
    """What one call of it costs, if anything: held in every budget before it, and charged after it."""
    server: ToolServer | None = None
    """Whom it is asked at; without one it can be named, and not called."""
    pin: Pin | None = None
    """The SHA-256 of its name, description and schema as they were approved. A tool that reads otherwise is
    not called until it was looked at again."""
    note: Prose | None = None
    """What whoever approves a call of it should know."""

    @field_validator("asked_as", "arguments", mode="before")
    @classmethod
    def _few(cls, value: Any) -> Any:
        if isinstance(value, list | tuple | Mapping) and len(value) > WORDS_MAX:
            raise ValueError(f"write at most {WORDS_MAX}")
        return value

    def named(self, role: ArgumentRole) -> tuple[str, ...]:
        """List the arguments of a role."""
        return tuple(name for name, each in self.arguments.items() if each == role)

    @property
    def sends(self) -> bool:
        """Say whether a call of it can change something or carry something out."""
        return self.effect == "writes" or self.data_goes != "stays"
