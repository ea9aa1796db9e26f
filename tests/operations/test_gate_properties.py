"""Whatever people do, in whatever order: no way to more freedom but by a review with its evidence."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from conftest import House
from gated_house import ASKER, CENTRE, GATES, GROUND, LEAD, OWNER, RISK, STAGES, SetClock, Way, case
from remit.decide.gate_review import gate_digest, width
from remit.decide.waiver import DAYS
from remit.declare.gate import ATTESTED, Gate
from remit.declare.operating_model import OperatingModel
from remit.kernel.errors import RemitError
from remit.operations.change_stage import demote, retire
from remit.operations.fold_ledger import fold_ledger
from remit.operations.keep_gates import cure_what_is_met, write_lapses
from remit.operations.model_in_force import model_in_force
from remit.operations.review_gate import review_gate
from remit.operations.system import CONTROL, System
from remit.operations.waive import revoke_waiver
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.chain import Broken, start, walk
from remit.record.decided import StageChange
from remit.record.dossier_entry import GateReview, Waiver
from remit.record.ledgered import Ledgered, decode
from remit.record.projection import StageFact

PEOPLE = (ASKER, OWNER, RISK, LEAD, CENTRE)
TIERS = ("low", "medium", "high")
ADDRESSES = ("gate/experiment/data", "gate/launch/run-book")
STRICTER = GATES.replace("at_least: 0.9, confidence: 0.95", "at_least: 0.97, confidence: 0.95")
DECLARED = [(tier, strict) for tier in TIERS for strict in (False, True)]

person = st.sampled_from(PEOPLE)
criterion = st.sampled_from(("quality", "run-book", "data", "kept", "accepted", "no-value", "owners"))
stage = st.sampled_from(("envision", "experiment", "launch", "scale", "retired"))


def journal_of(system: System) -> list[Ledgered]:
    """Read the control journal from its beginning, as it stands on the disk."""
    at, found = start(CONTROL), []
    while at.offset < system.journals.size(CONTROL):
        for step in walk(system.journals.read(CONTROL, at.offset, bytes_max=1 << 24), at):
            assert not isinstance(step, Broken), step
            at, body = step
            found.append(decode(body))
    return found


class Governed(RuleBasedStateMachine):
    """One use case, its people, and whatever they do; a command that is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="gates-"))
        self.house = House(self.root)
        self.opened = ExitStack()
        self.gates: dict[str, Gate] = {}
        self.models: dict[int, OperatingModel] = {}

    @initialize(declared=st.sampled_from(DECLARED), adopted=st.sampled_from(("experiment", "", "launch")))
    def begin(self, declared: tuple[str, bool], adopted: str) -> None:
        self.adopted = adopted
        clock = SetClock()
        system = self.opened.enter_context(self.house.system())
        self.way = Way(replace(system, clock=clock), clock)
        self._apply(declared)

    def _apply(self, declared: tuple[str, bool]) -> None:
        tier, strict = declared
        texts = (
            GROUND,
            STAGES,
            STRICTER if strict else GATES,
            case(tier=tier, stage=self.adopted),
        )
        self.way.apply(self.house.declare(*texts))
        version, model = model_in_force(self.way.system)
        self.models[version] = model
        self.gates |= {gate_digest(gate): gate for gate in model.gates.values()}

    def _try(self, what: Any, *arguments: Any, **more: Any) -> None:
        self.way.clock.on(minutes=1)
        with suppress(RemitError):
            what(*arguments, **more)

    # ── what people do ──

    @rule(address=st.sampled_from(ADDRESSES))
    def attest(self, address: str) -> None:
        self._try(self.way.attest, address)

    @rule(passed=st.sampled_from((199, 199, 100)))
    def evaluate(self, passed: int) -> None:
        self._try(self.way.evaluate, passed)

    @rule(value=st.sampled_from(("0.5", "0.5", "-1")))
    def study(self, value: str) -> None:
        self._try(self.way.study, value)

    @rule(author=person, into=st.none() | stage)
    def request(self, author: str, into: str | None) -> None:
        self._try(self.way.request, author, into)

    @rule()
    def make_ready_and_request(self) -> None:
        self._try(self.way.evaluate, 199)
        for address in ADDRESSES:
            self._try(self.way.attest, address)
        self._try(self.way.request)

    @rule(who=person, said=st.sampled_from(("approved", "approved", "denied")))
    def answer(self, who: str, said: str) -> None:
        for request in self.way.open():
            self._try(self.way.answer, who, request, said)

    @rule()
    def consent(self) -> None:
        self._try(self.way.consent)

    @rule(what=criterion, days=st.sampled_from((1, 30, 90, 180, 400)), by=person, author=person)
    def waive(self, what: str, days: int, by: str, author: str) -> None:
        self._try(self.way.waive, what, days=days, by=by, author=author)

    @rule(what=st.sampled_from(("quality", "run-book", "kept")), days=st.sampled_from((1, 30)))
    def waive_and_enter(self, what: str, days: int) -> None:
        for by in (RISK, LEAD):
            self._try(self.way.waive, what, days=days, by=by)
        self._try(self.way.consent)
        self._try(self.way.request)
        self._try(self.way.consent)

    @rule(author=person)
    def revoke(self, author: str) -> None:
        for each in journal_of(self.way.system):
            if isinstance(each, Waiver) and not each.revoked:
                self._try(revoke_waiver, self.way.system, each.id, author=author, reason="An incident.")

    @rule(author=person, to=stage)
    def demote(self, author: str, to: Any) -> None:
        if to == "retired":
            return
        self._try(demote, self.way.system, "pilot", to=to, author=author, reason="Back.")

    @rule(author=person, outcome=st.sampled_from(("pivot",) * 7 + ("halt",)), to=st.none() | stage)
    def review(self, author: str, outcome: Any, to: Any) -> None:
        self._try(
            *(review_gate, self.way.system, "pilot"), outcome=outcome, to=to, author=author, reason="Other."
        )

    @rule(author=st.sampled_from((ASKER,) * 7 + (OWNER,)))
    def retire(self, author: str) -> None:
        self._try(retire, self.way.system, "pilot", author=author, reason="The end.")

    @rule(declared=st.sampled_from(DECLARED))
    def declare(self, declared: tuple[str, bool]) -> None:
        self._try(self._apply, declared)

    @rule(days=st.sampled_from((0.1, 1, 20, 40, 100)))
    def wait(self, days: float) -> None:
        self.way.clock.on(days=days)

    @rule()
    def keep(self) -> None:
        self._try(write_lapses, self.way.system)
        self._try(cure_what_is_met, self.way.system)

    # ── what holds at every moment ──

    @invariant()
    def what_the_ledger_says_holds(self) -> None:
        if not hasattr(self, "way"):
            return
        entries = journal_of(self.way.system)
        Reading(entries, self.gates, self.models).check()
        assert self._stage() == replayed(entries, self.way.clock.at)

    def _stage(self) -> str:
        return self.way.stage()

    def teardown(self) -> None:
        try:
            if hasattr(self, "way"):
                self._make_the_store_again()
        finally:
            self.opened.close()
            shutil.rmtree(self.root)

    def _make_the_store_again(self) -> None:
        """Whoever replays the ledger finds the use case where it is."""
        before, now = self._stage(), self.way.clock.at
        self.opened.close()
        for file in self.house.home.glob("store.sqlite*"):
            file.unlink()
        with self.house.system() as again:
            fold_ledger(again)
            assert again.store.stages(now)["pilot"].stage == before


