"""The text in which metrics are read: Prometheus's format 0.0.4 and OpenMetrics 1.0."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from remit.kernel.money import canonical

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

Number = int | float | Decimal


@dataclass(frozen=True, slots=True)
class Sample:
    """One value; `suffix` is what stands after its family's name."""

    labels: tuple[str, ...]
    value: Number
    suffix: str = ""
    le: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric, and the names of its labels. That of a counter is without `_total`."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    says: str
    labels: tuple[str, ...] = ()


def histogram(
    labels: tuple[str, ...], bounds: Sequence[float], counts: Mapping[int, int], total: float
) -> list[Sample]:
    """Make the samples of one series from what is in each bucket; buckets add up from the least on."""
    samples: list[Sample] = []
    below = 0
    for number, bound in enumerate((*bounds, float("inf"))):
        below += counts.get(number, 0)
        le = "+Inf" if number == len(bounds) else repr(float(bound))
        samples.append(Sample(labels, below, "_bucket", le))
    return [*samples, Sample(labels, total, "_sum"), Sample(labels, below, "_count")]


def exposition(families: Iterable[tuple[Family, Iterable[Sample]]], *, openmetrics: bool) -> str:
    """Write families with their samples; they differ between the formats in a counter's name and the end."""
    lines: list[str] = []
    for family, samples in families:
        counter = family.kind == "counter"
        name = family.name if openmetrics or not counter else f"{family.name}_total"
        lines += [
            f"# HELP {name} {_escaped(family.says, quotes=openmetrics)}",
            f"# TYPE {name} {family.kind}",
        ]
        suffix = "_total" if counter else ""
        lines += (
            f"{family.name}{each.suffix or suffix}{_labels(family.labels, each)} {_number(each.value)}"
            for each in samples
        )
    if openmetrics:
        lines.append("# EOF")
    return "\n".join(lines) + "\n"


def _labels(names: tuple[str, ...], sample: Sample) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(names, sample.labels, strict=True)]
    if sample.le:
        pairs.append(f'le="{sample.le}"')
    return f"{{{','.join(pairs)}}}" if pairs else ""


def _escaped(text: str, *, quotes: bool = True) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text


def _number(value: Number) -> str:
    return canonical(value) if isinstance(value, Decimal) else str(value)
