"""How long it takes to say of 2,133 use cases how their controls stand, on the same ledger as that of gates.

.venv/bin/python benchmarks/controls.py
"""

from __future__ import annotations

import tempfile
from datetime import UTC
from pathlib import Path

from gates import best, declare, populate, remit
from remit.bootstrap import open_system
from remit.cli.main import collect_rarely
from remit.decide.controls import assessed
from remit.decide.framework import survey
from remit.decide.risk import tiered
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import controls_of, shipped_frameworks
from remit.operations.read_dossiers import read_dossiers
from remit.settings import Settings, read_settings

FRAMEWORK = "nist-ai-rmf"


def main() -> None:
    """Populate a store, take the steps apart, and then time whole commands in processes of their own."""
    collect_rarely()
    with tempfile.TemporaryDirectory() as directory:
        home = declare(Path(directory))
        settings: Settings = read_settings({"REMIT_HOME": str(home)})
        with open_system(settings) as system:
            populate(system, now=system.clock.now().astimezone(UTC))
            _, model = model_in_force(system)
            dossiers = read_dossiers(system, model)
            controls, ids = controls_of(model), shipped_frameworks()[FRAMEWORK].ids
            every = best(lambda: survey(assessed(model, dossiers.values()), controls))
            mapped = best(lambda: survey(assessed(model, dossiers.values()), controls, FRAMEWORK, ids))
            tiers = best(lambda: [tiered(case) for case in model.use_cases.values()])
        whole = min(remit(home, "controls", "--all") for _ in range(5))
        by_id = min(remit(home, "controls", "--framework", FRAMEWORK) for _ in range(5))
        one = min(remit(home, "controls", next(iter(dossiers))) for _ in range(3))
        risk = min(remit(home, "risk", "show", next(iter(dossiers))) for _ in range(3))
    print(f"{len(controls)} controls over {len(dossiers):,} use cases: {every}; by {FRAMEWORK}: {mapped}")
    print(f"risk tiers of all, with reasons: {tiers}")
    print(f"`remit controls --all`: {whole}; `--framework {FRAMEWORK}`: {by_id}; of one: {one}")
    print(f"`remit risk show` of one: {risk}")


if __name__ == "__main__":
    main()
