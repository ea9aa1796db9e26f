"""Commands that bring in what is kept elsewhere: inventory."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

import click

from remit.cli.command_group import CommandGroup
from remit.cli.context import PROBLEMS, json_option, note, render_diagnostics, say, say_json
from remit.declare.organisation import STAGES
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.suggest import did_you_mean
from remit.operations.import_inventory import BYTES_MAX, REPORT, ImportedInventory, import_inventory

_PROFILES = resources.files("remit.declare").joinpath("profiles")


@click.group(name="import", cls=CommandGroup)
def import_() -> None:
    """Bring in what is kept elsewhere."""


@import_.command()
@click.argument("source", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", required=True, help="A profile that ships, such as `omb-2024`, or a file.")
@click.option(
    "--into", "target", required=True, metavar="DIR", type=click.Path(path_type=Path), help="A new directory."
)
@json_option
def inventory(source: Path, profile: str, target: Path, as_json: bool) -> None:
    """Turn the spreadsheet FILE into an operating model, and report what could not be mapped."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RemitError(
            f"`{target}` is not an empty directory",
            help="name a new directory; nothing was written",
            code="directory-not-empty",
        )
    if source.stat().st_size > BYTES_MAX:
        raise RemitError(
            f"`{source.name}` holds more than {BYTES_MAX // 1024**2} MiB",
            help="split it, and import each part into its own directory",
            code="source-too-large",
        )
    name, text = _profile(profile)
    note(f"reading {source.name} as profile {name} says")
    body = source.read_bytes()
    imported = import_inventory(body, source_name=source.name, profile_text=text, profile_name=name)
    if not isinstance(imported, ImportedInventory):
        say(render_diagnostics(imported, everything=False))
        note(f"{name}: the profile cannot be used; nothing was written")
        sys.exit(PROBLEMS)
    _write(imported, body, target)
    if as_json:
        say_json({"counts": imported.counts, "reported": imported.reasons, "directory": str(target)})
    else:
        say(_summary(imported, target))


def _profile(name: str) -> tuple[str, str]:
    """Find a profile by the name it ships under, or read it from a file."""
    shipped = {file.name.removesuffix(".yaml"): file for file in _PROFILES.iterdir()}
    if name in shipped:
        return f"{name}.yaml", shipped[name].read_text("utf-8")
    path = Path(name)
    if not path.is_file():
        raise NotFound(
            f"there is no profile `{name[:80]}`",
            help=did_you_mean(name, shipped, otherwise=f"use one of {', '.join(shipped)}, or name a file"),
        )
    try:
        return path.name, path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RemitError(
            f"`{path.name}` is not UTF-8 (byte {error.start})",
            help="save the profile as UTF-8",
            code="invalid-character",
        ) from error


def _write(imported: ImportedInventory, body: bytes, target: Path) -> None:
    """Write the declarations, the report, and the source itself, which keeps what no field holds."""
    for name, text in imported.files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (target / REPORT).write_text(imported.report, "utf-8")
    (target / imported.source_file).write_bytes(body)


def _summary(imported: ImportedInventory, target: Path) -> str:
    counts = imported.counts
    stages = ", ".join(f"{stage} {counts.stages.get(stage, 0):,}" for stage in STAGES)
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in imported.reasons.items()) or "none"
    return (
        f"{counts.use_cases:,} use cases in {counts.units:,} units: {stages}\n"
        f"reported, row by row, in {target / REPORT}: {reasons}\n"
        f"kept whole beside them: {imported.source_file}; `remit check {target}` reads the result"
    )
