"""The command `remit`: every group in one place, and every fault turned into its exit code."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Mapping
from importlib import import_module

import click

from remit import __version__
from remit.cli.context import OUR_FAULT, fail, note
from remit.kernel.errors import RemitError, where
from remit.settings import read_settings

COMMANDS: Mapping[str, str] = {
    "init": "model:init",
    "check": "model:check",
    "plan": "change:plan",
    "apply": "change:apply",
    "history": "change:history",
    "rollback": "change:rollback",
    "pull": "pull:pull",
    "explain": "model:explain_remit",
    "gate": "gate:gate",
    "evaluate": "evaluate:evaluate",
    "evaluation": "evaluation:evaluation",
    "attest": "evidence:attest_command",
    "evidence": "evidence:evidence",
    "approval": "approval:approval",
    "controls": "controls:controls",
    "risks": "risk:risks",
    "risk": "risk:risk",
    "policy": "policy:policy",
    "governance": "governance:governance",
    "maturity": "maturity:maturity",
    "guardrail": "guardrail:guardrail",
    "import": "import_:import_",
    "portfolio": "portfolio:portfolio",
    "blocks": "blocks:blocks",
    "sprawl": "sprawl:sprawl",
    "reconcile": "reconcile:reconcile",
    "cost": "cost:cost",
    "ledger": "ledger:ledger",
    "export": "export:export",
    "key": "key:key",
    "kill-switch": "kill_switch:kill_switch",
    "batch": "batch:batch",
    "capture": "capture:capture",
    "provider": "provider:provider",
    "webhook": "webhook:webhook",
    "status": "status:status",
    "up": "server:up",
    "down": "server:down",
    "serve": "server:serve_here",
}
"""The module and the name of each command; a module is loaded when its command is asked for."""


class Commands(click.Group):
    """The commands by their names, each loaded only when it is asked for or when all are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"remit.cli.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="remit")
@click.pass_context
def remit(context: click.Context) -> None:
    """The operating model for generative AI, as software.

    Declare it in YAML, enforce it on every call, record what happened, decide on the evidence, report.
    """
    context.obj = read_settings()


def collect_rarely() -> None:
    """Let the collector look for circles less often than Python's own setting has it.

    A large operating model is millions of objects that live until the end of the command. With the usual
    setting the collector walks them again and again while they are made: a quarter of the time of loading.
    """
    gc.set_threshold(100_000, 20, 20)


def main() -> None:
    """Run the command line; a fault of the world is a sentence, one of ours a report to send."""
    collect_rarely()
    try:
        remit.main(prog_name="remit", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except RemitError as error:
        fail(error, as_json="--json" in sys.argv)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        # Where a file is named, the world failed; where none is, we did.
        if error.filename is None:
            report(error)
            sys.exit(OUR_FAULT)
        fail(_unusable(error), as_json="--json" in sys.argv)
    except Exception as error:  # noqa: BLE001 (the door: whatever is left is our fault)
        report(error)
        sys.exit(OUR_FAULT)


def _unusable(error: OSError) -> RemitError:
    name = errno.errorcode.get(error.errno or 0, "error")
    return RemitError(
        f"`{error.filename}` cannot be used ({name})",
        help="see that it is there, is of the right kind, and that you may use it",
        code="file-unusable",
    )


def report(error: Exception) -> None:
    """Write what a developer needs to know; no values, which could be prompts or secrets."""
    note(f"error[internal-fault]: remit {__version__} did something wrong: {where(error)}")
    note("  help: please report this line; it holds no prompt, secret or personal data")
