"""Check sunset rules: whether each looks at one thing, in the organisation's currency."""

from __future__ import annotations

from collections.abc import Iterator

from remit.declare.fault import Fault
from remit.declare.organisation import Organisation
from remit.declare.scope import Scope, Spot
from remit.declare.sunset import CONDITIONS, SunsetRule


def check_sunset(scope: Scope) -> Iterator[Fault]:
    """Check the rules of the organisation, of units and of use cases."""
    organisation: Organisation | None = scope.sections["organisation"].get("")
    currency = organisation.currency if organisation else None
    for section in ("organisation", "units", "use_cases"):
        for name, noun in scope.sections[section].items():
            for id, rule in noun.sunset.items():
                yield from _rule(scope.spot(section, name).at("sunset", id), id, rule, currency)


def _rule(spot: Spot, id: str, rule: SunsetRule, currency: str | None) -> Iterator[Fault]:
    stated = rule.conditions
    if len(stated) != 1:
        what = f"both `{stated[0]}` and `{stated[1]}`" if stated else "nothing"
        yield spot.fault(
            *stated[1:2],
            code="sunset-condition-unclear",
            summary=f"sunset rule `{id}` looks at {what}",
            help="keep one; what is due for two reasons is two rules"
            if stated
            else f"state one of {', '.join(f'`{name}`' for name in CONDITIONS)}",
            at="key",
        )
    amount = rule.cost_per_outcome_above
    if amount is not None and currency and amount.currency != currency:
        yield spot.fault(
            "cost_per_outcome_above",
            code="mixed-currency",
            summary=f"`{amount}` is not in the organisation's currency {currency}",
            help=f"write the amount in {currency}",
        )
    if "retired" in rule.stages:
        yield spot.fault(
            "stages",
            rule.stages.index("retired"),
            code="sunset-after-the-end",
            summary=f"sunset rule `{id}` holds at `retired`, where there is nothing more to end",
            help="leave `retired` out; a rule without `stages:` holds at all others",
        )
