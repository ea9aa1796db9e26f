"""Random values of the product's own kinds, and how many of them a property is tried on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, get_args

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from remit.declare.block import ModelBlock, RouteBlock
from remit.declare.declared import AGENCIES, AUTONOMIES, CAPTURES, DATA_CLASSES
from remit.declare.guardrail import HANDLINGS
from remit.declare.guardrail_price import UnitRate
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import STAGES
from remit.declare.price import ListPrice, ListRates, LongContext, Price, Rates, TierPrice
from remit.declare.remit_layer import BREACHES, RATE_FIELDS, STRENGTHS
from remit.declare.version import family
from remit.enforce.decision import Decision
from remit.enforce.guardrail.assess import Units
from remit.enforce.guardrail.noted import Noted
from remit.enforce.rate_limit import RateLimit
from remit.enforce.spend import Spend
from remit.enforce.tool.decision import ToolDecision
from remit.kernel.usage import Usage
from remit.record.access_entry import Access, AccessChange
from remit.record.advice_entry import AdviceTaken, SaidOtherwise
from remit.record.agent_entry import AgentRun
from remit.record.approval_entry import Approval, ApprovalRequest, Delegation
from remit.record.call_entry import Call, GuardrailCheck, Hold, Mark, Origin, Purpose, Refusal
from remit.record.decided import (
    Adjustment,
    Apply,
    Changed,
    ChangedField,
    FindingReview,
    KeyChange,
    KillSwitch,
    PeriodClosed,
    StageChange,
)
from remit.record.dossier_entry import Evaluation, Evidence, GateReview, Scored, Shown, Waiver
from remit.record.entry import Entry
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.keeping import (
    CaptureErased,
    CaptureShown,
    LetGo,
    Recovery,
    Seal,
    SealKey,
    TrainingSetExported,
)
from remit.record.knowledge_entry import KnowledgeChange, MemoryErased
from remit.record.outcome_entry import Checked, Outcome, StudyRegistered, StudyResult
from remit.record.tool_entry import TARGET_CLASSES, Before, ToolCalled

# No wall clock and nothing kept on disk: a run depends on its seed alone, which pytest prints.
settings.register_profile(
    "core", max_examples=50, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("core")
COSTLY = settings(max_examples=25)
"""For properties over whole operating models."""

ZONES = (
    "UTC",
    "Europe/Amsterdam",
    "America/New_York",
    "America/Santiago",  # summer time begins at midnight
    "Africa/Cairo",  # likewise
    "Asia/Kolkata",  # half an hour off
    "Asia/Kathmandu",  # a quarter of an hour off
    "Australia/Lord_Howe",  # summer time is half an hour
    "Pacific/Apia",  # thirteen hours ahead
    "America/Nuuk",  # clocks change on the evening before
)
UNITS = ("harbour", "claims", "motor", "home")
MODELS = ("model/a", "model/b", "model/c", "model/d@1", "model/d@2")
NAMES = (*MODELS, "model/d")
TOOLS = ("tool/a", "tool/b", "tool/b@1", "tool/b@2")
GUARDRAILS = ("guardrail/a", "guardrail/b", "guardrail/b@1")

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
instants = st.integers(0, 20 * 365 * 86_400 * 10).map(lambda tenths: _SINCE + timedelta(seconds=tenths / 10))
days = st.dates(min_value=date(2026, 1, 1), max_value=date(2040, 1, 1))
amounts = st.decimals(min_value=0, max_value=10**6, places=6)
rates = st.decimals(min_value=0, max_value=1000, places=9)
tokens = st.integers(min_value=0, max_value=10**6)
periods = st.sampled_from(("day", "month", "year"))
counts = st.integers(min_value=0, max_value=10**9)


# Texts as declared text holds them: any language, and what means something to YAML.
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.sampled_from(" :#-'\"\n"), max_size=12
)
trees: st.SearchStrategy[Any] = st.recursive(
    words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_kinds = {
    "input": rates,
    "output": rates,
    "cache_read": maybe(rates),
    "cache_write": maybe(rates),
    "cache_write_1h": maybe(rates),
}
bands = st.lists(st.integers(1, 10**6), max_size=2, unique=True).flatmap(
    lambda above: st.tuples(
        *(
            st.builds(LongContext, above=st.just(each), **_kinds, list=maybe(st.builds(ListPrice, **_kinds)))
            for each in sorted(above)
        )
    )
)
tier_prices = st.builds(TierPrice, factor=rates) | st.builds(TierPrice, **_kinds, long_context=bands)
flat_prices = st.builds(Price, starts=st.just(date(2020, 1, 1)), **_kinds)
prices = st.builds(
    Price,
    starts=st.just(date(2020, 1, 1)),
    **_kinds,
    long_context=st.just(()) | bands,
    tiers=st.just({}) | st.dictionaries(st.sampled_from(("batch", "flex", "priority")), tier_prices),
    list=maybe(st.builds(ListPrice, **_kinds)),
    commitment=maybe(st.just("commitment-1")),
)
usages = st.builds(
    Usage,
    input_tokens=tokens,
    output_tokens=tokens,
    cache_read_tokens=tokens,
    cache_write_tokens=tokens,
    cache_write_1h_tokens=tokens,
    reasoning_tokens=tokens,
)
REGIONS = ("eu", "nl", "us")
APPROVALS = ("answers", "tool_reads", "tool_writes")
strengths = st.dictionaries(st.sampled_from(("HATE", "PROMPT_ATTACK")), st.sampled_from(STRENGTHS))
limits = st.just("unlimited") | st.integers(min_value=0, max_value=5000)
tool_limits = st.dictionaries(st.sampled_from(("calls_per_run", "calls_per_day")), limits)
spends = st.builds(
    Spend,
    pool=st.sampled_from(("organisation", "unit/claims", "use-case/triage")),
    per=periods,
    limit=amounts,
    owner=st.sampled_from(("a@example.com", "b@example.com")),
    each=st.sampled_from(("", "key", "agent")),
    on_breach=st.sampled_from(BREACHES),
)
rate_limits = st.builds(
    RateLimit,
    pool=st.sampled_from(("organisation", "unit/claims", "use-case/triage")),
    each=st.sampled_from(("", "key", "agent")),
    limit=st.integers(0, 5000),
    owner=st.sampled_from(("a@example.com", "b@example.com")),
)


# A strategy is made once and not at each draw: making it, and having it checked, costs more than drawing.
_shares = maybe(st.sampled_from(("key", "agent", "use_case")))
_at_most = st.integers(0, 5000)
_ways = st.integers(0, 4)
_budgets = st.dictionaries(
    st.tuples(periods, _shares), st.tuples(amounts, st.sampled_from(BREACHES)), max_size=3
)


@st.composite
def pool_limits(draw: st.DrawFn) -> Any:
    """Draw what a layer declares as a limit on calls, in each of the ways that it can be written."""
    each = draw(_shares)
    one = {"limit": str(draw(_at_most)), **({"each": each} if each else {})}
    return ("unlimited", "60", one, [one], ["60", {"limit": "5", "each": "key"}])[draw(_ways)]


@st.composite
def budget_lists(draw: st.DrawFn) -> Any:
    """Draw what a layer declares as `spend`: some budgets, each once."""
    found = draw(_budgets)
    # In a stage's or a use case's layer both are the same budget.
    found = {key: value for key, value in found.items() if key[1] or (key[0], "use_case") not in found}
    return [
        {"limit": f"{limit:f} EUR", "per": per, "on_breach": breach, **({"each": each} if each else {})}
        for (per, each), (limit, breach) in found.items()
    ] or "unlimited"


def _written(value: Any) -> Any:
    return "true" if value is True else "false" if value is False else str(value)


def _uncovered(names: Any) -> Any:
    """A layer names no version beside its name, which `check` sees to."""
    kept = [name for name in names if family(name) == name or family(name) not in names]
    return {name: names[name] for name in kept} if isinstance(names, dict) else type(names)(kept)


def _each_once(found: list[Any]) -> tuple[Any, ...]:
    """A layer has a limit for the same ones and the same period once, which `check` sees to."""
    return tuple(sorted({limit.id: limit for limit in found}.values()))


_LAYER: dict[str, st.SearchStrategy[Any]] = {
    "calls": maybe(st.booleans().map(_written)),
    "models": maybe(
        st.just("any") | st.lists(st.sampled_from(NAMES), max_size=4, unique=True).map(_uncovered)
    ),
    "data_class_max": maybe(st.sampled_from(DATA_CLASSES)),
    "spend": maybe(budget_lists()),
    "input_tokens_max": maybe(limits.map(str)),
    "output_tokens_max": maybe(limits.map(str)),
    "time_box_days": maybe(limits.map(str)),
    "expires": maybe(days.map(date.isoformat)),
    "regions": maybe(st.just("any") | st.lists(st.sampled_from(REGIONS), unique=True)),
    "private_connection": maybe(st.booleans().map(_written)),
    "requests_per_minute": maybe(pool_limits()),
    "tokens_per_minute": maybe(pool_limits()),
    "concurrency_max": maybe(pool_limits()),
    "guardrails": maybe(st.dictionaries(st.just("guardrail/base"), strengths, max_size=1)),
    "tools": maybe(st.just("any") | st.dictionaries(st.sampled_from(TOOLS), st.just({})).map(_uncovered)),
    "capture_max": maybe(st.sampled_from(CAPTURES)),
    "training": maybe(st.booleans().map(_written)),
    "cache_minutes": maybe(counts.map(str)),
}
_STATED: dict[str, st.SearchStrategy[Any]] = {
    "calls": maybe(st.booleans()),
    "models": maybe(st.just("any") | st.frozensets(st.sampled_from(NAMES)).map(_uncovered)),
    "data_class_max": maybe(st.sampled_from(DATA_CLASSES)),
    "spend": maybe(st.lists(spends, max_size=4).map(_each_once)),
    "input_tokens_max": maybe(limits),
    "output_tokens_max": maybe(limits),
    "time_box_days": maybe(limits),
    "expires": maybe(days),
    "regions": maybe(st.just("any") | st.frozensets(st.sampled_from(REGIONS))),
    "private_connection": maybe(st.booleans()),
    "users_max": maybe(limits),
    "retention_days": maybe(limits),
    "guardrails": maybe(st.dictionaries(st.sampled_from(GUARDRAILS), strengths)),
    "tools": maybe(st.just("any") | st.dictionaries(st.sampled_from(TOOLS), tool_limits).map(_uncovered)),
    "approvals": maybe(st.frozensets(st.sampled_from(APPROVALS))),
    "autonomy_max": maybe(st.sampled_from(AUTONOMIES)),
    "agency_max": maybe(st.sampled_from(AGENCIES)),
    "autonomy_evidence": maybe(
        st.fixed_dictionaries(
            {}, optional=dict.fromkeys(("approvals", "calls", "days", "denials_max"), counts)
        )
    ),
    "capture_max": maybe(st.sampled_from(CAPTURES)),
    "training": maybe(st.booleans()),
    "cache_minutes": maybe(counts),
    **dict.fromkeys(RATE_FIELDS, maybe(st.lists(rate_limits, max_size=4).map(_each_once))),
}


@cache
@st.composite
def layers(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a layer as it is declared; each field may be left out."""
    drawn = {name: draw(values) for name, values in _LAYER.items()}
    return {name: value for name, value in drawn.items() if value is not None}


