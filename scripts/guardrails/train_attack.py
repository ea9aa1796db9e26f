"""Learn what prompt attacks are known by, and measure it on techniques that were held out.

Run by hand: python scripts/guardrails/train_attack.py DATA [--out FILE]. A head is a linear model over runs
of characters and words; a judge is a set of small trees over what heads, techniques and shape say of a text.
Judges learn from heads that have not seen a text's family, so that they trust a head as far as it deserves on
what is new.
"""

from __future__ import annotations

import argparse
import pickle
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from attack_data import (
    FOLDS,
    HEADS,
    Document,
    Text,
    corresponded,
    developed,
    documents,
    harmful_words,
    placed,
    planted,
    tongues,
    written,
)
from safetensors.numpy import load_file, save_file
from scipy import optimize, sparse
from sklearn.ensemble import HistGradientBoostingClassifier

from remit.enforce.guardrail.attack import Attack, compile_attack, judge
from remit.enforce.guardrail.gram import grams
from remit.enforce.guardrail.normalise import normalise
from remit.enforce.guardrail.sign import BITS
from remit.enforce.guardrail.technique import TECHNIQUES

SEED = 11
TREES, LEAVES, DEPTH = 220, 12, 8
SHAPES = 7
ROWS_EACH_MAX = 700
"""Of one family, how many texts a judge learns from."""


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """Count the runs of each text, as the product does."""
    slots, bounds, values = [], [0], []
    for text in texts:
        found = grams(normalise(text).text, bits=BITS).slots
        kinds, counts = np.unique(found, return_counts=True)
        slots.append(kinds.astype(np.int32))
        values.append((counts / np.sqrt(max(len(found), 24))).astype(np.float32))
        bounds.append(bounds[-1] + len(kinds))
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(slots), bounds), shape=(len(texts), 1 << BITS)
    )


def heads(table: sparse.csr_matrix, wanted: Any, weight: Any, *, penalty: float) -> tuple[Any, Any]:
    """Fit all heads at once; where it is not known what a text is for one, it does not count there."""
    seen = np.asarray((table > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(seen >= 3)
    rarity = np.log1p(table.shape[0] / (1.0 + seen[kept])).astype(np.float32) / 4
    part = table[:, kept] @ sparse.diags(rarity)
    part = part.tocsr().astype(np.float32)
    turned = part.T.tocsr()
    count = len(HEADS)
    known = ~np.isnan(wanted)
    target = np.nan_to_num(wanted).astype(np.float32)
    share = weight[:, None] * known
    for head in range(count):  # both sides of a head count alike
        for side in (0, 1):
            at = known[:, head] & (target[:, head] == side)
            share[at, head] *= (0.35 if side else 0.65) * len(target) / max(share[at, head].sum(), 1)
    share = (share / len(target)).astype(np.float32)

    def loss(flat: Any) -> tuple[float, Any]:
        coefficients = flat.reshape(len(kept) + 1, count).astype(np.float32)
        margin = part @ coefficients[:-1] + coefficients[-1]
        sign = np.where(target > 0, margin, -margin)
        value = float((share * np.logaddexp(0, -sign)).sum()) + penalty * float(
            (coefficients[:-1] ** 2).sum()
        )
        slope = share * (0.5 * (1 + np.tanh(margin / 2)) - target)
        out = np.empty((len(kept) + 1, count))
        out[:-1] = turned @ slope + 2 * penalty * coefficients[:-1]
        out[-1] = slope.sum(axis=0)
        return value, out.ravel()

    start = np.zeros((len(kept) + 1) * count)
    done = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 40, "maxcor": 6})
    fitted = done.x.reshape(len(kept) + 1, count)
    full = np.zeros((1 << BITS, count), np.float32)
    full[kept] = fitted[:-1] * rarity[:, None]
    return full, fitted[-1].astype(np.float32)


def packed(full: Any, bias: Any) -> dict[str, Any]:
    """Make of weights whole numbers of one byte."""
    scale = np.percentile(np.abs(full[full.any(axis=1)]), 99.97, axis=0) / 127
    table = np.clip(np.round(full / scale), -127, 127).astype(np.int8)
    words = np.frombuffer("\n".join(harmful_words()).encode(), np.uint8)
    return {
        "table": table,
        "scale": scale.astype(np.float32),
        "bias": bias.astype(np.float32),
        "words": words,
    }


def blank(name: str) -> dict[str, Any]:
    """Make a judge that knows nothing, for the while that only signs are wanted."""
    whole, real = np.zeros(1, np.int32), np.zeros(1, np.float32)
    part = {
        "sign": whole,
        "left": whole,
        "right": whole,
        "roots": whole,
        "least": real,
        "value": real,
        "start": real,
    }
    made = {f"{name}_{key}": value for key, value in part.items()}
    levels = np.array([0.3, 0.6, 0.9], np.float32)
    return {**made, f"{name}_levels": levels, "overheard_levels": levels}


