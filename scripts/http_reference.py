"""The reference of what is served over HTTP, and the status with which each code leaves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Set
from typing import Any, cast

from error_codes import FAULT, MALFORMED, REFUSAL, codes
from markdown import page, rows, words
from remit.decide.outcome_row import OutcomeRow
from remit.enforce.attempts import REFUSED_MAX
from remit.enforce.decision import Decision
from remit.gateway import (
    answer,
    anthropic_messages,
    anthropic_shapes,
    bedrock,
    bedrock_converse,
    bedrock_guardrail,
    bedrock_invoke,
    files_and_batches,
    openai_batches,
    openai_chat,
    openai_embeddings,
    openai_files,
    openai_responses,
)
from remit.gateway import app as gateway
from remit.gateway.guardrail_call import GUARDRAIL, GUARDRAILS_MAX
from remit.gateway.http import STATUS
from remit.gateway.origin import RUN, RUN_MAX, TRACE
from remit.gateway.prompt_call import HEADER_CHARACTERS_MAX, NAME, VARIABLES
from remit.gateway.reading import USER_MAX
from remit.kernel import errors
from remit.operations.refused import Refused
from remit.operations.wait_for_room import WAIT_S_MAX
from remit.portal import app as portal
from remit.portal import outcomes
from remit.report.own_remit import OwnBudget, OwnField, OwnRemit, OwnStudy
from structs import members, text_of

_ADDRESSES = {
    "/healthz": "Says whether the server can serve calls: 200, or 503 with what is wrong.",
    "/v1/chat/completions": "One governed call of a model, in the OpenAI chat format.",
    "/v1/responses": "The same in the OpenAI Responses format.",
    "/v1/embeddings": "Vectors of texts, in the OpenAI format.",
    "/v1/messages": "The same call in Anthropic's Messages format.",
    "/v1/messages/count_tokens": "How many tokens an input is, free of charge.",
    "/model/{model}/converse": "The same in Amazon Bedrock's Converse format.",
    "/model/{model}/converse-stream": "The same, streamed.",
    "/model/{model}/invoke": "The same with a body of the model family's own; Anthropic's is served.",
    "/model/{model}/invoke-with-response-stream": "The same, streamed.",
    "/model/{model}/count-tokens": "How many tokens an input is, free of charge.",
    "/guardrail/{guardrail}/version/{version}/apply": "Has a guardrail read a text, without any model, in"
    " Amazon Bedrock's format.",
    "/v1/remit": "What the key may do and what is left, see below.",
    "/v1/models": "The models that the key's remit allows.",
    "POST /v1/files": "Keeps a file of requests, in OpenAI's format (`purpose=batch`).",
    "GET /v1/files": "The use case's files; `after`, `limit`, `order` and `purpose` narrow the list.",
    "GET /v1/files/{id}": "What is known of a file.",
    "GET /v1/files/{id}/content": "What stands in it.",
    "DELETE /v1/files/{id}": "Forgets it, unless a batch that has not ended reads it.",
    "POST /v1/batches": "Makes a [batch](../guides/batches.md) of a file, in OpenAI's format.",
    "GET /v1/batches": "The use case's batches; `after` and `limit` narrow the list.",
    "GET /v1/batches/{id}": "How a batch stands, and what it cost so far (`remit`).",
    "POST /v1/batches/{id}/cancel": "Lets no more of its lines begin.",
    "POST /v1/vector_stores/{id}/search": "Searches a knowledge base, by its name, as the key's use case.",
    "/sign-in/{issuer}": "Sends a person to a declared issuer, to sign in there.",
    "/sign-in/{issuer}/back": "Takes in whom the issuer sends back with a code.",
    "/sign-in": "Takes the token; each signs in once.",
    "/sign-out": "Ends the session.",
    "/live": "Server-sent events: `moved` when the ledger has moved.",
    "/charts/vega.js": "What draws charts in a page, for whoever looks into one.",
    "/charts/{digest}": "The specification of a chart that a page has shown.",
    "/static/{name}": "A file of the pages.",
}
_SERVED = {
    "model": "a model block's name without `model/`",
    "messages": "at most 2,000, and at least one unless a prompt is called; roles `system`, `developer`,"
    " `user`, `assistant`, `tool`; text, images, files, tool calls and their results",
    "stream": "yes",
    "stream_options": "`include_usage`; `include_obfuscation` is taken and does nothing",
    "max_tokens": "yes; left out, the most that remit and model allow",
    "max_completion_tokens": "as `max_tokens`, and stands before it",
    "temperature": "0 to 2",
    "top_p": "0 to 1",
    "stop": "at most 4 texts",
    "seed": "passed on; whether it helps depends on the provider",
    "n": "1 only",
    "user": "an opaque name of who asked; counted, and never kept as it is",
    "safety_identifier": "as `user`, and stands before it",
    "tools": "functions, at most 512",
    "tool_choice": "`none`, `auto`, `required` or one function",
    "parallel_tool_calls": "yes",
    "response_format": "`text`, `json_object` or `json_schema`",
    "reasoning_effort": "yes",
    "verbosity": "yes",
    "frequency_penalty": "-2 to 2",
    "presence_penalty": "-2 to 2",
    "service_tier": "`auto`, `default`, or one that the model's price has rates for",
    "prompt_cache_key": "passed on",
    "store": "`false` only",
    "metadata": "empty only",
}


_FIELDS: tuple[tuple[str, Set[str], Set[str]], ...] = (
    ("OpenAI chat", openai_chat.SERVED, openai_chat.NOT_SERVED),
    (
        "OpenAI Responses",
        openai_responses.SERVED - openai_responses.REFUSED.keys(),
        openai_responses.NOT_SERVED | openai_responses.REFUSED.keys(),
    ),
    ("OpenAI embeddings", openai_embeddings.SERVED, frozenset()),
    ("OpenAI files", frozenset(openai_files.FIELDS), frozenset()),
    ("OpenAI batches", openai_batches.SERVED, frozenset()),
    ("Anthropic Messages", anthropic_messages.SERVED, anthropic_shapes.NOT_SERVED),
    ("Bedrock Converse", bedrock_converse.SERVED, bedrock_converse.NOT_SERVED),
    ("Bedrock invoke (headers)", frozenset(bedrock_invoke.HEADERS_SERVED), bedrock_invoke.HEADERS_NOT_SERVED),
    ("Bedrock ApplyGuardrail", bedrock_guardrail.SERVED, frozenset()),
)
_HEADERS = (
    (
        "x-remit-reference",
        "an opaque reference, at most 200 characters, that is kept in the call's entry, and by which a study"
        " assigns arms",
    ),
    (RUN, f"the run of an agent that the call belongs to, at most {RUN_MAX} characters; kept in the entry"),
    (TRACE, "the caller's span by W3C Trace Context; kept in the entry, and ignored where it is malformed"),
    (
        gateway.USER,
        f"an opaque id of the person that the call is for, at most {USER_MAX} characters; it"
        " stands before the format's own field, and only a keyed hash of it is kept",
    ),
    (
        gateway.WAIT,
        f"how many seconds, 1 to {WAIT_S_MAX}, the call can"
        " [wait for room](../concepts/remit.md#callers-who-can-wait) under a limit on rates before it is"
        " refused",
    ),
    (
        NAME,
        "the [prompt block](../concepts/prompts.md) that is called, such as `letter` or `letter@4`",
    ),
    (
        GUARDRAIL,
        f"up to {GUARDRAILS_MAX} [guardrails](../concepts/guardrails.md) that the call passes beside those of"
        " its remit, such as `baseline@2, other`; a name without a version is a draft, or the newest version",
    ),
    (VARIABLES, f"its variables, as a JSON object of texts of at most {HEADER_CHARACTERS_MAX:,} characters"),
)

# Faults with a status of their own, and those that only commands meet.
_STATUS_OF_FAULT = {
    "not-found": "404 or 405",
    "input-too-large": "413",
    "provider-timeout": "504",
    "provider-filtered": "400",
    "provider-key-refused": "400",
    "conflict": "",
    "directory-in-use": "",
    "internal-fault": "",
}


def _status_of_fault(name: str) -> int | None:
    """Find the status of a fault by its code; faults of commands have none."""
    for fault in vars(errors).values():
        if isinstance(fault, type) and issubclass(fault, errors.RemitError) and fault.code == name:
            made = fault("", help="", retry_after_s=1) if fault is errors.ProviderBusy else fault("", help="")
            return answer.of_error(made).status
    return None


def status_of(code: str, kind: str) -> str:
    """Give the HTTP status with which a code of a kind leaves the gateway; empty if it does not."""
    if kind == REFUSAL:
        return str(answer.of_refusal(Refused("", Decision("deny", code))).status)
    if kind == MALFORMED:
        return str({**STATUS, **openai_files.STATUS}.get(code, 400))
    if kind == FAULT and code in _STATUS_OF_FAULT:
        return _STATUS_OF_FAULT[code]
    if kind == FAULT and (status := answer.STATUS_OF_FAULT.get(code) or _status_of_fault(code)):
        return str(status)
    return ""


def _meaning(answer: Callable[..., Any]) -> str:
    """Return what a page says of itself: the first line of what stands above it."""
    said = inspect.getdoc(answer)
    assert said, f"say what {answer.__module__}.{answer.__name__} shows"
    return said.partition("\n")[0]


def http_page() -> str:
    served = [
        (f"`{path}`", method, _ADDRESSES[path])
        for path, method in (
            *((path, "GET") for path in gateway.GETS),
            *((path, "POST") for path in gateway.FORMATS),
            *((f"/model/{{model}}/{verb}", "POST") for verb in bedrock.FORMATS),
            ("/guardrail/{guardrail}/version/{version}/apply", "POST"),
        )
    ]
    served += [
        (f"`{route.path}`", route.method, _ADDRESSES[f"{route.method} {route.path}"])
        for route in files_and_batches.ROUTES
    ]
    pages = []
    for each in portal.PAGES:
        pages.append((f"`{each.path}`", "GET", _meaning(each.answer)))
        for below, takes in each.send.items():
            pages.append((f"`{each.path.rstrip('/')}/{below}`".rstrip("/"), "POST", _meaning(takes)))
    for route in portal.own_routes(cast(Any, None), cast(Any, None)):
        methods = ", ".join(sorted((route.methods or set()) - {"HEAD"}))
        pages.append((f"`{route.path}`", methods, _ADDRESSES[route.path]))
    pages.append((f"`{outcomes.PATH}`", "POST", "Takes business results, see below."))
    emitted = [
        (f"[`{code}`](../errors/{code}.md)", kind, status)
        for code, kinds in codes().items()
        for kind in sorted(kinds)
        if (status := status_of(code, kind))
    ]
    fields = [(f"`{name}`", note) for name, note in _SERVED.items()]
    assert set(_SERVED) == openai_chat.SERVED, "describe each served field in scripts/reference.py"
    return page(
        "HTTP",
        "## The gateway",
        rows(["address", "method", "what it serves"], served),
        "`/v1/…`, `/model/…` and `/guardrail/…` want `Authorization: Bearer KEY`, `x-api-key: KEY` or a"
        " signature of AWS's (version 4) with a key of `remit key issue --aws`; or a token or certificate of"
        " a declared issuer, see [identity](../concepts/identity.md). A body may have 24 MiB, and one for a"
        f" guardrail {bedrock_guardrail.BODY_BYTES >> 20} MiB.",
        rows(["header of a request", "what it says"], ((f"`{name}`", said) for name, said in _HEADERS)),
        "Answers carry `x-remit-call`, and where they are not streamed `x-remit-cost`, `x-remit-currency` and"
        " `x-remit-budget-left`. The body has the same under `remit` (Bedrock's Converse under"
        " `additionalModelResponseFields`); in a stream, the event with the finish reason has it."
        " `x-remit-model` and the format's `model` name the model that served; where a budget had a cheaper"
        " one serve, `remit` says `downgraded_from`, the one that was asked for."
        " A call that a study has put in an arm says so in `x-remit-arm` and as `arm` under `remit`."
        " An answer that is given [again](../concepts/caching.md) names the call that it was given to first,"
        f" in `{gateway.CACHED}` and as `cached` under `remit`; it costs nothing, and its headers say so also"
        " where it is streamed."
        " With several workers, what is left is what [one knows](../concepts/workers.md#what-is-left).",
        "## `GET /v1/remit`",
        "What the key may do now, as JSON. It costs nothing, asks no model and is no entry. Instants have a"
        " zone, amounts are text in `currency`. A field that no layer states is not among `fields`. With"
        " `?reference=…` it tells in which arm of a study that reference is today.",
        *(
            part
            for noun in (OwnRemit, OwnField, OwnBudget, OwnStudy)
            for part in (f"### {noun.__name__}", text_of(noun), members(noun))
        ),
        "## The portal",
        rows(["address", "methods", "what it serves"], pages),
        "Pages want a session, which `/sign-in` gives. The portal is a server of its own and listens apart.",
        f"## `POST {outcomes.PATH}`",
        "Takes one outcome as a JSON object, or a list of them, for the use case of the key that is sent as"
        f" `Authorization: Bearer …`; at most {outcomes.ROWS_MAX:,} in {outcomes.BODY_MAX >> 20} MiB."
        f" Whose attempts are refused more than {REFUSED_MAX} times in a minute is told to wait"
        " ([too-many-attempts](../errors/too-many-attempts.md))."
        f" `?source=NAME` says where they come from; left out, it is `{outcomes.SOURCE}`. The same again"
        " changes nothing, and another value under the same source, metric and key is a"
        " [correction](../guides/outcomes.md).",
        "### OutcomeRow",
        text_of(OutcomeRow),
        members(OutcomeRow),
        "The answer counts what was `recorded`, `corrected`, `withdrawn`, `unchanged` and `refused`, and says"
        " under `rows` of each row what became of it, with the `id` of its entry or the `code`, `summary` and"
        " `help` of its refusal, which quote no value. Its status is 200 if all rows are taken, 207 if some"
        " are, and 422, with an `error`, if none is. A key that opens nothing is answered with 401 or 403, a"
        " body that cannot be taken with 400, 408 or 413, and 503 is worth another try.",
        "## Status codes",
        "An error body is the format's own; that of OpenAI's is `error` with `message`, `type`, `param` and"
        " `code`. A refusal adds `remit`: the entry's id (`decision`), the `rule`, the `layer` that set it,"
        " its `owner`, and `help`. Once a stream has begun, a fault comes as an event in it. Bedrock's paths"
        " have AWS's own status where it has another for the same: 403 for 401, 424 for 502, 408 for 504.",
        rows(["code", "what it is", "status"], emitted),
        "## What is served of the OpenAI chat format",
        rows(["field", "served"], fields),
        "## What is served of the other formats",
        rows(
            ["format", "fields served"],
            (
                (name, words(sorted(served)))
                for name, served, _ in _FIELDS
                if served and name != "OpenAI chat"
            ),
        ),
        "## What is refused by name",
        "These fields are known and refused with [`unsupported-field`](../errors/unsupported-field.md),"
        " because the gateway cannot serve what they ask for; nothing is dropped in silence.",
        rows(
            ["format", "fields refused"],
            ((name, words(sorted(refused))) for name, _, refused in _FIELDS if refused),
        ),
        "Refused with [`unknown-field`](../errors/unknown-field.md): every other field. A field that is"
        " `null` counts as left out.",
    )
