"""Entries are written and read without loss, and have no place for what people wrote to a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.price import Price, Rates
from remit.kernel.usage import Usage
from remit.record.entry import Entry
from remit.record.ledgered import Ledgered, decode, encode
from strategies import ENTRIES, entries, prices, usages

TEXT_OF_PEOPLE = re.compile(
    "text|prompts?$|message|content|question|answer|input$|output$|body|secret|password|token$"
)


@pytest.mark.parametrize("kind", ENTRIES, ids=lambda kind: str(kind.__name__))
@given(data=st.data())
def test_an_entry_is_read_as_it_was_written(kind: type[Entry], data: st.DataObject) -> None:
    entry = data.draw(ENTRIES[kind])
    body = encode(entry)
    assert decode(body) == entry
    assert encode(decode(body)) == body
    assert b"\n" not in body


def test_every_kind_of_entry_is_tried_and_has_its_own_name() -> None:
    assert set(ENTRIES) == set(get_args(Ledgered))
    tags = [kind.__struct_config__.tag for kind in ENTRIES]
    assert len(set(tags)) == len(tags)


def structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """Find every struct that an entry is made of."""
    found = msgspec.inspect.type_info(kind)
    seen: set[type] = set()

    def inside(node: Any) -> Iterator[type[msgspec.Struct]]:
        if isinstance(node, msgspec.inspect.StructType) and node.cls not in seen:
            seen.add(node.cls)
            yield node.cls
            for each in node.fields:
                yield from inside(each.type)
        for each in getattr(node, "types", ()) or getattr(node, "item_types", ()):
            yield from inside(each)

    yield from inside(found)


def test_no_entry_has_a_field_for_what_people_wrote_or_for_a_secret() -> None:
    fields = {
        (struct.__name__, name)
        for kind in ENTRIES
        for struct in structs(kind)
        for name in struct.__struct_fields__
    }
    # The rates of a price are called by the kind of token that they are for.
    fields -= {(rates, kind) for rates in ("Rates", "ListRates") for kind in ("input", "output")}
    # And units by the policy that read something.
    fields -= {("Units", "content")}
    assert ("Purpose", "use_case") in fields
    assert ("Decision", "summary") in fields
    assert {field for field in fields if TEXT_OF_PEOPLE.search(field[1])} == set()


@given(entries)
def test_an_entry_s_json_says_its_kind_and_leaves_out_what_is_not_said(entry: Any) -> None:
    written = msgspec.json.decode(encode(entry))
    assert written["kind"] == type(entry).__struct_config__.tag
    assert "v" not in written
    assert {"id", "at"} <= written.keys()


@given(entries)
def test_a_field_that_a_later_version_adds_does_not_keep_an_entry_from_being_read(entry: Any) -> None:
    assert decode(encode(entry)[:-1] + b',"added_later":{"a":1}}') == entry


@given(
    st.binary(max_size=40)
    | st.sampled_from((b"{}", b'{"kind":"call"}', b'{"kind":"nothing"}', b'{"kind":"mark","id":"\xff"}'))
)
def test_what_is_not_an_entry_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(body)


@given(prices, usages)
def test_the_rates_in_an_entry_price_a_call_as_the_declared_ones_did(price: Price, usage: Usage) -> None:
    rates, _ = price.rates.settle(usage, "")
    assert msgspec.json.decode(msgspec.json.encode(rates), type=Rates).cost(usage) == price.cost(usage)
