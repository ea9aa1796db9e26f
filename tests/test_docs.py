"""The documentation is checked: codes have pages, examples do what they say, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path

import click
import pytest

import error_codes
from forked_command import Forks
from remit.cli.main import remit
from remit.decide.evaluation_text import read_data_set
from remit.declare.history import read_past
from remit.declare.inventory_profile import read_profile
from remit.declare.load import load
from remit.declare.scenario import read_scenario
from remit.declare.scope import SHIPPED
from remit.gateway.openai_chat import decode
from remit.gateway.wire import Ask, Failure
from remit.kernel.diagnostic import Diagnostic
from remit.record.usage_format import read_format

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CODES = error_codes.codes()
PAGES = {path.stem: path for path in sorted((DOCS / "errors").glob("*.md")) if path.stem != "README"}
GUIDES = sorted((DOCS / "guides").glob("*.md"))
WRITTEN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
LOCAL_MODEL = ROOT / ".cache/models/smollm2-135m-instruct-q4_1.gguf"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Fence:
    """A block of code in a page: its language and its text."""

    language: str
    text: str


def fences(path: Path) -> list[Fence]:
    return [Fence(language, text) for language, text in _FENCE.findall(path.read_text("utf-8"))]


def example(code: str, heading: str) -> Fence:
    """Take the one block that stands under a heading of a code's page."""
    _, _, after = PAGES[code].read_text("utf-8").partition(f"\n## {heading}\n")
    [first, *_] = _FENCE.findall(after)
    return Fence(*first)


# ── codes ──


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert set(PAGES) == set(CODES)


@pytest.mark.parametrize("code", sorted(PAGES))
def test_a_code_s_page_has_its_sentence_cause_examples_and_who_can_change_it(code: str) -> None:
    text = PAGES[code].read_text("utf-8")
    title, sentence, *_ = text.split("\n\n")
    assert title == f"# {code}"
    assert sentence.endswith(".")
    assert re.findall(r"^## (.*)$", text, re.M) == [
        "Cause",
        "Wrong",
        "Right",
        "Where it shows, and who can change it",
    ]
    assert example(code, "Wrong") != example(code, "Right")


# What every example of a declaration stands on; it may bring its own organisation.
ORGANISATION = "organisation: {name: Example, contact: head-of-ai@example.com, currency: EUR}\n"
GROUND = """
units:
  claims: {name: Claims, lead: claims-lead@example.com}
providers:
  local: {technology: local}
blocks:
  model/small:
    name: Small
    provider: local
    context_tokens: 4096
    output_tokens_max: 1024
    prices: [{starts: 2026-01-01, input: 0.20, output: 4.00}]
  prompt/letter: {name: Letter, text: Write a letter.}
"""


def diagnostics_of(fence: Fence, *, code: str) -> tuple[Diagnostic, ...]:
    """Read an example: a profile, a format, or a file beside those that it stands on."""
    text = fence.text
    if text.startswith("profile:") or code == "not-a-profile":
        return read_profile(text, "example.yaml")[1]
    if text.startswith("format:") or code == "not-a-format":
        return read_format(text, "example.yaml")[1]
    if re.search(r"^cases:", text, re.M) or code == "not-a-data-set":
        return read_data_set(text, "example.yaml", name_of=lambda said: "same")[1]
    if text.startswith("scenario:") or code == "not-a-scenario":
        return read_scenario(text, "example.yaml")[1]
    if text.startswith("history:") or code == "not-a-history":
        return read_past(text, "example.yaml")[1]
    alone = code == "no-organisation" or re.search(r"^organisation:", text, re.M)
    shipped = resources.files("remit.declare").joinpath("shipped")
    files = {f"{SHIPPED}{file.name}": file.read_text("utf-8") for file in shipped.iterdir()}
    files |= {"ground.yaml": GROUND if alone else ORGANISATION + GROUND}
    files[f"example.{fence.language}"] = text
    return load(files).diagnostics


DECLARED = ("yaml", "cedar")


def codes_with(kind: str, languages: tuple[str, ...], heading: str) -> list[str]:
    return [
        code
        for code, kinds in CODES.items()
        if kind in kinds and code in PAGES and example(code, heading).language in languages
    ]


