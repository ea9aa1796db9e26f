"""Messages to web hooks: their bodies, and signatures that anybody's library can check."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.decide.notice import Notice, TestName
from remit.declare.webhook import EVENTS
from remit.report.hook_message import TITLES, body_of, escaped, read_secrets, signed
from strategies import utc

NOTICE = Notice(
    event="budget.reached",
    at=utc(2026, 11, 30, 12, 20),
    summary="budget `a&b` of <x@example.com> has reached 80 %",
    entry="01E",
    use_case="triage",
    unit="motor",
    data={"percent": 80, "limit": "10"},
)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The one of the published test vector."""


def test_a_signature_is_what_the_published_test_vector_says() -> None:
    secrets = read_secrets(SECRET)
    assert secrets is not None
    at = utc(2021, 2, 25, 15, 2).replace(second=10)
    assert signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secrets=secrets, at=at) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@given(st.binary(min_size=24, max_size=64), st.binary(max_size=200))
def test_every_signature_is_the_hash_of_id_time_and_body(secret: bytes, body: bytes) -> None:
    text = "whsec_" + base64.b64encode(secret).decode()
    secrets = read_secrets(text)
    assert secrets == (secret,)
    headers = signed("msg_1", body, secrets=secrets, at=NOTICE.at)
    version, _, signature = headers["webhook-signature"].partition(",")
    content = f"msg_1.{headers['webhook-timestamp']}.".encode() + body
    assert version == "v1"
    assert hmac.compare_digest(
        base64.b64decode(signature), hmac.new(secret, content, hashlib.sha256).digest()
    )


def test_two_secrets_sign_both_and_none_signs_nothing() -> None:
    other = base64.b64encode(b"n" * 32).decode()
    secrets = read_secrets(f"{other},{SECRET}")
    assert secrets is not None
    new, old = signed("a", b"b", secrets=secrets, at=NOTICE.at)["webhook-signature"].split(" ")
    assert signed("a", b"b", secrets=secrets[:1], at=NOTICE.at)["webhook-signature"] == new
    assert signed("a", b"b", secrets=secrets[1:], at=NOTICE.at)["webhook-signature"] == old
    assert signed("a", b"b", secrets=(), at=NOTICE.at).keys() == {"webhook-id", "webhook-timestamp"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "whsec_secret!",
        "whsec_" + base64.b64encode(b"a" * 23).decode(),
        "whsec_" + base64.b64encode(b"a" * 65).decode(),
        f"{SECRET},",
        f"{SECRET},{SECRET},{SECRET}",
    ],
)
def test_what_is_no_secret_is_not_taken_for_one(text: str) -> None:
    assert read_secrets(text) is None


def test_a_body_says_what_happened_and_whose_it_is() -> None:
    assert json.loads(body_of(NOTICE, "remit")) == {
        "type": "budget.reached",
        "timestamp": "2026-11-30T12:20:00Z",
        "data": {
            "summary": "budget `a&b` of <x@example.com> has reached 80 %",
            "use_case": "triage",
            "unit": "motor",
            "entry": "01E",
            "percent": 80,
            "limit": "10",
        },
    }
    whole = Notice(event="ledger.halted", at=NOTICE.at, summary="so")
    assert json.loads(body_of(whole, "remit"))["data"] == {"summary": "so"}


def test_a_body_for_slack_is_plain_words_in_which_nothing_is_a_command() -> None:
    assert json.loads(body_of(NOTICE, "slack")) == {
        "text": "Budget: budget `a&amp;b` of &lt;x@example.com&gt; has reached 80 %",
        "blocks": [
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": "*Budget*\nbudget `a&amp;b` of &lt;x@example.com&gt; has reached 80 %",
                    "verbatim": True,
                },
            },
            {
                "type": "context",
                "elements": [
                    {
                        "type": "mrkdwn",
                        "text": "use case `triage` · unit `motor` · entry `01E` · 2026-11-30 12:20 UTC",
                        "verbatim": True,
                    }
                ],
            },
        ],
    }


@given(st.text())
def test_no_text_is_a_link_or_a_call_to_everybody(text: str) -> None:
    shown = escaped(text)
    assert "<" not in shown
    assert ">" not in shown
    assert shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == text


def test_a_long_summary_fits_into_slack_s_bounds() -> None:
    body = json.loads(body_of(Notice(event="webhook.test", at=NOTICE.at, summary="a" * 9_000), "slack"))
    assert len(body["blocks"][0]["text"]["text"]) <= 3_000


def test_every_event_has_a_title() -> None:
    assert set(TITLES) == {*EVENTS, *get_args(TestName)}
