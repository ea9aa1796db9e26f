"""The overview, the portfolio and intake through the door: figures lead to rows, and proposals come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
import yaml

PERSON = "engineer@example.com"
LETTERS = {
    "name": "Letters",
    "unit": "desk",
    "purpose": "Draft answers to letters, so that they go out the same day.",
}
HOSTILE = """
use_cases:
  pilot:
    name: "<script>alert(1)</script> & co"
    unit: desk
    purpose: "Sort incoming claims by urgency, so that the grave ones come first."
    adoption: {stage: experiment, basis: It runs in this test.}
    scores: {value: 4, feasibility: 3}
  triage:
    name: Sort claims
    unit: desk
    purpose: "Sort what comes in at the desk."
"""


class Desk:
    """A served portal, and somebody signed in at it."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(house.base, HOSTILE)
        self.portal = house.serve("portal")
        self.browser = httpx.Client(base_url=self.portal.address, follow_redirects=True, timeout=30)
        self.browser.post("/sign-in", data={"token": house.token(PERSON)})

    def page(self, path: str) -> str:
        for _ in range(200):
            # What takes long is made beside the page, which says so meanwhile.
            answer = self.browser.get(path)
            if "is being computed" not in answer.text:
                break
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, **fields: str) -> httpx.Response:
        [proof] = set(re.findall(r'name="proof" value="([^"]+)"', self.page("/portfolio/propose")))
        return self.browser.post(path, data={"proof": proof, "back": "/portfolio/propose", **fields})


@pytest.fixture(scope="module")
def desk(shared_house: Any) -> Iterator[Desk]:
    made = Desk(shared_house)
    yield made
    made.browser.close()


def test_an_overview_without_studies_or_risks_says_what_to_do(desk: Desk) -> None:
    text = desk.page("/")
    assert "None yet" in text
    assert "Register a study" in text
    assert "add risks:" in text
    for part in (
        "Value by grade",
        "Pilot congestion",
        "Spend against budget",
        "Maturity",
        "Decisions waiting",
    ):
        assert part in text
    assert '<a href="/portfolio?stage=experiment">1</a>' in text
    assert desk.page("/portfolio?stage=experiment").count('<td class="name">') == 1


@pytest.mark.parametrize("path", ["", "/plot", "/funnel", "/choose", "/duplicates", "/propose", "?by=-score"])
def test_every_page_of_the_portfolio_shows_declared_text_as_text(desk: Desk, path: str) -> None:
    text = desk.page(f"/portfolio{path}")
    assert "<script>alert" not in text
    assert 'aria-current="page"' in text


def test_a_filter_that_is_nonsense_finds_nothing_and_fails_nothing(desk: Desk) -> None:
    for query in ("stage=x", "value=x", "unit=<b>", "page=99999999999999999999", "by=nothing", "text=%00"):
        assert "use case" in desk.page(f"/portfolio?{query}")
    assert desk.browser.get("/portfolio/choose?cost_factor=x").status_code == 404
    assert desk.browser.get("/portfolio/choose?mandatory=nobody").status_code == 404
    assert "Yours" not in desk.page("/portfolio/choose?by=money&less=on")


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk: Desk) -> None:
    answer = desk.send(
        "/portfolio/propose", name="Letters", purpose="<i>x</i>", owner="nobody", outcome_name="Days"
    )
    assert answer.status_code == 422
    for field in ("unit", "owner", "outcome_unit"):
        assert f'id="{field}-fault"' in answer.text, field
    assert "&lt;i&gt;x&lt;/i&gt;</textarea>" in answer.text
    assert 'value="nobody"' in answer.text
    assert desk.send("/portfolio/propose", **(LETTERS | {"id": "pilot"})).status_code == 422


def test_a_proposal_begins_in_envision_is_pulled_to_yaml_and_can_be_taken_back(desk: Desk) -> None:
    outcome = {"outcome_name": "Days to answer", "outcome_unit": "day", "outcome_direction": "down"}
    answer = desk.send("/portfolio/propose", **LETTERS, **outcome, personal_data="true")
    assert answer.url.path == "/use-cases/letters"
    assert "is in Envision" in answer.text
    [entry] = [each for each in desk.house.entries("stage_change") if each["use_case"] == "letters"]
    assert (entry["stage"], entry["author"]) == ("envision", PERSON)
    files: Path = desk.house.declare(desk.house.base, HOSTILE)
    desk.house.run("pull", str(files))
    written = [yaml.safe_load(file.read_text()) for file in files.glob("*.yaml")]
    [letters] = [each["use_cases"]["letters"] for each in written if "letters" in each.get("use_cases", {})]
    assert letters["outcomes"]["days-to-answer"]["unit"] == "day"
    version = desk.house.entries("apply")[-1]["model_version"]
    undone = desk.send("/portfolio/propose/undo", use_case="letters", version=str(version))
    assert "is taken back" in undone.text
    assert desk.browser.get("/use-cases/letters").status_code == 404
    again = desk.send("/portfolio/propose/undo", use_case="letters", version=str(version))
    assert "was applied since" in again.text


def test_what_seems_to_do_the_job_of_another_is_asked_about_first(desk: Desk) -> None:
    twin = {
        "name": "Sort claims",
        "unit": "desk",
        "purpose": "Sort what comes in at the desk.",
    }
    near = desk.page("/portfolio/propose?name=Sort+claims&purpose=Sort+incoming+claims+by+urgency")
    assert re.search(r'id="alike".*?href="/use-cases/triage"', near, re.DOTALL)
    answer = desk.send("/portfolio/propose", **twin)
    assert answer.status_code == 409
    assert 'name="distinct.triage"' in answer.text
    assert "sort-claims" not in desk.page("/portfolio")
    said = desk.send("/portfolio/propose", **twin, **{"distinct.triage": "It sorts those of another line."})
    assert said.url.path == "/use-cases/sort-claims"
    other = {"use_case": "sort-claims", "version": str(desk.house.entries("apply")[-1]["model_version"])}
    with httpx.Client(base_url=desk.portal.address, follow_redirects=True) as stranger:
        stranger.post("/sign-in", data={"token": desk.house.token("other@example.com")})
        [proof] = set(re.findall(r'name="proof" value="([^"]+)"', stranger.get("/portfolio/propose").text))
        refused = stranger.post(
            "/portfolio/propose/undo", data={"proof": proof, "back": "/portfolio", **other}
        )
    assert "is no proposal of" in refused.text
