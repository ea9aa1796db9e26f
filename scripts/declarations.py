"""Read what can be declared from the text of `remit.declare`, and write its page and its JSON Schema."""

from __future__ import annotations

import ast
import inspect
import json
import re
import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import StringConstraints

from markdown import page, rows, words
from remit.decide import evaluation_case
from remit.declare import (
    agent,
    approval,
    autonomy,
    block,
    book,
    capacity,
    control,
    cost,
    declared,
    economy,
    exchange,
    gate,
    governance,
    grade,
    guardrail_price,
    inventory_profile,
    issuer,
    load,
    measure,
    needs,
    organisation,
    policy,
    portfolio,
    price,
    prompt_cache,
    provider,
    ranking,
    remit_layer,
    risk,
    scenario,
    shared,
    stage_name,
    study,
    sunset,
    tool,
    use_case,
    webhook,
)
from remit.declare.scope import SINGLE
from remit.kernel import period
from remit.record import bill_format, usage_format

MODULES = (
    autonomy,
    *(declared, remit_layer, organisation, governance, use_case, gate, policy, issuer, webhook, study, agent),
    *(price, guardrail_price, tool, block, provider, period, measure, approval, control, risk),
    *(grade, ranking, needs, cost, portfolio, scenario, capacity, exchange, shared, economy),
    *(price, block, provider, period, measure),
    *(grade, ranking, needs, portfolio, scenario, shared, capacity, exchange, book),
    *(stage_name, sunset),
    *(inventory_profile, usage_format, bill_format, evaluation_case),
    *(price, block, provider, period, measure),
    *(grade, ranking, needs, portfolio, scenario),
    *(grade, ranking, needs, portfolio, scenario, capacity, exchange, book),
    *(stage_name, sunset, economy, prompt_cache),
    *(grade, ranking, needs, cost, portfolio, scenario),
    inventory_profile,
    usage_format,
    bill_format,
    evaluation_case,
)
SECTIONS = {
    "organisation": ("Organisation", "once, straight under the section's name"),
    "units": ("Unit", "by id"),
    "stages": ("Stage", "by the name of a stage"),
    "use_cases": ("UseCase", "by id"),
    "providers": ("Provider", "by id"),
    "governance": ("Capability", "by id"),
    "gates": ("Gate", "by the stage that it leads into"),
    "approvals": ("ApprovalRule", "by what is asked for"),
    "controls": ("Control", "by id"),
    "risks": ("Risk", "by id"),
    "issuers": ("Issuer", "by id"),
    "webhooks": ("Webhook", "by id"),
    "studies": ("Study", "by id"),
    "agents": ("Agent", "by id"),
    "portfolio": ("Portfolio", "once, straight under the section's name"),
    "capacity": ("Capacity", "by id"),
    "commitments": ("Commitment", "by id"),
    "exchange_rates": ("ExchangeRate", "by the three letters of the currency"),
}
KINDS = {kind: noun.__name__ for kind, noun in block.KINDS.items()}
PROFILE = ("UnitColumns", "FieldColumns", "DateReading")
BILL = ("Saying", "RowKind", "Amounting")
DATA_SET = ("Turn", "Scorer")
APART = (
    *("Profile", *PROFILE, "UsageFormat", "BillFormat", *BILL),
    *("Header", "WrittenCase", *DATA_SET, "Scenario"),
)
"""Nouns that are no part of an operating model and have pages of their own."""
NESTED = (
    *("ToolServer", "ToolReturns", "AgentLimits"),
    *("AutonomyEvidence",),
    *("RemitLayer", "Budget", "PoolLimit", "ToolLimits", "Committee", "Ownership", "Chain"),
    *("OutcomeMetric", "Scores", "SunsetRule"),
    *(
        "AiActFacts",
        "Price",
        "ListPrice",
        "LongContext",
        "TierPrice",
        "GuardrailPrice",
        "DatedRate",
        "Billing",
        "Maker",
        "PromptMessage",
        "PromptVariable",
        "PromptParameters",
    ),
    *("Adoption", "History", "Origin", "Criterion", "RouteTarget", "RouteCondition"),
    *("IssuerRule", "TierRule", "Window", "Assignment"),
    *("Cost", "Economics", "PlatformCost", "Economy", "CachePoints"),
    *("IssuerRule", "SignIn", "TierRule", "Window", "Assignment", "StudyStep"),
    *("Needs", "UseCaseNeeds", "Weights", "Confidences", "RiskAppetite"),
)


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    default: str | None
    meaning: str


