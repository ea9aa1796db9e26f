"""The page that machines read: metrics, for whoever is on this machine or has the token."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from remit.kernel.errors import RemitError
from remit.operations.read_metrics import read_metrics
from remit.operations.system import System
from remit.report.exposition import OPENMETRICS, PROMETHEUS

# What a proxy adds: then whoever asks is not on this machine, though the proxy may be.
_PASSED_ON = frozenset({"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"})


def metrics_route(system: System, token: str) -> Route:
    """Build the route; with a token, only who shows it is answered, and without one only this machine."""

    async def metrics(request: Request) -> Response:
        refused = _refused(request, token)
        if refused is not None:
            return refused
        openmetrics = "application/openmetrics-text" in request.headers.get("accept", "")
        try:
            text = await asyncio.to_thread(read_metrics, system, openmetrics=openmetrics)
        except RemitError as error:
            return PlainTextResponse(f"{error.summary}\nhelp: {error.help}\n", 503)
        return Response(text, headers={"content-type": OPENMETRICS if openmetrics else PROMETHEUS})

    return Route("/metrics", metrics)


def _refused(request: Request, token: str) -> Response | None:
    if token:
        shown = request.headers.get("authorization", "").encode("utf-8", "replace")
        if hmac.compare_digest(shown, f"Bearer {token}".encode()):
            return None
        text = "metrics are for who sends REMIT_METRICS_TOKEN as a bearer token\n"
        return PlainTextResponse(text, 401, {"www-authenticate": "Bearer"})
    if _is_here(request):
        return None
    return PlainTextResponse("metrics are for this machine alone; set REMIT_METRICS_TOKEN for others\n", 403)


def _is_here(request: Request) -> bool:
    """Say whether somebody on this machine asks, and asks for this machine: no proxy, no stranger's name.

    A web page elsewhere can have a browser on this machine ask under its own host name.
    """
    if _PASSED_ON.intersection(request.headers) or request.client is None:
        return False
    return _is_loopback(request.client.host) and _is_loopback(_name(request.headers.get("host", "")))


def _name(host: str) -> str:
    """Take the port off a `host` header; of one that is none, nothing is left."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
