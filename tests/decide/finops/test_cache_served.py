"""What prompt caches served is a figure: tokens, their share, and what that saved to the last digit."""

from __future__ import annotations

from decimal import Decimal

from caching_house import call, work
from finops_columns import MadeCall, rates
from remit.decide.finops.cache_served import CacheServed, caches_served

BY_ITSELF = {"model": "model/other@1", "provider": "elsewhere", "rates": rates(cache_read="0.3")}


def found(*calls: MadeCall) -> list[CacheServed]:
    return list(caches_served(work(calls)))


def test_what_was_read_is_counted_and_what_it_saved_is_exact() -> None:
    [served] = found(
        call(0, input_tokens=400, cache_write_tokens=5_000),
        call(60, input_tokens=600, cache_read_tokens=5_000),
        call(90, model="model/own@1"),
    )
    assert (served.model, served.calls, served.by_itself, served.most) == ("model/large@1", 2, False, None)
    assert (served.input_tokens, served.read, served.written) == (11_000, 5_000, 5_000)
    gained, paid = Decimal(5_000) * (3 - Decimal("0.3")), Decimal(5_000) * (Decimal("3.75") - 3)
    assert served.saved == (gained - paid) / 10**6


def test_what_is_written_and_never_read_saved_less_than_nothing() -> None:
    [served] = found(call(0, input_tokens=0, cache_write_1h_tokens=10_000))
    assert served.saved == Decimal(10_000) * (3 - 6) / 10**6


def test_of_a_provider_that_caches_by_itself_it_is_said_what_it_could_serve_at_the_most() -> None:
    blocks = range(1, 11)
    calls = [
        call(0, input_tokens=5_120, prefix=blocks, **BY_ITSELF),
        call(60, input_tokens=3_072, cache_read_tokens=2_048, prefix=blocks, **BY_ITSELF),
        call(900, input_tokens=5_120, prefix=blocks, **BY_ITSELF),
    ]
    [served] = found(*calls)
    assert (served.by_itself, served.read, served.most) == (True, 2_048, 5_120)
    assert served.saved == Decimal(2_048) * (3 - Decimal("0.3")) / 10**6


def test_where_nothing_was_served_and_nothing_could_be_nothing_is_said() -> None:
    assert found(call(0), call(5, **BY_ITSELF)) == []
    [unused] = found(*(call(at, input_tokens=2_048, prefix=[1, 2, 3, 4], **BY_ITSELF) for at in range(2)))
    assert (unused.read, unused.most, unused.saved) == (0, 2_048, Decimal(0))
    simulated = [call(0, cache_read_tokens=500, simulated=True)]
    assert list(caches_served(work(simulated))) == []
