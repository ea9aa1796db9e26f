"""The operating model: everything that is declared, as one immutable value with a digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator

from remit.declare.agent import Agent
from remit.declare.approval import ApprovalRule, Asked
from remit.declare.block import KINDS, Block, ModelBlock, RouteBlock
from remit.declare.capacity import Capacity, Commitment
from remit.declare.control import Control
from remit.declare.declared import Declared
from remit.declare.exchange import ExchangeRate, exchanged
from remit.declare.gate import Gate
from remit.declare.governance import Capability
from remit.declare.issuer import Issuer
from remit.declare.organisation import Organisation, Stage, StageName, Unit
from remit.declare.policy import Policy
from remit.declare.portfolio import Portfolio
from remit.declare.provider import Provider
from remit.declare.risk import Risk
from remit.declare.study import Study
from remit.declare.use_case import UseCase
from remit.declare.version import family, number
from remit.declare.webhook import Webhook
from remit.kernel.money import Money


def _blocks(value: Any) -> dict[str, Block]:
    """Read each block as the kind that its address names."""
    return {
        address: body if isinstance(body, Block) else KINDS[address.partition("/")[0]].model_validate(body)
        for address, body in value.items()
    }


def _dump_blocks(blocks: Mapping[str, Block]) -> dict[str, Any]:
    return {address: block.model_dump(mode="json", exclude_unset=True) for address, block in blocks.items()}


class OperatingModel(Declared):
    """All that is declared: the organisation, and by id its units, use cases, stages, blocks and the rest."""

    organisation: Organisation
    units: dict[str, Unit] = {}
    stages: dict[StageName, Stage] = {}
    use_cases: dict[str, UseCase] = {}
    blocks: Annotated[
        dict[str, Block], PlainValidator(_blocks), PlainSerializer(_dump_blocks, return_type=dict)
    ] = {}
    providers: dict[str, Provider] = {}
    governance: dict[str, Capability] = {}
    gates: dict[StageName, Gate] = {}
    approvals: dict[Asked, ApprovalRule] = {}
    controls: dict[str, Control] = {}
    risks: dict[str, Risk] = {}
    policies: dict[str, Policy] = {}
    issuers: dict[str, Issuer] = {}
    webhooks: dict[str, Webhook] = {}
    studies: dict[str, Study] = {}
    agents: dict[str, Agent] = {}
    portfolio: Portfolio = Portfolio()
    capacity: dict[str, Capacity] = {}
    commitments: dict[str, Commitment] = {}
    exchange_rates: dict[str, ExchangeRate] = {}

    def exchanged(self, amount: Money, day: date) -> Money | None:
        """Say what an amount is worth in the organisation's currency on a day; None without a rate."""
        return exchanged(amount, day, currency=self.organisation.currency, rates=self.exchange_rates)

    def model(self, address: str) -> ModelBlock | None:
        """Find a model block by the address that it is declared with."""
        block = self.blocks.get(address)
        return block if isinstance(block, ModelBlock) else None

    def route(self, address: str) -> RouteBlock | None:
        """Find a route by the address that it is declared with."""
        block = self.blocks.get(address)
        return block if isinstance(block, RouteBlock) else None

    @cached_property
    def routes(self) -> Mapping[str, RouteBlock]:
        """The declared routes by address; calls, reports and plans look here to see if there are any."""
        return {address: block for address, block in self.blocks.items() if isinstance(block, RouteBlock)}

    @cached_property
    def families(self) -> Mapping[str, tuple[str, ...]]:
        """The declared addresses under each name, the newest version first; one without versions is alone."""
        found: dict[str, list[str]] = {}
        for address in sorted(self.blocks, key=number, reverse=True):
            found.setdefault(family(address), []).append(address)
        return {name: tuple(addresses) for name, addresses in found.items()}

    def versions(self, address: str) -> tuple[str, ...]:
        """List the declared addresses that a reference covers: itself, or all versions of a name."""
        return (address,) if address in self.blocks else self.families.get(address, ())

    def newest(self, addresses: Sequence[str], day: date) -> str | None:
        """Choose from addresses, the newest first: the first that is usable on a day.

        Where none is usable it is the newest, whose refusal says what state it is in.
        """
        usable = (each for each in addresses if self.blocks[each].is_usable(day))
        return next(usable, addresses[0] if addresses else None)

    def meant(self, address: str, day: date) -> str | None:
        """Say which declared block a reference means on a day: that very one, or a name's newest version."""
        return self.newest(self.versions(address), day)

    def lineage(self, unit: str) -> tuple[str, ...]:
        """List a unit and its parents, the topmost first."""
        found: list[str] = []
        at: str | None = unit
        while at is not None and at not in found:
            found.append(at)
            at = self.units[at].parent
        return tuple(reversed(found))

    def owner_of(self, use_case: str) -> str:
        """Name who answers for a use case: its owner, else the nearest lead above it."""
        case = self.use_cases[use_case]
        return case.owner or self.lead_of(case.unit)

    def lead_of(self, unit: str) -> str:
        for name in reversed(self.lineage(unit)):
            if lead := self.units[name].lead:
                return lead
        return self.organisation.contact


def encode_model(model: OperatingModel) -> bytes:
    """Write the model as the JSON that is stored and hashed; what was left unset stays unset."""
    return model.model_dump_json(exclude_unset=True).encode()


def decode_model(body: bytes) -> OperatingModel:
    return OperatingModel.model_validate_json(body)


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