@cache
@st.composite
def stated_fields(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the fields that a layer states, as the resolution of remits sees them."""
    drawn = {name: draw(values) for name, values in _STATED.items()}
    return {name: value for name, value in drawn.items() if value is not None}


STATED: dict[str, Any] = {
    "data_class": "internal",
    "personal_data": "false",
    "agency": "none",
    "impact": "neither",
    "ai_act": {
        "area": "none",
        "practices": [],
        "general_purpose": "none",
        **dict.fromkeys(
            (
                *("people_interact", "generates_content", "decides_on_people"),
                *("profiles_people", "safety_component"),
            ),
            "false",
        ),
    },
}
"""What is stated of a use case that nothing can go wrong with: no fact is left open."""


def model_block(**changes: Any) -> ModelBlock:
    """Make a model block that can be called: 1 EUR for a million tokens in, 2 EUR out."""
    declared = {
        "name": "A model",
        "provider": "echo",
        "context_tokens": 4096,
        "output_tokens_max": 1000,
        "data_class_max": "restricted",
        "prices": [{"starts": "2020-01-01", "input": "1", "output": "2"}],
    }
    return ModelBlock.model_validate({**declared, **changes})


def route_block(*targets: dict[str, Any], **changes: Any) -> RouteBlock:
    """Make a route; whole numbers are written as they are declared."""
    written = [
        {name: str(value) if isinstance(value, int) else value for name, value in target.items()}
        for target in targets
    ]
    return RouteBlock.model_validate({"name": "A route", "targets": written, **changes})


def operating_model(**sections: Any) -> OperatingModel:
    """Make a small operating model: two units, one above the other, and one use case."""
    declared: dict[str, Any] = {
        "organisation": {"name": "Harbour", "contact": "head@example.com", "currency": "EUR"},
        "units": {
            "claims": {"name": "Claims", "lead": "claims@example.com"},
            "motor": {"name": "Motor", "parent": "claims"},
        },
        "use_cases": {"triage": {"name": "Triage", "unit": "motor", "purpose": "Sort claims."}},
        "blocks": {
            **{address: model_block() for address in MODELS},
            "guardrail/base": {"name": "Baseline"},
            **{tool: {"name": "A tool", "effect": "reads"} for tool in TOOLS if tool != "tool/b"},
        },
        "providers": {"echo": {"technology": "echo"}},
    }
    return OperatingModel.model_validate({**declared, **sections})


_leads = {name: maybe(st.just(f"{name}@example.com")) for name in UNITS}
_how_many = st.integers(1, len(UNITS))
_some_stages = st.lists(st.sampled_from(STAGES), unique=True)


@cache
def _one_of(units: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(units)


@cache
def _none_or_one_of(units: tuple[str, ...]) -> st.SearchStrategy[str | None]:
    return maybe(_one_of(units))


@cache
@st.composite
def operating_models(draw: st.DrawFn) -> OperatingModel:
    """Draw a tree of units with use cases, and layers of all kinds over them."""
    units: dict[str, Any] = {}
    for name in UNITS[: draw(_how_many)]:
        parent = draw(_none_or_one_of(tuple(sorted(units)))) if units else None
        lead = draw(_leads[name])
        fields = {"name": name, "parent": parent, "lead": lead, "remit": draw(layers())}
        units[name] = {key: value for key, value in fields.items() if value is not None}
    case = {"name": "Triage", "purpose": "Sort claims.", "remit": draw(layers())}
    cases = {name: {**case, "unit": draw(_one_of(tuple(sorted(units))))} for name in ("triage", "letters")}
    stages = {name: {"description": name, "remit": draw(layers())} for name in draw(_some_stages)}
    contact = {"name": "Harbour", "contact": "head@example.com", "currency": "EUR", "remit": draw(layers())}
    return operating_model(organisation=contact, units=units, use_cases=cases, stages=stages)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


MOMENT = utc(2026, 11, 23, 12)
A_DAY = timedelta(days=1)

names = st.text("abcdefgh-", min_size=1, max_size=8)
texts = st.text(max_size=20)
currencies = st.sampled_from(("EUR", "USD"))
money_written = amounts | st.sampled_from((Decimal("1E+3"), Decimal("0.000000001"), Decimal("0.10")))
purposes = st.builds(
    Purpose,
    key=names,
    use_case=st.sampled_from(("triage", "letters")),
    unit=st.sampled_from(UNITS),
    stage=st.sampled_from(STAGES),
    model=st.sampled_from(MODELS),
    model_version=counts,
    remit=names,
    agent=texts,
    asked=st.sampled_from(("", *MODELS)),
)
charge_rates = st.builds(
    Rates,
    starts=days,
    **_kinds,
    list=maybe(st.builds(ListRates, **_kinds)),
    commitment=st.sampled_from(("", "commitment-1")),
    source=st.sampled_from(("", "list of 2026-01-01")),
    tier=st.sampled_from(("", "flex")),
    above=st.sampled_from((0, 200_000)),
)
account_names = st.lists(
    st.sampled_from(("organisation:month:2026-11-01", "unit/claims:day:2026-11-23")), unique=True
)
decisions = st.builds(
    Decision,
    st.just("deny"),
    st.sampled_from(("no-budget", "unknown-key")),
    *(texts, texts, names, names),
    retry_after=maybe(st.integers(1, 120)),
)
headers = {"id": names, "at": instants}
guards = st.dictionaries(st.sampled_from(GUARDRAILS), st.sampled_from(("none", "anonymize", "block")))
findings = st.lists(
    st.builds(
        Noted,
        side=st.sampled_from(("input", "output")),
        policy=st.sampled_from(("content", "sensitive")),
        type=st.sampled_from(("EMAIL", "PROMPT_ATTACK")),
        trust=st.sampled_from(("person", "tool")),
        action=st.sampled_from(("none", "anonymize", "block")),
        count=counts,
        kind=st.sampled_from(("", "JAILBREAK")),
        guardrails=guards,
        shadow=guards,
        marks=st.lists(st.sampled_from(("m1", "m2", "m3")), max_size=2, unique=True).map(tuple),
    ),
    max_size=3,
).map(tuple)
origins = st.builds(
    Origin,
    wire=st.sampled_from(("", "openai.chat", "anthropic.messages")),
    operation=st.sampled_from(("chat", "embeddings")),
    run=st.just("") | names,
    trace=st.just("") | names,
    asked_digest=st.just("") | names,
    prefix=st.just("") | st.just("q83vEjRWeJA"),
    prompt_bytes=counts,
    tools_bytes=counts,
    system_bytes=counts,
    before_bytes=counts,
    place_digests=st.just("") | st.just("q83vEjRWeJA"),
)
came = {"origin": st.just(Origin()) | origins}
prompts = st.sampled_from(("", "prompt/letter@2"))
batches = {"batch": st.sampled_from(("", "batch_1")), "batch_line": st.integers(0, 9)}
holds = st.builds(
    Hold,
    **headers,
    purpose=purposes,
    provider=names,
    simulated=st.booleans(),
    accounts=account_names.map(tuple),
    amount=money_written,
    currency=currencies,
    rates=charge_rates,
    input_tokens_estimate=counts,
    output_tokens_max=counts,
    policies_noted=st.lists(names, max_size=2).map(tuple),
    prompt_block=prompts,
    findings=findings,
    **batches,
    **came,
)
marks = st.builds(Mark, **headers, output_tokens=counts)
calls = st.builds(
    Call,
    **headers,
    purpose=purposes,
    provider=names,
    simulated=st.booleans(),
    served_model=texts,
    streamed=st.booleans(),
    status=st.sampled_from(("completed", "hung_up", "failed", "interrupted", "blocked")),
    settlement=st.sampled_from(("post", "void")),
    usage=usages,
    usage_estimated=st.booleans(),
    accounts=account_names.map(tuple),
    held=money_written,
    charge=money_written,
    currency=currencies,
    rates=charge_rates,
    began=instants,
    latency_ms=counts,
    first_token_ms=maybe(counts),
    stop_reason=maybe(st.sampled_from(("stop", "length"))),
    fault=maybe(names),
    reference=maybe(texts),
    policies_noted=st.lists(names, max_size=2).map(tuple),
    prompt_block=prompts,
    cached=st.just("") | names,
    saved=money_written,
    hedge_of=st.sampled_from(("", "", "c-other")),
    judges=st.sampled_from(("", "", "c-other")),
    findings=findings,
    list_charge=maybe(money_written),
    given_digest=st.just("") | names,
    tier=st.sampled_from(("", "flex")),
    output_tokens_max=counts,
    **batches,
    **came,
)
refusals = st.builds(
    Refusal,
    **headers,
    decision=decisions,
    purpose=maybe(purposes),
    repeated=st.integers(0, 50),
    findings=findings,
    judges=st.sampled_from(("", "", "c-other")),
)
guardrail_checks = st.builds(
    GuardrailCheck,
    **headers,
    purpose=purposes,
    side=st.sampled_from(("input", "output")),
    action=st.sampled_from(HANDLINGS),
    guardrails=st.dictionaries(names, names, max_size=2),
    findings=findings,
    units=st.builds(Units, **dict.fromkeys(Units.__struct_fields__, counts)),
    characters=counts,
    latency_ms=counts,
    reference=maybe(texts),
    judges=st.sampled_from(("", "c-other")),
)
guardrail_charges = st.builds(
    GuardrailCharge,
    **headers,
    purpose=purposes,
    guardrail=names,
    custom=names,
    side=st.sampled_from(("input", "output")),
    characters=counts,
    units=counts,
    rate=st.builds(UnitRate, starts=st.dates(), per_1000_units=money_written, source=texts),
    charge=money_written,
    currency=currencies,
    judges=names,
)
agent_runs = st.builds(
    AgentRun,
    **headers,
    run=names,
    agent=names,
    use_case=names,
    unit=names,
    stage=names,
    key=names,
    status=st.sampled_from(("begun", "waiting", "completed", "stopped")),
    part=texts,
    handed_by=names,
    turns=st.integers(0, 100),
    tokens=st.integers(0, 10**6),
    charge=st.decimals(0, 10, places=4),
    currency=st.just("EUR"),
    limit=names,
    rule=names,
    fault=names,
    stop_ms=st.none() | st.integers(0, 1000),
)
tool_calls = st.builds(
    ToolCalled,
    **headers,
    purpose=purposes,
    tool=st.sampled_from(TOOLS),
    pin=names,
    run=names,
    step=texts,
    level=st.sampled_from(AUTONOMIES),
    decision=st.builds(
        ToolDecision, st.sampled_from(("allow", "ask", "deny")), names, texts, texts, names, names
    ),
    policies_noted=st.lists(names, max_size=2).map(tuple),
    status=st.sampled_from(("refused", "waiting", "completed", "failed", "unknown")),
    meant_digest=names,
    given_digest=names,
    result_digest=names,
    result_characters=counts,
    approval=names,
    claim=names,
    target_class=st.sampled_from(TARGET_CLASSES),
    before=maybe(
        st.builds(
            Before,
            tainted=st.booleans(),
            data_class=st.sampled_from(DATA_CLASSES),
            asked=st.booleans(),
            targets_known=st.booleans(),
            names_another=st.booleans(),
            calls=counts,
        )
    ),
    targets=counts,
    records=counts,
    money=money_written,
    charge=money_written,
    currency=currencies,
    began=instants,
    latency_ms=counts,
    fault=names,
    tainted=st.booleans(),
    data_class=st.sampled_from(DATA_CLASSES),
    guardrails=st.dictionaries(names, names, max_size=2),
    findings=findings,
    reference=maybe(texts),
)
applies = st.builds(
    Apply,
    **headers,
    model_version=counts,
    digest=names,
    author=names,
    reason=texts,
    created=counts,
    changed=counts,
    removed=counts,
    previous=names,
    changes=st.lists(
        st.builds(
            Changed,
            action=st.sampled_from(("create", "change", "retire")),
            address=names,
            fields=st.lists(
                st.builds(ChangedField, path=names, before=maybe(texts), after=maybe(texts)), max_size=2
            ).map(tuple),
            more_fields=counts,
        ),
        max_size=3,
    ).map(tuple),
    plan=names,
    restores=counts,
    request=st.just("") | names,
    approvals=st.lists(names, max_size=2).map(tuple),
)
stage_changes = st.builds(
    StageChange,
    **headers,
    use_case=names,
    stage=st.sampled_from(STAGES),
    since=days,
    author=names,
    basis=st.sampled_from(("declared", "adopted")),
) | st.builds(
    StageChange,
    **headers,
    use_case=names,
    stage=st.sampled_from(STAGES),
    since=days,
    author=names,
    basis=st.sampled_from(("reviewed", "narrowed")),
    review=names,
    until=instants,
    falls_to=st.sampled_from(STAGES),
    reason=texts,
)
key_changes = st.builds(
    KeyChange,
    **headers,
    change=st.sampled_from(("issued", "revoked")),
    key=names,
    use_case=names,
    author=names,
    hash=names,
    expires=maybe(instants),
    agent=texts,
)
finding_reviews = st.builds(
    FindingReview,
    **headers,
    mark=st.sampled_from(("m1", "m2", "m3")),
    use_case=names,
    type=names,
    guardrails=st.lists(names, max_size=2).map(tuple),
    verdict=st.sampled_from(("false_positive", "confirmed")),
    author=names,
    reason=texts,
)
recoveries = st.builds(Recovery, **headers, bytes_set_aside=counts)
kill_switches = st.builds(
    KillSwitch,
    **headers,
    address=st.sampled_from(("all", "unit/desk", "use-case/pilot", "model/echo")),
    on=st.booleans(),
    author=names,
    reason=names,
)
adjustments = st.builds(
    Adjustment,
    **headers,
    reason=st.sampled_from(("discount", "price", "purchase", "rounding")),
    note=names,
    since=days,
    until=days,
    amount=money_written.map(lambda amount: -amount) | money_written,
    currency=currencies,
    cost=st.sampled_from(("billed", "effective", "both")),
    use_case=st.just("") | names,
    model=st.sampled_from(("", "model/echo")),
    corrects=st.just("") | names,
    source=st.just("") | names,
    author=names,
)
captures_erased = st.builds(
    CaptureErased,
    **headers,
    use_case=names,
    key=names,
    captures=counts,
    calls=st.lists(names, max_size=2).map(tuple),
    basis=st.sampled_from(("request", "retention")),
    author=names,
    reason=names,
)
knowledge_changes = st.builds(
    KnowledgeChange,
    **headers,
    knowledge=names,
    document=names,
    change=st.sampled_from(("added", "replaced", "removed")),
    version=counts,
    digest=names,
    chunks=counts,
    characters=counts,
    data_class=st.sampled_from(("public", "internal")),
    readers=st.lists(names, max_size=2).map(tuple),
    author=names,
)
memories_erased = st.builds(
    MemoryErased,
    **headers,
    use_case=names,
    memories=counts,
    basis=st.sampled_from(("request", "retention")),
    author=names,
    reason=names,
)
captures_shown = st.builds(CaptureShown, **headers, use_case=names, call=names, author=names)
training_sets_exported = st.builds(
    TrainingSetExported,
    **headers,
    use_case=names,
    format=names,
    model_version=counts,
    consent=names,
    examples=counts,
    held_back=counts,
    calls=st.lists(names, max_size=2).map(tuple),
    digest=names,
    held_back_digest=st.just("") | names,
    left_out=st.dictionaries(names, counts, max_size=2),
    simulated=st.booleans(),
    author=names,
)
seal_keys = st.builds(
    SealKey, **headers, key=names, public=names, previous=st.just("") | names, endorsement=names, author=names
)
seals = st.builds(
    Seal,
    **headers,
    number=counts,
    journal=names,
    first=counts,
    lines=counts,
    offset=counts,
    bytes=counts,
    after=names,
    hash=names,
    root=names,
    previous=names,
    key=names,
    signature=names,
)
let_goes = st.builds(LetGo, **headers, journal=names, lines=counts, bytes=counts, hash=names, author=names)
roles = st.lists(st.sampled_from(("risk-owner", "unit-lead")), max_size=2, unique=True).map(tuple)
shares = st.decimals(min_value=0, max_value=1, places=4)
evidences = st.builds(
    Evidence,
    **headers,
    use_case=st.just("") | names,
    unit=st.sampled_from(("", *UNITS)),
    source=st.sampled_from(("attestation", "value_study")),
    about=st.lists(names, max_size=2).map(tuple),
    measure=st.just("") | names,
    value=maybe(shares),
    low=maybe(shares),
    high=maybe(shares),
    sure=maybe(shares),
    shown=days,
    expires=maybe(days),
    statement=texts,
    link=texts,
    digest=st.just("") | names,
    withdraws=st.just("") | names,
    owner=names,
    author=names,
)
evaluations = st.builds(
    Evaluation,
    **headers,
    use_case=names,
    measure=st.sampled_from(("pass_rate", "attack_success_rate")),
    dataset=names,
    dataset_digest=names,
    live=st.booleans(),
    stage=st.sampled_from(STAGES),
    model_version=counts,
    run=names,
    began=instants,
    results=st.lists(
        st.builds(
            Scored,
            release=names,
            model=st.sampled_from(MODELS),
            prompt_block=st.just("") | names,
            parameters=st.dictionaries(names, names, max_size=2),
            cases=counts,
            passed=counts,
            scorers=st.dictionaries(names, counts, max_size=2),
            charge=money_written,
            simulated=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    judges=st.lists(names, max_size=1).map(tuple),
    details=names,
    currency=currencies,
    author=names,
)
gate_reviews = st.builds(
    GateReview,
    **headers,
    use_case=names,
    stage=st.sampled_from(STAGES),
    into=st.sampled_from(STAGES),
    outcome=st.sampled_from(("proceed", "pivot", "halt")),
    by_policy=st.booleans(),
    tier=st.sampled_from(("low", "high")),
    gate=names,
    model_version=counts,
    shown=st.lists(
        st.builds(
            Shown,
            id=names,
            status=st.sampled_from(("met", "not_met", "stale", "missing", "waived")),
            threshold=texts,
            value=maybe(shares),
            sure=maybe(shares),
            at=maybe(instants),
            entries=st.lists(names, max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    request=st.just("") | names,
    approvals=st.lists(names, max_size=2).map(tuple),
    waivers=st.lists(names, max_size=2).map(tuple),
    releases=st.lists(names, max_size=2).map(tuple),
    reason=texts,
    author=names,
)
waivers = st.builds(
    Waiver,
    **headers,
    use_case=names,
    into=st.sampled_from(STAGES),
    criterion=names,
    residual_risk=texts,
    accepted_by=names,
    role=names,
    tier=st.sampled_from(("low", "high")),
    expires=days,
    request=st.just("") | names,
    revoked=st.just("") | names,
    author=names,
)
about = st.sampled_from(("gate", "waiver", "apply", "budget", "tool"))
approval_requests = st.builds(
    ApprovalRequest,
    **headers,
    about=about,
    use_case=st.just("") | names,
    unit=st.sampled_from(("", *UNITS)),
    stage=st.sampled_from(("", *STAGES)),
    subject=names,
    digest=names,
    summary=texts,
    stakes=st.lists(texts, max_size=2).map(tuple),
    tier=st.sampled_from(("", "low", "high")),
    roles=roles,
    people=st.integers(1, 3),
    barred=st.lists(names, max_size=2).map(tuple),
    deadline=instants,
    escalates_to=st.just("") | names,
    expires=instants,
    stood_in=roles,
    reminders=st.lists(instants, max_size=2).map(tuple),
    evidence=st.lists(names, max_size=2).map(tuple),
    reason=texts,
    author=names,
)
approvals = st.builds(
    Approval,
    **headers,
    request=names,
    about=about,
    use_case=st.just("") | names,
    digest=names,
    said=st.sampled_from(("approved", "denied", "withdrawn")),
    role=names,
    on_behalf_of=st.just("") | names,
    in_place_of=st.just("") | names,
    batch=st.just("") | names,
    reason=texts,
    author=names,
)
delegations = st.builds(
    Delegation,
    **headers,
    holder=names,
    to=names,
    roles=roles,
    since=instants,
    until=instants,
    ends=st.just("") | names,
    reason=texts,
    author=names,
)
accesses = st.builds(
    Access,
    **headers,
    change=st.sampled_from(get_args(AccessChange)),
    ref=names,
    person=names,
    author=names,
    until=st.none() | instants,
    issuer=st.just("") | names,
)
advice_taken = st.builds(
    AdviceTaken,
    **headers,
    advice=names,
    way=names,
    use_case=names,
    unit=names,
    about=st.just("") | names,
    since=days,
    until=days,
    calls=st.integers(0, 10**9),
    charged=amounts,
    a_month=amounts,
    low=amounts,
    high=amounts,
    currency=st.just("EUR"),
    edits=st.lists(st.builds(SaidOtherwise, names, names, st.just("") | names), max_size=2).map(tuple),
    by_hand=st.booleans(),
    author=names,
)
figures = st.floats(-1e6, 1e6, allow_nan=False)
outcomes = st.builds(
    Outcome,
    **headers,
    use_case=names,
    metric=names,
    value=shares,
    happened=instants,
    source=names,
    key=names,
    reference=st.just("") | names,
    arm=st.sampled_from(("", "treated", "control")),
    cluster=st.just("") | names,
    before=maybe(shares),
    count=counts,
    withdrawn=st.booleans(),
    simulated=st.booleans(),
    author=names,
)
periods_closed = st.builds(
    PeriodClosed,
    **headers,
    period=names,
    since=days,
    until=days,
    digest=names,
    total=amounts,
    currency=st.just("EUR"),
    units=st.dictionaries(names, amounts, max_size=2),
    rest=amounts,
    booked=st.dictionaries(names, amounts, max_size=2),
    unpriced=counts,
    despite=texts,
    model_version=counts,
    author=names,
)
studies_registered = st.builds(
    StudyRegistered,
    **headers,
    study=names,
    version=counts,
    digest=names,
    use_case=names,
    metric=names,
    estimator=names,
    starts=days,
    late=st.booleans(),
    model_version=counts,
    author=names,
)
study_results = st.builds(
    StudyResult,
    **headers,
    study=names,
    version=counts,
    use_case=names,
    metric=names,
    estimator=names,
    grade=st.sampled_from(("claimed", "experiment")),
    effect=figures,
    low=maybe(figures),
    high=maybe(figures),
    sure=figures,
    baseline=figures,
    treated=counts,
    untreated=counts,
    clusters=counts,
    checks=st.lists(
        st.builds(Checked, name=names, holds=maybe(st.booleans()), said=texts, blocks=st.booleans()),
        max_size=2,
    ).map(tuple),
    refused=st.booleans(),
    details=st.dictionaries(names, figures, max_size=2),
    outcomes=counts,
    outcomes_digest=names,
    known=instants,
    simulated=st.booleans(),
    author=names,
)
ENTRIES: dict[type[Entry], st.SearchStrategy[Any]] = {
    Hold: holds,
    Mark: marks,
    Call: calls,
    Refusal: refusals,
    GuardrailCheck: guardrail_checks,
    GuardrailCharge: guardrail_charges,
    ToolCalled: tool_calls,
    AgentRun: agent_runs,
    Apply: applies,
    StageChange: stage_changes,
    KeyChange: key_changes,
    FindingReview: finding_reviews,
    KillSwitch: kill_switches,
    Adjustment: adjustments,
    PeriodClosed: periods_closed,
    Evidence: evidences,
    Evaluation: evaluations,
    GateReview: gate_reviews,
    Waiver: waivers,
    ApprovalRequest: approval_requests,
    Approval: approvals,
    Delegation: delegations,
    AdviceTaken: advice_taken,
    Outcome: outcomes,
    StudyRegistered: studies_registered,
    StudyResult: study_results,
    KnowledgeChange: knowledge_changes,
    MemoryErased: memories_erased,
    CaptureErased: captures_erased,
    CaptureShown: captures_shown,
    TrainingSetExported: training_sets_exported,
    SealKey: seal_keys,
    Seal: seals,
    LetGo: let_goes,
    Recovery: recoveries,
    Access: accesses,
}
entries: st.SearchStrategy[Any] = st.one_of(*ENTRIES.values())
