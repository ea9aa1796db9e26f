"""What ships as data for decisions, read as it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from remit.decide.ai_act_law import Law, read_law
from remit.decide.framework import Framework, read_controls, read_frameworks
from remit.declare.control import Control


@cache
def eu_ai_act() -> Law:
    text = resources.files("remit.decide").joinpath("law/eu-ai-act.yaml").read_text("utf-8")
    return read_law(text, "eu-ai-act.yaml")


@cache
def shipped_controls() -> Mapping[str, Control]:
    found: dict[str, Control] = {}
    for file in resources.files("remit.declare").joinpath("shipped").iterdir():
        if file.name.startswith("controls-"):
            found |= read_controls(file.read_text("utf-8"), file.name)
    return found


@cache
def shipped_frameworks() -> Mapping[str, Framework]:
    file = resources.files("remit.decide").joinpath("frameworks.yaml")
    return read_frameworks(file.read_text("utf-8"), file.name)
