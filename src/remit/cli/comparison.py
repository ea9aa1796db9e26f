"""How releases beside each other are written for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from remit.cli.context import count
from remit.cli.table import table
from remit.decide.comparison import Contrast, Rated, Regression
from remit.kernel.money import canonical
from remit.record.dossier_entry import Scored
from remit.record.evaluation_detail import Drawn
from remit.report.comparison import Comparison, Towards

_CASES_NAMED = 12
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

NO_DETAILS = "what became of each case is not stored here any more, so nothing is compared case by case"


def render(found: Comparison) -> str:
    """Lay out an evaluation: its releases, then what follows from them."""
    return "\n\n".join((*_head(found), render_beside(found, letters(found))))


def _head(found: Comparison) -> Iterator[str]:
    evaluation = found.evaluation
    what = "a sample of live calls" if evaluation.live else f"data set {evaluation.dataset}"
    yield (
        f"{evaluation.id}: {evaluation.use_case} on {what}, {evaluation.at:%Y-%m-%d %H:%M} UTC,"
        f" at {evaluation.stage}, by {evaluation.author}"
    )
    yield "\n".join((releases(found), *_scorers(found, letters(found))))
    if found.details is not None and found.details.drawn is not None:
        yield drawn_in_words(found.details.drawn)


def _scorers(found: Comparison, names: Mapping[str, str]) -> Iterator[str]:
    """Say of each release how many of the answers that it scored each scorer passed."""
    outcomes = found.details.outcomes if found.details is not None else {}
    for each in found.evaluation.results:
        scored = Counter(label for outcome in outcomes.get(each.release, ()) for label in outcome.scores)
        told = ", ".join(
            f"{label} {passed:,}" + (f" of {scored[label]:,}" if scored[label] else "")
            for label, passed in sorted(each.scorers.items())
        )
        if told:
            yield f"{names[each.release]} passed {told}"


def drawn_in_words(drawn: Drawn) -> str:
    """Say of which calls a sample is, and what of them could not be scored."""
    lost = [
        f"{number:,} {why}"
        for number, why in (
            (drawn.not_kept, "not kept"),
            (drawn.unreadable, "not kept as a whole text"),
            (drawn.unscored, "that no scorer can score"),
        )
        if number
    ]
    read = drawn.looked_at - drawn.not_kept - drawn.unreadable - drawn.unscored
    return (
        f"{read:,} of {count(drawn.population, 'live call')},"
        f" from {drawn.since:%Y-%m-%d %H:%M} to {drawn.until:%Y-%m-%d %H:%M} UTC;"
        f" drawn with seed {drawn.seed}, looked at {drawn.looked_at:,}"
        + (f", of them {', '.join(lost)}" if lost else "")
    )


def releases(found: Comparison) -> str:
    """Write a row for each release: how good, how dear and how fast it was."""
    adverse = found.evaluation.measure == "attack_success_rate"
    names = letters(found)
    rows = [_release(each, names, found) for each in found.rated]
    headings = [
        "",
        "release",
        "prompt",
        "model",
        "succeeded" if adverse else "passed",
        "attack success rate" if adverse else "pass rate",
        "a case",
        "p50 ms",
        "p95 ms",
    ]
    return table(headings, rows, right=frozenset({4, 6, 7, 8}))


def letters(found: Comparison) -> Mapping[str, str]:
    """Give each release a letter, by which the lines below the table name it."""
    return {each.scored.release: letter for each, letter in zip(found.rated, _LETTERS, strict=False)}


def _release(rated: Rated, names: Mapping[str, str], found: Comparison) -> Sequence[str]:
    scored = rated.scored
    adverse = found.evaluation.measure == "attack_success_rate"
    counted = scored.cases - scored.passed if adverse else scored.passed
    return (
        names.get(scored.release, ""),
        scored.release[:8],
        scored.prompt_block.removeprefix("prompt/") or "none",
        scored.model.removeprefix("model/"),
        f"{counted:,} of {scored.cases:,}",
        f"{rated.share:.3f} ({rated.low:.3f} to {rated.high:.3f})",
        _money(rated.charge_per_case, found.evaluation.currency, scored),
        f"{scored.latency_ms_p50:,}" if scored.latency_ms_p50 or not found.evaluation.live else "",
        f"{scored.latency_ms_p95:,}" if scored.latency_ms_p95 or not found.evaluation.live else "",
    )


def _money(amount: Decimal, currency: str, scored: Scored) -> str:
    """Write what a case cost, to three figures that say something."""
    shown = canonical(amount.quantize(Decimal(1).scaleb(max(-9, amount.adjusted() - 2)))) if amount else "0"
    return f"{shown} {currency}{' simulated' if scored.simulated else ''}"


def render_beside(found: Comparison, names: Mapping[str, str]) -> str:
    """Write what follows from the table: which are dominated, every pair, the last run, the gate.

    `names` are what the table calls the releases.
    """
    said = [_dominated(found, names), _since(found, names), _gate(found, names), _outdated(found, names)]
    parts = [_contrasts(found, names), "\n".join(part for part in said if part)]
    return "\n\n".join(part for part in parts if part)


def _dominated(found: Comparison, names: Mapping[str, str]) -> str:
    return "\n".join(
        f"{names[each.scored.release]} is no better than {_and(names[by] for by in each.dominated_by)}"
        " in quality, cost or time"
        for each in found.rated
        if each.dominated_by
    )


def _and(words: Iterator[str]) -> str:
    *first, last = list(words)
    return f"{', '.join(first)} or {last}" if first else last


def _contrasts(found: Comparison, names: Mapping[str, str]) -> str:
    if found.details is None:
        return NO_DETAILS
    if not found.contrasts:
        return ""
    rows = [
        (
            f"{names[each.first]} - {names[each.second]}",
            *_figures(each),
            *([chance(each.corrected)] if len(found.contrasts) > 1 else []),
            "they differ" if each.differ else "may be chance",
        )
        for each in found.contrasts
    ]
    corrected = [f"of {len(found.contrasts)} (Holm)"] if len(found.contrasts) > 1 else []
    headings = ["on the same cases", "difference (Newcombe)", "only first", "only second", "p (McNemar)"]
    return table([*headings, *corrected, ""], rows, right=frozenset({2, 3}))


def _figures(each: Contrast) -> tuple[str, ...]:
    return (
        f"{each.difference:+.3f} ({each.low:+.3f} to {each.high:+.3f})",
        f"{each.pairs.only_first:,}",
        f"{each.pairs.only_second:,}",
        chance(each.chance),
    )


def chance(p: float) -> str:
    """Write a probability to three places; a smaller one is no nought.

    >>> chance(0.0129), chance(0.00004), chance(1.0)
    ('0.013', '< 0.001', '1.000')
    """
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _since(found: Comparison, names: Mapping[str, str]) -> str:
    lines = [line for each in found.regressions for line in _regression(each, names)]
    new = [names[release] for release in found.new if release in names]
    if new and not found.evaluation.live:
        lines.append(f"{', '.join(new)}: nothing like it was tried on this data set before")
    return "\n".join(lines)


def _regression(each: Regression, names: Mapping[str, str]) -> Iterator[str]:
    contrast = each.contrast
    changed = "" if each.same_dataset else f", on the {count(contrast.pairs.total, 'case')} of the same id"
    told = f"{len(each.broke):,} broke and {len(each.mended):,} were mended"
    beyond = "more than chance" if contrast.differ else "may be chance"
    known = f"; p {chance(contrast.corrected)}, {beyond}" if each.broke or each.mended else ""
    yield (
        f"{names[contrast.second]} beside {_before(each)} of {each.earlier.at:%Y-%m-%d %H:%M} UTC"
        f" ({each.earlier.id}){changed}: {told}{known}"
    )
    if each.broke:
        yield f"   broke: {_cases(each.broke)}"
    if each.mended:
        yield f"   mended: {_cases(each.mended)}"


def _before(each: Regression) -> str:
    """Name the earlier release."""
    if each.contrast.first == each.contrast.second:
        return "itself"
    was = next(scored for scored in each.earlier.results if scored.release == each.contrast.first)
    model = was.model.removeprefix("model/")
    return f"{was.prompt_block.removeprefix('prompt/')} with {model}" if was.prompt_block else model


def _cases(ids: Sequence[str]) -> str:
    more = f" and {count(len(ids) - _CASES_NAMED, 'more case')}" if len(ids) > _CASES_NAMED else ""
    return ", ".join(ids[:_CASES_NAMED]) + more


def _gate(found: Comparison, names: Mapping[str, str]) -> str:
    return "\n".join(_towards(each, names) for each in found.towards)


def _towards(each: Towards, names: Mapping[str, str]) -> str:
    asked = each.asks.asked
    side = f"{'at least' if asked.at_least else 'at most'} {asked.threshold:g}"
    return (
        f"{names[each.release]} for {each.asks.criterion} ({side}) into {each.asks.into}: {each.needed.words}"
    )


def _outdated(found: Comparison, names: Mapping[str, str]) -> str:
    told = found.outdated.items()
    return "\n".join(f"{names[release]} is no evidence: {why}" for release, why in told)
