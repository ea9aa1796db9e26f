"""Autonomy: what evidence an agent needs before it may do more by itself, and what takes that back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import PlainSerializer
from pydantic import PlainValidator as Reads

from remit.declare.declared import Declared, rate, whole
from remit.kernel.money import canonical

COUNT_MAX = 1_000_000
DAYS_MAX = 3_660


def _between(least: int, most: int) -> Any:
    def read(value: Any) -> int:
        number = int(whole(value))
        if not least <= number <= most:
            raise ValueError(f"write a whole number from {least:,} to {most:,}")
        return number

    return Reads(read)


def _share(value: Any) -> Decimal:
    share = rate(value)
    if not 0 <= share <= 1:
        raise ValueError("write a share from 0 to 1, such as `0.9`")
    return share


# One at least: no layer can declare that a level is reached by nothing.
EvidenceCount = Annotated[int, _between(1, COUNT_MAX)]
"""A whole number from 1 to 1,000,000."""

EvidenceDays = Annotated[int, _between(1, DAYS_MAX)]
"""A number of whole days, 1 to 3660."""

EvidenceShare = Annotated[Decimal, Reads(_share), PlainSerializer(canonical, return_type=str)]
"""A share from 0 to 1, such as `0.9`."""


class AutonomyEvidence(Declared):
    """What more autonomy is earned by, for each tool and class of targets. The strictest layer holds."""

    approvals: EvidenceCount | None = None
    """Calls that people approved, none of them refused since, before an agent acts within limits; left out,
    5. The highest holds."""
    calls: EvidenceCount | None = None
    """Calls that were done, without a refusal by a person since, before it is autonomous; left out, 50. The
    highest holds."""
    days: EvidenceDays | None = None
    """For how many days approvals, calls, evaluations and replays count; left out, 90. The lowest holds."""
    pass_rate_min: EvidenceShare | None = None
    """The least share of cases that its newest evaluation passed; left out, 0.9. The highest holds."""
    replay_min: EvidenceShare | None = None
    """The least share of recorded calls that the policies in force decide as people did; left out, 0.95. The
    highest holds."""
    denials_max: EvidenceCount | None = None
    """How many calls may be refused on a day before that is a spike; left out, 10. The lowest holds."""
    denial_share_max: EvidenceShare | None = None
    """The share of a day's calls that may be refused before so many are a spike; left out, 0.2. The lowest
    holds."""


HIGHEST = frozenset({"approvals", "calls", "pass_rate_min", "replay_min"})
"""What asks for more evidence the higher it is; of the other fields the lower is the stricter."""


def strictest_evidence(
    one: Mapping[str, int | Decimal], other: Mapping[str, int | Decimal]
) -> Mapping[str, int | Decimal]:
    """Combine what two layers ask for: of each threshold the stricter one."""
    both = {**other, **one}
    for name in one.keys() & other.keys():
        both[name] = (max if name in HIGHEST else min)(one[name], other[name])
    return dict(sorted(both.items()))
