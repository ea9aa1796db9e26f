"""Policies in lists: whose they are, and how many use cases each could meet."""

from __future__ import annotations

from remit.enforce.remit import resolve
from remit.report.policies import PolicyLine, policies_of, policy_lines
from strategies import operating_model

MODEL = operating_model(
    policies={
        "here": {"text": 'forbid (principal in Unit::"claims", action, resource);', "owner": "o@example.com"},
        "there": {"text": 'permit (principal in Unit::"desk", action, resource);', "mode": "log_only"},
    }
)


def test_a_policy_is_listed_with_its_owner_and_whom_it_could_meet() -> None:
    remit = resolve(MODEL, "triage", "launch")
    here = PolicyLine("here", "forbid", "enforce", None, "o@example.com", 1)
    assert policy_lines(MODEL, [remit]) == (
        here,
        PolicyLine("there", "permit", "log_only", None, "head@example.com", 0),
    )
    assert policies_of(MODEL, remit) == (here,)
