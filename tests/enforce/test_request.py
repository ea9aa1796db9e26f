"""How large an input can become is bounded before anybody counts its tokens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remit.enforce.request import Media, Message, ModelRequest, estimated_tokens

messages = st.builds(Message.of, st.sampled_from(("system", "user", "assistant")), st.text(max_size=50))
requests = st.builds(ModelRequest, st.just("model/a"), st.lists(messages, max_size=6).map(tuple))


@given(requests)
def test_no_tokenizer_makes_more_tokens_than_the_bound(request: ModelRequest) -> None:
    of_bytes = sum(len(message.text.encode()) for message in request.messages)
    assert request.input_tokens_bound >= of_bytes + 16 * len(request.messages) + 64


@given(requests)
def test_the_estimate_is_within_the_bound(request: ModelRequest) -> None:
    assert 0 <= request.input_tokens_estimate <= request.input_tokens_bound


@given(st.text(), st.text())
def test_more_text_is_estimated_as_no_fewer_tokens(one: str, other: str) -> None:
    assert estimated_tokens(one + other) >= max(estimated_tokens(one), estimated_tokens(other)) >= 1


def test_the_name_of_a_document_is_bounded_by_its_bytes() -> None:
    short, long = (Media("document", "application/pdf", "aGk=", name=name) for name in ("a", "証券"))
    one, other = (ModelRequest("model/a", (Message("user", (part,)),)) for part in (short, long))
    assert other.input_tokens_bound - one.input_tokens_bound == 5