def learnt(name: str, rows: Any, wanted: Any, weight: Any) -> dict[str, Any]:
    """Fit a judge."""
    fitted = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        max_depth=DEPTH,
        learning_rate=0.07,
        l2_regularization=1.0,
        min_samples_leaf=30,
        max_features=0.3,
        random_state=SEED,
    )
    fitted.fit(rows, wanted, sample_weight=weight * len(weight))
    parts: dict[str, list[Any]] = {key: [] for key in ("sign", "least", "left", "right", "value", "roots")}
    at = 0
    for (tree,) in fitted._predictors:
        nodes = tree.nodes
        own = np.arange(len(nodes)) + at
        leaf = nodes["is_leaf"].astype(bool)
        parts["roots"].append([at])
        parts["sign"].append(np.where(leaf, 0, nodes["feature_idx"]))
        parts["least"].append(np.where(leaf, 0.0, nodes["num_threshold"]))
        parts["left"].append(np.where(leaf, own, nodes["left"].astype(np.int64) + at))
        parts["right"].append(np.where(leaf, own, nodes["right"].astype(np.int64) + at))
        parts["value"].append(np.where(leaf, nodes["value"], 0.0))
        at += len(nodes)
    kinds = {"least": np.float32, "value": np.float32}
    made = {
        f"{name}_{key}": np.concatenate(value).astype(kinds.get(key, np.int32))
        for key, value in parts.items()
    }
    return {**made, f"{name}_start": np.array([float(fitted._baseline_prediction.ravel()[0])], np.float32)}


def best_rows(model: Attack, texts: Sequence[str]) -> list[Any]:
    return [np.stack([row for _, row, _ in model.rows(text)]) for text in texts]


def read_rows(model: Attack, papers: Sequence[Document]) -> list[Any]:
    return [
        np.stack([row for _, row, _ in model.rows(paper.text, untrusted=True, task=paper.task)])
        for paper in papers
    ]


def scores(arrays: dict[str, Any], name: str, rows: Sequence[Any]) -> Any:
    made = judge({**arrays, f"{name}_levels": np.array([0.3, 0.6, 0.9])}, name)
    return np.array([max(made.raw(row) for row in each) for each in rows])


def sampled(families: Sequence[str], chance: random.Random, most: int) -> list[int]:
    by = defaultdict(list)
    for place, family in enumerate(families):
        by[family].append(place)
    return sorted(
        at for each in by.values() for at in (each if len(each) <= most else chance.sample(each, most))
    )


EMPHASIS = {
    "benign:hard": 3.0,
    "benign:tales": 2.0,
    "benign:neuralchemy-wildguard_judgecomp": 6.0,
    "benign:letter-system": 2.0,
    "benign:letter-format": 2.0,
    "benign:letter-role": 2.0,
    "slabs": 3.0,
    "neuralchemy": 3.0,
}
"""What counts for more when words are weighed: harmless texts with the words of attacks, and real attacks."""
JUDGED = {
    "benign:hard": 3.0,
    "benign:neuralchemy-wildguard_judgecomp": 4.0,
    "benign:letter-format": 2.0,
    "benign:letter-system": 2.0,
}
"""The same when a judge learns."""


def weights_of(families: Sequence[str], wanted: Any) -> Any:
    """Let every family count alike, and both sides."""
    size: dict[str, int] = defaultdict(int)
    for family in families:
        size[family] += 1
    weight = np.array([1 / np.sqrt(size[family]) for family in families])
    for side in (0, 1):
        at = wanted == side
        weight[at] *= (0.6 if side == 0 else 0.4) / weight[at].sum()
    return weight * np.array([JUDGED.get(family, 1.0) for family in families])


class Case(NamedTuple):
    """What one judge learns from: each text's rows of signs, what it is, and where it comes from."""

    name: str
    rows: list[Any]
    wanted: Any
    fold: Any
    families: list[str]
    shown: list[str]
    sought: str

    def best(self) -> Any:
        """Of a text that can be read in several ways, take the one that looks worst."""
        at = len(HEADS) + HEADS.index(self.sought)
        return np.stack([row[int(row[:, at].argmax())] for row in self.rows])


