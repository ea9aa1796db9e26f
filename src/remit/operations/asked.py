"""A request as it came through a door, and what is made of it before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from remit.enforce.admission import Facts, Key
from remit.enforce.decision import ALLOW, Decision, deny
from remit.enforce.prompt import PromptCall, expand
from remit.enforce.remit import Remit
from remit.enforce.request import ModelRequest, Request
from remit.operations.worker import Worker


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came through a door, and how its answer is wanted."""

    request: Request
    streamed: bool
    reference: str | None = None
    prompt: PromptCall | None = None


def expanded(worker: Worker, key: Key, asked: Asked, now: datetime) -> tuple[Asked, str] | Decision:
    """Put the prompt that is called, if one is, in its place; say which one it was.

    It becomes its messages before anything is decided, so that every bound counts them.
    """
    if asked.prompt is None:
        return asked, ""
    assert isinstance(asked.request, ModelRequest), "a door lets only models that write be called by a prompt"
    view = worker.view
    day = now.astimezone(view.zone).date()
    found = expand(asked.request, asked.prompt, model=view.model, use_case=key.use_case, day=day)
    return found if isinstance(found, Decision) else (replace(asked, request=found.request), found.prompt)


def expressible(worker: Worker, request: Request) -> Decision:
    """Ask whether the model's provider can be told all of a request; what it cannot is never left out."""
    block = worker.view.model.model(request.model)
    assert block is not None
    unsaid = worker.provider(block.provider).refuses(request, options=block.options)
    if not unsaid:
        return ALLOW
    return deny(
        "cannot-be-expressed",
        f"`{request.model}` cannot be told {unsaid}",
        help="leave it out, or use a model whose provider takes it",
        layer=request.model,
        owner=block.owner or worker.view.model.organisation.contact,
    )


def facts_of(worker: Worker, key: Key, remit: Remit, request: Request, now: datetime) -> Facts:
    """Gather what a request is decided by."""
    view = worker.view
    return Facts(
        key=key.id,
        remit=remit,
        stage_since=view.since(key.use_case),
        request=request,
        block=view.model.model(request.model),
        now=now,
        zone=view.zone,
        year_starts=view.model.organisation.fiscal_year_starts,
        accounts=worker.accounts,
        administrator=view.model.organisation.contact,
    )
