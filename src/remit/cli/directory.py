"""Directories of an operating model: their texts as they are, and what they declare."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from remit.declare.cedar import SUFFIX
from remit.declare.load import Loaded, load
from remit.declare.scope import SHIPPED
from remit.kernel.errors import RemitError

FILE_MAX = 32 * 1024 * 1024
FILES_MAX = 5_000
_SUFFIXES = (".yaml", ".yml", SUFFIX)


def load_directory(directory: Path, more: Mapping[str, str] = MappingProxyType({})) -> Loaded:
    """Read a directory as an operating model, with more texts by name, on top of the defaults that ship."""
    return load({**read_texts(directory), **more})


def read_texts(directory: Path) -> dict[str, str]:
    """Read the texts of a directory, line ends as they are, and of the defaults that ship."""
    return {**shipped_files(), **_texts(directory)}


def shipped_files() -> dict[str, str]:
    """Read the defaults that every operating model stands on."""
    folder = resources.files("remit.declare").joinpath("shipped")
    return {f"{SHIPPED}{file.name}": file.read_text("utf-8") for file in folder.iterdir()}


def _texts(directory: Path) -> dict[str, str]:
    """Read the files of a directory and below that declare something, by relative name, within bounds."""
    files: dict[str, str] = {}
    total = 0
    for path in sorted(each for suffix in _SUFFIXES for each in directory.rglob(f"*{suffix}")):
        name = path.relative_to(directory).as_posix()
        if any(part.startswith(".") for part in Path(name).parts):
            continue
        total += path.stat().st_size
        if total > FILE_MAX or len(files) >= FILES_MAX:
            raise RemitError(
                f"`{directory}` holds more than {FILE_MAX:,} bytes or {FILES_MAX:,} files",
                help="declare less in one directory; is this the right one?",
                code="file-too-large",
            )
        try:
            files[name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise RemitError(
                f"`{name}` is not UTF-8 (byte {error.start})",
                help="save the file as UTF-8",
                code="invalid-character",
            ) from error
    if all(name.endswith(SUFFIX) for name in files):
        raise RemitError(
            f"`{directory}` holds no YAML file",
            help="name the directory of an operating model; `remit init DIR` writes a small one",
            code="no-organisation",
        )
    return files


def write_text(path: Path, text: str) -> None:
    """Put a text in the place of a file, whole or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with fresh.open("wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            fresh.chmod(path.stat().st_mode)
        os.replace(fresh, path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise RemitError(
            f"`{path}` cannot be written",
            help="make it writable, and run the command again; files named before it may have been written",
            code="store-unavailable",
        ) from error
