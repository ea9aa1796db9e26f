"""Commands on gates: list, show, status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import click

from remit.bootstrap import open_system
from remit.cli.context import count, json_option, note, say, say_json
from remit.cli.late_group import LateGroup
from remit.cli.table import table
from remit.declare.gate import GATED, threshold
from remit.declare.measure import EvidenceKind
from remit.declare.organisation import STAGES
from remit.kernel.money import canonical
from remit.operations.fold_ledger import fold_ledger
from remit.operations.model_in_force import model_in_force
from remit.operations.read_gates import read_gate, read_gate_status
from remit.report.gate import STATUSES, Approver, Behind, CriterionLine, GateStatus, GateView
from remit.settings import Settings

LATE = {
    "request": "gate_review:request",
    "review": "gate_review:review",
    "waive": "gate_review:waive_it",
    "revoke-waiver": "gate_review:revoke_it",
    "flow": "gate_flow:flow",
}
"""What is loaded only when it is asked for: how all gates stand is asked for far more often."""


@click.group(cls=LateGroup, late=LATE)
def gate() -> None:
    """What must be shown before a use case enters a stage."""


@gate.command(name="list")
@json_option
@click.pass_obj
def list_gates(settings: Settings, as_json: bool) -> None:
    """List the criteria of every gate in force."""
    with open_system(settings) as system:
        fold_ledger(system)
        _, model = model_in_force(system)
    if as_json:
        say_json({name: model.gates[name].model_dump(mode="json") for name in GATED if name in model.gates})
        return
    rows = [
        (name, id, threshold(each), each.evidence, ", ".join(each.tiers) or "any", each.pillar, each.name)
        for name in GATED
        if name in model.gates
        for id, each in model.gates[name].criteria.items()
    ]
    say(table(["into", "criterion", "threshold", "evidence", "risk", "pillar", "what must be so"], rows))


@gate.command()
@click.argument("use_case")
@click.option("--into", type=click.Choice(GATED), help="The stage; left out, the next one.")
@json_option
@click.pass_obj
def show(settings: Settings, use_case: str, into: str | None, as_json: bool) -> None:
    """Show what stands between USE_CASE and its next stage.

    It says of each criterion whether it is met, what shows that, and what would meet it in the shortest way.
    """
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_gate(system, use_case, into=into)  # type: ignore[arg-type]  # click.Choice
    if as_json:
        say_json(found)
    else:
        say(render(found))


@gate.command()
@click.option("--unit", default="", help="Only this unit and those below it.")
@click.option("--stage", default="", type=click.Choice(["", *STAGES]), help="Only this stage.")
@json_option
@click.pass_obj
def status(settings: Settings, unit: str, stage: str, as_json: bool) -> None:
    """Show how near every use case is to its next gate, and what it lacks; the nearest first."""
    with open_system(settings) as system:
        fold_ledger(system)
        found = read_gate_status(system, unit=unit, stage=stage)
    if as_json:
        say_json(found)
        return
    say(table(_HEADINGS, [_row(each) for each in found], right=frozenset(range(4, 8))))
    note(_summary(found))


_HEADINGS = ("use case", "at", "into", "tier", "met", "not met", "stale", "missing", "what it lacks")


def _row(each: GateStatus) -> tuple[str, ...]:
    if each.into is None:
        return (each.use_case, each.stage, "-", each.tier, *("-",) * 4, "no gate is declared")
    passed = each.counts["met"] + each.counts["waived"]
    said = ", ".join(each.lacks)
    if each.ready:
        said = (
            "nothing: the fast lane is open" if each.fast_lane else "nothing but consent: ask for its review"
        )
    elif not each.lacks:
        said = "nothing"
    if each.killed:
        said = f"ENDED BY {', '.join(each.killed)}; {said}"
    elif each.parked:
        said = f"PARKED BY {', '.join(each.parked)}; {said}"
    if each.raised_from:
        said = f"RISK RAISED FROM {each.raised_from} since its last review; {said}"
    marks = [f"{each.counts['waived']} waived"] if each.counts["waived"] else []
    marks += [f"until {_last_day(each.until)}"] if each.until else []
    marks += ["partly simulated"] if each.simulated else []
    return (
        *(each.use_case, each.stage, "stays" if each.into == each.stage else each.into, each.tier),
        f"{passed} of {each.criteria}",
        *(str(each.counts[name]) for name in ("not_met", "stale", "missing")),
        said + (f" ({', '.join(marks)})" if marks else ""),
    )


def _last_day(until: datetime) -> str:
    """Name the day that a stage on waivers ends with, which is the last one of the waiver as well."""
    return f"{until - timedelta(microseconds=1):%Y-%m-%d}"


def _summary(found: Sequence[GateStatus]) -> str:
    before = [each for each in found if each.into not in (None, each.stage)]
    ready = sum(each.ready for each in before)
    lacking = Counter(id for each in before if not each.ready for id in each.lacks).most_common(3)
    said = f"{count(len(found), 'use case')}, {len(before):,} before a gate; {ready:,} can be reviewed now"
    if lacking:
        said += "; lacking most: " + ", ".join(f"{id} ({number:,})" for id, number in lacking)
    return said


def render(found: GateView) -> str:
    """Lay out one gate: how it stands on top, then each criterion, who must agree, and what ends it."""
    where = f"{found.use_case} is at {found.stage}"
    if found.until is not None:
        where += f" on waivers until {_last_day(found.until)}, and at {found.falls_to} from then on"
    if not found.declared:
        return f"{where}; no gate into {found.into} is declared"
    leads = "what this stage asks for" if found.into == found.stage else f"into {found.into}"
    parts = [f"{where}; {leads}: {found.description}", _standing(found)]
    for waits in found.pending:
        people = ", ".join(f"{each.role} ({_who(each)})" for each in waits.waits_for)
        parts.append(
            f"Waits for {people or 'one more person'}, due {waits.due:%Y-%m-%d %H:%M} UTC: {waits.summary}"
            f" (`remit approval show {waits.request}`)"
        )
    parts.append("")
    for each in found.criteria:
        parts += _criterion(each)
    parts.append("")
    if found.approvals:
        names = ", ".join(f"{each.role} ({_who(each)})" for each in found.approvals)
        parts.append(f"must agree: {names}")
    for what, lines, met in (("ends it", found.kill, found.killed), ("parks it", found.park, found.parked)):
        for each in lines:
            status = "this is so" if each.id in met else "this is not shown"
            parts.append(f"{what}: {each.name} ({each.threshold}); {status}")
            if each.behind is not None:
                parts.append(f"    {_said(each.behind, each.sure, each.evidence)}")
    return "\n".join(parts).rstrip()


def _who(approver: Approver) -> str:
    if approver.stand_in:
        return f"{approver.stand_in}, as {approver.contact} owns it"
    return approver.contact or "nobody"


def _standing(found: GateView) -> str:
    """Say in one line how many criteria are met, which of the rest is nearest, and in which lane it is."""
    assert found.counts is not None, "a gate that is declared was assessed"
    said = f"{found.counts['met']} of {sum(found.counts.values())} met"
    for name in STATUSES[1:]:
        if found.counts[name]:
            said += f", {found.counts[name]} {name.replace('_', ' ')}"
    near = next((each for each in found.criteria if each.id == found.nearest), None)
    if found.ready:
        ask = f"`remit gate request {found.use_case} --reason WORDS`"
        said += "; nothing is missing" + (" but consent" if near else "") + f": {ask}"
    else:
        said += f"; nearest: {near.id}" if near else "; nothing is missing"
    said += f". Risk tier {found.tier}"
    said += ", in the fast lane: policy passes it, and nobody is asked." if found.fast_lane else "."
    if found.lane_closed:
        said += f"\nThe fast lane is closed: {found.lane_closed}."
    if found.unasked:
        said += f"\nNot asked at {found.tier} risk: {', '.join(found.unasked)}."
    if found.killed:
        said = f"ENDED BY {', '.join(found.killed)}. {said}"
    elif found.parked:
        said = f"PARKED BY {', '.join(found.parked)}. {said}"
    if found.raised_from:
        said = f"RISK RAISED FROM {found.raised_from} to {found.tier} since its last review. {said}"
    return said + (" Some of it is simulated." if found.simulated else "")


_GIVEN = {"attestation": "attested", "approval": "approved by the risk owner"}


def _criterion(line: CriterionLine) -> Iterator[str]:
    yield f"{line.status.replace('_', ' '):<8}  {line.id}: {line.name}"
    what = _GIVEN.get(line.evidence) or f"{line.threshold}, by {line.evidence.replace('_', ' ')}"
    fresh = f", not older than {count(line.fresh_days, 'day')}" if line.fresh_days else ""
    yield f"{'':10}{what}{fresh} ({line.pillar})"
    if line.behind is not None:
        yield f"{'':10}{_said(line.behind, line.sure, line.evidence)}"
    if line.status == "waived" and line.waiver is not None:
        yield f"{'':10}remaining risk: {line.waiver.residual_risk} ({line.waiver.entry})"
    if line.shortest:
        yield f"{'':8}> {line.shortest}"


def _said(behind: Behind, sure: Decimal | None, evidence: EvidenceKind) -> str:
    """Say what shows a criterion, how sure that is, since when and until when, and where it is written."""
    parts = []
    if behind.total is not None:
        parts.append(f"{behind.passed:,} of {behind.total:,}, a share of {_short(behind.value)}")
    elif behind.value is not None:
        parts.append(_short(behind.value))
    if behind.low is not None and behind.high is not None and behind.sure is not None:
        parts.append(f"{_short(behind.low)} to {_short(behind.high)} at {_share(behind.sure)}")
    if sure is not None:
        parts.append(f"{_share(sure)} sure")
    said = ", ".join(parts)
    if behind.simulated:
        said += " SIMULATED"
    # What the ledger shows is as of now, and does not run out.
    dated = behind.says if evidence == "ledger" else f"{behind.says}, {behind.on}"
    dated += f", counts until {behind.until}" if behind.until else ""
    by = [f"by {behind.owner}"] if behind.owner else []
    where = "; ".join([*by, *filter(None, (behind.link, behind.file)), *behind.entries])
    return f"{said}{': ' if said else ''}{dated}{f' ({where})' if where else ''}"


def _short(value: Decimal | None) -> str:
    return "" if value is None else canonical(round(value, 4))


def _share(share: Decimal) -> str:
    return f"{canonical(round(share * 100, 2))} %"
