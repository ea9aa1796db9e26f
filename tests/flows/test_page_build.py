"""Start building, calls and the ledger's proofs, through the portal's own door."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import msgspec
import pytest
from openai import AuthenticationError

from remit.record.proof import Proof, check
from remit.report.snippets import snippets

MORE = """
use_cases:
  other:
    name: Another
    unit: desk
    owner: other-owner@example.com
    purpose: Stay at envision.
blocks:
  model/second:
    name: A second echo
    owner: platform@example.com
    provider: echo
    context_tokens: 4_000
    output_tokens_max: 400
    prices:
      - {starts: 2026-01-01, input: 1, output: 2}
"""


class Site:
    """A served house, its gateway and its portal, and a browser that is signed in."""

    def __init__(self, house: Any) -> None:
        self.house = house
        house.apply(house.base, house.case, MORE)
        self.gateway = house.serve()
        self.portal = house.serve("portal")
        self.browser = httpx.Client(base_url=self.portal.address, follow_redirects=True, timeout=60)
        assert self.browser.post("/sign-in", data={"token": house.token()}).url.path == "/"

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, **fields: str) -> Any:
        proof = re.findall(r'name="proof" value="(\w+)"', self.page("/build"))[0]
        return self.browser.post(path, data={"proof": proof, "back": "/build", **fields})


@pytest.fixture(scope="module")
def site(shared_house: Any) -> Iterator[Site]:
    made = Site(shared_house)
    yield made
    made.browser.close()


def test_a_key_is_shown_once_and_opens_the_use_case(site: Site) -> None:
    answer = site.send("/build/key", use_case="pilot")
    [secret] = re.findall(r"export REMIT_KEY=(\S+)", answer.text)
    assert answer.headers["cache-control"] == "no-store"
    assert secret not in str(answer.url)
    client = site.gateway.client(secret)
    done = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
    assert done.usage is not None
    assert secret not in site.page("/build?use_case=pilot")
    [key] = re.findall(r'name="key" value="(\w+)"', answer.text)
    said = site.send("/build/key/revoke", use_case="pilot", key=key)
    assert "opens nothing any more" in said.text
    refused = ""
    for _ in range(400):
        # Its worker looks a few times a second for what was decided.
        try:
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "x"}])
        except AuthenticationError as error:
            refused = str(error)
            break
    assert "revoked" in refused


def test_a_form_without_the_pages_proof_does_nothing(site: Site) -> None:
    before = len(site.house.entries("key_change"))
    for proof in ("", "0" * 64, "é"):
        answer = site.browser.post("/build/key", data={"use_case": "pilot", "proof": proof})
        assert answer.status_code == 409
    foreign = {"sec-fetch-site": "cross-site"}
    assert site.browser.post("/build/key", data={"use_case": "pilot"}, headers=foreign).status_code == 409
    assert len(site.house.entries("key_change")) == before


@pytest.mark.parametrize("number", range(5))
def test_a_program_that_the_page_gives_runs_as_it_stands(site: Site, number: int) -> None:
    each = snippets(site.gateway.address, "echo")[number]
    given = site.send("/build/key", use_case="pilot").text
    keys = dict(re.findall(r"export (\w+)=(\S+?)(?:</pre>|\n)", given))
    assert len(keys) == 3
    shell = ["bash", "-c"] if each.id == "curl" else [sys.executable, "-c"]
    ran = subprocess.run(
        [*shell, each.text],
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "hail" in ran.stdout
    assert each.text.splitlines()[0] in site.page("/build?use_case=pilot&model=echo").replace("&#34;", '"')


def test_a_call_that_is_tried_says_what_it_cost_and_leaves_no_key(site: Site) -> None:
    answer = site.send("/build/try", use_case="pilot", model="echo", text="Is <b>hail</b> covered?")
    assert "Is &lt;b&gt;hail&lt;/b&gt; covered?" in answer.text
    [call] = re.findall(r'<a href="/calls/(\w+)">all of it', answer.text)
    page = site.page(f"/calls/{call}")
    entry = next(each for each in site.house.entries("call") if each["id"] == call)
    assert entry["purpose"]["use_case"] == "pilot"
    assert f"{entry['charge']} EUR posted" in page
    assert "simulated" in page
    changes = [
        each["change"] for each in site.house.entries("key_change") if each["key"] == entry["purpose"]["key"]
    ]
    assert sorted(changes) == ["issued", "revoked"]


def test_a_refused_call_says_whose_rule_it_was(site: Site) -> None:
    answer = site.send("/build/try", use_case="other", model="echo", text="x")
    assert "Refused:" in answer.text
    [refusal] = re.findall(r'<a href="/calls/(\w+)">the refusal', answer.text)
    page = site.page(f"/calls/{refusal}")
    assert "What would help" in page
    assert "Whose rule" in page
    assert refusal in site.page("/calls?ended=refused&use_case=other")
    assert refusal not in site.page("/calls?ended=refused&use_case=pilot")


def test_more_is_asked_of_whoever_decides_and_is_in_force_once_they_agree(site: Site) -> None:
    page = site.page("/build?use_case=pilot")
    [budget] = re.findall(r'<option value="(organisation:month)">[^<]*100 EUR \(centre decides', page)
    said = site.send("/build/more", use_case="pilot", more=budget, limit="1", reason="more calls")
    assert "Ask for more than" in said.text
    said = site.send("/build/more", use_case="pilot", more=budget, limit="444.50", reason="more calls")
    [request] = re.findall(r"asked as request (\w+)", said.text, re.IGNORECASE)
    assert ">444.5<" not in site.page("/build?use_case=pilot")
    centre = {"REMIT_AUTHOR": "administrator@example.com"}
    shown = site.house.try_run("approval", "show", request, **centre)
    assert "444.5 EUR in place of 100 EUR" in shown.stdout
    [code] = re.findall(r"--seen (\S+)", shown.stderr)
    site.house.run("approval", "approve", request, "--seen", code, "--reason", "fine", **centre)
    assert ">444.5<" in site.page("/build?use_case=pilot")


def test_an_entry_is_proved_by_the_file_that_the_page_gives(site: Site) -> None:
    site.house.key()
    entry = site.house.entries("key_change")[-1]["id"]
    assert "is not sealed yet" in site.page(f"/ledger/{entry}")
    site.house.run("ledger", "seal")
    given = site.browser.get(f"/ledger/{entry}/proof")
    assert given.headers["content-disposition"].startswith("attachment")
    proof = json.loads(given.text)
    assert check(msgspec.convert(proof, Proof)).faults == ()


def test_entries_leave_as_a_sheet_without_formulas(site: Site) -> None:
    lines = site.browser.get("/ledger/export?as=csv&kind=apply").text.splitlines()
    assert lines[0].startswith("entry,at,kind")
    assert len(lines) == 1 + len(site.house.entries("apply"))
    whole = json.loads(site.browser.get("/ledger/export?as=json&kind=apply").text)
    assert {each["kind"] for each in whole} == {"apply"}


def test_a_day_of_the_ledger_holds_its_entries_and_no_others(site: Site) -> None:
    day = site.house.entries("apply")[0]["at"][:10]
    assert "Nothing is recorded here" not in site.page(f"/ledger?day={day}&until={day}")
    assert "Nothing is recorded here" in site.page("/ledger?day=2020-01-01&until=2020-01-02")
    assert site.browser.get("/ledger?day=yesterday").status_code == 404
