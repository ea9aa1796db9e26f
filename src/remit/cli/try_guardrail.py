"""The command `remit guardrail test`: what guardrails say of a text that nobody sends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import click

from remit.bootstrap import open_system
from remit.cli.context import PROBLEMS, count, json_option, note, render_diagnostics, say, say_json
from remit.cli.directory import load_directory
from remit.cli.table import shorten
from remit.cli.underline import Part, printable, underlined
from remit.declare.operating_model import OperatingModel
from remit.enforce.guardrail.trust import Policy, Side, Trust
from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System
from remit.operations.try_guardrails import Trial, try_guardrails
from remit.report.findings import Said
from remit.report.tried_text import FoundPart, TriedText
from remit.settings import Settings

TEXT_BYTES_MAX = 10_000_000
_PARTS_SHOWN = 100
_WITHIN: tuple[Policy, ...] = ("sensitive", "pattern", "word")
_WRITTEN: tuple[Trust, ...] = ("answer", "arguments")

guardrail_option = click.option(
    "--guardrail", "guardrails", multiple=True, metavar="ADDRESS", help="A guardrail, `guardrail/NAME@N`."
)
directory_option = click.option(
    "--directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What is declared in this directory, applied or not; left out, what is in force.",
)


def declared_model(system: System, directory: Path | None) -> OperatingModel:
    """Return what is in force, or what a directory declares; with faults in that, the command ends."""
    fold_ledger(system)
    if directory is None:
        return model_in_force(system)[1]
    loaded = load_directory(directory)
    if loaded.operating_model is None:
        note(render_diagnostics(loaded.diagnostics, everything=False))
        sys.exit(PROBLEMS)
    return loaded.operating_model


def _text(text: str | None, file: Path | None) -> str:
    """Read the text that is named, within bounds."""
    if (text is None) == (file is None):
        raise click.UsageError("give a text, `-` for standard input, or `--file`")
    if file is not None:
        with file.open("rb") as opened:
            body = opened.read(TEXT_BYTES_MAX + 1)
    elif text == "-":
        body = sys.stdin.buffer.read(TEXT_BYTES_MAX + 1)
    else:
        assert text is not None
        body = text.encode("utf-8", "surrogateescape")
    if len(body) > TEXT_BYTES_MAX:
        raise RemitError(
            f"the text has more than {TEXT_BYTES_MAX:,} bytes",
            help="give a part of it",
            code="file-too-large",
        )
    return body.decode("utf-8", "replace")


@click.command(name="test")
@click.argument("text", required=False)
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the text from it."
)
@guardrail_option
@click.option("--use-case", default="", help="All guardrails that calls of this use case pass.")
@click.option("--side", type=click.Choice(get_args(Side)), help="Left out, whichever the speaker is on.")
@click.option(
    "--trust", type=click.Choice(get_args(Trust)), help="Who speaks; left out, a person or the model."
)
@click.option("--source", "sources", multiple=True, help="What an answer must rest on.")
@click.option("--query", default="", help="What an answer must answer.")
@directory_option
@json_option
@click.pass_obj
def try_text(
    settings: Settings,
    text: str | None,
    file: Path | None,
    guardrails: tuple[str, ...],
    use_case: str,
    side: Side | None,
    trust: Trust | None,
    sources: tuple[str, ...],
    query: str,
    directory: Path | None,
    as_json: bool,
) -> None:
    """Say what guardrails find in TEXT and what would become of it; `-` reads it from standard input.

    Nothing is sent or written down. The exit code is 1 if the text is stopped.
    """
    if not guardrails and not use_case:
        raise click.UsageError("name a guardrail with `--guardrail`, or a use case with `--use-case`")
    given = _text(text, file)
    side = side or ("output" if trust in _WRITTEN or sources else "input")
    trust = trust or ("answer" if side == "output" else "person")
    with open_system(settings) as system:
        model = declared_model(system, directory)
        trial = Trial(given, side, trust, sources, query)
        tried = try_guardrails(system, model, trial, guardrails=guardrails, use_case=use_case)
    if as_json:
        say_json(tried)
    else:
        say(_render(tried, given))
        _note(tried)
    sys.exit(PROBLEMS if tried.action == "block" else 0)


def _render(tried: TriedText, text: str) -> str:
    parts: list[str] = []
    shown = tried.found[:_PARTS_SHOWN]
    marked = [Part(each.start, each.end, _said(each)) for each in shown if not _is_whole(each, text)]
    if marked:
        parts.append(underlined(text, marked))
    whole = [f"as a whole: {_said(each)}" for each in shown if _is_whole(each, text)]
    if whole:
        parts.append("\n".join(whole))
    if len(tried.found) > _PARTS_SHOWN:
        parts.append(f"... and {len(tried.found) - _PARTS_SHOWN:,} more findings; `--json` shows them")
    parts += (
        f"{each.guardrail}: {each.type.lower()} {each.score} of at least {each.threshold}"
        f"{'' if each.passes else ', too little'}"
        for each in tried.scores
    )
    parts.append(_becomes(tried))
    return "\n".join(parts)


def _is_whole(found: FoundPart, text: str) -> bool:
    """Say if something is said by a text as a whole, so that underlining all of it would say nothing."""
    return found.policy not in _WITHIN and found.end - found.start >= len(text)


def _said(found: FoundPart) -> str:
    kind = f" ({found.kind})" if found.kind else ""
    words = "; ".join(_word(each) for each in found.said) or "nobody asks for it"
    return f"{found.policy} {found.type}{kind}, {found.confidence}: {words}"


def _word(said: Said) -> str:
    return f"{said.guardrail}{' in shadow' if said.shadow else ''} {_DOES[said.action]}"


_DOES = {"none": "notes it", "anonymize": "masks it", "block": "stops it"}


def _becomes(tried: TriedText) -> str:
    if tried.action == "block":
        return f"stopped; the caller is told: {tried.message}"
    if tried.action == "anonymize":
        return "passes, masked:\n" + "\n".join(printable(line) for line in tried.text.split("\n"))
    return "passes as it is"


def _note(tried: TriedText) -> None:
    for each in tried.guardrails:
        shadow = ", in shadow" if each.mode == "shadow" else ""
        note(f"asked: {each.address} for {each.asked_by}{shadow} ({each.owner})")
    if not tried.guardrails:
        note("no guardrail is asked")
    if tried.cleared:
        note(f"passed over: {count(tried.cleared, 'finding')} of which somebody said that it is none")
    if tried.not_asked:
        note(f"not asked, since they are not part of Remit: {shorten(', '.join(tried.not_asked), 200)}")
    note(f"read as {tried.trust}, {tried.side}: {count(tried.characters, 'character')} in {tried.cpu_ms} ms")