@dataclass(frozen=True)
class Noun:
    meaning: str
    fields: tuple[Field, ...]


def read_declared() -> tuple[dict[str, Noun], dict[str, str]]:
    """Read nouns with their fields, and types with their meaning, from the text of the modules.

    The text is read because a meaning stands under its field as a string, which costs nothing at run time.
    """
    nouns: dict[str, Noun] = {}
    meanings: dict[str, str] = {}
    for module in MODULES:
        body = ast.parse(inspect.getsource(module)).body
        for statement, after in zip(body, [*body[1:], None], strict=True):
            if isinstance(statement, ast.ClassDef) and module is not period and not _plain(statement):
                inherited = [field for base in statement.bases for field in _inherited(nouns, base)]
                nouns[statement.name] = Noun(
                    ast.get_docstring(statement) or "", (*inherited, *_fields(statement))
                )
            elif isinstance(statement, ast.Assign) and (meaning := _string(after)):
                name, value = ast.unparse(statement.targets[0]), ast.unparse(statement.value)
                if value.startswith("Literal["):
                    meaning += f" One of {words(ast.literal_eval(value.removeprefix('Literal')))}."
                if name.isalpha():
                    meanings[name] = meaning
    return nouns, meanings


def _plain(statement: ast.ClassDef) -> bool:
    """Say whether a class is a value that a declaration yields, and not one that anybody writes."""
    return not statement.bases or any(ast.unparse(base) == "msgspec.Struct" for base in statement.bases)


def _inherited(nouns: dict[str, Noun], base: ast.expr) -> tuple[Field, ...]:
    noun = nouns.get(ast.unparse(base))
    return noun.fields if noun else ()


def _string(statement: ast.stmt | None) -> str:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ""


