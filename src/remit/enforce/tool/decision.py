"""The decision on one call of a tool: it may go ahead, it waits for a person, or it may not.

The order is that of the danger: what is stopped, what is not in the remit, how far it reaches, what flows
where. A later rule never takes back what an earlier one refused, and what waits is never more than asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import msgspec

from remit.declare.block import ToolBlock
from remit.declare.declared import AGENCIES, AUTONOMIES, DATA_CLASSES, Autonomy
from remit.declare.version import covers, family
from remit.enforce.decision import Decision, deny
from remit.enforce.remit import ANY, Remit, Settings
from remit.enforce.stop import Stop, refusal
from remit.enforce.tool.given import Given, Unsound
from remit.enforce.tool.reach import Sofar, is_limited, over
from remit.enforce.tool.run import Run, addresses

Effect = Literal["allow", "ask", "deny"]


class ToolDecision(msgspec.Struct, frozen=True):
    """What may be: like a `Decision`, and with `ask` it waits for a person's approval of just this call."""

    effect: Effect
    rule: str = ""
    summary: str = ""
    help: str = ""
    layer: str = ""
    owner: str = ""


ALLOWED = ToolDecision("allow")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool and all that is decided by.

    `level` is the autonomy that was earned for it, which the remit may lower. `pin` is of the tool as its
    server describes it now. `stop` is the widest kill switch that holds it.
    """

    remit: Remit
    address: str
    block: ToolBlock | None
    pin: str
    level: Autonomy
    given: Given
    run: Run
    sofar: Sofar
    day: date
    administrator: str
    stop: Stop | None = None

    @property
    def tools(self) -> Settings | str:
        return {} if self.remit.tools is None else self.remit.tools

    @property
    def limits(self) -> dict[str, Any]:
        """What the remit says of how far it may reach: of this version, else of the tool by its name."""
        tools = self.tools
        if isinstance(tools, str):
            return {}
        return dict(tools.get(self.address) or tools.get(family(self.address)) or {})

    @property
    def autonomy(self) -> Autonomy:
        most = self.remit.autonomy_max
        return self.level if most is None else min(self.level, most, key=AUTONOMIES.index)

    @property
    def holder(self) -> str:
        """Name who answers for the tool."""
        return (self.block.owner if self.block else None) or self.administrator


ADDRESSES_MAX = 200
"""How many addresses within what is said are looked up."""

Rule = Callable[[ToolCall, ToolBlock], ToolDecision]


def decide(call: ToolCall) -> ToolDecision:
    """Decide on one call: the first refusal stands, else the first reason to ask, else it is allowed.

    Nothing is allowed that the remit does not list, and whoever cannot work out a call's facts must not ask:
    an error on the way here is a refusal.
    """
    if call.stop is not None:
        return _of(refusal(call.stop))
    block = call.block
    if block is None or not _is_listed(call):
        return _refuse(
            call,
            "tools",
            code="tool-outside-remit",
            summary=f"the remit of `{call.remit.use_case}` has no tool `{call.address}`",
            help="ask its owner to add the tool to `tools`",
        )
    asking = ALLOWED
    for rule in RULES:
        found = rule(call, block)
        if found.effect == "deny":
            return found
        if found.effect == "ask" and asking.effect == "allow":
            asking = found
    return asking


def refuse_unsound(address: str, why: Unsound, *, owner: str) -> ToolDecision:
    """Refuse a call of whose arguments it cannot be said what they do."""
    return _of(
        deny(
            "tool-arguments-unsound",
            f"it cannot be said what `{address}` would do: {why}",
            help="give each argument as the tool's schema and its declared role have it",
            layer=address,
            owner=owner,
        )
    )


def is_shown(call: ToolCall) -> bool:
    """Say whether an agent is told of a tool: one whose every call would be refused is not listed."""
    if call.stop is not None or call.block is None or not _is_listed(call):
        return False
    return all(rule(call, call.block).effect != "deny" for rule in STANDING)


def _is_listed(call: ToolCall) -> bool:
    return call.tools == ANY or (not isinstance(call.tools, str) and covers(call.tools, call.address))


def _of(decision: Decision) -> ToolDecision:
    return ToolDecision(
        "deny", decision.rule, decision.summary, decision.help, decision.layer, decision.owner
    )


def _layer(call: ToolCall, field: str) -> tuple[str, str]:
    layer = call.remit.decider(field)
    return (layer.address, layer.owner) if layer else ("organisation", call.administrator)


def _refuse(call: ToolCall, field: str, *, code: str, summary: str, help: str) -> ToolDecision:
    """Refuse on a field of the remit, or on what the tool's own block says if there is none."""
    layer, owner = _layer(call, field) if field else (call.address, call.holder)
    return _of(deny(code, summary, help=help, layer=layer, owner=owner))


def _ask(call: ToolCall, field: str, *, code: str, summary: str, help: str) -> ToolDecision:
    refused = _refuse(call, field, code=code, summary=summary, help=help)
    return msgspec.structs.replace(refused, effect="ask")


def _is_usable(call: ToolCall, block: ToolBlock) -> ToolDecision:
    if block.is_usable(call.day):
        return ALLOWED
    help = block.reason.rstrip(".") if block.reason else "ask its owner to approve it, or use another tool"
    return _refuse(
        call, "", code="tool-not-usable", summary=f"tool `{call.address}` {block.state}", help=help
    )


def _is_as_approved(call: ToolCall, block: ToolBlock) -> ToolDecision:
    if block.pin is not None and block.pin == call.pin:
        return ALLOWED
    return _refuse(
        call,
        "",
        code="tool-changed",
        summary=f"tool `{call.address}` does not read as it did when it was approved",
        help="ask its owner to look at it again, and to declare the new `pin`",
    )


