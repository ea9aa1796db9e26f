"""Risk and controls: what fails, by framework, use case and date, and what is excepted for a while."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from remit.decide.ai_act import NO_CONCLUSION
from remit.declare.declared import RISK_TIERS
from remit.declare.organisation import STAGES
from remit.declare.risk import IMPACTS, LIKELIHOODS
from remit.kernel.errors import Conflict
from remit.operations.attest import Attestation, attest, withdraw_evidence
from remit.operations.kill_switch import switch_off, switch_on
from remit.operations.model_in_force import model_in_force
from remit.operations.read_controls import read_framework
from remit.operations.read_findings import read_findings
from remit.operations.read_risk_status import read_risk_status
from remit.operations.review_finding import review_finding
from remit.operations.rights import require_stop
from remit.portal.asked import Asked, Page
from remit.portal.kept import Seen
from remit.portal.page import address
from remit.portal.said import Said
from remit.record.decided import Verdict
from remit.record.found import FindingFilter
from remit.record.projection import EntryFilter
from remit.report.risk_status import CaseLine, RiskStatus

ROWS = 100
LAST = 20
TABS = (
    ("/risk", "Status"),
    ("/risk/use-cases", "Use cases"),
    ("/risk/controls", "Controls"),
    ("/risk/register", "Register"),
    ("/risk/law", "Law"),
    ("/risk/exceptions", "Waivers and stops"),
    ("/risk/findings", "Findings"),
)
SOON = timedelta(days=30)
VERDICTS: Mapping[str, Verdict] = MappingProxyType({"right": "confirmed", "false_positive": "false_positive"})
"""What people press, and what is written down."""

_ORDERS = MappingProxyType(
    {
        "use_case": lambda each: each.name.lower(),
        "unit": lambda each: (each.unit, each.name.lower()),
        "tier": lambda each: -RISK_TIERS.index(each.tier),
        "stage": lambda each: STAGES.index(each.stage),
        "failing": lambda each: -each.does_not_hold,
        "stale": lambda each: -each.stale,
        "not_shown": lambda each: -each.not_shown,
        "unstated": lambda each: -each.unstated,
        "due": lambda each: each.due.applies_from if each.due else date.max,
    }
)

FINDINGS_MAX = 1_000


def _status(asked: Asked) -> Seen[RiskStatus]:
    return asked.kept.get("risk", lambda: read_risk_status(asked.system))


def show(asked: Asked) -> Response:
    """Show what does not hold: by framework, the use cases of which most is open, and the law's dates."""
    seen = _status(asked)
    found = seen.value
    waiting = read_findings(asked.system, FindingFilter(waiting=True), limit=ROWS)
    return _page(asked, "risk.html", seen, waiting=waiting, most=found.cases[:8])


def _page(asked: Asked, template: str, seen: Seen[RiskStatus], **values: Any) -> Response:
    found = seen.value
    ending = [each for each in found.waivers if each.expires <= found.day + SOON]
    return asked.page(template, seen=seen, found=found, tabs=TABS, ending=ending, SOON=SOON.days, **values)


