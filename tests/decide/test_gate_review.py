"""What a review rests on: where one may go, what consent covers, and when a waiver ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.cli.directory import shipped_files
from remit.decide.dossier import Dossier, Fact
from remit.decide.gate import assess_gate
from remit.decide.gate_review import (
    OutOfOrder,
    Snapshot,
    asked_roles,
    barriers,
    changes,
    goal,
    looked_at,
    passes_by_policy,
    shown_of,
    snapshot,
    stakes,
    with_consents,
)
from remit.decide.reviewers import held_by, reviewing
from remit.decide.waiver import lasts_until, unsound_end
from remit.declare.gate import GATED
from remit.declare.load import load
from remit.declare.organisation import STAGES
from remit.enforce.remit import resolve
from remit.record.approval_entry import Approval
from remit.record.dossier_entry import Waiver
from remit.record.projection import StageFact
from strategies import STATED, ZONES, operating_model, utc

NOW = utc(2026, 11, 30, 12)
END = utc(2026, 12, 31, 23)


def at(stage: Any, until: datetime | None = None) -> StageFact:
    return StageFact(stage, NOW.date(), "reviewed", until=until, falls_to="envision" if until else None)


@pytest.mark.parametrize(
    ("fact", "into", "found"),
    [
        (at("envision"), None, "experiment"),
        (at("experiment"), "launch", "launch"),
        (at("experiment"), "scale", None),
        (at("experiment"), "experiment", None),
        (at("experiment"), "retired", None),
        (at("scale"), None, None),
        (at("retired"), None, None),
        (at("retired"), "envision", None),
        (at("launch", END), None, "launch"),
        (at("launch", END), "launch", "launch"),
        (at("launch", END), "scale", None),
    ],
)
def test_a_stage_is_entered_from_the_one_before_it_or_made_to_stay(
    fact: StageFact, into: Any, found: str | None
) -> None:
    said = goal("pilot", fact, into)
    assert (None if isinstance(said, OutOfOrder) else said) == found


def test_a_review_that_ends_otherwise_looks_at_the_next_gate_and_at_last_at_its_own() -> None:
    assert [looked_at("pilot", at(stage)) for stage in STAGES[:-1]] == [
        *("experiment", "launch", "scale", "scale"),
    ]
    assert isinstance(looked_at("pilot", at("retired")), OutOfOrder)


@given(st.sampled_from(ZONES), st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 300))
def test_a_stage_on_waivers_lasts_to_the_very_end_of_the_first_of_their_last_days(
    zone: str, day: date, more: int
) -> None:
    place = ZoneInfo(zone)
    until = lasts_until([waiver(day + timedelta(days=more)), waiver(day)], place)
    assert until is not None
    assert until.date() == day + timedelta(days=1)
    assert (until.astimezone(ZoneInfo("UTC")) - timedelta(seconds=1)).astimezone(place).date() == day
    assert lasts_until([], place) is None


def waiver(expires: date) -> Waiver:
    return Waiver(
        id="w", at=NOW, use_case="triage", into="launch", criterion="said", accepted_by="r@example.com",
        role="risk-owner", tier="low", expires=expires, author="a@example.com",
    )  # fmt: skip


@pytest.mark.parametrize(("tier", "days"), [("low", 180), ("medium", 180), ("high", 90)])
def test_a_waiver_ends_on_a_day_to_come_and_not_too_far(tier: Any, days: int) -> None:
    today = NOW.date()
    assert unsound_end(today, today=today, tier=tier)
    assert not unsound_end(today + timedelta(days=1), today=today, tier=tier)
    assert not unsound_end(today + timedelta(days=days), today=today, tier=tier)
    assert unsound_end(today + timedelta(days=days + 1), today=today, tier=tier)


# ── a gate ──

WORD = {"pillar": "people", "help": "Say so.", "name": "Said", "present": "true"}
ABOVE = ["medium", "high"]
LAUNCH: dict[str, Any] = {
    "description": "Good enough.",
    "approvals": ["unit-lead"],
    "fast_lane": True,
    "criteria": {
        "owners": {
            "name": "Owned",
            "measure": "declared_owners",
            "at_least": "1",
            "evidence": "ledger",
            "pillar": "people",
            "help": "Name one.",
        },
        "said": {**WORD, "measure": "attestation", "evidence": "attestation", "tiers": ABOVE},
        "agreed": {**WORD, "measure": "approval", "evidence": "approval", "tiers": ABOVE},
    },
}


def house(tier: str = "low", **gate: Any) -> Any:
    return operating_model(
        organisation={"name": "House", "contact": "head@example.com", "currency": "EUR"},
        gates={"launch": LAUNCH | gate},
        use_cases={
            "triage": {"name": "Triage", "unit": "motor", "purpose": "Sort claims.", **STATED}
            | {"risk_tier_min": tier},
        },
    )


def assessed(model: Any, **fields: Any) -> Any:
    dossier = Dossier("triage", NOW, NOW.date(), at("experiment"), **fields)
    return assess_gate(model, dossier)


def taken(model: Any, standing: Any, **more: Any) -> Snapshot:
    there = resolve(model, "triage", "launch")
    return msgspec.structs.replace(
        snapshot(standing, at=NOW, stage="experiment", there=there, model_version=1), **more
    )


def test_a_snapshot_holds_every_criterion_that_is_asked_in_the_risk_tier() -> None:
    standing = assessed(house())
    assert standing.fast_lane
    assert [each.id for each in shown_of(standing)] == ["owners"]
    assert asked_roles(standing) == ("unit-lead",)
    assert [each.id for each in shown_of(assessed(house("medium")))] == ["owners", "said", "agreed"]


def test_only_what_consent_gives_does_not_stand_in_the_way() -> None:
    standing = assessed(house("medium"))
    assert [each.id for each in barriers(standing)] == ["owners", "said"]
    consent = Approval(
        id="a", at=NOW, request="q", about="gate", digest="d", said="approved", role="risk-owner",
        author="r@example.com",
    )  # fmt: skip
    given_ = with_consents(standing, [consent])
    assert [each.id for each in given_.missing] == ["owners", "said"]
    other = msgspec.structs.replace(consent, role="unit-lead")
    assert with_consents(standing, [other]) == standing
    assert asked_roles(standing) == ("unit-lead", "risk-owner")


def test_policy_passes_what_is_measured_and_nothing_that_is_not() -> None:
    standing = assessed(house())
    met = tuple(replace(each, status="met") for each in standing.criteria)
    assert passes_by_policy(replace(standing, criteria=met))
    assert not passes_by_policy(replace(standing, criteria=()))
    assert not passes_by_policy(replace(standing, criteria=met, fast_lane=False))
    waived = tuple(replace(each, status="waived") for each in standing.criteria)
    assert not passes_by_policy(replace(standing, criteria=waived))
    assert not passes_by_policy(replace(standing, criteria=met, kill=met))
    assert not passes_by_policy(replace(standing, criteria=met, park=met))
    assert stakes(replace(standing, park=met), ())[1].startswith(f"it is parked by {met[0].id}: ")


def test_consent_covers_just_what_was_asked() -> None:
    model = house("medium")
    asked = taken(model, assessed(model))
    assert changes(asked, asked) == ()
    for more, said in (
        ({"stage": "envision"}, "it is at `envision`"),
        ({"tier": "high"}, "its risk tier is high"),
        ({"gate": "another"}, "the gate was declared anew"),
        ({"allows": {**asked.allows, "calls": "yes"}}, "another remit: calls"),
        (
            {"shown": tuple(msgspec.structs.replace(each, status="waived") for each in asked.shown)},
            "only waived",
        ),
    ):
        [found] = changes(asked, msgspec.structs.replace(asked, **more))
        assert said in found
    fewer = msgspec.structs.replace(asked, shown=())
    assert changes(asked, fewer) == (), "what is waived no more is no less than was asked"
    assert msgspec.json.decode(asked.body, type=Snapshot) == asked


HOUSE = """
organisation: {name: House, contact: head@example.com, currency: EUR, governance: %s}
units: {claims: {name: Claims, lead: lead@example.com}}
use_cases: {triage: {name: Triage, unit: claims, purpose: Sort., risk_owner: risk@example.com}}
gates:
  launch:
    description: Good.
    criteria:
      owners: {name: Owned, measure: declared_owners, at_least: 1, evidence: ledger,
        pillar: people, help: Name.}
