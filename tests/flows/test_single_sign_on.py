"""Persons sign in through an issuer: to it and back, and only who is proved and known is let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest

from conftest import BASE, CASE
from sign_in_issuer import SECRET, PersonIssuer, issuing

LEAD = {"email": "Desk-Lead@example.com", "email_verified": True}


class Door:
    """A portal whose people sign in through an issuer."""

    def __init__(self, house: Any, issuer: PersonIssuer) -> None:
        self.house, self.issuer = house, issuer
        with house.system() as system:
            system.credentials.seal("sign-in-house", SECRET)
        self.address = house.serve("portal").address
        house.apply(BASE, CASE, issuer.declaration(self.address))

    def browser(self, *, follow: bool = True) -> httpx.Client:
        return httpx.Client(base_url=self.address, follow_redirects=follow)

    def refused(self, **claims: Any) -> str:
        self.issuer.claims = LEAD | claims
        with self.browser() as browser:
            answer = browser.get("/sign-in/house")
            assert answer.status_code == 403, answer.text
            assert "remit_session" not in browser.cookies
            return str(answer.text)


@pytest.fixture(scope="module")
def door(shared_house: Any) -> Iterator[Door]:
    with issuing() as issuer:
        yield Door(shared_house, issuer)


def test_who_is_proved_and_named_is_let_in_and_the_ledger_says_through_whom(door: Door) -> None:
    door.issuer.claims = LEAD
    with door.browser() as browser:
        assert 'href="/sign-in/house"' in browser.get("/sign-in").text
        answer = browser.get("/sign-in/house")
        assert answer.status_code == 200
        assert "signed in as desk-lead@example.com" in answer.text
        assert "remit_state" not in browser.cookies
        assert "unit-lead" in browser.get("/").text
    said = [each for each in door.house.entries("access") if each["change"] == "signed_in"]
    assert (said[-1]["person"], said[-1]["issuer"]) == ("desk-lead@example.com", "house")


def test_a_domain_that_is_declared_lets_its_people_in(door: Door) -> None:
    door.issuer.claims = LEAD | {"email": "somebody@guests.example.com"}
    with door.browser() as browser:
        assert browser.get("/sign-in/house").status_code == 200
        assert "no role in the operating model" in browser.get("/").text


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"email": "stranger@example.com"}, "names nobody"),
        ({"email_verified": False}, "has not verified"),
        ({"email": None}, "names no mail address"),
        ({"nonce": "another"}, "answers to another sign-in"),
        ({"aud": "remit"}, "another audience"),
        ({"exp": 1}, "has ended"),
        ({"kid": "e2"}, "key that its issuer does not have"),
    ],
)
def test_who_is_not_proved_or_not_named_stays_out(door: Door, claims: dict[str, Any], said: str) -> None:
    assert said in door.refused(**claims)


def test_what_one_browser_began_no_other_ends_and_none_ends_twice(door: Door) -> None:
    door.issuer.claims = LEAD
    with door.browser(follow=False) as one, door.browser(follow=False) as other:
        begun = one.get("/sign-in/house").headers["location"]
        asked = {name: value for name, [value] in parse_qs(urlsplit(begun).query).items()}
        assert asked["redirect_uri"] == f"{door.address}/sign-in/house/back"
        back = httpx.get(begun).headers["location"]
        assert "not begun in this browser" in other.get(back).text
        assert one.get(back.replace("state=", "state=x")).status_code == 403
        state = one.cookies["remit_state"]
        assert one.get(back).status_code == 200
        assert one.get(back).status_code == 403
        assert one.get(back, headers={"cookie": f"remit_state={state}"}).status_code == 403


def test_no_other_place_is_ever_gone_to(door: Door) -> None:
    with door.browser(follow=False) as browser:
        assert browser.get("/sign-in/nobody").status_code == 404
        begun = browser.get("/sign-in/house?redirect_uri=https://elsewhere.example.com/&next=//elsewhere")
        assert begun.headers["location"].startswith(f"{door.issuer.address}/authorize?")
        assert "elsewhere" not in begun.headers["location"]
