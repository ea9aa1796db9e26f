"""A use case and the inbox by their pages: a gate is asked for, stopped, attested, answered, and told of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import httpx2 as httpx
import pytest

from gated_house import CENTRE, GATES, GROUND, LEAD, OWNER, RISK, STAGES, case
from remit.cli.directory import load_directory
from remit.operations.apply_model import apply_model
from remit.operations.plan_model import plan_model
from remit.operations.widen_model import put_in_force

HOSTILE = "<script>alert(1)</script>& co"


def another(id: str, name: str, *, tier: str = "medium", stage: str = "experiment") -> str:
    """Declare one more use case, so that no test stands in another's way."""
    text = case(tier=tier, stage=stage).partition("use_cases:\n")[2]
    return text.replace("  pilot:", f"  {id}:").replace("A pilot", name)


def declared(*, tokens: int) -> tuple[str, ...]:
    grave = another("grave", f'"{HOSTILE}"', tier="high", stage="launch")
    grave = grave.replace("Try the way through the gates.", '"' + "long " * 1_500 + HOSTILE + '"')
    tools = "tools: {tool/mail: {calls_per_run: 3}}"
    return (
        *(GROUND, STAGES, GATES, TOOL, case(stage="experiment")),
        "use_cases:\n" + another("easy", "An easy one", tier="low", stage=""),
        "use_cases:\n" + another("loose", "A loose one"),
        "use_cases:\n" + another("late", "A late one"),
        "use_cases:\n" + another("waived", "A waived one"),
        f"use_cases:\n{grave}    remit: {{output_tokens_max: {tokens}, {tools}}}\n",
    )


TOOL = "blocks:\n  tool/mail: {name: Mail, effect: writes}\n"


class Reader:
    """Somebody's browser; a form brings along what the page gave it."""

    def __init__(self, house: Any, address: str, person: str) -> None:
        self.http = httpx.Client(base_url=address, follow_redirects=True)
        assert self.http.post("/sign-in", data={"token": house.token(person)}).status_code == 200

    def page(self, path: str, status: int = 200) -> str:
        answer = self.http.get(path)
        assert answer.status_code == status, answer.text
        return str(answer.text)

    def send(self, page: str, action: str, **fields: str) -> str:
        """Send a form of a page as it stands there, with some fields filled in."""
        text = self.page(page)
        form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', text, re.DOTALL)
        assert form, f"no form for {action} on {page}"
        return self._sent(action, form, fields)

    def forge(self, page: str, action: str, **fields: str) -> str:
        """Send what no form of a page offers to its reader."""
        text = self.page(page)
        assert f'action="{action}"' not in text
        form = re.search(r'(<input type="hidden" name="proof" value="[^"]*">)', text)
        assert form
        return self._sent(action, form, {"back": page, **fields})

    def _sent(self, action: str, form: re.Match[str], fields: dict[str, str]) -> str:
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[1])
        answer = self.http.post(action, data={name: unescape(value) for name, value in hidden} | fields)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def said(self, *arguments: Any, **fields: str) -> str:
        """Send a form, and return what the page that follows says of it."""
        found = re.search(r'class="said[^"]*"[^>]*>\s*<p>(.*?)</p>', self.send(*arguments, **fields))
        assert found, "nothing was said"
        return unescape(found[1])

    def title(self, path: str) -> str:
        found = re.search(r"<h1>(.*?)</h1>", self.page(path), re.DOTALL)
        assert found
        return unescape(found[1])


@pytest.fixture(scope="module")
def people(shared_house: Any) -> Iterator[dict[str, Reader]]:
    with shared_house.system() as system:
        loaded = load_directory(shared_house.declare(*declared(tokens=40)))
        assert loaded.operating_model is not None, loaded.diagnostics
        apply_model(system, loaded.operating_model, author=OWNER, reason="A first one.")
    address = shared_house.serve("portal").address
    found = {who: Reader(shared_house, address, who) for who in (OWNER, RISK, LEAD, CENTRE)}
    yield found
    for each in found.values():
        each.http.close()


