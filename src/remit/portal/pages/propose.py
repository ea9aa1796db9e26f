"""Intake: a use case is proposed on one screen, held against all others while it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from starlette.responses import Response

from remit.decide.duplicate import Near
from remit.declare.fault import Fault
from remit.declare.proposed import id_from
from remit.declare.use_case import AiActArea, Practice
from remit.kernel.errors import Conflict
from remit.operations.apply_model import Applied
from remit.operations.find_duplicates import compared, find_similar
from remit.operations.model_in_force import model_in_force
from remit.operations.propose_use_case import Proposed, propose_use_case, withdraw_proposal
from remit.portal.asked import Asked, Page, having
from remit.portal.said import Said

NEAR = 5
"""How many use cases that are near are shown."""
NEAR_READ = 40
NEAR_MIN = 0.4
"""From which likeness on one is shown while somebody writes."""
TEXT_MAX = 2_000
"""How much of a text is looked at while it is written."""
FIELDS = (
    *("name", "id", "unit", "purpose", "problem", "owner", "risk_owner", "data_class", "personal_data"),
    *("impact", "agency", "outcome_name", "outcome_unit", "outcome_direction", "outcome_baseline"),
    *("outcome_target", "outcome_volume_per_year", "outcome_value_of_one"),
    *("ai_act_area", "ai_act_decides_on_people", "ai_act_profiles_people", "ai_act_people_interact"),
    *("ai_act_generates_content", "ai_act_safety_component", "ai_act_general_purpose"),
    *("ai_act_practices", "ai_act_in_union"),
)
OUTCOME, AI_ACT = "outcome_", "ai_act_"
TRUTHS = (("", "not known yet"), ("false", "no"), ("true", "yes"))
AREAS = tuple((each, each.replace("_", " ")) for each in get_args(AiActArea) if each != "none")
PRACTICES = tuple((each, each.replace("_", " ")) for each in get_args(Practice))


def show(asked: Asked) -> Response:
    """Show an empty form; `name` and `purpose` are held against what is there already."""
    typed = {name: asked.query.get(name, "")[:TEXT_MAX] for name in ("name", "purpose", "unit", "problem")}
    reader = asked.reader.person
    return _form(asked, typed | {"owner": reader if "@" in reader else ""})


def _near(asked: Asked, typed: Mapping[str, str]) -> tuple[tuple[Near, int], ...]:
    """Find the nearest, those of one name once, with how many more have it."""
    text = f"{typed.get('name', '')}\n{typed.get('purpose', '')}"[:TEXT_MAX].strip()
    if len(text) < 4:
        return ()
    among = asked.kept.get("compared", lambda: compared(asked.system)).value
    found: dict[str, list[Near]] = {}
    for each in find_similar(asked.system, text, limit=NEAR_READ, among=among):
        if each.score >= NEAR_MIN:
            found.setdefault(each.member.name, []).append(each)
    return tuple((of[0], len(of) - 1) for of in found.values())[:NEAR]


def _form(
    asked: Asked,
    typed: Mapping[str, str],
    *,
    status: int = 200,
    faults: Mapping[str, tuple[Fault, ...]] | None = None,
    proposed: Proposed | None = None,
    failed: str = "",
) -> Response:
    _, model = model_in_force(asked.system)
    return asked.page(
        "propose.html",
        status=status,
        model=model,
        typed={name: typed.get(name, "") for name in FIELDS},
        said_id=id_from(typed.get("name", "")),
        near=_near(asked, typed),
        faults=faults or {},
        proposed=proposed,
        failed=failed,
        truths=TRUTHS,
        areas=AREAS,
        practices=PRACTICES,
        explained={name: text for name, text in typed.items() if name.startswith("distinct.")},
    )


def send(asked: Asked) -> Response:
    """Propose what was written; what is wrong with it is said beside its field, and nothing is lost."""
    form = asked.form
    name = form.get("id", "") or id_from(form.get("name", ""))
    sure = form.get("though_alike") == "yes"
    try:
        done = propose_use_case(
            asked.system, name, body_of(form), author=asked.reader.person, though_alike=sure
        )
    except Conflict as error:
        return _form(asked, form, status=409, failed=f"{error.summary}: {error.help}")
    if done.faults:
        return _form(asked, form, status=422, faults=by_field(done.faults))
    if done.alike is not None:
        return _form(asked, form, status=409, proposed=done)
    if not isinstance(done.applied, Applied):
        assert done.applied is not None, "it was applied, or waits"
        waits = ", ".join(done.applied.waits_for)
        return asked.back("/inbox", Said(f"`{name}` waits for the consent of {waits}"))
    version = done.applied.version
    said = f"`{name}` is in Envision, as version {version}; `remit pull DIR` writes it to YAML"
    undo = {"use_case": name, "version": str(version), "back": f"/use-cases/{name}"}
    return asked.back(f"/use-cases/{name}", Said(said, undo="/portfolio/propose/undo", fields=undo))


def undo(asked: Asked) -> Response:
    """Take back what was proposed just now, while nothing else was applied."""
    name, version = asked.form.get("use_case", ""), asked.form.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Conflict("that names no version", help="load the page again")
    withdraw_proposal(asked.system, name, version=int(version), author=asked.reader.person)
    return asked.back("/portfolio", Said(f"`{name}` is taken back; nothing of it is in force"))


def body_of(form: Mapping[str, str]) -> dict[str, Any]:
    """Read a declaration out of a form: fields that are empty are left out, as in a file."""
    plain = (name for name in FIELDS if name != "id" and not name.startswith((OUTCOME, AI_ACT)))
    body: dict[str, Any] = {name: form[name] for name in plain if form.get(name)}
    outcome, facts = _under(form, OUTCOME), _under(form, AI_ACT)
    if "practices" in facts:
        facts["practices"] = [] if facts["practices"] == "none" else [facts["practices"]]
    if facts:
        body["ai_act"] = facts
    # A direction is chosen already in an empty form, so that it alone says nothing.
    if set(outcome) - {"direction"}:
        body["outcomes"] = {id_from(outcome.get("name", "")) or "outcome": outcome}
    said = {
        name.removeprefix("distinct."): text
        for name, text in form.items()
        if name.startswith("distinct.") and text
    }
    if said:
        body["distinct_from"] = said
    return body


def _under(form: Mapping[str, str], begin: str) -> dict[str, Any]:
    return {
        name.removeprefix(begin): form[name] for name in FIELDS if name.startswith(begin) and form.get(name)
    }


def by_field(faults: tuple[Fault, ...]) -> dict[str, tuple[Fault, ...]]:
    """Sort faults by the field of the form that they are about; those of none stand under an empty name."""
    found: dict[str, tuple[Fault, ...]] = {}
    for fault in faults:
        inner = [str(part) for part in (*fault.path[2:], *_left_out(fault))]
        field = inner[0] if inner else ("id" if fault.path[:1] == ("use_cases",) else "")
        if field == "outcomes":
            field = f"{OUTCOME}{inner[2]}" if len(inner) > 2 else f"{OUTCOME}name"
        if field == "ai_act" and len(inner) > 1:
            field = f"{AI_ACT}{inner[1]}"
        field = field if field in FIELDS else ""
        found[field] = (*found.get(field, ()), fault)
    return found


def _left_out(fault: Fault) -> tuple[str, ...]:
    """Name the field that is left out, of which a fault stands at what it is missing from."""
    found = re.fullmatch(r"add `(\w+):`", fault.help) if fault.code == "missing-field" else None
    return (found[1],) if found else ()


PAGES = (
    Page("/portfolio/propose", show, send={"": having("propose", send), "undo": having("propose", undo)}),
)
