"""No order of holds, posts and voids spends more than a budget has."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)

from remit.enforce.account import Account
from remit.kernel.money import EXACT, ZERO
from strategies import amounts


class Budget(RuleBasedStateMachine):
    """Calls come and go in any order; a second book is kept in fractions beside the account."""

    holds: Bundle[Decimal] = Bundle("holds")

    @initialize(limit=amounts)
    def open(self, limit: Decimal) -> None:
        self.limit, self.account = limit, Account()
        self.posted = self.pending = Fraction(0)

    @rule(target=holds, share=st.integers(0, 1200))
    def call(self, share: int) -> Decimal:
        """Ask for a share of what is left, in thousandths; more than all of it is refused."""
        left = self.account.available(self.limit)
        amount = EXACT.divide(EXACT.multiply(left, Decimal(share)), Decimal(1000))
        if amount > left:
            return ZERO
        self.account = self.account.hold(amount)
        self.pending += Fraction(amount)
        return amount

    @rule(held=consumes(holds), share=st.integers(0, 8))
    def settle(self, held: Decimal, share: int) -> None:
        """Post a part of what was held: nothing of it (a void) up to all of it."""
        charge = EXACT.divide(EXACT.multiply(held, Decimal(share)), Decimal(8))
        self.account = self.account.post(held, charge)
        self.pending -= Fraction(held)
        self.posted += Fraction(charge)

    @precondition(lambda self: hasattr(self, "account"))
    @invariant()
    def nothing_is_overspent(self) -> None:
        assert ZERO <= self.account.available(self.limit) <= self.limit
        assert (Fraction(self.account.posted), Fraction(self.account.pending)) == (self.posted, self.pending)
        assert self.posted + self.pending <= Fraction(self.limit)


Budget.TestCase.settings = settings(max_examples=30, stateful_step_count=12)
TestBudget = Budget.TestCase


@given(st.lists(st.tuples(amounts, st.integers(0, 100)), max_size=12), st.data())
def test_every_order_of_settling_ends_in_the_same_account(
    calls: list[tuple[Decimal, int]], data: st.DataObject
) -> None:
    account, charges = Account(), ZERO
    for amount, _ in calls:
        account = account.hold(amount)
    for amount, percent in data.draw(st.permutations(calls)):
        charge = EXACT.divide(EXACT.multiply(amount, Decimal(percent)), Decimal(100))
        account, charges = account.post(amount, charge), EXACT.add(charges, charge)
    assert account == Account(posted=charges, pending=ZERO)


@given(amounts, st.integers(1, 1000))
def test_splitting_an_amount_loses_nothing(amount: Decimal, parts: int) -> None:
    """A cent that does not divide goes to the first parts, in units of a millionth."""
    units, rest = divmod(int(amount * 10**6), parts)
    shares = [EXACT.divide(Decimal(units + (index < rest)), Decimal(10**6)) for index in range(parts)]
    account = Account()
    for share in shares:
        account = account.hold(share)
    assert account.pending == amount
    for share in shares:
        account = account.post(share, share)
    assert account == Account(posted=amount, pending=ZERO)


@given(amounts, amounts)
def test_a_void_leaves_an_account_as_it_was(before: Decimal, amount: Decimal) -> None:
    account = Account(posted=before)
    assert account.hold(amount).post(amount, ZERO) == account


def test_a_limit_that_was_lowered_under_what_is_spent_leaves_less_than_nothing() -> None:
    assert Account(posted=Decimal(7), pending=Decimal(2)).available(Decimal(5)) == -4
