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

GROUPS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Declare": {
        "init": ("model:init", "write a small operating model to start from"),
        "check": ("model:check", "report every fault in a directory at once"),
        "plan": ("change:plan", "show what applying a directory would change"),
        "apply": ("change:apply", "put a directory in force"),
        "pull": ("pull:pull", "write what is in force into a directory"),
        "history": ("change:history", "list the versions of the operating model"),
        "rollback": ("change:rollback", "put an earlier version in force again"),
        "governance": ("governance:governance", "who decides on what"),
        "blocks": ("blocks:blocks", "what is shared, by whom, and what was built twice"),
        "import": ("import_:import_", "bring in what is kept elsewhere"),
        "price": ("price:price", "what models cost: look up, update, and find what lacks a price"),
    },
    "Enforce": {
        "explain": ("model:explain_remit", "what a use case may do, who decided, what would widen it"),
        "key": ("key:key", "credentials, each bound to one use case"),
        "provider": ("provider:provider", "who serves models, and their credentials, sealed"),
        "guardrail": ("guardrail:guardrail", "what content may pass: try it, measure it, review it"),
        "autonomy": ("autonomy:autonomy", "what agents have earned, and what would change it"),
        "policy": ("policy:policy", "what no field can say, in the Cedar language"),
        "kill-switch": ("kill_switch:kill_switch", "stop calls at once, and let them go on"),
        "agent": ("agent:agent", "who acts by itself: agents, their runs, and how to stop one"),
        "knowledge": (
            "knowledge:knowledge",
            "documents that use cases search: add, search, evaluate",
        ),
        "memory": ("memory:memory", "what agents remember of whom: list, show, erase"),
        "stop": ("kill_switch:stop", "stop a tool, a run, an agent or a use case at once"),
        "tool": ("tool:tool", "what agents act through: tools, their calls, what is not known"),
        "batch": ("batch:batch", "calls that wait in files until there is room for them"),
    },
    "Record": {
        "ledger": ("ledger:ledger", "the append-only record: list, ask, seal, prove, verify"),
        "capture": ("capture:capture", "prompts and answers that are kept: show, erase"),
        "cost": ("cost:cost", "what a month cost, as it is known now or was then"),
        "reconcile": ("reconcile:reconcile", "match what was billed with what was charged"),
        "export": ("export:export", "give costs and kept calls to others, and check such files"),
        "sprawl": ("sprawl:sprawl", "calls in others' exports that no use case owns"),
        "webhook": ("webhook:webhook", "who is told of what happens, and whether it arrives"),
    },
    "Decide": {
        "outcome": ("outcome:outcome", "business results: bring them in, correct them, join them to calls"),
        "portfolio": ("portfolio:portfolio", "use cases, and where they stand"),
        "value": ("value:value", "what use cases bring, what they cost, and on what evidence"),
        "evaluate": ("evaluate:evaluate", "try models on a data set or on live calls"),
        "evaluation": ("evaluation:evaluation", "what was tried, and how one release did beside another"),
        "close-period": ("close_period:close_period_command", "state the costs of a month for good"),
        "finops": ("finops:finops", "where money goes, what it buys, and what would be cheaper"),
        "study": ("study:study", "what use cases bring: registered, run, and shown by grade"),
        "attest": ("evidence:attest_command", "say that something is so, with a date and a link"),
        "evidence": ("evidence:evidence", "what people and studies say of use cases and units"),
        "gate": ("gate:gate", "what must be shown, how it stands, and its review"),
        "stage": ("stage:stage", "take a use case back, or end it"),
        "approval": ("approval:approval", "what waits for consent, and the answers"),
        "risk": ("risk:risk", "what can go wrong with a use case, and what the law asks"),
        "risks": ("risk:risks", "the register of risks, the gravest first"),
        "controls": ("controls:controls", "how controls stand, by use case or by framework"),
        "maturity": ("maturity:maturity", "six pillars at four levels, and the next moves"),
        "report": ("board:report", "the board report, for print, as a page or as text"),
    },
    "Run": {
        "up": ("server:up", "apply a directory and start the servers in the background"),
        "down": ("server:down", "stop the servers that work on this data directory"),
        "serve": ("server:serve_here", "run one server in this terminal"),
        "sign-in": ("access:sign_in", "make a token that signs a person in to the portal once"),
        "session": ("access:session", "who is signed in to the portal: list, end"),
        "token": ("access:token", "tokens of the control API: issue, list, revoke"),
        "status": ("status:status", "stages, calls, spend, refusals and findings of this month"),
    },
}
"""The commands by the step of the flow that they belong to: the module and name of each, and what it is for.

A module is loaded when its command is asked for, and none to list them all.
"""

COMMANDS: Mapping[str, str] = {name: where for group in GROUPS.values() for name, (where, _) in group.items()}


class Commands(click.Group):
    """The commands by their names, each loaded only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"remit.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, COMMANDS))
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), says) for name, (_, says) in group.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
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