@pytest.mark.parametrize("code", codes_with(error_codes.DIAGNOSTIC, DECLARED, "Wrong"))
def test_a_wrong_declaration_gets_its_code_and_no_other(code: str) -> None:
    found = diagnostics_of(example(code, "Wrong"), code=code)
    # What is declared only is said wherever it stands.
    assert {diagnostic.code for diagnostic in found} - ({"field-not-enforced"} - {code}) == {code}


@pytest.mark.parametrize("code", [code for code in PAGES if example(code, "Right").language in DECLARED])
def test_a_right_declaration_is_sound(code: str) -> None:
    found = diagnostics_of(example(code, "Right"), code=code)
    assert [each.render() for each in found if each.code != "field-not-enforced"] == []


@pytest.mark.parametrize("code", codes_with(error_codes.MALFORMED, ("json",), "Wrong"))
def test_a_wrong_request_gets_its_code(code: str) -> None:
    answered = decode(example(code, "Wrong").text.encode())
    assert isinstance(answered, Failure)
    assert answered.code == code


@pytest.mark.parametrize("code", [code for code in PAGES if example(code, "Right").language == "json"])
def test_a_right_request_is_read(code: str) -> None:
    assert isinstance(decode(example(code, "Right").text.encode()), Ask)


# ── reference ──


def test_the_reference_is_what_the_code_says() -> None:
    script = ROOT / "scripts/reference.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_page_on_how_a_call_flows_names_only_what_is_in_the_code() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    files = {path.relative_to(ROOT / "src/remit").as_posix() for path in (ROOT / "src").rglob("*.py")}
    for name in re.findall(r"`([^`]+)`", (DOCS / "concepts/how-a-call-flows.md").read_text("utf-8")):
        if name.endswith(".py"):
            assert any(file.endswith(name) for file in files), f"there is no {name}"
        elif name != "src/remit/":
            for part in name.split("."):
                assert re.search(rf"\b{re.escape(part)}\b", code), f"nothing is called `{name}`"


def test_every_example_names_the_schema_that_is_there() -> None:
    # A simulated past is no part of an operating model.
    declared = (path for path in (ROOT / "examples").rglob("*.yaml") if path.parent.name != "histories")
    for path in sorted(declared):
        first = path.read_text("utf-8").partition("\n")[0]
        schema = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        assert schema.resolve() == DOCS / "reference/operating-model.schema.json", path


def test_every_dependency_has_its_reason() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    for path in sorted((ROOT / "requirements").glob("*.in")):
        lines = path.read_text("utf-8").splitlines()
        wanted += [line for line in lines if line and not line.startswith(("#", "-r"))]
    names = {re.split(r"[^\w-]", line)[0] for line in wanted}
    reasons = re.findall(r"^\| ([\w-]+) \|", (DOCS / "why.md").read_text("utf-8"), re.M)
    assert names <= set(reasons)


# ── links and commands ──


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_heading_that_are_there(path: Path) -> None:
    for link in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.name} links to {link}"
        assert target.is_relative_to(ROOT), f"{path.name} links out of the repository: {link}"
        if anchor:
            assert anchor in anchors(target), f"{path.name} links to {link}"


