"""A house with small gates, a clock to set, and people with names of roles; for tests of the way through."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from conftest import BASE
from remit.cli.directory import load_directory
from remit.decide.approval import seen_code, standing
from remit.decide.release import release_of
from remit.kernel.errors import RemitError
from remit.operations.answer_approval import Answered, answer_approval
from remit.operations.apply_model import apply_model
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_approvals import answers_to
from remit.operations.review_gate import Requested, request_review
from remit.operations.system import CONTROL, System
from remit.operations.waive import Terms, Waived, waive
from remit.record.approval_entry import ApprovalRequest
from remit.record.dossier_entry import Evaluation, Evidence, Scored
from remit.record.entry import Entry
from remit.record.filed import FiledFilter

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWNER, RISK, LEAD, CENTRE = (
    f"{who}@example.com" for who in ("pilot-owner", "risk", "desk-lead", "administrator")
)
ASKER = "engineer@example.com"

GROUND = BASE.partition("stages:")[0].replace("name: Echo\n", "name: Echo\n    data_class_max: restricted\n")
"""An organisation, a unit and a model that may be shown whatever the pilot handles."""

GATES = """
gates:
  experiment:
    description: It is safe to try.
    fast_lane: true
    criteria:
      owners: {name: Somebody answers, measure: declared_owners, at_least: 1, evidence: ledger,
        pillar: governance, help: Name an owner.}
      data: {name: The data may be used, measure: attestation, present: true, evidence: attestation,
        tiers: [medium, high], pillar: security, help: Write it down.}
  launch:
    description: It met its targets.
    approvals: [risk-owner]
    criteria:
      quality: {name: Answers are good, measure: pass_rate, at_least: 0.9, confidence: 0.95, fresh_days: 60,
        evidence: evaluation, pillar: platform, help: Run the evaluation.}
      run-book: {name: Somebody is called, measure: attestation, present: true, fresh_days: 180,
        evidence: attestation, pillar: operations, help: Write a run book.}
      accepted: {name: The risk is accepted, measure: approval, present: true, fresh_days: 365,
        evidence: approval, pillar: governance, help: Ask the risk owner.}
    kill:
      no-value: {name: It moved away from its target, measure: share_of_target, at_most: 0,
        evidence: value_study, pillar: business, help: End it.}
  scale:
    description: It pays.
    approvals: [risk-owner]
    criteria:
      kept: {name: Answers are still good, measure: pass_rate, at_least: 0.9, fresh_days: 30,
        evidence: evaluation, pillar: operations, help: Run it again.}
"""

STAGES = """
stages:
  experiment: {description: A pilot., remit: {calls: true, output_tokens_max: 50}}
  launch: {description: For a few., remit: {calls: true, output_tokens_max: 100}}
"""

CASE = """
use_cases:
  pilot:
    name: A pilot
    unit: desk
    owner: pilot-owner@example.com
    risk_owner: risk@example.com
    data_class: %(data_class)s
    purpose: Try the way through the gates.
    %(adoption)s
"""

STATED_FACTS = """    personal_data: false
    agency: none
    impact: neither
    ai_act: {area: none, practices: [], general_purpose: none, people_interact: false,
      generates_content: false, decides_on_people: false, profiles_people: false, safety_component: false}
"""
"""What else is to be stated before the fast lane opens."""


def case(*, tier: str = "medium", stage: str = "") -> str:
    """Declare the pilot in a risk tier, at its first stage or adopted at another."""
    data_class = {"low": "internal", "medium": "confidential", "high": "restricted"}[tier]
    adoption = f"adoption: {{stage: {stage}, basis: It runs.}}" if stage else ""
    facts = STATED_FACTS if tier == "low" else ""
    return CASE % {"data_class": data_class, "adoption": adoption} + facts


@dataclass
class SetClock:
    """A clock that stands where it was set."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def on(self, **more: float) -> None:
        self.at += timedelta(**more)


@dataclass
class Way:
    """The way of one use case through its gates, and what people do along it."""

    system: System
    clock: SetClock
    use_case: str = "pilot"

    @property
    def today(self) -> date:
        return self.clock.at.date()

    def apply(self, directory: Path) -> None:
        """Put what is declared in a directory in force, by the clock that was set."""
        loaded = load_directory(directory)
        assert loaded.operating_model is not None, loaded.diagnostics
        apply_model(self.system, loaded.operating_model, author=CENTRE, reason="a test")

    def stage(self) -> str:
        fold_ledger(self.system)
        return self.system.store.stages(self.clock.at)[self.use_case].stage

    def write(self, *entries: Entry) -> None:
        with self.system.journals.exclusive(CONTROL) as journal:
            journal.append(entries)
        fold_ledger(self.system)

    def _new(self) -> dict[str, Any]:
        return {"id": self.system.ids.new(self.clock.at), "at": self.clock.at}

    def attest(self, address: str) -> str:
        entry = Evidence(
            **self._new(),
            use_case=self.use_case,
            source="attestation",
            about=(address,),
            shown=self.today,
            statement="It is so.",
            owner=OWNER,
            author=OWNER,
        )
        self.write(entry)
        return entry.id

    def study(self, value: str) -> None:
        entry = Evidence(
            **self._new(),
            use_case=self.use_case,
            source="value_study",
            measure="share_of_target",
            value=Decimal(value),
            shown=self.today,
            owner=OWNER,
            author=OWNER,
        )
        self.write(entry)

    def evaluate(self, passed: int, cases: int = 200) -> None:
        """Try what the pilot's calls would get now."""
        _, model = model_in_force(self.system)
        tried = release_of(model, "model/echo", day=self.today)
        entry = Evaluation(
            **self._new(),
            use_case=self.use_case,
            measure="pass_rate",
            dataset="claims",
            dataset_digest="0" * 64,
            stage=self.stage(),
            model_version=1,
            began=self.clock.at,
            results=(Scored(release=tried.digest, model=tried.model, cases=cases, passed=passed),),
            currency="EUR",
            author=OWNER,
        )
        self.write(entry)

    def ready(self, *, without: Sequence[str] = ()) -> None:
        """Give what the gate into launch asks for, but for consent."""
        if "quality" not in without:
            self.evaluate(199)
        if "run-book" not in without:
            self.attest("gate/launch/run-book")

    def request(self, author: str = ASKER, into: Any = None) -> Requested:
        return request_review(self.system, self.use_case, into=into, author=author, reason="It is ready.")

    def open(self) -> list[ApprovalRequest]:
        fold_ledger(self.system)
        filed = self.system.store.filed(FiledFilter((ApprovalRequest,)))
        return [
            each
            for each in filed
            if isinstance(each, ApprovalRequest)
            and standing(each, answers_to(self.system, each.id), self.clock.at).state == "open"
        ]

    def answer(self, person: str, request: ApprovalRequest, said: Any = "approved") -> Answered:
        [answered] = answer_approval(
            self.system,
            [request.id],
            said=said,
            author=person,
            seen=seen_code([request]),
            reason="I have looked at it.",
        )
        return answered

    def consent(self, *people: str) -> list[Answered]:
        """Have people consent to all that is open, as far as they are asked."""
        given = []
        for request in self.open():
            for person in people or (RISK, LEAD, CENTRE):
                with suppress(RemitError):
                    given.append(self.answer(person, request))
        return given

    def waive(
        self, criterion: str, *, days: int = 30, by: str = RISK, author: str = ASKER, into: Any = None
    ) -> Waived:
        terms = Terms(
            "Some answers are wrong.", by, self.today + timedelta(days=days), "It is not there yet."
        )
        return waive(self.system, self.use_case, criterion, into=into, terms=terms, author=author)
