"""Pull: write what is in force back into the texts of a directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.declare.editor import Rewritten
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan, plan
from remit.declare.rewrite import rewrite
from remit.kernel.errors import RemitError
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.system import System


@dataclass(frozen=True, slots=True)
class Pulled:
    """What the texts must say otherwise, and the files that then do; nothing is written yet."""

    version: int
    plan: Plan
    files: Mapping[str, Rewritten]


def pull_model(system: System, texts: Mapping[str, str], declared: OperatingModel) -> Pulled:
    """Find what to write so that texts, which say a sound model, say the one that is in force."""
    fold_ledger(system)
    version, model = model_in_force(system)
    files = rewrite(texts, declared, model)
    if files is None:
        raise RemitError(
            f"version {version} cannot be written into these files",
            help="nothing was written; `remit plan DIR` shows what is different, such as something that ships"
            " now and did not then",
            code="not-written-back",
        )
    return Pulled(version, plan(declared, model), files)
