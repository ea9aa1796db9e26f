"""The OpenAI format for searching vector stores: a knowledge base is one, by its name."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import msgspec

from remit.enforce.knowledge.filter import Filter, Unreadable, read_filter
from remit.gateway.reading import invalid, read_object
from remit.gateway.wire import Failure
from remit.operations.ask_knowledge import Told
from remit.operations.search_knowledge import LIMIT, LIMIT_MAX, WORDS_MAX, Question

_PATH = re.compile(r"/v1/vector_stores/([\w.%@/-]{1,120})/search", re.A)
_NAME = re.compile(r"(?:knowledge/)?[a-z0-9](?:[a-z0-9.-]{0,78}[a-z0-9])?(?:@[1-9][0-9]{0,5})?")
_SERVED = frozenset({"query", "filters", "max_num_results", "ranking_options", "rewrite_query"})


class _Ranking(msgspec.Struct, forbid_unknown_fields=True):
    ranker: str = "auto"
    score_threshold: float = 0.0


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    query: str | list[str]
    filters: Any = None
    max_num_results: int = LIMIT
    ranking_options: _Ranking | None = None
    rewrite_query: bool = False


_DECODER = msgspec.json.Decoder(_Body)


def base_of(path: str) -> str:
    """Find the knowledge base that a path searches; empty if it searches none."""
    found = _PATH.fullmatch(path)
    name = unquote(found[1]) if found else ""
    return name if _NAME.fullmatch(name) else ""


def read_question(body: bytes) -> tuple[Question, tuple[str, ...]] | Failure:
    """Read what is asked, and the words of it as they came."""
    given = read_object(body, _DECODER, served=_SERVED, not_served=frozenset())
    if isinstance(given, Failure):
        return given
    words = (given.query,) if isinstance(given.query, str) else tuple(given.query)
    text = "\n".join(words)
    if not text.strip() or len(text) > WORDS_MAX:
        return invalid(
            "query", f"`query` has to have 1 to {WORDS_MAX:,} characters", "ask for less at a time"
        )
    if given.rewrite_query:
        return invalid("rewrite_query", "`rewrite_query` is not served", "send false: no model is asked")
    if not 1 <= given.max_num_results <= LIMIT_MAX:
        return invalid("max_num_results", "`max_num_results` is out of range", f"send 1 to {LIMIT_MAX}")
    ranking = given.ranking_options or _Ranking()
    filter: Filter | None = None
    if given.filters is not None:
        try:
            filter = read_filter(given.filters)
        except Unreadable as error:
            return invalid("filters", "`filters` cannot be read", str(error))
    return (
        Question(
            words=text,
            limit=given.max_num_results,
            filter=filter,
            score_least=ranking.score_threshold,
        ),
        words,
    )


def written(told: Told, words: tuple[str, ...]) -> dict[str, Any]:
    """Write what was found. `remit` says what the format has no place for: citation, trust and freshness."""
    return {
        "object": "vector_store.search_results.page",
        "search_query": list(words),
        "data": [
            {
                "file_id": each.document,
                "filename": each.source,
                "score": each.score,
                "attributes": dict(each.attributes),
                "content": [{"type": "text", "text": each.text}],
                "remit": {
                    "title": each.title,
                    "version": each.version,
                    "chunk": each.chunk,
                    "place": each.place,
                    "dated": each.dated.date().isoformat(),
                    "owner": each.owner,
                    "data_class": each.data_class,
                    "trust": told.block.trust,
                },
            }
            for each in told.passages
        ],
        "has_more": False,
        "next_page": None,
        "remit": {"call": told.entry, "knowledge": told.address, "withheld": told.withheld},
    }
