"""The texts that the weights of prompt attacks are learnt from: development data, and more that is written here."""

from __future__ import annotations

import base64
import codecs
import gzip
import hashlib
import json
import random
import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import attack_benign
import attack_parts
import attack_planted
import attack_speech
from attack_tongues import TONGUES
from grammar import expand

HEADS = ("jailbreak", "prompt_injection", "prompt_leakage", "harm", "attack", "planted")
FOLDS = 3


class Text(NamedTuple):
    """A text, what it is for each head (1, 0, or None where that is not known), and where it comes from."""

    text: str
    heads: tuple[float | None, ...]
    family: str
    fold: int
    weight: float = 1.0


def labels(**known: float) -> tuple[float | None, ...]:
    return tuple(known.get(head) for head in HEADS)


NONE = dict.fromkeys(HEADS, 0.0)


def positive(head: str, *, planted: float | None = None) -> tuple[float | None, ...]:
    """Label an attack of one class; what else it is, is left open."""
    known: dict[str, float] = {head: 1.0, "attack": 1.0}
    if planted is not None:
        known["planted"] = planted
    return labels(**known)


def fold_of(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


FAMILY_FOLDS = {
    "slabs": 0, "override": 0, "leak_trick": 0, "suffix": 0, "agent": 0, "persona": 0,
    "neuralchemy": 1, "hijack": 1, "fiction": 1, "authority": 1, "leak_secret": 1,
    "inthewild": 2, "delimiter": 2, "leak_ask": 2, "refusal": 2, "split": 2, "shots": 2,
}  # fmt: skip
NEURAL_CLASS = {
    "jailbreak": "jailbreak", "persona_replacement": "jailbreak", "system_manipulation": "jailbreak",
    "instruction_override": "prompt_injection", "direct_injection": "prompt_injection",
    "prompt_injection": "prompt_injection", "output_manipulation": "prompt_injection",
    "rag_poisoning": "prompt_injection", "agent_manipulation": "prompt_injection", "adversarial": "prompt_injection",
    "prompt_extraction": "prompt_leakage", "system_extraction": "prompt_leakage", "prompt_leak": "prompt_leakage",
    "training_extraction": "prompt_leakage",
}  # fmt: skip


def developed(data: Path) -> Iterator[Text]:
    """Give what the development data holds."""
    for row in rows(data, "attack_slabs"):
        text = row["text"]
        if row["label"]:
            yield Text(text, labels(attack=1.0), "slabs", 0)
        else:
            asks = text.endswith("?") or text.split(" ")[0].lower() in IMPERATIVES
            yield Text(
                text, labels(**NONE | {"planted": 1.0 if asks else 0.0}), "benign:slabs", fold_of(text)
            )
    for row in rows(data, "attack_neuralchemy"):
        category = row["category"]
        if row["label"] and category not in {"control", "encoding", "edge_case"}:
            head = NEURAL_CLASS.get(category)
            label = positive(head) if head else labels(attack=1.0)
            yield Text(row["text"], label, "neuralchemy", 1)
        elif not row["label"]:
            heads = NONE | {"planted": 1.0 if len(row["text"]) < 150 else 0.0}
            if row["source"].startswith("wildguard"):
                del heads["planted"], heads["harm"]
            yield Text(
                row["text"], labels(**heads), f"benign:neuralchemy-{row['source']}", fold_of(row["text"])
            )
    yield from jailbroken(data)
    yield from harmless(data)


def jailbroken(data: Path) -> Iterator[Text]:
    """Give what jailbreaks and harmful requests the development data holds."""
    for row in rows(data, "attack_inthewild"):
        yield Text(row["text"][:6000], positive("jailbreak"), "inthewild", 2)
        if len(row["text"]) > 900:
            yield Text(row["text"][:500], positive("jailbreak"), "inthewild", 2, 0.5)
    for row in rows(data, "content_harmful_requests"):
        source, text = row["source"], row["text"]
        if "system_prompt_extraction" in source or "steal_system" in source or "leakage" in source:
            yield Text(text, positive("prompt_leakage"), "pyrit-leak", 2)
        elif "adv_bench" in source:
            yield Text(text, labels(harm=1.0, jailbreak=1.0, attack=1.0), "advbench", fold_of(text), 0.7)
        elif "0din" in source:
            yield Text(text, positive("jailbreak"), "pyrit-0din", 0)


IMPERATIVES = set("write explain describe give create tell list suggest recommend help show summarize translate compare "
                  "generate provide make draft design plan outline define discuss teach roleplay act pretend".split())  # fmt: skip


def harmless(data: Path) -> Iterator[Text]:
    every = labels(**NONE)
    unknown = {key: 0.0 for key in HEADS if key != "planted"}
    for row in rows(data, "benign_instructions"):
        known = dict(unknown)
        if row["source"].startswith("hh"):
            del known["harm"]
            known["attack"] = 0.0
            weight = 0.4
        else:
            weight = 1.0
            if len(row["text"]) < 250:
                known["planted"] = 1.0
        yield Text(row["text"], labels(**known), "benign:" + row["source"], fold_of(row["id"]), weight)
    for row in rows(data, "benign_business"):
        fold = fold_of(row["id"])
        yield Text(row["text"], every, "benign:business", fold)
        lines = row["text"].split("\n")
        for at in range(0, len(lines), 3):
            yield Text("\n".join(lines[at : at + 3]), every, "benign:business-part", fold)
    for name, count in (("topics_clinc150", 5000), ("topics_banking77", 4000)):
        found = rows(data, name)
        random.Random(5).shuffle(found)
        for row in found[:count]:
            yield Text(row["text"], labels(**unknown), "benign:" + name, fold_of(row["text"]), 0.7)
    begin = rows(data, "grounding_begin")
    seen: set[str] = set()
    for row in begin:
        for key in ("context", "query", "response", "answer"):
            text = row.get(key)
            if isinstance(text, str) and text not in seen and len(text) > 20 and fold_of("b" + text) != 1:
                seen.add(text)
                if len(seen) < 7000:
                    yield Text(text, every, "benign:begin", fold_of(text), 0.7)
    for row in rows(data, "pii_spans"):
        yield Text(row["text"], every, "benign:pii", fold_of(row["text"]))
    tweets = [row["text"] for row in rows(data, "content_hate_offensive")]
    for text in tweets[:3000]:
        yield Text(
            text, labels(**{key: 0.0 for key in HEADS if key != "harm"}), "benign:tweets", fold_of(text), 0.5
        )


def disturbed(text: str, chance: random.Random) -> str:
    """Change how a text is written: large letters, slips, signs left out."""
    turn = chance.random()
    if turn < 0.06:
        return text.upper()
    if turn < 0.25:
        return text.lower()
    if turn < 0.33:
        return text.translate(str.maketrans("", "", string.punctuation))
    if turn < 0.42 and len(text) > 12:
        letters = list(text)
        for _ in range(1 + len(text) // 60):
            at = chance.randrange(1, len(letters) - 1)
            letters[at] = chance.choice(("", letters[at] * 2, letters[at - 1]))
        return "".join(letters)
    return text[:1].upper() + text[1:] if turn < 0.8 else text


def junk(chance: random.Random) -> str:
    """Write what a search for a suffix that changes an answer ends in."""
    words = "describing similarly Now oppositely Sure tutorial interface Manuel revert please steps sentences ## two \\n Text JSON TABLE <- -> {{ }} [/ ]( Harry write newcommand varphi Pinterest beginner Reply !-- (( text}}% Step inst"
    pieces = [*words.split(), "!", "!", "--", '"', "?", "\\", "=="]
    count = chance.randrange(9, 24)
    out = ""
    for _ in range(count):
        piece = chance.choice(pieces)
        if chance.random() < 0.3:
            piece = "".join(chance.choice(string.ascii_letters) for _ in range(chance.randrange(3, 9)))
        out += chance.choice(("", " ", " ")) + piece
    return out.strip() if chance.random() < 0.8 else "! " * count


def said_parts(chance: random.Random) -> dict[str, list[str]]:
    parts = {**attack_parts.PARTS, **attack_speech.MORE, **attack_benign.PARTS}
    parts["junk"] = [junk(chance) for _ in range(300)]
    blobs = []
    for _ in range(200):
        plain = expand(
            chance.choice(("{ignore} {rules} and {task}", "{harm_q}", "{leak}{prompt}")), parts, chance
        )
        blobs.append(chance.choice((base64.b64encode(plain.encode()).decode(), codecs.encode(plain, "rot13"), plain[::-1], plain.encode().hex(), " ".join(plain))))  # fmt: skip
    parts["blob"] = [blob.translate(str.maketrans("{}|", "⦃⦄¦")) for blob in blobs]
    return parts


def written(chance: random.Random, *, count: int) -> Iterator[Text]:
    """Write direct attacks by technique, and harmless texts that share their words."""
    parts = said_parts(chance)
    fixed = [row for templates in (attack_benign.BUSINESS,) for row in templates]
    for name, (head, templates) in attack_speech.TECHNIQUES.items():
        for turn in range(count):
            text = disturbed(expand(templates[turn % len(templates)], parts, chance), chance)
            label = positive(head)
            if name in {"fiction", "refusal", "suffix", "shots", "persona"}:
                label = labels(attack=1.0, jailbreak=1.0, harm=1.0)
            if turn % 9 == 0:  # behind something harmless, as it often comes
                text = (
                    expand(
                        chance.choice(("{good}. ", "{good}?\n\n", chance.choice(fixed) + " ")), parts, chance
                    )
                    + text
                )
            yield Text(text, label, name, FAMILY_FOLDS[name])
    for kind, templates, each in (("hard", attack_benign.HARD, 190), ("office", attack_benign.BUSINESS, 230)):
        for at, template in enumerate(templates):
            for _ in range(each):
                text = disturbed(expand(template, parts, chance), chance)
                heads = dict(NONE)
                if kind == "hard":
                    del heads["planted"]
                yield Text(text, labels(**heads), f"benign:{kind}", at % FOLDS)
    for turn in range(900):
        text = disturbed(expand("{harm_q}", parts, chance), chance)
        yield Text(text, labels(harm=1.0, attack=1.0, jailbreak=1.0), "asked-en", turn % FOLDS, 0.7)
        text = disturbed(
            expand("{How do I|How can I|Help me|Teach me how to|Give me steps to} {good}?", parts, chance),
            chance,
        )
        yield Text(
            text, labels(**{key: 0.0 for key in HEADS if key != "planted"}), "benign:asked-en", turn % FOLDS
        )
    for turn in range(700):
        text = " ".join(
            expand(chance.choice(attack_benign.BUSINESS), parts, chance)
            for _ in range(chance.randrange(3, 30))
        )
        yield Text(text, labels(**NONE), "benign:office-long", turn % FOLDS)


def tongues(chance: random.Random, *, each: int) -> Iterator[Text]:
    """Write attacks, harmful and harmless questions in many languages; what is held out is phrases."""
    parts = attack_parts.PARTS
    for name, tongue in TONGUES.items():

        def asked(what: Sequence[str], tongue: Any = tongue) -> str:
            frame = "@" if chance.random() < 0.3 else chance.choice(tongue.ask)
            text = frame.replace("@", chance.choice(what))
            return text if chance.random() < 0.7 else text.rstrip("?？.。;")

        heads = {key: 0.0 for key in HEADS if key != "planted"}
        for turn in range(each):
            fold = turn % FOLDS
            harm, good = tongue.harm[fold::FOLDS], tongue.good[fold::FOLDS]
            yield Text(asked(harm), labels(harm=1.0, jailbreak=1.0, attack=1.0), f"tongue-harm-{name}", fold)
            yield Text(asked(good), labels(**heads), f"benign:tongue-{name}", fold)
            if chance.random() < 0.4:
                yield Text(asked(good) + " " + asked(good), labels(**heads), f"benign:tongue-{name}", fold)
        for at, text in enumerate(tongue.override):
            fold = at % FOLDS
            good = tongue.good[fold::FOLDS]
            for _ in range(5):
                tail = chance.choice(("", " " + asked(good), " " + expand("{quoted}", parts, chance)))
                yield Text(text + tail, positive("prompt_injection"), f"tongue-override-{name}", fold)
                yield Text(
                    asked(good) + " " + text, positive("prompt_injection"), f"tongue-override-{name}", fold
                )
        for at, text in enumerate(tongue.leak):
            for _ in range(4):
                yield Text(
                    disturbed(text, chance), positive("prompt_leakage"), f"tongue-leak-{name}", at % FOLDS
                )


def planted_parts(chance: random.Random) -> dict[str, list[str]]:
    return {**said_parts(chance), **attack_planted.PARTS}


def planted(chance: random.Random, *, count: int) -> Iterator[Text]:
    """Write the instructions alone, as they stand in what a model reads."""
    parts = planted_parts(chance)
    for at, template in enumerate(attack_planted.ADDRESSED):
        for _ in range(count // len(attack_planted.ADDRESSED)):
            text = disturbed(expand(template, parts, chance), chance)
            label = (
                labels(planted=1.0)
                if template.endswith("{act}") or "{act}." in template
                else labels(planted=1.0, attack=1.0, prompt_injection=1.0)
            )
            yield Text(text, label, "planted-addressed", at % FOLDS)
    for at, template in enumerate(attack_planted.STRAY):
        for _ in range(count // len(attack_planted.STRAY)):
            text = disturbed(expand(template, parts, chance), chance)
            yield Text(text, labels(planted=1.0), "planted-stray", at % FOLDS)


class Document(NamedTuple):
    """What a model is given to read, and whether an instruction was put into it."""

    text: str
    planted: bool
    family: str
    fold: int
    task: str | None = None


def documents(data: Path, chance: random.Random, *, count: int) -> Iterator[Document]:
    """Write documents of many forms; into half of them, put an instruction."""
    parts = planted_parts(chance)
    contexts = [row["context"] for row in rows(data, "grounding_begin") if len(row["context"]) > 80]
    reports = [row["text"] for row in rows(data, "benign_business")]
    messages = [row["text"] for row in rows(data, "pii_spans")]
    strays = [
        row["text"] for row in rows(data, "attack_slabs") if not row["label"] and row["text"].endswith("?")
    ]
    strays += [
        row["text"] for row in rows(data, "attack_neuralchemy") if not row["label"] and len(row["text"]) < 120
    ]

    def office(least: int, most: int) -> str:
        return " ".join(
            expand(chance.choice(attack_benign.BUSINESS), parts, chance)
            for _ in range(chance.randrange(least, most))
        )

    def carrier(kind: str) -> str:
        if kind == "wiki":
            return " ".join(chance.sample(contexts, chance.randrange(1, 6)))
        if kind == "report":
            lines = chance.choice(reports).split("\n")
            at = chance.randrange(len(lines))
            return "\n".join(lines[at : at + chance.randrange(3, 14)])
        if kind == "mail":
            return (
                expand("Subject: {thing} {firm}\nFrom: {who} <{addr}>\n\n{hello},\n\n", parts, chance)
                + office(1, 6)
                + expand("\n\n{bye}", parts, chance)
            )
        if kind == "yaml":
            return "\n".join(
                expand(f"- id: '{n}'\n  sender: {{addr}}\n  subject: {{thing}}\n  body: ", parts, chance)
                + office(1, 4)
                for n in range(chance.randrange(1, 5))
            )
        if kind == "json":
            items = [
                {"title": expand("{thing} {firm}", parts, chance), "text": office(1, 4), "n": n}
                for n in range(chance.randrange(1, 5))
            ]
            return json.dumps(items, indent=chance.choice((None, 1)), ensure_ascii=False)
        if kind == "table":
            return "\n".join(
                expand("¦ {who} ¦ {day} ¦ {sum} ¦ {thing} ¦ {firm} ¦", parts, chance)
                for _ in range(chance.randrange(3, 14))
            )
        if kind == "code":
            return "\n\n".join(
                expand(template, parts, chance)
                for template in chance.choices(attack_benign.BUSINESS[16:18], k=chance.randrange(1, 5))
            )
        if kind == "chat":
            return "\n".join(chance.choice(messages) for _ in range(chance.randrange(2, 8)))
        return "<html><body><p>" + office(2, 6) + "</p><div>" + office(1, 3) + "</div></body></html>"

    kinds = ("wiki", "report", "mail", "yaml", "json", "table", "code", "chat", "html", "mail", "yaml")
    tasks = [
        "Summarize {this|the} {thing}",
        "What does {who} say about the {thing}?",
        "When is the {thing} due?",
        "Find the {sum} in the table",
        "What is wrong with this code?",
        "Reply to {who}",
    ]
    for turn in range(count):
        kind = kinds[turn % len(kinds)]
        text, fold = carrier(kind), chance.randrange(FOLDS)
        task = expand(chance.choice(tasks), parts, chance)
        if turn % 2:
            yield Document(text, False, "read:" + kind, fold, task)
            continue
        group = chance.choices(("addressed", "stray", "stray-real"), (5, 4, 2))[0]
        templates = attack_planted.ADDRESSED if group == "addressed" else attack_planted.STRAY
        at = chance.randrange(len(templates))
        instruction = expand(templates[at], parts, chance) if group != "stray-real" else chance.choice(strays)
        instruction = disturbed(instruction, chance)
        yield Document(put(text, instruction, chance), True, f"planted:{group}", at % FOLDS, task)


def put(text: str, instruction: str, chance: random.Random) -> str:
    """Put an instruction at the beginning, the end or between two sentences of a text."""
    where = chance.random()
    if where < 0.35:
        return text + chance.choice(("\n", " ", "\n\n")) + instruction
    if where < 0.5:
        return instruction + chance.choice(("\n", " ", "\n\n")) + text
    ends = [at + 1 for at, one in enumerate(text) if one in ".\n?!" and at + 1 < len(text)]
    at = chance.choice(ends) if ends else len(text)
    gap = chance.choice((" ", "\n", " "))
    return text[:at] + gap + instruction + gap + text[at:]
