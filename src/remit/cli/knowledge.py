"""Commands on knowledge bases: add, list, show, search, evaluate, remove."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, get_args

import click
import msgspec

from remit.bootstrap import open_system
from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, count, json_option, note, say, say_json
from remit.cli.knowledge_files import read_file, read_files
from remit.cli.table import table
from remit.declare.declared import DataClass
from remit.enforce.decision import Decision
from remit.enforce.knowledge.filter import Filter, Unreadable, read_filter
from remit.enforce.knowledge.rank import snippet
from remit.kernel.errors import NotPermitted, RemitError
from remit.operations.add_document import (
    Added,
    Given,
    add_document,
    find_document,
    list_documents,
    remove_document,
)
from remit.operations.evaluate_knowledge import evaluate_knowledge, read_cases
from remit.operations.fold_ledger import fold_ledger
from remit.operations.knowledge_base import address_of
from remit.operations.lookup import require_use_case
from remit.operations.search_knowledge import LIMIT, LIMIT_MAX, Question, search_knowledge
from remit.operations.system import System
from remit.operations.view import View, read_view
from remit.record.knowledge_kept import Document, Passage
from remit.settings import Settings


@click.group(cls=CommandGroup)
def knowledge() -> None:
    """Documents that use cases search."""


@knowledge.command()
@click.argument("base")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--source", default="", help="Where the document comes from; its name if it is left out.")
@click.option("--title", default="", help="What it is called; its name if it is left out.")
@click.option("--owner", default="", help="Who answers for it; the knowledge base's owner if it is left out.")
@click.option(
    "--reader",
    "readers",
    multiple=True,
    help="Who may see it, as `unit/NAME`, `use-case/NAME`, `agent/NAME` or `group/NAME`; may be repeated.",
)
@click.option("--data-class", type=click.Choice(get_args(DataClass)), help="How sensitive it is.")
@click.option("--attribute", "attributes", multiple=True, help="What it says of itself, as `name=value`.")
@click.option("--dated", type=click.DateTime(["%Y-%m-%d"]), help="When it was last changed at its source.")
@json_option
@click.pass_obj
def add(settings: Settings, /, base: str, paths: tuple[Path, ...], as_json: bool, **said: Any) -> None:
    """Add documents to BASE: files, or all files of directories. What is there already becomes a new version.

    Text, Markdown, HTML, PDF, Word, Excel and PowerPoint files are read. Ends with 1 if one could not be.
    """
    attributes = dict(map(_attribute, said.pop("attributes")))
    dated = said.pop("dated")
    more = {**said, "attributes": attributes, "dated": dated and dated.replace(tzinfo=UTC)}
    added, failed = list[Added](), list[tuple[str, RemitError]]()
    one = len(paths) == 1 and paths[0].is_file()
    if said["source"] and not one:
        raise click.UsageError("a source is of one document; leave `--source` out for several")
    with open_system(settings) as system:
        for given in read_files(system, paths, Given(name="", content=b"", **more)):
            try:
                added.append(add_document(system, base, given, author=settings.author))
            except RemitError as error:
                if error.code != "document-refused":
                    raise
                failed.append((given.name, error))
    _say_added(added, failed, as_json=as_json)
    if failed:
        sys.exit(PROBLEMS)


def _say_added(added: Sequence[Added], failed: Sequence[tuple[str, RemitError]], *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "added": [{"change": each.change, **_document(each.document)} for each in added],
                "refused": [
                    {"name": name, "code": error.code, "summary": error.summary} for name, error in failed
                ],
            }
        )
    else:
        rows = [
            (each.change, each.document.source, str(each.document.version), f"{each.document.chunks:,}")
            for each in added
        ]
        say(table(["", "source", "version", "chunks"], rows, right={2, 3}))
    for name, error in failed:
        note(f"error[{error.code}]: {name}: {error.summary}\n  help: {error.help}")


def _attribute(text: str) -> tuple[str, str | float | bool]:
    name, mark, value = text.partition("=")
    if not mark or not name:
        raise click.BadParameter("write `name=value`", param_hint="--attribute")
    if value in ("true", "false"):
        return name, value == "true"
    try:
        return name, float(value) if value.replace(".", "", 1).lstrip("-").isdecimal() else value
    except ValueError:
        return name, value


def _document(each: Document) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(each)
    return found


@knowledge.command(name="list")
@click.argument("base", default="")
@json_option
@click.pass_obj
def list_all(settings: Settings, base: str, as_json: bool) -> None:
    """List the documents of BASE, or of every knowledge base."""
    with open_system(settings) as system:
        found = list_documents(system, base)
    if as_json:
        say_json([_document(each) for each in found])
        return
    if not found:
        note("there is no document")
        return
    rows = [
        (
            each.base.removeprefix("knowledge/"),
            each.source,
            str(each.version),
            f"{each.dated:%Y-%m-%d}",
            each.data_class,
            ", ".join(each.readers),
            f"{each.chunks:,}",
            each.id,
        )
        for each in found
    ]
    headings = ["knowledge base", "source", "version", "dated", "data", "readers", "chunks", "id"]
    say(table(headings, rows, right={2, 6}))


@knowledge.command()
@click.argument("base")
@click.argument("document")
@json_option
@click.pass_obj
def show(settings: Settings, base: str, document: str, as_json: bool) -> None:
    """Show what is kept of DOCUMENT, by its id or source, and which versions it had; not its text."""
    with open_system(settings) as system:
        found = find_document(system, address_of(base), document)
        past = system.make_knowledge().past(found.id) if found else []
    if found is None:
        raise _no_document(base, document)
    if as_json:
        say_json({**_document(found), "versions": msgspec.to_builtins(past)})
        return
    attributes = ", ".join(f"{name}={value}" for name, value in found.attributes.items())
    for name, value in (
        ("document", found.id),
        ("source", found.source),
        ("title", found.title),
        ("owner", found.owner or "nobody"),
        ("readers", ", ".join(found.readers)),
        ("data class", found.data_class),
        ("attributes", attributes or "none"),
        ("meaning by", found.embedding),
    ):
        say(f"{name:<12}{value}")
    rows = [
        (
            str(each.version),
            f"{each.added:%Y-%m-%d %H:%M}",
            f"{each.removed:%Y-%m-%d %H:%M}" if each.removed else "current",
            f"{each.chunks:,}",
            each.digest,
        )
        for each in past
    ]
    say("\n" + table(["version", "added (UTC)", "removed (UTC)", "chunks", "digest"], rows, right={0, 3}))


def _no_document(base: str, document: str) -> RemitError:
    return RemitError(
        f"`{address_of(base)[:80]}` has no document `{document[:80]}`",
        help="`remit knowledge list` shows all, with their ids",
        code="not-found",
    )


_as_use_case = click.option(
    "--use-case", required=True, help="As whom; what this use case may not see is not looked at."
)


@knowledge.command()
@click.argument("base")
@click.argument("question")
@_as_use_case
@click.option("--agent", default="", help="As which agent of the use case.")
@click.option("--limit", type=click.IntRange(1, LIMIT_MAX), default=LIMIT, help="How many passages.")
@click.option("--filter", "filter_text", default="", help="A filter on attributes, as the JSON of the API.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only documents dated since then.")
@click.option("--whole", is_flag=True, help="Show passages whole.")
@json_option
@click.pass_obj
def search(
    settings: Settings, /, base: str, question: str, use_case: str, as_json: bool, **said: Any
) -> None:
    """Search BASE for QUESTION, as a use case, and show the passages with where they stand."""
    since = said["since"] and said["since"].replace(tzinfo=UTC)
    asked = Question(words=question, limit=said["limit"], filter=_filter(said["filter_text"]), since=since)
    with open_system(settings) as system:
        view = _view(system, use_case)
        found = search_knowledge(system, view.model, view.remit(use_case), base, asked, agent=said["agent"])
    if isinstance(found, Decision):
        raise _refused(found)
    if as_json:
        passages = [msgspec.to_builtins(each) for each in found.passages]
        say_json({"knowledge": found.address, "trust": found.block.trust, "passages": passages})
        return
    if not found.passages:
        note("nothing was found that this use case may see")
        return
    note(f"{found.address}: {found.block.trust}, {count(len(found.passages), 'passage')}")
    say("\n\n".join(_passage(each, question, whole=said["whole"]) for each in found.passages))


def _passage(each: Passage, question: str, *, whole: bool) -> str:
    text = each.text if whole else snippet(each.text, question)
    where = f"{each.source}, version {each.version}, chunk {each.chunk}: {each.place}"
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    return f"{each.score:.3f}  {where} ({each.dated:%Y-%m-%d}, {each.data_class})\n{indented}"


def _filter(text: str) -> Filter | None:
    if not text:
        return None
    try:
        return read_filter(msgspec.json.decode(text))
    except Unreadable as error:
        raise click.BadParameter(str(error), param_hint="--filter") from None
    except (msgspec.DecodeError, RecursionError):
        raise click.BadParameter("write a JSON object", param_hint="--filter") from None


def _view(system: System, use_case: str) -> View:
    fold_ledger(system)
    view = read_view(system)
    require_use_case(view.model, use_case)
    return view


def _refused(decision: Decision) -> NotPermitted:
    return NotPermitted(decision.summary, help=decision.help, code=decision.rule)


@knowledge.command()
@click.argument("base")
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_as_use_case
@click.option("--ndcg", type=float, default=0.0, help="End with 1 if nDCG@10 is below this.")
@json_option
@click.pass_obj
def evaluate(
    settings: Settings, base: str, questions: Path, use_case: str, ndcg: float, as_json: bool
) -> None:
    """Ask BASE every question of a file, and say how well what should be found was found.

    QUESTIONS has a line for each, `{"question": "…", "sources": ["…"]}`, with the sources of the documents
    that answer it, or an object that says how well each does.
    """
    cases = read_cases(read_file(questions))
    with open_system(settings) as system:
        view = _view(system, use_case)
        found = evaluate_knowledge(system, view.model, view.remit(use_case), base, cases)
    if isinstance(found, Decision):
        raise _refused(found)
    if as_json:
        say_json(
            {
                "knowledge": found.address,
                "questions": found.score.questions,
                "ndcg_at_10": round(found.score.ndcg_at_10, 4),
                "recall_at_100": round(found.score.recall_at_100, 4),
                "nothing_found": list(found.unseen),
            }
        )
    else:
        say(f"questions    {found.score.questions:,}")
        say(f"nDCG@10      {found.score.ndcg_at_10:.3f}")
        say(f"recall@100   {found.score.recall_at_100:.3f}")
        if found.unseen:
            say(f"not found    {', '.join(map(str, found.unseen[:20]))}")
    if found.score.ndcg_at_10 < ndcg:
        sys.exit(PROBLEMS)


@knowledge.command()
@click.argument("base")
@click.argument("document")
@click.option("--reason", required=True, help="Why, for the ledger.")
@json_option
@click.pass_obj
def remove(settings: Settings, base: str, document: str, reason: str, as_json: bool) -> None:
    """Remove DOCUMENT from BASE, by its id or source, with all its text."""
    if not reason.strip():
        raise click.BadParameter("say why", param_hint="--reason")
    with open_system(settings) as system:
        removed = remove_document(system, base, document, author=settings.author, reason=reason.strip())
    if as_json:
        say_json(_document(removed))
        return
    say(f"{removed.source} is removed from {removed.base}, with {count(removed.chunks, 'chunk')}")
