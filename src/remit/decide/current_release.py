"""Current releases: what calls of a use case would get now, and whether what was tried is still that.

A prompt, a model and parameters are promoted as one unit. So evidence on how good answers are counts for the
three together, and for no other three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from remit.decide.release import Release, block_digest, release_of
from remit.declare.block import PromptBlock
from remit.declare.operating_model import OperatingModel
from remit.declare.remit_layer import STRENGTHS
from remit.declare.version import covers, family
from remit.enforce.model_name import MODEL, ROUTE, names_under
from remit.enforce.remit import Remit
from remit.record.dossier_entry import Guarded, Scored


@dataclass(frozen=True, slots=True)
class Called:
    """What the calls of a use case mean by names of prompts and models, under a remit on a day."""

    model: OperatingModel
    remit: Remit
    day: date
    names: Mapping[str, str]

    @property
    def releases(self) -> tuple[Release, ...]:
        """List what calls by name get: each listed prompt with its model, and each model by itself.

        A prompt that leaves its model to the caller is there with each model.
        """
        models = sorted({address for name, address in self.names.items() if name == family(name)})
        found = []
        for prompt in self._prompts:
            block = self.model.blocks[prompt]
            named = block.model if isinstance(block, PromptBlock) else None
            chosen = models if named is None else [self.names[named]] if named in self.names else []
            found += [self._release(each, prompt) for each in chosen]
        return (*found, *(self._release(each) for each in models))

    def outdated(self, scored: Scored) -> str:
        """Say why a release that was tried is not what calls would get; empty if it is.

        INVARIANT: the same prompt, model and parameters under the same names, and as they were declared;
        after any change to one of them it is said why.
        """
        tried = self._prompt_outdated if scored.prompt_block else self._model_outdated
        if why := tried(scored):
            return why
        now = self._release(scored.model, scored.prompt_block, scored.parameters)
        if now.digest == scored.release:
            return ""
        return f"`{scored.prompt_block or scored.model}` says something else now than when it was tried"

    @property
    def guardrails(self) -> tuple[Guarded, ...]:
        """List the guardrails that calls pass, each as the exact block that its name means."""
        return tuple(
            Guarded(exact, block_digest(self.model, exact, self.day), dict(floors))
            for address, floors in sorted((self.remit.guardrails or {}).items())
            for exact in (self.model.meant(address, self.day) or address,)
        )

    def weaker_guards(self, tried: Iterable[Guarded]) -> str:
        """Say which guardrail attacks met that calls would not meet as it was; empty if they meet all.

        One more, or a higher strength, takes nothing from what was shown.
        """
        now = self.guardrails
        for each in tried:
            same = [found for found in now if found.address == each.address]
            if not same:
                return f"attacks met `{each.address}`, which calls would not pass"
            if all(found.digest != each.digest for found in same):
                return f"`{each.address}` says something else now than when attacks met it"
            for filter, least in each.floors.items():
                if all(_strength(found.floors.get(filter, "none")) < _strength(least) for found in same):
                    return f"`{each.address}` looks for {filter} less strictly than when attacks met it"
        return ""

    @property
    def _listed(self) -> tuple[str, ...]:
        return self.model.use_cases[self.remit.use_case].blocks

    @property
    def _prompts(self) -> list[str]:
        """The exact address of each prompt that is listed, as its name means it."""
        families = dict.fromkeys(family(each) for each in self._listed if each.startswith("prompt/"))
        return [address for each in families if (address := self._prompt(each))]

    def _prompt(self, name: str) -> str | None:
        among = [each for each in self.model.versions(name) if covers(self._listed, each)]
        return self.model.newest(among, self.day)

    def _release(
        self, address: str, prompt: str = "", parameters: Mapping[str, str] | None = None
    ) -> Release:
        return release_of(self.model, address, day=self.day, prompt=prompt, parameters=parameters)

    def _prompt_outdated(self, scored: Scored) -> str:
        tried, address = scored.prompt_block, self._prompt(family(scored.prompt_block))
        if address is None:
            return f"the evaluation is of `{tried}`, which is not among the blocks of `{self.remit.use_case}`"
        if address != tried:
            return f"the evaluation is of `{tried}`, and `{address}` is what would be called"
        block = self.model.blocks[address]
        if not block.is_usable(self.day):
            return f"the evaluation is of `{tried}`, which {block.state}"
        named = block.model if isinstance(block, PromptBlock) else None
        return self._model_outdated(scored, named)

    def _model_outdated(self, scored: Scored, name: str | None = None) -> str:
        """Say whether a name, or that of the model that was tried, means another one now."""
        # Callers write a route's name as they write a model's.
        called = (name or family(scored.model)).replace(ROUTE, MODEL, 1)
        tried, address = scored.model, self.names.get(called)
        if address is None:
            where = f"`{self.remit.use_case}` cannot call at `{self.remit.stage}`"
            return f"the evaluation is of `{tried}`, which {where}"
        if address != tried:
            return f"the evaluation is of `{tried}`, and `{address}` is what would be called"
        return ""


def _strength(word: str) -> int:
    return STRENGTHS.index(word)


def called(model: OperatingModel, remit: Remit, day: date) -> Called:
    """Work out what the names mean by which a use case calls, under its remit."""
    return Called(model, remit, day, names_under(model, remit, day))
