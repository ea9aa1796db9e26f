"""Blocks: what is shared, how it works, what it costs, whom a change touches, and how to ask for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from remit.declare.operating_model import OperatingModel
from remit.declare.version import family
from remit.kernel.money import Money
from remit.operations.ask_for_block import ask_for_block
from remit.operations.lookup import require_block
from remit.operations.model_in_force import model_in_force
from remit.operations.read_block_catalogue import read_block_catalogue
from remit.operations.read_blocks import read_blast_radius
from remit.portal.asked import Asked, Page
from remit.portal.kept import Seen
from remit.portal.said import Said
from remit.report.block_sheet import BlockSheet, Catalogue

ROWS = 100
TABS = (("/blocks", "Catalogue"), ("/blocks/sprawl", "Sprawl"))
STATUSES = ("approved", "pending_approval", "draft", "deprecated", "rejected")

_ORDERS: Mapping[str, Callable[[BlockSheet], Any]] = MappingProxyType(
    {
        "block": lambda each: each.line.name.lower(),
        "owner": lambda each: (each.line.owner or "", each.line.name.lower()),
        "status": lambda each: STATUSES.index(each.line.status),
        "users": lambda each: -each.users,
        "calls": lambda each: -each.shown.calls,
        "refused": lambda each: -each.refused,
        "failed": lambda each: -(each.shown.failed_permille or 0),
        "latency": lambda each: -(each.shown.mean_ms or 0),
        "found": lambda each: -each.found,
        "cost": lambda each: -each.shown.charge,
        "saved": lambda each: -((each.saved and each.saved.avoided) or Decimal(0)),
    }
)


def _catalogue(asked: Asked) -> Seen[Catalogue]:
    return asked.kept.get("blocks", lambda: read_block_catalogue(asked.system))


def show(asked: Asked) -> Response:
    """List blocks with owner, lifecycle, users, health, cost and reuse; `kind` and `text` narrow it."""
    seen = _catalogue(asked)
    kind, by = asked.text("kind"), asked.text("by", "calls")
    words = asked.text("text").lower().split()
    sheets = [
        each
        for each in seen.value.sheets
        if kind in ("", each.line.kind)
        and all(word in f"{each.line.address} {each.line.name} {each.line.owner}".lower() for word in words)
    ]
    if (name := by.removeprefix("-")) in _ORDERS:
        sheets.sort(key=_ORDERS[name], reverse=by.startswith("-"))
    last = max(1, -(-len(sheets) // ROWS))
    page = min(last, max(1, int(asked.text("page")) if asked.text("page").isdecimal() else 1))
    return asked.page(
        "blocks.html",
        seen=seen,
        found=seen.value,
        tabs=TABS,
        sheets=sheets[(page - 1) * ROWS : page * ROWS],
        kind=kind,
        by=by,
        page=page,
        last=last,
        currency=seen.value.currency,
    )


def show_sprawl(asked: Asked) -> Response:
    """List what nobody uses, what was built twice, and what is used though it is on its way out."""
    seen = _catalogue(asked)
    return asked.page("blocks_sprawl.html", seen=seen, found=seen.value, tabs=TABS)


def show_one(asked: Asked) -> Response:
    """Show one block: whom a change touches, how it works, and the form that asks for it."""
    model = model_in_force(asked.system)[1]
    today = asked.system.clock.now().astimezone(model.organisation.zone).date()
    address = require_block(model, asked.names["address"][:200], today)
    seen = _catalogue(asked)
    radius = asked.kept.get(("block", address), lambda: read_blast_radius(asked.system, address)).value
    sheet = next((each for each in seen.value.sheets if each.line.address == address), None)
    return asked.page(
        "block.html",
        seen=seen,
        found=seen.value,
        tabs=TABS,
        radius=radius,
        sheet=sheet,
        block=model.blocks[address],
        address_of=address,
        usable=model.blocks[address].is_usable(today),
        more=_askers(model, radius.uses),
        Money=Money,
        family=family,
    )


def _askers(model: OperatingModel, uses: Any) -> list[tuple[str, str]]:
    """List the use cases that do not name it yet, by id and name."""
    named = {each.use_case for each in uses if each.listed}
    return [(id, case.name) for id, case in model.use_cases.items() if id not in named]


def take_request(asked: Asked) -> Response:
    """Ask a block's owner to let a use case stand on it."""
    form = asked.form
    standing = ask_for_block(
        asked.system,
        form.get("use_case", ""),
        form.get("address", ""),
        author=asked.reader.person,
        reason=form.get("reason", ""),
    )
    request = standing.request
    who = ", ".join(each.replace("/", " of ", 1) for each in request.roles)
    return asked.back(
        form.get("back") or "/blocks",
        Said(f"asked as request {request.id}; {who} must agree by {request.expires:%Y-%m-%d}"),
    )


PAGES = (
    Page("/blocks", show, label="Blocks", letter="b", send={"ask": take_request}),
    Page("/blocks/sprawl", show_sprawl),
    Page("/blocks/{address:path}", show_one),
)
