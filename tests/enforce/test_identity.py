"""From what an issuer claims to the key that stands for a caller, and when a token is good."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.issuer import Issuer
from remit.enforce.decision import Decision
from remit.enforce.identity import LEEWAY, ends, issuer_named, key_of, looks_like_token
from remit.enforce.key import Key, live
from strategies import MOMENT

AT = MOMENT.timestamp()
ISSUER = Issuer.model_validate(
    {
        "technology": "oidc",
        "rules": [
            {"claims": {"azp": "settler", "groups": "claims"}, "use_case": "triage", "agent": "settler"},
            {"claims": {"groups": "claims"}, "use_case": "triage"},
            {"claims": {"azp": "letters"}, "use_case": "letters"},
        ],
    }
)


def found(claims: dict[str, Any]) -> Key | Decision:
    return key_of(
        "sign-in",
        ISSUER,
        claims,
        pseudonym=lambda use_case, agent: f"{use_case}-{agent}",
        expires=MOMENT,
        administrator="head@example.com",
    )


@pytest.mark.parametrize(
    ("claims", "use_case", "agent"),
    [
        ({"azp": "settler", "groups": ["fleet", "claims"]}, "triage", "settler"),
        ({"azp": "other", "groups": ["claims"]}, "triage", ""),
        ({"groups": "claims"}, "triage", ""),
        ({"azp": "letters"}, "letters", ""),
    ],
)
def test_the_first_rule_that_is_met_says_whom_a_caller_stands_for(
    claims: dict[str, Any], use_case: str, agent: str
) -> None:
    key = found(claims)
    assert isinstance(key, Key)
    assert (key.id, key.use_case, key.agent) == (
        f"oidc:sign-in:{use_case}-{agent}",
        use_case,
        agent,
    )


@pytest.mark.parametrize(
    "claims",
    [{}, {"azp": "settler"}, {"groups": ["claims-2"]}, {"groups": {"claims": True}}, {"azp": "lettersX"}],
)
def test_whom_no_rule_meets_is_refused_though_known(claims: dict[str, Any]) -> None:
    refused = found(claims)
    assert isinstance(refused, Decision)
    assert (refused.rule, refused.layer) == ("identity-without-use-case", "issuer/sign-in")


def test_a_token_is_good_from_its_beginning_to_its_end_and_a_moment_around_both() -> None:
    claims = {"exp": AT + 60, "nbf": AT}
    last = MOMENT + timedelta(seconds=60) + LEEWAY
    assert ends(claims, now=MOMENT) == last
    assert ends(claims, now=MOMENT - LEEWAY) == last
    assert ends(claims, now=last - timedelta(seconds=1)) == last
    assert ends(claims, now=last) == "the token has ended"
    assert ends(claims, now=MOMENT - LEEWAY - timedelta(seconds=1)) == "the token is not good yet"


@pytest.mark.parametrize(
    "times", [{}, {"exp": "9"}, {"exp": True}, {"exp": 1e300}, {"exp": float("nan")}, {"exp": AT, "nbf": []}]
)
def test_times_that_are_none_make_no_token_good(times: dict[str, Any]) -> None:
    assert ends(times, now=MOMENT) == "the token's times are none"


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_what_is_no_token_names_no_issuer(text: str) -> None:
    assert issuer_named(f"eyJ.{text.replace('.', '')}.x") == ""


def test_a_token_says_whose_it_claims_to_be() -> None:
    part = urlsafe_b64encode(b'{"iss":"https://a"}').decode().rstrip("=")
    assert issuer_named(f"eyJ.{part}.x") == "https://a"
    assert looks_like_token(f"eyJ.{part}.x")
    assert not looks_like_token("remit-abc")
    assert not looks_like_token("eyJa")


def test_a_caller_whose_token_has_ended_is_sent_to_its_issuer() -> None:
    key = found({"azp": "letters"})
    assert isinstance(key, Key)
    refused = live(key, now=MOMENT, administrator="head@example.com")
    assert refused.rule == "expired-key"
    assert "issuer" in refused.help
