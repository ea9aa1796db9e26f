"""Start building: a use case, its remit in a few lines, a key, a call, and how to ask for more."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from starlette.responses import Response

from remit.adapters.door_gateway import GatewayDoor
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.enforce.account import Account
from remit.enforce.key import Key
from remit.enforce.remit import resolve
from remit.kernel.errors import Conflict, NotFound, RemitError
from remit.operations.ask_for_more import ask_for_more, read_offers
from remit.operations.issue_key import access_key, issue_key, revoke_key
from remit.operations.lookup import require_use_case
from remit.operations.model_in_force import model_in_force
from remit.operations.rights import require_revoke
from remit.operations.try_call import TEXT_MAX, try_call
from remit.portal.asked import Asked, Page
from remit.portal.said import Said
from remit.report.own_remit import Now, OwnRemit, own_remit
from remit.report.snippets import QUESTION, Snippet, mcp_snippet, snippets

CASES_MAX = 400
"""So many use cases stand in the list that one is picked from; others are found by typing."""


def show(asked: Asked) -> Response:
    """Show how to begin: what a use case may do, a key for it, programs to copy, and a call to try."""
    model = model_in_force(asked.system)[1]
    person = asked.reader.person
    name = asked.text("use_case") or asked.kept.get(("first", person), lambda: _first(model, asked)).value
    if not name:
        return asked.page("build_none.html")
    require_use_case(model, name)
    return _page(asked, model, name)


def _first(model: OperatingModel, asked: Asked) -> str:
    """Pick the use case to show first: one of the reader's own, else one that may call."""
    stages = asked.system.store.stages(asked.system.clock.now())
    able = [
        name
        for name in model.use_cases
        if name in stages
        and stages[name].stage != "retired"
        and resolve(model, name, stages[name].stage).calls
    ]
    able.sort(key=lambda name: -STAGES.index(stages[name].stage))
    own = [name for name in able if model.owner_of(name) == asked.reader.person]
    return next(iter([*own, *able, *model.use_cases]), "")


def _page(asked: Asked, model: OperatingModel, name: str, **more: Any) -> Response:
    remit = read_remit(asked, model, name)
    writers = [each for each in remit.models if _writes(model, each)]
    callable_models = sorted(writers, key=partial(_plays, model))
    address = asked.gateway() or "http://127.0.0.1:8787"
    chosen = asked.form.get("model") or asked.text("model") or next(iter(callable_models), "MODEL")
    shown: dict[str, Any] = {"issued": None, "aws": None, "tried": None, "question": QUESTION} | more
    return asked.page(
        "build.html",
        name=name,
        case=model.use_cases[name],
        owner=model.owner_of(name),
        remit=remit,
        models=callable_models,
        chosen=chosen,
        address=address,
        runs=bool(asked.gateway()),
        snippets=(*snippets(address, chosen), *_tool_snippets(asked, remit)),
        offers=read_offers(asked.system, name),
        cases=[(id, each.name) for id, each in model.use_cases.items()][:CASES_MAX],
        TEXT_MAX=TEXT_MAX,
        **shown,
    )


def _tool_snippets(asked: Asked, remit: OwnRemit) -> tuple[Snippet, ...]:
    """Write how a use case that has tools calls them, of which a program lists all that it is told of."""
    return (mcp_snippet(asked.toolgate() or "http://127.0.0.1:8790"),) if "tools" in remit.fields else ()


def _writes(model: OperatingModel, name: str) -> bool:
    """Say whether a name is that of a model that writes, and not of one that makes vectors."""
    found = (model.model(each) for each in model.versions(f"model/{name}"))
    return all(block is None or block.output_tokens_max > 0 for block in found)


def _plays(model: OperatingModel, name: str) -> bool:
    """Say whether a model only simulates; such ones stand last."""
    found = (model.model(each) for each in model.versions(f"model/{name}"))
    providers = (model.providers.get(block.provider) for block in found if block is not None)
    return any(each is not None and each.technology == "echo" for each in providers)


def read_remit(asked: Asked, model: OperatingModel, name: str) -> OwnRemit:
    """Read what a key of a use case may do now, with what is posted; what is held right now is not in it."""
    system = asked.system
    now = system.clock.now()
    fact = system.store.stages(now, name)[name]
    accounts = {id: Account(posted=amount) for id, amount in system.store.posted().items()}
    known = Now(now, fact.since, accounts, 0, model_in_force(system)[0])
    return own_remit(model, resolve(model, name, fact.stage), Key("", name), known)


def take_key(asked: Asked) -> Response:
    """Issue a key for the use case; its secret is in this answer alone."""
    name, model = _named(asked)
    asked.require("issue_key", use_case=name)
    issued = issue_key(asked.system, name, author=asked.reader.person)
    return _page(asked, model, name, issued=issued, aws=access_key(asked.system, issued.id))


def drop_key(asked: Asked) -> Response:
    """Revoke a key that was issued a moment ago."""
    name, _ = _named(asked)
    key = asked.form.get("key", "")
    require_revoke(asked.system, asked.reader.person, key)
    revoke_key(asked.system, key, author=asked.reader.person)
    return asked.back(f"/build?use_case={name}", Said(f"key {key} opens nothing any more"))


def take_try(asked: Asked) -> Response:
    """Make one governed call, and show what came back and what it cost."""
    name, model = _named(asked)
    asked.require("try_call", use_case=name)
    gateway = asked.gateway()
    if not gateway:
        raise RemitError("no gateway runs on this installation", help="start one with `remit serve gateway`")
    tried = try_call(
        asked.system,
        name,
        model=f"model/{asked.form.get('model', '')[:100]}",
        text=asked.form.get("text", ""),
        open_door=lambda secret: GatewayDoor(gateway, secret, connections_max=1),
        author=asked.reader.person,
    )
    return _page(asked, model, name, tried=tried, question=asked.form.get("text", ""))


def take_more(asked: Asked) -> Response:
    """Ask whoever decides for one thing more."""
    name, _ = _named(asked)
    form = asked.form
    asked.require("ask_gate", use_case=name)
    standing = ask_for_more(
        asked.system,
        name,
        form.get("more", ""),
        limit=_amount(form),
        author=asked.reader.person,
        reason=form.get("reason", ""),
    )
    who = ", ".join(standing.request.roles)
    return asked.back(
        f"/build?use_case={name}",
        Said(
            f"asked as request {standing.request.id}; {who} must agree by {standing.request.expires:%Y-%m-%d}"
        ),
    )


def _amount(form: Mapping[str, str]) -> Decimal | None:
    text = form.get("limit", "").strip()
    if not text:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or len(text) > 20:
        raise Conflict("the limit is no amount", help="write digits, such as `250.00`")
    return amount


def _named(asked: Asked) -> tuple[str, OperatingModel]:
    name, model = asked.form.get("use_case", ""), model_in_force(asked.system)[1]
    if name not in model.use_cases:
        raise NotFound(f"no use case `{name[:80]}` is declared", help="pick one of the list")
    return name, model


PAGES = (
    Page(
        "/build",
        show,
        label="Build",
        letter="n",
        send={"key": take_key, "key/revoke": drop_key, "try": take_try, "more": take_more},
    ),
)
