"""The pages beside this file are the tests: what they mark is reported on its line, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from remit.declare.fault import _OTHER_HELP
from remit.declare.load import Loaded, load
from remit.declare.scope import SHIPPED
from remit.kernel.diagnostic import Diagnostic

MODULES = (
    *("text", "load", "fault", "policy_file", "check", "check_layers", "check_governance", "check_names"),
    *("check_gates", "check_policies", "check_prompts", "check_routes", "check_issuers"),
    *("check_guardrails", "check_webhooks", "check_approvals", "check_controls", "check_portfolio"),
    *("check_sunset", "check_worth", "check_studies", "check_capacity", "check_prompt_cache"),
    *("check_service_tiers", "check_batch", "check_tools", "check_agents", "check_tool_policies"),
    "check_knowledge",
)
PAGES = sorted(path for path in Path(__file__).parent.glob("*.md") if path.name != "README.md")
DECLARE = resources.files("remit.declare")
SHIPPED_FILES = {
    f"{SHIPPED}{each.name}": each.read_text("utf-8") for each in DECLARE.joinpath("shipped").iterdir()
}

FENCE = re.compile(
    r"^```(?P<language>yaml|cedar) ?(?P<file>\S*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
MARK = re.compile(r"(?:#|//) (?P<severity>error|warning):(?P<codes>(?: \[[a-z-]+\])+)$")
NAMES = {"yaml": "operating-model.yaml", "cedar": "policies.cedar"}
LISTED = re.compile(r"^(?P<severity>error|warning)s: (?P<items>.+)$", re.MULTILINE)


@dataclass
class Case:
    """One heading of a page: its files, and where each code is expected; a column of 0 is any."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    expected: Counter[tuple[str, int, int, str, str]] = field(default_factory=Counter)
    prose: str = ""

    def add(self, file: str, body: str, after: str) -> None:
        self.files[file] = _unprinted(body)
        for number, line in enumerate(body.split("\n"), start=1):
            if mark := MARK.search(line):
                for code in re.findall(r"\[([a-z-]+)\]", mark["codes"]):
                    self.expected[file, number, 0, mark["severity"], code] += 1
        for listed in LISTED.finditer(after):
            for item in listed["items"].split(", "):
                place, code = item.split(" ")
                line_number, column = place.split(":")
                self.expected[file, int(line_number), int(column), listed["severity"], code] += 1


def _unprinted(text: str) -> str:
    """Put in the characters that a page cannot show."""
    text = re.sub("⟨U\\+([0-9A-F]{4})⟩", lambda found: chr(int(found[1], 16)), text)
    return re.sub("⟨([^⟨⟩]+) × ([0-9]+)⟩", _repeated, text)


def _repeated(found: re.Match[str]) -> str:
    part, times = found[1], int(found[2])
    if "#" not in part:
        return part * times
    return "".join(part.replace("#", str(number)) for number in range(times))


def _case(name: str, text: str, *, shared: str) -> Case:
    case = Case(name, prose=FENCE.sub("", text.partition("\n")[2]).strip())
    for part in (shared, text):
        blocks = list(FENCE.finditer(part))
        ends = [*(block.start() for block in blocks[1:]), len(part)]
        for block, end in zip(blocks, ends, strict=False):
            case.add(block["file"] or NAMES[block["language"]], block["body"], part[block.end() : end])
    return case


@cache
def cases() -> tuple[Case, ...]:
    found = []
    for page in PAGES:
        shared, *sections = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
        found += [
            _case(f"{page.stem}: {text.partition(chr(10))[0]}", text, shared=shared) for text in sections
        ]
    return tuple(found)


@cache
def loaded(name: str) -> Loaded:
    (case,) = (each for each in cases() if each.name == name)
    return load({**SHIPPED_FILES, **case.files})


