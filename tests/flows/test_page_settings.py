"""Settings: who holds what and who is in, and that only those change it who may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from conftest import CASE

OWNER, LEAD = "pilot-owner@example.com", "desk-lead@example.com"


class Site:
    """A served house, and browsers of its people."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply()
        house.apply(house.base, CASE + "    data_class: internal\n")
        self.address = house.serve("portal").address
        self.browsers: dict[str, httpx.Client] = {}

    def browser(self, person: str = "administrator") -> httpx.Client:
        if person not in self.browsers:
            made = httpx.Client(base_url=self.address, follow_redirects=True)
            made.post("/sign-in", data={"token": self.house.token(person)})
            self.browsers[person] = made
        return self.browsers[person]

    def send(self, person: str, path: str, **fields: str) -> str:
        page = self.browser(person).get("/settings").text
        proof = re.findall(r'name="proof" value="([^"]+)"', page)[0]
        answer = self.browser(person).post(path, data={"proof": proof, "back": "/settings", **fields})
        return str(answer.text)


@pytest.fixture(scope="module")
def site(shared_house: Any) -> Iterator[Site]:
    made = Site(shared_house)
    yield made
    for browser in made.browsers.values():
        browser.close()


def test_members_have_their_roles_and_where_these_are_declared(site: Site) -> None:
    page = site.browser().get("/settings?text=desk-lead").text
    assert "desk-lead@example.com" in page
    assert "units: lead" in page
    assert "use_cases: owner" not in page


def test_what_differs_between_two_versions_is_shown(site: Site) -> None:
    page = site.browser().get("/settings/versions?from=1&to=2").text
    assert "1 declaration is different from version 1 to 2" in page
    assert "use-case/pilot" in page
    assert site.browser().get("/settings/versions?from=1&to=9").status_code == 404


def test_a_person_sees_and_ends_their_own_sessions_alone(site: Site) -> None:
    site.browser(LEAD)
    page = site.browser(OWNER).get("/settings").text
    assert "Where you are signed in" in page
    assert "End session" in page
    assert f"of {LEAD}" not in page
    [theirs] = re.findall(rf"End session (\w+) of {LEAD}", site.browser().get("/settings").text)
    said = site.send(OWNER, "/settings/session", ref=theirs)
    assert "You may not end others&#39; sessions and tokens" in said
    assert "that is for centre, administrator" in said


def test_a_stop_is_theirs_who_may_stop_there_and_is_taken_back_by_undo(site: Site) -> None:
    assert "You may not stop calls" in site.send(OWNER, "/settings/stop", address="all", reason="x")
    assert "is stopped" in site.send(OWNER, "/settings/stop", address="use-case/pilot", reason="a test")
    assert "1 kill switch is in force" in site.browser().get("/settings").text
    assert "You may not take a kill switch back" in site.send(
        OWNER, "/settings/go-on", address="use-case/pilot"
    )
    assert "goes on" in site.send(LEAD, "/settings/go-on", address="use-case/pilot")


def test_a_token_is_shown_once(site: Site) -> None:
    said = site.send(OWNER, "/settings/token")
    [token] = re.findall(r"remit-person-[\w-]+", said)
    page = site.browser(OWNER).get("/settings").text
    assert token not in page
    [ref] = re.findall(r"Revoke token (\w+)", page)
    assert f"the token {ref}" in site.send(OWNER, "/settings/revoke", ref=ref).lower()


def test_who_signs_in_comes_to_their_own_first_page(site: Site) -> None:
    for person, path in ((OWNER, "/use-cases/pilot"), ("administrator", "/")):
        with httpx.Client(base_url=site.address) as browser:
            answer = browser.post("/sign-in", data={"token": site.house.token(person)})
            assert answer.headers["location"] == path
