"""A group of commands, each loaded only when it is asked for or when all are listed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from remit.cli.command_group import CommandGroup


class LateGroup(CommandGroup):
    """Knows some commands by their module of `remit.cli` and their name in it, as `key:issue`."""

    def __init__(self, *arguments: Any, late: Mapping[str, str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.late = late

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self.late})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.late:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.late[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"remit.cli.{module}"), name)
        return command
