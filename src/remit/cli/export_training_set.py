"""The command `remit export training-set`: kept calls, masked, as examples to train models with."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, cast

import click
import msgspec

from remit.bootstrap import name_files, open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.days import DAY, SIGNED_MONEY
from remit.cli.table import table
from remit.decide.training_set import LEFT_OUT, Choice
from remit.kernel.errors import RemitError
from remit.kernel.money import Money
from remit.operations.export_training_set import POPULATION_MAX, TrainingWanted, export_training_set
from remit.report.training_format import EXAMPLES_MAX, FORMATS, FormatName
from remit.report.training_set import Named, TrainingSet, manifest
from remit.settings import Settings

LIMIT, EPOCHS_MAX = 10_000, 100
_HALF = Decimal("0.5")


class ShareType(click.ParamType[Decimal]):
    """A share from nothing to a half, as `0.1`."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        try:
            found = Decimal(str(value)) if len(str(value)) <= 10 else _HALF + 1
        except InvalidOperation:
            found = _HALF + 1
        if not (found.is_finite() and 0 <= found <= _HALF):
            self.fail("write a share from 0 to 0.5, such as 0.1", param, ctx)
        return found


@click.command(name="training-set")
@click.argument("use_case")
@click.option(
    "--format", "format_name", required=True, type=click.Choice(list(FORMATS)), help="Whose format."
)
@click.option(
    "--into",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to write; nothing may be there yet. FILE.manifest.json goes beside it.",
)
@click.option(
    "--validation",
    default="0",
    type=ShareType(),
    metavar="SHARE",
    help="Which share to hold back in a second file, such as 0.1, chosen by a hash of what was asked.",
)
@click.option("--since", type=DAY, help="Only calls from this day on, in UTC.")
@click.option("--until", type=DAY, help="Only calls before this day, in UTC.")
@click.option(
    "--limit",
    default=LIMIT,
    show_default=True,
    type=click.IntRange(1, EXAMPLES_MAX),
    help="At most so many, the newest, and as many as the format takes.",
)
@click.option("--prompt", default="", metavar="ADDRESS", help="Only calls with this prompt block.")
@click.option("--model", default="", metavar="ADDRESS", help="Only calls that this model block served.")
@click.option(
    "--only-passed",
    "evaluations",
    multiple=True,
    metavar="EVALUATION",
    help="Only answers that passed in this evaluation of live calls; may be repeated.",
)
@click.option("--without-answers", is_flag=True, help="Leave answers out, for a teacher to give them.")
@click.option("--simulated", is_flag=True, help="Take in calls to simulated models, counted as such.")
@click.option(
    "--training-price", type=SIGNED_MONEY, metavar="AMOUNT", help="What a million tokens cost to train with."
)
@click.option(
    "--epochs",
    default=1,
    show_default=True,
    type=click.IntRange(1, EPOCHS_MAX),
    help="How often the training reads the file, for what it may cost.",
)
@json_option
@click.pass_obj
def training_set(
    settings: Settings,
    use_case: str,
    format_name: str,
    into: Path,
    validation: Decimal,
    since: date | None,
    until: date | None,
    limit: int,
    prompt: str,
    model: str,
    evaluations: tuple[str, ...],
    without_answers: bool,
    simulated: bool,
    training_price: Money | None,
    epochs: int,
    as_json: bool,
) -> None:
    """Write kept calls of USE_CASE, masked, as examples to train models with.

    The remit has to say `training: true`, now and when each call was made. There are all files or none.
    """
    name = cast(FormatName, format_name)
    if without_answers and not FORMATS[name].answers_optional:
        raise click.UsageError("only `--format bedrock-distillation` goes without answers")
    if training_price is not None and training_price.amount < 0:
        raise click.BadParameter("a price is not below zero", param_hint="--training-price")
    choice = Choice(_midnight(since), _midnight(until), prompt, model, None, simulated)
    most = min(limit, FORMATS[name].examples_max)
    wanted = TrainingWanted(use_case, name, most, choice, evaluations, validation, not without_answers)
    made, found = _written(settings, wanted, into)
    if training_price is not None:
        found["training_cost"] = {"price": training_price, "epochs": epochs}
        found["training_cost"]["estimate"] = made.cost(training_price, epochs)
    if as_json:
        say_json(found)
    else:
        _say(made, found)
    _tell(made, wanted)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), UTC)


def _written(settings: Settings, wanted: TrainingWanted, into: Path) -> tuple[TrainingSet, dict[str, Any]]:
    """Write all files apart, and give them their names once the ledger has the entry."""
    apart = into.with_name(f"{into.stem}.validation{into.suffix}") if wanted.held_back else None
    beside = into.with_name(f"{into.name}.manifest.json")
    for name in (into, beside, *((apart,) if apart else ())):
        if name.exists():
            raise _taken(name)
    # Nobody else may look into this directory, nor into what is made in it.
    with tempfile.TemporaryDirectory(dir=into.absolute().parent, prefix=".remit-export-") as made_in:
        folder = Path(made_in)
        training, held_back, said = (_new(folder / each) for each in ("training", "validation", "manifest"))
        with training.open("w+b") as out, held_back.open("w+b") as rest, open_system(settings) as system:
            made = export_training_set(system, wanted, out, held_back=rest, author=settings.author)
        named = Named(
            into.name, apart.name if apart else "", wanted.choice, wanted.evaluations, wanted.answers
        )
        found = manifest(made, named)
        said.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
        files = [(training, into), (said, beside)] + ([(held_back, apart)] if apart else [])
        try:
            name_files(files)
        except FileExistsError as error:
            raise _taken(Path(error.filename2 or into)) from None
    return made, found


def _new(path: Path) -> Path:
    path.touch(mode=0o600, exist_ok=False)
    return path


def _taken(path: Path) -> RemitError:
    return RemitError(
        f"`{path.name}` is there already, and is not written over",
        help="name another file with `--into`, or move that one aside",
        code="file-exists",
    )


def _say(made: TrainingSet, found: dict[str, Any]) -> None:
    files = [found["training"], *([found["validation"]] if found["validation"] else [])]
    rows = [
        (each["file"], f"{each['examples']:,}", f"{each['bytes']:,}", each["sha256"][:16] or "-")
        for each in files
    ]
    say(table(["file", "examples", "bytes", "SHA-256"], rows, right=frozenset({1, 2})))
    tokens = f"about {made.tokens:,} tokens to train with once, as the ledger counted them"
    cost = found.get("training_cost")
    if cost is not None:
        times = count(cost["epochs"], "epoch")
        tokens += f": {cost['estimate'].display()} for {times} at {cost['price'].display()} a million"
    say(tokens)


def _tell(made: TrainingSet, wanted: TrainingWanted) -> None:
    """Say on standard error what was left out and why, and what to mind before training."""
    left_out, few = made.entry.left_out, FORMATS[wanted.format].examples_few
    newest = f", the newest {POPULATION_MAX:,}" if made.more_calls else ""
    note(
        f"of {count(made.looked_at, 'call')}{newest}, {sum(left_out.values()):,} left out;"
        f" `{made.entry.consent}` allows training, ledger entry {made.entry.id}"
    )
    for reason, says in LEFT_OUT.items():
        if reason in left_out:
            note(f"  {left_out[reason]:>7,} {says} ({reason})")
    if made.simulated:
        note(f"SIMULATED: {count(made.simulated, 'example')} of simulated models, whose answers are made up")
    if len(made.main.calls) < few:
        note(f"fewer than the {few} examples that are asked for or advised")
    note("a detector can miss something: look at the file before you give it away")