LIMITS = {
    "plain": (0.97, 0.992, 0.998),
    "letter": (0.97, 0.99, 0.998),
    "business": (0.96, 0.99, 0.995),
    "whole": (0.95, 0.985, 0.996),
    "pasted": (0.96, 0.985, 0.996),
    "hard": (0.87, 0.95, 0.985),
    "trigger": (0.87, 0.95, 0.985),
    "elsewhere": (0.9, 0.955, 0.985),
    "read": (0.97, 0.993, 0.998),
    "records": (0.97, 0.993, 0.998),
}
"""What share of harmless texts stays below low, medium and high: short ones, letters, whole documents, words
that attacks use, other languages, what tools return."""
OVERHEARD = {"read": (0.99, 0.997, 0.9995), "records": (0.99, 0.997, 0.9995)}
"""The same for the judge of what is said, where it is asked too about what is read."""
GROUPS = {
    "benign:tales": None,  # held to none
    "benign:hard": "hard",
    "benign:neuralchemy-wildguard_judgecomp": "trigger",
    "benign:neuralchemy-original": None,
    "benign:neuralchemy-harmbench_benign": None,
    "benign:business": "business",
    "benign:office-long": "whole",
    "benign:letter-thread": "whole",
    "benign:abroad": "letter",
    "benign:tongue-letter": "letter",
    "benign:tongue-astray": "letter",
    "read:yaml": "records",
    "read:json": "records",
    "read:records": "records",
}


def group_of(family: str) -> str | None:
    """Say which of the limits on false alarms a harmless family is held to."""
    if family in GROUPS:
        return GROUPS[family]
    if family.startswith("benign:letter"):
        return "letter"
    if family.startswith("pasted:"):
        return "pasted"
    return "elsewhere" if ":tongue" in family else "read" if family.startswith("read:") else "plain"


def judged(case: Case, *, beside: Case | None = None) -> dict[str, Any]:
    """Fit a judge, and its levels on texts that it had not seen; also levels for the case beside it."""
    score = np.zeros(len(case.rows))
    heard = np.zeros(len(beside.rows) if beside else 0)
    first, importance = case.best(), weights_of(case.families, case.wanted)
    for held in range(FOLDS):
        rest, among = case.fold != held, np.flatnonzero(case.fold == held)
        made = learnt(case.name, first[rest], case.wanted[rest], importance[rest])
        score[among] = scores(made, case.name, [case.rows[at] for at in among])
        if beside:
            among = np.flatnonzero(beside.fold == held)
            heard[among] = scores(made, case.name, [beside.rows[at] for at in among])
    extra: dict[str, Any] = {}
    if beside:
        low, medium, high = levels_of(beside, heard, OVERHEARD)
        report(beside, heard, (low, medium, high))
        extra["overheard_levels"] = np.array((low, medium, high), np.float32)
    levels = levels_of(case, score)
    report(case, score, levels)
    return {
        **extra,
        **learnt(case.name, first, case.wanted, importance),
        f"{case.name}_levels": np.array(levels, np.float32),
    }


def levels_of(case: Case, score: Any, limits: Mapping[str, Sequence[float]] = LIMITS) -> tuple[float, ...]:
    groups = defaultdict(list)
    for at, family in enumerate(case.families):
        group = group_of(family) if not case.wanted[at] else None
        if group:
            groups[group].append(score[at])
    levels = []
    for at in range(3):
        levels.append(max(float(np.quantile(found, limits[group][at])) for group, found in groups.items()))
        for group, found in groups.items():
            share = limits[group][at]
            print(f"  {case.name} {group}: {share} stay below {np.quantile(found, share):.3f}")
    return tuple(min(level, 0.999 + 0.0003 * at) for at, level in enumerate(levels))


def report(case: Case, score: Any, levels: Sequence[float]) -> None:
    """Say of each family what is found at each level."""
    print(f"\n== {case.name}: " + " ".join(f"{level:.3f}" for level in levels))
    print(f"{'family':36} {'n':>6} {'low':>6} {'medium':>6} {'high':>6}")
    means = defaultdict(list)
    for family in sorted(set(case.families)):
        at = np.array([one == family for one in case.families])
        found = [float((score[at] >= level).mean()) for level in levels]
        print(f"{family:36} {int(at.sum()):6} " + " ".join(f"{100 * one:6.1f}" for one in found))
        means[bool(case.wanted[at][0])].append(found)
    for side, each in means.items():
        print(f"  mean of {'attacks' if side else 'harmless'}: {100 * np.mean(each, axis=0)}")


def wrong(case: Case, score: Any) -> None:
    """Show what is judged worst."""
    order = np.argsort(score)
    for at in [one for one in order[::-1] if not case.wanted[one]][:40]:
        print(f"alarm {score[at]:.2f} {case.families[at]}: {case.shown[at][:150]!r}")


