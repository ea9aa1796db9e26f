"""The portfolio: every declared use case with its stage and age, and those among them that are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, StageName
from remit.record.projection import StageFact


@dataclass(frozen=True, slots=True)
class Item:
    """One use case of the portfolio.

    `age_days` is how long it has been at its stage, or at least, where nobody knows since when.
    """

    id: str
    name: str
    unit: str
    stage: StageName
    since: date
    age_days: int
    age_known: bool
    owner: str
    data_class: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which use cases: a unit stands for all units below it; `text` is sought in ids, names, problems
    and purposes."""

    unit: str = ""
    stage: str = ""
    text: str = ""


def portfolio(
    model: OperatingModel, stages: Mapping[str, StageFact], *, wanted: Wanted, today: date
) -> tuple[Item, ...]:
    """List the use cases that fit, by stage and, within it, the longest there first."""
    needle = wanted.text.casefold()
    found: list[Item] = []
    lineages = {unit: model.lineage(unit) for unit in model.units}
    for name, case in model.use_cases.items():
        fact = stages.get(name) or StageFact("envision", today, "declared")
        if wanted.stage and fact.stage != wanted.stage:
            continue
        if wanted.unit and wanted.unit not in lineages[case.unit]:
            continue
        if needle and needle not in f"{name}\n{case.name}\n{case.problem or ''}\n{case.purpose}".casefold():
            continue
        found.append(
            Item(
                id=name,
                name=case.name,
                unit=case.unit,
                stage=fact.stage,
                since=fact.since,
                age_days=(today - fact.since).days,
                age_known=fact.since_known,
                owner=model.owner_of(name),
                data_class=case.data_class,
            )
        )
    return tuple(sorted(found, key=lambda item: (STAGES.index(item.stage), -item.age_days, item.id)))
