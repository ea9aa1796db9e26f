"""What is read of a client certificate, and what a caller could write there is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.client_certificate import certificate_claims

TRIAGE = "spiffe://example.com/ns/claims/sa/triage"


@pytest.mark.parametrize(
    ("header", "uri", "subject"),
    [
        (f"By=spiffe://example.com/gateway;Hash=46;URI={TRIAGE}", [TRIAGE], ""),
        (f'Hash=46;Subject="";URI={TRIAGE}', [TRIAGE], ""),
        (f"uri={TRIAGE}", [TRIAGE], ""),
        (f"URI=spiffe://evil/a,Hash=1;URI={TRIAGE}", [TRIAGE], ""),
        (f"URI=spiffe://evil/a, URI={TRIAGE}", [TRIAGE], ""),
        (f"URI={TRIAGE};URI=spiffe://example.com/b", [TRIAGE, "spiffe://example.com/b"], ""),
        ('Subject="CN=triage,O=Harbour; Mutual"', [], "CN=triage,O=Harbour; Mutual"),
        ('Subject="CN=\\"a\\",URI=spiffe://evil/a"', [], 'CN="a",URI=spiffe://evil/a'),
    ],
)
def test_the_last_element_says_who_the_nearest_proxy_has_seen(
    header: str, uri: list[str], subject: str
) -> None:
    claims = certificate_claims(header)
    assert claims is not None
    assert (claims["uri"], claims["subject"]) == (uri, subject)


@pytest.mark.parametrize(
    "header",
    ["", "Hash=46", "URI=", "URI=a,", "URI=a;", 'Subject="CN=a', "URI=a,Hash=1", "nothing", 'URI="a"b'],
)
def test_what_names_nobody_is_nobody(header: str) -> None:
    assert certificate_claims(header) is None


@given(st.text(st.characters(codec="latin-1"), max_size=60))
def test_nothing_that_is_written_before_counts(said: str) -> None:
    claims = certificate_claims(f"{said},URI={TRIAGE}")
    assert claims is None or claims == {"uri": [TRIAGE], "dns": [], "subject": ""}


@given(st.text(st.characters(codec="latin-1"), max_size=200))
def test_whatever_comes_is_read_or_not(header: str) -> None:
    claims = certificate_claims(header)
    assert claims is None or claims["uri"] or claims["subject"]
