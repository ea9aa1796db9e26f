"""The risk register: what can go wrong, how bad it is, and who answers for it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator as Reads

from remit.declare.declared import Contact, Day, Declared, Id, Prose, Title, whole


def _level(value: Any) -> int:
    level = int(whole(value))
    if not 1 <= level <= 5:
        raise ValueError("write a whole number from 1 to 5")
    return level


Level = Annotated[int, Reads(_level)]
"""A whole number from 1 to 5."""

Treatment = Literal["avoid", "reduce", "transfer", "accept"]
"""What is done about a risk."""

LIKELIHOODS = ("rare", "unlikely", "possible", "likely", "almost certain")
"""What the levels of likelihood mean, from 1 to 5."""

IMPACTS = ("negligible", "minor", "moderate", "major", "severe")
"""What the levels of impact mean, from 1 to 5."""


class Risk(Declared):
    """Something that can go wrong. Without `use_cases` and `units` it concerns the whole organisation."""

    title: Title
    """What can go wrong."""
    description: Prose | None = None
    """How it would come about, and for whom it would be bad."""
    owner: Contact
    """Who answers for it."""
    use_cases: tuple[Id, ...] = ()
    """The use cases that it concerns."""
    units: tuple[Id, ...] = ()
    """The units that it concerns, with all below them."""
    likelihood: Level
    """How likely it is with nothing done: 1 rare, 2 unlikely, 3 possible, 4 likely, 5 almost certain."""
    impact: Level
    """How bad it would be: 1 negligible, 2 minor, 3 moderate, 4 major, 5 severe."""
    treatment: Treatment
    """What is done about it."""
    reason: Prose | None = None
    """Why it is treated so; one that is accepted needs it."""
    residual_likelihood: Level | None = None
    """How likely it is while its controls hold; left out, as likely as without them."""
    residual_impact: Level | None = None
    """How bad it would be while its controls hold; left out, as bad as without them."""
    controls: tuple[Id, ...] = ()
    """The controls that keep it at its residual level."""
    review: Day
    """By when it is looked at again."""
    sources: tuple[Title, ...] = ()
    """Where it is known from, such as `LLM01:2025`."""

    @property
    def inherent(self) -> tuple[int, int]:
        """Its likelihood and impact as long as nothing is done."""
        return self.likelihood, self.impact

    @property
    def residual(self) -> tuple[int, int]:
        """Its likelihood and impact while its controls hold."""
        likelihood, impact = self.residual_likelihood, self.residual_impact
        return (
            self.likelihood if likelihood is None else likelihood,
            self.impact if impact is None else impact,
        )
