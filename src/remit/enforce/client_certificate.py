"""Client certificates: what a proxy that has checked one says in `x-forwarded-client-cert`."""

from __future__ import annotations

import re

from remit.enforce.identity import Claims

_PAIR = re.compile(r'\s*([A-Za-z]{1,20})=(?:"((?:[^"\\]|\\.)*)"|([^",;]*))\s*([;,]|$)')
_ESCAPED = re.compile(r"\\(.)")


def certificate_claims(header: str) -> Claims | None:
    """Read what the nearest proxy says of its caller's certificate; None if that names nobody.

    Proxies add at the right, so the last element is of whom the trusted one has seen; the others are hearsay.

    >>> certificate_claims('By=spiffe://x/proxy;Subject="CN=\\\\"a\\\\",O=b";URI=spiffe://x/claims')
    {'uri': ['spiffe://x/claims'], 'dns': [], 'subject': 'CN="a",O=b'}
    """
    uri: list[str] = []
    dns: list[str] = []
    subject, at, end = "", 0, ","
    while end:
        found = _PAIR.match(header, at)
        if found is None:
            return None
        if at and end == ",":
            uri, dns, subject = [], [], ""
        name, quoted, plain, end = found.groups()
        value = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
        match name.lower():
            case "uri" if value:
                uri.append(value)
            case "dns" if value:
                dns.append(value)
            case "subject":
                subject = value
        at = found.end()
    return {"uri": uri, "dns": dns, "subject": subject} if uri or subject else None
