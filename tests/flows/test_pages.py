"""The pages: who may see them, and that every figure is a link to the rows that make it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from remit.portal.page import sentence

HOSTILE = """
use_cases:
  pilot:
    name: "<script>alert(1)</script> & co"
    unit: desk
    owner: pilot-owner@example.com
    purpose: "Try \\"quotes\\" and <b>tags</b>."
    adoption: {stage: experiment, basis: It runs in this test.}
  other:
    name: Another
    unit: desk
    purpose: Stay at envision.
"""


class Site:
    """A served house with some calls and refusals, and a browser that is signed in."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(house.base, HOSTILE)
        self.server = house.serve()
        self.portal = house.serve("portal")
        client = self.server.client(house.key())
        for _ in range(3):
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
        refused = self.server.client(house.key("other"))
        with pytest.raises(Exception, match="stage"):
            refused.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
        house.entries()
        self.browser = httpx.Client(base_url=self.portal.address, follow_redirects=True)
        answer = self.browser.post("/sign-in", data={"token": house.token()})
        assert answer.url.path == "/"

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def rows(self, link: str) -> int:
        """Count the entries that a link leads to, on all its pages."""
        found = 0
        while link:
            text = self.page(link.replace("&amp;", "&"))
            found += text.count('class="id"')
            link = next(iter(re.findall(r'<a href="([^"]+)">Older entries</a>', text)), "")
        return found


@pytest.fixture(scope="module")
def site(shared_house: Any) -> Iterator[Site]:
    made = Site(shared_house)
    yield made
    made.browser.close()


def test_every_page_wants_a_session(site: Site) -> None:
    with httpx.Client(base_url=site.portal.address) as stranger:
        for path in ("/", "/portfolio", "/ledger", "/ledger/x", "/use-cases/pilot"):
            answer = stranger.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_token_signs_in_once_and_a_wrong_one_never(site: Site) -> None:
    token = site.house.token()
    with httpx.Client(base_url=site.portal.address) as one, httpx.Client(base_url=one.base_url) as two:
        first = one.post("/sign-in", data={"token": token})
        assert first.status_code == 303
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert token not in cookie
        assert two.post("/sign-in", data={"token": token}).status_code == 403
        assert two.post("/sign-in", data={"token": "x" * 5000}).status_code == 413
        assert two.post("/sign-in", content=b"\xff=\xff").status_code == 403
        assert two.get("/").status_code == 303


def test_a_form_of_another_site_does_not_sign_in(site: Site) -> None:
    answer = httpx.post(
        f"{site.portal.address}/sign-in",
        data={"token": site.house.token()},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403


def test_this_month_is_what_the_command_shows(site: Site) -> None:
    text = site.page("/month")
    said = site.house.run("status")
    assert "Simulated calls" in text
    assert "simulated, counted apart: 3 calls" in said
    assert "stage-allows-no-calls" in text
    assert "stage-allows-no-calls" in said


def test_every_figure_links_to_as_many_rows(site: Site) -> None:
    text = site.page("/month")
    links = re.findall(r'<a href="(/ledger\?[^"]+)">([\d,]+)</a>', text)
    assert len(links) >= 4
    for link, figure in links:
        assert site.rows(link) == int(figure.replace(",", "")), link
    stages = re.findall(r'<a href="(/portfolio\?stage=\w+)"><b>(\d+)</b>', text)
    assert [count for _, count in stages] == ["1", "1", "0", "0", "0"]
    for link, count in stages:
        assert site.page(link).count('<td class="name"><a href="/use-cases/') == int(count)


def test_a_budget_links_to_the_calls_that_drew_from_it(site: Site) -> None:
    [link] = re.findall(r'<td>organisation</td>.*?<a href="([^"]+)"', site.page("/month"), re.DOTALL)
    assert site.rows(link) == 3


def test_declared_text_is_shown_as_text(site: Site) -> None:
    for path in ("/portfolio", "/use-cases/pilot"):
        text = site.page(path)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in text


def test_an_entry_is_shown_whole_and_an_unknown_one_is_said_to_be_unknown(site: Site) -> None:
    entry = site.house.entries("call")[0]
    assert entry["charge"] in site.page(f"/ledger/{entry['id']}")
    for path in ("/ledger/nothing", "/use-cases/nothing", "/nothing", "/ledger?since=yesterday"):
        answer = site.browser.get(path)
        assert answer.status_code == 404
        assert "Overview" in answer.text


def test_pages_run_the_one_script_that_ships_and_ask_nobody_else(site: Site) -> None:
    for path in ("/", "/portfolio", "/ledger", "/sign-in"):
        answer = site.browser.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert re.findall("<script[^>]*>", answer.text) in (
            [],
            ['<script type="module" src="/static/remit.js">'],
        )
        assert not re.search(r'(?:src|href)="https?:', answer.text)


def test_the_ledger_is_paged(site: Site) -> None:
    client = site.server.client(site.house.key("other"))
    for _ in range(110):
        with pytest.raises(Exception, match="stage"):
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    site.house.entries()
    first = site.page("/ledger?kind=refusal")
    assert first.count('class="id"') == 100
    [older] = re.findall(r'<a href="([^"]+)">Older entries</a>', first)
    assert site.page(older.replace("&amp;", "&")).count('class="id"') >= 10


@pytest.mark.parametrize("since", ["x", "2026-01-01T00:00:00", "0001-01-01T00:00:00%2B14:00"])
def test_a_time_that_is_none_is_no_page_and_no_fault_of_ours(site: Site, since: str) -> None:
    assert site.browser.get(f"/ledger?since={since}").status_code == 404


def test_a_fault_page_leaves_names_as_they_are() -> None:
    assert sentence("set REMIT_HOME") == "Set REMIT_HOME"
