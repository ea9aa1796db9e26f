"""Escrow: whatever workers ask, hold, post and give back, and however they end, no limit is overspent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from remit.enforce.escrow import FINAL, ONE, Claim, Want, is_short, share, total, unanswered
from remit.kernel.money import ZERO

AMOUNTS = st.integers(1, 400).map(lambda cents: Decimal(cents) / 100)
LIMITS = st.integers(0, 5_000).map(lambda cents: Decimal(cents) / 100)
WORKERS = st.integers(0, 3)


class Worker:
    """What one worker knows of itself, and what of it is in its journal still when it crashes."""

    def __init__(self) -> None:
        self.lease = ZERO
        self.posted = ZERO
        self.holds: list[Decimal] = []

    @property
    def used(self) -> Decimal:
        return total((self.posted, *self.holds))


class Sharing(RuleBasedStateMachine):
    """One account, the claims on it as a store keeps them, and up to four workers."""

    @initialize(limit=LIMITS, workers=st.integers(1, 4))
    def begin(self, limit: Decimal, workers: int) -> None:
        self.limit = self.highest = limit
        self.workers = [Worker() for _ in range(workers)]
        self.claims = [Claim() for _ in range(workers)]

    def _at(self, number: int) -> int:
        return number % len(self.workers)

    def _lease(self, number: int, least: Decimal, most: Decimal) -> bool:
        worker = self.workers[number]
        want = Want("a", self.limit, worker.used, least, most)
        others = [claim for each, claim in enumerate(self.claims) if each != number]
        grant = share(want, self.claims[number], others, workers=len(self.workers))
        assert grant.granted >= self.claims[number].granted
        own = self.claims[number]
        self.claims[number] = Claim(grant.granted, own.posted)
        worker.lease = grant.granted
        return not is_short(want, grant)

    @rule(number=WORKERS, amount=AMOUNTS, more=AMOUNTS)
    def ask(self, number: int, amount: Decimal, more: Decimal) -> None:
        self._lease(self._at(number), amount, amount + more)

    @rule(number=WORKERS, amount=AMOUNTS)
    def fill_up(self, number: int, amount: Decimal) -> None:
        self._lease(self._at(number), ZERO, amount)

    @rule(number=WORKERS, amount=AMOUNTS)
    def lose_the_answer(self, number: int, amount: Decimal) -> None:
        """The store grants, and the worker never hears of it."""
        number = self._at(number)
        before = self.workers[number].lease
        self._lease(number, amount, amount)
        self.workers[number].lease = before

    @rule(number=WORKERS, amount=AMOUNTS)
    def hold(self, number: int, amount: Decimal) -> None:
        worker = self.workers[self._at(number)]
        if worker.used + amount <= worker.lease:
            worker.holds.append(amount)

    @rule(number=WORKERS, part=st.integers(0, 100))
    def post(self, number: int, part: int) -> None:
        worker = self.workers[self._at(number)]
        if worker.holds:
            worker.posted += worker.holds.pop() * part / 100

    @rule(number=WORKERS)
    def fold(self, number: int) -> None:
        number = self._at(number)
        claim = self.claims[number]
        self.claims[number] = Claim(claim.granted, self.workers[number].posted)

    @rule(number=WORKERS)
    def give_back(self, number: int) -> None:
        number = self._at(number)
        worker = self.workers[number]
        worker.lease = worker.used
        self.claims[number] = Claim(worker.lease, self.claims[number].posted)

    @rule(number=WORKERS, part=st.integers(0, 100))
    def crash(self, number: int, part: int) -> None:
        """Its journal is all that is left; what was held is charged, and the lease is free."""
        number = self._at(number)
        worker = self.workers[number]
        worker.posted += total(worker.holds) * part / 100
        worker.holds = []
        worker.lease = worker.posted
        self.claims[number] = Claim(posted=worker.posted)

    @rule(limit=LIMITS)
    def change_the_limit(self, limit: Decimal) -> None:
        self.limit, self.highest = limit, max(limit, self.highest)

    @rule(amount=AMOUNTS, number=WORKERS)
    def what_is_free_is_had_if_all_give_back(self, amount: Decimal, number: int) -> None:
        number = self._at(number)
        for each in range(len(self.workers)):
            if each != number:
                self.give_back(each)
        room = self.limit - total(worker.used for worker in self.workers)
        assert self._lease(number, amount, amount) == (
            amount <= room or self.workers[number].lease - self.workers[number].used >= amount
        )

    @invariant()
    def nothing_is_overspent(self) -> None:
        assert total(worker.used for worker in self.workers) <= self.highest
        assert total(claim.amount for claim in self.claims) <= self.highest
        for worker, claim in zip(self.workers, self.claims, strict=True):
            assert worker.used <= worker.lease <= claim.amount

    def teardown(self) -> None:
        """When all have ended, what is left is the limit less what was posted: nothing has leaked."""
        if not hasattr(self, "workers"):
            return
        for number in range(len(self.workers)):
            self.crash(number, 0)
        left = self.limit - total(worker.posted for worker in self.workers)
        if left > 0:
            self.workers.append(Worker())
            self.claims.append(Claim())
            assert self._lease(len(self.workers) - 1, left, left)


TestSharing = Sharing.TestCase


def granted(free: str, least: str, most: str, *, workers: int = 2, used: str = "0") -> Decimal:
    want = Want("a", Decimal(free), Decimal(used), Decimal(least), Decimal(most))
    return share(want, Claim(), [], workers=workers).granted - Decimal(used)


def test_a_slice_is_what_lets_twice_as_many_workers_have_one() -> None:
    assert granted("100", "1", "1") == 25
    assert granted("100", "1", "1", workers=4) == Decimal("12.5")
    assert granted("100", "40", "40") == 40


def test_near_the_end_it_is_exactly_what_a_call_needs() -> None:
    assert granted("3.5", "1", "1") == 1
    assert granted("1", "1", "1") == 1
    assert granted("0.99", "1", "1") == 0


def test_where_the_largest_call_does_not_fit_the_smallest_still_does() -> None:
    assert granted("2", "1", "3") == 1


def test_nobody_fills_up_with_what_would_serve_no_call() -> None:
    assert granted("100", "0", "25") == 25
    assert granted("100", "0", "26") == 0


def test_who_was_asked_to_give_back_takes_no_more_than_is_needed() -> None:
    want = Want("a", Decimal(100), ZERO, ONE, ONE, exactly=True)
    assert share(want, Claim(), [], workers=2).granted == 1


def test_calls_and_tokens_come_whole() -> None:
    want = Want("a", Decimal(10), ZERO, ONE, ONE, grain=ONE)
    assert share(want, Claim(), [], workers=2).granted == 2


@given(
    limit=st.integers(0, 50),
    own=st.integers(0, 20),
    used=st.integers(0, 20),
    others=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4),
    need=st.integers(1, 30),
)
def test_a_lowered_limit_grants_nothing_until_all_claims_are_under_it(
    limit: int, own: int, used: int, others: list[tuple[int, int]], need: int
) -> None:
    want = Want("a", Decimal(limit), Decimal(used), Decimal(need), Decimal(need))
    claims = [Claim(Decimal(granted), Decimal(posted)) for granted, posted in others]
    grant = share(want, Claim(Decimal(own)), claims, workers=len(claims) + 1)
    before = max(own, used)
    if before + total(claim.amount for claim in claims) >= limit:
        assert grant.granted == before
    else:
        assert grant.granted + total(claim.amount for claim in claims) <= limit


def test_who_has_nothing_to_give_is_not_waited_for() -> None:
    assert unanswered([Claim(Decimal(5), Decimal(5), 1)]) is None
    assert unanswered([Claim(Decimal(5), Decimal(4), FINAL)]) is None
    assert unanswered([Claim(Decimal(5), Decimal(4), 3), Claim(Decimal(5), ZERO, 7)]) == 3