def test_every_tab_shows_hostile_text_as_text(people: dict[str, Reader]) -> None:
    for tab in ("", "/remit", "/value", "/evidence", "/controls", "/access", "/history"):
        text = people[OWNER].page(f"/use-cases/grave{tab}")
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
        assert people[OWNER].page(f"/use-cases/nothing{tab}", status=404)
    assert "use-case/grave" in people[OWNER].page("/use-cases/grave/remit")
    assert "tool/mail" in people[OWNER].page("/use-cases/grave/access")


def test_the_fast_lane_is_one_form_and_the_list_says_what_is_missing(
    people: dict[str, Reader],
) -> None:
    owner, here = people[OWNER], "/use-cases/easy"
    assert owner.title(here) == "An easy one can enter experiment now: the fast lane is open"
    said = owner.said(here, f"{here}/review", reason="Let us try.")
    assert said.startswith("Easy entered experiment by policy")
    assert owner.title(here).startswith("An easy one is at experiment; 3 of 3 criteria stand between")
    assert "run `remit evaluate" not in owner.page(here)
    assert "<code>remit evaluate easy" in owner.page(here)
    history = owner.page(f"{here}/history")
    assert "entered experiment (reviewed)" in history
    assert "declared in version 1" in history


def test_a_word_is_given_where_it_is_missing_and_can_be_taken_back(
    people: dict[str, Reader],
) -> None:
    owner, here = people[OWNER], "/use-cases/pilot"
    text = owner.send(here, f"{here}/evidence", statement="The drill went well.", link="javascript:alert(1)")
    assert "The link is no web address" in text
    text = owner.send(
        here, f"{here}/evidence", statement="The drill went well.", link="https://example.com/d"
    )
    assert "Attested: gate/launch/run-book" in text
    assert "1 of 3" in text
    assert ">Undo</button>" in text
    evidence = owner.page(f"{here}/evidence")
    assert "The drill went well." in evidence
    said = owner.said(f"{here}/evidence", f"{here}/evidence/withdraw", reason="Wrong drill.")
    assert said.endswith("shows nothing any more")
    assert "0 of 3" in owner.page(here)


def test_a_switch_is_on_with_its_reason_and_off_again(people: dict[str, Reader]) -> None:
    lead, here = people[LEAD], "/use-cases/loose"
    assert "No reason is given" in lead.said(here, f"{here}/stop", reason=" ")
    text = lead.send(here, f"{here}/stop", reason="It answers <nonsense>.")
    assert "use-case/loose is stopped" in text.lower()
    assert lead.title(here) == "A loose one is stopped: It answers <nonsense>."
    assert "goes on" in lead.said(here, f"{here}/let-go-on", reason="Seen to.")
    assert "It answers &lt;nonsense&gt;." in lead.page(f"{here}/history")


def test_a_criterion_is_waived_by_who_bears_the_risk_and_a_review_ends_in_a_pivot(
    people: dict[str, Reader],
) -> None:
    owner, here = people[OWNER], "/use-cases/waived"
    terms = {"residual_risk": "Answers may be <b>late</b>.", "accepted_by": RISK, "reason": "A pilot."}
    lacking = owner.said(here, f"{here}/waive", **(terms | {"accepted_by": ""}))
    assert lacking.startswith("A waiver lacks its terms")
    ends = datetime.now(UTC).date() + timedelta(days=20)
    asked = owner.said(here, f"{here}/waive", **terms, ends=str(ends))
    assert "waits for" in asked
    assert "Answers may be &lt;b&gt;late" in people[RISK].page("/inbox")
    assert people[RISK].said("/inbox", "/inbox/deny", reason="It may not.").startswith("Denied")
    ended = people[LEAD].said(here, f"{here}/end-review", outcome="pivot", to="", reason="Try another way.")
    assert ended.startswith("The review ended: waived is at experiment")
    refused = owner.send(here, f"{here}/end-review", outcome="stop", reason="x")
    assert "a review ends in a pivot or a halt" in refused.lower()


