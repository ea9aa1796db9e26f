"""An explanation shows every field of a remit, who decided it, and what would widen it."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.enforce.model_name import model_names
from remit.enforce.remit import FIELDS, resolve
from remit.report.explanation import explanation
from strategies import COSTLY, operating_model, operating_models

BUDGET = {"spend": [{"limit": "1200 EUR", "per": "month"}]}


@COSTLY
@given(operating_models(), st.sampled_from(STAGES))
def test_every_field_is_explained_on_lines_that_can_be_printed(model: OperatingModel, stage: Any) -> None:
    remit = resolve(model, "triage", stage)
    page = explanation(remit, names={})
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
    [field] = explanation(remit, names=names, only="models").fields
    assert field.lines == ("model/a, model/d", "model/d means model/d@2 today")


def test_a_budget_says_whose_it_is_and_whether_it_is_shared() -> None:
    model = operating_model(
        units={
            "claims": {"name": "Claims", "lead": "claims@example.com", "remit": BUDGET},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        stages={"launch": {"description": "Launch.", "remit": BUDGET}},
    )
    fields = {each.field: each for each in explanation(resolve(model, "triage", "launch"), names={}).fields}
    assert fields["spend"].lines == (
        "1,200.00 EUR per month (stage/launch, for this use case; head@example.com)",
        "1,200.00 EUR per month (unit/claims; claims@example.com)",
    )
    assert fields["models"].value is None