def gathered(data: Path) -> tuple[list[Text], list[Document]]:
    chance = random.Random(SEED)
    texts = [
        *developed(data),
        *written(chance, count=650),
        *tongues(chance, each=200),
        *corresponded(chance, count=1200),
        *planted(chance, count=5200),
        *placed(data, chance, count=2200),
    ]
    return texts, list(documents(data, chance, count=8000))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--out", type=Path, default=Path("src/remit/adapters/trained/attack.safetensors"))
    arguments.add_argument("--penalty", type=float, default=4e-6)
    arguments.add_argument("--keep", type=Path, help="where to keep the signs, to fit judges again")
    arguments.add_argument("--kept", type=Path, help="signs that were kept: fit the judges alone")
    given = arguments.parse_args()
    if given.kept:
        again(given.kept, given.out)
        return
    texts, papers = gathered(given.data)
    table = matrix([text.text if text.weight else "" for text in texts])
    wanted = np.array(
        [[np.nan if value is None else value for value in text.heads] for text in texts], np.float32
    )
    weight = np.array([text.weight * EMPHASIS.get(text.family, 1.0) for text in texts], np.float32)
    fold = np.array([text.fold for text in texts])
    print(f"{len(texts)} texts, {table.nnz / 1e6:.1f} M runs, {time.process_time():.0f} s", flush=True)

    attacked = wanted[:, HEADS.index("attack")]
    usable = [at for at in range(len(texts)) if not np.isnan(attacked[at])]
    chosen = [
        usable[at] for at in sampled([texts[at].family for at in usable], random.Random(SEED), ROWS_EACH_MAX)
    ]
    said: dict[int, Any] = {}
    read: dict[int, Any] = {}
    for held in range(FOLDS):
        others = fold != held
        full, bias = heads(table[others], wanted[others], weight[others], penalty=given.penalty)
        model = compile_attack({**packed(full, bias), **blank("said"), **blank("read"), **blank("elsewhere")})
        mine = [at for at in chosen if fold[at] == held]
        said.update(zip(mine, best_rows(model, [texts[at].text for at in mine]), strict=True))
        ours = [at for at, paper in enumerate(papers) if paper.fold == held]
        read.update(zip(ours, read_rows(model, [papers[at] for at in ours]), strict=True))
        print(f"fold {held}: {time.process_time():.0f} s", flush=True)
    cases = divided(texts, papers, chosen, said, read)
    if given.keep:
        given.keep.write_bytes(pickle.dumps([tuple(case) for case in cases]))
    arrays = judges(cases)
    full, bias = heads(table, wanted, weight, penalty=given.penalty)
    arrays |= packed(full, bias)
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, given.out)
    print(f"written {given.out} ({given.out.stat().st_size / 1e6:.2f} MB), {time.process_time():.0f} s")


def judges(cases: Sequence[Case]) -> dict[str, Any]:
    said, read, elsewhere = cases
    return judged(with_harmless(said, read), beside=read) | judged(read) | judged(elsewhere)


def with_harmless(said: Case, read: Case) -> Case:
    """Let the judge of what is said learn too from documents that a person may paste."""
    asked = -(len(TECHNIQUES) + SHAPES + 2) - 2  # of what a document is read for, which nobody says here
    rows = []
    for place in np.flatnonzero(read.wanted == 0):
        row = read.rows[place].copy()
        row[:, asked : asked + 2] = 0
        rows.append((place, row))
    places = [place for place, _ in rows]
    return said._replace(
        rows=[*said.rows, *(row for _, row in rows)],
        wanted=np.concatenate([said.wanted, np.zeros(len(rows))]),
        fold=np.concatenate([said.fold, read.fold[places]]),
        families=[*said.families, *(read.families[place].replace("read:", "pasted:") for place in places)],
        shown=[*said.shown, *(read.shown[place] for place in places)],
    )


def again(kept: Path, out: Path) -> None:
    """Fit the judges of a model again, from the signs that were kept when its words were weighed."""
    cases = [Case(*case) for case in pickle.loads(kept.read_bytes())]
    save_file(
        {key: np.ascontiguousarray(value) for key, value in (load_file(out) | judges(cases)).items()}, out
    )


def divided(
    texts: Sequence[Text], papers: Sequence[Document], chosen: Sequence[int], said: Any, read: Any
) -> list[Case]:
    """Give each judge its texts: what is said in English, what is read, what is said in other languages."""
    attack = HEADS.index("attack")
    foreign = [at for at in chosen if "tongue" in texts[at].family]
    english = [at for at in chosen if "tongue" not in texts[at].family]

    def of(name: str, at: list[int]) -> Case:
        mine = [texts[one] for one in at]
        wanted = np.array([float(text.heads[attack] or 0) for text in mine])
        fold = np.array([text.fold for text in mine])
        shown = [text.text for text in mine]
        return Case(
            name, [said[one] for one in at], wanted, fold, [text.family for text in mine], shown, "attack"
        )

    order = list(range(len(papers)))
    reading = Case(
        "read",
        [read[at] for at in order],
        np.array([float(paper.planted) for paper in papers]),
        np.array([paper.fold for paper in papers]),
        [paper.family for paper in papers],
        [paper.text for paper in papers],
        "planted",
    )
    return [of("said", english), reading, of("elsewhere", foreign)]


if __name__ == "__main__":
    main()
