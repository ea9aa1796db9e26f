"""Blocks, risk and controls, and maturity, through the portal's own door."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

RISKY = """
units:
  other: {name: Elsewhere, lead: other-lead@example.com}
use_cases:
  plain:
    name: "<script>alert(1)</script> plain"
    unit: other
    owner: plain-owner@example.com
    purpose: Stand on more.
    remit: {models: [model/echo]}
    adoption: {stage: experiment, basis: It runs in this test.}
blocks:
  model/second:
    name: "<b>Second</b>"
    owner: platform@example.com
    provider: echo
    context_tokens: 4_000
    output_tokens_max: 400
    cost_to_build: 500 EUR
    prices: [{starts: 2020-01-01, input: 1, output: 2}]
  model/gone:
    name: Gone
    owner: platform@example.com
    provider: echo
    context_tokens: 4_000
    output_tokens_max: 400
    status: rejected
    reason: Not good enough.
    prices: [{starts: 2020-01-01, input: 1, output: 2}]
  prompt/greeting:
    name: A greeting
    owner: words@example.com
    messages: [{role: user, text: Say hello.}]
  guardrail/baseline:
    name: Baseline
    owner: risk-office@example.com
    sensitive: {EMAIL: anonymize}
risks:
  wrong-answer:
    title: "An answer is wrong <i>and</i> nobody sees it"
    owner: risk@example.com
    use_cases: [pilot]
    likelihood: 4
    impact: 3
    treatment: reduce
    residual_likelihood: 1
    controls: [knowledge-of-ai]
    review: 2020-01-01
