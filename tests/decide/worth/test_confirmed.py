"""Confirmed: a figure with an approval of exactly its digest, and nothing else, ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from remit.decide.worth.confirmed import asked_of, confirmed
from remit.decide.worth.figure import Figure
from remit.record.approval_entry import Approval, ApprovalRequest
from worth_house import NOW

FINANCE, OWNER = "finance@example.com", "owner@example.com"
FIGURE = Figure("letters", "minutes", "Minutes", "minute", "evidenced", "experiment", digest="d1")


def request(id: str = "q1", **fields: Any) -> ApprovalRequest:
    stated: dict[str, Any] = {
        "about": "value",
        "use_case": "letters",
        "subject": "value/minutes",
        "digest": "d1",
        "summary": "",
        "roles": ("finance-lead",),
        "barred": (OWNER,),
        "deadline": NOW + timedelta(hours=1),
        "expires": NOW + timedelta(hours=9),
        "author": OWNER,
    }
    return ApprovalRequest(id=id, at=NOW, **(stated | fields))


def answer(of: str = "q1", **fields: Any) -> Approval:
    stated: dict[str, Any] = {
        "about": "value",
        "digest": "d1",
        "said": "approved",
        "role": "finance-lead",
        "author": FINANCE,
    }
    return Approval(id=f"a-{of}", at=NOW + timedelta(minutes=1), request=of, **(stated | fields))


LATER = NOW + timedelta(days=9)


def test_a_figure_is_confirmed_by_whoever_agreed_to_exactly_it() -> None:
    found = confirmed(FIGURE, asked_of([request()], [answer()], LATER))
    assert (found.state, found.confirmed_by, found.request) == ("confirmed", (FINANCE,), "q1")
    assert confirmed(FIGURE, {}).state == "evidenced"


def test_a_figure_that_changed_says_since_when_the_one_before_was_confirmed() -> None:
    asked = asked_of([request(), request("q2", digest="d2")], [answer()], NOW + timedelta(minutes=2))
    found = confirmed(replace(FIGURE, digest="d2"), asked)
    assert (found.state, found.lapsed_at, found.request) == ("evidenced", NOW + timedelta(minutes=1), "q2")


def test_a_claim_is_not_confirmed_whoever_agreed() -> None:
    asked = asked_of([request()], [answer()], LATER)
    assert confirmed(replace(FIGURE, state="claimed"), asked).state == "claimed"
    assert confirmed(replace(FIGURE, state="refused"), asked).state == "refused"


requests = st.builds(
    request,
    id=st.sampled_from(("q1", "q2")),
    about=st.sampled_from(("value", "gate")),
    use_case=st.sampled_from(("letters", "chat")),
    subject=st.sampled_from(("value/minutes", "value/other")),
    digest=st.sampled_from(("d1", "d2")),
    people=st.sampled_from((1, 2)),
)
answers = st.builds(
    answer,
    of=st.sampled_from(("q1", "q2")),
    digest=st.sampled_from(("d1", "d2")),
    said=st.sampled_from(("approved", "approved", "denied", "withdrawn")),
    role=st.sampled_from(("finance-lead", "centre")),
    author=st.sampled_from((FINANCE, OWNER)),
)
some_requests = st.lists(requests, max_size=2, unique_by=lambda each: each.id)


@given(some_requests, st.lists(answers, max_size=3), st.sampled_from(("d1", "d2", "d3")))
def test_only_an_approval_of_exactly_this_digest_confirms(
    asked: list[ApprovalRequest], given_answers: list[Approval], digest: str
) -> None:
    found = confirmed(replace(FIGURE, digest=digest), asked_of(asked, given_answers, LATER))
    agreed = [
        each.id
        for each in asked
        if (each.about, each.use_case, each.subject, each.digest, each.people)
        == ("value", "letters", "value/minutes", digest, 1)
        and next(
            (
                one.said
                for one in given_answers
                if one.request == each.id
                and (
                    (one.said == "withdrawn" and one.author == OWNER)
                    or (
                        one.said != "withdrawn"
                        and (one.digest, one.role, one.author) == (digest, "finance-lead", FINANCE)
                    )
                )
            ),
            "",
        )
        == "approved"
    ]
    assert (found.state == "confirmed") == bool(agreed)
