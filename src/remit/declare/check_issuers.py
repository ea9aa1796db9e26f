"""Check issuers: whether each says all that is needed to trust it, and no two can be taken for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.fault import Fault
from remit.declare.issuer import Issuer
from remit.declare.scope import Scope, Spot

_OF_TOKENS = ("url", "audience", "keys_url", "keys")


def check_issuers(scope: Scope) -> Iterator[Fault]:
    """Find issuers that nobody could be proved by, or that anybody could."""
    issuers: Mapping[str, Issuer] = scope.sections["issuers"]
    first: dict[str, str] = {}
    for name, issuer in issuers.items():
        spot = scope.spot("issuers", name)
        yield from _whole(spot, issuer)
        yield from _rules(spot, issuer)
        if issuer.url is None:
            continue
        if first.setdefault(issuer.url, name) != name:
            yield spot.fault(
                "url",
                code="repeated-issuer",
                summary=f"`{name}` has the `url` of `{first[issuer.url]}`, so that a token could be of both",
                help="declare it once, with the rules of both",
            )


def _whole(spot: Spot, issuer: Issuer) -> Iterator[Fault]:
    people_only = issuer.sign_in is not None and not issuer.rules
    stated = [field for field in _OF_TOKENS if getattr(issuer, field) is not None]
    wrong = help = ""
    if issuer.technology == "mtls":
        if issuer.sign_in is not None:
            wrong, help = "persons sign in by tokens", "leave out `sign_in`, or declare an issuer with `oidc`"
        if stated:
            wrong, help = (
                f"`{stated[0]}` is of tokens",
                f"leave out `{stated[0]}`; the proxy checks certificates",
            )
    elif issuer.url is None or (issuer.audience is None and not people_only):
        wrong = "a token of anybody, or for anybody, would do"
        help = "add `url:` and `audience:`, as tokens have them in `iss` and `aud`"
    elif (issuer.keys_url is None) == (issuer.keys is None):
        wrong, help = "it has no keys, or two places for them", "give one of `keys_url:` and `keys:`"
    if wrong:
        yield spot.fault(
            code="issuer-unsound",
            summary=f"issuer `{spot.name}` cannot be trusted as it stands: {wrong}",
            help=help,
            at="key",
        )


def _rules(spot: Spot, issuer: Issuer) -> Iterator[Fault]:
    if not issuer.rules and issuer.sign_in is None:
        yield spot.fault(
            "rules",
            code="issuer-unsound",
            summary=f"issuer `{spot.name}` has no rule, so that nobody is let in by it",
            help="add a rule with `claims:` and `use_case:`, or `sign_in:` for persons",
        )
    for index, rule in enumerate(issuer.rules):
        if not rule.claims:
            yield spot.fault(
                "rules",
                index,
                "claims",
                code="issuer-unsound",
                summary=f"rule {index + 1} of issuer `{spot.name}` lets in everybody whom the issuer knows",
                help="name a claim that only those have who are meant",
            )
        if not spot.scope.has("use_cases", rule.use_case):
            yield spot.undeclared(
                "rules", index, "use_case", target=rule.use_case, code="undeclared-use-case"
            )
