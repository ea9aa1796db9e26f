"""Cache points are set in what the provider is asked, and in nothing else that is made of a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from conftest import BASE, CASE
from remit.adapters.provider_echo import EchoProvider
from remit.declare.provider import Provider as DeclaredProvider
from remit.enforce.request import Message, ModelRequest, Text
from remit.operations.admitted import Admitted
from remit.operations.asked import Asked
from remit.operations.authenticate import authenticate
from remit.operations.authorize import authorize
from remit.operations.call_model import abandon
from remit.operations.issue_key import issue_key
from remit.operations.refused import Refused
from remit.operations.system import GATEWAY
from remit.operations.worker import Worker

HOUSE = BASE.replace("{technology: echo}", "{technology: anthropic}")
POINTED = f"{CASE}    prompt_cache: {{model/echo: {{at: [system, end], keep: 1h}}}}\n"
REQUEST = ModelRequest(
    "model/echo", (Message.of("system", "Be brief."), Message.of("user", "x " * 2_000)), output_tokens_max=9
)


@pytest.fixture
def admit(house: Any) -> Iterator[Callable[..., Admitted]]:
    """Admit a call of a use case that has points declared, and let go of it."""

    def make_provider(name: str, declared: DeclaredProvider) -> EchoProvider:
        return EchoProvider()

    house.apply(HOUSE, POINTED)
    with house.system() as opened:
        system = replace(opened, make_provider=make_provider)
        secret = issue_key(system, "pilot", author="tester@example.com").secret
        with system.journals.exclusive(GATEWAY) as journal:
            worker = Worker(system, journal)
            key = authenticate(worker, secret)
            assert not isinstance(key, Refused)

            def admitted(request: ModelRequest = REQUEST, **fields: Any) -> Admitted:
                found = authorize(worker, key, Asked(request, streamed=False, **fields))
                assert isinstance(found, Admitted)
                abandon(found)
                return found

            yield admitted


def test_the_provider_is_asked_with_points_and_the_entry_is_that_of_a_call_without(admit: Any) -> None:
    call = admit()
    assert call.target.request == REQUEST
    assert [message.parts[0].cache for message in call.target.sent.messages] == ["1h", "1h"]
    own = msgspec.structs.replace(
        REQUEST, messages=(REQUEST.messages[0], Message("user", (Text("x", "5m"),)))
    )
    assert admit(own).target.sent == own
    batched = admit(batch="b1", batch_line=1)
    assert batched.hold.origin.prefix == call.hold.origin.prefix != ""
    assert batched.hold.amount == call.hold.amount


def test_batches_and_judges_get_none(admit: Any) -> None:
    for fields in ({"batch": "b1", "batch_line": 1}, {"judges": "c1"}):
        call = admit(**fields)
        assert call.target.sent is call.target.request