def everything_reported() -> list[Diagnostic]:
    return [diagnostic for case in cases() for diagnostic in loaded(case.name).diagnostics]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_page_is_right_about_every_line(case: Case) -> None:
    anywhere = {
        (file, line, severity, code) for file, line, column, severity, code in case.expected if not column
    }
    reported = Counter(
        (each.span.file, each.span.line, 0 if key in anywhere else each.span.column, each.severity, each.code)
        for each in loaded(case.name).diagnostics
        for key in [(each.span.file, each.span.line, each.severity, each.code)]
    )
    assert reported == case.expected, "\n".join(each.render()[:300] for each in loaded(case.name).diagnostics)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_text_with_errors_gives_no_operating_model_and_a_sound_one_does(case: Case) -> None:
    wrong = any(severity == "error" for _, _, _, severity, _ in case.expected)
    assert (loaded(case.name).operating_model is None) is wrong
    assert (loaded(case.name).errors > 0) is wrong


def test_every_code_that_the_checker_knows_stands_on_a_page() -> None:
    known = set()
    for module in MODULES:
        tree = ast.parse(DECLARE.joinpath(f"{module}.py").read_text("utf-8"))
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        known |= {
            value for value in constants if isinstance(value, str) and re.fullmatch("[a-z]+(-[a-z]+)+", value)
        }
    assert known == {code for case in cases() for *_, code in case.expected}


def test_every_code_has_a_heading_of_its_own() -> None:
    explained = {word for case in cases() for word in re.findall("[a-z-]+", case.name.partition(": ")[2])}
    assert {code for case in cases() for *_, code in case.expected} - explained == set()


def test_a_sound_example_says_what_it_shows() -> None:
    assert [case.name for case in cases() if not case.prose and not case.expected] == []


def is_one_sentence(text: str) -> bool:
    """Say if a text begins small, has no period at its end, no line break and no second sentence."""
    plain = re.sub("`[^`]*`", "`", text)
    return not (text[:1].isupper() or text.endswith(".") or "\n" in text or re.search(r"[.!?] +[A-Z]", plain))


def test_every_summary_is_one_sentence_and_every_help_line_says_what_to_do() -> None:
    wrong = [
        each.render()[:400]
        for each in everything_reported()
        if not (each.summary and each.help and is_one_sentence(each.summary) and is_one_sentence(each.help))
    ]
    assert wrong == []


def test_no_message_names_a_class_or_a_way_of_reading() -> None:
    own = {
        node.name
        for module in DECLARE.iterdir()
        if module.name.endswith(".py")
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    words = own - {
        "Organisation",
        "Unit",
        "Stage",
        "Block",
        "Price",
        "Budget",
        "Origin",
        "Adoption",
        "History",
    }
    hint = re.compile(r"\b(" + "|".join(words) + r"|str|dict|tuple|NoneType|pydantic)\b|\[(list|word|key)\]")
    plain = [re.sub("`[^`]*`", "", f"{each.summary} {each.help}") for each in everything_reported()]
    assert [text for text in plain if hint.search(text)] == []


def test_a_message_is_short_whatever_the_text_was() -> None:
    assert [
        each.span for each in everything_reported() if len(each.summary) > 200 or len(each.help) > 300
    ] == []


def test_diagnostics_stand_in_the_order_of_the_text() -> None:
    for case in cases():
        spans = [each.span for each in loaded(case.name).diagnostics]
        assert spans == sorted(spans)


@pytest.mark.parametrize("example", ["examples/harbour-mutual", "src/remit/cli/starter"])
def test_an_example_that_ships_has_no_fault(example: str) -> None:
    folder = Path(__file__).parents[2] / example
    paths = [path for path in folder.rglob("*") if path.suffix in (".yaml", ".cedar")]
    files = {str(path.relative_to(folder)): path.read_text("utf-8") for path in paths}
    found = load({**SHIPPED_FILES, **files})
    assert found.diagnostics == ()
    assert found.operating_model is not None


def test_no_help_line_of_a_known_fault_is_the_general_one() -> None:
    assert [each for each in everything_reported() if each.help == _OTHER_HELP] == []