def _fields(noun: ast.ClassDef) -> Iterator[Field]:
    for statement, after in zip(noun.body, [*noun.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign):
            name = ast.unparse(statement.target)
            meaning = _string(after)
            assert meaning, f"say under `{noun.name}.{name}` what it means; this page is made from it"
            default = ast.unparse(statement.value) if statement.value else None
            yield Field(name, ast.unparse(statement.annotation), default, meaning)


def _type(text: str, meanings: dict[str, str]) -> str:
    """Write a Python annotation in the words of the page."""
    text = text.removesuffix(" | None")
    if text.startswith("tuple["):
        return "list of " + _type(text[6:-1].removesuffix(", ..."), meanings)
    if text.startswith("dict["):
        key, _, value = text[5:-1].partition(", ")
        return f"mapping from {_type(key, meanings)} to {_type(value, meanings)}"
    if text.startswith("Literal["):
        return "one of " + words(ast.literal_eval(text.removeprefix("Literal")))
    if text == "str":
        return "text"
    known = {*meanings, *NESTED, *PROFILE, *BILL, *DATA_SET, "Organisation"}
    assert text in known, f"give the type `{text}` a meaning: a string under its name"
    if text == "Organisation":
        return "[Organisation](declarations.md#organisation)"
    if text == "PromptParameters":
        return "[PromptParameters](declarations.md#promptparameters)"
    return f"[{text}](#{text.lower() if text in (*NESTED, *PROFILE, *BILL, *DATA_SET) else 'types'})"


def _default(field: Field) -> str:
    if field.default is None:
        return "must be given"
    if field.default in ("None", "()", "{}") or field.default.endswith(("()", "(default_factory=dict)")):
        return "unset"
    value = ast.literal_eval(field.default.removeprefix("Decimal"))
    return words(value) if isinstance(value, tuple) else f"`{value}`"


def _section(title: str, noun: Noun, meanings: dict[str, str], *, more: str = "") -> list[str]:
    """Lay out one noun: its meaning and its fields."""
    body = ((f"`{f.name}`", _type(f.type, meanings), _default(f), f.meaning) for f in noun.fields)
    return [f"## {title}", noun.meaning, more, rows(["field", "type", "default", "what it means"], body)]


def _types(nouns: Iterable[Noun], meanings: dict[str, str]) -> str:
    """List the types that some nouns' fields have."""
    used = {word for noun in nouns for field in noun.fields for word in re.findall(r"\w+", field.type)}
    return rows(["type", "what is read"], ((name, meanings[name]) for name in sorted(used & set(meanings))))


def declarations_page() -> str:
    nouns, meanings = read_declared()
    assert {*SECTIONS, "blocks"} == set(load.SECTIONS), "describe each section in scripts/declarations.py"

    parts = [
        "An operating model is every `.yaml`, `.yml` and `.cedar` file in a directory and below; names that"
        " begin with a dot are left out. Each YAML file is a mapping from sections to declarations, and a"
        " section may be spread over files. An unknown field is a fault, never ignored. What is left out is"
        " unset.",
    ]
    for section, (name, how) in SECTIONS.items():
        parts += _section(f"`{section}:`", nouns[name], meanings, more=f"Declared {how}.")
    parts += [
        "## `blocks:`",
        "Building blocks, by an address that begins with the kind: " + words(f"{kind}/…" for kind in KINDS),
    ]
    for kind, name in KINDS.items():
        parts += _section(f"`{kind}/…`", nouns[name], meanings)
    parts += _section("`*.cedar`", nouns["Policy"], meanings, more=_POLICIES)
    parts += _section("`scenario:`", nouns["Scenario"], meanings, more=_SCENARIOS)
    for name in NESTED:
        parts += _section(name, nouns[name], meanings)
    shown = [noun for name, noun in nouns.items() if name not in APART]
    parts += ["## Types", _types(shown, meanings)]
    parts += [
        "## Limits",
        "All files of a directory together may hold 32 MiB, in at most 5,000 files. One value may have"
        " 100,000 characters. Mappings and lists may be nested 24 deep. At most 100 policies are read, of"
        " 10,000 characters each. Anchors, aliases, tags and second documents are refused. Every value is"
        " read as text first, so `NO` and `1.10` stay as they are.",
    ]
    return page("Declarations", *parts)


_SCENARIOS = (
    "A scenario is no part of an operating model. It is one YAML file with everything under `scenario:`,"
    " which [`remit portfolio select`](../concepts/portfolio.md) takes with `--what-if`."
)
_POLICIES = (
    "Policies stand in files whose name ends in `.cedar`. Every field but the text is an annotation, such as"
    ' `@owner("risk@example.com")`, and each policy needs `@id("…")`. What a policy can ask about stands in'
    " [policies.cedarschema](policies.cedarschema), and how policies are held to in"
    " [policies](../concepts/policies.md)."
)


def profiles_page() -> str:
    nouns, meanings = read_declared()
    parts = [
        "A profile says how to read a spreadsheet of use cases: `remit import inventory` takes it with"
        " `--profile`. It is one YAML file with everything under `profile:`. A new inventory needs a profile"
        " and no code. The one that ships, `omb-2024`, is an example.",
        *_section("`profile:`", nouns["Profile"], meanings),
    ]
    for name in PROFILE:
        parts += _section(name, nouns[name], meanings)
    shown = [nouns[name] for name in ("Profile", *PROFILE)]
    return page("Profiles of inventories", *parts, "## Types", _types(shown, meanings))


def formats_page() -> str:
    nouns, meanings = read_declared()
    parts = [
        "A format says how to read a file that somebody else wrote. It is one YAML file. A new export or bill"
        " needs a format and no code. For a provider's log of calls everything stands under `format:`, and"
        " `remit sprawl` takes it with `--format`; three ship: `bedrock-invocation-log`, `openai-usage` and"
        " `litellm-spend-logs`. For a bill everything stands under `bill:`, and `remit reconcile` takes it"
        " with `--format`; four ship: `focus`, `aws-cur-2`, `openai-costs` and `litellm-spend-logs`.",
        *_section("`format:`", nouns["UsageFormat"], meanings),
        *_section("`bill:`", nouns["BillFormat"], meanings),
    ]
    for name in BILL:
        parts += _section(name, nouns[name], meanings)
    shown = [nouns[name] for name in ("UsageFormat", "BillFormat", *BILL)]
    return page("Formats of exports and bills", *parts, "## Types", _types(shown, meanings))


def data_sets_page() -> str:
    nouns, meanings = read_declared()
    parts = [
        "A data set holds the cases of an evaluation; `remit evaluate` takes it with `--dataset`. It is YAML,"
        " if its name ends in `.yaml` or `.yml`, with the cases under `cases:` and beside them what holds for"
        " all. Any other file is JSON with a case on each line; the first line may be"
        ' `{"dataset": {…}}` and say what holds for all. A file has at most 10,000 cases and 32 million'
        " characters.",
        *_section("What holds for all", nouns["Header"], meanings),
        *_section("A case", nouns["WrittenCase"], meanings),
    ]
    for name in DATA_SET:
        parts += _section(name, nouns[name], meanings)
    shown = [nouns[name] for name in ("Header", "WrittenCase", *DATA_SET)]
    return page("Data sets", *parts, "## Types", _types(shown, meanings))


# ── JSON Schema ──

# Editors read YAML 1.2, where `16_000` is a text and `2026-11-23` as well.
_COUNT = [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": r"^\d{1,3}(_\d{3})+$"}]
_READ_AS: dict[str, Any] = {
    "Truth": {"type": "boolean"},
    "Count": {"anyOf": _COUNT},
    "Wait": {"anyOf": _COUNT},
    "Limit": {"anyOf": [*_COUNT, {"const": remit_layer.UNLIMITED}]},
    "Amount": {"type": "string", "pattern": r"^\d{1,18}(\.\d{1,12})? [A-Z]{3}$"},
    "Rate": {"type": "number", "minimum": 0},
    "Seconds": {"type": "number", "minimum": 0.1, "maximum": 3600},
    "RetryHours": {"type": "integer", "minimum": 0, "maximum": webhook.RETRY_HOURS_MAX},
    "TurnCount": {"type": "integer", "minimum": 1, "maximum": agent.TURNS_MAX},
    "ToolCallCount": {"type": "integer", "minimum": 1, "maximum": agent.TOOL_CALLS_MAX},
    "TokenCount": {"type": "integer", "minimum": 1, "maximum": agent.TOKENS_MAX},
    "Retries": {"type": "integer", "minimum": 0, "maximum": block.RETRIES_MAX},
    "Confidence": {"type": "number", "minimum": 0.5, "maximum": 0.999},
    "Present": {"const": True},
    "Temperature": {"type": "number", "minimum": 0, "maximum": 2},
    "Portion": {"type": "number", "minimum": 0, "maximum": 1},
    "SchemaText": {"type": "string", "maxLength": 20_000},
    "KeySet": {"type": "string", "maxLength": 20_000},
    "Hours": {"type": "integer", "minimum": 1, "maximum": approval.HOURS_MAX},
    "People": {"type": "integer", "minimum": 1, "maximum": approval.PEOPLE_MAX},
    "Level": {"type": "integer", "minimum": 1, "maximum": 5},
    "Score": {"type": "integer", "minimum": 0, "maximum": 5},
    "Months": {"type": "integer", "minimum": 1, "maximum": cost.MONTHS_MAX},
    "Figure": {"type": "number"},
    "Month": {"type": "integer", "minimum": 1, "maximum": 12},
    "RetentionDays": {"type": "integer", "minimum": 1, "maximum": 36_500},
    "EvidenceCount": {"type": "integer", "minimum": 1, "maximum": autonomy.COUNT_MAX},
    "EvidenceDays": {"type": "integer", "minimum": 1, "maximum": autonomy.DAYS_MAX},
    "EvidenceShare": {"type": "number", "minimum": 0, "maximum": 1},
    "ToolCalls": {"type": "integer", "minimum": 1, "maximum": 1_000},
    "Tokens": {"type": "integer", "minimum": 1, "maximum": 100_000_000},
    "SunsetDays": {"type": "integer", "minimum": 1, "maximum": sunset.DAYS_MAX},
    "ZoneName": {"type": "string"},
    "Day": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
    # A name such as `2026` is a number to an editor and a text to its field.
    "str": {"type": ["string", "number", "boolean"]},
}


_OR_ANY = {
    "Models": "tuple[BlockAddress, ...]",
    "Regions": "tuple[Region, ...]",
    "Tools": "dict[BlockAddress, ToolLimits]",
}


_BY_STAGE = {"stages": organisation.STAGES, "gates": gate.GATED, "approvals": approval.ASKED}
"""Sections that are not by id, and the names that they know."""


def schema() -> str:
    """Write the JSON Schema of one file of an operating model, for editors to complete and check."""
    nouns, _ = read_declared()
    sections: dict[str, Any] = {}
    for section, (noun, _) in SECTIONS.items():
        by_id = {"patternProperties": {declared.ID_PATTERN: _ref(noun)}, "additionalProperties": False}
        if section in _BY_STAGE:
            by_id = {"properties": dict.fromkeys(_BY_STAGE[section], _ref(noun))}
            by_id["additionalProperties"] = False
        sections[section] = _ref(noun) if section in SINGLE else {"type": "object", **by_id}
    kinds = {
        f"^{kind}/[a-z0-9][a-z0-9.-]*{declared.VERSION_PATTERN}$": _ref(noun) for kind, noun in KINDS.items()
    }
    sections["blocks"] = {"type": "object", "patternProperties": kinds, "additionalProperties": False}
    used = {noun for noun, _ in SECTIONS.values()} | {*KINDS.values(), *NESTED}
    body = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A file of a Remit operating model",
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "definitions": {name: _object(nouns[name]) for name in sorted(used)},
    }
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def _ref(noun: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{noun}"}


_ELSE = "Left out where"
"""What the meaning of a field says that other fields can say in its place."""


def _object(noun: Noun) -> dict[str, Any]:
    properties = {}
    for field in noun.fields:
        found = _schema_of(field.type.removesuffix(" | None"))
        # Draft 7 reads nothing beside a `$ref`.
        properties[field.name] = {
            "description": field.meaning,
            **({"allOf": [found]} if "$ref" in found else found),
        }
    return {
        "description": noun.meaning.partition("\n")[0],
        "type": "object",
        "properties": properties,
        "required": [
            field.name for field in noun.fields if field.default is None and _ELSE not in field.meaning
        ],
        "additionalProperties": False,
    }


def _schema_of(text: str) -> dict[str, Any]:
    if text.startswith("tuple["):
        return {"type": "array", "items": _schema_of(text[6:-1].removesuffix(", ..."))}
    if text.startswith("dict["):
        return {"type": "object", "additionalProperties": _schema_of(text[5:-1].partition(", ")[2])}
    if text.startswith("Literal["):
        return {"enum": list(ast.literal_eval(text.removeprefix("Literal")))}
    if text in NESTED:
        return _ref(text)
    if text in _OR_ANY:
        return {"anyOf": [{"const": "any"}, _schema_of(_OR_ANY[text])]}
    if text == "Guardrails":
        return _schema_of("dict[BlockAddress, Strengths]")
    if text == "Strengths":
        return _schema_of("dict[Word, Strength]")
    if text == "PoolLimits":
        one = {"anyOf": [*_COUNT, _ref("PoolLimit")]}
        many = {"type": "array", "items": one, "minItems": 1}
        return {"anyOf": [{"const": remit_layer.UNLIMITED}, *one["anyOf"], many]}
    if text == "Spend":
        budgets = {**_schema_of("tuple[Budget, ...]"), "minItems": 1}
        return {"anyOf": [{"const": remit_layer.UNLIMITED}, budgets]}
    return _READ_AS[text] if text in _READ_AS else _of_alias(text)


def _of_alias(name: str) -> dict[str, Any]:
    """Take a type's own constraints over: its words, its pattern, or its length."""
    [alias] = {getattr(module, name) for module in MODULES if hasattr(module, name)}
    if typing.get_origin(alias) is typing.Literal:
        return {"enum": list(typing.get_args(alias))}
    [bounds] = [each for each in typing.get_args(alias) if isinstance(each, StringConstraints)]
    if bounds.pattern is not None:
        return {"type": "string", "pattern": str(bounds.pattern)}
    return {**_READ_AS["str"], "minLength": bounds.min_length, "maxLength": bounds.max_length}
