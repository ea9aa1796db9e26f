"""Governance: who owns which decision under each mode, as data that ships and can be replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from remit.declare.declared import Declared, Id, Title, Word
from remit.declare.organisation import GovernanceMode
from remit.declare.remit_layer import RemitLayer

Decides = Literal["centre", "unit", "both"]
"""Who decides: the centre, the unit, or the unit within what the centre sets."""


Side = Literal["centre", "unit"]
"""Whose layer it is: organisation and stages are the centre's, units their own."""


class Ownership(Declared):
    """Who decides on one capability under each mode."""

    centralized: Decides
    """Under centralised governance."""
    federated: Decides
    """Under federated governance."""
    decentralized: Decides
    """Under decentralised governance."""

    def under(self, mode: GovernanceMode) -> Decides:
        return {
            "centralized": self.centralized,
            "federated": self.federated,
            "decentralized": self.decentralized,
        }[mode]


class Capability(Declared):
    """Something that somebody must decide on, and the fields of the remit that carry the decision."""

    name: Title
    """What is decided."""
    fields: tuple[Word, ...] = ()
    """The fields of the remit that carry it; a field belongs to one capability."""
    decides: Ownership
    """Who decides, by mode."""
    responsible: Id | None = None
    """The role that does the work, where the organisation names one."""
    consulted: tuple[Id, ...] = ()
    """Roles that are heard before."""
    informed: tuple[Id, ...] = ()
    """Roles that are told after."""


def out_of_bounds(
    layer: RemitLayer, *, side: Side, mode: GovernanceMode, capabilities: Mapping[str, Capability]
) -> Iterator[tuple[str, str, Decides]]:
    """List the fields that a layer sets and its owner does not decide on: capability, field, who does."""
    for name, capability in capabilities.items():
        decides = capability.decides.under(mode)
        if decides not in (side, "both"):
            for field in sorted(layer.model_fields_set.intersection(capability.fields)):
                yield name, field, decides
