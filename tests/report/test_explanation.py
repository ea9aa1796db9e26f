"""An explanation shows every field of a remit, who decided it, and what would widen it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.enforce.model_name import model_names, names_under
from remit.enforce.remit import FIELDS, resolve
from remit.report.explanation import explanation
from strategies import COSTLY, model_block, operating_model, operating_models, route_block

BUDGET = {"spend": [{"limit": "1200 EUR", "per": "month"}]}


@COSTLY
@given(operating_models(), st.sampled_from(STAGES))
def test_every_field_is_explained_on_lines_that_can_be_printed(model: OperatingModel, stage: Any) -> None:
    remit = resolve(model, "triage", stage)
    page = explanation(model, remit, names={})
    assert [each.field for each in page.fields] == list(FIELDS)
    for each in page.fields:
        assert each.widen
        assert each.lines
        assert all(line.isprintable() for line in each.lines)
        assert [found.layer for found in each.decided_by] == [
            layer.address for layer in remit.decided.get(each.field, ())
        ]
        assert (each.lines == ("not stated",)) is (getattr(remit, each.field) is None)
        assert msgspec.json.encode(each.value, enc_hook=str)


def test_a_name_says_which_version_it_means_today() -> None:
    case = {"name": "T", "unit": "motor", "purpose": "P.", "remit": {"models": ["model/d", "model/a"]}}
    model = operating_model(use_cases={"triage": case})
    remit = resolve(model, "triage", "launch")
    names = model_names(model, remit.models, date(2026, 11, 23))
    [field] = explanation(model, remit, names=names, only="models").fields
    assert field.lines == ("model/a, model/d", "model/d means model/d@2 today")


def test_a_budget_says_whose_it_is_and_whether_it_is_shared() -> None:
    model = operating_model(
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": BUDGET},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        stages={"launch": {"description": "Launch.", "remit": BUDGET}},
    )
    fields = {
        each.field: each for each in explanation(model, resolve(model, "triage", "launch"), names={}).fields
    }
    assert fields["spend"].lines == (
        "1,200.00 EUR per month (stage/launch, for this use case; head@example.com)",
        "1,200.00 EUR per month (unit/claims; claims@example.com)",
    )
    assert fields["models"].value is None


def test_a_rate_says_whose_it_is_and_a_model_what_it_lets_through() -> None:
    limits = {
        "requests_per_minute": ["6_000", {"limit": "5", "each": "agent"}],
        "concurrency_max": "unlimited",
    }
    model = operating_model(
        organisation={"name": "H", "contact": "h@example.com", "currency": "EUR", "remit": {"models": "any"}},
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": limits},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        stages={"launch": {"description": "Launch.", "remit": {"requests_per_minute": "90"}}},
        blocks={
            "model/a": model_block(),
            "model/d@1": model_block(requests_per_minute="60", tokens_per_minute="unlimited"),
            "model/d@2": model_block(concurrency_max="4", requests_per_minute="0"),
        },
    )
    fields = {
        each.field: each for each in explanation(model, resolve(model, "triage", "launch"), names={}).fields
    }
    assert fields["requests_per_minute"].enforced
    assert fields["requests_per_minute"].lines == (
        "90 (stage/launch, for this use case; h@example.com)",
        "6,000 (unit/claims; claims@example.com)",
        "5 for each agent (unit/claims, covers no key without an agent; claims@example.com)",
    )
    assert fields["requests_per_minute"].value == [
        {"pool": "stage/launch:use-case/triage", "each": None, "owner": "h@example.com", "limit": 90},
        {"pool": "unit/claims", "each": None, "owner": "claims@example.com", "limit": 6000},
        {"pool": "unit/claims", "each": "agent", "owner": "claims@example.com", "limit": 5},
    ]
    assert fields["concurrency_max"].lines == ("unlimited",)
    assert fields["models"].lines[1:] == (
        "model/d@2 for all its callers together: `requests_per_minute` 0, `concurrency_max` 4",
        "model/d@1 for all its callers together: `requests_per_minute` 60",
    )


def test_a_budget_says_whom_it_does_not_cover_and_what_a_call_is_downgraded_to() -> None:
    agents = {"limit": "2 EUR", "per": "day", "each": "agent", "on_breach": "downgrade"}
    case = {"name": "T", "unit": "motor", "purpose": "p", "remit": {"spend": [agents]}}
    blocks = {"model/a": model_block(downgrade_to="model/b"), "model/b": model_block()}
    any_model = {"name": "H", "contact": "head@example.com", "currency": "EUR", "remit": {"models": "any"}}
    said = "2.00 EUR per day for each agent (use-case/triage, downgrades, covers no key without an agent;"

    def lines(**sections: Any) -> tuple[str, ...]:
        model = operating_model(use_cases={"triage": case}, blocks=blocks, **sections)
        [found] = explanation(model, resolve(model, "triage", "launch"), names={}, only="spend").fields
        return found.lines

    assert lines(organisation=any_model) == (f"{said} claims@example.com)", "downgrades: model/a → model/b")
    assert lines()[1:] == ("downgrades: no model that is allowed names a `downgrade_to`",)


def test_a_route_s_name_says_where_it_leads_such_calls() -> None:
    route = route_block(
        {"to": "model/d", "weight": 3},
        {"to": "model/a", "weight": 1},
        {"to": "model/b", "weight": 4, "when": {"stages": ["scale"]}},
    )
    case = {"name": "T", "unit": "motor", "purpose": "P.", "remit": {"models": "any"}}
    blocks = {**operating_model().blocks, "route/r": route}
    model = operating_model(use_cases={"triage": case}, blocks=blocks)
    remit = resolve(model, "triage", "launch")
    names = names_under(model, remit, date(2026, 11, 23))
    [field] = explanation(model, remit, names=names, only="models").fields
    assert field.lines[1:] == (
        "model/d means model/d@2 today",
        "r leads to model/d@2 (75 %), model/a (25 %) (route/r)",
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"capture_max": "masked", "retention_days": "30"},
            "prompts and answers are kept encrypted, masked, for at most 30 days",
        ),
        (
            {"capture_max": "raw", "retention_days": "unlimited"},
            "prompts and answers are kept encrypted, raw, until they are erased",
        ),
        ({"capture_max": "raw"}, "nothing is kept, as no layer states `retention_days`"),
        ({"capture_max": "off", "retention_days": "30"}, "no prompt or answer is kept"),
        ({"capture_max": "raw", "retention_days": "0"}, "no prompt or answer is kept"),
        ({"retention_days": "30"}, "no prompt or answer is kept"),
    ],
)
def test_what_is_kept_of_calls_is_said_in_words(fields: dict[str, str], said: str) -> None:
    case = {"name": "T", "unit": "motor", "purpose": "P.", "remit": fields}
    model = operating_model(use_cases={"triage": case})
    page = explanation(model, resolve(model, "triage", "launch"), names={})
    lines = {each.field: each.lines for each in page.fields}
    for field in ("capture_max", "retention_days"):
        assert lines[field][1:] == ((said,) if field in fields else ())
