"""Read the catalogue of blocks: who uses each, how it works, what it costs and what reuse saved."""

from __future__ import annotations

from datetime import timedelta

from remit.decide.current_release import Called, called
from remit.decide.reuse import as_counted
from remit.declare.operating_model import OperatingModel
from remit.enforce.remit import Resolver
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_blocks import DAYS, read_blocks
from remit.operations.read_guardrails import read_guardrails
from remit.operations.read_value import read_blocks_value
from remit.operations.system import System
from remit.record.dossier_entry import Evaluation, Guarded, Scored
from remit.record.filed import FiledFilter
from remit.record.found import FindingFilter
from remit.report.block_sheet import BlockRecord, Catalogue, block_sheets

FINDINGS_MAX = 10_000


def read_block_catalogue(system: System) -> Catalogue:
    """Build the catalogue from what was recorded in the last 31 days."""
    fold_ledger(system)
    _, model = model_in_force(system)
    store, now = system.store, system.clock.now()
    since, today = now - timedelta(days=DAYS), now.astimezone(model.organisation.zone).date()
    blocks, value, releases = read_blocks(system), read_blocks_value(system), _Releases(system, model)
    evaluations = store.filed(FiledFilter(kinds=(Evaluation,)))
    record = BlockRecord(
        usage=[*as_counted(model, store.totals(since=since))],
        guarded=store.guarded(since=since, until=now),
        refusals=store.refusals(since=since),
        passed_by={each.address: each.use_cases for each in read_guardrails(system).lines},
        findings=store.findings(FindingFilter(since=since), limit=FINDINGS_MAX),
        evaluations=[each for each in evaluations if isinstance(each, Evaluation)],
    )
    return Catalogue(
        since=blocks.since,
        today=today,
        currency=value.currency,
        blocks=blocks,
        sheets=block_sheets(
            blocks, record, saved=value.blocks, outdated=releases.outdated, weaker=releases.weaker
        ),
        avoided=value.avoided,
        days_saved=value.days_saved,
        unstated=value.unstated,
    )


class _Releases:
    """What calls of use cases would get now; each is worked out once, where something of it was tried."""

    def __init__(self, system: System, model: OperatingModel) -> None:
        now = system.clock.now()
        self._model, self._stages = model, system.store.stages(now)
        self._day = now.astimezone(model.organisation.zone).date()
        self._resolver = Resolver(model)
        self._known: dict[str, Called | None] = {}

    def outdated(self, use_case: str, scored: Scored) -> str:
        found = self._called(use_case)
        return found.outdated(scored) if found else f"`{use_case}` makes no calls any more"

    def weaker(self, use_case: str, tried: tuple[Guarded, ...]) -> str:
        found = self._called(use_case)
        return found.weaker_guards(tried) if found else f"`{use_case}` makes no calls any more"

    def _called(self, use_case: str) -> Called | None:
        if use_case not in self._known:
            fact = self._stages.get(use_case)
            gone = use_case not in self._model.use_cases or fact is None or fact.stage == "retired"
            self._known[use_case] = (
                None
                if gone or fact is None
                else called(self._model, self._resolver.remit(use_case, fact.stage), self._day)
            )
        return self._known[use_case]