def _is_within_agency(call: ToolCall, block: ToolBlock) -> ToolDecision:
    most = call.remit.agency_max
    needed = "write" if block.effect == "writes" else "read"
    if most is None or AGENCIES.index(needed) <= AGENCIES.index(most):
        return ALLOWED
    summary = f"tool `{call.address}` {block.effect}, and agents may {_MAY[most]} here"
    return _refuse(
        call, "agency_max", code="tool-above-agency", summary=summary, help="ask its owner to raise it"
    )


_MAY = {"none": "touch nothing", "read": "only read", "write": "write"}


def _is_within_autonomy(call: ToolCall, block: ToolBlock) -> ToolDecision:
    level = call.autonomy
    if level == "none" or (level == "suggest" and block.effect == "writes"):
        summary = f"at autonomy `{level}` an agent may not use `{call.address}` by itself"
        help = "let a person do what it proposes; a higher level is earned by evidence"
        return _refuse(call, "autonomy_max", code="tool-above-autonomy", summary=summary, help=help)
    asked = call.remit.approvals or frozenset()
    kind = "tool_writes" if block.effect == "writes" else "tool_reads"
    if kind in asked or (level == "act_with_approval" and block.effect == "writes"):
        field = "approvals" if kind in asked else "autonomy_max"
        return _waits(call, field, f"`{call.address}` {block.effect}, which waits for a person here")
    if level == "act_within_limits" and block.effect == "writes" and not is_limited(call.limits):
        return _waits(call, "tools", f"no limit says how far `{call.address}` may reach in a run or on a day")
    return ALLOWED


def _waits(call: ToolCall, field: str, summary: str) -> ToolDecision:
    help = "approve just this call, or let it be"
    return _ask(call, field, code="tool-waits-for-approval", summary=summary, help=help)


def _is_within_limits(call: ToolCall, block: ToolBlock) -> ToolDecision:
    passed = over(call.limits, call.sofar, call.given)
    if passed is None:
        return ALLOWED
    help = "wait for the next run or day, or ask its owner to raise the limit"
    return _refuse(call, "tools", code="tool-limit-reached", summary=passed.said, help=help)


def _is_within_data_class(call: ToolCall, block: ToolBlock) -> ToolDecision:
    """Hold what a run has read back from where it is not approved to go; a person may let it out by name."""
    run, order = call.run, DATA_CLASSES.index
    if not block.sends or order(run.data_class) <= order(block.data_class_max):
        return ALLOWED
    summary = (
        f"this run has read {run.data_class} data, and `{call.address}` is approved"
        f" for {block.data_class_max} data"
    )
    named = call.given.targets and all(run.origin(each) == "named" for each in call.given.targets)
    said = _ask if named else _refuse
    help = "use a tool that is approved for it, or begin a run that does not read it"
    return said(call, "", code="data-class-too-high", summary=summary, help=help)


def _flows_as_asked(call: ToolCall, block: ToolBlock) -> ToolDecision:
    """Hold a call against what was asked: what others wrote must not decide what is done, or to whom.

    | after reading what others wrote | whom it reaches is known | it is not |
    | --- | --- | --- |
    | the person asked for such a thing | allow | ask; deny if another was named |
    | nobody asked for it | ask | deny |
    """
    if not block.sends:
        return ALLOWED
    strange = unknown(call)
    writes, tainted = block.effect == "writes", call.run.is_tainted
    another = any(call.run.names_another(each, name) for each, name in strange)
    # Who names a page asks for pages to be read.
    asked = not tainted or call.run.asks_for(block.asked_as) or (another and not writes)
    if not strange:
        return ALLOWED if asked or not writes else _unasked(call, _ask)
    if not asked:
        return _unasked(call, _refuse)
    said = _refuse if writes and tainted and another else _ask
    where = "only in what others wrote" if call.run.origin(strange[0][0]) == "foreign" else "nowhere"
    return said(
        call,
        "",
        code="target-not-known",
        summary=f"`{call.address}` would reach or name what stands {where}",
        help="name it in the request, or register it, if it is meant",
    )


def unknown(call: ToolCall) -> tuple[tuple[str, str], ...]:
    """List targets, and addresses that are handed on, that neither the person nor the organisation named.

    Each with the argument that names it. An address in what is said counts once others have written to the
    run: whoever reads it is led there. Where the person asks for it, an address may be read that stands in a
    message from whom or where the person said; nothing but the message is followed by that.
    """
    run, given, block = call.run, call.given, call.block
    follows = block is not None and block.effect == "reads" and run.asks_for(block.asked_as)
    led = run.led if follows else frozenset()
    found = [(each, name) for name, each in given.roles if not run.knows(each) and each not in led]
    if run.is_tainted:
        handed = (each for text in given.content for each, _ in addresses(text))
        # Of very many addresses nobody can say that all are meant, so that what is beyond counts as unknown.
        found += [
            (each, "") for number, each in enumerate(handed) if number >= ADDRESSES_MAX or not run.knows(each)
        ]
    return tuple(found)


def _unasked(call: ToolCall, said: Callable[..., ToolDecision]) -> ToolDecision:
    return said(
        call,
        "",
        code="tool-not-asked-for",
        summary=f"this run has read what others wrote, and nobody asked for what `{call.address}` does",
        help="say in the request what shall be done; `asked_as` has the words that count",
    )


STANDING: tuple[Rule, ...] = (_is_usable, _is_as_approved, _is_within_agency, _is_within_autonomy)
"""What holds for a tool whatever it is given."""

RULES: tuple[Rule, ...] = (*STANDING, _is_within_limits, _is_within_data_class, _flows_as_asked)
