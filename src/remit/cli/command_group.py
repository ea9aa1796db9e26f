"""A group of commands whose help says of each, in whole words, what it does."""

from __future__ import annotations

import click

_BETWEEN = 6
"""What stands before and between the two columns of a list."""
_CLAUSES = (": ", "; ", ", and ")


class CommandGroup(click.Group):
    """Lists its commands without cutting a sentence in the middle."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        shown = [(name, command) for name, command in found if command is not None and not command.hidden]
        if not shown:
            return
        room = formatter.width - max(len(name) for name, _ in shown) - _BETWEEN
        with formatter.section("Commands"):
            formatter.write_dl([(name, in_short(command.help or "", room)) for name, command in shown])


def in_short(help: str, room: int) -> str:
    """Take the first sentence; of one that is too long for its line, as many whole clauses as fit.

    >>> in_short("List groups: their owners join them, or not.\\n\\nMore.", 60)
    'List groups: their owners join them, or not.'
    >>> in_short("List groups: their owners join them, or not.\\n\\nMore.", 20)
    'List groups.'
    """
    sentence = " ".join(help.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    ends = [at for mark in _CLAUSES for at in range(len(sentence)) if sentence.startswith(mark, at)]
    fitting = [end for end in (len(sentence), *ends) if end < room]
    # A clause that is too long by itself is wrapped, never cut.
    return f"{sentence[: max(fitting, default=min((len(sentence), *ends)))]}."