def replayed(entries: list[Ledgered], now: datetime) -> str:
    """Say where the use case is by reading the ledger once, without the store."""
    last = [each for each in entries if isinstance(each, StageChange)][-1]
    return last.falls_to if last.until is not None and now >= last.until else last.stage


class Reading:
    """The ledger as an auditor reads it."""

    def __init__(
        self, entries: list[Ledgered], gates: dict[str, Gate], models: dict[int, OperatingModel]
    ) -> None:
        self.entries, self.gates, self.models = entries, gates, models
        self.by_id: dict[str, Any] = {each.id: each for each in entries}
        self.moves = [each for each in entries if isinstance(each, StageChange)]

    def check(self) -> None:
        for before, move in zip(self.moves, self.moves[1:], strict=False):
            self._is_founded(before, move)
        for each in self.entries:
            if isinstance(each, GateReview):
                self._holds_its_evidence(each)
            elif isinstance(each, Waiver) and not each.revoked:
                self._ends(each)

    def _is_founded(self, before: StageChange, move: StageChange) -> None:
        """No stage is wider than the one before but by a review that let it in, and none is skipped."""
        fact = StageFact(
            before.stage,  # type: ignore[arg-type]  # a stage's name
            before.since,
            before.basis,
            until=before.until,
            falls_to=before.falls_to or None,  # type: ignore[arg-type]  # likewise
        ).on(move.at)
        here, there = width(fact.stage), width(move.stage)  # type: ignore[arg-type]  # likewise
        lasts_longer = there == here and fact.until is not None and move.until != fact.until
        if there > here or lasts_longer:
            review = self.by_id[move.review]
            assert isinstance(review, GateReview)
            assert (review.use_case, review.outcome, review.into) == (move.use_case, "proceed", move.stage)
            assert there - here <= 1
            assert self.entries.index(review) + 1 == self.entries.index(move), "both are of one write"
            ends = [self.by_id[id].expires for id in review.waivers]
            assert (move.until is None) == (not ends), "what stands on waivers ends, and nothing else"
            if move.until is not None:
                assert (move.until.date() - min(ends)).days == 1
                assert width(move.falls_to) < there  # type: ignore[arg-type]  # likewise
        assert before.stage != "retired", "nothing comes back from there"

    def _holds_its_evidence(self, review: GateReview) -> None:
        gate, model = self.gates[review.gate], self.models[review.model_version]
        shown = {each.id: each for each in review.shown}
        whole = {
            **gate.criteria,
            **{f"kill/{id}": each for id, each in gate.kill.items()},
            **{f"park/{id}": each for id, each in gate.park.items()},
        }
        assert set(shown) <= set(whole)
        assert set(shown) >= {id for id, each in whole.items() if not each.tiers or review.tier in each.tiers}
        if not review.by_policy:
            assert review.author != model.owner_of(review.use_case)
        if review.outcome != "proceed":
            return
        assert not any(each.status == "met" for id, each in shown.items() if id.startswith("kill/"))
        asked = set(shown) & set(gate.criteria)
        assert {shown[id].status for id in asked} <= {"met", "waived"}
        waived = {self.by_id[id].criterion for id in review.waivers}
        assert waived == {id for id in asked if shown[id].status == "waived"}
        assert all(self.by_id[id].expires >= review.at.date() for id in review.waivers)
        if review.by_policy:
            assert not waived
            assert {shown[id].status for id in asked} == {"met"}
            if review.stage != review.into:
                assert (review.tier, gate.fast_lane) == ("low", True)
                assert not any(whole[id].evidence in ATTESTED for id in shown)
        else:
            self._was_consented_to(review, model)

    def _was_consented_to(self, review: GateReview, model: OperatingModel) -> None:
        request = self.by_id[review.request]
        assert isinstance(request, ApprovalRequest)
        given = [self.by_id[id] for id in review.approvals]
        assert all(isinstance(each, Approval) and each.digest == request.digest for each in given)
        assert {each.in_place_of or each.role for each in given} >= set(request.roles)
        people = {each.author for each in given}
        assert len(people) >= request.people
        assert people.isdisjoint({request.author, model.owner_of(review.use_case)})

    def _ends(self, waiver: Waiver) -> None:
        days = (waiver.expires - waiver.at.date()).days
        assert 0 <= days <= DAYS[waiver.tier]  # type: ignore[index]  # a tier's name
        assert waiver.accepted_by != OWNER
        assert waiver.residual_risk


Governed.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestGoverned = Governed.TestCase
