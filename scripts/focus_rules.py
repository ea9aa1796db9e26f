"""Write the FOCUS rules that ship, from the requirements model of the specification.

    python scripts/focus_rules.py model-1.2.0.1.json

Of each rule it keeps what a check needs, in the model's own words: which column, how strong, the sentence,
the check and its condition, and of composites their parts. Notes and dependencies stay behind.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/remit/report/focus_data"


def main() -> None:
    model = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    details = model["Details"]
    rules = {id: _kept(rule) for id, rule in model["ModelRules"].items()}
    lines = ",\n".join(f"  {json.dumps(id)}: {json.dumps(rule)}" for id, rule in rules.items())
    version = details["ModelVersion"]
    head = f'"model_version": {json.dumps(version)}, "focus_version": {json.dumps(details["FOCUSVersion"])}'
    (TARGET / f"rules-{version}.json").write_text(f'{{{head}, "rules": {{\n{lines}\n}}}}\n', "utf-8")


def _kept(rule: dict[str, Any]) -> dict[str, Any]:
    said = rule["ValidationCriteria"]
    kept = {
        "kind": rule["Function"],
        "entity": rule["EntityType"],
        "about": rule["Reference"],
        "keyword": said["Keyword"],
        "says": said["MustSatisfy"],
        "criteria": rule["ApplicabilityCriteria"],
        "check": said["Requirement"],
        "when": said["Condition"],
    }
    return {name: value for name, value in kept.items() if value}


if __name__ == "__main__":
    main()
