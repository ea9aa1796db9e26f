"""Names at a provider: which model block it is that a provider's log or bill calls by a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.declare.block import ModelBlock
from remit.declare.operating_model import OperatingModel

BILLED_AS = "billed_as"
"""The option of a block that says what bills call it, where they have own names; with commas between."""

Whose = tuple[str, str]
"""The use case that a word names, and the key if it names one."""


def served_name(model: str, prefixes: Iterable[str]) -> str:
    """Write a provider's name for a model without where it ran.

    >>> served_name("arn:aws:bedrock:eu-west-1:1:inference-profile/eu.acme.large-v1:0", ["eu."])
    'acme.large-v1:0'
    """
    name = model.rpartition("/")[2]
    for prefix in prefixes:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


class NamesAtProvider:
    """Finds model blocks by their names at the provider; of several versions the newest is taken."""

    def __init__(self, model: OperatingModel, prefixes: Iterable[str]) -> None:
        self._prefixes = tuple(prefixes)
        self._model = model
        self._blocks: dict[str, ModelBlock] = {}
        self._billed: dict[str, str] = {}
        self._providers: dict[str, set[str]] = {}
        for family, addresses in sorted(model.families.items()):
            for address in addresses:
                if block := model.model(address):
                    self._take(family, block)

    def _take(self, family: str, block: ModelBlock) -> None:
        name = self._named(family, block)
        self._blocks.setdefault(name, block)
        self._providers.setdefault(name, set()).add(block.provider)
        for billed in block.options.get(BILLED_AS, "").split(","):
            if billed.strip():
                self._billed.setdefault(billed.strip(), name)

    def _named(self, address: str, block: ModelBlock) -> str:
        named = block.options.get("model")
        return served_name(named, self._prefixes) if named else address.partition("/")[2].partition("@")[0]

    def name(self, said: str) -> str:
        """Say the one name under which everything of a model is found, however a log or a bill calls it."""
        found = self._billed.get(said)
        if found is not None:
            return found
        name = served_name(said, self._prefixes)
        return self._billed.get(name, name)

    def block(self, said: str) -> ModelBlock | None:
        return self._blocks.get(self.name(said))

    def providers(self, said: str) -> frozenset[str]:
        """List the declared providers that have a model of this name."""
        return frozenset(self._providers.get(self.name(said), ()))

    def of_call(self, address: str, served: str) -> str:
        """Say the name of a call's model; of one that is no longer declared, the name that served it."""
        block = self._model.model(address)
        if block is not None:
            return self._named(address, block)
        return self.name(served) if served else address.partition("/")[2].partition("@")[0]


def words_of(model: OperatingModel, keys: Mapping[str, str], labels: Iterable[str]) -> Mapping[str, Whose]:
    """Say whose a call is by a word: the id of a use case or of a key, or a label that the format knows.

    `keys` has the use case of each. A label that two use cases have says nothing of whose it is.
    """
    found: dict[str, Whose] = {key.casefold(): (use_case, key) for key, use_case in keys.items()}
    known = tuple(labels)
    for id, case in model.use_cases.items():
        for word in (case.labels[label].casefold() for label in known if label in case.labels):
            found[word] = (id, "") if found.get(word, (id, "")) == (id, "") else ("", "")
    return found | {id.casefold(): (id, "") for id in model.use_cases}
