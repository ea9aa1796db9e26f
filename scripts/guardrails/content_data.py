"""Texts with what they say, for each category 1 (does), 0 (does not) or -1 (not known), made and gathered."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

import content_parts as parts
from files import rows

from remit.adapters import trained
from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.content import CATEGORIES
from remit.enforce.guardrail.topic import passages

NONE = (0, 0, 0, 0, 0)
CARRIERS = parts.listed("""
{w}; you {w}; {w}!; what a {w}; hey {w}; this {w}; i said {w}; you are a {w}; shut up {w}; go away you {w};
{w} {w}; the {w} again; he called me {w}; i love {w}; stupid {w}; these {w} people; such a {w} idea; my {w};
{w} you; all those {w}
""")  # fmt: skip
OPENINGS = ["well, ", "honestly ", "@user ", "and then: ", "lol ", "he said: ", "ok so ", "look, "]
FAMILIES = r"adv_bench|airt/(?!leak|fair)|garak/harm|examples/|0din"
KEYWORDS = {
    "VIOLENCE": r"kill|murder|suicid|violen|bomb|shoot|tortur|assault|attack|weapon|terroris|harm|abuse",
    "HATE": r"racis|sexis|hate|discrimin|ethnic|race|women|gender|immigra|religio|xenophob|supremac",
    "SEXUAL": r"sex|porn|nude|erotic|rape",
    "INSULTS": r"insult|bully|harass|mock|humiliat",
}


class Row(NamedTuple):
    text: str
    says: tuple[int, ...]
    family: str


def says(**known: int) -> tuple[int, ...]:
    return tuple(known.get(category, 0) for category in CATEGORIES)


def made(seed: int) -> list[Row]:
    chance = random.Random(seed)
    found: list[Row] = []

    def add(texts: list[str], family: str, label: tuple[int, ...]) -> None:
        found.extend(Row(_styled(text, chance), label, family) for text in texts)

    def asked(what: list[str], each: int) -> list[str]:
        return [form.format(x=x) for x in what for form in chance.sample(parts.ASKED, each)]

    add(
        asked(parts.MISCONDUCT, 8),
        "made harmful",
        says(MISCONDUCT=1, VIOLENCE=-1, SEXUAL=-1, INSULTS=-1, HATE=-1),
    )
    add(asked(parts.VIOLENCE, 8), "made harmful", says(VIOLENCE=1, MISCONDUCT=-1, HATE=-1, SEXUAL=-1))
    add(asked(parts.SEXUAL, 6), "made harmful", says(SEXUAL=1, MISCONDUCT=-1, INSULTS=-1))
    for lines, label in (
        (parts.VIOLENCE, says(VIOLENCE=1, MISCONDUCT=-1, HATE=-1, SEXUAL=-1)),
        (parts.SEXUAL, says(SEXUAL=1, MISCONDUCT=-1, INSULTS=-1)),
        (parts.SEXUAL_LINES, says(SEXUAL=1, INSULTS=-1)),
        (parts.VIOLENT_LINES, says(VIOLENCE=1, MISCONDUCT=-1, INSULTS=-1, HATE=-1)),
        (parts.INSULTING, says(INSULTS=1, SEXUAL=-1, HATE=-1, VIOLENCE=-1)),
    ):
        add([f"{before}{line}" for line in lines for before in _openings(chance)], "made harmful", label)
    hateful = [form.format(g=group) for form in parts.HATEFUL for group in chance.sample(parts.GROUPS, 12)]
    add(hateful, "made harmful", says(HATE=1, INSULTS=-1, VIOLENCE=-1, MISCONDUCT=-1))
    add([form.format(g=group) for form in parts.NEUTRAL for group in parts.GROUPS], "made harmless", NONE)
    for once in range(4):
        add(parts.HARMLESS if once else [f"{one}?" for one in parts.HARMLESS], "sounds harmful", NONE)
    add([f"{before}{one}" for one in parts.FRIENDLY for before in _openings(chance)], "made harmless", NONE)
    add(asked(parts.HARMLESS_DOING, 8), "made harmless", NONE)
    for line in trained.lines("content_words"):
        category, word = line.split("\t")
        label = says(**{category: 1}, **{other: -1 for other in CATEGORIES if other != category})
        add([form.format(w=word) for form in chance.sample(CARRIERS, 6)], "made harmful", label)
    return found


def _openings(chance: random.Random) -> list[str]:
    return [
        "",
        *chance.sample(OPENINGS, 3),
    ]


def _styled(text: str, chance: random.Random) -> str:
    style = chance.random()
    if style < 0.35:
        text = text[:1].upper() + text[1:]
    if style < 0.2:
        text += chance.choice([".", "!", "?", ".", "?"])
    return text


def gathered(data: Path) -> list[Row]:
    found = []
    swearing = frozenset(trained.lines("profanity"))
    for row in rows(data, "content_hate_offensive"):
        label = {
            "hate": says(HATE=1, INSULTS=-1, SEXUAL=-1, VIOLENCE=-1),
            "offensive": says(INSULTS=1, HATE=-1, SEXUAL=-1, VIOLENCE=-1),
            "neither": NONE,
        }[row["label"]]
        text = re.sub(r"https?://\S+|&#?\w+;|@\w+", " ", row["text"])
        found.append(Row(text, label, "tweets" if row["label"] != "neither" else "tweets harmless"))
    for row in rows(data, "content_harmful_requests"):
        if re.search(FAMILIES, row["source"]) and len(row["text"]) < 400:
            found.append(Row(row["text"], _guessed(row["text"]), "requests"))
    for name, each, keep in (
        ("benign_instructions", 1, ("writingbench", "cyberseceval_instruct")),
        ("benign_business", 1, ()),
        ("attack_slabs", 3, ()),
        ("topics_clinc150", 4, ()),
        ("topics_banking77", 4, ()),
        ("pii_spans", 2, ()),
        ("grounding_begin", 6, ()),
    ):
        for row in rows(data, name)[::each]:
            if (name == "attack_slabs" and row["label"] == 1) or (keep and row["source"] not in keep):
                continue
            text = row.get("text") or row["context"]
            for start, end in passages(text)[:12]:
                if swearing & set(ngrams.words(text[start:end].lower())):
                    continue  # talk that is written down: it is not harmless because its subject is
                found.append(Row(text[start:end], NONE, name))
    return found


def _guessed(text: str) -> tuple[int, ...]:
    known = {name: -1 for name, words in KEYWORDS.items() if re.search(words, text, re.IGNORECASE)}
    known["MISCONDUCT"] = 1
    if re.search(r"\b(?:kill|murder|suicide|self-harm|mass shooting|torture|violence)", text, re.IGNORECASE):
        known["VIOLENCE"] = 1
    if re.search(r"\b(?:racis|sexis|hate|discriminat|xenophob|supremac)", text, re.IGNORECASE):
        known["HATE"], known["MISCONDUCT"] = 1, -1
    return says(**known)
