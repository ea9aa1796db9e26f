"""Kill switches: stop calls of a unit, a use case, an agent, a key, a model, a provider, or all calls."""

from __future__ import annotations

import re

from remit.declare.block import ToolBlock
from remit.declare.declared import ID_PATTERN
from remit.declare.operating_model import OperatingModel
from remit.declare.version import family
from remit.enforce.stop import EVERYTHING, KINDS, Stop
from remit.kernel.errors import NotFound, RemitError
from remit.kernel.ids import ULID_PATTERN
from remit.kernel.suggest import did_you_mean
from remit.operations.fold_ledger import fold_ledger
from remit.operations.lookup import require_model, require_unit, require_use_case
from remit.operations.model_in_force import REASON_MAX, model_in_force
from remit.operations.system import CONTROL, System
from remit.ports_effects import Effects
from remit.record.decided import KillSwitch


def switch_on(system: System, address: str, *, author: str, reason: str) -> KillSwitch:
    """Stop an address; running gateways refuse its next call, and cut its streams, within a second.

    Raises NotFound for what is not there: a switch that stops nothing by mistake would comfort for nothing.
    """
    assert reason.strip(), "the door asks for one"
    if len(reason) > REASON_MAX:
        raise RemitError(
            f"the reason has {len(reason):,} characters; at most {REASON_MAX:,} are kept",
            help="say it in fewer words",
            code="value-too-long",
        )
    fold_ledger(system)
    _require(system, model_in_force(system)[1], address)
    return _switch(system, address, on=True, author=author, reason=reason)


def switch_off(system: System, address: str, *, author: str, reason: str = "") -> KillSwitch:
    """Let an address go on; raises NotFound where it is not stopped."""
    fold_ledger(system)
    if address not in system.store.stops():
        raise NotFound(
            f"`{address[:80]}` is not stopped",
            help=did_you_mean(
                address, system.store.stops(), otherwise="`remit kill-switch list` shows what is"
            ),
        )
    return _switch(system, address, on=False, author=author, reason=reason[:REASON_MAX])


def read_stops(system: System) -> list[Stop]:
    """List the switches that are on, the oldest first."""
    fold_ledger(system)
    return sorted(system.store.stops().values(), key=lambda stop: (stop.since, stop.address))


def _switch(system: System, address: str, *, on: bool, author: str, reason: str) -> KillSwitch:
    now = system.clock.now()
    entry = KillSwitch(id=system.ids.new(now), at=now, address=address, on=on, author=author, reason=reason)
    with system.journals.exclusive(CONTROL) as journal:
        journal.append([entry])
    fold_ledger(system)
    return entry


def _require(system: System, model: OperatingModel, address: str) -> None:
    """See that an address names something that calls can fall under."""
    kind, _, name = address.partition("/")
    if address == EVERYTHING:
        return
    if kind not in KINDS or not name:
        raise NotFound(
            f"`{address[:80]}` is nothing that can be stopped",
            help="write `all`, or a name after one of " + ", ".join(f"`{each}/`" for each in KINDS),
        )
    if kind == "unit":
        require_unit(model, name)
    elif kind == "use-case":
        require_use_case(model, name)
    elif kind == "model":
        require_model(model, address, system.clock.now().astimezone(model.organisation.zone).date())
    elif kind == "provider" and name not in model.providers:
        raise NotFound(
            f"no provider `{name[:80]}` is declared",
            help=did_you_mean(name, model.providers, otherwise=f"use one of {', '.join(model.providers)}"),
        )
    elif kind == "key" and not any(key.id == name for key in system.store.keys().values()):
        raise NotFound(f"no key `{name[:40]}` was issued", help="`remit key list` shows every key")
    elif kind == "tool":
        _require_tool(model, address)
    elif kind == "run" and not re.fullmatch(ULID_PATTERN, name):
        raise NotFound(f"`{name[:40]}` is no run's id", help="`remit tool runs` shows every run")
    elif kind == "agent" and not re.fullmatch(ID_PATTERN, name):
        raise NotFound(f"`{name[:80]}` is no agent's id", help="write it as the key of the agent has it")


def require_run(effects: Effects, id: str) -> None:
    """See that a run was begun and has not ended; one that ended has nothing to stop."""
    run = effects.run(id[:64])
    if run is None or run.ended is not None:
        what = "there is no run" if run is None else "it has ended already: run"
        raise NotFound(f"{what} `{id[:40]}`", help="`remit tool runs` shows every run")


def _require_tool(model: OperatingModel, address: str) -> None:
    """See that a tool is declared: that version of it, or any where none is named."""
    known = {name for name, block in model.blocks.items() if isinstance(block, ToolBlock)}
    known |= {family(name) for name in known}
    if address not in known:
        raise NotFound(
            f"no tool `{address[:80]}` is declared",
            help=did_you_mean(address, known, otherwise="`remit tool list` shows every tool"),
        )
