"""The criteria, activities and moves of maturity that ship, read once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources

from remit.decide.maturity_catalogue import Catalogue, read_catalogue
from remit.kernel.errors import RemitError

_DATA = resources.files("remit.decide").joinpath("maturity_data")


@cache
def maturity_catalogue() -> Catalogue:
    """Read what ships."""
    return read_catalogue(
        {file.name: file.read_text("utf-8") for file in _DATA.iterdir() if file.name.endswith(".yaml")}
    )


def maturity_ids() -> frozenset[str]:
    """List the ids that can be attested: what is answered by evidence is not, and has to show itself."""
    return maturity_catalogue().attested


def require_attestable(about: Iterable[str]) -> None:
    """Raise RemitError for what is answered by evidence: it has to show itself."""
    shown = {item.address: item for item in maturity_catalogue().items if item.evidence}
    for address in about:
        if (item := shown.get(address)) is not None:
            raise RemitError(
                f"`{address}` is not shown by somebody's word, but by evidence",
                help=item.next,
                code="attestation-unsound",
            )