"""


class Site:
    """A served house, one call in which something was found, and a browser that is signed in."""

    def __init__(self, house: Any) -> None:
        self.house = house
        guarded = "    models: any\n    guardrails: {guardrail/baseline: {}}\n"
        house.apply(house.base.replace("    models: any\n", guarded), house.case, RISKY)
        gateway = house.serve()
        client = gateway.client(house.key())
        client.chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "write to anna@example.com"}]
        )
        house.entries()
        self.portal = house.serve("portal")
        self.browser = httpx.Client(base_url=self.portal.address, follow_redirects=True, timeout=60)
        assert self.browser.post("/sign-in", data={"token": house.token()}).url.path == "/"

    def page(self, path: str) -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, **fields: str) -> str:
        proof = re.findall(r'name="proof" value="(\w+)"', self.page("/risk/controls"))[0]
        sent = self.browser.post(path, data={"proof": proof, "back": "/risk/controls", **fields})
        assert sent.status_code == 200, sent.text
        return html.unescape(sent.text.replace("<code>", "`").replace("</code>", "`"))

    def of(self, *words: str) -> Any:
        return json.loads(self.house.run(*words, "--json"))


@pytest.fixture(scope="module")
def site(shared_house: Any) -> Iterator[Site]:
    made = Site(shared_house)
    yield made
    made.browser.close()


def test_figures_of_risk_are_those_of_the_command(site: Site) -> None:
    page = site.page("/risk")
    for id in ("nist-ai-rmf", "eu-ai-act"):
        found = site.of("controls", "--framework", id)
        asked = [each for each in found["ids"] if each["asked"]]
        held = sum(each["hold"] == each["asked"] for each in asked)
        row = re.findall(rf'frameworks/{id}">.*?</tr>', page, re.DOTALL)[0]
        figures = [int(each) for each in re.findall(r'class="num">(\d+)<', row)]
        assert figures[:4] == [
            len(found["ids"]),
            len(found["ids"]) - len(found["uncovered"]),
            len(asked),
            held,
        ]
        assert found["name"] in site.page(f"/risk/frameworks/{id}")
    failing = {name: site.of("controls", name)["counts"] for name in ("pilot", "plain")}
    all_failing = sum(each["does_not_hold"] for each in failing.values())
    assert f"Controls fail {all_failing} times" in page


def test_what_is_declared_is_text_on_every_page(site: Site) -> None:
    paths = ("/risk", "/risk/use-cases", "/risk/controls", "/risk/register", "/risk/law", "/risk/exceptions")
    for path in (*paths, "/maturity?unit=other&pillar=security", "/blocks", "/blocks/model/second"):
        page = site.page(path)
        assert "<script>alert" not in page, path
        assert "<b>Second" not in page, path
        assert "<i>and</i>" not in page, path
    assert "&lt;b&gt;Second&lt;/b&gt;" in site.page("/blocks")
    assert "&lt;i&gt;and&lt;/i&gt;" in site.page("/risk/register")


def test_an_attestation_counts_at_once_and_is_taken_back(site: Site) -> None:
    def held() -> int:
        lines = site.of("controls")["controls"]
        return int(next(each["holds"] for each in lines if each["id"] == "knowledge-of-ai"))

    said = site.send(
        "/risk/controls/attest",
        control="knowledge-of-ai",
        of="use-case/pilot",
        statement="All took a course.",
    )
    assert held() == 1
    [id] = re.findall(r'name="id" value="(\w+)"', said)
    assert "shows nothing any more" in site.send("/risk/controls/take-back", id=id)
    assert held() == 0
    measured = site.send("/risk/controls/attest", control="budget-set", of="", statement="It is.")
    assert "There is no control that is attested `budget-set`" in measured


def test_a_finding_gets_a_word_and_its_words_are_nowhere(site: Site) -> None:
    page = site.page("/risk/findings")
    [mark] = set(re.findall(r'name="mark" value="(\w+)"', page))
    assert "anna" not in page
    said = site.send("/risk/findings/review", mark=mark, verdict="false_positive", back="/risk/findings")
    assert "is none, and is never found again" in said
    assert site.house.entries("finding_review")[-1]["verdict"] == "false_positive"
    assert mark not in site.page("/risk/findings").replace(said, "").split('id="findings"')[1]
    assert mark in site.page("/risk/findings?show=reviewed")
    assert "nothing to say of a finding" in site.send("/risk/findings/review", mark=mark, verdict="maybe")


def test_a_stop_has_a_reason_and_can_be_undone(site: Site) -> None:
    assert "a stop has a reason" in site.send("/risk/exceptions/stop", address="use-case/plain").lower()
    assert "No use case `nobody`" in site.send(
        "/risk/exceptions/stop", address="use-case/nobody", reason="It must not go on."
    )
    said = site.send("/risk/exceptions/stop", address="use-case/plain", reason="It must not go on.")
    assert "1 kill switch is on" in said
    assert 'action="/risk/exceptions/go-on"' in said
    assert "Nothing is stopped" in site.send("/risk/exceptions/go-on", address="use-case/plain")


def test_the_law_names_days_and_whom_they_concern(site: Site) -> None:
    page = site.page("/risk/law")
    assert "2027-12-02" in page
    assert "it was 2026-08-02 before Reg 2026/1744" in page
    assert "it is no legal conclusion" in page


def test_maturity_has_no_score_and_the_items_of_the_command(site: Site) -> None:
    found = site.of("maturity")
    shown = sum(each["status"] == "yes" for each in found["items"])
    page = site.page("/maturity?pillar=governance")
    assert f"{shown} of {len(found['items'])} criteria and activities are shown" in page
    for each in found["items"]:
        assert (f"<small>{each['id']}</small>" in page) == (each["pillar"] == "governance")


def test_a_block_that_is_asked_for_is_in_force_once_its_owner_and_the_layers_agree(site: Site) -> None:
    assert "model/second" not in site.of("explain", "plain", "--stage", "experiment").__repr__()
    said = site.send("/blocks/ask", address="model/second", use_case="plain", reason="It is quicker.")
    [request] = re.findall(r"[Aa]sked as request (\w+)", said)
    asked = next(each for each in site.house.entries("approval_request") if each["id"] == request)
    assert {"block-owner/model/second", "unit-lead/plain"} <= set(asked["roles"])
    for person in ("platform@example.com", "other-lead@example.com"):
        seen = site.house.try_run("approval", "show", request, REMIT_AUTHOR=person)
        [code] = re.findall(r"--seen (\S+)", seen.stderr)
        site.house.run(
            "approval", "approve", request, "--seen", code, "--reason", "fine", REMIT_AUTHOR=person
        )
    assert "model/second" in site.of("explain", "plain", "--stage", "experiment").__repr__()
    assert "stands on `model/second` already" in site.send(
        "/blocks/ask", address="model/second", use_case="plain", reason="Once more."
    )


def test_a_block_that_nobody_may_use_is_not_asked_for(site: Site) -> None:
    assert "so nobody can ask for it" in site.page("/blocks/model/gone")
    said = site.send("/blocks/ask", address="model/gone", use_case="plain", reason="Please.")
    assert "`model/gone` is rejected" in said
    assert site.browser.get("/blocks/model/none").status_code == 404


def test_the_catalogue_counts_as_the_command_does(site: Site) -> None:
    page = site.page("/blocks?text=echo")
    [echo] = [each for each in site.of("blocks", "list")["blocks"] if each["address"] == "model/echo"]
    calls = echo["calls"] or echo["simulated_calls"]
    assert f">{calls}</a>" in page
    assert "Second" not in page
    assert "A greeting" in site.page("/blocks/sprawl")
