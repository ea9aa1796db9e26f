"""How a FOCUS export names things: providers, accounts and models, as declared, else by their ids."""

from __future__ import annotations

from dataclasses import dataclass

from remit.declare.block import Maker
from remit.declare.operating_model import OperatingModel
from remit.declare.provider import Billing


@dataclass(frozen=True, slots=True)
class ProviderNames:
    """How bills name who offers a service, and what is billed."""

    provider: str
    service: str
    host: str
    issuer: str
    account: str
    account_name: str


@dataclass(frozen=True, slots=True)
class ModelNames:
    """How bills name a model."""

    id: str
    name: str
    developer: str
    family: str
    version: str


class FocusNames:
    """Finds names once for each provider and model."""

    def __init__(self, model: OperatingModel) -> None:
        self._model = model
        self._providers: dict[str, ProviderNames] = {}
        self._models: dict[tuple[str, str], ModelNames] = {}

    def provider(self, id: str) -> ProviderNames:
        """Name a provider; one that no entry names is the only one that is declared, else the organisation.

        The organisation stands where a cost is of no provider in particular: it cannot be left empty.
        """
        found = self._providers.get(id)
        if found is None:
            found = self._providers[id] = self._provider(id)
        return found

    def _provider(self, id: str) -> ProviderNames:
        declared = self._model.providers
        if not id and len(declared) == 1:
            [id] = declared
        organisation = self._model.organisation.name
        billing = declared[id].billing if id in declared else Billing()
        name = billing.provider or id or organisation
        return ProviderNames(
            name,
            billing.service or name,
            billing.host or name,
            billing.issuer or name,
            billing.account or id or organisation,
            billing.account_name or organisation,
        )

    def tool(self, address: str) -> ProviderNames:
        """Name who offers a tool: the organisation, under the tool's own name."""
        block, organisation = self._model.blocks.get(address), self._model.organisation.name
        service = block.name if block is not None else address.partition("/")[2] or address
        return ProviderNames(organisation, service, *(organisation,) * 4)

    def provider_of(self, model: str) -> str:
        """Say which provider serves a model now; empty if none is known."""
        block = self._model.model(model)
        return "" if block is None else block.provider

    def use_case(self, id: str) -> str:
        """Name a use case; one that is declared no more by its id."""
        case = self._model.use_cases.get(id)
        return id if case is None else case.name

    def model(self, address: str, provider: str) -> ModelNames:
        found = self._models.get((address, provider))
        if found is None:
            found = self._models[address, provider] = self._named(address, provider)
        return found

    def _named(self, address: str, provider: str) -> ModelNames:
        block = self._model.model(address)
        maker = Maker() if block is None else block.maker
        id = address.partition("/")[2].partition("@")[0] or address
        return ModelNames(
            id if block is None else block.options.get("model", id),
            id if block is None else block.name,
            maker.developer or self.provider(provider).provider,
            maker.family or "",
            maker.version or "",
        )
