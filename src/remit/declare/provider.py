"""Providers: who serves models, and how each is reached."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from remit.declare.declared import Declared, Region, Role, Title, Visible

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@?#]{1,400}$"), Visible]
"""A web address, without credentials or query, such as `https://host/v1`."""


class Billing(Declared):
    """How a provider's bills name things, so that an export can be laid beside them."""

    provider: Title | None = None
    """Who offers the service; left out, the provider's id here."""
    service: Title | None = None
    """What the service is called; left out, who offers it."""
    host: Title | None = None
    """Whose machines it runs on; left out, who offers it."""
    issuer: Title | None = None
    """Who sends the bill; left out, who offers it."""
    account: Title | None = None
    """The account that is billed, by the provider's id for it; left out, the provider's id here."""
    account_name: Title | None = None
    """What that account is called; left out, the organisation's name."""


class Provider(Declared):
    """Who serves models. A remote one is reached only because it is declared here.

    Its credential is never declared: the setting `REMIT_PROVIDER_<NAME>_API_KEY` holds it.
    """

    technology: Literal["local", "echo", "wordllama", "openai", "anthropic", "bedrock", "gemini"]
    """How it is reached: a model or word vectors on this machine, a simulation, or what servers speak."""
    base_url: Address | None = None
    """Its address; needed for `openai`. That of `anthropic` ends before `/v1`, that of `gemini` with its
    version, as `/v1beta`; left out, each is the public API's."""
    region: Region | None = None
    """The region of AWS that is asked; needed for `bedrock`."""
    role: Role | None = None
    """For `bedrock`: the role that is assumed for each use case, tagged so that AWS can split its bill."""
    billing: Billing = Billing()
    """How its bills name things; exports of costs say the same."""
