"""Load: from the texts of a directory to an operating model, or every fault in them at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from remit.declare.agent import Agent
from remit.declare.approval import ASKED, ApprovalRule
from remit.declare.block import KINDS, Block
from remit.declare.capacity import Capacity, Commitment
from remit.declare.cedar import SUFFIX
from remit.declare.check import check
from remit.declare.control import Control
from remit.declare.declared import BlockAddress, Id
from remit.declare.exchange import CURRENCY_PATTERN, ExchangeRate
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.gate import GATED, Gate
from remit.declare.governance import Capability
from remit.declare.issuer import Issuer
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES, Organisation, Stage, Unit
from remit.declare.policy import POLICIES_MAX
from remit.declare.policy_file import read_policies
from remit.declare.portfolio import Portfolio
from remit.declare.provider import Provider
from remit.declare.risk import Risk
from remit.declare.scope import SHIPPED, SINGLE
from remit.declare.study import Study
from remit.declare.text import Path, Tree, read, refused
from remit.declare.use_case import UseCase
from remit.declare.webhook import Webhook
from remit.kernel.diagnostic import Diagnostic, in_order, quoted
from remit.kernel.suggest import did_you_mean

_ID: TypeAdapter[str] = TypeAdapter(Id)
_ADDRESS: TypeAdapter[str] = TypeAdapter(BlockAddress)

SECTIONS: dict[str, type[BaseModel]] = {
    "organisation": Organisation,
    "units": Unit,
    "stages": Stage,
    "use_cases": UseCase,
    "blocks": Block,
    "providers": Provider,
    "governance": Capability,
    "gates": Gate,
    "approvals": ApprovalRule,
    "controls": Control,
    "risks": Risk,
    "issuers": Issuer,
    "webhooks": Webhook,
    "studies": Study,
    "agents": Agent,
    "portfolio": Portfolio,
    "capacity": Capacity,
    "commitments": Commitment,
    "exchange_rates": ExchangeRate,
}

_BY_ID = frozenset(
    "units use_cases providers governance controls risks issuers webhooks studies agents"
    " capacity commitments".split()
)

POLICIES = "policies"
"""The one section that YAML does not hold: policies stand in files of their own, in the Cedar language."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The operating model if it is sound (warnings aside), and what there is to say about its text."""

    operating_model: OperatingModel | None
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> int:
        return sum(diagnostic.severity == "error" for diagnostic in self.diagnostics)


@dataclass(slots=True)
class _Draft:
    """What has been read so far, with the file that each declaration stands in."""

    files: Mapping[str, str]
    sections: dict[str, dict[str, Any]]
    where: dict[tuple[str, str], str]
    faults: list[Fault]
    broken: set[tuple[str, str]]


def load(files: Mapping[str, str]) -> Loaded:
    """Read a directory's texts, by name, as one operating model.

    A file that is wrong does not hide the faults of another, and a declaration that is wrong does not make
    those that refer to it wrong as well.
    """
    draft = _Draft(files, {section: {} for section in (*SECTIONS, POLICIES)}, {}, [], set())
    diagnostics: list[Diagnostic] = []
    for file in sorted(files, key=lambda name: (not name.startswith(SHIPPED), name)):
        if file.endswith(SUFFIX):
            diagnostics += _take_policies(draft, file, files[file])
            continue
        tree, faults = read(files[file], file)
        diagnostics += faults
        if tree is not None:
            _take_file(draft, file, tree)
        elif faults:
            draft.broken |= {(section, "") for section in SECTIONS}
    _require_organisation(draft, whole=not any(fault.severity == "error" for fault in diagnostics))
    draft.faults += check(draft.sections, draft.broken, draft.where)
    unread = {diagnostic.span for diagnostic in diagnostics}
    # Where the text itself could not be read, that its field cannot read it either is a consequence.
    diagnostics += (each for each in in_place(draft.faults, files) if each.span not in unread)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics):
        return Loaded(None, in_order(diagnostics))
    draft.sections["controls"] = {
        name: control
        for name, control in draft.sections["controls"].items()
        if not draft.where["controls", name].startswith(SHIPPED)
    }
    single = {name: found[""] for name in SINGLE if (found := draft.sections.pop(name))}
    # In the order of ids, so that moving a declaration to another file changes nothing.
    ordered = {section: dict(sorted(items.items())) for section, items in draft.sections.items()}
    model = OperatingModel(**single, **ordered)
    return Loaded(model, in_order(diagnostics))


