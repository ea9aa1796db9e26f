"""Guards: the guardrails that a call must pass, with who asks for each; or why it cannot pass them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from remit.declare.block import GuardrailBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import STRENGTHS, ContentFilter, Strength
from remit.declare.version import number
from remit.enforce.decision import Decision, deny
from remit.enforce.guardrail.screen import Guard
from remit.enforce.remit import Layer, Remit
from remit.kernel.diagnostic import named

Floors = Mapping[ContentFilter, Strength]

PINNED_STAGES = ("launch", "scale")
"""Where what a guardrail does must not change by an edit of its draft."""

REQUEST = "request"
"""Who asks for a guardrail that no layer does."""


class Guards(msgspec.Struct, frozen=True, eq=False):
    """The guardrails of a call: those with one digest say the same; `origins` is who asks for each."""

    each: tuple[Guard, ...] = ()
    digest: str = ""
    origins: Mapping[str, str] = {}


NO_GUARDS = Guards()


def guards_of(model: OperatingModel, remit: Remit, day: date, asked: Sequence[str] = ()) -> Guards | Decision:
    """List the guardrails of a remit and those that a request asks for beside them, the remit's first.

    INVARIANT: a guardrail that cannot be passed is no reason to go without; then there is no call.
    """
    found: dict[str, Guard] = {}
    for layer, address, floors in _named(remit):
        if remit.stage in PINNED_STAGES and not number(address):
            return _refuse(
                model,
                layer,
                "guardrail-not-pinned",
                f"`{remit.use_case}` is at stage `{remit.stage}` and names `{address}` without a version",
                f"name one of its versions, such as `{address}@1`, so that no edit changes it unseen",
            )
        guard = _guard(model, address, layer.address, day)
        if guard is None:
            return _refuse(
                model,
                layer,
                "guardrail-not-usable",
                f"`{address}` is not usable, and `{remit.use_case}` has to pass it",
                "name a version of it that is approved",
            )
        found[guard.address] = _with(guard, floors, found.get(guard.address))
    # In whichever order they are named, they are the same ones.
    for address in sorted(asked):
        guard = _guard(model, address, REQUEST, day)
        if guard is None:
            return deny(
                "unknown-guardrail",
                f"the request asks for guardrail {named(address)}, which is not usable here",
                help="name one that is declared and approved, or leave it out",
                layer=REQUEST,
                owner=model.organisation.contact,
            )
        found.setdefault(guard.address, guard)
    exposed = _exposed(found.values()) if remit.private_connection else None
    if exposed is not None:
        guard, custom = exposed
        layer = remit.decided["private_connection"][0]
        return deny(
            "connection-not-private",
            f"`{guard.address}` sends texts to `{custom}`, which is not reached by a private connection",
            help="use one that is, and say so with `private_connection: true`",
            layer=layer.address,
            owner=layer.owner or model.organisation.contact,
        )
    return _together(tuple(found.values())) if found else NO_GUARDS


def _exposed(guards: Iterable[Guard]) -> tuple[Guard, str] | None:
    """Find a guardrail that sends texts over a connection that is not private, and to whom."""
    for guard in guards:
        for name, rule in guard.policies.custom.items():
            if (rule.webhook or rule.bedrock) and not rule.private_connection:
                return guard, name
    return None


def _together(each: tuple[Guard, ...]) -> Guards:
    said = [
        (guard.address, guard.origin, sorted(guard.floors.items()), guard.policies.model_dump_json())
        for guard in each
    ]
    digest = hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:32]
    return Guards(each, digest, {guard.address: guard.origin for guard in each})


def _named(remit: Remit) -> Iterator[tuple[Layer, str, Floors]]:
    """List what a remit names, each with the topmost layer that does."""
    layers = remit.decided.get("guardrails", ())
    for address, floors in (remit.guardrails or {}).items():
        naming = [layer for layer in layers if address in (layer.declared.guardrails or {})]
        yield naming[0], address, floors  # type: ignore[misc]  # settings are declared ones, met


def _guard(model: OperatingModel, address: str, origin: str, day: date) -> Guard | None:
    exact = model.meant(address, day)
    block = None if exact is None else model.blocks[exact]
    if exact is None or not isinstance(block, GuardrailBlock) or not block.is_usable(day):
        return None
    return Guard(exact, origin, block.owner or model.organisation.contact, block)


def _with(guard: Guard, floors: Floors, other: Guard | None) -> Guard:
    """Give a guardrail the strengths that layers ask of it, of two the higher ones."""
    kept = dict(other.floors) if other else {}
    for filter, strength in floors.items():
        kept[filter] = max(kept.get(filter, "none"), strength, key=STRENGTHS.index)
    return Guard(guard.address, other.origin if other else guard.origin, guard.owner, guard.policies, kept)


def _refuse(model: OperatingModel, layer: Layer, rule: str, summary: str, help: str) -> Decision:
    return deny(
        rule, summary, help=help, layer=layer.address, owner=layer.owner or model.organisation.contact
    )
