"""Plan a change of the operating model: what an apply would do, to the text and to the use cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from remit.decide.intake import Newcomer, newcomers
from remit.decide.likeness import subjects
from remit.declare.operating_model import OperatingModel, decode_model, digest, encode_model
from remit.declare.plan import Change, Plan, altered_versions, plan
from remit.declare.version import family, number
from remit.enforce.effect import effects
from remit.enforce.key import live
from remit.enforce.standing import USED_DAYS, Effect, Standing, Use
from remit.kernel.errors import Conflict, NotFound
from remit.operations.fold_ledger import fold_ledger
from remit.operations.system import System
from remit.record.decided import Apply
from remit.record.projection import StageFact


@dataclass(frozen=True, slots=True)
class Planned:
    """A change that is ready to be applied to the version it rests on; 0 stands for none.

    `before` is the model of that version and `stages` where use cases were; the effects rest on both.
    """

    base: int
    base_digest: str
    model: OperatingModel
    body: bytes
    plan: Plan
    effects: tuple[Effect, ...]
    newcomers: tuple[Newcomer, ...]
    before: OperatingModel | None = None
    stages: Mapping[str, StageFact] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest(self.body)

    @property
    def asks(self) -> bool:
        """Whether somebody should look first.

        What exists may do more, something in use would stop, or one comes in that seems to do the job of
        another. Of a first model, in which all is new, nothing is asked.
        """
        if not self.base:
            return False
        return bool(self.newcomers) or any(effect.widens or effect.breaks for effect in self.effects)


def _require_same_currency(before: OperatingModel | None, after: OperatingModel) -> None:
    """Refuse another currency: what is posted and held was counted in the one before."""
    if before is None or before.organisation.currency == after.organisation.currency:
        return
    was, becomes = before.organisation.currency, after.organisation.currency
    raise Conflict(
        f"the organisation counts in {was}, and this declares {becomes}",
        help=f"keep {was}, or begin a ledger of its own in another REMIT_HOME",
        code="currency-changed",
    )


def _require_same_versions(before: OperatingModel | None, after: OperatingModel) -> None:
    """Refuse to alter what was approved under a number: who names it gets what it was."""
    altered = list(altered_versions(before, after)) if before is not None else []
    if not altered:
        return
    address, fields = altered[0]
    newest = after.families[family(address)][0]
    names = " and ".join(f"`{field}`" for field in fields)
    others = f"; so it does to {len(altered) - 1} more versions" if len(altered) > 1 else ""
    raise Conflict(
        f"this changes {names} of `{address}`, which was approved as it is{others}",
        help=f"leave it as it was, and declare the change as `{family(address)}@{number(newest) + 1}`",
        code="version-is-immutable",
    )


def plan_model(system: System, model: OperatingModel) -> Planned:
    """Compare a sound operating model with the one in force."""
    fold_ledger(system)
    applied = system.store.applied()
    before = _text_of(system, applied)
    _require_same_currency(before, model)
    _require_same_versions(before, model)
    planned = plan(before, model)
    stages = system.store.stages(system.clock.now())
    found: tuple[Effect, ...] = ()
    if before is not None and planned.changes:
        found = effects(
            before,
            model,
            planned,
            standings=_standings(system, stages),
            posted=system.store.posted(),
            now=system.clock.now(),
        )
    return Planned(
        base=applied.model_version if applied else 0,
        base_digest=applied.digest if applied else "",
        model=model,
        body=encode_model(model),
        plan=planned,
        effects=found,
        newcomers=_newcomers(system, model, planned),
        before=before,
        stages=stages,
    )


def _newcomers(system: System, model: OperatingModel, planned: Plan) -> tuple[Newcomer, ...]:
    """Hold the use cases that are new or worded anew against all; without any, no text is looked at."""
    new = frozenset(change.name for change in planned.changes if _comes_in(change))
    if not new or len(model.use_cases) == 1:
        return ()
    found = subjects(model, system.store.stages(system.clock.now()))
    return newcomers(found, system.embedding.vectors([each.text for each in found]), new=new)


def _comes_in(change: Change) -> bool:
    if change.section != "use_cases" or change.action == "retire":
        return False
    return change.action == "create" or any(field.path[0] in ("name", "purpose") for field in change.fields)


def _standings(system: System, stages: Mapping[str, StageFact]) -> Mapping[str, Standing]:
    now = system.clock.now()
    keys: dict[str, int] = {}
    for key in system.store.keys().values():
        if live(key, now=now, administrator="").effect == "allow":
            keys[key.use_case] = keys.get(key.use_case, 0) + 1
    used: dict[str, dict[str, Use]] = {}
    for each in system.store.called(since=now - timedelta(days=USED_DAYS)):
        use = Use(each.keys, each.calls, each.input_tokens, each.output_tokens)
        used.setdefault(each.use_case, {})[each.model] = use
    return {
        name: Standing(fact.stage, fact.since, keys.get(name, 0), used.get(name, {}))
        for name, fact in stages.items()
    }


def _text_of(system: System, applied: Apply | None) -> OperatingModel | None:
    """Read the model that an entry put in force; None if a store that was made anew has lost it."""
    try:
        return decode_model(system.store.text(applied.digest)) if applied else None
    except NotFound:
        return None
