"""Learn what prompt attacks are known by, and measure it on techniques that were held out.

Run by hand: python scripts/guardrails/train_attack.py DATA [--out FILE]. A head is a linear model over runs
of characters and words; a judge is a small network over what heads, techniques and shape say of a text.
Judges learn from heads that have not seen a text's family, so that they trust a head as far as it deserves on
what is new.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attack_data import FOLDS, HEADS, Document, Text, developed, documents, planted, tongues, written
from safetensors.numpy import save_file
from scipy import optimize, sparse
from sklearn.neural_network import MLPClassifier

from remit.enforce.guardrail.attack import Attack, Judge, compile_attack
from remit.enforce.guardrail.gram import grams
from remit.enforce.guardrail.normalise import normalise
from remit.enforce.guardrail.sign import BITS, vector_size

SEED = 11
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
    done = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60, "maxcor": 6})
    fitted = done.x.reshape(len(kept) + 1, count)
    full = np.zeros((1 << BITS, count), np.float32)
    full[kept] = fitted[:-1] * rarity[:, None]
    return full, fitted[-1].astype(np.float32)


def packed(full: Any, bias: Any) -> dict[str, Any]:
    """Make of weights whole numbers of one byte."""
    scale = np.percentile(np.abs(full[full.any(axis=1)]), 99.97, axis=0) / 127
    table = np.clip(np.round(full / scale), -127, 127).astype(np.int8)
    return {"table": table, "scale": scale.astype(np.float32), "bias": bias.astype(np.float32)}


def blank(name: str) -> dict[str, Any]:
    size = vector_size()
    return {
        f"{name}_middle": np.zeros(size, np.float32),
        f"{name}_spread": np.ones(size, np.float32),
        f"{name}_inner": np.zeros((size, 1), np.float32),
        f"{name}_inner_bias": np.zeros(1, np.float32),
        f"{name}_outer": np.zeros(1, np.float32),
        f"{name}_outer_bias": np.zeros(1, np.float32),
        f"{name}_levels": np.array([0.3, 0.6, 0.9], np.float32),
    }


def learnt(name: str, rows: Any, wanted: Any, weight: Any) -> dict[str, Any]:
    """Fit a judge."""
    middle, spread = rows.mean(axis=0), rows.std(axis=0) + 0.1
    scaled = np.clip((rows - middle) / spread, -5, 5)
    chosen = np.random.default_rng(SEED).choice(len(rows), len(rows), p=weight / weight.sum())
    net = MLPClassifier(
        (16,),
        activation="tanh",
        alpha=0.3,
        max_iter=60,
        tol=1e-5,
        n_iter_no_change=60,
        random_state=SEED,
        learning_rate_init=3e-3,
    )
    net.fit(scaled[chosen], wanted[chosen])
    return {
        f"{name}_middle": middle.astype(np.float32),
        f"{name}_spread": spread.astype(np.float32),
        f"{name}_inner": net.coefs_[0].astype(np.float32),
        f"{name}_inner_bias": net.intercepts_[0].astype(np.float32),
        f"{name}_outer": net.coefs_[1][:, 0].astype(np.float32),
        f"{name}_outer_bias": net.intercepts_[1].astype(np.float32),
    }


def best_rows(model: Attack, texts: Sequence[str]) -> list[Any]:
    return [np.stack([row for _, row, _ in model.rows(text)]) for text in texts]


def scores(judge: dict[str, Any], name: str, rows: Sequence[Any]) -> Any:
    part = {key.removeprefix(name + "_"): value for key, value in judge.items() if key.startswith(name + "_")}
    made = Judge(
        part["middle"],
        part["spread"],
        part["inner"],
        part["inner_bias"],
        part["outer"],
        float(part["outer_bias"][0]),
        (0, 0, 0),
    )
    return np.array([max(made.score(row) for row in each) for each in rows])


def sampled(families: Sequence[str], chance: random.Random, most: int) -> list[int]:
    by = defaultdict(list)
    for place, family in enumerate(families):
        by[family].append(place)
    return sorted(
        at for each in by.values() for at in (each if len(each) <= most else chance.sample(each, most))
    )


def weights_of(families: Sequence[str], wanted: Any) -> Any:
    """Let every family count alike, and both sides."""
    size: dict[str, int] = defaultdict(int)
    for family in families:
        size[family] += 1
    weight = np.array([1 / np.sqrt(size[family]) for family in families])
    for side in (0, 1):
        at = wanted == side
        weight[at] *= (0.6 if side == 0 else 0.4) / weight[at].sum()
    return weight


def report(
    title: str, families: Sequence[str], wanted: Any, score: Any, groups: dict[str, str]
) -> tuple[float, float, float]:
    """Fix the levels on harmless texts that were held out, and say what is found at them."""
    harmless = [at for at, family in enumerate(families) if not wanted[at] and groups.get(family) == "plain"]
    trigger = [at for at, family in enumerate(families) if not wanted[at] and groups.get(family) == "trigger"]
    plain = np.sort(score[harmless])
    hard = np.sort(score[trigger]) if trigger else plain
    high = max(np.quantile(plain, 0.998), np.quantile(hard, 0.985))
    medium = max(np.quantile(plain, 0.992), np.quantile(hard, 0.95))
    low = max(np.quantile(plain, 0.96), np.quantile(hard, 0.88))
    low, medium, high = (float(min(level, 0.995)) for level in (low, min(medium, high), high))
    print(f"\n== {title}: low {low:.3f} medium {medium:.3f} high {high:.3f}")
    print(f"{'family':34} {'n':>6} {'low':>6} {'medium':>6} {'high':>6}")
    means = defaultdict(list)
    for family in sorted(set(families)):
        at = np.array([i for i, one in enumerate(families) if one == family])
        found = [float((score[at] >= level).mean()) for level in (low, medium, high)]
        print(f"{family:34} {len(at):6} " + " ".join(f"{100 * one:6.1f}" for one in found))
        means[bool(wanted[at[0]])].append(found)
    for side, each in means.items():
        print(
            f"  mean of {'attacks' if side else 'harmless'}: "
            + " ".join(f"{100 * one:.1f}" for one in np.mean(each, axis=0))
        )
    return low, medium, high


TRIGGER = (
    "benign:hard",
    "benign:hh_harmless_first_turn",
    "benign:tweets",
    "benign:neuralchemy-wildguard_judgecomp",
    "benign:slabs",
    "benign:neuralchemy-original",
)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--out", type=Path, default=Path("src/remit/adapters/trained/attack.safetensors"))
    arguments.add_argument("--penalty", type=float, default=4e-6)
    given = arguments.parse_args()
    began = time.process_time()
    chance = random.Random(SEED)
    texts: list[Text] = [
        *developed(given.data),
        *written(chance, count=650),
        *tongues(chance, each=170),
        *planted(chance, count=4400),
    ]
    papers: list[Document] = list(documents(given.data, chance, count=4200))
    table = matrix([text.text for text in texts])
    wanted = np.array(
        [[np.nan if value is None else value for value in text.heads] for text in texts], np.float32
    )
    weight = np.array([text.weight for text in texts], np.float32)
    fold = np.array([text.fold for text in texts])
    print(f"{len(texts)} texts, {table.nnz / 1e6:.1f} M runs, {time.process_time() - began:.0f} s")

    attacked = wanted[:, HEADS.index("attack")]
    usable = [at for at in range(len(texts)) if not np.isnan(attacked[at])]
    chosen = [usable[at] for at in sampled([texts[at].family for at in usable], chance, ROWS_EACH_MAX)]
    said: dict[int, Any] = {}
    read: dict[int, Any] = {}
    for held in range(FOLDS):
        others = fold != held
        full, bias = heads(table[others], wanted[others], weight[others], penalty=given.penalty)
        model = compile_attack({**packed(full, bias), **blank("said"), **blank("read")})
        mine = [at for at in chosen if fold[at] == held]
        said.update(zip(mine, best_rows(model, [texts[at].text for at in mine]), strict=True))
        ours = [at for at, paper in enumerate(papers) if paper.fold == held]
        read.update(zip(ours, best_rows(model, [papers[at].text for at in ours]), strict=True))
        print(f"fold {held}: {time.process_time() - began:.0f} s", flush=True)

    arrays: dict[str, Any] = {}
    said_families = [texts[at].family for at in chosen]
    groups = {
        family: "trigger" if family in TRIGGER else "plain"
        for family in said_families
        if family.startswith("benign:")
    }
    for name, keys, families, truth, folds, rows in (
        ("said", chosen, said_families, attacked[chosen], fold[chosen], said),
        (
            "read",
            list(range(len(papers))),
            [paper.family for paper in papers],
            np.array([float(paper.planted) for paper in papers]),
            np.array([paper.fold for paper in papers]),
            read,
        ),
    ):
        if name == "read":
            groups = dict.fromkeys(families, "plain")
        out = np.zeros(len(keys))
        each = [rows[key] for key in keys]
        first = np.stack([row[int(row[:, 10].argmax())] for row in each])
        importance = weights_of(families, truth)
        for held in range(FOLDS):
            rest, among = folds != held, np.flatnonzero(folds == held)
            judge = learnt(name, first[rest], truth[rest], importance[rest])
            out[among] = scores(judge, name, [each[at] for at in among])
        levels = report(name, families, truth, out, groups)
        arrays |= learnt(name, first, truth, importance)
        arrays[f"{name}_levels"] = np.array(levels, np.float32)
        print(f"{name}: {time.process_time() - began:.0f} s", flush=True)
    full, bias = heads(table, wanted, weight, penalty=given.penalty)
    arrays |= packed(full, bias)
    save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, given.out)
    print(
        f"written {given.out} ({given.out.stat().st_size / 1e6:.2f} MB), {time.process_time() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
