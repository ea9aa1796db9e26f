"""Check web hooks: whether each may be reached, and whether whom it is told of is declared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from remit.declare.fault import Fault
from remit.declare.scope import Scope, Spot
from remit.declare.webhook import Webhook, host_may_be_named, port_of

_WITH_SECRET = re.compile(
    r"^https://(?:hooks\.slack\.com/(?:services|workflows|triggers)/[^/]"
    r"|(?:[a-z0-9-]+\.)?discord(?:app)?\.com/api/webhooks/[^/]+/[^/]"
    r"|[a-z0-9-]+\.webhook\.office\.com/webhookb2/[^/])"
)
"""Addresses that are themselves what opens the door."""


def check_webhooks(scope: Scope) -> Iterator[Fault]:
    """Find web hooks that must not be reached, and filters that name nothing."""
    webhooks: Mapping[str, Webhook] = scope.sections["webhooks"]
    for name, webhook in webhooks.items():
        spot = scope.spot("webhooks", name)
        yield from _address(spot, webhook)
        for index, use_case in enumerate(webhook.use_cases):
            if not scope.has("use_cases", use_case):
                yield spot.undeclared("use_cases", index, target=use_case, code="undeclared-use-case")
        for index, unit in enumerate(webhook.units):
            if not scope.has("units", unit):
                yield spot.undeclared("units", index, target=unit, code="undeclared-unit")


def _address(spot: Spot, webhook: Webhook) -> Iterator[Fault]:
    port = port_of(webhook.url)
    if not host_may_be_named(webhook.url) or (port is not None and not 0 < port < 65_536):
        yield spot.fault(
            "url",
            code="webhook-not-reached",
            summary=f"web hook `{spot.name}` has an address that no message is sent to",
            help="name a host of your own; link-local and metadata addresses are never reached",
        )
    elif _WITH_SECRET.match(webhook.url):
        yield spot.fault(
            "url",
            code="webhook-secret-in-address",
            summary=f"the address of web hook `{spot.name}` opens the door to whoever reads it",
            help=f"declare it up to where the secret begins, and seal the rest: `remit provider seal "
            f"address-webhook-{spot.name}`",
            severity="warning",
        )