def _take_file(draft: _Draft, file: str, tree: Tree) -> None:
    if not isinstance(tree, dict):
        help = f"begin with one of {', '.join(f'`{name}:`' for name in SECTIONS)}"
        draft.faults.append(Fault(file, (), "not-a-declaration", "the file declares nothing", help))
        return
    for section, body in tree.items():
        if section not in SECTIONS:
            help = did_you_mean(section, SECTIONS, otherwise=f"use one of {', '.join(SECTIONS)}")
            if section == POLICIES:
                help = f"write policies in the Cedar language, in a file whose name ends in `{SUFFIX}`"
            summary = f"unknown section {quoted(section)}"
            draft.faults.append(Fault(file, (section,), "unknown-field", summary, help, at="key"))
        elif section in SINGLE:
            _take(draft, file, section, "", body)
        elif not isinstance(body, dict):
            summary = f"`{section}` must be a mapping from ids to declarations"
            draft.faults.append(Fault(file, (section,), "invalid-value", summary, "indent `id:` under it"))
            draft.broken.add((section, ""))
        else:
            for name, item in body.items():
                _take(draft, file, section, name, item)


def _take_policies(draft: _Draft, file: str, text: str) -> list[Diagnostic]:
    """Take the policies of a file of Cedar text; of an id that stands twice the first is kept."""
    if (unreadable := refused(text, file)) is not None:
        return [unreadable]
    taken = draft.sections[POLICIES]
    for index, name, found in read_policies(text, file):
        path: Path = (POLICIES, index)
        if max(index, len(taken)) >= POLICIES_MAX:
            summary = f"a directory may hold {POLICIES_MAX} policies, and this is one more"
            help = "say with fields of the remit what they can say, or join policies that are alike"
            draft.faults.append(Fault(file, path, "too-many-policies", summary, help))
            break
        first = draft.where.get((POLICIES, name)) if name else None
        if first is not None:
            help = f"give one of them another id; the other is in {first}"
            summary = f"a second policy has the id {quoted(name)}"
            draft.faults.append(Fault(file, (*path, "id"), "repeated-policy", summary, help))
            continue
        draft.where[POLICIES, name] = file
        if isinstance(found, list):
            draft.faults += found
        else:
            taken[name] = found
    return []


def _take(draft: _Draft, file: str, section: str, name: str, body: Any) -> None:
    path: Path = (section,) if section in SINGLE else (section, name)
    first = draft.where.get((section, name))
    if first is not None and not first.startswith(SHIPPED):
        what = f"the {section}" if section in SINGLE else quoted(name)
        summary = f"{what} is declared twice"
        help = f"keep one; the other is in {first}"
        draft.faults.append(Fault(file, path, "repeated-declaration", summary, help, at="key"))
        return
    draft.where[section, name] = file
    kind = _kind(file, section, name, path)
    if isinstance(kind, Fault):
        draft.broken.add((section, name))
        draft.faults.append(kind)
        return
    try:
        draft.sections[section][name] = kind.model_validate(body)
    except ValidationError as error:
        draft.broken.add((section, name))
        draft.faults += faults_in(error, file, path, kind=kind)


def _kind(file: str, section: str, name: str, path: Path) -> type[BaseModel] | Fault:
    """Find the class to read a declaration with, or say why its name is not one."""
    help = "use lower-case letters, digits and hyphens, at most 80"
    kind = name.partition("/")[0]
    if section == "stages" and name not in STAGES:
        summary = f"{quoted(name)} is not a stage"
        help = did_you_mean(name, STAGES, otherwise=f"use one of {', '.join(STAGES)}")
    elif section == "gates" and name not in GATED:
        summary = f"{quoted(name)} is not a stage that a gate leads into"
        help = did_you_mean(name, GATED, otherwise=f"use one of {', '.join(GATED)}")
    elif section == "approvals" and name not in ASKED:
        summary = f"{quoted(name)} is nothing that an approval is asked for"
        help = did_you_mean(name, ASKED, otherwise=f"use one of {', '.join(ASKED)}")
    elif section == "blocks" and not _fits(_ADDRESS, name):
        summary = f"{quoted(name)} is not a block's address"
        help = "write `kind/name`, as `model/small`, or with a version, as `prompt/letter@4`"
    elif section == "blocks" and kind not in KINDS:
        summary = f"{quoted(kind)} is not a kind of block"
        help = did_you_mean(kind, KINDS, otherwise=f"use one of {', '.join(KINDS)}")
    elif section == "exchange_rates" and not re.fullmatch(CURRENCY_PATTERN, name):
        summary = f"{quoted(name)} is not a currency"
        help = "use the three capital letters of a foreign currency, such as `USD`"
    elif section in _BY_ID and not _fits(_ID, name):
        summary = f"{quoted(name)} is not an id"
    else:
        return KINDS[kind] if section == "blocks" else SECTIONS[section]
    return Fault(file, path, "invalid-id", summary, help, at="key")


def _fits(adapter: TypeAdapter[str], name: str) -> bool:
    try:
        adapter.validate_python(name)
    except ValidationError:
        return False
    return True


def _require_organisation(draft: _Draft, *, whole: bool) -> None:
    if whole and ("organisation", "") not in draft.where:
        file = min(
            (name for name in draft.files if not name.startswith(SHIPPED)), default="organisation.yaml"
        )
        help = "add `organisation:` with `name`, `contact` and `currency`"
        draft.faults.append(Fault(file, (), "no-organisation", "no file declares the organisation", help))
