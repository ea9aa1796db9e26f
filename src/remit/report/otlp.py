"""Requests of OTLP: spans and metrics in the envelopes that say who sends them."""

from __future__ import annotations

from collections.abc import Sequence

from remit.kernel import genai
from remit.report.spans import Json, attribute

TRACES = "/v1/traces"
METRICS = "/v1/metrics"


def traces(spans: Sequence[Json], *, version: str, organisation: str) -> Json:
    """Make the body that is posted to `/v1/traces`."""
    scoped = {"scope": _scope(version), "spans": spans}
    return {"resourceSpans": [{"resource": _resource(version, organisation), "scopeSpans": [scoped]}]}


def metrics(measures: Sequence[Json], *, version: str, organisation: str) -> Json:
    """Make the body that is posted to `/v1/metrics`."""
    scoped = {"scope": _scope(version), "metrics": measures}
    return {"resourceMetrics": [{"resource": _resource(version, organisation), "scopeMetrics": [scoped]}]}


def _resource(version: str, organisation: str) -> Json:
    said = [attribute("service.name", "remit"), attribute("service.version", version)]
    if organisation:
        said.append(attribute("remit.organisation", organisation))
    return {"attributes": said}


def _scope(version: str) -> Json:
    conventions = [attribute("remit.conventions", genai.VERSION)]
    return {"name": "remit", "version": version, "attributes": conventions}
