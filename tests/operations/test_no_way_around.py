"""No way around consent: whatever people apply, answer and roll back, in whatever order."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals_house import CENTRE, LEAD, OWNER, RISK, SetClock, ask, consent, model
from conftest import House
from remit.decide.risk import tier_of
from remit.decide.widening import Proposal
from remit.declare.operating_model import OperatingModel
from remit.enforce.effect import widens
from remit.enforce.remit import FIELDS, Resolver
from remit.kernel.errors import RemitError
from remit.operations.apply_model import apply_model
from remit.operations.model_in_force import model_in_force
from remit.operations.plan_model import plan_model
from remit.operations.read_approvals import find_request
from remit.operations.read_history import find_version, model_of
from remit.operations.read_inbox import read_inbox
from remit.operations.widen_model import put_in_force
from strategies import COSTLY

FEW = settings(COSTLY, max_examples=15)
"""Each one is a data directory of its own."""

_wanted = st.builds(
    model,
    tokens=st.sampled_from((100, 500, 900)),
    money=st.sampled_from((2, 5, 9)),
    data=st.sampled_from(("internal", "restricted")),
    more=st.sampled_from(
        (
            "",
            "approvals:\n  apply: {description: None., capability: stages-and-gates}\n",
            "approvals:\n  budget: {description: None., capability: budgets}\n",
        )
    ),
)
_person = st.sampled_from((OWNER, LEAD, RISK, CENTRE))
_steps = st.lists(
    st.tuples(st.just("apply"), _person, _wanted)
    | st.tuples(st.just("answer"), _person, st.integers(0, 5))
    | st.tuples(st.just("rollback"), _person, st.integers(1, 4)),
    min_size=4,
    max_size=9,
)


def take(system: Any, what: str, who: str, which: Any) -> None:
    """Take a step as its command does; what is refused changes nothing."""
    try:
        if what == "apply":
            ask(system, which, author=who)
        elif what == "rollback":
            planned = plan_model(system, model_of(system, find_version(system, which)))
            put_in_force(system, planned, author=who, reason="", restores=which)
        else:
            ids = [view.id for view in read_inbox(system, reader=who)]
            if ids:
                consent(system, who, ids[which % len(ids)])
    except RemitError:
        pass


def wider(before: OperatingModel, after: OperatingModel) -> bool:
    one, other = (Resolver(each).remit("letters", "launch") for each in (before, after))
    return any(widens(name, getattr(one, name), getattr(other, name)) for name in FIELDS)


@FEW
@given(steps=_steps)
def test_no_steps_bring_a_wider_remit_of_high_risk_without_consent_to_just_that(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as root, House(Path(root)).system() as opened:
        system = replace(opened, clock=SetClock(opened.clock))
        apply_model(system, model(), author=OWNER, reason="")
        for what, who, which in steps:
            version, before = model_in_force(system)
            take(system, what, who, which)
            now, after = model_in_force(system)
            asked = before.approvals["apply"].high is not None
            if now == version or not asked:
                continue
            high = "high" in {tier_of(each.use_cases["letters"]) for each in (before, after)}
            lower = tier_of(before.use_cases["letters"]) == "high" != tier_of(after.use_cases["letters"])
            only_money = not wider(_with_money(before), _with_money(after))
            if high and (
                lower or (wider(before, after) and (not only_money or before.approvals["budget"].high))
            ):
                applied = find_version(system, now)
                found = find_request(system, applied.request, system.clock.now())
                proposed = msgspec.json.decode(system.store.text(found.request.digest), type=Proposal)
                assert found.state == "approved"
                assert (proposed.base, proposed.model) == (version, applied.digest)
                assert len({each.author for each in found.consents}) >= found.request.people
                assert found.request.author not in {each.author for each in found.consents}


def _with_money(declared: OperatingModel) -> OperatingModel:
    """Give a model the budget of another, so that only the rest of it is compared."""
    case = declared.use_cases["letters"]
    layer = case.remit.model_copy(update={"spend": model().use_cases["letters"].remit.spend})
    cases = {"letters": case.model_copy(update={"remit": layer})}
    return declared.model_copy(update={"use_cases": cases})
