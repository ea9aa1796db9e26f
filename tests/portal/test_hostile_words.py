"""Whatever is declared shows as text: on every page, in what leaves as a sheet, and in the board report."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from typing import Any

import pytest
import yaml

from conftest import House
from leaders_house import TEXT, told_house
from remit.cli.directory import shipped_files
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.operations.fold_ledger import fold_ledger
from remit.operations.read_controls import shipped_frameworks
from remit.portal.app import PAGES
from shown_page import Shelf

LINE = '=1+1" onclick="alert(1)"><evil>{{ 7 * 7 }}</script><script>alert(1)</script>&lt;evil&gt;'
LONG = LINE + " word" * 2_000
TURNED = "=1 \u202e<evil>"
WORDS = {
    **dict.fromkeys(("name", "description", "help", "basis", "what"), LINE),
    **dict.fromkeys(("purpose", "problem", "statement"), LONG),
}
"""Fields of text, wherever they are declared; a line has 400 characters at most, a text 20,000."""
ELSEWHERE = (
    "/find",
    "/ledger/{id}",
    "/ledger/{id}/proof",
    "/ledger/export",
    "/value/studies/{id}",
    "/calls/{id}",
    "/agents/runs/{run}",
)
"""Pages that are asked for below, that give no page, or that need what is not declared here."""


def hostile(value: Any) -> Any:
    """Put hostile words wherever somebody may declare words."""
    if isinstance(value, dict):
        return {
            name: WORDS[name] if name in WORDS and isinstance(each, str) else hostile(each)
            for name, each in value.items()
        }
    return [hostile(each) for each in value] if isinstance(value, list) else value


def declared() -> OperatingModel:
    texts = shipped_files() | {"house.yaml": TEXT}
    loaded = load({name: yaml.safe_dump(hostile(yaml.safe_load(text))) for name, text in texts.items()})
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics][:3]
    return loaded.operating_model


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    with told_house(House(tmp_path_factory.mktemp("hostile")), declared(), reason=TURNED) as system:
        fold_ledger(system)
        yield Shelf(system)


class Elements(HTMLParser):
    """What a browser would make of a page: its elements, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def harmless(page: str) -> None:
    """Hold that no declared word became an element, an attribute or a mark that turns the text around."""
    for tag, attributes in Elements(page).found:
        assert tag != "evil"
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        if tag == "script":
            assert str(attributes.get("src")).startswith("/static/")
    assert "\u202e" not in page
    assert "49" not in page.partition("{{ 7 * 7")[1]


FRAMEWORK = next(iter(shipped_frameworks()))
PATHS = [
    page.path.replace("/frameworks/{id}", f"/frameworks/{FRAMEWORK}")
    .replace("{id}", "letters")
    .replace("{address:path}", "model/large")
    for page in PAGES
    if page.path not in ELSEWHERE
]


@pytest.mark.parametrize("path", [each for each in PATHS if not each.startswith("/reports")])
def test_words_on_a_page_are_text(shelf: Shelf, path: str) -> None:
    page = shelf.page(path)
    harmless(page)
    assert len(page) < 300_000


def test_words_of_entries_are_text_and_leave_as_text(shelf: Shelf) -> None:
    harmless(shelf.page("/ledger?kind=apply"))
    harmless(shelf.page("/calls/c0000000000000000000000001"))
    rows = list(csv.reader(StringIO(shelf.file("/ledger/export?as=csv").decode())))
    assert len(rows) > 100
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t")]


def test_words_in_the_board_report_are_text(shelf: Shelf) -> None:
    made = shelf.file("/reports/board?period=2026-Q4&as=html").decode()
    assert not [tag for tag, _ in Elements(made).found if tag in ("evil", "script")]
    told = shelf.file("/reports/board?period=2026-Q4&as=md").decode()
    assert "<evil>" not in told.replace("\\<evil>", "")
    assert shelf.file("/reports/board?period=2026-Q4&as=pdf").startswith(b"%PDF-")