"""


@pytest.mark.parametrize(
    ("mode", "tier", "roles"),
    [
        ("centralized", "low", {"centre"}),
        ("federated", "low", {"unit-lead"}),
        ("federated", "high", {"risk-owner", "unit-lead", "centre"}),
    ],
)
def test_who_must_agree_follows_the_governance_mode_and_the_risk_tier(
    mode: str, tier: Any, roles: set[str]
) -> None:
    model = load({**shipped_files(), "a.yaml": HOUSE % mode}).operating_model
    assert model is not None
    standing = replace(assessed(model), tier=tier)
    assert set(reviewing(model, standing)) == roles
    assert held_by(model, "head@example.com", ("unit-lead", "centre"), "triage") == "centre"
    assert held_by(model, "", ("risk-owner",), "triage") == ""


def test_every_shipped_gate_parks_and_every_one_that_leads_on_kills() -> None:
    model = load(shipped_files() | {"a.yaml": HOUSE.partition("gates:")[0] % "federated"}).operating_model
    assert model is not None
    assert all(model.gates[into].park for into in GATED)
    assert [into for into in GATED if not model.gates[into].kill] == ["retired"]
    called = Fact("calls", Decimal(1), NOW, "ledger", "B")
    for stage, parked in (("scale", ["still-called"]), ("retired", [])):
        dossier = Dossier("triage", NOW, NOW.date(), at(stage), facts={"calls": (called,)})
        assert [each.id for each in assess_gate(model, dossier, into="retired").parked] == parked