def test_a_secret_is_shown_once_and_stands_in_no_address_and_no_cookie(people: dict[str, Reader]) -> None:
    owner, here = people[OWNER], "/use-cases/pilot/access"
    answer = owner.send(here, here, agent="sorter", days="30")
    [secret] = re.findall(r'id="secret">(remit-[^<]+)<', answer)
    assert secret not in owner.page(here)
    assert "sorter" in owner.page(here)
    assert all(secret not in (cookie.value or "") for cookie in owner.http.cookies.jar)
    assert "agent/sorter is stopped" in owner.send(here, "/use-cases/pilot/stop", reason="It loops.").lower()
    refused = owner.forge(here, "/use-cases/pilot/let-go-on", agent="sorter")
    assert "you may not take a kill switch back" in refused.lower()
    lead = people[LEAD]
    assert "agent/sorter goes on" in lead.send(here, "/use-cases/pilot/let-go-on", agent="sorter").lower()
    assert "is no agent" in owner.send(here, here, agent="Not an id")
    assert "is no number of days" in owner.send(here, here, days="0")
    assert "has no key" in owner.said(here, f"{here}/revoke", key="01ANOTHER")
    assert "is revoked" in owner.said(here, f"{here}/revoke")
    assert f'action="{here}/revoke"' not in owner.page(here)


def test_only_who_may_takes_a_use_case_back(people: dict[str, Reader]) -> None:
    here = "/use-cases/late"
    stranger = people[RISK]
    assert "is no earlier stage" in people[OWNER].said(here, f"{here}/demote", to="scale", reason="Back.")
    assert stranger.said(here, f"{here}/demote", to="envision", reason="Back.").startswith(
        "Late is at envision"
    )
    assert people[OWNER].title(here).startswith("A late one is at envision")


def test_an_answer_is_to_what_was_shown_and_shows_on_every_page(
    people: dict[str, Reader], shared_house: Any
) -> None:
    with shared_house.system() as system:
        wanted = load_directory(shared_house.declare(*declared(tokens=90))).operating_model
        assert wanted is not None
        asked = put_in_force(system, plan_model(system, wanted), author=OWNER, reason=HOSTILE + "\u202e")
    assert asked is not None
    owner, risk, lead = people[OWNER], people[RISK], people[LEAD]
    assert owner.title("/inbox") == "Nothing waits for you; 1 request waits for others"
    assert risk.title("/inbox").startswith("1 request waits for you; it is due in ")
    inbox = risk.page("/inbox")
    assert "&lt;script&gt;" in inbox
    assert "<script>alert" not in inbox
    assert 'name="seen"' not in owner.page("/inbox")
    assert "<b>1</b></a>" in risk.page("/portfolio")
    wrong = risk.said("/inbox", "/inbox/approve", seen="00000000", reason="Read it.")
    assert wrong.startswith("The code that shows with ")
    assert "waits for unit-lead" in risk.said("/inbox", "/inbox/approve", reason="Read it.")
    assert risk.title("/inbox") == "Nothing waits for you; 1 request waits for others"
    denied = lead.said("/inbox", "/inbox/deny", reason="Not now.")
    assert denied.startswith("Denied: ")
    assert "Not now." in lead.page(f"/inbox?request={shared_house.entries('approval_request')[-1]['id']}")
    assert "Nothing waits for anybody" in lead.title("/inbox")


def test_who_is_away_delegates_and_either_ends_it(people: dict[str, Reader]) -> None:
    risk = people[RISK]
    assert "is no day" in risk.said("/inbox", "/inbox/delegate", to="deputy@example.com", until="soon")
    far = risk.said("/inbox", "/inbox/delegate", to="deputy@example.com", until="2999-01-01")
    assert far.startswith("A delegation ends within 90 days")
    with_end = (date.today() + timedelta(days=9)).isoformat()  # noqa: DTZ011 (the server's own day is asked for)
    text = risk.send("/inbox", "/inbox/delegate", to="deputy@example.com", until=with_end, role="risk-owner")
    assert "Deputy@example.com answers for you until" in text
    assert "no longer answers" in risk.said("/inbox", "/inbox/end")


def test_what_no_list_leads_to_is_said_to_be_unknown(people: dict[str, Reader]) -> None:
    assert "No approval was asked for as" in people[RISK].page("/inbox?request=nothing", status=404)
    many = ",".join(f"r{at}" for at in range(60))
    assert "at most 50" in unescape(people[RISK].page(f"/inbox?request={many}", status=503))
    assert people[RISK].page("/inbox?page=9999999")
