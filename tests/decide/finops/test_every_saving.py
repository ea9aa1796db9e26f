"""All savings of a use case, and whether what they would declare can be declared."""

from __future__ import annotations

from typing import Any

from finops_house import SMALL, call, capacity, house, work
from remit.decide.finops.every_saving import savings
from remit.decide.finops.ranked import rank
from remit.decide.finops.saving import Edit
from remit.decide.finops.tier_rule import TierRules
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import altered_versions
from remit.kernel.money import EXACT

RULE = {
    "technology": "openai",
    "tier": "flex",
    "starts": "2024-01-01",
    "factor": "0.5",
    "cached": "lost",
    "answers_within_seconds": "900",
    "source": "a list",
    "verified": "2026-01-01",
}
HOUSE = house(
    economy={"answers_within_seconds": "3600"},
    blocks={"prompt/sort": {"name": "Sort", "text": "x" * 4_000}},
)
CALLS = [
    call(60 * place, input_tokens=1_500 + place, prompt="prompt/sort", output_tokens_max=4_096)
    for place in range(200)
]


def edited(model: OperatingModel, edit: Edit) -> OperatingModel:
    """Make one edit to what is declared."""
    declared: dict[str, Any] = model.model_dump(mode="json", exclude_unset=True)
    kind, _, name = edit.address.partition("/")
    sections = {"use-case": "use_cases", "capacity": "capacity"}
    section = sections.get(kind, "blocks")
    key = edit.address if section == "blocks" else name
    if not edit.path:
        assert edit.address not in declared["blocks"]
        declared["blocks"][edit.address] = edit.value
        return OperatingModel.model_validate(declared)
    at = declared[section][key]
    *fields, last = edit.path.split(".")
    for field in fields:
        at = at.setdefault(field, {})
    at[last] = edit.value
    return OperatingModel.model_validate(declared)


def test_every_edit_is_a_sound_declaration_that_alters_no_approved_version() -> None:
    tiers = TierRules.model_validate({"rules": [RULE]})
    declared = HOUSE.model_copy(update={"capacity": {"units": capacity(per_hour="0.001 EUR")}})
    found = savings(work(CALLS, of=declared, tiers=tiers))
    assert {each.kind for each in found} == {
        "model",
        "route",
        "output-limit",
        "prompt-trim",
        "flex",
        "provisioned",
    }
    edits = [edit for each in found for edit in each.edits]
    assert len(edits) >= 7
    for edit in edits:
        after = edited(declared, edit)
        assert not list(altered_versions(declared, after))


def test_every_saving_says_what_it_rests_on_and_has_an_id_of_its_own() -> None:
    found = savings(work(CALLS, of=HOUSE, offers={"m": capacity("self_hosted", SMALL)}))
    assert len({each.id for each in found}) == len(found)
    for each in found:
        assert each.summary
        assert each.basis
        assert each.edits or each.by_hand
        assert each.low <= each.a_month <= each.high
        assert each.currency == "EUR"


def test_no_saving_is_counted_twice_in_what_can_be_saved_together() -> None:
    ranking = rank(savings(work(CALLS, of=HOUSE, offers={"u": capacity(per_hour="0.001 EUR")})))
    charged = sum(
        each.rates.input * each.input_tokens + each.rates.output * each.output_tokens for each in CALLS
    )
    month = EXACT.multiply(EXACT.divide(charged, 1_000_000), 30)
    assert 0 < ranking.together["claims"] <= month


def test_together_only_capacity_is_looked_for() -> None:
    offers = {"u": capacity(per_hour="0.001 EUR")}
    assert {each.kind for each in savings(work(CALLS, of=HOUSE, use_case="", offers=offers))} == {
        "provisioned"
    }