def anchors(path: Path) -> set[str]:
    """Name a page's headings as links name them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def remit_commands(text: str) -> Iterator[list[str]]:
    """Find the command lines in a shell text that call remit, without what the shell does with them."""
    text = re.sub(r"<<'END'\n.*?^END$", "", text, flags=re.M | re.S)
    for line in re.sub(r"\\\n", " ", text).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in [*lexer, ";"]:
            if not re.fullmatch(r"[;&|()<>]+", word):
                words.append(word)
                continue
            while words and re.match(r"[A-Z_]+=", words[0]):
                words = words[1:]
            if words and words[0] in ("remit", ".venv/bin/remit"):
                yield words[1:]
            words = []


def commands_in(paths: list[Path]) -> list[tuple[str, list[str]]]:
    return [
        (str(path.relative_to(ROOT)), words)
        for path in paths
        for fence in fences(path)
        if fence.language == "sh"
        for words in remit_commands(fence.text)
    ]


@pytest.mark.parametrize(
    ("page", "words"), commands_in(WRITTEN), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_that_is_written_down_exists_with_its_options(page: str, words: list[str]) -> None:
    command: click.Command = remit
    before = "remit"
    while isinstance(command, click.Group):
        assert words, f"{page}: `{before}` needs a command"
        found = command.get_command(click.Context(command), words[0])
        assert found is not None, f"{page}: `{before} {words[0]}` is no command"
        command, before, words = found, f"{before} {words[0]}", words[1:]
    # A path in an example need not be there.
    for each in command.params:
        if isinstance(each.type, click.Path):
            each.type = click.Path()
    command.make_context(before, words, resilient_parsing=False)


# ── guides ──


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_works_from_its_first_command_to_its_last(
    path: Path, tmp_path: Path, commands: Forks
) -> None:
    if not LOCAL_MODEL.is_file():
        pytest.skip("the local model's file is not fetched: run `make test`")
    for name in ("examples", ".cache"):
        (tmp_path / name).symlink_to(ROOT / name)
    bin_ = tmp_path / ".venv/bin"
    bin_.mkdir(parents=True)
    for name, before in (("remit", commands.command_line), ("python", (sys.executable,))):
        (bin_ / name).write_text(f'#!/bin/sh\nexec {shlex.join(before)} "$@"\n')
        (bin_ / name).chmod(0o755)
    ports = dict(zip(("8787", "8788", "8789", "8790", "8797", "8798"), free_ports(6), strict=True))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REMIT_")}
    environment["REMIT_LISTEN"] = f"127.0.0.1:{ports['8787']}"
    environment["REMIT_AGENTS_LISTEN"] = f"127.0.0.1:{ports['8789']}"
    environment["REMIT_TOOLGATE_LISTEN"] = f"127.0.0.1:{ports['8790']}"
    environment["REMIT_PORTAL_LISTEN"] = f"127.0.0.1:{ports['8788']}"
    environment["REMIT_LOCAL_THREADS"] = "1"
    blocks = [*fences(path), Fence("", "")]
    try:
        run(blocks, ports=ports, environment=environment, directory=tmp_path)
    finally:
        for home in (".remit", ".remit-mine"):
            subprocess.run(
                [bin_ / "remit", "down"],
                cwd=tmp_path,
                env={**environment, "REMIT_HOME": home},
                capture_output=True,
                check=True,
            )


def run(blocks: list[Fence], *, ports: dict[str, str], environment: dict[str, str], directory: Path) -> None:
    """Run the shell blocks in order; each line of a text block after one must stand in its output.

    What a block exports holds for those after it, as in a reader's terminal.
    """
    for block, after in pairwise(blocks):
        if block.language != "sh":
            continue
        text = block.text
        for port, free in ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{text}\nenv -0 > .environment"],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{block.text}\n{said}"
        pairs = (directory / ".environment").read_text().split("\0")
        environment.update(
            {name: value for name, _, value in (pair.partition("=") for pair in pairs) if name}
        )
        if after.language == "text":
            for line in after.text.splitlines():
                pattern = ".*".join(re.escape(part) for part in line.split("…"))
                assert re.search(pattern, said), f"`{line}` is not in what this says:\n{block.text}\n{said}"


def free_ports(count: int) -> list[str]:
    """Find ports that nobody uses now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def test_the_readme_fits_on_one_screen() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 60


@pytest.mark.parametrize("path", ["README.md", "docs/README.md"])
def test_an_index_names_each_page_once(path: str) -> None:
    linked = _LINK.findall((ROOT / path).read_text("utf-8"))
    assert sorted(linked) == sorted(set(linked))


def test_the_index_of_the_documentation_names_every_page() -> None:
    pages = {
        f"{path.relative_to(DOCS)}"
        for part in ("guides", "concepts", "reference")
        for path in (DOCS / part).glob("*.md")
    }
    assert pages <= {*_LINK.findall((DOCS / "README.md").read_text("utf-8"))}