def show_use_cases(asked: Asked) -> Response:
    """List use cases with tier, class and open controls; `unit`, `tier`, `stage` and `text` narrow it."""
    seen = _status(asked)
    by = asked.text("by", "tier")
    wanted = {name: value for name in ("unit", "tier", "stage") if (value := asked.text(name))}
    words = asked.text("text").lower().split()
    cases = [each for each in seen.value.cases if _is(each, wanted, words)]
    # Lists are kept in the order of what is to be done first, which holds among equals.
    if by != "tier" and (name := by.removeprefix("-")) in _ORDERS:
        cases.sort(key=_ORDERS[name], reverse=by.startswith("-"))
    last = max(1, -(-len(cases) // ROWS))
    page = min(last, max(1, int(asked.text("page")) if asked.text("page").isdecimal() else 1))
    return _page(
        asked,
        "risk_use_cases.html",
        seen,
        cases=cases[(page - 1) * ROWS : page * ROWS],
        count=len(cases),
        by=by,
        page=page,
        last=last,
        units=sorted({each.unit for each in seen.value.cases}),
        high=sum(each.tier == "high" for each in seen.value.cases),
        silent=sum(each.unstated > 0 for each in seen.value.cases),
        RISK_TIERS=RISK_TIERS,
    )


def _is(each: CaseLine, wanted: Mapping[str, str], words: list[str]) -> bool:
    if any(getattr(each, name) != value for name, value in wanted.items()):
        return False
    return not words or all(word in f"{each.use_case} {each.name} {each.act}".lower() for word in words)


def show_controls(asked: Asked) -> Response:
    """List every control with how many use cases hold it, and take what somebody attests."""
    seen = _status(asked)
    pillar = asked.text("pillar")
    lines = [each for each in seen.value.controls.controls if pillar in ("", each.pillar)]
    lines.sort(key=lambda each: (each.holds - each.asked, each.title))
    return _page(
        asked,
        "risk_controls.html",
        seen,
        lines=lines,
        pillar=pillar,
        pillars=sorted({each.pillar for each in seen.value.controls.controls}),
        about=asked.text("attest"),
        model=model_in_force(asked.system)[1],
    )


def show_framework(asked: Asked) -> Response:
    """Show one framework by its ids: which controls bear on each, and how many use cases hold them."""
    seen, name = _status(asked), asked.names["id"][:80]
    found = seen.value.by_id.get(name) or read_framework(asked.system, name)
    return asked.page("risk_framework.html", seen=seen, found=found, tabs=TABS)


def show_register(asked: Asked) -> Response:
    """Show the register of risks, the gravest first, and where they lie by likelihood and consequence."""
    seen = _status(asked)
    cells: dict[tuple[int, int], list[tuple[int, str]]] = {}
    for number, each in enumerate(seen.value.risks, 1):
        cells.setdefault((each.now.likelihood, each.now.impact), []).append((number, each.title))
    return _page(asked, "risk_register.html", seen, cells=cells, LIKELIHOODS=LIKELIHOODS, IMPACTS=IMPACTS)


def show_law(asked: Asked) -> Response:
    """Show from which days on the law asks what of which use cases."""
    return _page(asked, "risk_law.html", _status(asked), NO_CONCLUSION=NO_CONCLUSION)


def show_exceptions(asked: Asked) -> Response:
    """Show the waivers that count with their ends, what is stopped, and the last kill switches."""
    seen = _status(asked)
    switches = asked.system.store.entries(EntryFilter(kind="kill_switch"), limit=LAST)
    stops = sorted(asked.system.store.stops().values(), key=lambda stop: (stop.since, stop.address))
    model = model_in_force(asked.system)[1]
    return _page(asked, "risk_exceptions.html", seen, switches=switches, stops=stops, model=model)


def show_findings(asked: Asked) -> Response:
    """Show what guardrails found: how often and where, never the words; those that wait for a word first."""
    waiting = {"all": None, "reviewed": False}.get(asked.text("show"), True)
    wanted = FindingFilter(use_case=asked.text("use_case"), type=asked.text("type"), waiting=waiting)
    found = read_findings(asked.system, wanted, limit=ROWS)
    return asked.page(
        "risk_findings.html",
        tabs=TABS,
        findings=found,
        wanted=wanted,
        show=asked.text("show") if waiting is not True else "",
        model=model_in_force(asked.system)[1],
    )


def take_review(asked: Asked) -> Response:
    """Write down what somebody says of a finding."""
    verdict = VERDICTS.get(asked.form.get("verdict", ""))
    if verdict is None:
        raise Conflict("that is nothing to say of a finding", help="press one of the buttons")
    mark = asked.form.get("mark", "")
    for row in asked.system.store.findings(FindingFilter(mark=mark), limit=FINDINGS_MAX) if mark else ():
        asked.require("review_finding", use_case=row.key.use_case)
    done = review_finding(
        asked.system,
        mark,
        verdict=verdict,
        author=asked.reader.person,
        reason=asked.form.get("reason", "") or "reviewed in the portal",
    )
    what = f"the finding of {done.type} in {done.use_case}"
    if verdict == "confirmed":
        # It goes on to be found, so there is nothing to take back; a later word holds in place of this one.
        said = Said(f"{what} is right")
    else:
        again = {"mark": done.mark, "verdict": "right", "back": "/risk/findings"}
        said = Said(f"{what} is none, and is never found again", "/risk/findings/review", again)
    return asked.back(asked.form.get("back") or "/risk/findings", said)


def take_stop(asked: Asked) -> Response:
    """Stop calls of an address at once."""
    form = asked.form
    if not form.get("reason", ""):
        raise Conflict("a stop has a reason", help="write why, for those whose calls it stops")
    require_stop(asked.system, asked.reader.person, form.get("address", ""), on=True)
    entry = switch_on(
        asked.system, form.get("address", ""), author=asked.reader.person, reason=form["reason"]
    )
    return asked.back(
        "/risk/exceptions",
        Said(f"{entry.address} is stopped", undo="/risk/exceptions/go-on", fields={"address": entry.address}),
    )


def take_go_on(asked: Asked) -> Response:
    """Let an address go on."""
    require_stop(asked.system, asked.reader.person, asked.form.get("address", ""), on=False)
    entry = switch_off(
        asked.system,
        asked.form.get("address", ""),
        author=asked.reader.person,
        reason=asked.form.get("reason", ""),
    )
    return asked.back("/risk/exceptions", Said(f"{entry.address} goes on"))


def take_attestation(asked: Asked) -> Response:
    """Write down somebody's word on a control, of a use case, a unit or the organisation."""
    form = asked.form
    kind, _, name = form.get("of", "").partition("/")
    use_case, unit = (name if kind == each else "" for each in ("use-case", "unit"))
    asked.require("attest", use_case=use_case, unit=unit)
    done = attest(
        asked.system,
        Attestation(
            about=(f"control/{form.get('control', '')[:80]}",),
            statement=form.get("statement", ""),
            use_case=use_case,
            unit=unit,
            link=form.get("link", ""),
            expires=_day(form.get("expires", "")),
        ),
        author=asked.reader.person,
    )
    return asked.back(
        address("/risk/controls", pillar=form.get("pillar", "")),
        Said(
            f"{done.about[0]} is attested, as {done.id}",
            undo="/risk/controls/take-back",
            fields={"id": done.id},
        ),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Conflict("the day it ends is none", help="write a day such as 2027-06-30") from None


def take_back(asked: Asked) -> Response:
    """Take an attestation back that was given a moment ago."""
    id = asked.form.get("id", "")
    row = asked.system.store.entry(id[:40])
    asked.require("attest", use_case=row.use_case if row else "")
    withdraw_evidence(asked.system, id, author=asked.reader.person, reason="taken back in the portal")
    return asked.back("/risk/controls", Said(f"{id} shows nothing any more"))


PAGES = (
    Page("/risk", show, label="Risk", letter="r"),
    Page("/risk/use-cases", show_use_cases),
    Page("/risk/controls", show_controls, send={"attest": take_attestation, "take-back": take_back}),
    Page("/risk/frameworks/{id}", show_framework),
    Page("/risk/register", show_register),
    Page("/risk/law", show_law),
    Page("/risk/exceptions", show_exceptions, send={"stop": take_stop, "go-on": take_go_on}),
    Page("/risk/findings", show_findings, send={"review": take_review}),
)
