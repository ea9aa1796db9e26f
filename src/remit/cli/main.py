"""The command `remit`: every group in one place, and every fault turned into its exit code."""

from __future__ import annotations

import errno
import gc
import sys

import click

from remit import __version__
from remit.cli import (
    batch,
    blocks,
    change,
    gate,
    governance,
    import_,
    key,
    ledger,
    model,
    policy,
    portfolio,
    provider,
    pull,
    server,
    sprawl,
    status,
)
from remit.cli.context import OUR_FAULT, fail, note
from remit.kernel.errors import RemitError, where
from remit.settings import read_settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="remit")
@click.pass_context
def remit(context: click.Context) -> None:
    """The operating model for generative AI, as software.

    Declare it in YAML, enforce it on every call, record what happened, decide on the evidence, report.
    """
    context.obj = read_settings()


for command in (
    model.init,
    model.check,
    change.plan,
    change.apply,
    change.history,
    change.rollback,
    pull.pull,
    model.explain_remit,
    gate.gate,
    policy.policy,
    governance.governance,
    import_.import_,
    portfolio.portfolio,
    blocks.blocks,
    sprawl.sprawl,
    ledger.ledger,
    key.key,
    batch.batch,
    provider.provider,
    status.status,
    server.up,
    server.down,
    server.serve_here,
):
    remit.add_command(command)


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
